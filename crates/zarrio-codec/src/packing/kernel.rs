//! The loops of packing, written so that compilers make vector code of them.
//!
//! Elements go through in tiles that stay in the first cache. A tile is done fast, and again
//! with care where some element lies so near the middle between two codes, or beyond the
//! range, that the fast way might not give the nearest one.

use std::hint::black_box;

use super::code::{Code, Sample};
use super::fixed::{Fixed, Found, Totals};
use super::lanes::Sums;
use super::look::{TILE, WIDEST, look};
use super::{PackStatistics, Packing};

/// Added to a number below 2^51, leaves it rounded to the nearest integer, ties to even, as
/// the low bits of the sum.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// What is the same for all elements.
#[derive(Debug, Clone, Copy)]
pub(super) struct Constants {
    scale: f64,
    pub(super) inverse: f64,
    pub(super) offset: f64,
    /// Half of the scale, without its sign.
    half: f64,
    low: f64,
    high: f64,
    missing: f64,
    /// The largest error of a value that is not clamped.
    tolerance: f64,
    /// The largest error of a tile that the fast way does right.
    sure: f64,
    /// What the ends of the range are decoded as, the lesser one first. Not numbers where
    /// fixed point is not good enough.
    ends: (f64, f64),
}

impl Constants {
    pub(super) fn new(packing: &Packing) -> Self {
        let half = packing.scale.abs() / 2.0;
        let tolerance = packing.tolerance();
        // Errors nearer to half a scale than what the arithmetic rounds off, several times over,
        // may be those of the next code. Codes lie on both sides of zero or begin there, so the
        // offset is within the range, and what comes between is at most twice its larger end.
        let unsure = 4.0 * (tolerance - half);
        let mut constants = Self {
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
            ends: (f64::NAN, f64::NAN),
        };
        let ends = [constants.low, constants.high].map(|code| (code, constants.decode(code)));
        let exact = |(code, end): &(f64, f64)| {
            let quotient = (end - constants.offset) * constants.inverse;
            // Else codes at the ends are rounded to their neighbours.
            (quotient - *code).abs() < 0.25
        };
        // A subnormal number has fewer digits.
        let digits = constants.inverse.is_normal();
        if constants.sure > 0.0 && digits && ends.iter().all(exact) {
            let [(_, one), (_, other)] = ends;
            constants.ends = (one.min(other), one.max(other));
        }
        constants
    }

    fn decode(&self, code: f64) -> f64 {
        code * self.scale + self.offset
    }

    /// The code that means missing.
    pub(super) fn missing(&self) -> u32 {
        (self.missing + ROUND).to_bits() as u32
    }

    /// Whether tiles whose values lie within the range can be packed in fixed point.
    pub(super) fn is_fixed(&self) -> bool {
        self.ends.0 <= self.ends.1
    }

    /// More than what fixed point and a reader together round off, as it is reckoned there.
    pub(super) fn rounding(&self) -> f64 {
        let largest = self.ends.0.abs().max(self.ends.1.abs());
        10.0 * (f64::EPSILON / 2.0) * largest
    }

