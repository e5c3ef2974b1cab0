//! Shards: several chunks in one object, with an index that says where each is (the codec
//! `sharding_indexed` of Zarr 3).

use std::ops::Range;

use serde_json::{Value, json};
use zarrio_model::NodePath;
use zarrs::array::{ArraySubset, ravel_indices};

use crate::{CodecError, StoredArray};

/// Bytes of the index for each chunk: its offset and its size.
const ENTRY: usize = 16;

/// How the objects of an array hold its chunks.
pub(crate) struct Shard {
    /// Offsets and sizes of the chunks.
    index: StoredArray,
    /// Bytes of the encoded index.
    index_bytes: usize,
    is_index_first: bool,
    /// One chunk as an array.
    chunk: StoredArray,
    shape: Vec<u64>,
    /// How many chunks there are along each dimension.
    counts: Vec<u64>,
}

impl Shard {
    /// The shards that a document tells of, whose only codec they are.
    ///
    /// # Errors
    /// When the index is encoded otherwise than by `bytes`, with or without a checksum, or a codec
    /// of the chunks is refused.
    pub(crate) fn of(path: &NodePath, document: &Value) -> Result<Self, CodecError> {
        let refused = |reason: &str| CodecError::Plan {
            variable: path.to_string(),
            reason: reason.to_owned(),
        };
        let configuration = &document["codecs"][0]["configuration"];
        let grid =
            |shape: &Value| json!({"name": "regular", "configuration": {"chunk_shape": shape}});
        let lengths = |shape: &Value| -> Option<Vec<u64>> {
            shape.as_array()?.iter().map(Value::as_u64).collect()
        };
        let shape = lengths(&document["chunk_grid"]["configuration"]["chunk_shape"]);
        let chunk = lengths(&configuration["chunk_shape"]);
        let counts = shape.as_ref().zip(chunk).and_then(|(shape, chunk)| {
            let pairs = shape.iter().zip(&chunk);
            let counts = pairs.map(|(shape, chunk)| shape.checked_div(*chunk));
            counts.collect::<Option<Vec<u64>>>()
        });
        let codecs = configuration["index_codecs"].as_array();
        let names = codecs
            .into_iter()
            .flatten()
            .map(|codec| codec["name"].as_str());
        let sum = match names.collect::<Vec<_>>().as_slice() {
            [Some("bytes")] => 0,
            [Some("bytes"), Some("crc32c")] => 4,
            _ => return Err(refused("the index of its shards is encoded in another way")),
        };
        let chunks = counts.as_ref().and_then(|counts| {
            counts.iter().try_fold(1usize, |all, count| {
                all.checked_mul(usize::try_from(*count).ok()?)
            })
        });
        let index_bytes = chunks.and_then(|n| n.checked_mul(ENTRY)?.checked_add(sum));
        let (Some(shape), Some(counts), Some(index_bytes)) = (shape, counts, index_bytes) else {
            return Err(refused("its shards have no whole number of chunks"));
        };
        let index = json!({
            "zarr_format": 3, "node_type": "array", "data_type": "uint64", "fill_value": 0,
            "shape": [chunks, 2], "chunk_grid": grid(&json!([chunks, 2])),
            "chunk_key_encoding": {"name": "default"},
            "codecs": configuration["index_codecs"],
        });
        let mut inner = document.clone();
        inner["shape"] = configuration["chunk_shape"].clone();
        inner["chunk_grid"] = grid(&configuration["chunk_shape"]);
        inner["codecs"] = configuration["codecs"].clone();
        Ok(Self {
            index: StoredArray::from_document(path, &index)?,
            index_bytes,
            is_index_first: configuration["index_location"] == "start",
            chunk: StoredArray::from_document(path, &inner)?,
            shape,
            counts,
        })
    }

    /// Looks whether the chunks of an object of texts hold as many as they say.
    pub(crate) fn check_texts(&self, object: &[u8]) -> Result<(), String> {
        let chunks = self.chunks(object)?;
        let mut there = chunks.into_iter().flatten();
        there.try_for_each(|chunk| self.chunk.check_texts(chunk))
    }

