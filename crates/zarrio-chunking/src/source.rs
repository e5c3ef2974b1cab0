//! Chunk shapes that follow the source's own.

use crate::arrays::Array;
use crate::dimension::bytes;

/// The chunk shape of one array, some of whose lengths are fixed: the source's own chunks,
/// joined along the slowest dimension until a chunk has about `target_bytes`, so that each
/// source chunk is read once; contiguous data are cut along their longest dimensions.
pub(crate) fn shape(array: &Array<'_>, fixed: &[Option<u64>], target_bytes: u64) -> Vec<u64> {
    let source = array
        .source_chunks
        .filter(|chunks| chunks.len() == array.shape.len());
    // Dimensions without a name have no length that could be fixed.
    let settled = |d: usize| fixed.get(d).copied().flatten();
    let mut chunk: Vec<u64> = (0..array.shape.len())
        .map(|d| {
            let length = array.shape[d].max(1);
            settled(d).unwrap_or_else(|| source.map_or(length, |chunks| chunks[d].clamp(1, length)))
        })
        .collect();
    let free = |d: &usize| settled(*d).is_none();
    let size = |chunk: &[u64]| bytes(chunk, array.element_size);

    if source.is_some() {
        while let Some(d) = (0..chunk.len())
            .filter(free)
            .find(|&d| chunk[d] < array.shape[d])
        {
            let mut longer = chunk.clone();
            longer[d] = chunk[d].saturating_mul(2).min(array.shape[d]);
            if size(&longer) > target_bytes {
                break;
            }
            chunk = longer;
        }
    }
    // What is too large is halved where it is longest; a large source chunk may stay up to
    // twice the target, since cutting it would make every writer decode it twice.
    let limit = if source.is_some() {
        target_bytes.saturating_mul(2)
    } else {
        target_bytes
    };
    while size(&chunk) > limit {
        let longest = (0..chunk.len()).filter(free).max_by_key(|&d| (chunk[d], d));
        match longest.filter(|&d| chunk[d] > 1) {
            Some(d) => {
                // Parts of equal length leave no thin remainder.
                let parts = array.shape[d].div_ceil(chunk[d]).saturating_mul(2);
                chunk[d] = array.shape[d].div_ceil(parts).clamp(1, chunk[d] - 1);
            }
            None => break,
        }
    }
    chunk
}
