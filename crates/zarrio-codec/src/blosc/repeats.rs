//! Where a stream has the same bytes as some bytes before.

use std::ops::Range;

/// Bytes that are compared at once, a bit for each.
const WIDE: usize = u64::BITS as usize;

/// How many bytes are worth saying that they are repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Least {
    Four,
    Eight,
}

impl Least {
    fn bytes(self) -> usize {
        match self {
            Self::Four => 4,
            Self::Eight => 8,
        }
    }
}

/// Finds where bytes are those that were before: as many at once as there are, in order. Both
/// slices have one length.
pub(super) fn each(here: &[u8], before: &[u8], least: Least, mut found: impl FnMut(Range<usize>)) {
    let bytes = least.bytes();
    let mut at = 0;
    while let Some(same) = same_from(here, before, at) {
        let mut whole = same & same >> 1;
        whole &= whole >> 2;
        if least == Least::Eight {
            whole &= whole >> 4;
        }
        if whole == 0 {
            // The last ones may be the first of more.
            at += WIDE - same.leading_ones() as usize;
            continue;
        }
        let start = at + whole.trailing_zeros() as usize;
        at = end(here, before, start + bytes);
        found(start..at);
    }
    while at < here.len() {
        let start = at;
        at = end(here, before, start);
        if at - start >= bytes {
            found(start..at);
        }
        at += 1;
    }
}

/// Which of the next bytes are the same; the lowest bit is for the first. `None` where there are
/// not so many.
#[inline]
fn same_from(here: &[u8], before: &[u8], at: usize) -> Option<u64> {
    let here = here.get(at..)?.first_chunk()?;
    let before = before.get(at..)?.first_chunk()?;
    Some(same(here, before))
}

/// Where those end that are the same.
fn end(here: &[u8], before: &[u8], mut at: usize) -> usize {
    while let Some(same) = same_from(here, before, at) {
        at += same.trailing_ones() as usize;
        if same != u64::MAX {
            return at;
        }
    }
    let rest = here[at..].iter().zip(&before[at..]);
    at + rest.take_while(|(a, b)| a == b).count()
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn same(a: &[u8; WIDE], b: &[u8; WIDE]) -> u64 {
    #[expect(
        unsafe_code,
        reason = "functions for some machines are unsafe on others"
    )]
    // SAFETY: every machine of this architecture has what the function is compiled for.
    unsafe {
        sixteens(a, b)
    }
}

/// Sixteen bytes at once.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn sixteens(a: &[u8; WIDE], b: &[u8; WIDE]) -> u64 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_movemask_epi8, _mm_set_epi64x};
    let (a, b) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
    let mut same = 0;
    for lane in 0..4 {
        let load = |halves: &[[u8; 8]]| {
            let half = |n: usize| i64::from_le_bytes(halves[n]);
            _mm_set_epi64x(half(2 * lane + 1), half(2 * lane))
        };
        let bits = _mm_movemask_epi8(_mm_cmpeq_epi8(load(a), load(b))) as u16;
        same |= u64::from(bits) << (16 * lane);
    }
    same
}

#[cfg(not(target_arch = "x86_64"))]
use self::plain as same;

#[cfg(any(test, not(target_arch = "x86_64")))]
fn plain(a: &[u8; WIDE], b: &[u8; WIDE]) -> u64 {
    let pairs = a.iter().zip(b).enumerate();
    pairs.fold(0, |same, (bit, (a, b))| same | u64::from(a == b) << bit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Byte by byte.
    fn expected(here: &[u8], before: &[u8], least: Least) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut start = None;
        for at in 0..=here.len() {
            if at < here.len() && here[at] == before[at] {
                start.get_or_insert(at);
            } else if let Some(start) = start.take().filter(|start| at - start >= least.bytes()) {
                found.push(start..at);
            }
        }
        found
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
            for least in [Least::Four, Least::Eight] {
                let mut found = Vec::new();
                each(here, before, least, |range| found.push(range));
                prop_assert_eq!(found, expected(here, before, least));
            }
        }

        #[test]
        fn bits_are_for_bytes_that_are_the_same(
            a in prop::collection::vec(0..3u8, WIDE),
            b in prop::collection::vec(0..3u8, WIDE),
        ) {
            let (a, b) = (a.first_chunk().unwrap(), b.first_chunk().unwrap());
            prop_assert_eq!(same(a, b), plain(a, b));
            prop_assert_eq!(plain(a, b).trailing_ones() as usize,
                a.iter().zip(b).take_while(|(a, b)| a == b).count());
        }
    }
}
