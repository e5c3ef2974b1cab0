//! Shards: several chunks in one object.

use serde::Serialize;
use zarrio_model::config::{ChunkLength, Chunking, Storage};

use crate::{ChunkRequest, ChunkingError, Role};

/// Below this size, chunks in a remote store are worth a shard.
const SMALL: u64 = 1 << 20;

/// A shard shape that is proposed, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShardPlan {
    /// The shape in elements: whole multiples of the chunks.
    pub shape: Vec<u64>,
    /// Chunks in a shard.
    pub chunks: u64,
    /// Bytes of a shard before compression, of the array with the largest elements.
    pub bytes: u64,
    /// How many shards there are.
    pub count: u64,
    /// Shards along the record dimension that more than one file has a part of, times those
    /// along the others.
    pub shared: u64,
}

/// How large shards become before compression.
const fn wanted(storage: Option<Storage>) -> u64 {
    match storage {
        None | Some(Storage::Local) => 256 << 20,
        Some(Storage::Server) => 512 << 20,
        Some(Storage::Cloud) => 1 << 30,
    }
}

/// Shards for chunks of this shape, where there are too many objects or, in a remote store,
/// too small ones.
///
/// Along the record dimension shards end where files end, if chunks can, so that a file
/// writes whole shards; else they grow in space first.
pub(crate) fn propose(request: &ChunkRequest, chunks: &[u64]) -> Option<ShardPlan> {
    let lengths: Vec<u64> = request
        .dimensions
        .iter()
        .map(crate::Dimension::extent)
        .collect();
    let counts: Vec<u64> = lengths
        .iter()
        .zip(chunks)
        .map(|(n, c)| n.div_ceil(*c))
        .collect();
    let objects = product(&counts);
    let chunk_bytes = request.chunk_bytes(chunks);
    let remote = request.storage == Some(Storage::Cloud);
    if objects <= 1 || !(objects > request.max_objects || (remote && chunk_bytes < SMALL)) {
        return None;
    }
    let room = (wanted(request.storage) / chunk_bytes.max(1)).max(1);
    let mut factors = vec![1; chunks.len()];
    let record = request.record();
    if let Some(d) = record
        && let Some(unit) = request.files.unit(lengths[d])
        && unit.is_multiple_of(chunks[d])
        && unit / chunks[d] <= room
    {
        factors[d] = unit / chunks[d];
    }
    let mut order: Vec<usize> = (0..chunks.len()).filter(|d| Some(*d) != record).collect();
    order.sort_by_key(|&d| std::cmp::Reverse((request.dimensions[d].role, d)));
    // Other dimensions are whole in a chunk already where they can be.
    order.retain(|&d| request.dimensions[d].role != Role::Other || counts[d] > 1);
    order.extend(record);
    for d in order {
        let taken = product(&factors);
        let more = room / taken.max(1);
        let whole = counts[d].div_ceil(factors[d]);
        if more >= whole {
            factors[d] = factors[d].saturating_mul(whole).min(counts[d]);
        } else if more > 1 {
            factors[d] = factors[d].saturating_mul(more).min(counts[d]);
        }
    }
    let shape: Vec<u64> = chunks
        .iter()
        .zip(&factors)
        .map(|(c, f)| c.saturating_mul(*f))
        .collect();
    let per: Vec<u64> = counts
        .iter()
        .zip(&factors)
        .map(|(k, f)| k.div_ceil(*f))
        .collect();
    let shared = record.map_or(0, |d| {
        let others = product(&per) / per[d].max(1);
        request
            .files
            .shared_chunks(shape[d], lengths[d])
            .saturating_mul(others)
    });
    let joined = product(&factors);
    (joined > 1).then(|| ShardPlan {
        bytes: request.chunk_bytes(&shape),
        chunks: joined,
        count: product(&per),
        shared,
        shape,
    })
}

/// The shard shape of lengths that somebody gave for some dimensions, for chunks of this
/// shape; along the others a shard is as long as a chunk. `None` where a shard would hold one
/// chunk.
///
/// A shard that is longer than its dimension is cut to the chunks that there are.
///
/// # Errors
/// When a length is not that of whole chunks.
pub fn shard_shape(
    dimensions: &[String],
    shape: &[u64],
    chunks: &[u64],
    lengths: &Chunking,
) -> Result<Option<Vec<u64>>, ChunkingError> {
    let mut shard = chunks.to_vec();
    for (d, name) in dimensions.iter().enumerate() {
        let (Some(wanted), Some(&chunk)) = (lengths.get(name), chunks.get(d)) else {
            continue;
        };
        let chunk = chunk.max(1);
        let whole = shape
            .get(d)
            .map_or(1, |length| length.div_ceil(chunk))
            .max(1);
        let all = whole.saturating_mul(chunk);
        shard[d] = match wanted {
            ChunkLength::Full => all,
            ChunkLength::Auto => chunk,
            ChunkLength::Length(n) if n.get() >= all => all,
            ChunkLength::Length(n) if n.get().is_multiple_of(chunk) => n.get(),
            ChunkLength::Length(n) => {
                return Err(ChunkingError::CutByShard {
                    dimension: name.clone(),
                    shard: n.get(),
                    chunk,
                });
            }
        };
    }
    Ok((shard != chunks).then_some(shard))
}

pub(crate) fn product(numbers: &[u64]) -> u64 {
    numbers.iter().copied().fold(1, u64::saturating_mul)
}
