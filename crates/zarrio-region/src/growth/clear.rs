//! Removes what lies beyond the end of an archive.

use std::ops::Range;

use zarrio_codec::{CodecError, StoredArray};
use zarrio_model::NodePath;
use zarrio_store::Key;

use crate::RegionError;
use crate::block::cells;
use crate::convert::Converter;
use crate::pipeline::LOCK;
use crate::zarr_source::ZarrSource;

/// How many objects a store is asked to remove at once: what one request of S3 takes.
const AT_ONCE: usize = 1000;

/// Makes some cells of an array along one of its dimensions, which lie beyond its end, read as
/// unwritten ones once it has them.
pub(super) fn clear(
    converter: &Converter<'_>,
    archive: &ZarrSource,
    path: &NodePath,
    axis: usize,
    beyond: Range<u64>,
) -> Result<(), RegionError> {
    let action = || {
        format!(
            "cannot clear what lies beyond the end of variable {:?}",
            path.as_str()
        )
    };
    let array = archive.stored_array(path)?;
    let place = archive.place(path)?;
    let lock = place.key(LOCK).map_err(RegionError::store(action()))?;
    let lengths = array.chunk_shape();
    let Some(&chunk) = lengths.get(axis) else {
        return Ok(());
    };
    let (first, end) = (beyond.start / chunk, beyond.end.div_ceil(chunk));
    let mut counts: Vec<u64> = array
        .shape()
        .iter()
        .zip(lengths)
        .map(|(n, c)| n.div_ceil(*c))
        .collect();
    counts[axis] = end - first;
    let mut whole = Vec::new();
    let remove = |keys: &mut Vec<Key>| {
        let deleted = archive.store().delete_each(keys);
        keys.clear();
        deleted.map_err(RegionError::store(action()))
    };
    for mut cell in cells(counts) {
        converter.cancel.check()?;
        cell[axis] += first;
        let key = place.key(&array.chunk_key(&cell));
        let key = key.map_err(RegionError::store(action()))?;
        let start = cell[axis] * chunk;
        if start >= beyond.start {
            whole.push(key);
            if whole.len() == AT_ONCE {
                remove(&mut whole)?;
            }
            continue;
        }
        let mut failed = None;
        let kept = beyond.start - start;
        let mut reset = |old: Option<&[u8]>| {
            reset(&array, old?, axis, kept).unwrap_or_else(|error| {
                failed = Some(error);
                None
            })
        };
        let merged = archive.store().merge(&key, &lock, &mut reset);
        merged.map_err(RegionError::store(action()))?;
        if let Some(error) = failed {
            return Err(RegionError::chunk(&array, &cell, error));
        }
    }
    remove(&mut whole)
}

/// The object with the fill value behind the first positions of a dimension; nothing where it
/// is so already.
fn reset(
    array: &StoredArray,
    object: &[u8],
    axis: usize,
    kept: u64,
) -> Result<Option<Vec<u8>>, CodecError> {
    if let Some(width) = array.data_type().size() {
        let mut bytes = array.decode(object)?;
        let fill = array.fill_bytes().to_vec();
        let changed = each_behind(array.chunk_shape(), axis, kept, |element| {
            let element = &mut bytes[element * width..][..width];
            let changed = *element != *fill;
            element.copy_from_slice(&fill);
            changed
        });
        return changed.then(|| array.encode(&bytes)).transpose();
    }
    let mut texts = array.decode_text(object)?;
    let changed = each_behind(array.chunk_shape(), axis, kept, |element| {
        let changed = texts[element] != array.fill_text();
        array.fill_text().clone_into(&mut texts[element]);
        changed
    });
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    changed.then(|| array.encode_text(&texts)).transpose()
}

/// Calls `visit` with every element of a chunk behind the first positions of a dimension; gives
/// whether it said so of any.
fn each_behind(
    lengths: &[u64],
    axis: usize,
    kept: u64,
    mut visit: impl FnMut(usize) -> bool,
) -> bool {
    let product = |lengths: &[u64]| lengths.iter().product::<u64>() as usize;
    let (outer, inner) = (product(&lengths[..axis]), product(&lengths[axis + 1..]));
    let (chunk, kept) = (lengths[axis] as usize, kept as usize);
    let mut any = false;
    for row in 0..outer {
        for element in (row * chunk + kept) * inner..(row + 1) * chunk * inner {
            any |= visit(element);
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_behind_is_visited_once() {
        let mut seen = Vec::new();
        let any = each_behind(&[2, 3, 2], 1, 2, |element| {
            seen.push(element);
            element == 11
        });
        assert_eq!(seen, [4, 5, 10, 11]);
        assert!(any);
        assert!(!each_behind(&[4], 0, 4, |_| true));
    }
}