    /// The least and the greatest number within the range.
    fn ends<S: Sample>(&self) -> (S, S) {
        let (low, high) = self.ends;
        (S::least_above(low), S::least_above(-high).negative())
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

/// Packs numbers; `out` has a code for each. `pack` does it in fixed point for a whole tile.
#[inline(always)]
pub(super) fn pack<S: Sample, C: Code, const BIG: bool>(
    source: &[u8],
    missing: &[f64],
    constants: &Constants,
    out: &mut [u8],
    pack: impl Fn(&[u8], &Fixed, &mut [u8]) -> Found<S>,
) -> PackStatistics {
    let mut statistics = PackStatistics::default();
    let mut sums = Sums::default();
    // Fixed point begins to be of use when a largest error is known.
    let (within, mut fixed) = (constants.ends::<S>(), None);
    let mut all = Totals::new();
    // Where no code for missing lies within the range, all that does is a value.
    let inside = |code: &f64| (within.0..=within.1).contains(&S::nearest(*code));
    let is_plain = !missing.iter().any(inside);
    // A tile with a code for missing is likely to be followed by one.
    let mut is_clean = is_plain;
    let mut copy = [0; WIDEST];
    let tiles = source.chunks(TILE * S::SIZE);
    for (mut tile, out) in tiles.zip(out.chunks_mut(TILE * C::SIZE)) {
        let fixed_tile = fixed.as_ref().filter(|_| tile.len() == TILE * S::SIZE);
        let packed = |tile: &[u8], out: &mut [u8]| {
            // Measured: a compiler that sees what becomes of the lanes cuts the vectors of the
            // loop that fills them into what is wanted here.
            let found = fixed_tile.map(|fixed| black_box(pack(tile, fixed, out)));
            found.filter(|found| found.ends.lie_within(within))
        };
        let mut found = match is_clean {
            true => packed(tile, out),
            false => None,
        };
        if let Some(found) = &found {
            all.add_elements(found);
        } else {
            let extent = look::<S, BIG>(tile, missing, &mut copy);
            statistics.extent = statistics.extent.and(extent);
            is_clean = is_plain && extent.values() == extent.count;
            if extent.values() == 0 {
                for bytes in out.chunks_exact_mut(C::SIZE) {
                    C::cut(constants.missing()).write(bytes);
                }
                continue;
            }
            tile = &copy[..TILE * S::SIZE];
            found = packed(tile, out);
        }
        match (fixed_tile, found) {
            (Some(fixed), Some(found)) if found.is_sure(fixed.least) => all.add_squares(&found),
            _ => {
                let (of_tile, clamped) = exactly::<S, C, BIG>(tile, constants, out);
                sums.add(&of_tile);
                statistics.clamped += clamped;
                if of_tile.largest() > statistics.largest_error {
                    statistics.largest_error = of_tile.largest();
                    fixed = Fixed::new::<C>(constants, statistics.largest_error);
                }
            }
        }
    }
    statistics.extent = statistics.extent.and(all.extent());
    statistics.squares = sums.squares() + all.squares();
    statistics
}

/// The code at which the arithmetic arrives, in the low bits, and the error with which it is
/// decoded.
#[inline(always)]
fn arrive<S: Sample>(value: S, constants: &Constants) -> (u64, f64) {
    let Constants {
        scale,
        inverse,
        offset,
        low,
        high,
        missing,
        ..
    } = *constants;
    let value = value.wide();
    let nearest = (value - offset) * inverse;
    // Comparisons that are false for NaN: one instruction each.
    let nearest = if nearest > low { nearest } else { low };
    let nearest = if nearest < high { nearest } else { high };
    let there = !value.is_nan();
    let rounded = (if there { nearest } else { missing }) + ROUND;
    let away = (rounded - ROUND) * scale + offset - value;
    (rounded.to_bits(), if there { away } else { 0.0 })
}

/// Packs a tile, or the part of one for which there is room, in the arithmetic of a reader.
/// Gives what its errors are, and how many values are clamped.
#[inline(always)]
fn exactly<S: Sample, C: Code, const BIG: bool>(
    tile: &[u8],
    constants: &Constants,
    out: &mut [u8],
) -> (Sums, u64) {
    let (mut codes, mut errors) = ([0u32; TILE], [0.0; TILE]);
    fast::<S, BIG>(tile, constants, &mut codes, &mut errors);
    let mut sums = Sums::new(&errors, constants.inverse);
    let mut clamped = 0;
    if sums.largest() > constants.sure {
        clamped = careful::<S, BIG>(tile, constants, &mut codes, &mut errors);
        sums = Sums::new(&errors, constants.inverse);
    }
    for (code, bytes) in codes.iter().zip(out.chunks_exact_mut(C::SIZE)) {
        C::cut(*code).write(bytes);
    }
    (sums, clamped)
}

/// Gives every element of a tile the code at which the arithmetic arrives.
#[inline(always)]
fn fast<S: Sample, const BIG: bool>(
    tile: &[u8],
    constants: &Constants,
    codes: &mut [u32; TILE],
    errors: &mut [f64; TILE],
) {
    let elements = tile.chunks_exact(S::SIZE);
    for ((bytes, code), error) in elements.zip(codes.iter_mut()).zip(errors.iter_mut()) {
        let (bits, away) = arrive(S::read::<BIG>(bytes), constants);
        (*code, *error) = (bits as u32, away);
    }
}

/// Does again with care what is not sure, and tells how many values are clamped.
#[inline(always)]
fn careful<S: Sample, const BIG: bool>(
    tile: &[u8],
    constants: &Constants,
    codes: &mut [u32; TILE],
    errors: &mut [f64; TILE],
) -> u64 {
    let mut clamped = 0;
    let elements = tile.chunks_exact(S::SIZE);
    for ((bytes, code), error) in elements.zip(codes).zip(errors) {
        let value = S::read::<BIG>(bytes);
        if error.abs() > constants.sure && !value.none() {
            let found = nearest(value.wide(), constants);
            (*code, *error) = ((found.0 + ROUND).to_bits() as u32, found.1);
            clamped += u64::from(error.abs() > constants.tolerance);
        }
    }
    clamped
}
