//! The step of an axis, from its labels.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::num::NonZeroU32;

use zarrio_model::time::{Anchor, Calendar, CalendarUnit, DateTime, Frequency, Instant};

use super::axis::shown;
use super::step::{AxisStep, is_last_day, months_between};
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
            } => (
                format!(
                    "the time step cannot be inferred: the template's labels are irregular, {} from {}, but {} from {}",
                    length(first),
                    shown(calendar, labels[0]),
                    length(other),
                    shown(calendar, labels[index]),
                ),
                match usual(calendar, labels) {
                    Some(usual) => format!("give it with --freq, such as --freq {usual}"),
                    None => "give it with --freq".to_owned(),
                },
            ),
        };
        RegionError::Settings { message, hint }
    }
}

/// The step of labels that are sorted and distinct. Steps of months and years are found
/// where the labels stand at one day of the month, or at its end.
pub(crate) fn infer(calendar: Calendar, labels: &[Instant]) -> Result<AxisStep, Irregular> {
    let [first, second, ..] = labels else {
        return Err(Irregular::OneLabel);
    };
    let step = gap(*first, *second);
    // Before fixed steps: two years of 365 days are years, not 365 days.
    if step >= FEBRUARY
        && let Some(step) = by_calendar(calendar, labels)
    {
        return Ok(step);
    }
    let odd = labels
        .windows(2)
        .position(|pair| gap(pair[0], pair[1]) != step);
    let fixed = u64::try_from(step)
        .ok()
        .and_then(Frequency::from_nanoseconds);
    match (odd, fixed) {
        (None, Some(frequency)) => Ok(AxisStep::from(frequency, *first)),
        (odd, _) => {
            let index = odd.unwrap_or(0);
            Err(Irregular::Step {
                index,
                first: step,
                other: gap(labels[index], labels[index + 1]),
            })
        }
    }
}

fn gap(from: Instant, to: Instant) -> i128 {
    to.nanoseconds().saturating_sub(from.nanoseconds())
}

/// The step that most of the labels have to the next one, and the shortest such.
fn usual(calendar: Calendar, labels: &[Instant]) -> Option<Frequency> {
    // How many there are, the shortest, and where the first of them is.
    let mut steps: HashMap<Frequency, (usize, Reverse<i128>, Reverse<usize>)> = HashMap::new();
    for (pair, index) in labels.windows(2).zip(0..) {
        let length = Reverse(gap(pair[0], pair[1]));
        if let Ok(step) = infer(calendar, pair) {
            let known = steps.entry(step.frequency);
            let (count, shortest, _) = known.or_insert((0, length, Reverse(index)));
            *count += 1;
            *shortest = length.max(*shortest);
        }
    }
    let most = steps.into_iter().max_by_key(|(_, of)| *of);
    most.map(|(frequency, _)| frequency)
}

