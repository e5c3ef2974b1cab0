//! Units attributes: `hours since 2000-01-01 06:00:00 +01:00`.

use std::fmt;
use std::str::FromStr;

use super::text::{DateParts, parse_date};
use super::{Calendar, DateTime, Instant, TimeError, TimeUnit};

/// A unit and the date from which labels count.
///
/// ```
/// use zarrio_model::time::{Calendar, TimeUnits};
///
/// let units = TimeUnits::parse("hours since 2000-1-1 06:00 +01:00")?;
/// assert_eq!(units.to_string(), "hours since 2000-01-01 06:00:00 +01:00");
/// let reference = Calendar::Standard.datetime(units.reference(Calendar::Standard)?)?;
/// assert_eq!(reference.to_string(), "2000-01-01T05:00:00");
/// # Ok::<(), zarrio_model::time::TimeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeUnits {
    unit: TimeUnit,
    /// As it was written, in its own zone.
    local: DateTime,
    /// East of Greenwich, in seconds.
    offset: i32,
}

impl TimeUnits {
    /// Units that count from a date in UTC.
    #[must_use]
    pub const fn new(unit: TimeUnit, reference: DateTime) -> Self {
        Self {
            unit,
            local: reference,
            offset: 0,
        }
    }

    /// Reads a units attribute.
    ///
    /// Parts of the date that are missing are those of the earliest date with the others.
    /// Zones of one digit (`-6:00`, an example of CF's own, and `+1`) are applied; cftime
    /// passes over them in silence.
    ///
    /// # Errors
    /// When there is no `since`, or what stands before or after it is no unit or no date.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let error = |reason| TimeError::Units {
            text: text.to_owned(),
            reason,
        };
        let (unit, date) = split(text).ok_or_else(|| error("there is no \"since\""))?;
        let unit = unit.parse().map_err(|_| error("the unit is unknown"))?;
        let parts = parse_date(date).map_err(|source| TimeError::Reference {
            text: text.to_owned(),
            source,
        })?;
        let DateParts {
            year,
            month,
            day,
            clock,
            offset,
        } = parts;
        let clock = clock.unwrap_or_default();
        let local = DateTime {
            year,
            month: month.unwrap_or(1),
            day: day.unwrap_or(1),
            hour: clock.hour,
            minute: clock.minute,
            second: clock.second,
            nanosecond: clock.nanosecond,
        };
        Ok(Self {
            unit,
            local,
            offset: offset.unwrap_or(0),
        })
    }

    /// Whether a units attribute claims to be one of time: `... since ...`.
    #[must_use]
    pub fn is_time(text: &str) -> bool {
        split(text).is_some()
    }

    /// The unit.
    #[must_use]
    pub const fn unit(&self) -> TimeUnit {
        self.unit
    }

    /// The instant from which labels count, in UTC.
    ///
    /// # Errors
    /// When the calendar has no such date.
    pub fn reference(&self, calendar: Calendar) -> Result<Instant, TimeError> {
        let local = calendar.instant(&self.local)?;
        let offset = i128::from(self.offset) * 1_000_000_000;
        local.checked_add(-offset).ok_or(TimeError::OutOfRange)
    }
}

/// What stands before and after the word `since`.
fn split(text: &str) -> Option<(&str, &str)> {
    let lower = text.to_ascii_lowercase();
    let word = lower.match_indices("since").find(|(start, word)| {
        let end = start + word.len();
        let blank = |c: Option<char>| c.is_some_and(char::is_whitespace);
        blank(lower[..*start].chars().next_back()) && blank(lower[end..].chars().next())
    });
    let (start, word) = word?;
    Some((text[..start].trim(), text[start + word.len()..].trim()))
}

impl FromStr for TimeUnits {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        Self::parse(text)
    }
}

impl fmt::Display for TimeUnits {
    /// The form that every CF reader takes: `hours since 2000-01-01 00:00:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.local.to_string().replacen('T', " ", 1);
        write!(f, "{}s since {date}", self.unit)?;
        if self.offset == 0 {
            return Ok(());
        }
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.unsigned_abs() / 60;
        write!(f, " {sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}
