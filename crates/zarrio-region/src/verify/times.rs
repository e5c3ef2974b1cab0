//! The time that an archive is for.

use zarrio_model::Source as _;

use super::report::TimeAxis;
use crate::time_range::time_range;
use crate::zarr_source::ZarrSource;

/// Every time axis. One that cannot be read is left out: it is told elsewhere.
pub(super) fn of(archive: &ZarrSource) -> Vec<TimeAxis> {
    let mut axes = Vec::new();
    for variable in archive.schema().variables() {
        if !variable.is_dimension_coordinate() {
            continue;
        }
        let steps = variable.num_elements();
        if let Ok(Some(range)) = time_range(archive, variable, 0..steps) {
            axes.push(TimeAxis {
                variable: variable.path.to_string(),
                steps,
                range,
            });
        }
    }
    axes
}
