//! The loops of packing, written so that compilers make vector code of them.
//!
//! Elements go through in tiles that stay in the first cache. A tile is done fast, and again
//! with care where some element lies so near the middle between two codes, or beyond the
//! range, that the fast way might not give the nearest one.

use super::code::{Code, Sample};
use super::{Extent, PackStatistics, Packing};

/// Elements of a tile.
const TILE: usize = 256;
/// Independent sums of one statistic. Their number fixes the order of additions, so that
/// results do not depend on the machine.
const LANES: usize = 8;
/// Added to a number below 2^51, leaves it rounded to the nearest integer, ties to even, as
/// the low bits of the sum.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// What is the same for all elements.
#[derive(Debug, Clone, Copy)]
pub(super) struct Constants {
    scale: f64,
    inverse: f64,
    offset: f64,
    /// Half of the scale, without its sign.
    half: f64,
    low: f64,
    high: f64,
    missing: f64,
    /// The largest error of a value that is not clamped.
    tolerance: f64,
    /// The largest error of a tile that the fast way does right.
    sure: f64,
}

impl Constants {
    pub(super) fn new(packing: &Packing) -> Self {
        let half = packing.scale.abs() / 2.0;
        let tolerance = packing.tolerance();
        // Errors nearer to half a scale than what the arithmetic rounds off, several times over,
        // may be those of the next code.
        let unsure = 8.0 * (tolerance - half);
        Self {
            scale: packing.scale,
            inverse: 1.0 / packing.scale,
            offset: packing.offset,
            half,
            low: packing.codes.0 as f64,
            high: packing.codes.1 as f64,
            // Where nothing can be missing the caller refuses what is.
            missing: packing.missing.unwrap_or(packing.codes.0) as f64,
            tolerance,
            sure: if unsure < half / 64.0 {
                half - unsure
            } else {
                -1.0
            },
        }
    }
}

impl Constants {
    /// Whether a tile is whole and every element of it a value within the range: then the
    /// quotients lie between those of the ends, for rounding keeps order.
    #[inline(always)]
    fn hold_all(&self, extent: &Extent) -> bool {
        let quotient = |end: f64| (end - self.offset) * self.inverse;
        let ends = [quotient(extent.min), quotient(extent.max)];
        extent.count == TILE as u64
            && extent.missing + extent.infinite == 0
            && ends.iter().all(|end| *end >= self.low && *end <= self.high)
    }
}

/// The code of a finite number and the error with which it is decoded: the nearest code, the
/// even one of two that are equally near. Every other way to pack gives the same.
pub(super) fn nearest(value: f64, constants: &Constants) -> (f64, f64) {
    let Constants {
        scale,
        offset,
        low,
        high,
        half,
        ..
    } = *constants;
    let within = |code: f64| code.max(low).min(high);
    let error = |code: f64| code * scale + offset - value;
    let code = within(((value - offset) / scale).round_ties_even());
    let away = error(code);
    if away.abs() <= half {
        return (code, away);
    }
    // The quotient was rounded to the wrong side of the middle, or the value is outside.
    let step = if (away > 0.0) == (scale > 0.0) {
        -1.0
    } else {
        1.0
    };
    let other = within(code + step);
    if error(other).abs() < away.abs() {
        (other, error(other))
    } else {
        (code, away)
    }
}

/// Packs numbers; `out` has a code for each.
#[inline(always)]
pub(super) fn pack<S: Sample, C: Code, const BIG: bool>(
    source: &[u8],
    missing: &[f64],
    constants: &Constants,
    out: &mut [u8],
) -> PackStatistics {
    let mut statistics = PackStatistics::default();
    let mut sums = Sums::default();
    let mut values = [S::NAN; TILE];
    let (mut codes, mut errors) = ([0u32; TILE], [0.0; TILE]);
    let tiles = source.chunks(TILE * S::SIZE);
    for (bytes, out) in tiles.zip(out.chunks_mut(TILE * C::SIZE)) {
        let extent = look::<S, BIG>(bytes, missing, &mut values);
        let mut of_tile = match constants.hold_all(&extent) {
            true => plain(&values, constants, &mut codes),
            false => {
                fast(&values, constants, &mut codes, &mut errors);
                Sums::new(&errors, constants.inverse)
            }
        };
        if of_tile.largest() > constants.sure {
            statistics.clamped += careful(&values, constants, &mut codes, &mut errors);
            of_tile = Sums::new(&errors, constants.inverse);
        }
        sums.add(&of_tile);
        for (code, bytes) in codes.iter().zip(out.chunks_exact_mut(C::SIZE)) {
            C::cut(*code).write(bytes);
        }
        statistics.extent = statistics.extent.and(extent);
    }
    statistics.largest_error = sums.largest();
    statistics.squares = sums.squares();
    statistics
}

/// Finds the extent of numbers.
#[inline(always)]
pub(super) fn scan<S: Sample, const BIG: bool>(source: &[u8], missing: &[f64]) -> Extent {
    let mut values = [S::NAN; TILE];
    let tiles = source.chunks(TILE * S::SIZE);
    tiles.fold(Extent::default(), |extent, bytes| {
        extent.and(look::<S, BIG>(bytes, missing, &mut values))
    })
}

