//! What stored numbers mean.

use std::fmt;

use zarrio_codec::masking_attributes;
use zarrio_codec::packing::Packing;
use zarrio_model::time::{Instant, TimeCoding};
use zarrio_model::{Attributes, DataType, VariableSchema};

/// One side's way to store numbers (CF 8.1 and 2.5.1).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Encoding {
    pub(super) data_type: DataType,
    /// Signed integers that stand for unsigned ones.
    unsigned: bool,
    scale: f64,
    pub(super) offset: f64,
    /// What missing is written as.
    fill: Option<Number>,
    /// Further numbers that mean missing.
    missing: Vec<Number>,
    time: Option<TimeCoding>,
}

/// A stored number; integers stay exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Integer(i128),
    Float(f64),
}

/// What a stored number says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Meaning {
    Missing,
    Value(Number),
    /// Nanoseconds since 1970.
    Time(i128),
    /// A label that is no date.
    NoDate(Number),
}

impl Encoding {
    /// The encoding of a variable; `time` where its labels are to be read as dates.
    pub(super) fn new(variable: &VariableSchema, time: Option<&TimeCoding>) -> Self {
        let data_type = variable.data_type;
        let unsigned = variable.attributes.text("_Unsigned");
        // As an archive tells it.
        let attributes = masking_attributes(data_type, &variable.attributes);
        let fill = numbers(&attributes, "_FillValue");
        let codes = |numbers: Vec<Number>| {
            let held = numbers
                .into_iter()
                .filter_map(|number| in_type(data_type, number));
            // NaN means missing in any case.
            held.filter(|n| !matches!(n, Number::Float(v) if v.is_nan()))
                .collect::<Vec<_>>()
        };
        let fill = codes(fill).first().copied();
        let mut missing = codes(numbers(&attributes, "missing_value"));
        missing.retain(|number| Some(*number) != fill);
        let number = |name| {
            numbers(&attributes, name)
                .first()
                .map(|number| number.to_f64())
        };
        Self {
            data_type,
            unsigned: data_type.is_integer()
                && unsigned.is_some_and(|text| text.eq_ignore_ascii_case("true")),
            scale: number("scale_factor").unwrap_or(1.0),
            offset: number("add_offset").unwrap_or(0.0),
            fill,
            missing,
            time: time.copied(),
        }
    }

    /// The numbers that mean missing, NaN aside.
    pub(super) fn missing(&self) -> impl Iterator<Item = Number> {
        self.fill.iter().chain(&self.missing).copied()
    }

    /// The packing by which floating-point numbers become these integers; `None` where they
    /// are not packed, or not in a way that readers agree on.
    pub(super) fn packing(&self) -> Option<Packing> {
        if !self.is_packed() || self.unsigned || self.time.is_some() {
            return None;
        }
        let code = match self.fill {
            Some(Number::Integer(code)) => i64::try_from(code).ok(),
            _ => None,
        };
        Packing::existing(self.data_type, self.scale, self.offset, code).ok()
    }

    /// Whether stored numbers are floating-point and stand for themselves.
    pub(super) fn is_plain_float(&self) -> bool {
        self.data_type.is_float() && !self.is_packed() && self.time.is_none()
    }

    pub(super) fn is_packed(&self) -> bool {
        self.scale != 1.0 || self.offset != 0.0
    }

    /// What a stored number says.
    pub(super) fn decode(&self, stored: Number) -> Meaning {
        let nan = matches!(stored, Number::Float(v) if v.is_nan());
        if nan || self.fill == Some(stored) || self.missing.contains(&stored) {
            return Meaning::Missing;
        }
        if let Some(time) = &self.time {
            let instant = match stored {
                Number::Integer(v) => i64::try_from(v).ok().and_then(|v| time.instant_i64(v).ok()),
                Number::Float(v) => time.instant_float(v).ok(),
            };
            return match instant {
                Some(instant) => Meaning::Time(instant.nanoseconds()),
                None => Meaning::NoDate(stored),
            };
        }
        let value = match stored {
            Number::Integer(v) if self.unsigned && v < 0 => Number::Integer(v + (1 << self.bits())),
            stored => stored,
        };
        Meaning::Value(match value {
            value if self.is_packed() => Number::Float(value.to_f64() * self.scale + self.offset),
            value => value,
        })
    }

