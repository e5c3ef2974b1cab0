//! Fill values: Zarr's, which absent chunks read as, and CF's `_FillValue`, which means missing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use zarrio_model::{AttributeValue, DataType, Scalar};

use crate::attributes::scalar_to_json;

/// Both fill values of a variable.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fill {
    /// What unwritten elements read as, in the variable's own type.
    pub(crate) zarr: Scalar,
    /// Whether a value of the variable's type means missing: the source's `_FillValue`
    /// where it fits the type, NaN for floating-point variables without one.
    pub(crate) missing: bool,
    /// A `_FillValue` that no value of the variable's type can equal, where readers bear it.
    pub(crate) foreign: Option<AttributeValue>,
    /// A `_FillValue` that readers would fail on, or cut to a value that means something.
    pub(crate) left_out: Option<AttributeValue>,
}

impl Fill {
    /// The fill values of a variable with the given `_FillValue` attribute.
    pub(crate) fn new(data_type: DataType, fill_value: Option<&AttributeValue>) -> Self {
        let given = fill_value.and_then(|value| value.get(0));
        match given.as_ref().and_then(|value| convert(value, data_type)) {
            Some(zarr) => Self {
                zarr,
                missing: true,
                foreign: None,
                left_out: None,
            },
            None => {
                let zarr = match data_type {
                    DataType::Float32 => Scalar::Float32(f32::NAN),
                    DataType::Float64 => Scalar::Float64(f64::NAN),
                    other => Scalar::zero(other),
                };
                let missing = data_type.is_float();
                let integral = given.as_ref().is_some_and(|value| match as_f64(value) {
                    Some(number) => number.fract() == 0.0,
                    None => false,
                });
                let unusable = fill_value.cloned().filter(|v| !v.is_empty());
                let (foreign, left_out) = match unusable {
                    Some(value) if integral => (Some(value), None),
                    other => (None, other),
                };
                Self {
                    zarr,
                    missing,
                    foreign,
                    left_out,
                }
            }
        }
    }

    /// The `fill_value` of a document in format 3, and in format 2 where there is a missing
    /// value: a number, or `"NaN"`, `"Infinity"`, `"-Infinity"`.
    pub(crate) fn to_json(&self) -> Value {
        scalar_to_json(self.zarr.clone())
    }

    /// The `_FillValue` attribute that xarray expects beside a format 3 array: an integer as
    /// a number, a floating-point value as base64 of the little-endian binary64. For text
    /// xarray knows no form and fails (see [`Self::missing_text`]). Where unsigned integers are
    /// read as signed ones, it takes the signed number alone.
    pub(crate) fn to_v3_attribute(&self, signed: bool) -> Option<Value> {
        if let Some(foreign) = &self.foreign {
            return foreign.get(0).map(scalar_to_json);
        }
        let told = self.missing && self.zarr.data_type() != DataType::String;
        told.then(|| match self.zarr {
            Scalar::Float32(v) => base64(f64::from(v)),
            Scalar::Float64(v) => base64(v),
            Scalar::UInt8(v) if signed => v.cast_signed().into(),
            Scalar::UInt16(v) if signed => v.cast_signed().into(),
            Scalar::UInt32(v) if signed => v.cast_signed().into(),
            Scalar::UInt64(v) if signed => v.cast_signed().into(),
            ref other => scalar_to_json(other.clone()),
        })
    }

    /// The text that means missing. In format 3 `missing_value` says so, which xarray masks
    /// text by; it looks at an array's own `fill_value` in format 2 alone.
    pub(crate) fn missing_text(&self) -> Option<&str> {
        match &self.zarr {
            Scalar::String(text) if self.missing => Some(text),
            _ => None,
        }
    }
}

fn base64(value: f64) -> Value {
    BASE64.encode(value.to_le_bytes()).into()
}

/// The value in another type, when that type holds it exactly. Binary64 to binary32 may
/// round, for a `_FillValue` of 1e20 in double means the nearest float.
fn convert(value: &Scalar, to: DataType) -> Option<Scalar> {
    match (value, to) {
        (Scalar::String(_), DataType::String) => return Some(value.clone()),
        // Characters that are kept as bytes.
        (Scalar::String(text), DataType::UInt8) => {
            return match text.as_bytes() {
                [] => Some(Scalar::UInt8(0)),
                [byte] => Some(Scalar::UInt8(*byte)),
                _ => None,
            };
        }
        _ => {}
    }
    if to.is_float() {
        let number = as_f64(value)?;
        return Some(match to {
            DataType::Float32 => Scalar::Float32(number as f32),
            _ => Scalar::Float64(number),
        });
    }
    let number = as_i128(value)?;
    Some(match to {
        DataType::Int8 => Scalar::Int8(number.try_into().ok()?),
        DataType::UInt8 => Scalar::UInt8(number.try_into().ok()?),
        DataType::Int16 => Scalar::Int16(number.try_into().ok()?),
        DataType::UInt16 => Scalar::UInt16(number.try_into().ok()?),
        DataType::Int32 => Scalar::Int32(number.try_into().ok()?),
        DataType::UInt32 => Scalar::UInt32(number.try_into().ok()?),
        DataType::Int64 => Scalar::Int64(number.try_into().ok()?),
        DataType::UInt64 => Scalar::UInt64(number.try_into().ok()?),
        _ => return None,
    })
}

