//! Compares the labels of two axes in the way that suits both.

use std::ops::Range;

use zarrio_model::VariableSchema;
use zarrio_model::config::MemoryLimit;
use zarrio_model::time::{Calendar, DateTime, Frequency, Instant, TimeCoding};

use super::axis::{Axis, Fault};
use super::disagreement::{Disagreement, Party};
use super::find::{Found, Index, Real, Stretch, find};
use super::labels::{Labels, Stretches};
use super::roles::Meaning;
use super::side::Side;

/// What a comparison found.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) found: Found,
    /// Archive positions of one label.
    pub(super) doubled: Vec<(u64, u64)>,
    /// The archive positions next below and above the first label that is not there.
    pub(super) around: [Option<u64>; 2],
    /// Whether one side had to be rounded to the type of the other.
    pub(super) rounded: bool,
}

impl Placed {
    fn new<K: Ord + Copy>(
        source: &Stretches<K>,
        archive: Stretches<K>,
        within: &Range<u64>,
    ) -> Self {
        Self::from(0, source, archive, within)
    }

    /// The same for labels of the archive from the given position on.
    fn from<K: Ord + Copy>(
        first: u64,
        source: &Stretches<K>,
        mut archive: Stretches<K>,
        within: &Range<u64>,
    ) -> Self {
        for (position, label) in (first..).zip(&mut archive) {
            if !within.contains(&position) {
                *label = None;
            }
        }
        let index = Index::from(first, archive);
        let found = find(source, &index);
        let first = found
            .unmatched
            .first()
            .and_then(|i| usize::try_from(*i).ok());
        let first = first.and_then(|i| source.get(i).copied().flatten());
        Self {
            doubled: index.doubled(),
            around: first.map_or([None; 2], |label| index.around(label)),
            found,
            rounded: false,
        }
    }
}

/// Reads the labels of both sides, as times where both have times.
pub(super) fn read(
    source: &Side<'_>,
    source_labels: &VariableSchema,
    archive: &Side<'_>,
    archive_labels: &VariableSchema,
    memory: MemoryLimit,
) -> Result<(Labels, Labels), Fault> {
    let codings = codings(source, source_labels, archive, archive_labels)?;
    let (from, to) = codings.unzip();
    Ok((
        Labels::read(source.source, source_labels, from, memory)?,
        Labels::read(archive.source, archive_labels, to, memory)?,
    ))
}

/// How both sides code times; none where they have numbers or texts, and where both have the
/// same units that no date can be computed from: their numbers are then what is compared.
fn codings(
    source: &Side<'_>,
    source_labels: &VariableSchema,
    archive: &Side<'_>,
    archive_labels: &VariableSchema,
) -> Result<Option<(TimeCoding, TimeCoding)>, Disagreement> {
    let meanings = (
        source.meaning(source_labels),
        archive.meaning(archive_labels),
    );
    let (party, error) = match meanings {
        (Meaning::Time(from), Meaning::Time(to)) => return Ok(Some((from, to))),
        (a, b) if a.is_as_unreadable_as(&b) => return Ok(None),
        (Meaning::UnreadableTime { error, .. }, _) => (Party::File, error),
        (_, Meaning::UnreadableTime { error, .. }) => (Party::Archive, error),
        _ => return Ok(None),
    };
    Err(Disagreement::TimeUnits {
        variable: source_labels.path.clone(),
        party,
        error,
    })
}

