//! Attributes as JSON.

use serde_json::{Map, Number, Value};
use zarrio_model::{AttributeValue, Attributes, DataType, Scalar};

use crate::fill::as_f64;

/// An attribute's value as JSON: one element bare, any other number of them as a list; what is
/// JSON as it is.
///
/// Numbers keep their value exactly: 64-bit integers stay integers, `float` is widened and
/// not shortened. NaN and infinities, for which JSON has no number, become the texts that
/// Zarr format 3 gives such fill values: `"NaN"`, `"Infinity"`, `"-Infinity"`.
#[must_use]
pub fn attribute_to_json(value: &AttributeValue) -> Value {
    if let AttributeValue::Json(value) = value {
        return value.clone();
    }
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

/// What an attribute's value says, as JSON: a list of one number or text, which only JSON tells
/// from the number or text alone, says the same as that.
#[must_use]
pub fn attribute_meaning(value: &AttributeValue) -> Value {
    match attribute_to_json(value) {
        Value::Array(mut list) if list.len() == 1 && value.get(0).is_some() => list.remove(0),
        other => other,
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

/// The attributes that make readers mask in an archive what they mask in the source.
///
/// A `missing_value` of NaN or infinity is a text, by which xarray masks nothing, and beside
/// which in a list no number neither. NaN means missing without it, and an infinity becomes the
/// `_FillValue` where that says no more than NaN: Zarr has a form for it there. What is left
/// without a form is left out beside numbers, and else a text here too: no reader masks by it.
#[must_use]
pub fn masking_attributes(data_type: DataType, attributes: &Attributes) -> Attributes {
    let mut masking = attributes.clone();
    let mut codes: Vec<f64> = match attributes.get("missing_value") {
        Some(AttributeValue::Float32(values)) => values.iter().map(|v| (*v).into()).collect(),
        Some(AttributeValue::Float64(values)) => values.clone(),
        _ => return masking,
    };
    if codes.iter().all(|code| code.is_finite()) {
        return masking;
    }
    codes.retain(|code| !code.is_nan());
    if codes.is_empty() && data_type.is_float() {
        return masking;
    }
    let fill = attributes.get("_FillValue").and_then(|value| value.get(0));
    let free = fill.and_then(|fill| as_f64(&fill)).is_none_or(f64::is_nan);
    let infinite = codes.iter().position(|code| code.is_infinite());
    if let Some(index) = infinite.filter(|_| free && data_type.is_float()) {
        let fill = AttributeValue::Float64(vec![codes.remove(index)]);
        masking.set("_FillValue", fill);
    }
    if codes.iter().any(|code| code.is_finite()) {
        codes.retain(|code| code.is_finite());
    }
    let text = |code: &f64| float_to_json(*code).as_str().map(str::to_owned);
    let texts: Vec<String> = codes.iter().filter_map(text).collect();
    match texts.as_slice() {
        _ if codes.is_empty() => {
            masking.remove("missing_value");
        }
        [] => masking.set("missing_value", AttributeValue::Float64(codes)),
        [text] => masking.set("missing_value", AttributeValue::from(text.as_str())),
        _ => masking.set("missing_value", AttributeValue::TextList(texts)),
    }
    masking
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
    fn missing_values_that_json_has_no_number_for() {
        const INF: f64 = f64::INFINITY;
        let real = |values: &[f64]| AttributeValue::Float64(values.to_vec());
        let text = |text: &str| AttributeValue::from(text);
        for (data_type, fill, missing, expected_fill, expected) in [
            (DataType::Float32, None, &[INF][..], Some(INF), None),
            (DataType::Float64, Some(f64::NAN), &[-INF], Some(-INF), None),
            (
                DataType::Float64,
                Some(2.0),
                &[INF],
                Some(2.0),
                Some(text("Infinity")),
            ),
            (
                DataType::Float64,
                None,
                &[INF, -INF],
                Some(INF),
                Some(text("-Infinity")),
            ),
            (
                DataType::Float32,
                None,
                &[f64::NAN, 2.0],
                None,
                Some(real(&[2.0])),
            ),
            (
                DataType::Float32,
                Some(3.0),
                &[INF, 2.0],
                Some(3.0),
                Some(real(&[2.0])),
            ),
            // xarray makes floats of integers that have one.
            (DataType::Int16, None, &[INF], None, Some(text("Infinity"))),
            (DataType::Int16, None, &[f64::NAN], None, None),
            (DataType::Int16, None, &[2.0], None, Some(real(&[2.0]))),
        ] {
            let given = [
                ("_FillValue", fill.map(|v| vec![v])),
                ("missing_value", Some(missing.to_vec())),
            ];
            let given: Attributes = given
                .into_iter()
                .filter_map(|(name, values)| Some((name.to_owned(), real(&values?))))
                .collect();
            let found = masking_attributes(data_type, &given);
            let expected_fill = expected_fill.map(|v| real(&[v]));
            assert_eq!(found.get("_FillValue"), expected_fill.as_ref(), "{given:?}");
            assert_eq!(found.get("missing_value"), expected.as_ref(), "{given:?}");
        }
        // A number that says nothing stays what it is.
        let given: Attributes = [("missing_value".to_owned(), real(&[f64::NAN]))]
            .into_iter()
            .collect();
        let found = masking_attributes(DataType::Float32, &given);
        assert!(matches!(
            found.get("missing_value"),
            Some(AttributeValue::Float64(codes)) if codes[0].is_nan()
        ));
    }

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
        for (value, meaning) in [
            (json!([5]), json!(5)),
            (json!(["K"]), json!("K")),
            (json!([[5]]), json!([[5]])),
            (json!([true]), json!([true])),
            (json!({"a": null}), json!({"a": null})),
        ] {
            let attribute = AttributeValue::from(&value);
            assert_eq!(attribute_to_json(&attribute), value);
            assert_eq!(attribute_meaning(&attribute), meaning);
        }
        let texts = AttributeValue::TextList(vec!["a".into(), "b".into()]);
        assert_eq!(attribute_to_json(&texts), json!(["a", "b"]));
    }
}
