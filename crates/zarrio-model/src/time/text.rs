//! Dates and times as people and files write them.

use thiserror::Error;

/// The parts of a written date; what was not written is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DateParts {
    pub(crate) year: i64,
    pub(crate) month: Option<u8>,
    pub(crate) day: Option<u8>,
    pub(crate) clock: Option<Clock>,
    /// East of Greenwich, in seconds.
    pub(crate) offset: Option<i32>,
}

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Clock {
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
    pub(crate) nanosecond: u32,
}

/// A text that is no date.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{text:?} is no date or time: {reason}; write for example 2000-01-31 or 2000-01-31T06:00:00"
)]
pub struct ParseDateError {
    /// What was written.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Reads `year[-month[-day[(T| )hour[:minute[:second[.fraction]]]][ zone]]]`.
///
/// This is the union of what UDUNITS, cftime and ISO 8601 take: parts of one digit, signed
/// years, dates and times without separators, zones `Z`, `UTC`, `GMT`, `+1`, `+01:00`,
/// `-0330`. Whether the day exists is for a calendar to say.
pub(crate) fn parse_date(text: &str) -> Result<DateParts, ParseDateError> {
    parse(text.trim()).map_err(|reason| ParseDateError {
        text: text.to_owned(),
        reason,
    })
}

fn parse(text: &str) -> Result<DateParts, &'static str> {
    let mut rest = Scanner { text };
    let negative = rest.take('-');
    if !negative {
        rest.take('+');
    }
    let digits = rest.digits();
    let mut parts = DateParts {
        year: 0,
        month: None,
        day: None,
        clock: None,
        offset: None,
    };
    if digits.len() == 8 && !negative && !rest.text.starts_with('-') {
        // UDUNITS calls this a packed date; no calendar has use for the year 19700101.
        parts.year = number(&digits[..4])?;
        parts.month = Some(small(
            &digits[4..6],
            1,
            12,
            "the month is not from 1 to 12",
        )?);
        parts.day = Some(small(&digits[6..], 1, 31, "the day is not from 1 to 31")?);
    } else {
        let year = number(digits)?;
        parts.year = if negative { -year } else { year };
        if rest.take('-') {
            parts.month = Some(small(
                rest.digits(),
                1,
                12,
                "the month is not from 1 to 12",
            )?);
            if rest.take('-') {
                parts.day = Some(small(rest.digits(), 1, 31, "the day is not from 1 to 31")?);
            }
        }
    }
    let marked = rest.take('T') || rest.take('t');
    rest.skip_blanks();
    if rest.text.starts_with(|c: char| c.is_ascii_digit()) {
        if parts.day.is_none() {
            return Err("a time needs a whole date before it");
        }
        parts.clock = Some(clock(&mut rest)?);
    } else if marked {
        return Err("no time follows the T");
    }
    rest.skip_blanks();
    parts.offset = zone(&mut rest)?;
    if rest.text.is_empty() {
        Ok(parts)
    } else {
        Err("something follows that is no part of it")
    }
}

fn clock(rest: &mut Scanner<'_>) -> Result<Clock, &'static str> {
    const HOUR: &str = "the hour is not from 0 to 23";
    const MINUTE: &str = "the minute is not from 0 to 59";
    const SECOND: &str = "the second is not from 0 to 59";
    let mut clock = Clock::default();
    let digits = rest.digits();
    let with_seconds = if digits.len() > 2 {
        // Packed: hhmm or hhmmss.
        if digits.len() != 4 && digits.len() != 6 {
            return Err("a time without colons has 2, 4 or 6 digits");
        }
        clock.hour = small(&digits[..2], 0, 23, HOUR)?;
        clock.minute = small(&digits[2..4], 0, 59, MINUTE)?;
        if digits.len() == 6 {
            clock.second = small(&digits[4..], 0, 59, SECOND)?;
        }
        digits.len() == 6
    } else {
        clock.hour = small(digits, 0, 23, HOUR)?;
        let with_minutes = rest.take(':');
        if with_minutes {
            clock.minute = small(rest.digits(), 0, 59, MINUTE)?;
        }
        let with_seconds = with_minutes && rest.take(':');
        if with_seconds {
            clock.second = small(rest.digits(), 0, 59, SECOND)?;
        }
        with_seconds
    };
    if with_seconds && rest.take('.') {
        clock.nanosecond = fraction(rest.digits())?;
    }
    Ok(clock)
}

/// Nanoseconds of a fraction of a second; digits beyond them must be zeros.
fn fraction(digits: &str) -> Result<u32, &'static str> {
    let (kept, beyond) = digits.split_at(digits.len().min(9));
    if beyond.bytes().any(|b| b != b'0') {
        return Err("the fraction is finer than a nanosecond");
    }
    let missing = u32::try_from(9 - kept.len()).unwrap_or(0);
    if kept.is_empty() {
        return Ok(0);
    }
    let value: u32 = kept.parse().map_err(|_| "the fraction is no number")?;
    Ok(value * 10u32.pow(missing))
}

fn zone(rest: &mut Scanner<'_>) -> Result<Option<i32>, &'static str> {
    const WRONG: &str = "the time zone is not of the form Z, UTC, +01:00, -0330 or +1";
    for name in ["utc", "gmt", "z"] {
        let head = rest.text.get(..name.len());
        if head.is_some_and(|head| head.eq_ignore_ascii_case(name)) {
            rest.text = &rest.text[name.len()..];
            return Ok(Some(0));
        }
    }
    let sign = if rest.take('+') {
        1
    } else if rest.take('-') {
        -1
    } else {
        return Ok(None);
    };
    let digits = rest.digits();
    let (hours, minutes) = match digits.len() {
        1 | 2 if rest.take(':') => (digits, rest.digits()),
        1 | 2 => (digits, "0"),
        3 | 4 => digits.split_at(digits.len() - 2),
        _ => return Err(WRONG),
    };
    let hours = i32::from(small(hours, 0, 23, WRONG)?);
    let minutes = i32::from(small(minutes, 0, 59, WRONG)?);
    Ok(Some(sign * (hours * 3600 + minutes * 60)))
}

fn number(digits: &str) -> Result<i64, &'static str> {
    // Twelve digits keep every later product far inside 128 bits.
    match digits.len() {
        0 => Err("it does not begin with a year"),
        1..=12 => digits.parse().map_err(|_| "the year is no number"),
        _ => Err("the year has more than twelve digits"),
    }
}

fn small(digits: &str, min: u8, max: u8, reason: &'static str) -> Result<u8, &'static str> {
    let value = if digits.len() > 2 {
        None
    } else {
        digits.parse().ok()
    };
    value
        .filter(|value| (min..=max).contains(value))
        .ok_or(reason)
}

/// What is left of a text.
struct Scanner<'a> {
    text: &'a str,
}

impl<'a> Scanner<'a> {
    fn take(&mut self, c: char) -> bool {
        let rest = self.text.strip_prefix(c);
        self.text = rest.unwrap_or(self.text);
        rest.is_some()
    }

    fn digits(&mut self) -> &'a str {
        let end = self
            .text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(self.text.len());
        let (digits, rest) = self.text.split_at(end);
        self.text = rest;
        digits
    }

    fn skip_blanks(&mut self) {
        self.text = self.text.trim_start();
    }
}