    /// The encoded chunks of an object in C order; none where all is fill value.
    fn chunks<'o>(&self, object: &'o [u8]) -> Result<Vec<Option<&'o [u8]>>, String> {
        let cut = || "it is cut within its shard".to_owned();
        let rest = object.len().checked_sub(self.index_bytes).ok_or_else(cut)?;
        let index = match self.is_index_first {
            true => &object[..self.index_bytes],
            false => &object[rest..],
        };
        let index = self.index.decode(index).map_err(|e| e.to_string())?;
        let chunk = |entry: &[u8; ENTRY]| {
            let [offset, size] = [0, 8].map(|at| {
                let mut bytes = [0; 8];
                bytes.copy_from_slice(&entry[at..at + 8]);
                u64::from_ne_bytes(bytes)
            });
            if (offset, size) == (u64::MAX, u64::MAX) {
                return Ok(None);
            }
            let from = usize::try_from(offset).ok();
            let chunk = from
                .and_then(|from| object.get(from..from.checked_add(usize::try_from(size).ok()?)?));
            chunk.map(Some).ok_or_else(cut)
        };
        index.as_chunks().0.iter().map(chunk).collect()
    }

    /// What stays of an object when some bytes of what it holds change; `None` where nothing does,
    /// or it is not a shard.
    pub(crate) fn keep<'o>(
        &self,
        object: &'o [u8],
        changed: &Range<usize>,
    ) -> Option<Kept<'_, 'o>> {
        let chunks = self.chunks(object).ok()?;
        // Who says that several chunks are in one place would have it copied as often.
        let bytes = chunks.iter().flatten().map(|chunk| chunk.len());
        if bytes.sum::<usize>() > object.len() {
            return None;
        }
        let places = ArraySubset::new_with_shape(self.counts.clone()).indices();
        let chunks = places.into_iter().zip(chunks).map(|(place, chunk)| {
            let bounds = self.bounds(&place)?;
            let extent = self.extent(&bounds)?;
            Some(
                match extent.start < changed.end && changed.start < extent.end {
                    true => Part::Anew(chunk, bounds),
                    false => Part::Kept(chunk),
                },
            )
        });
        let parts = chunks.collect::<Option<Vec<_>>>()?;
        let stays = parts.iter().any(|part| matches!(part, Part::Kept(Some(_))));
        stays.then_some(Kept {
            shard: self,
            bytes: object.len(),
            parts,
        })
    }

    /// The elements of a shard that are those of a chunk.
    fn bounds(&self, place: &[u64]) -> Option<ArraySubset> {
        let lengths = self.chunk.chunk_shape();
        let start = place.iter().zip(lengths).map(|(at, length)| at * length);
        ArraySubset::new_with_start_shape(start.collect(), lengths.to_vec()).ok()
    }

    /// From the first to behind the last byte of a chunk in its shard.
    fn extent(&self, bounds: &ArraySubset) -> Option<Range<usize>> {
        let width = self.chunk.data_type().size()?;
        let first = ravel_indices(bounds.start(), &self.shape)?;
        let last = ravel_indices(&bounds.end_inc()?, &self.shape)?;
        Some(first as usize * width..(last as usize + 1) * width)
    }

    /// Where in a shard the bytes of a chunk are, in the order in which the chunk has them.
    fn runs(&self, bounds: &ArraySubset) -> Option<impl Iterator<Item = Range<usize>> + use<>> {
        let width = self.chunk.data_type().size()?;
        let runs = bounds.contiguous_linearised_indices(&self.shape).ok()?;
        let bytes = move |(start, elements): (u64, u64)| {
            let start = start as usize * width;
            start..start + elements as usize * width
        };
        Some(runs.into_iter().map(bytes))
    }
}

/// A chunk of a shard of which some chunks change.
enum Part<'o> {
    /// It stays as it is encoded, if it is there.
    Kept(Option<&'o [u8]>),
    /// It is encoded anew: what was there, and which elements of the shard it has.
    Anew(Option<&'o [u8]>, ArraySubset),
}

/// What stays of a shard when some of what it holds changes.
pub(crate) struct Kept<'s, 'o> {
    shard: &'s Shard,
    /// Of the object that was there.
    bytes: usize,
    parts: Vec<Part<'o>>,
}

impl Kept<'_, '_> {
    /// Decodes those chunks into a shard that are encoded anew; `None` where one cannot be.
    pub(crate) fn decode(&self, shard: &mut [u8]) -> Option<()> {
        let chunk = &self.shard.chunk;
        for part in &self.parts {
            let Part::Anew(old, bounds) = part else {
                continue;
            };
            let runs = self.shard.runs(bounds)?;
            match old {
                Some(old) => {
                    let decoded = chunk.decode(old).ok()?;
                    let mut rest = decoded.as_slice();
                    for run in runs {
                        let bytes = rest.split_off(..run.len())?;
                        shard.get_mut(run)?.copy_from_slice(bytes);
                    }
                    if !rest.is_empty() {
                        return None;
                    }
                }
                None => {
                    for run in runs {
                        let run = shard.get_mut(run)?;
                        let elements = run.chunks_exact_mut(chunk.fill_bytes().len());
                        elements.for_each(|element| element.copy_from_slice(chunk.fill_bytes()));
                    }
                }
            }
        }
        Some(())
    }

    /// The object of a shard: its chunks in C order, those without anything but fill value left
    /// out, as all of it is encoded too.
    ///
    /// # Errors
    /// When a codec fails.
    pub(crate) fn encode(&self, shard: &[u8]) -> Result<Vec<u8>, CodecError> {
        let Shard {
            index,
            index_bytes,
            is_index_first,
            chunk,
            ..
        } = self.shard;
        let begins = match is_index_first {
            true => *index_bytes,
            false => 0,
        };
        let mut object = Vec::with_capacity(self.bytes);
        object.resize(begins, 0);
        let mut entries = Vec::with_capacity(self.parts.len() * ENTRY);
        let mut elements = Vec::new();
        for part in &self.parts {
            let begin = object.len();
            let is_there = match part {
                Part::Kept(old) => {
                    object.extend_from_slice(old.unwrap_or_default());
                    old.is_some()
                }
                Part::Anew(_, bounds) => {
                    elements.clear();
                    for run in self.shard.runs(bounds).into_iter().flatten() {
                        elements.extend_from_slice(shard.get(run).unwrap_or_default());
                    }
                    let is_there = !is_all(&elements, chunk.fill_bytes());
                    if is_there {
                        object.extend_from_slice(&chunk.encode(&elements)?);
                    }
                    is_there
                }
            };
            let entry = match is_there {
                true => [begin as u64, (object.len() - begin) as u64],
                false => [u64::MAX; 2],
            };
            entries.extend(entry.iter().flat_map(|number| number.to_ne_bytes()));
        }
        let index = index.encode(&entries)?;
        match is_index_first {
            true => object[..begins].copy_from_slice(&index),
            false => object.extend_from_slice(&index),
        }
        Ok(object)
    }
}

/// Whether some elements are all equal to one.
fn is_all(elements: &[u8], element: &[u8]) -> bool {
    let behind = elements.strip_prefix(element);
    behind.is_some_and(|behind| *behind == elements[..behind.len()])
}

#[cfg(test)]
mod tests;
