//! Whether an archive already holds what a file says, for variables that do not grow.

use zarrio_model::{Region, SourceError, VariableSchema};

use super::attributes::TimeCodings;
use super::cells::Cells;
use super::disagreement::Disagreement;
use super::side::Side;
use crate::placement::{Placement, Run};

/// How many elements are read at once.
const WINDOW: u64 = 1 << 20;

/// What the archive holds of a variable.
#[derive(Debug)]
pub(super) enum Held {
    /// What the file says.
    Same,
    /// Nothing yet: all of it is missing, or no chunk of it is stored.
    Nothing,
    /// Something else.
    Other(Disagreement),
}

/// A variable on both sides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) from: &'a VariableSchema,
    pub(super) to: &'a VariableSchema,
    pub(super) times: Option<TimeCodings>,
}

/// Compares what a placement covers, a few rows at a time.
pub(super) fn compare(
    source: &Side<'_>,
    archive: &Side<'_>,
    pair: Pair<'_>,
    placement: &Placement,
    coordinate: bool,
) -> Result<Held, SourceError> {
    let Some(bounds) = placement.bounds() else {
        return Ok(Held::Same);
    };
    for window in windows(&bounds) {
        let part = placement.within(&window);
        let Some(window) = part.bounds() else {
            continue;
        };
        let Some(read) = source_bounds(&part) else {
            continue;
        };
        let ours = Cells::read(source, pair.from, &read, pair.times.map(|t| t.source))?;
        let theirs = Cells::read(archive, pair.to, &window, pair.times.map(|t| t.archive))?;
        if let Some((from, to)) = first_difference(&part, (&read, &ours), (&window, &theirs)) {
            if says_nothing(archive, pair.to)? {
                return Ok(Held::Nothing);
            }
            return Ok(Held::Other(Disagreement::Values {
                variable: pair.from.path.clone(),
                coordinate,
                source_has: ours.text(offset(&from, &read)),
                archive_has: theirs.text(offset(&to, &window)),
                index: from,
            }));
        }
    }
    Ok(Held::Same)
}

/// Cuts a region along its first dimension.
fn windows(region: &Region) -> Vec<Region> {
    let [first, rest @ ..] = region.ranges() else {
        return vec![region.clone()];
    };
    let row = Region::new(rest.to_vec()).num_elements().max(1);
    let rows = (WINDOW / row).max(1);
    let mut windows = Vec::new();
    let mut start = first.start;
    while start < first.end {
        let end = start.saturating_add(rows).min(first.end);
        let mut ranges = region.ranges().to_vec();
        ranges[0] = start..end;
        windows.push(Region::new(ranges));
        start = end;
    }
    windows
}

/// The smallest region of the source that holds everything placed.
fn source_bounds(placement: &Placement) -> Option<Region> {
    let range = |runs: &Vec<Run>| {
        let start = runs.iter().map(|run| run.source).min()?;
        let end = runs.iter().map(|run| run.source + run.length).max()?;
        Some(start..end)
    };
    let ranges = placement.runs().iter().map(range);
    ranges.collect::<Option<Vec<_>>>().map(Region::new)
}

/// The positions in source and archive of the first element that is not the same.
fn first_difference(
    placement: &Placement,
    (read, ours): (&Region, &Cells),
    (window, theirs): (&Region, &Cells),
) -> Option<(Vec<u64>, Vec<u64>)> {
    // Source and archive positions along each dimension.
    let pairs: Vec<Vec<(u64, u64)>> = placement
        .runs()
        .iter()
        .map(|runs| positions(runs))
        .collect();
    let mut at = vec![0usize; pairs.len()];
    loop {
        let (from, to): (Vec<u64>, Vec<u64>) = pairs.iter().zip(&at).map(|(p, i)| p[*i]).unzip();
        if !ours.same(offset(&from, read), theirs, offset(&to, window)) {
            return Some((from, to));
        }
        let mut dimension = pairs.len();
        loop {
            dimension = dimension.checked_sub(1)?;
            at[dimension] += 1;
            if at[dimension] < pairs[dimension].len() {
                break;
            }
            at[dimension] = 0;
        }
    }
}

/// The source and archive positions of runs.
fn positions(runs: &[Run]) -> Vec<(u64, u64)> {
    let of = |run: &Run| {
        let run = *run;
        (0..run.length).map(move |i| {
            let source = if run.reversed { run.length - 1 - i } else { i };
            (run.source + source, run.archive + i)
        })
    };
    runs.iter().flat_map(of).collect()
}

/// Where a position stands in a region's values.
fn offset(position: &[u64], region: &Region) -> usize {
    let steps = position.iter().zip(region.ranges());
    let offset = steps.fold(0, |offset, (p, range)| {
        offset * (range.end - range.start) + (p - range.start)
    });
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// Whether an array says nothing anywhere. A zero is a value, for times often count from
/// themselves, so that zeros are taken for nothing only where it is known that no chunk is
/// stored.
fn says_nothing(archive: &Side<'_>, variable: &VariableSchema) -> Result<bool, SourceError> {
    if archive.source.is_stored(&variable.path)? == Some(false) {
        return Ok(true);
    }
    for window in windows(&Region::full(&variable.shape)) {
        let cells = Cells::read(archive, variable, &window, None)?;
        if !(0..cells.len()).all(|i| cells.is_void(i)) {
            return Ok(false);
        }
    }
    Ok(true)
}
