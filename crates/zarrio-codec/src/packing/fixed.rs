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
//! - the nearest codes, for their errors are less than half a scale by more than is rounded off;
//! - no error that is the largest of all, which so is a reader's to the last bit.
//!
//! Let e = 2^-53 and L the larger end of the range, within which the number lies, and the
//! offset too or one step beyond, which the last e L below pays for. The inverse is off by e of
//! itself, which is e L in units of the data for the number and for the offset. Where the
//! offset's product is rounded that is e L more, taken from the large number it is e L and a
//! unit of the fraction, and where a machine rounds the number's product e L; the sum is off by
//! half a unit. Of a reader's arithmetic the product is off by 2 e L, the sum by e L, and the
//! difference to the number by less. So an error is known to 9 e L and two units: 10 e L and
//! three units are enough.
//!
//! Squares are summed in binary32, 32 in each lane: the sum is off by at most 34 times 2^-24 of
//! itself, its root by half as much, which is little more than a millionth.
//! What the fraction rounds off adds less than one unit of it to the root of the mean.

use super::Extent;
use super::code::{Code, Sample};
use super::kernel::Constants;
use super::lanes::{Ends, LANES};
use super::look::{self, TILE};

/// What is the same for all numbers of a tile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fixed {
    pub(super) inverse: f64,
    /// Added to a number times the inverse, leaves code and fraction in the bits of the sum.
    pub(super) large: f64,
    /// The fraction of a number that has a code, as [`Code::split`] gives fractions.
    pub(super) centre: u32,
    /// Fractions below it are too near to the middle between two codes.
    pub(super) least: u32,
    /// The code that means missing.
    pub(super) missing: u32,
}

/// What is found out about a tile, in lanes.
pub(super) struct Found<S> {
    /// Of all that are numbers.
    pub(super) ends: Ends<S>,
    /// Elements that are no numbers.
    pub(super) gaps: [u32; LANES],
    /// The least fractions.
    pub(super) least: [u32; LANES],
    /// The sums of the squares of the errors, in units of 2^-32 of the scale.
    pub(super) squares: [f32; LANES],
}

impl<S> Found<S> {
    /// Whether codes and errors are good, by [`Fixed::least`].
    #[inline(always)]
    pub(super) fn is_sure(&self, least: u32) -> bool {
        let mut sure = true;
        for lane in self.least {
            sure &= lane >= least;
        }
        sure
    }
}

/// What is found out about all tiles together.
pub(super) struct Totals<S> {
    tiles: u64,
    ends: Ends<S>,
    gaps: [u64; LANES],
    squares: [f64; LANES],
}

impl<S: Sample> Totals<S> {
    pub(super) fn new() -> Self {
        Self {
            tiles: 0,
            ends: Ends::new(),
            gaps: [0; LANES],
            squares: [0.0; LANES],
        }
    }

    #[inline(always)]
    pub(super) fn add_elements(&mut self, found: &Found<S>) {
        self.tiles += 1;
        self.ends = self.ends.and(&found.ends);
        for (sum, gaps) in self.gaps.iter_mut().zip(found.gaps) {
            *sum += u64::from(gaps);
        }
    }

    #[inline(always)]
    pub(super) fn add_squares(&mut self, found: &Found<S>) {
        for (sum, squares) in self.squares.iter_mut().zip(found.squares) {
            *sum += f64::from(squares);
        }
    }

    pub(super) fn extent(&self) -> Extent {
        Extent {
            count: self.tiles * TILE as u64,
            missing: self.gaps.into_iter().sum(),
            infinite: 0,
            min: self.ends.least().wide(),
            max: self.ends.greatest().wide(),
        }
    }

    /// The sum of all squares in units of the scale.
    pub(super) fn squares(&self) -> f64 {
        self.squares.into_iter().sum::<f64>() / 2f64.powi(64)
    }
}

impl Fixed {
    /// For tiles whose errors are less than the largest one so far. `None` where none are.
    pub(super) fn new<C: Code>(constants: &Constants, largest_error: f64) -> Option<Self> {
        let half = 1u32 << (C::FRACTION - 1);
        let units = |error: f64| error * constants.inverse.abs() * 2.0 * f64::from(half);
        let known = units(largest_error).min(half.into());
        let near = f64::from(half) - known + units(constants.rounding()) + 3.0;
        // Not a number where the range is none for fixed point.
        if !(constants.is_fixed() && near.ceil() < half.into()) {
            return None;
        }
        let near = near.ceil() as u32;
        let up = 32 - C::FRACTION;
        let middle = C::LARGE + f64::from(half + near) / (2.0 * f64::from(half));
        Some(Self {
            inverse: constants.inverse,
            large: middle - constants.offset * constants.inverse,
            centre: (half + near) << up,
            least: (2 * near) << up,
            missing: constants.missing(),
        })
    }
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
            let sum = group[l].wide() * fixed.inverse + fixed.large;
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
        gaps,
        least,
        squares,
    }
}
