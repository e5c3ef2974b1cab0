//! Reading a region of a dataset into a buffer.

use std::cell::Cell;
use std::ops::Range;

use rayon::prelude::*;
use zarrio_model::Region;

use super::array::{Array, Chunked, Storage};
use super::fault::{Fault, Outcome};
use super::file::{HdfFile, overflow};
use super::filters::Scratch;
use super::index::{ChunkIndex, Entry};
use super::scatter::{self, Target};

/// Contiguous data are read in pieces of about this size, one for each task.
const PIECE_BYTES: usize = 2 << 20;
/// Runs of at least this size are read straight to their place.
const DIRECT_BYTES: usize = 32 << 10;
/// Shorter runs are read together, as long as what lies between them is shorter than this.
const GAP_BYTES: usize = 16 << 10;
/// The most bytes that are read at once for short runs.
const WINDOW_BYTES: usize = 1 << 20;
/// So many chunks are looked up before it is asked how many of them may be read together.
const ASKED_FOR: usize = 1024;
/// Buffers of a thread above this size are given back after use.
const KEPT_BYTES: usize = 128 << 20;

thread_local! {
    static SCRATCH: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
}

/// Reads the elements of `region` as they are in the file, byte order included.
///
/// What lies beyond the stored extent becomes `beyond`.
pub(super) fn read(
    file: &HdfFile,
    array: &Array,
    region: &Region,
    beyond: &[u8],
    out: &mut [u8],
) -> Outcome<()> {
    let stored = Region::full(&array.extent).intersection(region);
    if stored != *region {
        scatter::fill(out, beyond);
    }
    if stored.is_empty() {
        return Ok(());
    }
    let target = Target::new(out, region.ranges(), array.element_size);
    let stored = stored.ranges();
    match &array.storage {
        Storage::Compact(data) => {
            let source = Region::full(&array.extent);
            copy(data, source.ranges(), stored, &target)
        }
        Storage::Contiguous { address: None } => fill(&array.fill, stored, &target),
        Storage::Contiguous {
            address: Some(address),
        } => {
            let source = Region::full(&array.extent);
            let pieces = pieces(stored, array.element_size);
            let copy =
                |piece: Vec<_>| copy_stored(file, *address, source.ranges(), &piece, &target);
            match pieces.len() {
                // Nobody starts threads for the few bytes of a coordinate.
                1 => pieces.into_iter().try_for_each(copy),
                _ => pieces.into_par_iter().try_for_each(copy),
            }
        }
        Storage::Chunked(chunked) => read_chunks(file, array, chunked, stored, &target),
    }
}

/// Reads the chunks that a box touches.
fn read_chunks(
    file: &HdfFile,
    array: &Array,
    chunked: &Chunked,
    stored: &[Range<u64>],
    target: &Target<'_>,
) -> Outcome<()> {
    let index = ChunkIndex::of(file, array, chunked)?;
    let grid: Vec<Range<u64>> = stored
        .iter()
        .zip(&chunked.shape)
        .map(|(range, &length)| range.start / length..range.end.div_ceil(length))
        .collect();
    let count = grid
        .iter()
        .try_fold(1u64, |count, range| {
            count.checked_mul(range.end - range.start)
        })
        .ok_or_else(overflow)?;
    let read = |number, bytes: Option<&[u8]>| {
        let position = position(&grid, number);
        let chunk: Vec<Range<u64>> = position
            .iter()
            .zip(&chunked.shape)
            .map(|(&at, &length)| {
                let start = at.saturating_mul(length);
                start..start.saturating_add(length)
            })
            .collect();
        let inner: Vec<Range<u64>> = chunk
            .iter()
            .zip(stored)
            .map(|(chunk, stored)| chunk.start.max(stored.start)..chunk.end.min(stored.end))
            .collect();
        match index.get(&position) {
            None => fill(&array.fill, &inner, target),
            Some(entry) => {
                let chunk = Stored {
                    entry,
                    bytes,
                    chunk,
                };
                read_chunk(file, array, chunked, &chunk, &inner, target)
                    .map_err(|fault| fault.within(&format!("chunk {position:?}")))
            }
        }
    };
    if count == 1 {
        return read(0, None);
    }
    let mut first = 0;
    while first < count && file.is_remote() {
        let next = (first..count).take(ASKED_FOR);
        let part = |number| {
            let entry = index.get(&position(&grid, number));
            entry.map_or((0, 0), |entry| (entry.address, entry.bytes))
        };
        let Some(together) = file.read_together(&next.map(part).collect::<Vec<_>>())? else {
            break;
        };
        if together.is_empty() {
            break;
        }
        let each = together.par_iter().enumerate();
        each.try_for_each(|(number, bytes)| read(first + number as u64, Some(bytes)))?;
        first += together.len() as u64;
    }
    let rest = (first..count).into_par_iter();
    rest.try_for_each(|number| read(number, None))
}

