//! Dates for people.

use zarrio_region::TimeRange;

/// `2020-01-01 to 2020-01-31 23:00`, or one date.
pub(super) fn dates(range: &TimeRange) -> String {
    let (first, last) = (date(&range.first), date(&range.last));
    if first == last {
        first
    } else {
        format!("{first} to {last}")
    }
}

/// A label without the parts that say nothing: midnight and the full minute.
pub(super) fn date(label: &str) -> String {
    let label = label.strip_suffix('Z').unwrap_or(label);
    match label.split_once('T') {
        None | Some((_, "")) => label.to_owned(),
        Some((date, "00:00:00" | "00:00")) => date.to_owned(),
        Some((date, time)) => format!(
            "{date} {}",
            time.strip_suffix(":00")
                .filter(|t| t.len() == 5)
                .unwrap_or(time)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_lose_what_says_nothing() {
        let check = |label: &str, shown: &str| assert_eq!(date(label), shown);
        check("2014-01-01T00:00:00", "2014-01-01");
        check("2014-01-01T18:00:00Z", "2014-01-01 18:00");
        check("2014-01-01T18:00:30", "2014-01-01 18:00:30");
        check("2014-01-01T18:00:30.500", "2014-01-01 18:00:30.500");
        check("2014-01-01", "2014-01-01");
    }
}
