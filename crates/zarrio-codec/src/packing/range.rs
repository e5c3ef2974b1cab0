//! Which range a variable is packed for.

use std::fmt;

use serde::{Serialize, Serializer};
use zarrio_model::config::PackingRange;
use zarrio_model::{Attributes, Scalar, VariableSchema};

use super::Extent;

/// Where a range is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeOrigin {
    /// The settings.
    Manual,
    /// The attributes `valid_min` and `valid_max`, or `valid_range`.
    Valid,
    /// The attribute `actual_range`.
    Actual,
    /// The data.
    Data,
}

impl fmt::Display for RangeOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Manual => "the settings",
            Self::Valid => "its valid range",
            Self::Actual => "actual_range",
            Self::Data => "the data",
        })
    }
}

impl Serialize for RangeOrigin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Manual => "manual",
            Self::Valid => "valid_range",
            Self::Actual => "actual_range",
            Self::Data => "data",
        })
    }
}

/// The range that a variable's attributes tell, in decoded units: `valid_min` and
/// `valid_max`, `valid_range`, `actual_range` (CF 2.5.1).
///
/// The valid range of packed values is in packed units, the actual one never is (CF 8.1).
#[must_use]
pub fn range_of_attributes(variable: &VariableSchema) -> Option<(PackingRange, RangeOrigin)> {
    let attributes = &variable.attributes;
    let one = |name: &str| numbers(attributes, name).first().copied();
    let two = |name: &str| match numbers(attributes, name).as_slice() {
        [a, b] => Some((*a, *b)),
        _ => None,
    };
    let decode = decoding(variable);
    let decode = |(a, b): (f64, f64)| (decode(a), decode(b));
    let valid = one("valid_min").zip(one("valid_max"));
    let valid = valid.or_else(|| two("valid_range")).map(decode);
    let range = |(a, b): (f64, f64)| {
        let range = PackingRange {
            min: a.min(b),
            max: a.max(b),
        };
        // Both ends of one value, or none: nobody says that of a range.
        (range.is_valid() && range.min < range.max).then_some(range)
    };
    valid
        .and_then(range)
        .map(|range| (range, RangeOrigin::Valid))
        .or_else(|| Some((range(two("actual_range")?)?, RangeOrigin::Actual)))
}

/// The range that data need, widened at either end by a part of its width: of the value
/// where all are one, and by 0.01 where that is zero. `None` where there is no value; a range
/// that is not valid where it is widened beyond all numbers.
#[must_use]
pub fn range_of_data(extent: &Extent, buffer: f64) -> Option<PackingRange> {
    if extent.values() == 0 {
        return None;
    }
    let Extent { min, max, .. } = *extent;
    let width = if min < max { max - min } else { min.abs() };
    let more = match width * buffer {
        _ if min == max && min == 0.0 => 0.01,
        _ if buffer == 0.0 => 0.0,
        more => more,
    };
    Some(PackingRange {
        min: min - more,
        max: max + more,
    })
}

/// How a variable's stored numbers are decoded.
pub(super) fn decoding(variable: &VariableSchema) -> impl Fn(f64) -> f64 + use<> {
    let one = |name: &str| numbers(&variable.attributes, name).first().copied();
    let scale = one("scale_factor").unwrap_or(1.0);
    let offset = one("add_offset").unwrap_or(0.0);
    move |stored| stored * scale + offset
}

/// The numbers of an attribute; none where one of them is no finite number.
pub(super) fn numbers(attributes: &Attributes, name: &str) -> Vec<f64> {
    let Some(value) = attributes.get(name) else {
        return Vec::new();
    };
    let scalars = (0..value.len()).filter_map(|index| value.get(index));
    let numbers: Option<Vec<f64>> = scalars.map(|scalar| number(&scalar)).collect();
    numbers.unwrap_or_default()
}

fn number(scalar: &Scalar) -> Option<f64> {
    crate::fill::as_f64(scalar).filter(|number| number.is_finite())
}
