//! The step of a time axis: `3h`, `1D`, `MS`, `PT3H`.

use std::fmt;
use std::num::{NonZeroU32, NonZeroU64};
use std::str::FromStr;

use serde::{Serialize, Serializer};
use thiserror::Error;

/// The step between the labels of a regular axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Frequency {
    /// A fixed length of time, in nanoseconds.
    Fixed(NonZeroU64),
    /// Steps by the calendar.
    Calendar {
        /// How many units a step has.
        count: NonZeroU32,
        /// What is counted.
        unit: CalendarUnit,
        /// Where in the unit the labels stand.
        anchor: Anchor,
    },
}

/// A unit whose length depends on where in the calendar it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CalendarUnit {
    /// Months.
    Month,
    /// Years.
    Year,
}

/// Where in a month or year the labels of an axis stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Anchor {
    /// Where the first one stands: ISO 8601 durations such as `P1M`.
    Same,
    /// On the first day: `MS`, `YS`.
    Start,
    /// On the last day: `ME`, `YE`.
    End,
}

/// A text that is no step.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} is no time step: {reason}; write for example 1h, 15min, 1D, MS or PT3H")]
pub struct ParseFrequencyError {
    /// What was written.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

const SECOND: u64 = 1_000_000_000;

impl Frequency {
    /// A step of this many nanoseconds; `None` for 0.
    #[must_use]
    pub fn from_nanoseconds(nanoseconds: u64) -> Option<Self> {
        NonZeroU64::new(nanoseconds).map(Self::Fixed)
    }

    /// Reads pandas offset aliases, old and new (`1h`, `3H`, `15min`, `1D`, `MS`, `ME`, `YS`),
    /// and ISO 8601 durations (`PT3H`, `P1M`).
    ///
    /// # Errors
    /// When the text is neither, or the step is zero or negative.
    pub fn parse(text: &str) -> Result<Self, ParseFrequencyError> {
        let trimmed = text.trim();
        let frequency = match trimmed.strip_prefix('P') {
            Some(duration) => iso(duration),
            None => alias(trimmed),
        };
        frequency.map_err(|reason| ParseFrequencyError {
            text: text.to_owned(),
            reason,
        })
    }
}

impl FromStr for Frequency {
    type Err = ParseFrequencyError;

    fn from_str(text: &str) -> Result<Self, ParseFrequencyError> {
        Self::parse(text)
    }
}

const TOO_LONG: &str = "it is longer than 584 years";
const ZERO: &str = "it is zero";

fn fixed(count: u64, unit: u64) -> Result<Frequency, &'static str> {
    let nanoseconds = count.checked_mul(unit).ok_or(TOO_LONG)?;
    Frequency::from_nanoseconds(nanoseconds).ok_or(ZERO)
}

fn calendar(count: u64, unit: CalendarUnit, anchor: Anchor) -> Result<Frequency, &'static str> {
    let count = u32::try_from(count).map_err(|_| "it is too long")?;
    let count = NonZeroU32::new(count).ok_or(ZERO)?;
    Ok(Frequency::Calendar {
        count,
        unit,
        anchor,
    })
}

/// A pandas alias: an optional count and a unit, whose case tells months from minutes.
fn alias(text: &str) -> Result<Frequency, &'static str> {
    if text.starts_with('-') {
        return Err("it is negative");
    }
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (count, unit) = text.split_at(end);
    let count = match count {
        "" => 1,
        count => count.parse().map_err(|_| TOO_LONG)?,
    };
    match unit.trim() {
        "ns" | "N" => fixed(count, 1),
        "us" | "U" => fixed(count, 1_000),
        "ms" | "L" => fixed(count, 1_000_000),
        "s" | "S" => fixed(count, SECOND),
        "min" | "T" => fixed(count, 60 * SECOND),
        "h" | "H" => fixed(count, 3600 * SECOND),
        "D" | "d" => fixed(count, 86_400 * SECOND),
        "MS" => calendar(count, CalendarUnit::Month, Anchor::Start),
        "ME" | "M" => calendar(count, CalendarUnit::Month, Anchor::End),
        "YS" | "AS" | "YS-JAN" | "AS-JAN" => calendar(count, CalendarUnit::Year, Anchor::Start),
        "YE" | "Y" | "A" | "YE-DEC" | "A-DEC" => calendar(count, CalendarUnit::Year, Anchor::End),
        "" => Err("it has no unit"),
        _ => Err("its unit is none of ns, us, ms, s, min, h, D, MS, ME, YS and YE"),
    }
}

