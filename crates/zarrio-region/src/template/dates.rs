//! Variables along time whose values are dates themselves, such as bounds.
//!
//! Python decodes dates of some calendars and ranges by cftime, which knows no missing date:
//! xarray opens no dataset in which one is. Unwritten dates of those are the epoch instead.

use std::collections::{HashMap, HashSet};

use zarrio_model::time::{Calendar, Instant, TimeUnits};
use zarrio_model::{AttributeValue, NodePath, VariableSchema};

use super::axis::Axis;
use super::dimension::TimeDimension;

/// The variables along time whose dates cannot be missing. Those that somebody gave a
/// missing value keep it.
pub(crate) fn dates(
    kept: &[&VariableSchema],
    time: &TimeDimension,
    axis: &Axis,
    calendar: Calendar,
    fill: &HashMap<NodePath, AttributeValue>,
) -> HashSet<NodePath> {
    let far = [axis.labels.first(), axis.labels.last()]
        .into_iter()
        .flatten()
        .any(|label| !counts_in_64_bits(*label));
    let undefined = |variable: &VariableSchema| {
        let of_time = Some(&variable.path) == time.bounds.as_ref();
        let units = variable.attributes.text("units");
        if variable.data_type.size().is_none() || !of_time && !units.is_some_and(TimeUnits::is_time)
        {
            return false;
        }
        let own = Calendar::of_attribute(variable.attributes.text("calendar"));
        let calendar = if of_time { Ok(calendar) } else { own };
        let known = matches!(
            calendar,
            Ok(Calendar::Standard | Calendar::ProlepticGregorian)
        );
        far || !known
    };
    kept.iter()
        .filter(|v| time.has(&v.path) && v.path != time.coordinate && !fill.contains_key(&v.path))
        .filter(|v| undefined(v))
        .map(|v| v.path.clone())
        .collect()
}

/// Whether NumPy counts the nanoseconds from 1970 to this instant.
fn counts_in_64_bits(instant: Instant) -> bool {
    i64::try_from(instant.nanoseconds()).is_ok()
}
