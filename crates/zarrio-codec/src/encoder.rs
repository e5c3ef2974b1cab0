//! Whole chunks to objects and back.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU64;
use std::sync::Arc;

use zarrs::array::codec::api::{ArrayToBytesCodecTraits as _, CodecOptions};
use zarrs::array::{Array, ArrayBytes, ArrayMetadata, CodecChain};
use zarrs::storage::store::MemoryStore;

use crate::{CodecError, EncodingPlan};

/// The codecs of one array, ready for use from many threads at once.
pub struct ChunkEncoder {
    variable: String,
    array: Array<MemoryStore>,
    codecs: Arc<CodecChain>,
    chunk_shape: Vec<NonZeroU64>,
    options: CodecOptions,
}

impl fmt::Debug for ChunkEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkEncoder")
            .field("variable", &self.variable)
            .finish_non_exhaustive()
    }
}

impl ChunkEncoder {
    /// Builds the codecs that the plan's own metadata document names, so that what is
    /// written is what the document says.
    ///
    /// # Errors
    /// When the codec library does not take the document.
    pub fn new(plan: &EncodingPlan) -> Result<Self, CodecError> {
        let error = |reason: String| CodecError::Plan {
            variable: plan.path().to_string(),
            reason,
        };
        let document = plan.documents().swap_remove(0).json;
        let metadata: ArrayMetadata =
            serde_json::from_value(document).map_err(|e| error(e.to_string()))?;
        let array = Array::new_with_metadata(Arc::new(MemoryStore::new()), "/array", metadata)
            .map_err(|e| error(e.to_string()))?;
        let chunk_shape = plan
            .chunk_shape()
            .iter()
            .filter_map(|&n| NonZeroU64::new(n))
            .collect();
        Ok(Self {
            variable: plan.path().to_string(),
            codecs: array.codecs(),
            array,
            chunk_shape,
            // The pipeline works on many chunks at once; more threads inside would not help.
            options: CodecOptions::default().with_concurrent_target(1),
        })
    }

    /// Encodes a whole chunk of fixed-size elements: native byte order, C order, padded.
    ///
    /// # Errors
    /// When the bytes are not exactly one chunk, or a codec fails.
    pub fn encode(&self, chunk: &[u8]) -> Result<Vec<u8>, CodecError> {
        self.encode_bytes(ArrayBytes::new_flen(Cow::Borrowed(chunk)))
    }

    /// Encodes a whole chunk of texts in C order, padded.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn encode_text(&self, chunk: &[&str]) -> Result<Vec<u8>, CodecError> {
        let mut offsets = Vec::with_capacity(chunk.len() + 1);
        let mut bytes = Vec::new();
        offsets.push(0);
        for text in chunk {
            bytes.extend_from_slice(text.as_bytes());
            offsets.push(bytes.len());
        }
        let offsets = zarrs::array::ArrayBytesOffsets::new(offsets)
            .map_err(|e| self.error("encode", e.to_string()))?;
        let bytes = ArrayBytes::new_vlen(bytes, offsets)
            .map_err(|e| self.error("encode", e.to_string()))?;
        self.encode_bytes(bytes)
    }

    fn encode_bytes(&self, bytes: ArrayBytes<'_>) -> Result<Vec<u8>, CodecError> {
        let (data_type, fill_value) = (self.array.data_type(), self.array.fill_value());
        self.codecs
            .encode(
                bytes,
                &self.chunk_shape,
                data_type,
                fill_value,
                &self.options,
            )
            .map(Cow::into_owned)
            .map_err(|e| self.error("encode", e.to_string()))
    }

    /// Decodes an object to the bytes of a whole chunk of fixed-size elements.
    ///
    /// # Errors
    /// When the object is not a chunk of this array.
    pub fn decode(&self, object: &[u8]) -> Result<Vec<u8>, CodecError> {
        let (data_type, fill_value) = (self.array.data_type(), self.array.fill_value());
        let error = |reason| self.error("decode", reason);
        self.codecs
            .decode(
                Cow::Borrowed(object),
                &self.chunk_shape,
                data_type,
                fill_value,
                &self.options,
            )
            .map_err(|e| error(e.to_string()))?
            .into_fixed()
            .map(Cow::into_owned)
            .map_err(|e| error(e.to_string()))
    }

    fn error(&self, action: &'static str, reason: String) -> CodecError {
        CodecError::Chunk {
            variable: self.variable.clone(),
            action,
            reason,
        }
    }
}
