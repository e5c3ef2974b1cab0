//! Where a stream has the same bytes as some bytes before.
//!
//! A bit for each byte says whether it is the same as the one that is so far before it. All else
//! is made of these bits, a word of them at once and without branches: to go from repetition to
//! repetition takes more than twice as long, most of it for what the processor guesses wrong.

use std::ops::Range;

/// Bytes that are compared at once, a bit for each.
const WIDE: usize = u64::BITS as usize;

/// How many turns are noted at once, whether there are so many or not.
const AT_ONCE: usize = 4;

/// How many bytes are worth saying that they are repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Least {
    Four,
    Eight,
}

impl Least {
    /// How far bits are moved to find, or to make, so many next to each other: each step doubles
    /// what those before it did.
    fn steps(self) -> &'static [u32] {
        match self {
            Self::Four => &[1, 2],
            Self::Eight => &[1, 2, 4],
        }
    }
}

/// Finds what is repeated, and keeps the memory for it.
#[derive(Default)]
pub(super) struct Finder {
    /// A bit for each byte, the lowest one of a word for the first.
    bits: Vec<u64>,
    /// Where what is repeated begins and ends, in turn.
    turns: Vec<u32>,
}

impl Finder {
    /// Finds where bytes are those that were before: as many at once as there are, in order.
    /// Both slices have one length, which a `u32` can say.
    pub(super) fn find(
        &mut self,
        here: &[u8],
        before: &[u8],
        least: Least,
    ) -> impl Iterator<Item = Range<usize>> {
        self.take(here, before, least);
        let pairs = self.turns.as_chunks().0.iter();
        pairs.map(|&[start, end]| start as usize..end as usize)
    }

    fn take(&mut self, here: &[u8], before: &[u8], least: Least) {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2")
            && std::arch::is_x86_feature_detected!("bmi1")
            && std::arch::is_x86_feature_detected!("popcnt")
        {
            #[expect(
                unsafe_code,
                reason = "functions for some machines are unsafe on others"
            )]
            // SAFETY: the machine has what the function was compiled for.
            return unsafe { self.take_wide(here, before, least) };
        }
        self.take_with(here, before, least, same);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,popcnt")]
    fn take_wide(&mut self, here: &[u8], before: &[u8], least: Least) {
        // It may use what this function was compiled for.
        self.take_with(here, before, least, |a, b| same_wide(a, b));
    }

    #[inline(always)]
    fn take_with(&mut self, here: &[u8], before: &[u8], least: Least, same: impl Same) {
        let Self { bits, turns } = self;
        bits.clear();
        let (words, rest) = here.as_chunks();
        let (words_before, rest_before) = before.as_chunks();
        bits.extend(words.iter().zip(words_before).map(|(a, b)| same(a, b)));
        let rest = rest.iter().zip(rest_before).enumerate();
        bits.push(rest.fold(0, |bits, (bit, (a, b))| bits | u64::from(a == b) << bit));
        // One of none, for what is said of a word needs the next one.
        bits.push(0);
        keep(bits, least);
        note(bits, turns);
    }
}

trait Same: Fn(&[u8; WIDE], &[u8; WIDE]) -> u64 {}
impl<F: Fn(&[u8; WIDE], &[u8; WIDE]) -> u64> Same for F {}

/// Keeps bits only where enough of them are next to each other.
#[inline(always)]
fn keep(bits: &mut [u64], least: Least) {
    // First where so many begin,
    for &step in least.steps() {
        for place in 1..bits.len() {
            bits[place - 1] &= bits[place - 1] >> step | bits[place] << (u64::BITS - step);
        }
    }
    // and then so many from there.
    for &step in least.steps() {
        let mut last = 0;
        for word in &mut *bits {
            let more = *word | *word << step | last >> (u64::BITS - step);
            last = std::mem::replace(word, more);
        }
    }
}

