//! Times in the names and attributes of groups.

use zarrio_model::time::{Calendar, DateTime};

const SECOND: i128 = 1_000_000_000;

/// The seconds since 1970 of a stamp in UTC: `20240101T060000`, `2024-01-01T06:00:00` or
/// `20240101060000`, each with or without a `Z`; the second also with an offset such as
/// `+02:00`. Nothing else is one: a group is not to be deleted for a name that somebody may
/// take for a date.
pub(super) fn parse(text: &str) -> Option<i64> {
    let (text, offset) = match text.strip_suffix('Z') {
        Some(text) => (text, 0),
        None => offset(text)?,
    };
    let plain = match text.len() {
        15 if text.get(8..9) == Some("T") => [text.get(..8)?, text.get(9..)?].concat(),
        14 => text.to_owned(),
        19 => {
            let marks = [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")];
            if !marks
                .iter()
                .all(|(at, mark)| text.get(*at..at + 1) == Some(*mark))
            {
                return None;
            }
            text.replace(['-', 'T', ':'], "")
        }
        _ => return None,
    };
    if plain.len() != 14 || !plain.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| plain.get(from..to)?.parse::<u8>().ok();
    let date = DateTime {
        hour: part(8, 10)?,
        minute: part(10, 12)?,
        second: part(12, 14)?,
        ..DateTime::from_date(plain.get(..4)?.parse().ok()?, part(4, 6)?, part(6, 8)?)
    };
    let calendar = Calendar::ProlepticGregorian;
    let epoch = calendar.instant(&DateTime::from_date(1970, 1, 1)).ok()?;
    let distance = calendar.instant(&date).ok()?.checked_since(epoch)?;
    i64::try_from(distance / SECOND).ok()?.checked_sub(offset)
}

/// The text before an offset, and that in seconds.
fn offset(text: &str) -> Option<(&str, i64)> {
    // Only the form with separators has one.
    let Some((text, offset)) = text
        .split_at_checked(19)
        .filter(|(_, rest)| !rest.is_empty())
    else {
        return Some((text, 0));
    };
    let sign = match offset.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let number = |text: &str, most: i64| {
        let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse::<i64>().ok().filter(|_| digits)?;
        (number <= most).then_some(number)
    };
    Some((
        text,
        sign * (number(hours, 23)? * 3600 + number(minutes, 59)? * 60),
    ))
}

/// Seconds since 1970 as a stamp.
pub(super) fn text(seconds: i64) -> String {
    let calendar = Calendar::ProlepticGregorian;
    let epoch = calendar.instant(&DateTime::from_date(1970, 1, 1)).ok();
    let instant = epoch.and_then(|e| e.checked_add(i128::from(seconds) * SECOND));
    let date = instant.and_then(|instant| calendar.datetime(instant).ok());
    date.map_or_else(|| format!("{seconds} s"), |date| format!("{date}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_read_and_nothing_else_is() {
        for (name, expected) in [
            ("20240101T120000", "2024-01-01T12:00:00Z"),
            ("2024-01-01T15:30:45", "2024-01-01T15:30:45Z"),
            ("20240101000000", "2024-01-01T00:00:00Z"),
            ("20240101T180000Z", "2024-01-01T18:00:00Z"),
            ("2024-01-01T00:30:00+01:00", "2023-12-31T23:30:00Z"),
            ("2024-01-01T00:30:00-01:30", "2024-01-01T02:00:00Z"),
        ] {
            assert_eq!(parse(name).map(text).as_deref(), Some(expected), "{name}");
        }
        for name in [
            "",
            "invalid",
            "mar",
            "may",
            "sat",
            "1",
            "12",
            "10m",
            "2024",
            "202401",
            "20240101",
            "20240132T000000",
            "20240101T250000",
            "2024-02-30T00:00:00",
            "20240101T00000",
            "2024-01-01 00:00:00",
            "20240101T000000+01:00",
            "2024-01-01T00:00:00+1",
            "+0240101T000000",
            "20240101T0000é",
        ] {
            assert_eq!(parse(name), None, "{name}");
        }
    }
}
