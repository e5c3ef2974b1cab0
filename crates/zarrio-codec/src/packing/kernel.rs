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
    // Measured: of binary32 the careful look is as fast.
    if S::SIZE == size_of::<f64>()
        && let Some(extent) = glance::<S, BIG>(bytes, missing, values)
    {
        return extent;
    }
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
    let mut ends = Ends::new();
    for group in values.as_chunks::<LANES>().0 {
        for (l, value) in group.iter().enumerate() {
            ends.one(l, *value);
        }
    }
    Extent {
        count: n as u64,
        missing: n as u64 - u64::from(numbers),
        infinite: u64::from(numbers - finite),
        min: least(ends.low).wide(),
        max: -least(ends.high).wide(),
    }
}

/// Reads a whole tile in which every element is a value, by its ends: none of them is infinite
/// or beyond a code for missing. `None` where that may be otherwise.
#[inline(always)]
fn glance<S: Sample, const BIG: bool>(
    bytes: &[u8],
    missing: &[f64],
    values: &mut [S; TILE],
) -> Option<Extent> {
    if bytes.len() != TILE * S::SIZE {
        return None;
    }
    let mut ends = Ends::new();
    // What is finite is nothing in no parts, and the rest is NaN for ever.
    let mut nothing = [S::NOTHING; LANES];
    let groups = bytes.chunks_exact(LANES * S::SIZE);
    for (group, bytes) in values.as_chunks_mut::<LANES>().0.iter_mut().zip(groups) {
        let elements = bytes.chunks_exact(S::SIZE);
        for (value, element) in group.iter_mut().zip(elements) {
            *value = S::read::<BIG>(element);
        }
        for l in 0..LANES {
            nothing[l] = nothing[l] + group[l] * S::NOTHING;
            ends.one(l, group[l]);
        }
    }
    let (min, negative) = (least(ends.low), least(ends.high));
    let (low, high) = (min, negative.negative());
    let finite = !nothing.iter().any(|lane| lane.none());
    let outside = |code: &f64| {
        let code = S::nearest(*code);
        code < low || code > high || code.none()
    };
    let plain = finite && missing.iter().all(outside);
    plain.then(|| Extent {
        count: TILE as u64,
        missing: 0,
        infinite: 0,
        min: low.wide(),
        max: high.wide(),
    })
}

/// The least numbers and the least of their negatives, so that both begin with infinity.
struct Ends<S> {
    low: [S; LANES],
    high: [S; LANES],
}

impl<S: Sample> Ends<S> {
    #[inline(always)]
    fn new() -> Self {
        Self {
            low: [S::INFINITY; LANES],
            high: [S::INFINITY; LANES],
        }
    }

    #[inline(always)]
    fn one(&mut self, lane: usize, value: S) {
        // NaN is less than nothing.
        self.low[lane] = less(value, self.low[lane]);
        self.high[lane] = less(value.negative(), self.high[lane]);
    }
}

/// The first of two numbers where it is less; else the second.
#[inline(always)]
fn less<T: PartialOrd>(a: T, b: T) -> T {
    if a < b { a } else { b }
}

/// The first of two numbers where it is greater; else the second.
#[inline(always)]
fn greater(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// The least of some numbers that are none of them NaN.
#[inline(always)]
fn least<S: Sample>(lanes: [S; LANES]) -> S {
    let [a, b, c, d, e, f, g, h] = lanes;
    less(less(less(a, b), less(c, d)), less(less(e, f), less(g, h)))
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
            for (l, error) in group.iter().enumerate() {
                sums.one(l, *error, inverse);
            }
        }
        sums
    }

    #[inline(always)]
    fn one(&mut self, lane: usize, error: f64, inverse: f64) {
        let size = error.abs();
        self.largest[lane] = greater(size, self.largest[lane]);
        let codes = error * inverse;
        self.squares[lane] += codes * codes;
    }

    #[inline(always)]
    fn add(&mut self, other: &Self) {
        for l in 0..LANES {
            self.largest[l] = greater(self.largest[l], other.largest[l]);
            self.squares[l] += other.squares[l];
        }
    }

    fn largest(&self) -> f64 {
        let [a, b, c, d, e, f, g, h] = self.largest;
        let (left, right) = (greater(a, b), greater(c, d));
        let right = greater(right, greater(greater(e, f), greater(g, h)));
        greater(left, right)
    }

    fn squares(&self) -> f64 {
        self.squares.into_iter().sum()
    }
}
