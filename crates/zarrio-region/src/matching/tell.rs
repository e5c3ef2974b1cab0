//! The labels of a position, for people.

use zarrio_model::{NodePath, Region, Source};

use super::labels::Labels;
use super::roles::Meaning;
use super::side::Side;
use super::values::{Packing, Values};

/// The labels of a position of a variable: `time 2020-01-01T06:00:00`, `lat 52.5`. Dimensions
/// without labels, or whose labels cannot be read, are left out.
pub(crate) fn labels_at(source: &dyn Source, variable: &NodePath, index: &[u64]) -> Vec<String> {
    let side = Side::new(source);
    let Some(variable) = source.schema().variable(variable) else {
        return Vec::new();
    };
    let axes = variable.dimensions.iter().zip(&variable.shape).zip(index);
    let label = |((name, length), at): ((&String, &u64), &u64)| {
        let coordinate = side.coordinate_of(variable, name, *length)?;
        let end = at.checked_add(1)?;
        let region = Region::new(std::iter::once(*at..end).collect());
        let values = Values::read(source, coordinate, &region).ok()?;
        let coding = match side.meaning(coordinate) {
            Meaning::Time(coding) => Some(coding),
            _ => None,
        };
        let labels = Labels::new(values, Packing::of(&coordinate.attributes), coding);
        Some(format!("{name} {}", labels.text(0)))
    };
    axes.filter_map(label).collect()
}
