//! The one place where the encoding of a variable is settled.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use zarrio_model::config::{Checksum, ZarrFormat};
use zarrio_model::{AttributeValue, Attributes, DataType, NodePath, Scalar, VariableSchema};

use crate::attributes::{attribute_to_json, masking_attributes};
use crate::documents::Document;
use crate::fill::Fill;
use crate::packing::FixedScale;
use crate::stored_array::check_shape;
use crate::{CodecError, Compression};

/// No shard is larger before compression: it is assembled in memory.
const LARGEST_SHARD: u64 = 1 << 32;

/// How a variable is kept: type, fill values, chunks, codecs and attributes.
#[derive(Debug, Clone, PartialEq)]
pub struct EncodingPlan {
    pub(crate) path: NodePath,
    pub(crate) data_type: DataType,
    pub(crate) dimensions: Vec<String>,
    pub(crate) shape: Vec<u64>,
    pub(crate) chunk_shape: Vec<u64>,
    pub(crate) shards: Option<Vec<u64>>,
    pub(crate) compression: Compression,
    pub(crate) fill: Fill,
    pub(crate) attributes: Attributes,
    /// A `missing_value` that JSON does not hold as it is.
    unsaid: Option<AttributeValue>,
    pub(crate) format: ZarrFormat,
    pub(crate) checksum: Checksum,
    /// The filter that makes the integers, and the attributes beside it.
    pub(crate) fixed_scale: Option<(FixedScale, Attributes)>,
}

/// What an array is to its readers.
pub(crate) struct Seen<'a> {
    pub(crate) data_type: DataType,
    pub(crate) attributes: &'a Attributes,
    pub(crate) fill: Cow<'a, Fill>,
}

impl EncodingPlan {
    /// Keeps a variable as it is, in chunks of the given shape.
    ///
    /// Where the compression does not fit the type, as Blosc does not fit text, the nearest
    /// one that does is taken.
    ///
    /// # Errors
    /// When the chunk shape has another dimensionality than the variable or a zero, or a
    /// chunk is too large to be one object.
    pub fn new(
        variable: &VariableSchema,
        chunk_shape: Vec<u64>,
        compression: Compression,
        format: ZarrFormat,
    ) -> Result<Self, CodecError> {
        let error = |reason: String| CodecError::Plan {
            variable: variable.path.to_string(),
            reason,
        };
        if chunk_shape.len() != variable.shape.len() || chunk_shape.contains(&0) {
            return Err(error(format!(
                "chunks of {chunk_shape:?} do not fit an array of {:?}",
                variable.shape
            )));
        }
        check_shape(&variable.shape, variable.data_type).map_err(error)?;
        let elements = chunk_shape.iter().copied().fold(1, u64::saturating_mul);
        let element_size = variable.data_type.size().unwrap_or(1) as u64;
        // Blosc and numcodecs count a buffer's bytes in 31 bits.
        if elements.saturating_mul(element_size) >= (1 << 31) - 64 {
            return Err(error(format!(
                "a chunk of {chunk_shape:?} holds 2GiB or more; give smaller chunks with --chunking"
            )));
        }
        let compression = compression.fitting(variable.data_type);
        let attributes = masking_attributes(variable.data_type, &variable.attributes);
        let fill = Fill::new(variable.data_type, attributes.get("_FillValue"));
        let missing = variable.attributes.get("missing_value");
        let changed = missing != attributes.get("missing_value");
        Ok(Self {
            path: variable.path.clone(),
            data_type: variable.data_type,
            dimensions: variable.dimensions.clone(),
            shape: variable.shape.clone(),
            chunk_shape,
            shards: None,
            compression,
            fill,
            unsaid: missing.filter(|_| changed).cloned(),
            attributes,
            format,
            checksum: Checksum::None,
            fixed_scale: None,
        })
    }

