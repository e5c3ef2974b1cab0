//! How long a rolling archive keeps its groups.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use thiserror::Error;

use super::setting::{Fault, Setting};
use super::tree::{Node, Value};

/// A length of time of one hour or more.
///
/// Written as a number of seconds, or as `PT24H`, `P2D`, `24h`, `2 days`, `48:00:00`,
/// `1 day, 12:00:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RetentionWindow {
    seconds: u64,
}

/// A text or number that is no retention window.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParseWindowError {
    /// The text has none of the forms.
    #[error("{0:?} is no length of time; write for example \"P2D\", \"24h\" or \"48:00:00\"")]
    Form(String),
    /// The window is shorter than an hour.
    #[error("a retention window is at least one hour, not {0} seconds")]
    Short(u64),
}

impl RetentionWindow {
    /// A window of this many seconds.
    ///
    /// # Errors
    /// When it is shorter than an hour.
    pub const fn from_seconds(seconds: u64) -> Result<Self, ParseWindowError> {
        if seconds < 3600 {
            Err(ParseWindowError::Short(seconds))
        } else {
            Ok(Self { seconds })
        }
    }

    /// A window of this many hours.
    ///
    /// # Errors
    /// When it is shorter than an hour, or longer than can be counted.
    pub fn from_hours(hours: u64) -> Result<Self, ParseWindowError> {
        let seconds = hours.checked_mul(3600);
        Self::from_seconds(seconds.ok_or_else(|| ParseWindowError::Form(format!("{hours}h")))?)
    }

    /// The length in seconds.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.seconds
    }
}

impl fmt::Display for RetentionWindow {
    /// As an ISO 8601 duration.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.seconds;
        if seconds.is_multiple_of(86_400) {
            write!(f, "P{}D", seconds / 86_400)
        } else if seconds.is_multiple_of(3600) {
            write!(f, "PT{}H", seconds / 3600)
        } else {
            write!(f, "PT{seconds}S")
        }
    }
}

impl FromStr for RetentionWindow {
    type Err = ParseWindowError;

    fn from_str(text: &str) -> Result<Self, ParseWindowError> {
        let lower = text.trim().to_ascii_lowercase();
        let seconds = match lower.strip_prefix('p') {
            Some(duration) => iso(duration),
            None => plain(&lower),
        };
        Self::from_seconds(seconds.ok_or_else(|| ParseWindowError::Form(text.to_owned()))?)
    }
}

/// Weeks, days, hours, minutes and seconds of an ISO 8601 duration without its `P`.
fn iso(duration: &str) -> Option<u64> {
    let (date, time) = match duration.split_once('t') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (duration, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let date = designated(date, &[('w', 604_800), ('d', 86_400)])?;
    date.checked_add(designated(time, &[('h', 3600), ('m', 60), ('s', 1)])?)
}

/// The sum of numbers that are each followed by a unit, in the order of the units.
fn designated(mut text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut sum = 0u64;
    for (unit, factor) in units {
        if let Some((number, rest)) = text.split_once(*unit) {
            sum = sum.checked_add(digits(number)?.checked_mul(*factor)?)?;
            text = rest;
        }
    }
    text.is_empty().then_some(sum)
}

/// `48:00:00`, `2 days`, `1 day, 12:00:00`, `24h`, or seconds without a unit.
fn plain(text: &str) -> Option<u64> {
    let (days, clock) = match text.split_once(',') {
        Some((days, clock)) => (days.trim(), clock.trim()),
        None if text.contains(':') => ("", text),
        None => (text, ""),
    };
    let mut sum = 0u64;
    if !days.is_empty() {
        let end = days
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(days.len());
        let (number, unit) = days.split_at(end);
        let factor = match unit.trim() {
            "" | "s" | "second" | "seconds" => 1,
            "min" | "minute" | "minutes" => 60,
            "h" | "hour" | "hours" => 3600,
            "d" | "day" | "days" => 86_400,
            "w" | "week" | "weeks" => 604_800,
            _ => return None,
        };
        sum = digits(number)?.checked_mul(factor)?;
    }
    if !clock.is_empty() {
        let parts: Vec<u64> = clock.split(':').map(digits).collect::<Option<_>>()?;
        let [hours, minutes, seconds] = match *parts.as_slice() {
            [h, m] => [h, m, 0],
            [h, m, s] => [h, m, s],
            _ => return None,
        };
        if minutes > 59 || seconds > 59 {
            return None;
        }
        sum = sum
            .checked_add(hours.checked_mul(3600)?)?
            .checked_add(minutes * 60 + seconds)?;
    }
    Some(sum)
}

fn digits(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

impl Serialize for RetentionWindow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Setting for RetentionWindow {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        let expected = "a length of time such as \"P2D\", \"24h\" or a number of seconds";
        let window = match &node.value {
            Value::Integer(seconds) => {
                let seconds = u64::try_from(*seconds);
                Self::from_seconds(seconds.map_err(|_| vec![Fault::wrong_type(expected, node)])?)
            }
            Value::Text(text) | Value::Raw(text) => text.parse(),
            _ => return Err(vec![Fault::wrong_type(expected, node)]),
        };
        window.map_err(|error| vec![Fault::new(error.to_string())])
    }

    fn write(&self) -> Value {
        Value::text(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_python_tool_is_read() {
        let check = |text: &str, hours: u64| {
            assert_eq!(text.parse(), RetentionWindow::from_hours(hours), "{text}");
        };
        check("PT24H", 24);
        check("P2D", 48);
        check("P1DT12H", 36);
        check("48:00:00", 48);
        check("2 days", 48);
        check("2d", 48);
        check("1 day, 0:00:00", 24);
        check("24h", 24);
        check("86400", 24);
        for wrong in [
            "",
            "P",
            "PT",
            "P1DT",
            "soon",
            "-2d",
            "1:60:00",
            "99999999999999999999d",
        ] {
            assert!(wrong.parse::<RetentionWindow>().is_err(), "{wrong}");
        }
        assert_eq!(
            "30 min".parse::<RetentionWindow>(),
            Err(ParseWindowError::Short(1800))
        );
    }
}