/// Notes the places of the bits that are unlike the ones before them.
#[inline(always)]
fn note(bits: &[u64], turns: &mut Vec<u32>) {
    let (mut last, mut noted) = (0, 0);
    for (first, word) in (0..).step_by(WIDE).zip(bits) {
        let mut other = word ^ (word << 1 | last);
        last = word >> (u64::BITS - 1);
        if turns.len() < noted + WIDE {
            turns.resize((2 * turns.len()).max(noted + WIDE), 0);
        }
        let (at_once, more) = turns[noted..][..WIDE].split_at_mut(AT_ONCE);
        noted += other.count_ones() as usize;
        for turn in at_once {
            *turn = first + other.trailing_zeros();
            other &= other.wrapping_sub(1);
        }
        // A processor guesses right that there are no more.
        for turn in more {
            if other == 0 {
                break;
            }
            *turn = first + other.trailing_zeros();
            other &= other - 1;
        }
    }
    turns.truncate(noted);
}

/// Which bytes are the same, the lowest bit for the first.
fn same(a: &[u8; WIDE], b: &[u8; WIDE]) -> u64 {
    let pairs = a.iter().zip(b).enumerate();
    pairs.fold(0, |same, (bit, (a, b))| same | u64::from(a == b) << bit)
}

/// As [`same`], half of them at once.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn same_wide(a: &[u8; WIDE], b: &[u8; WIDE]) -> u64 {
    use std::arch::x86_64::{_mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8};
    let (mut same, halves) = (0, a.as_chunks().0.iter().zip(b.as_chunks().0));
    for (a, b) in halves {
        let (a, b): (&[u8; WIDE / 2], &[u8; WIDE / 2]) = (a, b);
        #[expect(unsafe_code, reason = "a load takes an address")]
        // SAFETY: so many bytes are at both.
        let (a, b) = unsafe {
            (
                _mm256_loadu_si256(a.as_ptr().cast()),
                _mm256_loadu_si256(b.as_ptr().cast()),
            )
        };
        let bits = _mm256_movemask_epi8(_mm256_cmpeq_epi8(a, b)) as u32;
        same = same >> 32 | u64::from(bits) << 32;
    }
    same
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Byte by byte.
    fn expected(here: &[u8], before: &[u8], least: Least) -> Vec<Range<usize>> {
        let least = match least {
            Least::Four => 4,
            Least::Eight => 8,
        };
        let mut found = Vec::new();
        let mut start = None;
        for at in 0..=here.len() {
            if at < here.len() && here[at] == before[at] {
                start.get_or_insert(at);
            } else if let Some(start) = start.take().filter(|start| at - start >= least) {
                found.push(start..at);
            }
        }
        found
    }

    /// A repetition may end with the last word, or where it begins.
    #[test]
    fn what_is_repeated_to_the_end_ends_there() {
        let mut finder = Finder::default();
        for length in [0, 3, 4, 7, 8, 63, 64, 65, 67, 127, 128, 132, 128 << 10] {
            let before = vec![1; length];
            for unlike in [None, Some(0), Some(59), Some(60), Some(63), Some(64)] {
                let mut here = before.clone();
                if let Some(byte) = unlike.and_then(|place| here.get_mut(place)) {
                    *byte = 2;
                }
                for least in [Least::Four, Least::Eight] {
                    let found: Vec<_> = finder.find(&here, &before, least).collect();
                    assert_eq!(
                        found,
                        expected(&here, &before, least),
                        "{length} {unlike:?}"
                    );
                }
            }
        }
    }

    proptest! {
        #[test]
        fn all_that_is_repeated_is_found(
            runs in prop::collection::vec((0..4u8, 1..90usize), 0..60),
            distance in prop_oneof![Just(1usize), 1..200usize],
        ) {
            let runs = runs.into_iter();
            let stream: Vec<u8> = runs.flat_map(|(byte, n)| std::iter::repeat_n(byte, n)).collect();
            let here = &stream[distance.min(stream.len())..];
            let before = &stream[..here.len()];
            // Its memory has what was before.
            let mut finder = Finder::default();
            for least in [Least::Four, Least::Eight] {
                let found: Vec<_> = finder.find(here, before, least).collect();
                prop_assert_eq!(found, expected(here, before, least));
                let turns = finder.turns.clone();
                finder.take_with(here, before, least, same);
                prop_assert_eq!(&turns, &finder.turns);
            }
        }
    }
}