    /// The same with a checksum in every chunk.
    ///
    /// # Errors
    /// In format 2, which has no place for one behind the compressor.
    pub fn with_checksum(mut self, checksum: Checksum) -> Result<Self, CodecError> {
        if checksum != Checksum::None && self.format == ZarrFormat::V2 {
            return Err(CodecError::Plan {
                variable: self.path.to_string(),
                reason: format!(
                    "format 2 has no place for the checksum {checksum} behind the compressor; write format 3, or take --compression gzip:5, which has one of its own in every chunk"
                ),
            });
        }
        self.checksum = checksum;
        Ok(self)
    }

    /// The same integers, made by a filter from what readers see: `variable` is what was
    /// packed. Everything here but the documents goes on speaking of the integers.
    #[must_use]
    pub fn with_fixed_scale(mut self, fixed: FixedScale, variable: &VariableSchema) -> Self {
        self.fixed_scale = Some((fixed, fixed.schema(variable).attributes));
        self
    }

    /// What readers see.
    pub(crate) fn seen(&self) -> Seen<'_> {
        match &self.fixed_scale {
            None => Seen {
                data_type: self.data_type,
                attributes: &self.attributes,
                fill: Cow::Borrowed(&self.fill),
            },
            Some((fixed, attributes)) => Seen {
                data_type: fixed.data_type(),
                attributes,
                fill: Cow::Owned(Fill::new(fixed.data_type(), attributes.get("_FillValue"))),
            },
        }
    }

    /// Whether the integers are made by a filter of numcodecs.
    #[must_use]
    pub fn has_fixed_scale(&self) -> bool {
        self.fixed_scale.is_some()
    }

    /// The same with several chunks in one object, which is a shard of the given shape.
    ///
    /// # Errors
    /// In format 2, which has no shards; for text, whose damage could not be told in one; when
    /// a shard does not hold whole chunks, or is too large to be one object.
    pub fn with_shards(mut self, shards: Vec<u64>) -> Result<Self, CodecError> {
        let error = |reason: String| CodecError::Plan {
            variable: self.path.to_string(),
            reason,
        };
        if self.format == ZarrFormat::V2 {
            return Err(error(
                "format 2 has no shards; write format 3, or leave --shards out".into(),
            ));
        }
        let whole = |(shard, chunk): (&u64, &u64)| *shard > 0 && shard.is_multiple_of(*chunk);
        let fits = shards.len() == self.chunk_shape.len()
            && shards.iter().zip(&self.chunk_shape).all(whole);
        let Some(size) = self.data_type.size().filter(|_| fits) else {
            return Err(error(format!(
                "chunks of {:?} of type {} cannot be kept in shards of {shards:?}",
                self.chunk_shape, self.data_type
            )));
        };
        if shards
            .iter()
            .copied()
            .fold(size as u64, u64::saturating_mul)
            >= LARGEST_SHARD
        {
            return Err(error(format!(
                "a shard of {shards:?} holds 4GiB or more; give smaller ones with --shards"
            )));
        }
        self.shards = Some(shards);
        Ok(self)
    }

    /// The same without a missing value: elements that were never written read as zero.
    #[must_use]
    pub fn without_missing_value(mut self) -> Self {
        self.fill = Fill {
            zarr: Scalar::zero(self.data_type),
            missing: false,
            foreign: None,
            left_out: None,
        };
        self
    }

    /// The variable's path from the root of the dataset.
    #[must_use]
    pub fn path(&self) -> &NodePath {
        &self.path
    }

    /// The type of the stored elements.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        self.data_type
    }

    /// How chunks are compressed.
    #[must_use]
    pub fn compression(&self) -> &Compression {
        &self.compression
    }

    /// The names of the dimensions.
    #[must_use]
    pub fn dimensions(&self) -> &[String] {
        &self.dimensions
    }

    /// The array's shape.
    #[must_use]
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// The shape of a chunk; at least one along every dimension.
    #[must_use]
    pub fn chunk_shape(&self) -> &[u64] {
        &self.chunk_shape
    }

    /// The shape of a shard, where several chunks are kept in one object.
    #[must_use]
    pub fn shards(&self) -> Option<&[u64]> {
        self.shards.as_deref()
    }

    /// The shape of what one object holds: a chunk, or a shard where there are shards.
    #[must_use]
    pub fn object_shape(&self) -> &[u64] {
        self.shards.as_ref().unwrap_or(&self.chunk_shape)
    }

    /// The attributes, as far as they are not those of Zarr itself.
    #[must_use]
    pub fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// The bytes of a whole chunk before compression; `None` for text.
    #[must_use]
    pub fn chunk_bytes(&self) -> Option<usize> {
        let elements = self
            .chunk_shape
            .iter()
            .try_fold(1usize, |product, &length| {
                product.checked_mul(usize::try_from(length).ok()?)
            })?;
        elements.checked_mul(self.data_type.size()?)
    }

    /// The number of chunks, saturating.
    #[must_use]
    pub fn num_chunks(&self) -> u64 {
        self.count(&self.chunk_shape)
    }

    /// The number of objects, saturating: chunks, or shards where there are shards.
    #[must_use]
    pub fn num_objects(&self) -> u64 {
        self.count(self.object_shape())
    }

    fn count(&self, lengths: &[u64]) -> u64 {
        let counts = self.shape.iter().zip(lengths).map(|(s, c)| s.div_ceil(*c));
        counts.fold(1, u64::saturating_mul)
    }

    /// Whether a value of the variable's type means missing. Where none does, elements that
    /// were never written read as zero, or as empty text.
    #[must_use]
    pub fn has_missing_value(&self) -> bool {
        self.fill.missing
    }

    /// Attributes whose NetCDF type JSON cannot tell: `t2m.valid_min: short`.
    #[must_use]
    pub fn untyped_attributes(&self) -> Vec<String> {
        let lost = |value: &AttributeValue| {
            !matches!(
                value.data_type(),
                DataType::String | DataType::Float64 | DataType::Int64
            )
        };
        self.attributes
            .iter()
            .filter(|(name, value)| *name != "_FillValue" && lost(value))
            .map(|(name, value)| format!("{}.{name}: {}", self.path, value.data_type()))
            .chain(self.unsaid.iter().map(|value| {
                let value = attribute_to_json(value);
                format!(
                    "{}.missing_value: {value}, of which numbers stay",
                    self.path
                )
            }))
            .chain(self.fill.left_out.iter().map(|value| {
                let (path, data_type) = (&self.path, self.data_type);
                let value = attribute_to_json(value);
                format!("{path}._FillValue: {value}, left out because no {data_type} can be it")
            }))
            .collect()
    }

    /// The array's metadata documents, relative to the array.
    #[must_use]
    pub fn documents(&self) -> Vec<Document> {
        crate::documents::array_documents(self)
    }
}

impl Serialize for EncodingPlan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut s = serializer.serialize_struct("EncodingPlan", 8)?;
        s.serialize_field("path", self.path.as_str())?;
        s.serialize_field("data_type", self.data_type.name())?;
        s.serialize_field("dimensions", &self.dimensions)?;
        s.serialize_field("shape", &self.shape)?;
        s.serialize_field("chunks", &self.chunk_shape)?;
        match &self.shards {
            None => s.skip_field("shards")?,
            Some(shards) => s.serialize_field("shards", shards)?,
        }
        s.serialize_field("compression", &self.compression)?;
        match self.checksum {
            Checksum::None => s.skip_field("checksum")?,
            checksum => s.serialize_field("checksum", &checksum)?,
        }
        match self.fixed_scale {
            None => s.skip_field("filter")?,
            Some(_) => s.serialize_field("filter", "fixedscaleoffset")?,
        }
        s.serialize_field("fill_value", &self.fill.to_json())?;
        s.serialize_field("num_chunks", &self.num_chunks())?;
        s.end()
    }
}
