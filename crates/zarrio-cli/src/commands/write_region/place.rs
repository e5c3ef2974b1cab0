//! Where a file went, as positions and as dates.

use std::collections::HashMap;

use zarrio_model::{NodePath, Source as _, SourceError, VariableSchema};
use zarrio_region::{WriteVariable, ZarrSource, dimension_coordinate, time_range};

use crate::render::{Extent, Place};

/// The smallest region that holds what is written of all variables.
///
/// # Errors
/// When the archive's time coordinate cannot be read.
pub(super) fn of(archive: &ZarrSource, written: &[WriteVariable]) -> Result<Place, SourceError> {
    let mut extents: Vec<Extent> = Vec::new();
    // The coordinate that gives the dates where no labels were compared, or of elsewhere.
    let mut times: HashMap<String, &VariableSchema> = HashMap::new();
    for variable in written {
        let path = NodePath::parse(&variable.path);
        let shape = archive.schema().variable(&path).map(|v| v.shape.as_slice());
        for (i, (name, start, end)) in variable.region.iter().enumerate() {
            if let Some(found) = extents.iter_mut().find(|e| e.dimension == *name) {
                found.widen(*start, *end);
                continue;
            }
            let length = shape.and_then(|shape| shape.get(i)).copied();
            extents.push(Extent {
                dimension: name.clone(),
                start: *start,
                end: *end,
                length: length.unwrap_or(*end),
                time: variable.dates.get(i).cloned().flatten(),
            });
            let coordinate = dimension_coordinate(archive, &path, name);
            times.extend(coordinate.map(|coordinate| (name.clone(), coordinate)));
        }
    }
    for extent in &mut extents {
        if extent.time.is_none()
            && let Some(coordinate) = times.get(&extent.dimension)
        {
            extent.time = time_range(archive, coordinate, extent.start..extent.end)?;
        }
    }
    // When comes before where.
    extents.sort_by_key(|extent| extent.time.is_none());
    Ok(Place(extents))
}
