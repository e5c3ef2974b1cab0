//! Whether an archive already holds what a file says, for variables that do not grow.

use zarrio_model::{Region, SourceError, VariableSchema};

use super::attributes::TimeCodings;
use super::cells::Cells;
use super::disagreement::Disagreement;
use super::parts::Parts;
use super::side::Side;
use crate::block::cells;
use crate::placement::{Placement, Run};

/// How many elements are read at once.
const WINDOW: u64 = 1 << 20;

/// What the archive holds of a variable.
#[derive(Debug)]
pub(super) enum Held {
    /// What the file says.
    Same,
    /// Nothing else than the file says, and these parts of it not yet, or not whole.
    Lacks(Vec<Region>),
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

/// What part a variable plays.
#[derive(Debug, Clone, Copy)]
pub(super) struct Role {
    /// Whether it says where others lie.
    pub(super) coordinate: bool,
    /// Whether the file covers a part of it only, and other files the rest.
    pub(super) partial: bool,
}

/// Compares what a placement covers, a piece at a time.
pub(super) fn compare(
    source: &Side<'_>,
    archive: &Side<'_>,
    pair: Pair<'_>,
    placement: &Placement,
    role: Role,
) -> Result<Held, SourceError> {
    let Some(bounds) = placement.bounds() else {
        return Ok(Held::Same);
    };
    let mut parts = Parts::new(archive, pair.to, role.partial);
    for window in windows(&bounds) {
        let part = placement.within(&window);
        let Some(window) = part.bounds() else {
            continue;
        };
        let Some(read) = source_bounds(&part) else {
            continue;
        };
        if !parts.look(&part, &window)? {
            continue;
        }
        let ours = Cells::read(source, pair.from, &read, pair.times.map(|t| t.source))?;
        let theirs = Cells::read(archive, pair.to, &window, pair.times.map(|t| t.archive))?;
        let found = find_difference(&part, (&read, &ours), (&window, &theirs), |to| {
            parts.may_write(to, &theirs, offset(to, &window))
        })?;
        if let Some((from, to)) = found {
            return Ok(Held::Other(Disagreement::Values {
                variable: pair.from.path.clone(),
                coordinate: role.coordinate,
                partial: role.partial,
                source_has: ours.text(offset(&from, &read)),
                archive_has: theirs.text(offset(&to, &window)),
                index: from,
            }));
        }
    }
    Ok(match parts.lacking.is_empty() {
        true => Held::Same,
        false => Held::Lacks(parts.lacking.into_values().collect()),
    })
}

/// Cuts a region into pieces of a bounded size, in the order of their elements as far as that
/// goes.
pub(super) fn windows(region: &Region) -> impl Iterator<Item = Region> {
    let mut room = WINDOW;
    let mut lengths: Vec<u64> = Vec::new();
    for length in region.shape().into_iter().rev() {
        let taken = length.min(room).max(1);
        lengths.insert(0, taken);
        room /= taken;
    }
    let pieces = region.shape().into_iter().zip(&lengths);
    let counts = pieces.map(|(length, piece)| length.div_ceil(*piece));
    let ranges = region.ranges().to_vec();
    cells(counts.collect()).map(move |cell| {
        let cut = cell.iter().zip(&lengths).zip(&ranges);
        let cut = cut.map(|((index, piece), range)| {
            let start = range.start + index * piece;
            start..start.saturating_add(*piece).min(range.end)
        });
        Region::new(cut.collect())
    })
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

/// The positions of an element in source and archive.
type Difference = (Vec<u64>, Vec<u64>);

/// Where the first element lies that is not the same and may not
/// be written.
fn find_difference(
    placement: &Placement,
    (read, ours): (&Region, &Cells),
    (window, theirs): (&Region, &Cells),
    mut may_write: impl FnMut(&[u64]) -> Result<bool, SourceError>,
) -> Result<Option<Difference>, SourceError> {
    let pairs = placement.runs().iter().map(|runs| positions(runs));
    let pairs: Vec<Vec<(u64, u64)>> = pairs.collect();
    let at = |cell: &[u64]| -> (Vec<u64>, Vec<u64>) {
        let steps = cell.iter().zip(&pairs);
        steps.map(|(i, pairs)| pairs[*i as usize]).unzip()
    };
    let Some((inner, outer)) = pairs.split_last() else {
        let refused = !ours.same(0, theirs, 0) && !may_write(&[])?;
        return Ok(refused.then(Default::default));
    };
    for mut cell in cells(outer.iter().map(|pairs| pairs.len() as u64).collect()) {
        // Where the row begins, and from there each of its elements.
        cell.push(0);
        let (from, to) = at(&cell);
        let (first, row) = (inner[0], (offset(&from, read), offset(&to, window)));
        for (index, (a, b)) in inner.iter().enumerate() {
            let a = (row.0 as u64 + a - first.0) as usize;
            let b = (row.1 as u64 + b - first.1) as usize;
            if ours.same(a, theirs, b) {
                continue;
            }
            cell.pop();
            cell.push(index as u64);
            let (from, to) = at(&cell);
            if !may_write(&to)? {
                return Ok(Some((from, to)));
            }
        }
    }
    Ok(None)
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
