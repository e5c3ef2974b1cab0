//! Along which dimension an archive grows.

use zarrio_model::time::TimeUnits;
use zarrio_model::{Source, VariableSchema};

/// The dimension of a variable along which its archive grows: the one of the given name, else
/// the first one whose labels are times, else the first one; none for a scalar.
pub(crate) fn axis_of(
    archive: &dyn Source,
    variable: &VariableSchema,
    wanted: Option<&str>,
) -> Option<usize> {
    let named = wanted.and_then(|wanted| variable.dimensions.iter().position(|d| d == wanted));
    let is_time = |name: &String| {
        let mut group = variable.path.parent();
        loop {
            let found = archive.schema().variable(&group.join(name));
            if let Some(labels) = found.filter(|v| v.is_dimension_coordinate()) {
                let units = labels.attributes.text("units");
                return units.is_some_and(TimeUnits::is_time);
            }
            if group.is_root() {
                return false;
            }
            group = group.parent();
        }
    };
    named
        .or_else(|| variable.dimensions.iter().position(is_time))
        .or_else(|| (!variable.dimensions.is_empty()).then_some(0))
}