/// A step of months or years that makes exactly these labels.
fn by_calendar(calendar: Calendar, labels: &[Instant]) -> Option<AxisStep> {
    let date = |label: &Instant| calendar.datetime(*label).ok();
    let (first, second) = (date(labels.first()?)?, date(labels.get(1)?)?);
    let months = u32::try_from(months_between(&first, &second)).ok()?;
    let all =
        |is: &dyn Fn(&DateTime) -> bool| labels.iter().all(|l| date(l).is_some_and(|d| is(&d)));
    let anchor = if all(&|date| date.day == 1) {
        Anchor::Start
    } else if all(&|date| is_last_day(calendar, date)) {
        Anchor::End
    } else {
        Anchor::Same
    };
    let of_year = match anchor {
        Anchor::Start => first.month == 1,
        Anchor::End => first.month == 12,
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
    // Two labels alone may as well be so many days apart, and tell of no other day.
    let plain = || AxisStep::from(frequency, labels[0]).label(calendar, 1) == Ok(labels[1]);
    if labels.len() == 2 && !plain() {
        return None;
    }
    AxisStep::making(frequency, calendar, labels)
}

#[cfg(test)]
mod tests {
    use zarrio_model::time::TimeBound;

    use super::super::step::tests::axis;
    use super::*;

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
                let frequency = infer(calendar, &labels).unwrap().frequency;
                assert_eq!(frequency.to_string(), found, "{calendar} {from} {made}");
            }
        }
    }

    #[test]
    fn axes_that_begin_with_a_short_month_have_the_step_of_the_others() {
        let dates = |calendar: Calendar, dates: &[&str]| -> Vec<Instant> {
            let bounds = dates.iter().map(|date| date.parse::<TimeBound>().unwrap());
            bounds.map(|date| date.first(calendar).unwrap()).collect()
        };
        use Calendar::{Day360, Julian, NoLeap, Standard};
        for (calendar, known, found, next) in [
            (
                Standard,
                &["2020-02-29", "2020-03-30"][..],
                "30D",
                "2020-04-29",
            ),
            (
                Standard,
                &["2020-02-29", "2020-03-30", "2020-04-30"],
                "P1M",
                "2020-05-30",
            ),
            (
                Standard,
                &["2021-02-28", "2021-03-29", "2021-04-29"],
                "P1M",
                "2021-05-29",
            ),
            (
                Standard,
                &["2020-02-29", "2020-03-31", "2020-04-30"],
                "ME",
                "2020-05-31",
            ),
            (
                Standard,
                &["2020-01-31", "2020-02-29", "2020-03-31"],
                "ME",
                "2020-04-30",
            ),
            (
                Standard,
                &["2021-02-28", "2021-05-30", "2021-08-30"],
                "P3M",
                "2021-11-30",
            ),
            (
                Standard,
                &["2020-02-29", "2021-02-28", "2022-02-28"],
                "12ME",
                "2023-02-28",
            ),
            (
                NoLeap,
                &["2020-02-28", "2020-03-30", "2020-04-30"],
                "P1M",
                "2020-05-30",
            ),
            (NoLeap, &["2020-02-28", "2020-03-31"], "ME", "2020-04-30"),
            (
                Julian,
                &["1900-02-29", "1900-03-30", "1900-04-30"],
                "P1M",
                "1900-05-30",
            ),
            (Day360, &["2020-02-30", "2020-03-30"], "ME", "2020-04-30"),
            (Day360, &["2020-02-29", "2020-03-29"], "P1M", "2020-04-29"),
        ] {
            let labels = dates(calendar, known);
            let step = infer(calendar, &labels).unwrap();
            assert_eq!(step.frequency.to_string(), found, "{calendar} {known:?}");
            let after = step.label(calendar, labels.len() as u64).unwrap();
            assert_eq!(
                [after][..],
                dates(calendar, &[next]),
                "{calendar} {known:?}"
            );
        }
        // Thirty days are no month where the third label is not of one.
        let days = dates(Standard, &["2021-02-28", "2021-03-30", "2021-04-29"]);
        let step = infer(Standard, &days).unwrap();
        assert_eq!(step.frequency.to_string(), "30D");
    }

    #[test]
    fn the_hint_names_the_usual_step() {
        let calendar = Calendar::Standard;
        for (from, made, hint) in [
            ("2001-01-01", "MS", "--freq MS"),
            ("2001-01-31", "P1M", "--freq ME"),
            ("2001-01-30", "P1M", "--freq P1M"),
            ("2001-01-16", "P1Y", "--freq P1Y"),
            ("2001-01-01", "6h", "--freq 6h"),
        ] {
            let mut labels = axis(calendar, from, made, 9);
            labels.remove(4);
            let error = infer(calendar, &labels).unwrap_err();
            let RegionError::Settings { hint: found, .. } = error.error(calendar, &labels) else {
                panic!("{from} {made}");
            };
            assert!(found.ends_with(hint), "{from} {made}: {found}");
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
            })
        );
    }
}
