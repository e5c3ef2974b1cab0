//! The loops of packing, written so that compilers make vector code of them.
//!
//! Elements go through in tiles that stay in the first cache. A tile is done fast, and again
//! with care where some element lies so near the middle between two codes, or beyond the
//! range, that the fast way might not give the nearest one.

use super::code::{Code, Sample};
use super::lanes::{LANES, Squares, Sums, greater};
use super::look::{TILE, glance, groups, look, read};
use super::{Extent, PackStatistics, Packing};

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
    /// More than what the arithmetic rounds off.
    unsure: f64,
    /// The largest error of a tile that the fast way does right.
    sure: f64,
    /// What the ends of the range are decoded as, the lesser one first. Not numbers where the
    /// plain way cannot be gone.
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
            unsure,
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
            // In one step it would be rounded less: not so near to an integer.
            (quotient - *code).abs() < 0.25
        };
        // Squares of errors shall not overflow.
        let square = (1e-130..1e130).contains(&half);
        if constants.sure > 0.0 && square && ends.iter().all(exact) {
            let [(_, one), (_, other)] = ends;
            constants.ends = (one.min(other), one.max(other));
        }
        constants
    }

    fn decode(&self, code: f64) -> f64 {
        code * self.scale + self.offset
    }

    /// The code that means missing.
    fn missing(&self) -> u32 {
        (self.missing + ROUND).to_bits() as u32
    }

    /// Whether all values of a tile lie within the range: so do their quotients, for rounding
    /// keeps order.
    #[inline(always)]
    fn hold_all(&self, extent: &Extent) -> bool {
        extent.min >= self.ends.0 && extent.max <= self.ends.1
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
pub(super) fn pack<S: Sample, C: Code, const BIG: bool, const FUSES: bool>(
    source: &[u8],
    missing: &[f64],
    constants: &Constants,
    out: &mut [u8],
) -> PackStatistics {
    let mut statistics = PackStatistics::default();
    let (mut sums, mut squares) = (Sums::default(), Squares::default());
    let mut values = [S::NAN; TILE];
    let (mut codes, mut errors) = ([0u32; TILE], [0.0; TILE]);
    let tiles = source.chunks(TILE * S::SIZE);
    for (bytes, out) in tiles.zip(out.chunks_mut(TILE * C::SIZE)) {
        let whole = glance::<S, BIG>(bytes, missing);
        let extent = match whole {
            Some(extent) => extent,
            None => look::<S, BIG>(bytes, missing, &mut values),
        };
        statistics.extent = statistics.extent.and(extent);
        if extent.values() == 0 {
            for bytes in out.chunks_exact_mut(C::SIZE) {
                C::cut(constants.missing()).write(bytes);
            }
            continue;
        }
        if bytes.len() == TILE * S::SIZE && constants.hold_all(&extent) {
            let done = match whole {
                Some(_) => plain::<_, C, false, FUSES>(read::<S, BIG>(bytes), constants, out),
                None => plain::<_, C, true, FUSES>(groups(&values), constants, out),
            };
            let largest = done.largest().sqrt();
            // Its errors are not those of a reader to the last bit. The largest of all is.
            if largest < constants.sure && largest + constants.unsure < statistics.largest_error {
                squares.add(&done);
                continue;
            }
        }
        if whole.is_some() {
            let groups = values.as_chunks_mut::<LANES>().0;
            for (values, group) in groups.iter_mut().zip(read::<S, BIG>(bytes)) {
                *values = group;
            }
        }
        fast(&values, constants, &mut codes, &mut errors);
        let mut of_tile = Sums::new(&errors, constants.inverse);
        if of_tile.largest() > constants.sure {
            statistics.clamped += careful(&values, constants, &mut codes, &mut errors);
            of_tile = Sums::new(&errors, constants.inverse);
        }
        statistics.largest_error = greater(of_tile.largest(), statistics.largest_error);
        sums.add(&of_tile);
        for (code, bytes) in codes.iter().zip(out.chunks_exact_mut(C::SIZE)) {
            C::cut(*code).write(bytes);
        }
    }
    statistics.squares = sums.squares() + squares.sum() * constants.inverse * constants.inverse;
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

/// Gives every element of a tile the code at which the arithmetic arrives.
#[inline(always)]
fn fast<S: Sample>(
    values: &[S; TILE],
    constants: &Constants,
    codes: &mut [u32; TILE],
    errors: &mut [f64; TILE],
) {
    for ((value, code), error) in values.iter().zip(codes.iter_mut()).zip(errors.iter_mut()) {
        let (bits, away) = arrive(*value, constants);
        (*code, *error) = (bits as u32, away);
    }
}

/// Packs a whole tile whose values all lie within the range, so that comparisons would change
/// nothing.
///
/// The codes are the nearest ones where the errors say so. The errors are those of decoding
/// without rounding; what is missing adds to them the square of what the arithmetic rounds off.
/// Where a machine can, one step multiplies and adds: that rounds less, which changes no code
/// whose error is sure.
#[inline(always)]
fn plain<S: Sample, C: Code, const GAPS: bool, const FUSES: bool>(
    groups: impl Iterator<Item = [S; LANES]>,
    constants: &Constants,
    out: &mut [u8],
) -> Squares {
    let Constants {
        scale,
        inverse,
        offset,
        ends: (bottom, _),
        ..
    } = *constants;
    let missing = constants.missing();
    let mut of_tile = Squares::default();
    for (group, out) in groups.zip(out.chunks_exact_mut(LANES * C::SIZE)) {
        let mut codes = [0u32; LANES];
        for l in 0..LANES {
            let value = match GAPS {
                // What is no number becomes the end of the range, which has no error.
                true => greater(group[l].wide(), bottom),
                false => group[l].wide(),
            };
            let above = value - offset;
            let rounded = multiply_add::<FUSES>(above, inverse, ROUND);
            of_tile.one(l, multiply_add::<FUSES>(rounded - ROUND, scale, -above));
            codes[l] = match GAPS && group[l].none() {
                true => missing,
                false => rounded.to_bits() as u32,
            };
        }
        for (code, bytes) in codes.into_iter().zip(out.chunks_exact_mut(C::SIZE)) {
            C::cut(code).write(bytes);
        }
    }
    of_tile
}

#[inline(always)]
fn multiply_add<const FUSES: bool>(a: f64, b: f64, c: f64) -> f64 {
    match FUSES {
        true => a.mul_add(b, c),
        false => a * b + c,
    }
}

/// Does again with care what is not sure, and tells how many values are clamped.
#[inline(always)]
fn careful<S: Sample>(
    values: &[S; TILE],
    constants: &Constants,
    codes: &mut [u32; TILE],
    errors: &mut [f64; TILE],
) -> u64 {
    let mut clamped = 0;
    for ((value, code), error) in values.iter().zip(codes).zip(errors) {
        if error.abs() > constants.sure && !value.none() {
            let found = nearest(value.wide(), constants);
            (*code, *error) = ((found.0 + ROUND).to_bits() as u32, found.1);
            clamped += u64::from(error.abs() > constants.tolerance);
        }
    }
    clamped
}
