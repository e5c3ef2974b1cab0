//! The labels of a template's time axis.

use zarrio_model::config::TimeConfig;
use zarrio_model::time::{Calendar, Frequency, Instant, LabelInterval, TimeBound, TimeError};

use super::infer::infer;
use super::labels::settle;
use super::step::AxisStep;
use crate::RegionError;

/// The time axis of an archive.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    /// The labels, sorted, each once.
    pub(crate) labels: Vec<Instant>,
    /// Their step, where they have one.
    pub(crate) frequency: Option<Frequency>,
    /// Whether it was made from a start, an end or a step, and not only collected.
    pub(crate) made: bool,
}

impl Axis {
    /// The axis that the settings ask for; what they leave open follows from the labels of
    /// the files.
    ///
    /// Where nothing is asked for, the axis is the files' own labels, regular or not. A step
    /// that is inferred keeps the files' own phase: hours at half past stay there whatever
    /// the start.
    ///
    /// # Errors
    /// When a step cannot be inferred, a date does not exist in the calendar, there is no
    /// label between start and end, or there are more than `limit`.
    pub(crate) fn new(
        wanted: &TimeConfig,
        calendar: Calendar,
        labels: &[LabelInterval],
        limit: usize,
    ) -> Result<Self, RegionError> {
        let own = settle(labels, calendar)?;
        let inferred = infer(calendar, &own);
        if wanted.global_start.is_none() && wanted.global_end.is_none() && wanted.freq.is_none() {
            return Ok(Self {
                labels: own,
                frequency: inferred.ok().map(|step| step.frequency),
                made: false,
            });
        }
        // A step that is given begins at the start that is.
        let (frequency, step) = match wanted.freq {
            Some(frequency) if wanted.global_start.is_some() => (frequency, None),
            Some(frequency) => (frequency, AxisStep::making(frequency, calendar, &own)),
            None => {
                let step = inferred.map_err(|reason| reason.error(calendar, &own))?;
                (step.frequency, Some(step))
            }
        };
        let start = match (&wanted.global_start, own.first()) {
            (Some(bound), _) => bound
                .first(calendar)
                .map_err(|error| bad_bound(&error, "--global-start", bound, calendar))?,
            (None, Some(first)) => *first,
            (None, None) => return Err(no_end("start")),
        };
        let end = match (&wanted.global_end, own.last()) {
            (Some(bound), _) => bound
                .last(calendar)
                .map_err(|error| bad_bound(&error, "--global-end", bound, calendar))?,
            (None, Some(last)) => *last,
            (None, None) => return Err(no_end("end")),
        };
        let made = match step {
            Some(step) => step.labels_between(calendar, (start, end), limit),
            None => frequency.axis(calendar, start, end, limit),
        };
        let labels = made.map_err(|error| RegionError::Settings {
            message: error.to_string(),
            hint: match error {
                TimeError::TooManyLabels { .. } => {
                    "give a longer step with --freq, an earlier --global-end, or allow more labels with a larger --memory"
                }
                _ => "give another --global-start, --global-end or --freq",
            }
            .into(),
        })?;
        if labels.is_empty() {
            let text = |bound: &Option<TimeBound>, own: Instant| match bound {
                Some(bound) => bound.to_string(),
                None => shown(calendar, own),
            };
            return Err(RegionError::Settings {
                message: format!(
                    "there is no label from {} to {} in steps of {frequency}",
                    text(&wanted.global_start, start),
                    text(&wanted.global_end, end)
                ),
                hint: "give a later --global-end, an earlier --global-start or a shorter --freq"
                    .into(),
            });
        }
        Ok(Self {
            labels,
            frequency: Some(frequency),
            made: true,
        })
    }

    /// The position of the label that a file's label stands for.
    pub(crate) fn position(&self, label: &LabelInterval) -> Option<u64> {
        let index = self.labels.partition_point(|instant| *instant < label.low);
        let found = self.labels.get(index)?;
        label.contains(*found).then_some(index as u64)
    }
}

/// An instant for people.
pub(crate) fn shown(calendar: Calendar, instant: Instant) -> String {
    calendar.datetime(instant).map_or_else(
        |_| "a date too far away".to_owned(),
        |date| date.to_string(),
    )
}

fn bad_bound(error: &TimeError, flag: &str, bound: &TimeBound, calendar: Calendar) -> RegionError {
    let month = bound
        .as_str()
        .get(..7)
        .filter(|_| calendar == Calendar::Day360);
    let hint = match month {
        Some(month) => format!(
            "months of this calendar have 30 days: write {flag} {month}-30, or {month} alone for all of the month"
        ),
        None => format!("give a date of the calendar {calendar} with {flag}"),
    };
    let message = match error {
        TimeError::NoSuchDate { reason, .. } => {
            format!("{flag}: {bound} does not exist in the calendar {calendar}: {reason}")
        }
        error => format!("{flag}: {error}"),
    };
    RegionError::Settings { message, hint }
}

