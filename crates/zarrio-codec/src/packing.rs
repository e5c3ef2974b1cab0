//! Packing: floating-point numbers kept as integers with a scale and an offset (CF 8.1).
//!
//! A [`Packing`] says how: which integers, which scale and offset, and which integer means
//! missing. That one is outside of the codes that values get, so no value ever reads as
//! missing, and nothing wraps around: what lies outside of the range is counted and becomes
//! its nearest end, and [`PackStatistics`] tell the caller before he trusts it.
//!
//! A value becomes the code whose decoded value is nearest to it, in binary64 arithmetic that
//! rounds after each operation, as readers decode. However a machine finds it, the code is the
//! same, and so is the largest error. Within the range the decoded value differs from the
//! source by no more than half a scale and two units in the last place of the range's larger
//! end.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod code;
mod dispatch;
mod extent;
mod fixed;
mod fixed_scale;
mod kernel;
mod lanes;
mod look;
mod range;
mod schema;
mod statistics;
mod unpack;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeStruct};
use thiserror::Error;
use zarrio_model::DataType;
use zarrio_model::config::{PackingBits, PackingRange};

pub use dispatch::ByteOrder;
pub use extent::Extent;
pub use fixed_scale::FixedScale;
pub use range::{RangeOrigin, range_of_attributes, range_of_data};
pub use schema::ROUNDING;
pub use statistics::PackStatistics;

/// How numbers are kept as integers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Packing {
    data_type: DataType,
    scale: f64,
    offset: f64,
    missing: Option<i64>,
    /// The least and the greatest code of a value.
    codes: (i64, i64),
}

/// Why numbers cannot be packed in some way.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum PackingError {
    /// A range whose steps binary64 cannot hold.
    #[error("a range from {min} to {max} makes steps of {scale}, which is no scale")]
    Scale {
        /// The lower end.
        min: f64,
        /// The upper end.
        max: f64,
        /// The step.
        scale: f64,
    },
    /// A range of more steps than 32 bits hold.
    #[error("a range from {min} to {max} has more steps of {step} than 32 bits hold")]
    Precision {
        /// The lower end.
        min: f64,
        /// The upper end.
        max: f64,
        /// The step.
        step: f64,
    },
    /// A range that holds nothing.
    #[error("there is no range from {min} to {max}")]
    Range {
        /// The lower end.
        min: f64,
        /// The upper end.
        max: f64,
    },
    /// Steps that a floating-point type cannot tell apart.
    #[error("{data_type} has no numbers for steps of {step} in {bits} bits")]
    Narrow {
        /// The type.
        data_type: DataType,
        /// Bits of the codes.
        bits: u32,
        /// The step.
        step: f64,
    },
    /// A type that no packed value can have.
    #[error("{0} is no type for packed values")]
    Type(DataType),
}

impl Packing {
    /// The finest packing of a range into signed integers of so many bits. The least integer
    /// means missing; the others are spread evenly from end to end, zero in the middle.
    ///
    /// With n = 2^bits - 2 steps: scale = (max - min) / n, offset = (min + max) / 2. A range
    /// of one value gets the scale 1.
    ///
    /// # Errors
    /// When the range holds nothing, its steps are zero or subnormal, or an end is too large
    /// to be decoded.
    pub fn for_range(range: PackingRange, bits: PackingBits) -> Result<Self, PackingError> {
        let PackingRange { min, max } = range;
        if !range.is_valid() {
            return Err(PackingError::Range { min, max });
        }
        let data_type = match bits {
            PackingBits::Bits8 => DataType::Int8,
            PackingBits::Bits16 => DataType::Int16,
            PackingBits::Bits32 => DataType::Int32,
        };
        let high = code::limits(data_type).map_or(0, |(_, high)| high);
        let steps = (2 * high) as f64;
        // Halves, so that no range is too wide.
        let scale = if min == max {
            1.0
        } else {
            let half = (max / 2.0 - min / 2.0) / steps;
            half * 2.0
        };
        let packing = Self {
            data_type,
            scale,
            offset: min / 2.0 + max / 2.0,
            missing: Some(-high - 1),
            codes: (-high, high),
        };
        if !scale.is_normal() || !packing.range().is_valid() {
            return Err(PackingError::Scale { min, max, scale });
        }
        Ok(packing)
    }

