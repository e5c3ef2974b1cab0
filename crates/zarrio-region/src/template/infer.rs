//! The step of an axis, from its labels.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use zarrio_model::time::{Anchor, Calendar, CalendarUnit, DateTime, Frequency, Instant, TimeError};

use super::axis::shown;
use crate::RegionError;

/// The shortest step that may be one of months, in nanoseconds.
const FEBRUARY: i128 = 28 * 86_400_000_000_000;

/// Why labels have no step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Irregular {
    /// There are not two of them.
    OneLabel,
    /// The step from the label at `index` is not that from the first one.
    Step {
        index: usize,
        first: i128,
        other: i128,
        most: i128,
    },
}

impl Irregular {
    /// The error, with a remedy, for an axis that needs a step.
    pub(crate) fn error(&self, calendar: Calendar, labels: &[Instant]) -> RegionError {
        let length = |nanoseconds: i128| {
            let fixed = u64::try_from(nanoseconds).ok();
            let frequency = fixed.and_then(Frequency::from_nanoseconds);
            frequency.map_or_else(|| format!("{nanoseconds}ns"), |f| f.to_string())
        };
        let (message, hint) = match *self {
            Self::OneLabel => (
                format!(
                    "the time step cannot be inferred: the template has {}",
                    if labels.is_empty() {
                        "no label"
                    } else {
                        "one label only"
                    }
                ),
                "give it with --freq, such as --freq 1h".to_owned(),
            ),
            Self::Step {
                index,
                first,
                other,
                most,
            } => (
                format!(
                    "the time step cannot be inferred: the template's labels are irregular, {} from {}, but {} from {}",
                    length(first),
                    shown(calendar, labels[0]),
                    length(other),
                    shown(calendar, labels[index]),
                ),
                format!("give it with --freq, such as --freq {}", length(most)),
            ),
        };
        RegionError::Settings { message, hint }
    }
}

/// The step of labels that are sorted and distinct. Steps of months and years are found
/// where the labels stand at one place of the month, or at its end.
pub(crate) fn infer(calendar: Calendar, labels: &[Instant]) -> Result<Frequency, Irregular> {
    let [first, second, ..] = labels else {
        return Err(Irregular::OneLabel);
    };
    let gap = |pair: &[Instant]| pair[1].nanoseconds().saturating_sub(pair[0].nanoseconds());
    let step = gap(&[*first, *second]);
    // Before fixed steps: two years of 365 days are years, not 365 days.
    if step >= FEBRUARY
        && let Some(frequency) = by_calendar(calendar, labels)
    {
        return Ok(frequency);
    }
    let odd = labels.windows(2).position(|pair| gap(pair) != step);
    let fixed = u64::try_from(step)
        .ok()
        .and_then(Frequency::from_nanoseconds);
    match (odd, fixed) {
        (None, Some(frequency)) => Ok(frequency),
        (odd, _) => {
            let index = odd.unwrap_or(0);
            let mut counts = BTreeMap::new();
            for pair in labels.windows(2) {
                *counts.entry(gap(pair)).or_insert(0usize) += 1;
            }
            let most = counts.iter().max_by_key(|(gap, count)| (**count, -**gap));
            Err(Irregular::Step {
                index,
                first: step,
                other: gap(&labels[index..index + 2]),
                most: most.map_or(step, |(gap, _)| *gap),
            })
        }
    }
}

/// A step of months or years that makes exactly these labels.
fn by_calendar(calendar: Calendar, labels: &[Instant]) -> Option<Frequency> {
    let (first, last) = (*labels.first()?, *labels.last()?);
    let dates: Vec<DateTime> = labels
        .iter()
        .take(13)
        .map(|label| calendar.datetime(*label).ok())
        .collect::<Option<_>>()?;
    let months = u32::try_from(months_between(dates.first()?, dates.get(1)?)).ok()?;
    let is_last = |date: &DateTime| calendar.days_in_month(date.year, date.month) == Some(date.day);
    let anchor = if dates.iter().all(|date| date.day == 1) {
        Anchor::Start
    } else if dates.iter().all(is_last) {
        Anchor::End
    } else {
        Anchor::Same
    };
    let of_year = match anchor {
        Anchor::Start => dates[0].month == 1,
        Anchor::End => dates[0].month == 12,
        Anchor::Same => true,
    };
    let (count, unit) = if months % 12 == 0 && of_year {
        (months / 12, CalendarUnit::Year)
    } else {
        (months, CalendarUnit::Month)
    };
    let frequency = Frequency::Calendar {
        count: NonZeroU32::new(count)?,
        unit,
        anchor,
    };
    let made = frequency.axis(calendar, first, last, labels.len()).ok()?;
    (made == labels).then_some(frequency)
}

/// Months from one date to another by their years and months alone; one year too many where
/// a year 0 is left out in between.
fn months_between(from: &DateTime, to: &DateTime) -> i64 {
    let years = to.year.saturating_sub(from.year);
    years
        .saturating_mul(12)
        .saturating_add(i64::from(to.month) - i64::from(from.month))
}

/// The labels from `start` to `end` of an endless axis with this step that has the label `phase`.
///
/// # Errors
/// As [`Frequency::axis`].
pub(crate) fn labels_between(
    frequency: Frequency,
    calendar: Calendar,
    phase: Instant,
    (start, end): (Instant, Instant),
    limit: usize,
) -> Result<Vec<Instant>, TimeError> {
    let (from, before) = whole_label(frequency, calendar, phase, start)?;
    let mut labels = frequency.axis(calendar, from, end, limit.saturating_add(before))?;
    labels.drain(..before.min(labels.len()));
    Ok(labels)
}