    /// The number that is stored for a meaning; `None` when the type has none for it.
    pub(super) fn encode(&self, meaning: Meaning) -> Option<Number> {
        let value = match meaning {
            Meaning::Missing => {
                let nan = self.data_type.is_float().then_some(Number::Float(f64::NAN));
                return self.fill.or_else(|| self.missing.first().copied()).or(nan);
            }
            Meaning::NoDate(_) => return None,
            Meaning::Time(ns) => {
                let time = self.time.as_ref()?;
                match self.data_type.is_float() {
                    true => {
                        let since = ns.checked_sub(time.reference().nanoseconds())?;
                        Number::Float(since as f64 / time.step() as f64)
                    }
                    false => {
                        let instant = Instant::from_nanoseconds(ns);
                        Number::Integer(time.encode_instant(instant).ok()?.into())
                    }
                }
            }
            Meaning::Value(value) if self.is_packed() => {
                let packed = (value.to_f64() - self.offset) / self.scale;
                Number::Float(match self.data_type.is_float() {
                    true => packed,
                    false => packed.round_ties_even(),
                })
            }
            Meaning::Value(value) => value,
        };
        // What an unsigned number above the signed range is stored as.
        let (half, whole) = (1i128 << (self.bits() - 1), 1i128 << self.bits());
        let value = match value {
            Number::Float(v) if self.unsigned && v >= half as f64 && v < whole as f64 => {
                Number::Float(v - whole as f64)
            }
            Number::Integer(v) if self.unsigned && v >= half && v < whole => {
                Number::Integer(v - whole)
            }
            value => value,
        };
        in_type(self.data_type, value)
    }

    /// Whether every number of this encoding is the same number of another, and every missing
    /// one has a code there.
    pub(super) fn lies_in(&self, other: &Self) -> bool {
        let plain = |side: &Self| !side.is_packed() && !side.unsigned && side.time.is_none();
        let codes = |side: &Self| -> Vec<Number> {
            side.fill.into_iter().chain(side.missing.clone()).collect()
        };
        let (ours, theirs) = (codes(self), codes(other));
        let can_be_missing = self.data_type.is_float() || !ours.is_empty();
        plain(self)
            && plain(other)
            && holds_all(other.data_type, self.data_type)
            // A value that would be read as missing.
            && theirs.iter().all(|code| ours.contains(code))
            && (!can_be_missing || !theirs.is_empty() || other.data_type.is_float())
    }

    /// A meaning for people.
    pub(super) fn text(&self, meaning: Meaning) -> String {
        let date = match (meaning, &self.time) {
            (Meaning::Time(ns), Some(time)) => {
                time.calendar().datetime(Instant::from_nanoseconds(ns)).ok()
            }
            _ => None,
        };
        date.map_or_else(|| meaning.to_string(), |date| date.to_string())
    }

    fn bits(&self) -> usize {
        8 * self.data_type.size().unwrap_or(8)
    }
}

impl Number {
    /// Whether two numbers are one, in whatever type they are kept.
    pub(super) fn equals(self, other: Self) -> bool {
        match (self, other) {
            (Self::Integer(i), Self::Float(f)) | (Self::Float(f), Self::Integer(i)) => {
                f.fract() == 0.0 && f.abs() < 1e30 && f as i128 == i
            }
            (one, other) => one == other,
        }
    }

    pub(super) fn to_f64(self) -> f64 {
        match self {
            Self::Integer(v) => v as f64,
            Self::Float(v) => v,
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(v) => v.fmt(f),
            Self::Float(v) => v.fmt(f),
        }
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("missing"),
            Self::Value(value) => value.fmt(f),
            Self::Time(ns) => write!(f, "the time {ns} ns since 1970"),
            Self::NoDate(label) => write!(f, "{label}, which is no date,"),
        }
    }
}

