//! What a tile of elements holds, found before it is packed.

use super::Extent;
use super::code::Sample;
use super::lanes::{Ends, LANES};

/// Elements of a tile, which stays in the first cache.
pub(super) const TILE: usize = 256;

/// Bytes of a tile of the widest numbers.
pub(super) const WIDEST: usize = TILE * size_of::<f64>();

/// Finds the extent of numbers.
#[inline(always)]
pub(super) fn scan<S: Sample, const BIG: bool>(source: &[u8], missing: &[f64]) -> Extent {
    let mut copy = [0; WIDEST];
    let mut extent = Extent::default();
    // No closure: it would be a function of its own, for machines without wide vectors.
    for bytes in source.chunks(TILE * S::SIZE) {
        extent = extent.and(match glance::<S, BIG>(bytes, missing) {
            Some(extent) => extent,
            None => look::<S, BIG>(bytes, missing, &mut copy),
        });
    }
    extent
}

/// Copies a tile: missing and infinite values become NaN, and so does what it is short of.
#[inline(always)]
pub(super) fn look<S: Sample, const BIG: bool>(
    bytes: &[u8],
    missing: &[f64],
    copy: &mut [u8; WIDEST],
) -> Extent {
    let n = bytes.len() / S::SIZE;
    // Most sources have two codes for missing at most; nothing equals NaN.
    let code = |i: usize| missing.get(i).map_or(S::NAN, |code| S::nearest(*code));
    let (first, second) = (code(0), code(1));
    let (mut numbers, mut finite) = (0u32, 0u32);
    let mut values = [S::NAN; TILE];
    for (value, bytes) in values.iter_mut().zip(bytes.chunks_exact(S::SIZE)) {
        let read = S::read::<BIG>(bytes);
        let none = read.none() | (read == first) | (read == second);
        let inside = !none & (read.magnitude() < S::INFINITY);
        numbers += u32::from(!none);
        finite += u32::from(inside);
        *value = if inside { read } else { S::NAN };
    }
    for code in missing.iter().skip(2).map(|code| S::nearest(*code)) {
        for value in values.iter_mut().filter(|value| **value == code) {
            *value = S::NAN;
            numbers -= 1;
            finite -= 1;
        }
    }
    let mut ends = Ends::new();
    let groups = values.as_chunks::<LANES>().0;
    for (group, copy) in groups.iter().zip(copy.chunks_exact_mut(LANES * S::SIZE)) {
        for (l, value) in group.iter().enumerate() {
            ends.one(l, *value);
        }
        for (value, bytes) in group.iter().zip(copy.chunks_exact_mut(S::SIZE)) {
            value.write::<BIG>(bytes);
        }
    }
    Extent {
        count: n as u64,
        missing: n as u64 - u64::from(numbers),
        infinite: u64::from(numbers - finite),
        min: ends.least().wide(),
        max: ends.greatest().wide(),
    }
}

/// One group of elements.
#[inline(always)]
pub(super) fn group<S: Sample, const BIG: bool>(bytes: &[u8]) -> [S; LANES] {
    let mut group = [S::NAN; LANES];
    for (value, element) in group.iter_mut().zip(bytes.chunks_exact(S::SIZE)) {
        *value = S::read::<BIG>(element);
    }
    group
}

/// The extent of a whole tile in which every element is a value, by its ends: none of them is
/// infinite or beyond a code for missing. `None` where that may be otherwise.
#[inline(always)]
pub(super) fn glance<S: Sample, const BIG: bool>(bytes: &[u8], missing: &[f64]) -> Option<Extent> {
    if bytes.len() != TILE * S::SIZE {
        return None;
    }
    // Two of each, for the next addition need not wait for the last one.
    let mut ends = [Ends::new(), Ends::new()];
    // Once not a number, for ever not a number.
    let mut sums = [[S::NOTHING; LANES]; 2];
    for bytes in bytes.chunks_exact(2 * LANES * S::SIZE) {
        let (one, other) = bytes.split_at(LANES * S::SIZE);
        let halves = [group::<S, BIG>(one), group::<S, BIG>(other)];
        for half in 0..2 {
            for l in 0..LANES {
                let value = halves[half][l];
                sums[half][l] = sums[half][l] + value;
                ends[half].one(l, value);
            }
        }
    }
    let [ends, others] = ends;
    let ends = ends.and(&others);
    let (low, high) = (ends.least(), ends.greatest());
    let outside = |code: &f64| {
        let code = S::nearest(*code);
        code < low || code > high || code.none()
    };
    let numbers = !sums.as_flattened().iter().any(|lane| lane.none());
    let finite = low > S::INFINITY.negative() && high < S::INFINITY;
    let plain = numbers && finite && missing.iter().all(outside);
    plain.then(|| Extent {
        count: TILE as u64,
        missing: 0,
        infinite: 0,
        min: low.wide(),
        max: high.wide(),
    })
}