/// Reads a tile: missing and infinite values become NaN.
#[inline(always)]
fn look<S: Sample, const BIG: bool>(
    bytes: &[u8],
    missing: &[f64],
    values: &mut [S; TILE],
) -> Extent {
    let n = bytes.len() / S::SIZE;
    // Most sources have two codes for missing at most; nothing equals NaN.
    let code = |i: usize| missing.get(i).map_or(S::NAN, |code| S::nearest(*code));
    let (first, second) = (code(0), code(1));
    let (mut numbers, mut finite) = (0u32, 0u32);
    for (value, bytes) in values.iter_mut().zip(bytes.chunks_exact(S::SIZE)) {
        let read = S::read::<BIG>(bytes);
        let none = read.none() | (read == first) | (read == second);
        let inside = !none & (read.magnitude() < S::INFINITY);
        numbers += u32::from(!none);
        finite += u32::from(inside);
        *value = if inside { read } else { S::NAN };
    }
    // What is beyond the end of the last tile is no element.
    values[n..].fill(S::NAN);
    for code in missing.iter().skip(2).map(|code| S::nearest(*code)) {
        for value in values.iter_mut().filter(|value| **value == code) {
            *value = S::NAN;
            numbers -= 1;
            finite -= 1;
        }
    }
    let mut low = [S::INFINITY; LANES];
    // Of the negatives, so that both begin with infinity.
    let mut high = [S::INFINITY; LANES];
    for group in values.as_chunks::<LANES>().0 {
        for l in 0..LANES {
            // NaN is less than nothing.
            low[l] = if group[l] < low[l] { group[l] } else { low[l] };
            let negative = group[l].negative();
            high[l] = if negative < high[l] {
                negative
            } else {
                high[l]
            };
        }
    }
    let least = |lanes: [S; LANES]| lanes.iter().fold(f64::INFINITY, |m, v| m.min(v.wide()));
    Extent {
        count: n as u64,
        missing: n as u64 - u64::from(numbers),
        infinite: u64::from(numbers - finite),
        min: least(low),
        max: -least(high),
    }
}

/// Gives every element of a tile the code at which the arithmetic arrives.
#[inline(always)]
fn fast<S: Sample>(
    values: &[S; TILE],
    constants: &Constants,
    codes: &mut [u32; TILE],
    errors: &mut [f64; TILE],
) {
    let Constants {
        scale,
        inverse,
        offset,
        low,
        high,
        missing,
        ..
    } = *constants;
    for ((value, code), error) in values.iter().zip(codes.iter_mut()).zip(errors.iter_mut()) {
        let value = value.wide();
        let nearest = (value - offset) * inverse;
        // Comparisons that are false for NaN: one instruction each.
        let nearest = if nearest > low { nearest } else { low };
        let nearest = if nearest < high { nearest } else { high };
        let there = !value.is_nan();
        let rounded = (if there { nearest } else { missing }) + ROUND;
        let away = (rounded - ROUND) * scale + offset - value;
        *code = rounded.to_bits() as u32;
        *error = if there { away } else { 0.0 };
    }
}

/// The same for a whole tile of values that lie within the range, whose comparisons would
/// change nothing.
#[inline(always)]
fn plain<S: Sample>(values: &[S; TILE], constants: &Constants, codes: &mut [u32; TILE]) -> Sums {
    let Constants {
        scale,
        inverse,
        offset,
        ..
    } = *constants;
    let mut sums = Sums::default();
    let groups = values.as_chunks::<LANES>().0;
    for (group, codes) in groups.iter().zip(codes.as_chunks_mut::<LANES>().0) {
        for l in 0..LANES {
            let value = group[l].wide();
            let rounded = (value - offset) * inverse + ROUND;
            let error = (rounded - ROUND) * scale + offset - value;
            codes[l] = rounded.to_bits() as u32;
            sums.one(l, error, inverse);
        }
    }
    sums
}

/// The same with care, and how many values are clamped.
#[inline(never)]
fn careful<S: Sample>(
    values: &[S; TILE],
    constants: &Constants,
    codes: &mut [u32; TILE],
    errors: &mut [f64; TILE],
) -> u64 {
    let mut clamped = 0;
    for ((value, code), error) in values.iter().zip(codes).zip(errors) {
        let value = value.wide();
        if value.is_nan() {
            continue;
        }
        let found = nearest(value, constants);
        (*code, *error) = ((found.0 + ROUND).to_bits() as u32, found.1);
        clamped += u64::from(error.abs() > constants.tolerance);
    }
    clamped
}

/// Sums of errors.
#[derive(Default)]
struct Sums {
    largest: [f64; LANES],
    squares: [f64; LANES],
}

impl Sums {
    #[inline(always)]
    fn new(errors: &[f64; TILE], inverse: f64) -> Self {
        let mut sums = Self::default();
        for group in errors.as_chunks::<LANES>().0 {
            for l in 0..LANES {
                sums.one(l, group[l], inverse);
            }
        }
        sums
    }

    #[inline(always)]
    fn one(&mut self, lane: usize, error: f64, inverse: f64) {
        let size = error.abs();
        let largest = &mut self.largest[lane];
        *largest = if size > *largest { size } else { *largest };
        let codes = error * inverse;
        self.squares[lane] += codes * codes;
    }

    #[inline(always)]
    fn add(&mut self, other: &Self) {
        for l in 0..LANES {
            self.largest[l] = self.largest[l].max(other.largest[l]);
            self.squares[l] += other.squares[l];
        }
    }

    fn largest(&self) -> f64 {
        self.largest.into_iter().fold(0.0, f64::max)
    }

    fn squares(&self) -> f64 {
        self.squares.into_iter().sum()
    }
}
