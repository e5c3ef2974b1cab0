//! Buffers as large as blocks.

use rayon::prelude::*;
use rustix::mm::{Advice, madvise};

/// Smaller buffers are not worth a call of the system.
const LARGE: usize = 4 << 20;
/// What the system's pages are a multiple of, wherever this runs.
const PAGE: usize = 4 << 10;
/// So much is asked for by one thread.
const PIECE: usize = 1 << 20;

/// Gives a buffer a length. What it holds then means nothing.
pub(crate) fn make_room(buffer: &mut Vec<u8>, bytes: usize) {
    reserve(buffer, bytes);
    buffer.resize(bytes, 0);
}

/// Gives a buffer the memory for so many bytes, where it has less. What it holds then means
/// nothing.
pub(crate) fn reserve(buffer: &mut Vec<u8>, bytes: usize) {
    if buffer.capacity() >= bytes {
        return;
    }
    // The old one is given back before there is a new one.
    *buffer = Vec::new();
    *buffer = vec![0; bytes];
    if bytes >= LARGE {
        ask_for_pages(buffer);
    }
}

/// Memory that is used for the first time comes page by page, each with an interruption of
/// whoever uses it: many at once they cost two thirds. Until the first block is there nothing
/// else can be done, so all threads ask. Large pages would cost less still where
/// there are some, and many times as much where the system has to make room for them.
fn ask_for_pages(buffer: &mut [u8]) {
    let before = buffer.as_ptr().align_offset(PAGE).min(buffer.len());
    let (_, rest) = buffer.split_at_mut(before);
    let (pages, _) = rest.split_at_mut(rest.len() / PAGE * PAGE);
    let advised = pages.par_chunks_mut(PIECE).try_for_each(|pages| {
        #[expect(unsafe_code, reason = "advice about memory is a call of the system")]
        // SAFETY: the range is whole pages of a buffer that is borrowed here alone, and this
        // advice changes nothing of what they hold.
        unsafe {
            madvise(
                pages.as_mut_ptr().cast(),
                pages.len(),
                Advice::LinuxPopulateWrite,
            )
        }
    });
    if let Err(error) = advised {
        tracing::trace!(%error, "pages come one by one");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_have_the_length_that_was_asked_for_and_keep_their_memory() {
        let mut buffer = Vec::new();
        for bytes in [0, 1, LARGE - 1, LARGE, 3 * LARGE + 17] {
            make_room(&mut buffer, bytes);
            assert_eq!(buffer.len(), bytes);
            buffer.fill(1);
        }
        let start = buffer.as_ptr();
        make_room(&mut buffer, 10);
        make_room(&mut buffer, 2 * LARGE);
        assert_eq!((buffer.as_ptr(), buffer.len()), (start, 2 * LARGE));
        let mut reserved = Vec::new();
        reserve(&mut reserved, LARGE);
        let start = reserved.as_ptr();
        for bytes in [5, LARGE] {
            make_room(&mut reserved, bytes);
            assert_eq!((reserved.as_ptr(), reserved.len()), (start, bytes));
        }
    }
}
