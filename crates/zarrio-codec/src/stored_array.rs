//! An array as its metadata document describes it: whole chunks to objects and back.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU64;
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;
use zarrio_model::{DataType, NodePath};
use zarrs::array::codec::api::{ArrayToBytesCodecTraits as _, CodecOptions};
use zarrs::array::{Array, ArrayBytes, ArrayBytesOffsets, ArrayMetadata, CodecChain};
use zarrs::storage::store::MemoryStore;

use crate::blosc::Change;
use crate::documents::stored_type;
use crate::frame::{Frame, HEAD};
use crate::packing::FixedScale;
use crate::shard::Shard;
use crate::vlen::Texts;
use crate::{CodecError, EncodingPlan};

/// The path that the codec library knows the array by; our own paths are other crates' business.
const PATH: &str = "/array";

/// No chunk that any tool wrote is larger; what claims to be is damaged or hostile.
const LARGEST_CHUNK: u64 = 1 << 32;

/// Nor is any array, and what is reckoned with positions in this one stays within 64 bits.
const LARGEST_ARRAY: u64 = 1 << 62;

/// Refuses arrays that are too large.
pub(crate) fn check_shape(shape: &[u64], data_type: DataType) -> Result<(), String> {
    let element = data_type.size().unwrap_or(size_of::<String>()) as u64;
    let bytes = shape.iter().copied().fold(element, u64::saturating_mul);
    match bytes > LARGEST_ARRAY || shape.iter().any(|length| *length > LARGEST_ARRAY) {
        true => Err(format!(
            "its shape of {shape:?} is too large to be reckoned with"
        )),
        false => Ok(()),
    }
}

/// Which bytes of a chunk change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// From the first to behind the last of them.
    pub range: Range<usize>,
    /// Whether all of these are put there anew, so that nothing of what they were is needed.
    pub is_replaced: bool,
}

/// An array's shape, grid and codecs, ready for use from many threads at once.
///
/// It is made from the metadata document, whoever wrote that, so what is written is what
/// the document says.
pub struct StoredArray {
    variable: String,
    data_type: DataType,
    array: Array<MemoryStore>,
    codecs: Arc<CodecChain>,
    chunk_shape: Vec<NonZeroU64>,
    lengths: Vec<u64>,
    lossy_filter: Option<&'static str>,
    options: CodecOptions,
    frame: Frame,
    /// Where objects hold texts whose lengths have to be looked at first.
    texts: Option<Texts>,
    /// Where objects are shards of numbers.
    shard: Option<Box<Shard>>,
}

impl fmt::Debug for StoredArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredArray")
            .field("variable", &self.variable)
            .finish_non_exhaustive()
    }
}

impl StoredArray {
    /// The array that a plan describes.
    ///
    /// # Errors
    /// When the codec library does not take the plan's document.
    pub fn new(plan: &EncodingPlan) -> Result<Self, CodecError> {
        Self::from_document(plan.path(), &plan.documents().swap_remove(0).json)
    }

    /// The array that a `zarr.json` or `.zarray` describes.
    ///
    /// # Errors
    /// When its type cannot be carried, or the codec library does not take the document.
    ///
    /// An array with a filter [`FixedScale`] is one of the integers that its chunks hold.
    pub fn from_document(path: &NodePath, document: &Value) -> Result<Self, CodecError> {
        match FixedScale::of(document) {
            Some(fixed) => Self::of_plain(path, &fixed.without(document)),
            None => Self::of_plain(path, document),
        }
    }

    fn of_plain(path: &NodePath, document: &Value) -> Result<Self, CodecError> {
        let error = |reason: String| CodecError::Plan {
            variable: path.to_string(),
            reason,
        };
        let data_type =
            stored_type(document).ok_or_else(|| error("its type cannot be carried".into()))?;
        crate::blosc::register();
        let mut told = document.clone();
        crate::blosc::tell_distances(&mut told).map_err(error)?;
        let metadata: ArrayMetadata =
            serde_json::from_value(told).map_err(|e| error(e.to_string()))?;
        let array = Array::new_with_metadata(Arc::new(MemoryStore::new()), PATH, metadata)
            .map_err(|e| error(e.to_string()))?;
        let origin = vec![0; array.dimensionality()];
        let chunk_shape = array
            .chunk_shape(&origin)
            .map_err(|e| error(e.to_string()))?;
        let element_size = data_type.size().unwrap_or(size_of::<String>()) as u64;
        let bytes = chunk_shape.iter().try_fold(element_size, |bytes, length| {
            bytes.checked_mul(length.get())
        });
        if bytes.is_none_or(|bytes| bytes > LARGEST_CHUNK) {
            return Err(error(format!(
                "its chunks of {chunk_shape:?} are too large to be held"
            )));
        }
        let bytes = bytes.unwrap_or_default();
        check_shape(array.shape(), data_type).map_err(error)?;
        Ok(Self {
            variable: path.to_string(),
            frame: Frame::new(document, data_type, bytes),
            texts: match data_type {
                DataType::String => Texts::of(path, document)?,
                _ => None,
            },
            shard: match document["codecs"].as_array().map(Vec::as_slice) {
                // With an index that we cannot write, shards are encoded as a whole.
                Some([only]) if only["name"] == "sharding_indexed" => {
                    let is_text = data_type == DataType::String;
                    let shard = (!is_text).then(|| Shard::of(path, document).ok());
                    shard.flatten().map(Box::new)
                }
                _ => None,
            },
            data_type,
            codecs: array.codecs(),
            array,
            lengths: chunk_shape.iter().map(|n| n.get()).collect(),
            chunk_shape,
            lossy_filter: lossy_filter(document),
            // The pipeline works on many chunks at once; more threads inside would not help,
            // and what they write would depend on their order.
            options: CodecOptions::default().with_concurrent_target(1),
        })
    }

