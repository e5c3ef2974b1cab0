//! Attributes with the types that NetCDF gives them.

use serde_json::Value;

use crate::{DataType, Scalar};

/// The value of an attribute.
///
/// NetCDF does not tell a number from a list of one number; of the types here [`Self::Json`]
/// alone does.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each variant is a list of its type")]
pub enum AttributeValue {
    /// One text: a character attribute, or a string attribute of length one.
    Text(String),
    /// A list of texts: a string attribute of any other length.
    TextList(Vec<String>),
    Int8(Vec<i8>),
    UInt8(Vec<u8>),
    Int16(Vec<i16>),
    UInt16(Vec<u16>),
    Int32(Vec<i32>),
    UInt32(Vec<u32>),
    Int64(Vec<i64>),
    UInt64(Vec<u64>),
    Float32(Vec<f32>),
    Float64(Vec<f64>),
    /// What JSON tells and NetCDF cannot: a truth value, nothing, an object, a list of one, of
    /// lists or of things that are unlike. A list of numbers alone, or of texts, has these for
    /// its elements; all else is one thing that is neither.
    Json(Value),
}

impl From<&Value> for AttributeValue {
    /// A JSON value, by the type of NetCDF that says the same where there is one.
    fn from(value: &Value) -> Self {
        let list = match value {
            Value::Array(list) if list.len() != 1 => list.as_slice(),
            one => std::slice::from_ref(one),
        };
        if let [Value::String(text)] = list {
            return Self::Text(text.clone());
        }
        let texts = || {
            let texts = list.iter().map(|v| v.as_str().map(str::to_owned));
            texts.collect::<Option<Vec<_>>>()
        };
        let integers = || list.iter().map(Value::as_i64).collect::<Option<Vec<_>>>();
        let unsigned = || list.iter().map(Value::as_u64).collect::<Option<Vec<_>>>();
        let floats = || list.iter().map(exact).collect::<Option<Vec<_>>>();
        integers()
            .map(Self::Int64)
            .or_else(|| unsigned().map(Self::UInt64))
            .or_else(|| floats().map(Self::Float64))
            .or_else(|| texts().map(Self::TextList))
            .unwrap_or_else(|| Self::Json(value.clone()))
    }
}

/// A number of JSON as binary64 that is the same number.
fn exact(value: &Value) -> Option<f64> {
    let number = value.as_f64()?;
    let integer = value.as_i64().map(i128::from);
    let integer = integer.or_else(|| value.as_u64().map(i128::from));
    integer
        .is_none_or(|integer| number as i128 == integer)
        .then_some(number)
}

/// The elements of a JSON value.
fn elements(value: &Value) -> &[Value] {
    match value {
        Value::Array(list)
            if list.iter().all(Value::is_number) || list.iter().all(Value::is_string) =>
        {
            list
        }
        one => std::slice::from_ref(one),
    }
}

/// A number or text of JSON.
fn scalar(value: &Value) -> Option<Scalar> {
    if let Some(text) = value.as_str() {
        return Some(Scalar::String(text.to_owned()));
    }
    let integer = value.as_i64().map(Scalar::Int64);
    integer
        .or_else(|| value.as_u64().map(Scalar::UInt64))
        .or_else(|| value.as_f64().map(Scalar::Float64))
}