/// The label from which to count the labels that do not lie before `start`, and how many do that
/// are counted with it: where the day of `phase` is too late for the month of the first one, it
/// is an earlier label that tells the day of all.
fn whole_label(
    frequency: Frequency,
    calendar: Calendar,
    phase: Instant,
    start: Instant,
) -> Result<(Instant, usize), TimeError> {
    let (count, unit, anchor) = match frequency {
        Frequency::Fixed(step) => {
            let step = i128::from(step.get());
            let distance = start.checked_since(phase).ok_or(TimeError::OutOfRange)?;
            let steps = distance.div_euclid(step) + i128::from(distance.rem_euclid(step) != 0);
            let label = steps.checked_mul(step).and_then(|d| phase.checked_add(d));
            return Ok((label.ok_or(TimeError::OutOfRange)?, 0));
        }
        Frequency::Calendar {
            count,
            unit,
            anchor,
        } => (count, unit, anchor),
    };
    let each = match unit {
        CalendarUnit::Month => i64::from(count.get()),
        CalendarUnit::Year => i64::from(count.get()).saturating_mul(12),
    };
    let origin = calendar.datetime(phase)?;
    // Two years earlier than need be, because years without a 0 are counted too many.
    let months = months_between(&origin, &calendar.datetime(start)?).saturating_sub(24);
    let label = |steps: i64| {
        let distance = steps.checked_mul(each).ok_or(TimeError::OutOfRange)?;
        let mut date = origin;
        if anchor == Anchor::End {
            // Every month has a first day, to which its last one is found.
            date.day = 1;
        }
        let mut date = date.add_months(distance, calendar)?;
        let is_whole = anchor == Anchor::End || date.day == origin.day;
        if anchor == Anchor::End {
            let last = calendar.days_in_month(date.year, date.month);
            date.day = last.ok_or(TimeError::OutOfRange)?;
        }
        Ok::<_, TimeError>((calendar.instant(&date)?, is_whole))
    };
    let mut steps = months.div_euclid(each);
    while label(steps)?.0 < start {
        steps = steps.checked_add(1).ok_or(TimeError::OutOfRange)?;
    }
    // No further than the days of months come again.
    for before in 0.. {
        if let (from, true) = label(steps)? {
            return Ok((from, before));
        }
        steps = steps.checked_sub(1).ok_or(TimeError::OutOfRange)?;
    }
    Err(TimeError::OutOfRange)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn axis(calendar: Calendar, from: &str, frequency: &str, count: u64) -> Vec<Instant> {
        let start = from
            .parse::<zarrio_model::time::TimeBound>()
            .unwrap()
            .first(calendar)
            .unwrap();
        let frequency: Frequency = frequency.parse().unwrap();
        (0..count)
            .map(|i| frequency.label(calendar, start, i).unwrap())
            .collect()
    }

    #[test]
    fn steps_are_found() {
        for calendar in Calendar::ALL {
            for (from, made, found) in [
                ("2000-01-01", "1h", "1h"),
                ("2000-01-01T00:30", "15min", "15min"),
                ("2000-01-01", "5D", "5D"),
                ("2000-01-01", "MS", "MS"),
                ("2000-07-01", "MS", "MS"),
                ("2001-01-01", "YS", "YS"),
                ("2001-01-01", "3MS", "3MS"),
                ("2001-03-01", "P1Y", "12MS"),
                ("2001-01-16T12:00", "P1M", "P1M"),
                ("2001-06-30T18:00", "ME", "ME"),
                ("2001-12-30", "YE", "YE"),
            ] {
                let labels = axis(calendar, from, made, 4);
                let frequency = infer(calendar, &labels).unwrap();
                assert_eq!(frequency.to_string(), found, "{calendar} {from} {made}");
            }
        }
    }

    #[test]
    fn one_label_and_irregular_ones_have_no_step() {
        let mut labels = axis(Calendar::Standard, "2000-01-01", "6h", 9);
        assert_eq!(
            infer(Calendar::Standard, &labels[..1]),
            Err(Irregular::OneLabel)
        );
        labels.remove(3);
        let hour = 3_600_000_000_000;
        assert_eq!(
            infer(Calendar::Standard, &labels),
            Err(Irregular::Step {
                index: 2,
                first: 6 * hour,
                other: 12 * hour,
                most: 6 * hour
            })
        );
    }

    proptest! {
        #[test]
        fn the_first_label_continues_the_axis(
            calendar in prop::sample::select(Calendar::ALL.to_vec()),
            frequency in prop::sample::select(vec!["7h", "1D", "MS", "P5M", "3ME", "YS", "2YE", "P1Y"]),
            from in prop::sample::select(vec![
                "1999-01-01", "2000-02-28T06:00", "1950-05-15T12", "2001-01-30T12:00",
            ]),
            index in 0u64..300,
            before in 0i128..86_400_000_000_000,
        ) {
            let labels = axis(calendar, from, frequency, 302);
            let frequency: Frequency = frequency.parse().unwrap();
            let (index, wanted) = (index as usize, labels[index as usize + 1]);
            let start = wanted.checked_add(-before).unwrap();
            let (first, later) = (labels[0], labels[300]);
            prop_assume!(start > labels[index]);
            for phase in [first, wanted, later] {
                // Clipped days do not tell where they came from.
                prop_assume!(phase == first || !from.contains("02-28") && !from.contains("-30"));
                let ends = (start, labels[301]);
                let found = labels_between(frequency, calendar, phase, ends, 301).unwrap();
                prop_assert_eq!(&found, &labels[index + 1..]);
            }
        }
    }
}
