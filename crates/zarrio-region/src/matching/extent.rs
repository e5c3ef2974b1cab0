//! Which labels an axis has, for people.

use std::num::NonZeroU32;
use std::ops::Range;

use zarrio_model::time::{Anchor, Calendar, CalendarUnit, Frequency, Instant};

use super::labels::Labels;
use super::values::plain;

/// How many texts are shown.
const SHOWN: usize = 8;

/// The labels at some positions: `2020-01-01T00:00:00 to 2020-12-31T00:00:00 in steps of 1D`,
/// or the first few where they have no order.
pub(super) fn extent(labels: &Labels, positions: Range<u64>) -> String {
    let usize_of = |position| usize::try_from(position).unwrap_or(usize::MAX);
    let range = usize_of(positions.start)..usize_of(positions.end).min(labels.len());
    let times = sorted(range.clone(), |i| {
        labels.instant(i).map(Instant::nanoseconds)
    });
    let (order, step) = if let (Some(coding), false) = (labels.coding(), times.is_empty()) {
        let calendar = coding.calendar();
        let keys: Vec<i128> = times.iter().map(|(key, _)| *key).collect();
        let step = fixed_step(&keys).or_else(|| month_step(calendar, &keys));
        (ends(&times), step.map(|step| step.to_string()))
    } else {
        let mut numbers: Vec<(f64, usize)> = range
            .clone()
            .filter_map(|i| Some((labels.real(i)?, i)))
            .filter(|(number, _)| !number.is_nan())
            .collect();
        numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
        let keys: Vec<f64> = numbers.iter().map(|(key, _)| *key).collect();
        (ends(&numbers), spacing(&keys))
    };
    let text = |index: usize| labels.text(index as u64);
    let Some((first, last)) = order else {
        let count = range.len();
        let texts: Vec<String> = range.take(SHOWN).map(text).collect();
        return match count.saturating_sub(SHOWN) {
            _ if texts.is_empty() => "none".into(),
            0 => texts.join(", "),
            rest => format!("{} and {rest} more", texts.join(", ")),
        };
    };
    match step {
        _ if first == last => text(first),
        Some(step) => format!("{} to {} in steps of {step}", text(first), text(last)),
        None => format!("{} to {}", text(first), text(last)),
    }
}

/// Keys in ascending order with where they stand.
fn sorted(range: Range<usize>, key: impl Fn(usize) -> Option<i128>) -> Vec<(i128, usize)> {
    let mut keys: Vec<_> = range.filter_map(|i| Some((key(i)?, i))).collect();
    keys.sort_unstable();
    keys
}

/// Where the lowest and the highest stand.
fn ends<K>(sorted: &[(K, usize)]) -> Option<(usize, usize)> {
    Some((sorted.first()?.1, sorted.last()?.1))
}

/// The step of times that are equally far apart.
pub(super) fn fixed_step(sorted: &[i128]) -> Option<Frequency> {
    let mut steps = sorted
        .windows(2)
        .map(|pair| pair[1].saturating_sub(pair[0]));
    let step = steps.next()?;
    let step = steps.all(|other| other == step).then_some(step)?;
    Frequency::from_nanoseconds(u64::try_from(step).ok()?)
}

/// The step of times that are the same whole number of months apart.
fn month_step(calendar: Calendar, sorted: &[i128]) -> Option<Frequency> {
    let date = |nanoseconds: &i128| {
        let instant = Instant::from_nanoseconds(*nanoseconds);
        calendar.datetime(instant).ok()
    };
    let (first, second) = (date(sorted.first()?)?, date(sorted.get(1)?)?);
    let years = second.year.checked_sub(first.year)?;
    let months = years.checked_mul(12)? + i64::from(second.month) - i64::from(first.month);
    let regular = (0..).zip(sorted).all(|(index, key)| {
        let label = months
            .checked_mul(index)
            .and_then(|months| first.add_months(months, calendar).ok());
        label.is_some() && label == date(key)
    });
    let count = u32::try_from(months).ok().and_then(NonZeroU32::new)?;
    regular.then_some(Frequency::Calendar {
        count,
        unit: CalendarUnit::Month,
        anchor: Anchor::Same,
    })
}

/// The step of numbers that are about equally far apart.
fn spacing(sorted: &[f64]) -> Option<String> {
    let (first, last) = (sorted.first()?, sorted.last()?);
    let step = (last - first) / sorted.len().checked_sub(1).filter(|n| *n > 0)? as f64;
    // Rounded to binary32 on the way, as most coordinates are.
    let slack = step.abs() * 1e-3;
    let mut steps = sorted.windows(2).map(|pair| pair[1] - pair[0]);
    let even = steps.all(|other| (other - step).abs() <= slack) && step.is_finite();
    let digits = format!("{step:.5e}").parse::<f64>().ok()?;
    even.then(|| plain(digits, &digits))
}