fn as_i128(value: &Scalar) -> Option<i128> {
    match value {
        Scalar::Int8(v) => Some((*v).into()),
        Scalar::UInt8(v) => Some((*v).into()),
        Scalar::Int16(v) => Some((*v).into()),
        Scalar::UInt16(v) => Some((*v).into()),
        Scalar::Int32(v) => Some((*v).into()),
        Scalar::UInt32(v) => Some((*v).into()),
        Scalar::Int64(v) => Some((*v).into()),
        Scalar::UInt64(v) => Some((*v).into()),
        Scalar::Float32(_) | Scalar::Float64(_) => {
            let number = as_f64(value)?;
            (number.fract() == 0.0 && number.abs() < 1e19).then_some(number as i128)
        }
        Scalar::String(_) => None,
    }
}

pub(crate) fn as_f64(value: &Scalar) -> Option<f64> {
    match value {
        Scalar::Float32(v) => Some((*v).into()),
        Scalar::Float64(v) => Some(*v),
        Scalar::String(_) => None,
        integer => as_i128(integer).map(|v| v as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn floats_without_fill_value_get_nan_for_both() {
        let fill = Fill::new(DataType::Float32, None);
        assert_eq!(fill.to_json(), json!("NaN"));
        assert_eq!(fill.to_v3_attribute(false), Some(json!("AAAAAAAA+H8=")));
    }

    #[test]
    fn text_has_a_missing_value_only_when_it_is_told() {
        for text in ["", " "] {
            let fill = Fill::new(DataType::String, Some(&text.into()));
            assert_eq!(fill.to_json(), json!(text));
            assert_eq!(fill.to_v3_attribute(false), None);
            assert_eq!(fill.missing_text(), Some(text));
        }
        assert_eq!(Fill::new(DataType::String, None).missing_text(), None);
        let number = Fill::new(DataType::Int8, Some(&AttributeValue::Int8(vec![1])));
        assert_eq!(number.missing_text(), None);
    }

    #[test]
    fn integers_without_fill_value_have_no_missing_value() {
        let fill = Fill::new(DataType::Int16, None);
        assert_eq!(fill.to_json(), json!(0));
        assert_eq!(fill.to_v3_attribute(false), None);
        assert!(!fill.missing);
    }

    #[test]
    fn unsigned_integers_that_are_read_as_signed_have_a_signed_one() {
        let fill = Fill::new(DataType::UInt8, Some(&AttributeValue::UInt8(vec![200])));
        assert_eq!(fill.to_json(), json!(200));
        assert_eq!(fill.to_v3_attribute(true), Some(json!(-56)));
        assert_eq!(fill.to_v3_attribute(false), Some(json!(200)));
    }

    #[test]
    fn a_fill_value_that_readers_would_misread_is_left_out() {
        for value in [f64::NAN, -999.5] {
            let fill = Fill::new(DataType::Int16, Some(&AttributeValue::Float64(vec![value])));
            assert_eq!(fill.to_v3_attribute(false), None);
            assert!(fill.left_out.is_some());
        }
        let bytes = Fill::new(DataType::UInt8, Some(&AttributeValue::from(" ")));
        assert_eq!(bytes.zarr, Scalar::UInt8(32));
    }

    #[test]
    fn a_fill_value_of_another_type_is_mapped_when_it_fits() {
        let fill = Fill::new(
            DataType::Int16,
            Some(&AttributeValue::Float64(vec![-999.0])),
        );
        assert_eq!(fill.zarr, Scalar::Int16(-999));
        assert_eq!(fill.to_v3_attribute(false), Some(json!(-999)));
        let huge = Fill::new(DataType::Int16, Some(&AttributeValue::Float32(vec![1e37])));
        assert_eq!((huge.zarr.clone(), huge.missing), (Scalar::Int16(0), false));
        assert!(huge.to_v3_attribute(false).unwrap().is_f64());
    }
}
