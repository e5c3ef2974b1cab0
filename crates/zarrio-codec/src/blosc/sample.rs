//! How the streams of some elements are best compressed, by a sample of them.

use super::encoder::MOST_STREAMS;
use super::shuffle::shuffle;
use super::stream::{Compressor, Way};

/// Pieces of so many bytes,
const PIECE: usize = 4 << 10;
/// from so many places, for what is land here may be sea there. What repeats at a distance is
/// not seen in them, and found by every [`Way`].
const PIECES: usize = 4;
/// Looked at are elements of which the pieces are less than one in so many.
const SHARE: usize = 32;

/// Searching a stream is worth its time where it takes away more than one in so many of the
/// bytes that are searched, beyond what counting does.
const LEAST: usize = 128;
/// At the first level, which is for speed, either is worth its time where it takes away more
/// than one in so many.
const LEAST_OF_ALL: usize = 20;
/// What becomes less than one in so many bytes is searched without looking further.
const MUCH: usize = 4;

/// How the blocks of some elements are best compressed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice {
    /// For each byte of an element, where these are streams of their own.
    pub(super) ways: [Way; MOST_STREAMS],
    /// Whether they should be: where some need not be searched. Else a search of all of a
    /// block finds in one of them what was in another, as where values are missing.
    pub(super) splits: bool,
}

/// Memory for samples.
#[derive(Default)]
pub(super) struct Sample {
    elements: Vec<u8>,
    shuffled: Vec<u8>,
}

impl Sample {
    /// Looks at a few of the elements. Where these are few themselves, they are searched.
    pub(super) fn choose(
        &mut self,
        elements: &[u8],
        element_size: usize,
        compressor: &mut Compressor,
    ) -> Choice {
        let search = match compressor.is_fastest() && element_size > 1 {
            true => Way::Skimming,
            false => Way::Searching,
        };
        let mut choice = Choice {
            ways: [search; MOST_STREAMS],
            splits: false,
        };
        let piece = PIECE / element_size * element_size;
        if elements.len() < SHARE * PIECES * piece {
            return choice;
        }
        self.elements.clear();
        let step = (elements.len() - piece) / (PIECES - 1) / element_size * element_size;
        for number in 0..PIECES {
            let piece = &elements[number * step..][..piece];
            self.elements.extend_from_slice(piece);
        }
        self.shuffled.resize(self.elements.len(), 0);
        shuffle(&self.elements, element_size, &mut self.shuffled);
        let together = compressor.length(&self.shuffled, Way::Searching);
        let together = together.unwrap_or(usize::MAX);
        // It is fast where it finds that much.
        if together <= self.shuffled.len() / MUCH {
            return choice;
        }
        let mut apart = 0;
        let streams = self.shuffled.chunks(PIECES * piece / element_size);
        for (way, stream) in choice.ways.iter_mut().zip(streams) {
            let mut length = |way| compressor.length(stream, way).unwrap_or(usize::MAX);
            let (searched, counted) = (length(search), length(Way::Counting));
            let (all, least) = (stream.len(), searched.min(counted).min(stream.len()));
            if compressor.is_fastest() && all - least < all / LEAST_OF_ALL {
                *way = Way::Storing;
            } else if counted <= searched.saturating_add(all / LEAST) {
                *way = Way::Counting;
            }
            apart += least;
        }
        choice.splits = apart < together && choice.ways.iter().any(|way| *way != search);
        choice
    }
}
