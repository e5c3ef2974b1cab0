//! Dates with times, and the instants that they are.

use std::fmt;

use super::{Calendar, TimeError};

/// A point in time: nanoseconds since 1970-01-01T00:00:00 of its calendar.
///
/// Instants of different calendars cannot be compared. The range is more than any label of
/// 64 bits in any unit can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i128);

impl Instant {
    /// The instant this many nanoseconds after 1970-01-01T00:00:00.
    #[must_use]
    pub const fn from_nanoseconds(nanoseconds: i128) -> Self {
        Self(nanoseconds)
    }

    /// Nanoseconds since 1970-01-01T00:00:00.
    #[must_use]
    pub const fn nanoseconds(self) -> i128 {
        self.0
    }

    /// The instant this many nanoseconds later; `None` when it cannot be counted.
    #[must_use]
    pub fn checked_add(self, nanoseconds: i128) -> Option<Self> {
        self.0.checked_add(nanoseconds).map(Self)
    }

    /// Nanoseconds from `earlier` to this instant; `None` when they cannot be counted.
    #[must_use]
    pub fn checked_since(self, earlier: Self) -> Option<i128> {
        self.0.checked_sub(earlier.0)
    }
}

/// A date and a time of day, of any calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime {
    /// The year; whether there is a 0 depends on the calendar.
    pub year: i64,
    /// 1 to 12
    pub month: u8,
    /// 1 to 31
    pub day: u8,
    /// 0 to 23
    pub hour: u8,
    /// 0 to 59
    pub minute: u8,
    /// 0 to 59
    pub second: u8,
    /// 0 to 999,999,999
    pub nanosecond: u32,
}

impl DateTime {
    /// Midnight at the beginning of a date.
    #[must_use]
    pub const fn from_date(year: i64, month: u8, day: u8) -> Self {
        Self {
            year,
            month,
            day,
            hour: 0,
            minute: 0,
            second: 0,
            nanosecond: 0,
        }
    }

    /// The same time so many months later, or earlier: on the same day of the month, or the
    /// last one where the month is too short.
    ///
    /// # Errors
    /// When the year does not fit into 64 bits, or the date falls into the days that the
    /// mixed calendar leaves out.
    pub fn add_months(&self, months: i64, calendar: Calendar) -> Result<Self, TimeError> {
        // Checked first, because a wrong month would be carried into the year.
        calendar.instant(self)?;
        let year = calendar
            .astronomical(self.year)
            .ok_or(TimeError::OutOfRange)?;
        let total = year * 12 + i128::from(self.month) - 1 + i128::from(months);
        let year = calendar
            .historical(total.div_euclid(12))
            .ok_or(TimeError::OutOfRange)?;
        let month = u8::try_from(total.rem_euclid(12) + 1).map_err(|_| TimeError::OutOfRange)?;
        let last = calendar
            .days_in_month(year, month)
            .ok_or(TimeError::OutOfRange)?;
        let later = Self {
            year,
            month,
            day: self.day.min(last),
            ..*self
        };
        calendar.instant(&later).map(|_| later)
    }
}

impl fmt::Display for DateTime {
    /// ISO 8601, with as many digits of the second as there are: `2000-01-31T06:00:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.year < 0 { "-" } else { "" };
        write!(
            f,
            "{sign}{:04}-{:02}-{:02}",
            self.year.unsigned_abs(),
            self.month,
            self.day
        )?;
        write!(f, "T{:02}:{:02}:{:02}", self.hour, self.minute, self.second)?;
        if self.nanosecond == 0 {
            return Ok(());
        }
        let digits = format!("{:09}", self.nanosecond);
        write!(f, ".{}", digits.trim_end_matches('0'))
    }
}

impl serde::Serialize for DateTime {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