impl Axis<'_> {
    /// Compares labels in the way that suits both sides.
    pub(super) fn compare(
        &self,
        source: &Labels,
        archive: &Labels,
        within: &Range<u64>,
        tolerance: f64,
    ) -> Result<Placed, Disagreement> {
        if let Some(from) = source.times() {
            // An archive's axis may be a thousand times as long as a file's.
            let all = *within == (0..archive.len() as u64);
            let near = match all {
                true => archive.near(&from),
                false => 0..archive.len(),
            };
            if let Some(to) = archive.times_at(near.clone()) {
                self.check_calendars(source, archive, &from)?;
                self.check_widths(source, &from, &to)?;
                return Ok(Placed::from(near.start as u64, &from, to, within));
            }
        }
        if let (Some(from), Some(to)) = (source.texts(), archive.texts()) {
            return Ok(Placed::new(&from, to, within));
        }
        let tolerance = tolerance.max(0.0);
        if let (0.0, Some(from), Some(to)) = (tolerance, source.integers(), archive.integers()) {
            return Ok(Placed::new(&from, to, within));
        }
        let single = source.is_single() || archive.is_single();
        let to = archive.reals(single, 0.0);
        if tolerance > 0.0 {
            self.check_tolerance(&to, tolerance)?;
        }
        let mut placed = Placed::new(&source.reals(single, tolerance), to, within);
        placed.rounded = single && source.is_single() != archive.is_single();
        Ok(placed)
    }

    /// `standard` and `proleptic_gregorian` have the same dates from 1582-10-15 on. A label
    /// of the archive that lies before cannot be the same instant as one of the file that
    /// does not, so that only the file's have to be looked at.
    fn check_calendars(
        &self,
        source: &Labels,
        archive: &Labels,
        times: &Stretches<i128>,
    ) -> Result<(), Disagreement> {
        let calendars = (
            source.coding().map(|c| c.calendar()),
            archive.coding().map(|c| c.calendar()),
        );
        let ((Some(from), Some(to)), Some(variable)) = (calendars, self.source) else {
            return Ok(());
        };
        let reform = Calendar::ProlepticGregorian.instant(&DateTime::from_date(1582, 10, 15));
        let reform = reform.map_or(i128::MAX, Instant::nanoseconds);
        if from != to && times.iter().flatten().any(|at| at.low < reform) {
            return Err(Disagreement::Calendar {
                variable: variable.path.clone(),
                source_has: from,
                archive_has: to,
                before_reform: true,
            });
        }
        Ok(())
    }

    /// Floating-point labels are refused when they could be told from their neighbours by
    /// luck only: when one stands for half a step or more.
    fn check_widths(
        &self,
        source: &Labels,
        from: &Stretches<i128>,
        to: &Stretches<i128>,
    ) -> Result<(), Disagreement> {
        let width = |label: &Stretch<i128>| label.high.saturating_sub(label.low);
        let widest = |labels: &Stretches<i128>| labels.iter().flatten().map(width).max();
        let widths = (widest(from).unwrap_or(0), widest(to).unwrap_or(0));
        let total = widths.0.saturating_add(widths.1);
        if total == 0 {
            return Ok(());
        }
        let step = smallest_step(to).or_else(|| smallest_step(from));
        let Some(step) = step.filter(|step| total.saturating_mul(2) >= *step) else {
            return Ok(());
        };
        let coarse = from
            .iter()
            .position(|l| l.as_ref().map(width) == Some(widths.0));
        let text = |nanoseconds: i128| {
            let frequency = u64::try_from(nanoseconds)
                .ok()
                .and_then(Frequency::from_nanoseconds);
            frequency.map_or_else(|| format!("{nanoseconds}ns"), |f| f.to_string())
        };
        // Rounded for people: a whole number of seconds where it is many.
        let second = 1_000_000_000;
        let shown = if total > 10 * second {
            total / second * second
        } else {
            total
        };
        Err(Disagreement::Coarse {
            dimension: self.name.to_owned(),
            label: coarse.map(|i| source.text(i as u64)).unwrap_or_default(),
            width: text(shown),
            step: text(step),
        })
    }

    fn check_tolerance(&self, to: &Stretches<Real>, tolerance: f64) -> Result<(), Disagreement> {
        let steps = Index::new(to.clone());
        let steps = steps
            .steps()
            .map(|(a, b)| b.get() - a.get())
            .filter(|step| *step > 0.0);
        let spacing = steps.fold(f64::INFINITY, f64::min);
        if tolerance * 2.0 >= spacing {
            return Err(Disagreement::Tolerance {
                dimension: self.name.to_owned(),
                tolerance,
                spacing,
            });
        }
        Ok(())
    }
}

/// The smallest distance between two labels that are not one.
fn smallest_step(labels: &Stretches<i128>) -> Option<i128> {
    let index = Index::new(labels.clone());
    let steps = index.steps().map(|(a, b)| b.saturating_sub(a));
    steps.filter(|step| *step > 0).min()
}