/// An ISO 8601 duration without its `P`: whole numbers, and either a calendar part or a
/// fixed one, since a month and three hours is no step that an axis can have.
fn iso(duration: &str) -> Result<Frequency, &'static str> {
    const FORM: &str = "it is no ISO 8601 duration of whole numbers";
    let (mut months, mut years, mut nanoseconds) = (None, None, None);
    let mut in_time = false;
    let mut rest = duration;
    let mut parts = 0;
    while !rest.is_empty() {
        if !in_time && let Some(time) = rest.strip_prefix('T') {
            (in_time, rest) = (true, time);
            if rest.is_empty() {
                return Err(FORM);
            }
        }
        let end = rest.find(|c: char| !c.is_ascii_digit()).ok_or(FORM)?;
        let count: u64 = rest[..end].parse().map_err(|_| FORM)?;
        let mut units = rest[end..].chars();
        let unit = units.next().ok_or(FORM)?;
        rest = units.as_str();
        let nanoseconds_each = match (in_time, unit) {
            (false, 'Y') => {
                years = Some(count);
                0
            }
            (false, 'M') => {
                months = Some(count);
                0
            }
            (false, 'W') => 7 * 86_400 * SECOND,
            (false, 'D') => 86_400 * SECOND,
            (true, 'H') => 3600 * SECOND,
            (true, 'M') => 60 * SECOND,
            (true, 'S') => SECOND,
            _ => return Err(FORM),
        };
        if nanoseconds_each > 0 {
            let part = count.checked_mul(nanoseconds_each).ok_or(TOO_LONG)?;
            let sum = part.checked_add(nanoseconds.unwrap_or(0)).ok_or(TOO_LONG)?;
            nanoseconds = Some(sum);
        }
        parts += 1;
    }
    match (years, months, nanoseconds) {
        _ if parts == 0 => Err(FORM),
        (None, None, Some(nanoseconds)) => fixed(nanoseconds, 1),
        (Some(years), None, None) => calendar(years, CalendarUnit::Year, Anchor::Same),
        (years, Some(months), None) => {
            let years = years.unwrap_or(0).checked_mul(12).ok_or("it is too long")?;
            let months = months.checked_add(years).ok_or("it is too long")?;
            calendar(months, CalendarUnit::Month, Anchor::Same)
        }
        _ => Err("months and years cannot be mixed with days and hours"),
    }
}

impl fmt::Display for Frequency {
    /// The shortest form that [`parse`](Self::parse) reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(nanoseconds) => {
                let nanoseconds = nanoseconds.get();
                let units = [
                    (86_400 * SECOND, "D"),
                    (3600 * SECOND, "h"),
                    (60 * SECOND, "min"),
                    (SECOND, "s"),
                    (1_000_000, "ms"),
                    (1_000, "us"),
                ];
                let whole = units
                    .iter()
                    .find(|(unit, _)| nanoseconds.is_multiple_of(*unit));
                let (unit, name) = whole.copied().unwrap_or((1, "ns"));
                write!(f, "{}{name}", nanoseconds / unit)
            }
            Self::Calendar {
                count,
                unit,
                anchor,
            } => {
                let letter = match unit {
                    CalendarUnit::Month => 'M',
                    CalendarUnit::Year => 'Y',
                };
                let end = match anchor {
                    Anchor::Same => return write!(f, "P{count}{letter}"),
                    Anchor::Start => 'S',
                    Anchor::End => 'E',
                };
                match count.get() {
                    1 => write!(f, "{letter}{end}"),
                    count => write!(f, "{count}{letter}{end}"),
                }
            }
        }
    }
}

impl Serialize for Frequency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_and_durations_are_read() {
        let check = |text: &str, shown: &str| {
            let frequency = Frequency::parse(text).unwrap();
            assert_eq!(frequency.to_string(), shown, "{text}");
            assert_eq!(Frequency::parse(shown), Ok(frequency), "{shown}");
        };
        check("1h", "1h");
        check("3H", "3h");
        check("15min", "15min");
        check("90min", "90min");
        check("24h", "1D");
        check("1D", "1D");
        check("D", "1D");
        check("MS", "MS");
        check("M", "ME");
        check("3MS", "3MS");
        check("YS", "YS");
        check("YS-JAN", "YS");
        check("PT3H", "3h");
        check("P1M", "P1M");
        check("P1Y6M", "P18M");
        check("P1Y", "P1Y");
        check("P1DT12H", "36h");
        check("P1W", "7D");
    }

    #[test]
    fn what_is_no_step_is_refused() {
        for text in [
            "", "0h", "-1h", "1x", "P", "PT", "P1MT3H", "P1H", "PT1.5S", "1m", "P0M",
        ] {
            assert!(Frequency::parse(text).is_err(), "{text}");
        }
        assert!(Frequency::parse("99999999999999999999D").is_err());
        assert!(Frequency::parse("999999999999D").is_err());
        assert!(Frequency::parse("P99999999999Y").is_err());
    }
}
