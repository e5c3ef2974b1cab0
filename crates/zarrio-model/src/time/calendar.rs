//! The calendars of CF.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::days::{self, Date, GREGORIAN_START};
use super::{DateTime, Instant, TimeError};

/// A calendar (CF conventions 1.11, section 4.4.1).
///
/// `Standard` and `Julian` count years as history does: the year before 1 is -1. All others
/// have a year 0. cftime does the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Calendar {
    /// Julian until 1582-10-04, Gregorian from the next day, 1582-10-15: `standard`,
    /// `gregorian`, and what holds where nothing is said.
    #[default]
    Standard,
    /// The Gregorian rules for all time: `proleptic_gregorian`.
    ProlepticGregorian,
    /// A leap day every fourth year for all time: `julian`.
    Julian,
    /// No leap days: `noleap`, `365_day`.
    NoLeap,
    /// A leap day in every year: `all_leap`, `366_day`.
    AllLeap,
    /// Twelve months of thirty days: `360_day`.
    Day360,
}

const NO_LEAP: [u8; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const ALL_LEAP: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DAY_360: [u8; 12] = [30; 12];

const NANOSECONDS_PER_DAY: i128 = 86_400_000_000_000;

impl Calendar {
    /// The names that CF gives to calendars that can be computed with.
    pub const NAMES: &'static [&'static str] = &[
        "standard",
        "gregorian",
        "proleptic_gregorian",
        "julian",
        "noleap",
        "365_day",
        "all_leap",
        "366_day",
        "360_day",
    ];

    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Standard,
        Self::ProlepticGregorian,
        Self::Julian,
        Self::NoLeap,
        Self::AllLeap,
        Self::Day360,
    ];

    /// The calendar of an attribute: `Standard` where there is none.
    ///
    /// # Errors
    /// When the name is none of CF's, or is `none`.
    pub fn of_attribute(name: Option<&str>) -> Result<Self, TimeError> {
        name.map_or(Ok(Self::Standard), str::parse)
    }

    /// The name that CF prefers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::ProlepticGregorian => "proleptic_gregorian",
            Self::Julian => "julian",
            Self::NoLeap => "noleap",
            Self::AllLeap => "all_leap",
            Self::Day360 => "360_day",
        }
    }

    /// Whether there is a year 0 between -1 and 1.
    #[must_use]
    pub const fn has_year_zero(self) -> bool {
        !matches!(self, Self::Standard | Self::Julian)
    }

    /// The number of days of a month; `None` when the year or month does not exist.
    ///
    /// October 1582 of `Standard` is said to have 31 days, as its last one is the 31st.
    #[must_use]
    pub fn days_in_month(self, year: i64, month: u8) -> Option<u8> {
        let year = self.astronomical(year)?;
        let index = usize::from(month.checked_sub(1)?);
        let months = match self {
            Self::Day360 => &DAY_360,
            Self::AllLeap => &ALL_LEAP,
            _ if self.is_leap(year) => &ALL_LEAP,
            _ => &NO_LEAP,
        };
        months.get(index).copied()
    }

    /// Whether an astronomical year has a leap day.
    fn is_leap(self, year: i128) -> bool {
        let by = |n: i128| year.rem_euclid(n) == 0;
        let gregorian = by(4) && (!by(100) || by(400));
        match self {
            Self::Standard if year > 1582 => gregorian,
            Self::ProlepticGregorian => gregorian,
            Self::Standard | Self::Julian => by(4),
            Self::AllLeap => true,
            Self::NoLeap | Self::Day360 => false,
        }
    }

    /// The year counted with a year 0; `None` for the 0 of a calendar that has none.
    pub(super) fn astronomical(self, year: i64) -> Option<i128> {
        let year = i128::from(year);
        match year {
            _ if self.has_year_zero() || year > 0 => Some(year),
            0 => None,
            _ => Some(year + 1),
        }
    }

    /// The reverse of [`astronomical`](Self::astronomical); `None` beyond 64 bits.
    pub(super) fn historical(self, year: i128) -> Option<i64> {
        let year = if self.has_year_zero() || year > 0 {
            year
        } else {
            year - 1
        };
        i64::try_from(year).ok()
    }

    /// The instant of a date and time.
    ///
    /// # Errors
    /// When the calendar has no such date, or a day no such time.
    pub fn instant(self, datetime: &DateTime) -> Result<Instant, TimeError> {
        let fail = |reason| TimeError::NoSuchDate {
            date: datetime.to_string(),
            calendar: self,
            reason,
        };
        let &DateTime {
            year,
            month,
            day,
            hour,
            minute,
            second,
            nanosecond,
        } = datetime;
        let Some(astronomical) = self.astronomical(year) else {
            return Err(fail("it has no year 0"));
        };
        let Some(last) = self.days_in_month(year, month) else {
            return Err(fail("months are from 1 to 12"));
        };
        if day == 0 || day > last {
            return Err(fail("the month has no such day"));
        }
        let date = (astronomical, month, day);
        if self == Self::Standard && date > (1582, 10, 4) && date < GREGORIAN_START {
            return Err(fail("1582-10-04 was followed by 1582-10-15"));
        }
        if hour > 23 || minute > 59 || second > 59 || nanosecond > 999_999_999 {
            return Err(fail("a day has no such time"));
        }
        let seconds = (u32::from(hour) * 60 + u32::from(minute)) * 60 + u32::from(second);
        let in_day = i128::from(seconds) * 1_000_000_000 + i128::from(nanosecond);
        // A year of 64 bits is less than 2^72 days, and a day less than 2^47 nanoseconds.
        Ok(Instant::from_nanoseconds(
            self.day_number(date) * NANOSECONDS_PER_DAY + in_day,
        ))
    }

    /// The date and time of an instant.
    ///
    /// # Errors
    /// When the year does not fit into 64 bits.
    pub fn datetime(self, instant: Instant) -> Result<DateTime, TimeError> {
        let nanoseconds = instant.nanoseconds();
        let (year, month, day) = self.date(nanoseconds.div_euclid(NANOSECONDS_PER_DAY));
        let year = self.historical(year).ok_or(TimeError::OutOfRange)?;
        let in_day = nanoseconds.rem_euclid(NANOSECONDS_PER_DAY);
        let part = |unit: i128, count: i128| {
            u32::try_from(in_day / unit % count).map_err(|_| TimeError::OutOfRange)
        };
        let small =
            |unit, count| u8::try_from(part(unit, count)?).map_err(|_| TimeError::OutOfRange);
        Ok(DateTime {
            year,
            month,
            day,
            hour: small(3_600_000_000_000, 24)?,
            minute: small(60_000_000_000, 60)?,
            second: small(1_000_000_000, 60)?,
            nanosecond: part(1, 1_000_000_000)?,
        })
    }

    fn day_number(self, date: Date) -> i128 {
        match self {
            Self::Standard => days::from_mixed(date),
            Self::ProlepticGregorian => days::from_gregorian(date),
            Self::Julian => days::from_julian(date),
            Self::NoLeap => days::from_uniform(date, &NO_LEAP),
            Self::AllLeap => days::from_uniform(date, &ALL_LEAP),
            Self::Day360 => days::from_uniform(date, &DAY_360),
        }
    }

    fn date(self, day_number: i128) -> Date {
        match self {
            Self::Standard => days::to_mixed(day_number),
            Self::ProlepticGregorian => days::to_gregorian(day_number),
            Self::Julian => days::to_julian(day_number),
            Self::NoLeap => days::to_uniform(day_number, &NO_LEAP),
            Self::AllLeap => days::to_uniform(day_number, &ALL_LEAP),
            Self::Day360 => days::to_uniform(day_number, &DAY_360),
        }
    }
}

impl FromStr for Calendar {
    type Err = TimeError;

    /// Reads a CF name in any case; an empty one is `Standard`.
    fn from_str(name: &str) -> Result<Self, TimeError> {
        Ok(match name.trim().to_ascii_lowercase().as_str() {
            "" | "standard" | "gregorian" => Self::Standard,
            "proleptic_gregorian" => Self::ProlepticGregorian,
            "julian" => Self::Julian,
            "noleap" | "365_day" => Self::NoLeap,
            "all_leap" | "366_day" => Self::AllLeap,
            "360_day" => Self::Day360,
            "none" => return Err(TimeError::NoCalendar),
            _ => {
                return Err(TimeError::Calendar {
                    name: name.to_owned(),
                });
            }
        })
    }
}

impl fmt::Display for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Calendar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