/// Whether a type holds every value of another exactly.
fn holds_all(data_type: DataType, of: DataType) -> bool {
    // Whole numbers that a type holds without a gap: bits below the sign, and whether it has
    // one.
    let whole = |data_type| match data_type {
        DataType::Int8 => (7, true),
        DataType::UInt8 => (8, false),
        DataType::Int16 => (15, true),
        DataType::UInt16 => (16, false),
        DataType::Int32 => (31, true),
        DataType::UInt32 => (32, false),
        DataType::Int64 => (63, true),
        DataType::UInt64 => (64, false),
        DataType::Float32 => (24, true),
        DataType::Float64 => (53, true),
        DataType::String => (0, false),
    };
    let ((bits, signed), (of_bits, of_signed)) = (whole(data_type), whole(of));
    bits >= of_bits && (signed || !of_signed) && (data_type.is_float() || !of.is_float())
}

/// The numbers of an attribute.
fn numbers(attributes: &Attributes, name: &str) -> Vec<Number> {
    let Some(value) = attributes.get(name) else {
        return Vec::new();
    };
    let scalars = (0..value.len()).filter_map(|i| value.get(i));
    scalars
        .filter(|scalar| scalar.data_type() != DataType::String)
        .map(|scalar| read(scalar.data_type(), &scalar.to_ne_bytes()))
        .collect()
}

/// A number as a type holds it: exactly, but for the rounding to floating point.
fn in_type(data_type: DataType, number: Number) -> Option<Number> {
    let integer = match (data_type, number) {
        (DataType::Float32, number) => {
            return Some(Number::Float(f64::from(number.to_f64() as f32)));
        }
        (DataType::Float64, number) => return Some(Number::Float(number.to_f64())),
        (_, Number::Integer(v)) => v,
        (_, Number::Float(v)) if v.fract() == 0.0 && v.abs() < 1e30 => v as i128,
        (_, Number::Float(_)) => return None,
    };
    let fits = match data_type {
        DataType::Int8 => i8::try_from(integer).is_ok(),
        DataType::UInt8 => u8::try_from(integer).is_ok(),
        DataType::Int16 => i16::try_from(integer).is_ok(),
        DataType::UInt16 => u16::try_from(integer).is_ok(),
        DataType::Int32 => i32::try_from(integer).is_ok(),
        DataType::UInt32 => u32::try_from(integer).is_ok(),
        DataType::Int64 => i64::try_from(integer).is_ok(),
        DataType::UInt64 => u64::try_from(integer).is_ok(),
        _ => false,
    };
    fits.then_some(Number::Integer(integer))
}

/// The number that bytes in native order hold.
pub(super) fn read(data_type: DataType, bytes: &[u8]) -> Number {
    use bytemuck::pod_read_unaligned as read;
    match data_type {
        DataType::Int8 => Number::Integer(read::<i8>(bytes).into()),
        DataType::UInt8 => Number::Integer(read::<u8>(bytes).into()),
        DataType::Int16 => Number::Integer(read::<i16>(bytes).into()),
        DataType::UInt16 => Number::Integer(read::<u16>(bytes).into()),
        DataType::Int32 => Number::Integer(read::<i32>(bytes).into()),
        DataType::UInt32 => Number::Integer(read::<u32>(bytes).into()),
        DataType::Int64 => Number::Integer(read::<i64>(bytes).into()),
        DataType::UInt64 => Number::Integer(read::<u64>(bytes).into()),
        DataType::Float32 => Number::Float(read::<f32>(bytes).into()),
        DataType::Float64 => Number::Float(read::<f64>(bytes)),
        DataType::String => Number::Float(f64::NAN),
    }
}

/// Appends a number that fits the type.
pub(super) fn write(data_type: DataType, number: Number, out: &mut Vec<u8>) {
    match (data_type, number) {
        (DataType::Float32, number) => out.extend((number.to_f64() as f32).to_ne_bytes()),
        (DataType::Float64, number) => out.extend(number.to_f64().to_ne_bytes()),
        (_, Number::Float(_)) => {}
        (DataType::Int8 | DataType::UInt8, Number::Integer(v)) => {
            out.extend((v as u8).to_ne_bytes());
        }
        (DataType::Int16 | DataType::UInt16, Number::Integer(v)) => {
            out.extend((v as u16).to_ne_bytes());
        }
        (DataType::Int32 | DataType::UInt32, Number::Integer(v)) => {
            out.extend((v as u32).to_ne_bytes());
        }
        (_, Number::Integer(v)) => out.extend((v as u64).to_ne_bytes()),
    }
}
