//! The first and last label of an axis as a user gives them.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::text::{Clock, DateParts, ParseDateError, parse_date};

/// A date, or a date and a time, that bounds an axis.
///
/// What is not written is left open: as an end, `2023-12-31` includes that whole day,
/// `2023-12` the whole month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeBound {
    text: String,
    pub(super) parts: DateParts,
}

impl TimeBound {
    /// The text as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether this end lies before a start in every calendar; never where a time zone makes
    /// that a question.
    #[must_use]
    pub fn is_before(&self, start: &Self) -> bool {
        let (first, last) = (&start.parts, &self.parts);
        let latest = Clock {
            hour: 23,
            minute: 59,
            second: 59,
            nanosecond: 999_999_999,
        };
        let start = (
            first.year,
            first.month.unwrap_or(1),
            first.day.unwrap_or(1),
            first.clock.unwrap_or_default(),
        );
        let end = (
            last.year,
            last.month.unwrap_or(12),
            last.day.unwrap_or(31),
            last.clock.unwrap_or(latest),
        );
        first.offset.unwrap_or(0) == last.offset.unwrap_or(0) && end < start
    }
}

impl FromStr for TimeBound {
    type Err = ParseDateError;

    fn from_str(text: &str) -> Result<Self, ParseDateError> {
        let parts = parse_date(text)?;
        Ok(Self {
            text: text.trim().to_owned(),
            parts,
        })
    }
}

impl fmt::Display for TimeBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Serialize for TimeBound {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}
