//! Numbers of an attribute from bytes.

use zarrio_model::{AttributeValue, DataType};

/// The attribute whose values are the native bytes given; those of text give no number.
pub(crate) fn from_native(data_type: DataType, bytes: &[u8]) -> AttributeValue {
    macro_rules! read {
        ($variant:ident, $type:ty) => {{
            let (values, _) = bytes.as_chunks();
            AttributeValue::$variant(values.iter().map(|&v| <$type>::from_ne_bytes(v)).collect())
        }};
    }
    match data_type {
        DataType::Int8 => read!(Int8, i8),
        DataType::UInt8 => read!(UInt8, u8),
        DataType::Int16 => read!(Int16, i16),
        DataType::UInt16 => read!(UInt16, u16),
        DataType::Int32 => read!(Int32, i32),
        DataType::UInt32 => read!(UInt32, u32),
        DataType::Int64 => read!(Int64, i64),
        DataType::UInt64 => read!(UInt64, u64),
        DataType::Float32 => read!(Float32, f32),
        DataType::Float64 => read!(Float64, f64),
        DataType::String => AttributeValue::TextList(Vec::new()),
    }
}
