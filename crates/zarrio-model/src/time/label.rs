//! Floating-point labels, and the stretch of time for which each stands.

use super::{Instant, TimeError};

/// A label of a floating-point time coordinate, in the type in which it is stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FloatLabel {
    /// binary32
    F32(f32),
    /// binary64
    F64(f64),
}

impl From<f32> for FloatLabel {
    fn from(value: f32) -> Self {
        Self::F32(value)
    }
}

impl From<f64> for FloatLabel {
    fn from(value: f64) -> Self {
        Self::F64(value)
    }
}

impl FloatLabel {
    /// The value, and the two next to it in its own type.
    pub(super) fn neighbours(self) -> Result<[f64; 3], TimeError> {
        let [below, value, above] = match self {
            Self::F32(v) => [v.next_down().into(), v.into(), v.next_up().into()],
            Self::F64(v) => [v.next_down(), v, v.next_up()],
        };
        if !value.is_finite() {
            Err(TimeError::NotFinite(value))
        } else if below.is_finite() && above.is_finite() {
            Ok([below, value, above])
        } else {
            Err(TimeError::OutOfRange)
        }
    }
}

/// The instants that a floating-point label may stand for, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelInterval {
    /// The first.
    pub low: Instant,
    /// The last.
    pub high: Instant,
}

impl LabelInterval {
    /// Whether an instant is one that the label may stand for.
    #[must_use]
    pub fn contains(&self, instant: Instant) -> bool {
        self.low <= instant && instant <= self.high
    }

    /// Nanoseconds from the first to the last.
    #[must_use]
    pub fn width(&self) -> i128 {
        self.high
            .nanoseconds()
            .saturating_sub(self.low.nanoseconds())
    }

    /// The instant that people would call the label by: a whole second where there is one, else
    /// a whole millisecond or microsecond, else the middle.
    #[must_use]
    pub fn plainest(&self) -> Instant {
        let middle = self.low.nanoseconds().saturating_add(self.width() / 2);
        plainest(*self, Instant::from_nanoseconds(middle))
    }
}

/// The product of a finite number and a positive length below 2^56, rounded down and up.
///
/// Exact: a binary64 is a whole number of 53 bits times a power of two, so that the product
/// of the whole numbers fits and only the power has to be applied.
pub(super) fn product(value: f64, length: i128) -> Result<[i128; 2], TimeError> {
    let bits = value.to_bits();
    let exponent = i32::try_from((bits >> 52) & 0x7ff).unwrap_or(0);
    let fraction = i128::from(bits & ((1 << 52) - 1));
    let (magnitude, power) = if exponent == 0 {
        (fraction, -1074)
    } else {
        (fraction | 1 << 52, exponent - 1075)
    };
    let product = if value.is_sign_negative() {
        -magnitude
    } else {
        magnitude
    } * length;
    if power >= 0 {
        let factor = u32::try_from(power)
            .ok()
            .and_then(|power| 1i128.checked_shl(power));
        let factor = factor
            .filter(|factor| *factor > 0)
            .ok_or(TimeError::OutOfRange)?;
        let exact = product.checked_mul(factor).ok_or(TimeError::OutOfRange)?;
        return Ok([exact, exact]);
    }
    // Shifts round down, towards the past; what is shifted out altogether leaves the sign.
    let shift = power.unsigned_abs().min(127);
    Ok([product >> shift, -(-product >> shift)])
}

/// The instant of an interval that people would call by it: a whole second where there is
/// one, else a whole millisecond, else a whole microsecond; the one closest to the middle.
pub(super) fn plainest(interval: LabelInterval, middle: Instant) -> Instant {
    for unit in [1_000_000_000, 1_000_000, 1_000] {
        let below = middle.nanoseconds().div_euclid(unit) * unit;
        let rounded = if middle.nanoseconds() - below > unit / 2 {
            below + unit
        } else {
            below
        };
        let rounded = Instant::from_nanoseconds(rounded);
        if interval.contains(rounded) {
            return rounded;
        }
    }
    middle
}
