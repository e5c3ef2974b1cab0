//! Attributes with the types that NetCDF gives them.

use crate::{DataType, Scalar};

/// The value of an attribute.
///
/// NetCDF does not tell a number from a list of one number; neither does this type.
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
}

impl AttributeValue {
    /// The text of a [`AttributeValue::Text`].
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
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
        }
    }

    /// Whether the attribute has no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type of the elements.
    #[must_use]
    pub const fn data_type(&self) -> DataType {
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
