//! Whether threads read a block and then encode it, or read the next one meanwhile.

use crate::limits::BLOCKS_IN_FLIGHT;
use crate::transfer::Transfer;

/// So many threads lose less at the end of a block, where some have nothing left to do, than the
/// memory of another block costs where it is new,
const FEW_THREADS: usize = 2;
/// where each has so many chunks to encode,
const CHUNKS_OF_THREAD: u64 = 8;
/// or where a block is nothing to wait for.
const SMALL: usize = 1 << 20;

/// The largest block of a variable.
#[derive(Debug, Clone, Copy)]
pub(super) struct Largest {
    bytes: usize,
    chunks: u64,
    /// Whether the source answers one question at a time, while which all but one thread wait.
    is_read_at_once: bool,
}

impl Largest {
    pub(super) fn new(transfer: &Transfer, is_read_at_once: bool) -> Self {
        Self {
            bytes: transfer.most_bytes(),
            chunks: transfer.most_chunks(),
            is_read_at_once,
        }
    }

    fn keeps_busy(self, threads: usize) -> bool {
        self.bytes < SMALL
            || !self.is_read_at_once && self.chunks >= CHUNKS_OF_THREAD * threads as u64
    }
}

/// How many blocks are in memory at once, at most.
pub(super) fn blocks_in_flight(
    threads: usize,
    mut largest: impl Iterator<Item = Largest>,
) -> usize {
    // One thread has only one thing to do at a time.
    let take_turns = threads == 1
        || threads <= FEW_THREADS && largest.all(|largest| largest.keeps_busy(threads));
    match take_turns {
        true => 1,
        false => BLOCKS_IN_FLIGHT as usize,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: Largest = Largest {
        bytes: 32 << 20,
        chunks: 16,
        is_read_at_once: false,
    };

    #[test]
    fn threads_take_turns_where_all_of_them_are_busy() {
        let few = Largest { chunks: 15, ..MANY };
        let at_once = Largest {
            is_read_at_once: true,
            ..MANY
        };
        let small = Largest {
            bytes: SMALL - 1,
            chunks: 1,
            is_read_at_once: true,
        };
        let blocks = |threads, largest: &[Largest]| {
            let all = [&[small], largest].concat();
            blocks_in_flight(threads, all.into_iter())
        };
        for largest in [few, at_once] {
            assert_eq!(blocks(1, &[largest]), 1);
            assert_eq!(blocks(2, &[MANY, largest]), 2);
        }
        assert_eq!(blocks(2, &[]), 1);
        assert_eq!(blocks(2, &[MANY]), 1);
        assert_eq!(blocks(3, &[MANY]), 2);
    }
}