fn no_end(which: &str) -> RegionError {
    RegionError::Settings {
        message: format!("the template has no labels, so that its axis has no {which}"),
        hint: format!("give it with --global-{which}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zarrio_model::time::TimeCoding;

    fn labels(
        units: &str,
        calendar: &str,
        values: impl IntoIterator<Item = i64>,
    ) -> Vec<LabelInterval> {
        let coding = TimeCoding::parse(units, Some(calendar)).unwrap();
        let one = |value| {
            let instant = coding.instant_i64(value).unwrap();
            LabelInterval {
                low: instant,
                high: instant,
            }
        };
        values.into_iter().map(one).collect()
    }

    fn wanted(start: &str, end: &str, freq: &str) -> TimeConfig {
        let bound = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
        TimeConfig {
            dim: "time".into(),
            append_dim: "time".into(),
            global_start: bound(start),
            global_end: bound(end),
            freq: (!freq.is_empty()).then(|| freq.parse().unwrap()),
        }
    }

    fn axis(
        wanted: &TimeConfig,
        calendar: Calendar,
        labels: &[LabelInterval],
    ) -> Result<Vec<String>, String> {
        match Axis::new(wanted, calendar, labels, 100_000) {
            Ok(axis) => Ok(axis.labels.iter().map(|i| shown(calendar, *i)).collect()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn a_short_first_month_does_not_shorten_the_others() {
        let days = labels("days since 2001-01-30", "standard", [0, 29, 59]);
        let found = axis(
            &wanted("2001-02-01", "2001-05", ""),
            Calendar::Standard,
            &days,
        );
        let expected = ["2001-02-28", "2001-03-30", "2001-04-30", "2001-05-30"];
        let expected = expected.map(|day| format!("{day}T00:00:00"));
        assert_eq!(found.unwrap(), expected);
    }

    #[test]
    fn a_date_as_end_includes_its_whole_day() {
        let hours = labels("hours since 2020-01-01", "standard", 0..24);
        let found = axis(
            &wanted("2020-01-01", "2023-12-31", ""),
            Calendar::Standard,
            &hours,
        )
        .unwrap();
        assert_eq!(found.len(), 35_064);
        assert_eq!(found[35_063], "2023-12-31T23:00:00");
        let noon = axis(
            &wanted("", "2020-01-02T12:00", "1h"),
            Calendar::Standard,
            &hours,
        )
        .unwrap();
        assert_eq!(noon.len(), 37);
    }

    #[test]
    fn an_inferred_step_keeps_the_phase_and_a_given_one_begins_at_the_start() {
        let hours: Vec<LabelInterval> = labels(
            "minutes since 2020-01-01",
            "standard",
            (0..24).map(|i| i * 60 + 30),
        );
        let found = axis(
            &wanted("2019-12-31", "2020-01-02", ""),
            Calendar::Standard,
            &hours,
        )
        .unwrap();
        assert_eq!(
            (found[0].as_str(), found.len()),
            ("2019-12-31T00:30:00", 72)
        );
        let found = axis(&wanted("2019-12-31", "", "1h"), Calendar::Standard, &hours).unwrap();
        assert_eq!(
            (found[0].as_str(), found.len()),
            ("2019-12-31T00:00:00", 48)
        );
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        let found = axis(&wanted("2001-01", "2001-12", "ME"), Calendar::NoLeap, &[]).unwrap();
        assert_eq!(
            (found[1].as_str(), found.len()),
            ("2001-02-28T00:00:00", 12)
        );
        let found = axis(&wanted("2001-01-01", "2004", "YS"), Calendar::Julian, &[]).unwrap();
        assert_eq!(found.len(), 4);
        let error = axis(
            &wanted("2001-01-01", "2001-12-31", "1D"),
            Calendar::Day360,
            &[],
        )
        .unwrap_err();
        assert!(
            error.contains("2001-12-31") && error.contains("360_day"),
            "{error}"
        );
    }

    #[test]
    fn what_is_not_asked_for_stays_as_it_is() {
        let odd = labels("hours since 2020-01-01", "standard", [5, 0, 7, 100]);
        let found = axis(&wanted("", "", ""), Calendar::Standard, &odd).unwrap();
        assert_eq!(found.len(), 4);
        let error = axis(&wanted("", "2021", ""), Calendar::Standard, &odd).unwrap_err();
        assert!(
            error.contains("5h from 2020-01-01T00:00:00, but 2h from 2020-01-01T05"),
            "{error}"
        );
        let error = axis(&wanted("", "2021", ""), Calendar::Standard, &odd[..1]).unwrap_err();
        assert!(error.contains("one label only"), "{error}");
        let error = axis(&wanted("2020", "", "1h"), Calendar::Standard, &[]).unwrap_err();
        assert!(error.contains("no end"), "{error}");
        let error = axis(&wanted("2022", "", "1h"), Calendar::Standard, &odd).unwrap_err();
        assert!(error.contains("no label from 2022"), "{error}");
    }
}
