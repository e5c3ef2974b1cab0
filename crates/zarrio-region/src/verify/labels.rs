//! What the coordinates say at a position.

use zarrio_model::{DataType, Region, Source as _, VariableSchema};

use super::report::Label;
use crate::axis::dimension_coordinate;
use crate::recode::Meant;
use crate::time_range::time_range;
use crate::zarr_source::ZarrSource;

/// A position of a variable with the labels that the archive has for it. A label that cannot
/// be read is left out: it is told elsewhere.
pub(super) fn at(archive: &ZarrSource, variable: &VariableSchema, position: &[u64]) -> Vec<Label> {
    let dimensions = variable.dimensions.iter().zip(position);
    dimensions
        .map(|(dimension, position)| Label {
            dimension: dimension.clone(),
            position: *position,
            label: dimension_coordinate(archive, &variable.path, dimension)
                .and_then(|coordinate| label(archive, coordinate, *position)),
        })
        .collect()
}

fn label(archive: &ZarrSource, coordinate: &VariableSchema, position: u64) -> Option<String> {
    let range = position..position.checked_add(1)?;
    if let Ok(Some(time)) = time_range(archive, coordinate, range.clone()) {
        return Some(time.first);
    }
    let region = Region::new(vec![range]);
    if coordinate.data_type == DataType::String {
        let texts = archive.read_text(&coordinate.path, &region).ok()?;
        return texts.into_iter().next();
    }
    let mut bytes = vec![0; coordinate.data_type.size()?];
    archive.read(&coordinate.path, &region, &mut bytes).ok()?;
    Some(Meant::new(coordinate).text(&bytes))
}
