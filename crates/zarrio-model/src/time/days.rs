//! Day numbers: days since 1970-01-01, for each way of counting them.
//!
//! All years here are astronomical: 0 is the year before 1, and -1 the one before that.
//! The arithmetic is exact for every day that fits into `i128` with a few bits to spare; the
//! years that callers hand in come from 64 bits.

/// A year, month and day.
pub(super) type Date = (i128, u8, u8);

/// Days from 1970-01-01 to 0000-03-01 of the proleptic Gregorian calendar, negated. Years
/// that begin in March put the leap day last; H. Hinnant, "chrono-compatible low-level date
/// algorithms".
const GREGORIAN_MARCH_0: i128 = 719_468;

/// The same for the Julian calendar, which is two days ahead in that year. The day after
/// 1582-10-04 in this calendar is 1582-10-15 in the other.
const JULIAN_MARCH_0: i128 = 719_470;

/// The first day of the Gregorian calendar in the mixed one.
pub(super) const GREGORIAN_START: Date = (1582, 10, 15);

/// Day of a year that begins in March, counted from 0.
fn march_day(month: u8, day: u8) -> i128 {
    let month = i128::from(month);
    let from_march = if month > 2 { month - 3 } else { month + 9 };
    (153 * from_march + 2) / 5 + i128::from(day) - 1
}

/// Year that begins in March.
fn march_year(year: i128, month: u8) -> i128 {
    if month > 2 { year } else { year - 1 }
}

/// The date of a day of a year that begins in March.
fn from_march(year: i128, march_day: i128) -> Date {
    let from_march = (5 * march_day + 2) / 153;
    let day = march_day - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    (
        if month > 2 { year } else { year + 1 },
        small(month),
        small(day),
    )
}

/// A month or day, which the arithmetic keeps below 32.
fn small(value: i128) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

pub(super) fn from_gregorian((year, month, day): Date) -> i128 {
    let year = march_year(year, month);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + march_day(month, day);
    era * 146_097 + day_of_era - GREGORIAN_MARCH_0
}

pub(super) fn to_gregorian(days: i128) -> Date {
    let days = days + GREGORIAN_MARCH_0;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    from_march(
        era * 400 + year,
        of_era - (365 * year + year / 4 - year / 100),
    )
}

pub(super) fn from_julian((year, month, day): Date) -> i128 {
    let year = march_year(year, month);
    year * 365 + year.div_euclid(4) + march_day(month, day) - JULIAN_MARCH_0
}

pub(super) fn to_julian(days: i128) -> Date {
    let days = days + JULIAN_MARCH_0;
    let (era, of_era) = (days.div_euclid(1_461), days.rem_euclid(1_461));
    let year = (of_era - of_era / 1_460) / 365;
    from_march(era * 4 + year, of_era - 365 * year)
}

/// Julian before 1582-10-15, Gregorian from then on.
pub(super) fn from_mixed(date: Date) -> i128 {
    if date < GREGORIAN_START {
        from_julian(date)
    } else {
        from_gregorian(date)
    }
}

pub(super) fn to_mixed(days: i128) -> Date {
    if days < from_gregorian(GREGORIAN_START) {
        to_julian(days)
    } else {
        to_gregorian(days)
    }
}

/// A calendar whose years are all alike, by the lengths of its months.
pub(super) fn from_uniform((year, month, day): Date, months: &[u8; 12]) -> i128 {
    let before = months.iter().take(usize::from(month).saturating_sub(1));
    let day_of_year = before.map(|&length| i128::from(length)).sum::<i128>() + i128::from(day) - 1;
    (year - 1970) * year_length(months) + day_of_year
}

pub(super) fn to_uniform(days: i128, months: &[u8; 12]) -> Date {
    let length = year_length(months);
    let year = days.div_euclid(length) + 1970;
    let mut rest = days.rem_euclid(length);
    let mut month = 1;
    for &length in months {
        if rest < i128::from(length) {
            break;
        }
        rest -= i128::from(length);
        month += 1;
    }
    (year, month, small(rest + 1))
}

fn year_length(months: &[u8; 12]) -> i128 {
    months.iter().map(|&length| i128::from(length)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_after_the_last_julian_one_is_gregorian() {
        assert_eq!(
            from_julian((1582, 10, 4)) + 1,
            from_gregorian((1582, 10, 15))
        );
        assert_eq!(to_mixed(from_gregorian((1582, 10, 15)) - 1), (1582, 10, 4));
    }

    #[test]
    fn the_epoch_is_day_0() {
        assert_eq!(from_gregorian((1970, 1, 1)), 0);
        assert_eq!(to_gregorian(0), (1970, 1, 1));
        assert_eq!(from_uniform((1970, 1, 1), &[30; 12]), 0);
        // The Julian day number counts from noon of -4712-01-01.
        assert_eq!(from_julian((-4712, 1, 1)), -2_440_588);
    }
}
