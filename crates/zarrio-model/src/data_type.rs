//! Element types and single values of them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The type of an array's elements, as it is carried from source to archive.
///
/// Enumerations appear as their integer base type, character arrays as [`DataType::String`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataType {
    /// Signed 8-bit integer.
    Int8,
    /// Unsigned 8-bit integer.
    UInt8,
    /// Signed 16-bit integer.
    Int16,
    /// Unsigned 16-bit integer.
    UInt16,
    /// Signed 32-bit integer.
    Int32,
    /// Unsigned 32-bit integer.
    UInt32,
    /// Signed 64-bit integer.
    Int64,
    /// Unsigned 64-bit integer.
    UInt64,
    /// IEEE 754 binary32.
    Float32,
    /// IEEE 754 binary64.
    Float64,
    /// Text of any length, UTF-8.
    String,
}

impl DataType {
    /// The size of an element in bytes; `None` for text, which has no fixed size.
    #[must_use]
    pub const fn size(self) -> Option<usize> {
        match self {
            Self::Int8 | Self::UInt8 => Some(1),
            Self::Int16 | Self::UInt16 => Some(2),
            Self::Int32 | Self::UInt32 | Self::Float32 => Some(4),
            Self::Int64 | Self::UInt64 | Self::Float64 => Some(8),
            Self::String => None,
        }
    }

    /// Whether this is [`DataType::Float32`] or [`DataType::Float64`].
    #[must_use]
    pub const fn is_float(self) -> bool {
        matches!(self, Self::Float32 | Self::Float64)
    }

    /// Whether this is an integer type, signed or unsigned.
    #[must_use]
    pub const fn is_integer(self) -> bool {
        !self.is_float() && !matches!(self, Self::String)
    }

    /// The name as Zarr format 3 spells it: `int16`, `float32`, `string`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Int8 => "int8",
            Self::UInt8 => "uint8",
            Self::Int16 => "int16",
            Self::UInt16 => "uint16",
            Self::Int32 => "int32",
            Self::UInt32 => "uint32",
            Self::Int64 => "int64",
            Self::UInt64 => "uint64",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::String => "string",
        }
    }

    /// The type whose [`name`](Self::name) is given.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Int8,
            Self::UInt8,
            Self::Int16,
            Self::UInt16,
            Self::Int32,
            Self::UInt32,
            Self::Int64,
            Self::UInt64,
            Self::Float32,
            Self::Float64,
            Self::String,
        ]
        .into_iter()
        .find(|data_type| data_type.name() == name)
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One value of a [`DataType`].
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each variant is its type")]
pub enum Scalar {
    Int8(i8),
    UInt8(u8),
    Int16(i16),
    UInt16(u16),
    Int32(i32),
    UInt32(u32),
    Int64(i64),
    UInt64(u64),
    Float32(f32),
    Float64(f64),
    String(String),
}

impl Scalar {
    /// The type of this value.
    #[must_use]
    pub const fn data_type(&self) -> DataType {
        match self {
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
            Self::String(_) => DataType::String,
        }
    }

    /// The native-endian bytes of this value; the UTF-8 bytes of text.
    #[must_use]
    pub fn to_ne_bytes(&self) -> Vec<u8> {
        match self {
            Self::Int8(v) => v.to_ne_bytes().to_vec(),
            Self::UInt8(v) => v.to_ne_bytes().to_vec(),
            Self::Int16(v) => v.to_ne_bytes().to_vec(),
            Self::UInt16(v) => v.to_ne_bytes().to_vec(),
            Self::Int32(v) => v.to_ne_bytes().to_vec(),
            Self::UInt32(v) => v.to_ne_bytes().to_vec(),
            Self::Int64(v) => v.to_ne_bytes().to_vec(),
            Self::UInt64(v) => v.to_ne_bytes().to_vec(),
            Self::Float32(v) => v.to_ne_bytes().to_vec(),
            Self::Float64(v) => v.to_ne_bytes().to_vec(),
            Self::String(v) => v.as_bytes().to_vec(),
        }
    }

    /// The zero of a type: 0, or the empty text.
    #[must_use]
    pub fn zero(data_type: DataType) -> Self {
        match data_type {
            DataType::Int8 => Self::Int8(0),
            DataType::UInt8 => Self::UInt8(0),
            DataType::Int16 => Self::Int16(0),
            DataType::UInt16 => Self::UInt16(0),
            DataType::Int32 => Self::Int32(0),
            DataType::UInt32 => Self::UInt32(0),
            DataType::Int64 => Self::Int64(0),
            DataType::UInt64 => Self::UInt64(0),
            DataType::Float32 => Self::Float32(0.0),
            DataType::Float64 => Self::Float64(0.0),
            DataType::String => Self::String(String::new()),
        }
    }
}
