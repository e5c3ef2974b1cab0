//! Along which dimension an archive grows.

use zarrio_model::time::TimeUnits;
use zarrio_model::{NodePath, Source, VariableSchema};

/// The dimension of a variable along which its archive grows: the one of the given name, else
/// the first one whose labels are times, else the first one; none for a scalar.
pub(crate) fn axis_of(
    archive: &dyn Source,
    variable: &VariableSchema,
    wanted: Option<&str>,
) -> Option<usize> {
    record_axis(archive, variable, wanted)
        .or_else(|| (!variable.dimensions.is_empty()).then_some(0))
}

/// The dimension of the given name, else the first one whose labels are times; none for a
/// variable that does not grow.
pub(crate) fn record_axis(
    archive: &dyn Source,
    variable: &VariableSchema,
    wanted: Option<&str>,
) -> Option<usize> {
    let named = wanted.and_then(|wanted| variable.dimensions.iter().position(|d| d == wanted));
    let is_time = |name: &String| {
        let labels = dimension_coordinate(archive, &variable.path, name);
        let units = labels.and_then(|labels| labels.attributes.text("units"));
        units.is_some_and(TimeUnits::is_time)
    };
    named.or_else(|| variable.dimensions.iter().position(is_time))
}

/// The variable that has the labels of a dimension of a variable: in its group, or in the
/// nearest one above.
#[must_use]
pub fn dimension_coordinate<'a>(
    archive: &'a dyn Source,
    variable: &NodePath,
    dimension: &str,
) -> Option<&'a VariableSchema> {
    let fits = VariableSchema::is_dimension_coordinate;
    archive
        .schema()
        .in_scope(&variable.parent(), dimension, fits)
}
