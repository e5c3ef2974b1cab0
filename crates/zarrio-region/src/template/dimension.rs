//! Which dimension of a dataset is time, and which variable has its labels.

use std::collections::HashSet;

use zarrio_model::time::TimeUnits;
use zarrio_model::{DatasetSchema, NodePath, VariableSchema};

use crate::RegionError;

/// The name that a time dimension has where nobody says otherwise.
const USUAL: &str = "time";

/// The time dimension of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TimeDimension {
    /// Its name.
    pub(crate) name: String,
    /// The group that declares it; groups below may use it.
    pub(crate) group: NodePath,
    /// The variable that has its labels.
    pub(crate) coordinate: NodePath,
    /// The variable with the bounds of the labels.
    pub(crate) bounds: Option<NodePath>,
    /// The variables that have the dimension, the coordinate included.
    pub(crate) members: HashSet<NodePath>,
}

impl TimeDimension {
    /// The time dimension among the variables that are kept: the one of the given name, and
    /// where that is the usual one and does not exist, the one that CF attributes tell.
    pub(crate) fn find(
        schema: &DatasetSchema,
        kept: &[&VariableSchema],
        wanted: &str,
    ) -> Result<Self, RegionError> {
        let labels: Vec<&VariableSchema> = kept.iter().copied().filter(has_labels).collect();
        let of_name = |name: &str| {
            let candidates = labels.iter().copied().filter(|v| v.dimensions[0] == name);
            candidates.min_by_key(|v| (!v.is_dimension_coordinate(), rank(v)))
        };
        let coordinate = match of_name(wanted) {
            Some(coordinate) => coordinate,
            None if wanted != USUAL => return Err(not_time(wanted, kept, &labels)),
            None => by_attributes(&labels, kept)?,
        };
        let name = coordinate.dimensions[0].clone();
        if !coordinate.is_dimension_coordinate() {
            return Err(auxiliary(&name, &coordinate.path));
        }
        let group = declaring_group(schema, &coordinate.path, &name);
        let mut members = HashSet::new();
        for variable in kept.iter().filter(|v| v.dimensions.contains(&name)) {
            if declaring_group(schema, &variable.path, &name) != group {
                return Err(several_groups(&name, &coordinate.path, &variable.path));
            }
            members.insert(variable.path.clone());
        }
        let bounds = ["bounds", "climatology"]
            .iter()
            .filter_map(|attribute| coordinate.attributes.text(attribute))
            .map(|name| coordinate.path.parent().join(name.trim()))
            .find(|path| members.contains(path));
        Ok(Self {
            name,
            group,
            coordinate: coordinate.path.clone(),
            bounds,
            members,
        })
    }

    /// Whether a variable extends along time.
    pub(crate) fn has(&self, variable: &NodePath) -> bool {
        self.members.contains(variable)
    }
}

/// Whether a variable can label its only dimension with times.
fn has_labels(variable: &&VariableSchema) -> bool {
    let units = variable.attributes.text("units");
    variable.dimensions.len() == 1
        && variable.data_type.size().is_some()
        && units.is_some_and(TimeUnits::is_time)
}

/// How strongly a variable says that it is time; 0 is strongest (CF 4, 4.4).
fn rank(variable: &VariableSchema) -> u8 {
    if variable.attributes.text("axis") == Some("T") {
        0
    } else if variable.attributes.text("standard_name") == Some("time") {
        1
    } else {
        2
    }
}

/// The variable that CF attributes make the coordinate of time.
fn by_attributes<'s>(
    labels: &[&'s VariableSchema],
    kept: &[&VariableSchema],
) -> Result<&'s VariableSchema, RegionError> {
    let Some(strongest) = labels.iter().map(|v| rank(v)).min() else {
        return Err(not_time(USUAL, kept, labels));
    };
    let mut best: Vec<&VariableSchema> = labels
        .iter()
        .copied()
        .filter(|v| rank(v) == strongest)
        .collect();
    best.sort_by_key(|v| !v.is_dimension_coordinate());
    let names = dimension_names(&best);
    match (best.first(), names.as_slice()) {
        (Some(coordinate), [_]) => Ok(coordinate),
        _ => Err(RegionError::Settings {
            message: format!(
                "several dimensions may be the time dimension: {}",
                names.join(", ")
            ),
            hint: "name it with --time-dim".into(),
        }),
    }
}

/// The nearest group, from the variable upwards, that declares a dimension of this name.
fn declaring_group(schema: &DatasetSchema, variable: &NodePath, name: &str) -> NodePath {
    let declared = schema.declared(variable, name);
    declared.map_or_else(|| variable.parent(), |(group, _)| group.path.clone())
}

fn dimension_names(variables: &[&VariableSchema]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in variables.iter().flat_map(|v| &v.dimensions) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

fn not_time(wanted: &str, kept: &[&VariableSchema], labels: &[&VariableSchema]) -> RegionError {
    let all = dimension_names(kept);
    let message = if !all.iter().any(|name| name == wanted) {
        let known = if all.is_empty() {
            "there are none".to_owned()
        } else {
            format!("the dimensions are {}", all.join(", "))
        };
        format!("there is no dimension {wanted:?}; {known}")
    } else {
        format!(
            "the dimension {wanted:?} has no labels: no variable of it alone has units such as \"hours since 2000-01-01\""
        )
    };
    let hint = match dimension_names(labels).as_slice() {
        [] => "a template needs a file whose time coordinate has units and values".to_owned(),
        names => format!("name the time dimension, such as --time-dim {}", names[0]),
    };
    RegionError::Settings { message, hint }
}

/// Regions are found by the labels of a dimension's own coordinate, and by no others.
fn auxiliary(name: &str, coordinate: &NodePath) -> RegionError {
    RegionError::Unsupported {
        message: format!(
            "the times along {name:?} are in {:?}, and there is no coordinate variable {name:?} by which regions could be found",
            coordinate.as_str()
        ),
        hint: "rename the dimension or the variable, so that both have one name".into(),
    }
}

fn several_groups(name: &str, one: &NodePath, other: &NodePath) -> RegionError {
    RegionError::Unsupported {
        message: format!(
            "the dimension {name:?} of {:?} and that of {:?} are two: one template has one time axis",
            one.as_str(),
            other.as_str()
        ),
        hint: "make a template for each group: choose its variables with --variables, and where it goes with --group".into(),
    }
}
