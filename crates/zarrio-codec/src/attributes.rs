//! Attributes as JSON.

use serde_json::{Map, Number, Value};
use zarrio_model::{AttributeValue, Attributes, Scalar};

/// An attribute's value as JSON: one element bare, any other number of them as a list.
///
/// Numbers keep their value exactly: 64-bit integers stay integers, `float` is widened and
/// not shortened. NaN and infinities, for which JSON has no number, become the texts that
/// Zarr format 3 gives such fill values: `"NaN"`, `"Infinity"`, `"-Infinity"`.
#[must_use]
pub fn attribute_to_json(value: &AttributeValue) -> Value {
    let elements = (0..value.len())
        .filter_map(|index| value.get(index))
        .map(scalar_to_json);
    let mut elements: Vec<Value> = elements.collect();
    match elements.pop() {
        Some(only) if elements.is_empty() => only,
        Some(last) => {
            elements.push(last);
            Value::Array(elements)
        }
        None => Value::Array(elements),
    }
}

/// One value as JSON, by the rules of [`attribute_to_json`].
pub(crate) fn scalar_to_json(value: Scalar) -> Value {
    match value {
        Scalar::Int8(v) => v.into(),
        Scalar::UInt8(v) => v.into(),
        Scalar::Int16(v) => v.into(),
        Scalar::UInt16(v) => v.into(),
        Scalar::Int32(v) => v.into(),
        Scalar::UInt32(v) => v.into(),
        Scalar::Int64(v) => v.into(),
        Scalar::UInt64(v) => v.into(),
        Scalar::Float32(v) => float_to_json(f64::from(v)),
        Scalar::Float64(v) => float_to_json(v),
        Scalar::String(v) => v.into(),
    }
}

pub(crate) fn float_to_json(value: f64) -> Value {
    match Number::from_f64(value) {
        Some(number) => Value::Number(number),
        None if value.is_nan() => "NaN".into(),
        None if value > 0.0 => "Infinity".into(),
        None => "-Infinity".into(),
    }
}

/// All attributes but the named ones.
pub(crate) fn to_json_map(attributes: &Attributes, without: &[&str]) -> Map<String, Value> {
    attributes
        .iter()
        .filter(|(name, _)| !without.contains(name))
        .map(|(name, value)| (name.to_owned(), attribute_to_json(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_exact() {
        for (value, expected) in [
            (AttributeValue::Int64(vec![i64::MAX]), "9223372036854775807"),
            (
                AttributeValue::UInt64(vec![u64::MAX, 1]),
                "[18446744073709551615,1]",
            ),
            (AttributeValue::Float32(vec![0.1]), "0.10000000149011612"),
            (AttributeValue::Float64(vec![f64::NAN]), "\"NaN\""),
            (
                AttributeValue::Float64(vec![f64::NEG_INFINITY, 1.0]),
                "[\"-Infinity\",1.0]",
            ),
            (AttributeValue::Int8(vec![]), "[]"),
            (AttributeValue::from("K"), "\"K\""),
        ] {
            assert_eq!(attribute_to_json(&value).to_string(), expected);
        }
        let texts = AttributeValue::TextList(vec!["a".into(), "b".into()]);
        assert_eq!(attribute_to_json(&texts), json!(["a", "b"]));
    }
}