/// A chunk as it stands in the file.
struct Stored<'b> {
    entry: Entry,
    /// Its bytes, where they were read already.
    bytes: Option<&'b [u8]>,
    /// The box that it covers.
    chunk: Vec<Range<u64>>,
}

/// The position of a chunk in a part of the grid.
fn position(grid: &[Range<u64>], mut number: u64) -> Vec<u64> {
    let mut position: Vec<u64> = grid
        .iter()
        .rev()
        .map(|range| {
            let length = range.end - range.start;
            let at = number % length;
            number /= length;
            range.start + at
        })
        .collect();
    position.reverse();
    position
}

#[expect(unsafe_code, reason = "threads write disjoint parts of one buffer")]
fn read_chunk(
    file: &HdfFile,
    array: &Array,
    chunked: &Chunked,
    stored: &Stored<'_>,
    inner: &[Range<u64>],
    target: &Target<'_>,
) -> Outcome<()> {
    let Stored {
        entry,
        bytes,
        chunk,
    } = stored;
    file.check_range(entry.address, entry.bytes)?;
    let is_edge = chunk
        .iter()
        .zip(&array.extent)
        .any(|(chunk, &length)| chunk.end > length);
    let mask = if is_edge && chunked.plain_edges {
        u32::MAX
    } else {
        entry.mask
    };
    if chunked.pipeline.is_identity(mask) {
        if entry.bytes != chunked.bytes as u64 {
            return Err(Fault::invalid(format!(
                "{} bytes are stored and {} expected",
                entry.bytes, chunked.bytes
            )));
        }
        return match bytes {
            Some(bytes) => copy(bytes, chunk, inner, target),
            None => copy_stored(file, entry.address, chunk, inner, target),
        };
    }
    with_scratch(|scratch| {
        let length = usize::try_from(entry.bytes).map_err(|_| overflow())?;
        let data = scratch.data.resize(length)?;
        match bytes {
            Some(bytes) if bytes.len() == length => data.copy_from_slice(bytes),
            _ => file.read_into(entry.address, data)?,
        }
        let (pipeline, element_size) = (&chunked.pipeline, array.element_size);
        let mut is_decoded = false;
        let each = |from: usize, place: &mut [u8]| {
            if place.len() == chunked.bytes {
                return pipeline.undo_into(scratch, mask, element_size, place);
            }
            if !is_decoded {
                pipeline.undo(scratch, mask, chunked.bytes, element_size)?;
                is_decoded = true;
            }
            copy_from(scratch.data.as_slice(), from, place)
        };
        // SAFETY: as in `copy`.
        unsafe { target.write(inner, chunk, each) }
    })
}

fn with_scratch(work: impl FnOnce(&mut Scratch) -> Outcome<()>) -> Outcome<()> {
    // Taken out while it is used: a nested call would find none and make another.
    let mut scratch = SCRATCH.take().unwrap_or_default();
    let outcome = work(&mut scratch);
    scratch.shrink(KEPT_BYTES);
    SCRATCH.set(Some(scratch));
    outcome
}

/// Copies `inner` from an array in memory that covers `source`.
#[expect(unsafe_code, reason = "threads write disjoint parts of one buffer")]
fn copy(
    data: &[u8],
    source: &[Range<u64>],
    inner: &[Range<u64>],
    target: &Target<'_>,
) -> Outcome<()> {
    let each = |from: usize, place: &mut [u8]| copy_from(data, from, place);
    // SAFETY: tasks that run at once have boxes of their own: pieces of a partition, or
    // parts of chunks, of which the index has each at most once.
    unsafe { target.write(inner, source, each) }
}

