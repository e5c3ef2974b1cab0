//! Buffers as large as blocks.

use bytemuck::allocation::try_zeroed_vec;
use rayon::prelude::*;
use rustix::mm::{Advice, madvise};
use zarrio_model::ByteSize;

use crate::RegionError;

/// Smaller buffers are not worth a call of the system.
const LARGE: usize = 4 << 20;
/// What the system's pages are a multiple of, wherever this runs.
const PAGE: usize = 4 << 10;
/// Pages that cost as much to get as a few small ones, where the system has some. Where it has
/// to make room for them, they cost many times as much as small ones do.
const LARGE_PAGE: usize = 2 << 20;
/// The system's account of what is free.
const FREE_BLOCKS: &str = "/proc/buddyinfo";
/// So many times as many as are asked for have to be free: others ask too.
const ENOUGH: usize = 4;

/// Gives a buffer a length. What it holds then means nothing.
///
/// # Errors
/// When the system has not so much memory for this process.
pub(crate) fn make_room(buffer: &mut Vec<u8>, bytes: usize) -> Result<(), RegionError> {
    reserve(buffer, bytes)?;
    buffer.resize(bytes, 0);
    Ok(())
}

/// Gives a buffer the memory for so many bytes, where it has less. What it holds then means
/// nothing.
///
/// # Errors
/// As [`make_room`].
pub(crate) fn reserve(buffer: &mut Vec<u8>, bytes: usize) -> Result<(), RegionError> {
    if buffer.capacity() >= bytes {
        return Ok(());
    }
    // The old one is given back before there is a new one.
    *buffer = Vec::new();
    *buffer = try_zeroed_vec(bytes).map_err(|()| RegionError::NoMemory {
        bytes: ByteSize(bytes as u64),
    })?;
    if bytes >= LARGE {
        ask_for_pages(buffer);
    }
    Ok(())
}

/// Memory that is used for the first time comes page by page, each with an interruption of
/// whoever uses it: many at once they cost two thirds. Until the first block is there nothing
/// else can be done, so all threads ask.
fn ask_for_pages(buffer: &mut [u8]) {
    let before = buffer.as_ptr().align_offset(PAGE).min(buffer.len());
    let (_, rest) = buffer.split_at_mut(before);
    let (pages, _) = rest.split_at_mut(rest.len() / PAGE * PAGE);
    let are_there = std::fs::read_to_string(FREE_BLOCKS)
        .is_ok_and(|blocks| free_large_pages(&blocks) / ENOUGH >= pages.len() / LARGE_PAGE);
    if are_there {
        // Systems without large pages say so.
        let advised = advise(pages, Advice::LinuxHugepage);
        tracing::trace!(?advised, "large pages");
    }
    let first = pages.as_ptr().align_offset(LARGE_PAGE).min(pages.len());
    let (first, rest) = pages.split_at_mut(first);
    let populate = |pages: &mut [u8]| advise(pages, Advice::LinuxPopulateWrite);
    let populated = rest.par_chunks_mut(LARGE_PAGE).try_for_each(populate);
    if let Err(error) = populated.and_then(|()| populate(first)) {
        tracing::trace!(%error, "pages come one by one");
    }
    if are_there {
        // The addresses may be used for something else later, when there are none.
        let advised = advise(pages, Advice::LinuxNoHugepage);
        tracing::trace!(?advised, "no more large pages");
    }
}

fn advise(pages: &mut [u8], advice: Advice) -> rustix::io::Result<()> {
    #[expect(unsafe_code, reason = "advice about memory is a call of the system")]
    // SAFETY: the range is whole pages of a buffer that is borrowed here alone, and no
    // advice that is given here changes what they hold.
    unsafe {
        madvise(pages.as_mut_ptr().cast(), pages.len(), advice)
    }
}

/// How many large pages the system has at hand, by its account of free blocks: a line for each
/// zone of the memory, and in it how many there are of one page, of two, of four and so on.
fn free_large_pages(blocks: &str) -> usize {
    let of_order = |(order, count): (usize, &str)| {
        let bytes = PAGE.checked_shl(u32::try_from(order).ok()?)?;
        count.parse::<usize>().ok()?.checked_mul(bytes / LARGE_PAGE)
    };
    let of_zone = |line: &str| {
        let (_, zone) = line.split_once("zone")?;
        let counts = zone.split_whitespace().skip(1).enumerate();
        Some(counts.filter_map(of_order).fold(0, usize::saturating_add))
    };
    let zones = blocks.lines().filter_map(of_zone);
    zones.fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_pages_are_counted_in_blocks_of_their_size_and_larger_ones() {
        let blocks = "\
            Node 0, zone      DMA      0      0      0      0      0      0      0      0      1      1      3\n\
            Node 0, zone   Normal   8514  13615  24629  13675   4359   1692    872    399    184    910   1943\n";
        assert_eq!(free_large_pages(blocks), 1 + 2 * 3 + 910 + 2 * 1943);
        for odd in [
            "",
            "Node 0",
            "Node 0, zone",
            "zone DMA x -1 99999999999999999999999",
        ] {
            assert_eq!(free_large_pages(odd), 0, "{odd}");
        }
        let many = format!("zone DMA {}", "9999999999999 ".repeat(99));
        assert!(free_large_pages(&many) > 0);
    }

    #[test]
    fn buffers_have_the_length_that_was_asked_for_and_keep_their_memory() {
        let mut buffer = Vec::new();
        for bytes in [0, 1, LARGE - 1, LARGE, 3 * LARGE + 17] {
            make_room(&mut buffer, bytes).unwrap();
            assert_eq!(buffer.len(), bytes);
            buffer.fill(1);
        }
        let start = buffer.as_ptr();
        make_room(&mut buffer, 10).unwrap();
        make_room(&mut buffer, 2 * LARGE).unwrap();
        assert_eq!((buffer.as_ptr(), buffer.len()), (start, 2 * LARGE));
        let mut reserved = Vec::new();
        reserve(&mut reserved, LARGE).unwrap();
        let start = reserved.as_ptr();
        for bytes in [5, LARGE] {
            make_room(&mut reserved, bytes).unwrap();
            assert_eq!((reserved.as_ptr(), reserved.len()), (start, bytes));
        }
    }
    #[test]
    fn memory_that_is_not_there_is_an_error() {
        let mut buffer = vec![1; 10];
        for bytes in [usize::MAX, usize::MAX / 2, usize::MAX / 4] {
            let error = make_room(&mut buffer, bytes).unwrap_err();
            assert!(matches!(error, RegionError::NoMemory { .. }), "{error}");
        }
        make_room(&mut buffer, 10).unwrap();
        assert_eq!(buffer.len(), 10);
    }
}
