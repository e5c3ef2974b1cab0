//! Whether the bytes of an element are better left together.
//!
//! To put them apart is best where neighbours are nearly equal. Where few different elements come
//! again and again, as in measurements with a few digits that were made floating-point, it hides
//! that from a search: what is one repetition becomes one for each byte, in another order each.

use super::shuffle::shuffle;
use super::stream::{Compressor, Way};

/// Blocks of less are not worth a look.
const LEAST: usize = 4 << 10;
/// Looked at are so many elements that follow each other,
const RUN: usize = 1 << 10;
/// and, where these say so and it is more than a small block, so many bytes that do.
const PIECE: usize = 8 << 10;
const SMALL: usize = 256 << 10;
/// From so many places.
const PLACES: usize = 4;
/// A short sample may become larger by one part of so many: in all of a chunk more is repeated.
const TOLERANCE: usize = 16;
/// It must take away one part of so many, for it takes several times as long to write, and longer
/// to read.
const GAIN: usize = 10;

/// Memory for samples.
#[derive(Default)]
pub(super) struct Together {
    pieces: Vec<u8>,
    shuffled: Vec<u8>,
}

impl Together {
    /// Whether it may be better to leave bytes together, by a sample of the first elements of an
    /// input: then a block says it, which is all of these where they are few.
    pub(super) fn may_be_better(
        &mut self,
        input: &[u8],
        block: usize,
        element_size: usize,
        compressor: &mut Compressor,
    ) -> bool {
        block.min(input.len()) >= LEAST
            && comes_again(input, element_size)
            && (input.len() <= block.min(SMALL)
                || self.sample_says_so(input, element_size, compressor))
    }

    fn sample_says_so(
        &mut self,
        input: &[u8],
        element_size: usize,
        compressor: &mut Compressor,
    ) -> bool {
        self.pieces.clear();
        for piece in pieces(input, element_size, PIECE / element_size) {
            self.pieces.extend_from_slice(piece);
        }
        self.shuffled.resize(self.pieces.len(), 0);
        shuffle(&self.pieces, element_size, &mut self.shuffled);
        let apart = compressor.length(&self.shuffled, Way::Searching);
        let together = compressor.length(&self.pieces, Way::Elements(element_size));
        let most = apart.map(|length| length + length / TOLERANCE);
        together
            .zip(most)
            .is_some_and(|(length, most)| length <= most)
    }
}

/// The most bytes that a block may take as it is where it takes so many with its bytes apart.
pub(super) fn most(apart: usize) -> usize {
    apart - apart / GAIN
}

/// As many elements from each of some places as are wanted, or as there are.
fn pieces(input: &[u8], element_size: usize, elements: usize) -> impl Iterator<Item = &[u8]> {
    let all = input.len() / element_size;
    let elements = elements.min(all / PLACES);
    let step = (all - elements) / (PLACES - 1);
    (0..PLACES).map(move |place| &input[place * step * element_size..][..elements * element_size])
}

/// Whether of the elements that differ from the one before few enough are new; elements that are
/// all the same say nothing of others. The more bytes an element has, the more it saves to find it
/// again.
fn comes_again(input: &[u8], element_size: usize) -> bool {
    let mut seen = Seen::default();
    let (mut changes, mut new) = (0, 0);
    for piece in pieces(input, element_size, RUN) {
        let mut last = None;
        for element in piece.chunks_exact(element_size) {
            if last.replace(element) != Some(element) {
                changes += 1;
                new += usize::from(seen.is_new(element));
            }
        }
    }
    // The first of a piece is none that differs.
    changes > PLACES && new * 16 <= changes * (2 * element_size).min(15)
}

/// Which elements were seen, but for one in so many that is taken for another.
struct Seen([u64; 1 << 10]);

impl Default for Seen {
    fn default() -> Self {
        Self([0; 1 << 10])
    }
}

impl Seen {
    fn is_new(&mut self, element: &[u8]) -> bool {
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut words = [0; 16];
        words[..element.len()].copy_from_slice(element);
        let word = u128::from_le_bytes(words);
        let (low, high) = (word as u64, (word >> 64) as u64);
        let hash = (low ^ high.wrapping_mul(SPREAD).rotate_left(29)).wrapping_mul(SPREAD) >> 48;
        let bits = &mut self.0[(hash >> 6) as usize];
        let bit = 1 << (hash & 63);
        let is_new = *bits & bit == 0;
        *bits |= bit;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements(count: u32, value: impl Fn(u32) -> f32) -> Vec<u8> {
        (0..count).flat_map(|i| value(i).to_le_bytes()).collect()
    }

    /// A number that has nothing to do with the one before.
    fn noise(i: u32) -> u32 {
        let mut state = u64::from(i).wrapping_mul(0x2545_f491_4f6c_dd1d);
        state ^= state >> 29;
        (state.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u32
    }

    #[test]
    fn few_different_elements_come_again_and_many_do_not() {
        for count in [1 << 10, 1 << 14, 1 << 17] {
            let few = elements(count, |i| (noise(i) % 200) as f32 * 0.1);
            assert!(comes_again(&few, 4), "{count}");
            let many = elements(count, |i| noise(i) as f32);
            assert!(!comes_again(&many, 4), "{count}");
        }
    }

    #[test]
    fn runs_are_no_repetition() {
        let runs = elements(1 << 14, |i| noise(i / 64) as f32);
        assert!(!comes_again(&runs, 4));
    }

    /// As where nothing is written yet: the first elements decide for all others.
    #[test]
    fn one_element_says_nothing() {
        assert!(!comes_again(&elements(1 << 14, |_| 1e20), 4));
        assert!(comes_again(&elements(1 << 14, |i| (i % 2) as f32), 4));
    }

    #[test]
    fn a_sample_of_a_large_chunk_must_not_become_much_larger() {
        let mut compressor = Compressor::default();
        compressor.set_level(1);
        let mut together = Together::default();
        let few = elements(1 << 17, |i| (noise(i) % 200) as f32 * 0.1);
        assert!(together.may_be_better(&few, 1 << 20, 4, &mut compressor));
        // Each twice: half are seen again, but all but their last bytes are one after the other.
        let smooth = elements(1 << 17, |i| 280.0 + (i & !1) as f32 / 65536.0);
        assert!(!together.may_be_better(&smooth, 1 << 20, 4, &mut compressor));
    }

    /// What the first block decides is decided for all others.
    #[test]
    fn a_short_chunk_of_several_blocks_is_sampled_too() {
        let mut compressor = Compressor::default();
        compressor.set_level(1);
        let mut together = Together::default();
        let mut input = elements(1 << 14, |i| (noise(i) % 200) as f32 * 0.1);
        input.extend(elements(3 << 14, |i| {
            280.0 + (i / 4 * 2 + i % 2) as f32 / 32768.0
        }));
        assert!(comes_again(&input, 4));
        assert!(together.may_be_better(&input, 1 << 20, 4, &mut compressor));
        assert!(!together.may_be_better(&input, 1 << 16, 4, &mut compressor));
    }

    #[test]
    fn pieces_are_whole_elements_within_the_input() {
        for (bytes, size) in [
            (0, 4),
            (7, 8),
            (16, 4),
            (4096, 3),
            (65_537, 16),
            (99_999, 2),
        ] {
            let input = vec![0; bytes];
            let all: Vec<&[u8]> = pieces(&input, size, RUN).collect();
            assert_eq!(all.len(), PLACES);
            assert!(all.iter().all(|piece| piece.len() % size == 0));
            assert!(all.iter().map(|piece| piece.len()).sum::<usize>() <= bytes);
        }
    }
}
