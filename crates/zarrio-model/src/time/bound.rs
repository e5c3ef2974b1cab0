//! The first and last label of an axis as a user gives them.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::text::{Clock, DateParts, ParseDateError, parse_date};
use super::{Calendar, DateTime, Instant, TimeError};

/// The last nanosecond of a day.
const LATEST: Clock = Clock {
    hour: 23,
    minute: 59,
    second: 59,
    nanosecond: 999_999_999,
};

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

    /// The first instant that the text covers: what is not written is the earliest.
    ///
    /// # Errors
    /// When the calendar has no such date.
    pub fn first(&self, calendar: Calendar) -> Result<Instant, TimeError> {
        let (month, day) = (self.parts.month.unwrap_or(1), self.parts.day.unwrap_or(1));
        self.instant(calendar, month, day, self.parts.clock.unwrap_or_default())
    }

    /// The last instant that the text covers: what is not written is the latest, so that a
    /// date includes its whole day. A time of day is meant as it is written.
    ///
    /// # Errors
    /// When the calendar has no such date.
    pub fn last(&self, calendar: Calendar) -> Result<Instant, TimeError> {
        let month = self.parts.month.unwrap_or(12);
        // A year that does not exist is reported below, where the whole date is known.
        let last = || calendar.days_in_month(self.parts.year, month).unwrap_or(1);
        let day = self.parts.day.unwrap_or_else(last);
        self.instant(calendar, month, day, self.parts.clock.unwrap_or(LATEST))
    }

    fn instant(
        &self,
        calendar: Calendar,
        month: u8,
        day: u8,
        clock: Clock,
    ) -> Result<Instant, TimeError> {
        let Clock {
            hour,
            minute,
            second,
            nanosecond,
        } = clock;
        let year = self.parts.year;
        let local = DateTime {
            year,
            month,
            day,
            hour,
            minute,
            second,
            nanosecond,
        };
        let offset = i128::from(self.parts.offset.unwrap_or(0)) * 1_000_000_000;
        calendar
            .instant(&local)?
            .checked_add(-offset)
            .ok_or(TimeError::OutOfRange)
    }

    /// Whether this end lies before a start in every calendar; never where a time zone makes
    /// that a question.
    #[must_use]
    pub fn is_before(&self, start: &Self) -> bool {
        let (first, last) = (&start.parts, &self.parts);
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
            last.clock.unwrap_or(LATEST),
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
