//! Which dimensions each variable has, as netCDF-C finds them.

use super::walk::{Contents, RawDimension};

/// For each variable the indices of its dimensions, which are completed with invented ones.
pub(super) fn assign(contents: &mut Contents) -> Vec<Vec<usize>> {
    let mut assigned = vec![Vec::new(); contents.variables.len()];
    // Children first: in this order netCDF-C numbers the dimensions that it invents.
    for group in children_first(contents) {
        for (variable, slot) in assigned.iter_mut().enumerate() {
            if contents
                .variables
                .get(variable)
                .is_some_and(|raw| raw.group == group)
            {
                *slot = of_variable(contents, variable);
            }
        }
    }
    extend_unlimited(contents, &assigned);
    assigned
}

/// The groups, each after those within it, these in their order.
fn children_first(contents: &Contents) -> Vec<usize> {
    let mut children = vec![Vec::new(); contents.groups.len()];
    for (index, group) in contents.groups.iter().enumerate() {
        if let Some(list) = group.parent.and_then(|parent| children.get_mut(parent)) {
            list.push(index);
        }
    }
    // Parents first with the children from last to first, and all of that backwards.
    let mut order = Vec::new();
    let mut pending = vec![0];
    while let Some(group) = pending.pop() {
        order.push(group);
        pending.extend(children.get(group).into_iter().flatten());
    }
    order.reverse();
    order
}

fn of_variable(contents: &mut Contents, variable: usize) -> Vec<usize> {
    by_file(contents, variable).unwrap_or_else(|| invented(contents, variable))
}

/// The dimensions that the file names, when it names them all and their lengths agree.
fn by_file(contents: &Contents, variable: usize) -> Option<Vec<usize>> {
    let raw = contents.variables.get(variable)?;
    let rank = raw.shape.extent.len();
    let found: Vec<usize> = if rank == 0 {
        Vec::new()
    } else if let (1, Some(own)) = (rank, raw.scale_of) {
        vec![own]
    } else if let Some(numbers) = &raw.numbers {
        let by_number = |number: &i64| {
            contents
                .dimensions
                .iter()
                .position(|dim| dim.number == *number)
        };
        numbers.iter().map(by_number).collect::<Option<_>>()?
    } else {
        let mut ancestors = Vec::new();
        let mut next = Some(raw.group);
        while let Some(group) = next {
            ancestors.push(group);
            next = contents.groups.get(group).and_then(|group| group.parent);
        }
        let by_scale = |address: &Option<u64>| {
            let position = |group: &usize| {
                contents
                    .dimensions
                    .iter()
                    .position(|dim| dim.group == *group && dim.scale == *address)
            };
            ancestors
                .iter()
                .find_map(|group| address.and(position(group)))
        };
        raw.scales
            .as_ref()?
            .iter()
            .map(by_scale)
            .collect::<Option<_>>()?
    };
    let agrees = found
        .iter()
        .zip(&raw.shape.extent)
        .all(|(&index, &length)| {
            contents
                .dimensions
                .get(index)
                .is_some_and(|dim| dim.unlimited || dim.length == length)
        });
    (agrees && found.len() == rank).then_some(found)
}

/// Dimensions of the right lengths, invented where the group has none.
fn invented(contents: &mut Contents, variable: usize) -> Vec<usize> {
    let Some(raw) = contents.variables.get(variable) else {
        return Vec::new();
    };
    let (group, shape) = (raw.group, raw.shape.clone());
    let mut found: Vec<usize> = Vec::new();
    for (&length, &unlimited) in shape.extent.iter().zip(&shape.unlimited) {
        let known = contents
            .dimensions
            .iter()
            .enumerate()
            .find_map(|(index, dim)| {
                // NetCDF-C does not know the length of a real unlimited dimension at this point.
                let known_length = if dim.unlimited && dim.scale.is_some() {
                    0
                } else {
                    dim.length
                };
                let fits =
                    dim.group == group && known_length == length && dim.unlimited == unlimited;
                // No variable has a dimension twice.
                (fits && !found.contains(&index)).then_some(index)
            });
        found.push(known.unwrap_or_else(|| {
            let number = contents.next_dimension;
            contents.next_dimension = number.saturating_add(1);
            contents.dimensions.push(RawDimension {
                group,
                number,
                name: format!("phony_dim_{number}"),
                length,
                unlimited,
                scale: None,
            });
            contents.dimensions.len() - 1
        }));
    }
    found
}

/// An unlimited dimension is as long as the longest variable on it.
fn extend_unlimited(contents: &mut Contents, assigned: &[Vec<usize>]) {
    for (raw, dimensions) in contents.variables.iter().zip(assigned) {
        for (&index, &length) in dimensions.iter().zip(&raw.shape.extent) {
            if let Some(dim) = contents.dimensions.get_mut(index)
                && dim.unlimited
            {
                dim.length = dim.length.max(length);
            }
        }
    }
}
