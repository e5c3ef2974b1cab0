//! Packing in fixed point: code and error of a number from one multiplication and addition.
//!
//! To the quotient (number - offset) / scale a number is added that is so large that the last
//! bit of the sum is the last one of a fraction. In the bits of the sum then stand the code
//! and, behind it, where the quotient lies between the middles on both sides of the code.
//!
//! Everything is moved up by `near`, so that fractions which are nearer than that to either
//! middle are the least ones: one comparison finds both. A tile with a fraction below 2 `near`
//! is done again exactly. `near` is so large that every other tile has
//!
//! - the nearest codes, for their errors are less than half a scale minus `unsure`;
//! - no error that is the largest of all, which so is a reader's to the last bit.
//!
//! Let e = 2^-53 and L the larger end of the range. Offset and number lie within the range, so
//! that they are at most 2 L apart. The difference, the inverse, and the product where a
//! machine rounds it, are each off by e of themselves, together by 6 e L in units of the data;
//! the sum is off by half a unit of the fraction. Of a reader's arithmetic the product is off
//! by 2 e L, the sum by e L, and the difference to the number by less. So an error is known to
//! 10 e L and half a unit. `unsure` is four times two units in the last place of L, which is
//! more than 8 e L: twice that and two units of the fraction are enough.
//!
//! Squares are summed in binary32, 32 in each lane and then the lanes: the sum is off by at
//! most 37 times 2^-24 of itself, its root by half as much, which is less than two millionths.
//! What the fraction rounds off adds less than one unit of it to the root of the mean.

use super::code::{Code, Sample};
use super::kernel::Constants;
use super::lanes::{Ends, LANES, fold};
use super::look;

/// What is the same for all numbers of a tile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fixed {
    pub(super) offset: f64,
    pub(super) inverse: f64,
    /// Added to a quotient, leaves code and fraction in the bits of the sum.
    pub(super) large: f64,
    /// The fraction of a number that has a code, as [`Code::split`] gives fractions.
    pub(super) centre: u32,
    /// Fractions below it are too near to the middle between two codes.
    pub(super) least: u32,
    /// The code that means missing.
    pub(super) missing: u32,
}

/// What is found out about a tile.
pub(super) struct Found<S> {
    /// Of all that are numbers.
    pub(super) ends: Ends<S>,
    /// Elements that are no numbers.
    pub(super) gaps: u32,
    /// The least fraction.
    pub(super) least: u32,
    /// The sum of the squares of the errors, in units of the scale.
    pub(super) squares: f64,
}

impl Fixed {
    /// For tiles whose errors are less than the largest one so far. `None` where none are.
    pub(super) fn new<C: Code>(constants: &Constants, largest_error: f64) -> Option<Self> {
        let half = 1u32 << (C::FRACTION - 1);
        let units = |error: f64| error * constants.inverse.abs() * 2.0 * f64::from(half);
        let known = units(largest_error).min(half.into());
        let near = f64::from(half) - known + units(2.0 * constants.unsure) + 2.0;
        // Not a number where the range is none for fixed point.
        if !(constants.is_fixed() && near.ceil() < half.into()) {
            return None;
        }
        let near = near.ceil() as u32;
        let up = 32 - C::FRACTION;
        Some(Self {
            offset: constants.offset,
            inverse: constants.inverse,
            large: C::LARGE + f64::from(half + near) / (2.0 * f64::from(half)),
            centre: (half + near) << up,
            least: (2 * near) << up,
            missing: constants.missing(),
        })
    }
}

/// The sum of squares in units of the scale, from those of 32-bit fractions.
#[inline(always)]
pub(super) fn sum(squares: [f32; LANES]) -> f64 {
    f64::from(fold(squares, |a, b| a + b)) / 2f64.powi(64)
}

/// Packs a whole tile whose values lie within the range: the rest are not numbers. Where that
/// is not so, the ends that are found tell it, and the codes are good for nothing.
#[inline(always)]
pub(super) fn pack<S: Sample, C: Code, const BIG: bool>(
    tile: &[u8],
    fixed: &Fixed,
    out: &mut [u8],
) -> Found<S> {
    let (mut least, mut squares) = ([u32::MAX; LANES], [0f32; LANES]);
    let (mut ends, mut gaps) = (Ends::new(), [0u32; LANES]);
    let groups = tile.chunks_exact(LANES * S::SIZE);
    for (bytes, out) in groups.zip(out.chunks_exact_mut(LANES * C::SIZE)) {
        let group = look::group::<S, BIG>(bytes);
        let mut codes = [0u32; LANES];
        for l in 0..LANES {
            ends.one(l, group[l]);
            let sum = (group[l].wide() - fixed.offset) * fixed.inverse + fixed.large;
            let (code, fraction) = C::split(sum.to_bits());
            let gap = group[l].none();
            gaps[l] += u32::from(gap);
            codes[l] = if gap { fixed.missing } else { code };
            let fraction = if gap { fixed.centre } else { fraction };
            least[l] = least[l].min(fraction);
            let error = fraction.wrapping_sub(fixed.centre).cast_signed() as f32;
            squares[l] += error * error;
        }
        for (code, bytes) in codes.into_iter().zip(out.chunks_exact_mut(C::SIZE)) {
            C::cut(code).write(bytes);
        }
    }
    Found {
        ends,
        gaps: gaps.into_iter().sum(),
        least: fold(least, u32::min),
        squares: sum(squares),
    }
}