impl AttributeValue {
    /// The text of an attribute that is one text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Json(value) => match elements(value) {
                [one] => one.as_str(),
                _ => None,
            },
            _ => None,
        }
    }

    /// The number of elements; a text counts as one.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(_) => 1,
            Self::TextList(v) => v.len(),
            Self::Int8(v) => v.len(),
            Self::UInt8(v) => v.len(),
            Self::Int16(v) => v.len(),
            Self::UInt16(v) => v.len(),
            Self::Int32(v) => v.len(),
            Self::UInt32(v) => v.len(),
            Self::Int64(v) => v.len(),
            Self::UInt64(v) => v.len(),
            Self::Float32(v) => v.len(),
            Self::Float64(v) => v.len(),
            Self::Json(v) => elements(v).len(),
        }
    }

    /// Whether the attribute has no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type of the elements; of what is neither number nor text, that of texts.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        match self {
            Self::Text(_) | Self::TextList(_) => DataType::String,
            Self::Int8(_) => DataType::Int8,
            Self::UInt8(_) => DataType::UInt8,
            Self::Int16(_) => DataType::Int16,
            Self::UInt16(_) => DataType::UInt16,
            Self::Int32(_) => DataType::Int32,
            Self::UInt32(_) => DataType::UInt32,
            Self::Int64(_) => DataType::Int64,
            Self::UInt64(_) => DataType::UInt64,
            Self::Float32(_) => DataType::Float32,
            Self::Float64(_) => DataType::Float64,
            Self::Json(_) => match self.get(0) {
                Some(scalar) => scalar.data_type(),
                None => DataType::String,
            },
        }
    }

    /// The element at `index`.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Scalar> {
        match self {
            Self::Text(v) => (index == 0).then(|| Scalar::String(v.clone())),
            Self::TextList(v) => v.get(index).cloned().map(Scalar::String),
            Self::Int8(v) => v.get(index).copied().map(Scalar::Int8),
            Self::UInt8(v) => v.get(index).copied().map(Scalar::UInt8),
            Self::Int16(v) => v.get(index).copied().map(Scalar::Int16),
            Self::UInt16(v) => v.get(index).copied().map(Scalar::UInt16),
            Self::Int32(v) => v.get(index).copied().map(Scalar::Int32),
            Self::UInt32(v) => v.get(index).copied().map(Scalar::UInt32),
            Self::Int64(v) => v.get(index).copied().map(Scalar::Int64),
            Self::UInt64(v) => v.get(index).copied().map(Scalar::UInt64),
            Self::Float32(v) => v.get(index).copied().map(Scalar::Float32),
            Self::Float64(v) => v.get(index).copied().map(Scalar::Float64),
            Self::Json(v) => elements(v).get(index).and_then(scalar),
        }
    }
}

impl From<&str> for AttributeValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for AttributeValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// Attributes in the order of the file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Attributes {
    entries: Vec<(String, AttributeValue)>,
}

impl Attributes {
    /// No attributes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of an attribute.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&AttributeValue> {
        self.entries
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value)
    }

    /// The value of an attribute that is one text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(AttributeValue::as_text)
    }

    /// Sets an attribute: in place where the name exists, at the end otherwise.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<AttributeValue>) {
        let (name, value) = (name.into(), value.into());
        match self.entries.iter_mut().find(|(n, _)| *n == name) {
            Some(entry) => entry.1 = value,
            None => self.entries.push((name, value)),
        }
    }

    /// Removes an attribute and gives its value.
    pub fn remove(&mut self, name: &str) -> Option<AttributeValue> {
        let index = self.entries.iter().position(|(n, _)| n == name)?;
        Some(self.entries.remove(index).1)
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &AttributeValue)> {
        self.entries
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }

    /// The number of attributes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no attribute.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl FromIterator<(String, AttributeValue)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (String, AttributeValue)>>(iter: I) -> Self {
        let mut attributes = Self::new();
        for (name, value) in iter {
            attributes.set(name, value);
        }
        attributes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_only_json_tells_stays_json() {
        let big = (1_i64 << 53) + 1;
        for (value, expected, first) in [
            (
                json!(5),
                AttributeValue::Int64(vec![5]),
                Some(Scalar::Int64(5)),
            ),
            (
                json!([1, 2.5]),
                AttributeValue::Float64(vec![1.0, 2.5]),
                Some(Scalar::Float64(1.0)),
            ),
            (
                json!("K"),
                AttributeValue::from("K"),
                Some(Scalar::String("K".into())),
            ),
            (json!([]), AttributeValue::Int64(vec![]), None),
            (
                json!([5]),
                AttributeValue::Json(json!([5])),
                Some(Scalar::Int64(5)),
            ),
            (
                json!(["K"]),
                AttributeValue::Json(json!(["K"])),
                Some(Scalar::String("K".into())),
            ),
            (
                json!([big, 0.5]),
                AttributeValue::Json(json!([big, 0.5])),
                Some(Scalar::Int64(big)),
            ),
            (json!(true), AttributeValue::Json(json!(true)), None),
            (json!(null), AttributeValue::Json(json!(null)), None),
            (json!({"a": 1}), AttributeValue::Json(json!({"a": 1})), None),
            (json!([1, "a"]), AttributeValue::Json(json!([1, "a"])), None),
            (json!([[1, 2]]), AttributeValue::Json(json!([[1, 2]])), None),
        ] {
            let found = AttributeValue::from(&value);
            assert_eq!(found, expected);
            assert_eq!(found.get(0), first, "{value}");
            assert_eq!(
                found.as_text(),
                first.as_ref().and_then(|s| match s {
                    Scalar::String(text) => Some(text.as_str()),
                    _ => None,
                })
            );
            assert_eq!(found.is_empty(), value == json!([]), "{value}");
        }
    }
}