    /// The packing of a range in steps of a given size into the fewest bits that hold it.
    /// What is decoded is a multiple of the step, as far as binary64 has it.
    ///
    /// # Errors
    /// As [`for_range`](Self::for_range), and when 32 bits do not hold so many steps.
    pub fn for_precision(range: PackingRange, step: f64) -> Result<Self, PackingError> {
        let PackingRange { min, max } = range;
        if !range.is_valid() {
            return Err(PackingError::Range { min, max });
        }
        let middle = min / 2.0 + max / 2.0;
        let offset = (middle / step).round_ties_even() * step;
        // One more for what the divisions round off.
        let steps = ((max - offset) / step).max((offset - min) / step).ceil() + 1.0;
        for data_type in [DataType::Int8, DataType::Int16, DataType::Int32] {
            let high = code::limits(data_type).map_or(0, |(_, high)| high);
            let packing = Self {
                data_type,
                scale: step,
                offset,
                missing: Some(-high - 1),
                codes: (-high, high),
            };
            if steps <= high as f64 {
                let usable = step.is_normal() && (1.0 / step).is_normal();
                let usable = usable && packing.range().is_valid();
                let error = PackingError::Scale {
                    min,
                    max,
                    scale: step,
                };
                return if usable { Ok(packing) } else { Err(error) };
            }
        }
        Err(PackingError::Precision { min, max, step })
    }

    /// The packing of an array that exists: its integer type, scale and offset, and the
    /// integer that means missing, where there is one.
    ///
    /// # Errors
    /// When the type is no integer of up to 32 bits, or scale and offset are no numbers to
    /// compute with.
    pub fn existing(
        data_type: DataType,
        scale: f64,
        offset: f64,
        missing: Option<i64>,
    ) -> Result<Self, PackingError> {
        let (mut low, mut high) = code::limits(data_type).ok_or(PackingError::Type(data_type))?;
        let missing = missing.filter(|code| (low..=high).contains(code));
        if missing == Some(low) {
            low += 1;
        } else if missing == Some(high) {
            high -= 1;
        }
        // Negative scales are rare, but CF allows them.
        let packing = Self {
            data_type,
            scale,
            offset,
            missing,
            codes: (low, high),
        };
        let range = packing.range();
        if !scale.is_normal() || !(1.0 / scale).is_normal() || !range.is_valid() {
            let PackingRange { min, max } = range;
            return Err(PackingError::Scale { min, max, scale });
        }
        Ok(packing)
    }

    /// The type of the integers.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        self.data_type
    }

    /// Bits of the integers.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.data_type.size().map_or(0, |size| 8 * size as u32)
    }

    /// What a code is multiplied by.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// What is added to the product.
    #[must_use]
    pub fn offset(&self) -> f64 {
        self.offset
    }

    /// The code that means missing; `None` where no value can be missing.
    #[must_use]
    pub fn missing(&self) -> Option<i64> {
        self.missing
    }

    /// Whether the code for missing lies between codes of values, so that one of them cannot
    /// be told from it.
    #[must_use]
    pub fn is_missing_inside(&self) -> bool {
        self.missing
            .is_some_and(|code| (self.codes.0..=self.codes.1).contains(&code))
    }

    /// What a code stands for, missing aside.
    #[must_use]
    pub fn decode(&self, code: i64) -> f64 {
        code as f64 * self.scale + self.offset
    }

    /// The code of a number, which is that of an end where it lies outside. NaN and infinities
    /// have none: [`pack`](Self::pack) keeps them as [`missing`](Self::missing).
    #[must_use]
    pub fn encode(&self, value: f64) -> Option<i64> {
        let nearest = || kernel::nearest(value, &kernel::Constants::new(self)).0 as i64;
        value.is_finite().then(nearest)
    }

    /// The least and the greatest value that has a code of its own.
    #[must_use]
    pub fn range(&self) -> PackingRange {
        let (a, b) = (self.decode(self.codes.0), self.decode(self.codes.1));
        PackingRange {
            min: a.min(b),
            max: a.max(b),
        }
    }

    /// How far a decoded value may be from its source, when that lies within the range.
    #[must_use]
    pub fn tolerance(&self) -> f64 {
        let PackingRange { min, max } = self.range();
        let largest = min.abs().max(max.abs());
        self.scale.abs() / 2.0 + 2.0 * (largest.next_up() - largest)
    }
}

impl fmt::Display for Packing {
    /// `int16, 182 to 331 in steps of 0.00227`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PackingRange { min, max } = self.range();
        let (min, max) = (short(min), short(max));
        let step = short(self.scale.abs());
        write!(f, "{}, {min} to {max} in steps of {step}", self.data_type)
    }
}

/// A number with no more digits than tell it apart for people.
fn short(value: f64) -> String {
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    if rounded == 0.0 || (1e-4..1e7).contains(&rounded.abs()) {
        rounded.to_string()
    } else {
        format!("{rounded:e}")
    }
}

impl Serialize for Packing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut s = serializer.serialize_struct("Packing", 7)?;
        s.serialize_field("data_type", self.data_type.name())?;
        s.serialize_field("bits", &self.bits())?;
        s.serialize_field("scale", &self.scale)?;
        s.serialize_field("offset", &self.offset)?;
        s.serialize_field("missing", &self.missing)?;
        s.serialize_field("range", &self.range())?;
        s.serialize_field("tolerance", &self.tolerance())?;
        s.end()
    }
}
