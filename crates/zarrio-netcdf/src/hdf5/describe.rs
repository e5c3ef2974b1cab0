//! What the schema says of a variable beside its type and shape.

use zarrio_model::{AttributeValue, DataType, NativeLayout, VariableSchema};

use super::array::{Array, Storage};
use super::datatype::Class;
use super::file::HdfFile;
use super::index::ChunkIndex;
use crate::numbers;

/// Chunks up to this number are listed to tell their size. That takes some milliseconds, and
/// is needed anyway when they are read.
const MOST_LISTED: u64 = 100_000;

/// Tells the sizes of chunked variables, as long as the chunks of a file are not too many.
#[derive(Debug)]
pub(super) struct ChunkSizes {
    /// Chunks that may still be listed: a small file can claim many, many times.
    left: u64,
}

impl ChunkSizes {
    pub(super) const fn new() -> Self {
        Self {
            left: 10 * MOST_LISTED,
        }
    }

    /// The bytes of all chunks; none for what has no chunks or too many, and where the index
    /// is damaged, which is said when they are read.
    pub(super) fn of(&mut self, file: &HdfFile, array: &Array) -> Option<u64> {
        let Storage::Chunked(chunked) = &array.storage else {
            return None;
        };
        let chunks = array
            .extent
            .iter()
            .zip(&chunked.shape)
            .map(|(length, chunk)| length.div_ceil(*chunk))
            .fold(1, u64::saturating_mul);
        if chunks > MOST_LISTED.min(self.left) {
            return None;
        }
        let index = ChunkIndex::of(file, array, chunked);
        // Those beyond the extent take time, too.
        let listed = index.as_ref().map_or(chunks, |index| index.listed() as u64);
        self.left = self.left.saturating_sub(listed.max(1));
        Some(index.ok()?.stored_bytes())
    }
}

/// How a dataset is stored; not how large its chunks are.
pub(super) fn layout(array: &Array) -> NativeLayout {
    let mut layout = NativeLayout::default();
    match &array.storage {
        Storage::Compact(data) => layout.stored_bytes = Some(data.len() as u64),
        Storage::Contiguous { address } => {
            let elements = array.extent.iter().copied().fold(1, u64::saturating_mul);
            let bytes = elements.saturating_mul(array.element_size as u64);
            layout.stored_bytes = Some(if address.is_some() { bytes } else { 0 });
        }
        Storage::Chunked(chunked) => {
            layout.chunks = Some(chunked.shape.clone());
            layout.codecs = chunked.pipeline.describe();
        }
    }
    layout
}

/// The names of an enumeration as CF has them.
pub(super) fn name_flags(
    schema: &mut VariableSchema,
    base: DataType,
    members: &[(String, Vec<u8>)],
) {
    let bytes: Vec<u8> = members
        .iter()
        .flat_map(|(_, value)| value.iter().copied())
        .collect();
    let names: Vec<String> = members
        .iter()
        .map(|(name, _)| name.replace(' ', "_"))
        .collect();
    if schema.attributes.get("flag_values").is_none() {
        schema
            .attributes
            .set("flag_values", numbers::from_native(base, &bytes));
    }
    if schema.attributes.get("flag_meanings").is_none() {
        schema
            .attributes
            .set("flag_meanings", AttributeValue::Text(names.join(" ")));
    }
}

/// What netCDF-C gives for elements that were never stored, where the file sets no other.
pub(super) fn default_fill(class: &Class, big_endian: bool) -> Vec<u8> {
    let (Class::Number(number) | Class::Enumeration { base: number, .. }) = class else {
        return Vec::new();
    };
    let mut bytes = match number {
        DataType::Int8 => (-127i8).to_le_bytes().to_vec(),
        DataType::UInt8 => 255u8.to_le_bytes().to_vec(),
        DataType::Int16 => (-32767i16).to_le_bytes().to_vec(),
        DataType::UInt16 => 65535u16.to_le_bytes().to_vec(),
        DataType::Int32 => (-2_147_483_647i32).to_le_bytes().to_vec(),
        DataType::UInt32 => 4_294_967_295u32.to_le_bytes().to_vec(),
        DataType::Int64 => (-9_223_372_036_854_775_806i64).to_le_bytes().to_vec(),
        DataType::UInt64 => 18_446_744_073_709_551_614u64.to_le_bytes().to_vec(),
        DataType::Float32 => 9.969_21e36f32.to_le_bytes().to_vec(),
        DataType::Float64 => 9.969_209_968_386_869e36f64.to_le_bytes().to_vec(),
        DataType::String => Vec::new(),
    };
    if big_endian {
        bytes.reverse();
    }
    bytes
}