    /// A filter of the array that changes values when they are written, whoever chose it.
    #[must_use]
    pub fn lossy_filter(&self) -> Option<&'static str> {
        self.lossy_filter
    }

    /// The type of the elements.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        self.data_type
    }

    /// The array's shape.
    #[must_use]
    pub fn shape(&self) -> &[u64] {
        self.array.shape()
    }

    /// The shape of what one object holds: a chunk, or a shard where there are shards.
    #[must_use]
    pub fn chunk_shape(&self) -> &[u64] {
        &self.lengths
    }

    /// The elements of one object.
    #[must_use]
    pub fn chunk_elements(&self) -> usize {
        self.lengths.iter().map(|&n| n as usize).product()
    }

    /// The name of a chunk's object within the array: `c/0/1`, `0.1`.
    #[must_use]
    pub fn chunk_key(&self, indices: &[u64]) -> String {
        let key = self.array.chunk_key(indices);
        key.as_str()
            .trim_start_matches(PATH.trim_start_matches('/'))
            .trim_start_matches('/')
            .to_owned()
    }

    /// The native bytes of the element that unwritten parts read as; UTF-8 for text.
    #[must_use]
    pub fn fill_bytes(&self) -> &[u8] {
        self.array.fill_value().as_ne_bytes()
    }

    /// The text that unwritten parts read as.
    #[must_use]
    pub fn fill_text(&self) -> &str {
        std::str::from_utf8(self.fill_bytes()).unwrap_or_default()
    }

    /// Encodes a whole chunk of fixed-size elements: native byte order, C order, padded.
    ///
    /// # Errors
    /// When the bytes are not exactly one chunk, or a codec fails.
    pub fn encode(&self, chunk: &[u8]) -> Result<Vec<u8>, CodecError> {
        self.encode_bytes(ArrayBytes::new_flen(Cow::Borrowed(chunk)))
    }

    /// The object of a chunk of fixed-size elements that is the one of `old` but for the bytes that
    /// are `changed`, which `put` puts into it, maybe more than once.
    ///
    /// Chunks of a shard in which nothing changes are taken from the old object, and where the
    /// codec is Blosc with `zstd`, so are blocks. Where zarrio has written that, the new one is what [`encode`](Self::encode)
    /// makes of the whole chunk; what another program has compressed stays as it is. Without
    /// `all`, most of those are not decoded either, and damage in them stays what it was.
    ///
    /// `chunk` is memory for a chunk. Returned is which part of the chunk it holds afterwards:
    /// with `all` all of it, else at least what was changed.
    ///
    /// # Errors
    /// When what is decoded of the old object is not a chunk of this array, or a codec fails.
    pub fn change(
        &self,
        old: &[u8],
        changed: &Changed,
        all: bool,
        chunk: &mut Vec<u8>,
        mut put: impl FnMut(&mut [u8]),
    ) -> Result<(Vec<u8>, Range<usize>), CodecError> {
        let element_size = self.data_type.size().unwrap_or(0);
        let change = Change {
            old,
            bytes: self.chunk_elements() * element_size,
            element_size,
            changed,
            all,
        };
        if let Some(done) = crate::blosc::change(&self.codecs, &change, chunk, &mut put) {
            return Ok(done);
        }
        let shard = self.shard.as_ref();
        if let Some(kept) = shard.and_then(|shard| shard.keep(old, &changed.range)) {
            make_room(chunk, change.bytes);
            let part = match all {
                true => {
                    *chunk = self.decode(old)?;
                    (chunk.len() == change.bytes).then_some(0..change.bytes)
                }
                false => kept.decode(chunk).map(|()| changed.range.clone()),
            };
            if let Some(part) = part {
                put(chunk);
                return Ok((kept.encode(chunk)?, part));
            }
        }
        *chunk = self.decode(old)?;
        put(chunk);
        Ok((self.encode(chunk)?, 0..chunk.len()))
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
        let offsets =
            ArrayBytesOffsets::new(offsets).map_err(|e| self.error("encode", e.to_string()))?;
        let bytes = ArrayBytes::new_vlen(bytes, offsets)
            .map_err(|e| self.error("encode", e.to_string()))?;
        self.encode_bytes(bytes)
    }

    /// How many first bytes of an object [`check_head`](Self::check_head) looks at.
    pub const HEAD: u64 = HEAD;

    /// Whether an object of this size that begins with these bytes can be a chunk: cheap, and
    /// no proof that it decodes.
    ///
    /// # Errors
    /// Why it can not, a lower-case fragment.
    pub fn check_head(&self, size: u64, head: &[u8]) -> Result<(), String> {
        self.frame.check(size, head)
    }

    /// Whether an object that decodes ends where its chunk does: what lies behind, decoders pass
    /// over or refuse as they please. Where they pass over it, it decodes without its last byte
    /// too, which nothing that is whole does.
    ///
    /// # Errors
    /// That there are such bytes, a lower-case fragment.
    pub fn check_end(&self, object: &[u8]) -> Result<(), String> {
        // A frame of texts says nothing of their number.
        let is_told = self.frame.tells_end() && self.data_type().size().is_some();
        let shorter = object.split_last().filter(|_| !is_told);
        match shorter.map(|(_, shorter)| self.decode_bytes(shorter)) {
            Some(Ok(_)) => Err("there are bytes behind its end".into()),
            Some(Err(_)) | None => Ok(()),
        }
    }

    #[cfg(test)]
    pub(crate) fn shard(&self) -> Option<&Shard> {
        self.shard.as_deref()
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
        let bytes = self.decode_bytes(object)?.into_fixed();
        bytes
            .map(Cow::into_owned)
            .map_err(|e| self.error("decode", e.to_string()))
    }

    /// Decodes an object to the texts of a whole chunk.
    ///
    /// # Errors
    /// When the object is not a chunk of this array, or a text is no UTF-8.
    pub fn decode_text(&self, object: &[u8]) -> Result<Vec<String>, CodecError> {
        let bytes = self.decode_bytes(object)?.into_variable();
        let (bytes, offsets) = bytes
            .map_err(|e| self.error("decode", e.to_string()))?
            .into_parts();
        offsets
            .windows(2)
            .map(|ends| {
                let text = bytes.get(ends[0]..ends[1]).unwrap_or_default();
                String::from_utf8(text.to_vec()).map_err(|e| self.error("decode", e.to_string()))
            })
            .collect()
    }

    fn decode_bytes<'a>(&self, object: &'a [u8]) -> Result<ArrayBytes<'a>, CodecError> {
        let (data_type, fill_value) = (self.array.data_type(), self.array.fill_value());
        self.check_texts(object)
            .map_err(|reason| self.error("decode", reason))?;
        let object = Cow::Borrowed(object);
        self.codecs
            .decode(
                object,
                &self.chunk_shape,
                data_type,
                fill_value,
                &self.options,
            )
            .map_err(|e| self.error("decode", e.to_string()))
    }

    /// Looks whether an object of texts holds as many as it says, and they what they say.
    pub(crate) fn check_texts(&self, object: &[u8]) -> Result<(), String> {
        let texts = self.texts.as_ref();
        texts.map_or(Ok(()), |texts| {
            texts.check(&self.codecs, object, self.chunk_elements(), &self.options)
        })
    }

    fn error(&self, action: &'static str, reason: String) -> CodecError {
        CodecError::Chunk {
            variable: self.variable.clone(),
            action,
            reason,
        }
    }
}

/// Gives memory the length of a chunk of which only parts are used. What it holds then means nothing.
pub(crate) fn make_room(memory: &mut Vec<u8>, bytes: usize) {
    if memory.capacity() < bytes {
        // The system gives pages when they are used: to fill them would take all of them.
        *memory = vec![0; bytes];
    }
    memory.resize(bytes, 0);
}

/// Filters of numcodecs that keep less than they are given.
const LOSSY: [&str; 4] = ["fixedscaleoffset", "quantize", "bitround", "astype"];

/// The first filter of a document that changes values, in shards too.
fn lossy_filter(document: &Value) -> Option<&'static str> {
    let filters = [&document["filters"], &document["codecs"]];
    let mut entries = filters.into_iter().filter_map(Value::as_array).flatten();
    entries.find_map(|entry| {
        let name = entry["id"].as_str().or_else(|| entry["name"].as_str())?;
        let name = name.trim_start_matches("numcodecs.");
        let found = LOSSY.into_iter().find(|lossy| *lossy == name);
        found.or_else(|| lossy_filter(&entry["configuration"]))
    })
}

#[cfg(test)]
mod tests;