fn copy_from(data: &[u8], from: usize, place: &mut [u8]) -> Outcome<()> {
    let end = from.checked_add(place.len());
    let bytes = end.and_then(|end| data.get(from..end));
    place.copy_from_slice(bytes.ok_or_else(|| Fault::invalid("the data are cut short"))?);
    Ok(())
}

/// Writes the fill value to `inner`.
#[expect(unsafe_code, reason = "threads write disjoint parts of one buffer")]
fn fill(pattern: &[u8], inner: &[Range<u64>], target: &Target<'_>) -> Outcome<()> {
    let each = |_, place: &mut [u8]| {
        scatter::fill(place, pattern);
        Ok(())
    };
    // SAFETY: as in `copy`.
    unsafe { target.write(inner, target.ranges, each) }
}

/// Copies `inner` from an array that covers `source` and stands in the file as it is.
#[expect(unsafe_code, reason = "threads write disjoint parts of one buffer")]
fn copy_stored(
    file: &HdfFile,
    address: u64,
    source: &[Range<u64>],
    inner: &[Range<u64>],
    target: &Target<'_>,
) -> Outcome<()> {
    let at = |from: usize| address.checked_add(from as u64).ok_or_else(overflow);
    let mut windows: Vec<(usize, usize)> = Vec::new();
    let mut shortest = usize::MAX;
    scatter::for_each_run(
        inner,
        source,
        target.ranges,
        target.element_size,
        |from, _, length| {
            let end = from.checked_add(length).ok_or_else(overflow)?;
            shortest = shortest.min(length);
            match windows.last_mut() {
                Some((start, last))
                    if from.saturating_sub(*last) <= GAP_BYTES && end - *start <= WINDOW_BYTES =>
                {
                    *last = end;
                }
                _ => windows.push((from, end)),
            }
            Ok(())
        },
    )?;
    if shortest >= DIRECT_BYTES {
        // SAFETY: as in `copy`.
        return unsafe {
            target.write(inner, source, |from, place| {
                file.read_into(at(from)?, place)
            })
        };
    }
    with_scratch(|scratch| {
        let mut windows = windows.into_iter();
        let mut current = 0..0;
        let each = |from: usize, place: &mut [u8]| {
            if from >= current.end
                && let Some((start, end)) = windows.next()
            {
                current = start..end;
                file.read_into(at(start)?, scratch.data.resize(end - start)?)?;
            }
            let bytes = from.checked_sub(current.start).and_then(|from| {
                scratch
                    .data
                    .as_slice()
                    .get(from..from.checked_add(place.len())?)
            });
            place.copy_from_slice(bytes.ok_or_else(overflow)?);
            Ok(())
        };
        // SAFETY: as in `copy`.
        unsafe { target.write(inner, source, each) }
    })
}

/// Cuts a box into pieces of about equal size along its first dimension that is longer than 1.
fn pieces(stored: &[Range<u64>], element_size: usize) -> Vec<Vec<Range<u64>>> {
    let bytes = stored.iter().fold(element_size as u64, |bytes, range| {
        bytes.saturating_mul(range.end - range.start)
    });
    let count = bytes.div_ceil(PIECE_BYTES as u64).max(1);
    let Some(dimension) = stored.iter().position(|range| range.end - range.start > 1) else {
        return vec![stored.to_vec()];
    };
    let range = stored[dimension].clone();
    let step = (range.end - range.start).div_ceil(count).max(1);
    let mut pieces = Vec::new();
    let mut start = range.start;
    while start < range.end {
        let end = start.saturating_add(step).min(range.end);
        let mut piece = stored.to_vec();
        piece[dimension] = start..end;
        pieces.push(piece);
        start = end;
    }
    pieces
}

/// Exchanges the byte order of numbers.
pub(super) fn swap_bytes(bytes: &mut [u8], size: usize) {
    fn swap<const SIZE: usize>(bytes: &mut [u8]) {
        for number in bytes.as_chunks_mut::<SIZE>().0 {
            number.reverse();
        }
    }
    let swap = |piece: &mut [u8]| match size {
        2 => swap::<2>(piece),
        4 => swap::<4>(piece),
        8 => swap::<8>(piece),
        _ => {}
    };
    match bytes.len() {
        0..=PIECE_BYTES => swap(bytes),
        // Whole numbers of each size fit into a piece.
        _ => bytes.par_chunks_mut(PIECE_BYTES).for_each(swap),
    }
}
