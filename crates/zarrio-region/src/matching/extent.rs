//! Which labels an axis has, for people.

use std::ops::Range;

use zarrio_model::time::Instant;

use super::labels::Labels;
use super::values::plain;
use crate::template::infer;

/// How many texts are shown.
const SHOWN: usize = 8;

/// The labels at some positions: `2020-01-01T00:00:00 to 2020-12-31T00:00:00 in steps of 1D`,
/// or the first few where they have no order.
pub(super) fn extent(labels: &Labels, positions: Range<u64>) -> String {
    let usize_of = |position| usize::try_from(position).unwrap_or(usize::MAX);
    let range = usize_of(positions.start)..usize_of(positions.end).min(labels.len());
    let mut times: Vec<(Instant, usize)> = range
        .clone()
        .filter_map(|i| Some((labels.instant(i)?, i)))
        .collect();
    times.sort_unstable();
    let (order, step) = if let (Some(coding), false) = (labels.coding(), times.is_empty()) {
        let keys: Vec<Instant> = times.iter().map(|(key, _)| *key).collect();
        let step = infer(coding.calendar(), &keys).ok();
        (ends(&times), step.map(|step| step.frequency.to_string()))
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

/// Where the lowest and the highest stand.
fn ends<K>(sorted: &[(K, usize)]) -> Option<(usize, usize)> {
    Some((sorted.first()?.1, sorted.last()?.1))
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
