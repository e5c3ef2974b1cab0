//! Units of time.

use std::fmt;
use std::str::FromStr;

use super::{Calendar, TimeError};

/// A unit in which labels count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum TimeUnit {
    Nanosecond,
    Microsecond,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    /// A month of the calendar: 30 days in `360_day`; no fixed length elsewhere.
    Month,
    /// A year of 365 days; as in cftime, only in a calendar where all years are.
    CommonYear,
    /// A year. UDUNITS makes it 365.24219878 days, which is a year of no calendar, so that it
    /// can be read but not computed with.
    Year,
}

/// Spellings that UDUNITS or cftime take, in lower case.
const SPELLINGS: &[(TimeUnit, &[&str])] = &[
    (
        TimeUnit::Nanosecond,
        &[
            "nanoseconds",
            "nanosecond",
            "nanosecs",
            "nanosec",
            "nsecs",
            "nsec",
            "ns",
        ],
    ),
    (
        TimeUnit::Microsecond,
        &[
            "microseconds",
            "microsecond",
            "microsecs",
            "microsec",
            "usecs",
            "usec",
            "us",
            "µs",
        ],
    ),
    (
        TimeUnit::Millisecond,
        &[
            "milliseconds",
            "millisecond",
            "millisecs",
            "millisec",
            "msecs",
            "msec",
            "ms",
        ],
    ),
    (TimeUnit::Second, &["seconds", "second", "secs", "sec", "s"]),
    (TimeUnit::Minute, &["minutes", "minute", "mins", "min"]),
    (TimeUnit::Hour, &["hours", "hour", "hrs", "hr", "h"]),
    (TimeUnit::Day, &["days", "day", "d"]),
    (TimeUnit::Week, &["weeks", "week"]),
    (TimeUnit::Month, &["months", "month"]),
    (TimeUnit::CommonYear, &["common_years", "common_year"]),
    (TimeUnit::Year, &["years", "year", "yrs", "yr"]),
];

impl TimeUnit {
    /// The unit in the singular.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nanosecond => "nanosecond",
            Self::Microsecond => "microsecond",
            Self::Millisecond => "millisecond",
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::CommonYear => "common_year",
            Self::Year => "year",
        }
    }

    /// The length in nanoseconds.
    ///
    /// # Errors
    /// When the unit has no fixed length in this calendar.
    pub const fn nanoseconds(self, calendar: Calendar) -> Result<i128, TimeError> {
        const DAY: i128 = 86_400_000_000_000;
        Ok(match (self, calendar) {
            (Self::Nanosecond, _) => 1,
            (Self::Microsecond, _) => 1_000,
            (Self::Millisecond, _) => 1_000_000,
            (Self::Second, _) => 1_000_000_000,
            (Self::Minute, _) => 60_000_000_000,
            (Self::Hour, _) => 3_600_000_000_000,
            (Self::Day, _) => DAY,
            (Self::Week, _) => 7 * DAY,
            (Self::Month, Calendar::Day360) => 30 * DAY,
            (Self::CommonYear, Calendar::NoLeap) => 365 * DAY,
            (Self::Month | Self::CommonYear | Self::Year, _) => {
                return Err(TimeError::UnitLength {
                    unit: self,
                    calendar,
                });
            }
        })
    }

    /// The longest of day, hour, minute, second and its decimal parts of which all these
    /// lengths in nanoseconds are multiples; days when there are none but zeros.
    ///
    /// Labels at these distances from a reference are whole numbers of the unit.
    #[must_use]
    pub fn coarsest(lengths: impl IntoIterator<Item = i128>) -> Self {
        let mut units = [
            (Self::Day, 86_400_000_000_000),
            (Self::Hour, 3_600_000_000_000),
            (Self::Minute, 60_000_000_000),
            (Self::Second, 1_000_000_000),
            (Self::Millisecond, 1_000_000),
            (Self::Microsecond, 1_000),
        ]
        .into_iter()
        .peekable();
        for length in lengths {
            while units.next_if(|(_, unit)| length % unit != 0).is_some() {}
        }
        units.next().map_or(Self::Nanosecond, |(unit, _)| unit)
    }
}

impl FromStr for TimeUnit {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let word = text.trim().to_lowercase();
        let row = SPELLINGS
            .iter()
            .find(|(_, spellings)| spellings.contains(&word.as_str()));
        let reason = "the unit is unknown";
        row.map(|(unit, _)| *unit).ok_or_else(|| TimeError::Units {
            text: text.to_owned(),
            reason,
        })
    }
}

impl fmt::Display for TimeUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
