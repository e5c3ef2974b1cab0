//! Elements of a source on the way to their places, when they do not lie there as they lie in
//! the source.

use std::ops::Range;

use zarrio_model::Region;

use crate::block::cells;
use crate::gather::{Copy, gather};
use crate::placement::{Placement, Run};

/// Calls `visit` with every combination of one run along each dimension.
pub(crate) fn each_run(placement: &Placement, mut visit: impl FnMut(&[Run])) {
    for runs in combinations(placement) {
        visit(&runs);
    }
}

fn combinations(placement: &Placement) -> impl Iterator<Item = Vec<Run>> + '_ {
    let counts = placement.runs().iter().map(|runs| runs.len() as u64);
    cells(counts.collect()).map(|cell| {
        let runs = cell.iter().zip(placement.runs());
        runs.map(|(i, runs)| runs[*i as usize]).collect()
    })
}

/// Calls `visit` with every part of the source that is read at once, and what it places.
///
/// Where the runs leave nothing of the source out between them, all of it is one part, so that
/// none of its chunks is decoded once for each run. Else each combination of runs is one.
pub(crate) fn each_part<E>(
    placement: &Placement,
    mut visit: impl FnMut(&Region, &Placement) -> Result<(), E>,
) -> Result<(), E> {
    let dense = |runs: &Vec<Run>| {
        let start = runs.iter().map(|run| run.source).min()?;
        let end = runs.iter().map(|run| run.source + run.length).max()?;
        let placed: u64 = runs.iter().map(|run| run.length).sum();
        (end - start == placed).then_some(start..end)
    };
    let dense: Option<Vec<_>> = placement.runs().iter().map(dense).collect();
    if let Some(ranges) = dense {
        return visit(&Region::new(ranges), placement);
    }
    for runs in combinations(placement) {
        let from = Region::new(runs.iter().map(Run::source_range).collect());
        let placed = Placement::new(runs.into_iter().map(|run| vec![run]).collect());
        visit(&from, &placed)?;
    }
    Ok(())
}

/// The position of an element of a region, given by its number in C order.
pub(crate) fn position(mut element: usize, region: &Region) -> Vec<u64> {
    let mut position = region.start();
    for (at, length) in position.iter_mut().zip(region.shape()).rev() {
        let length = (length as usize).max(1);
        *at += (element % length) as u64;
        element /= length;
    }
    position
}

/// Whether what is placed is all of a region, in its order.
pub(crate) fn is_whole(placement: &Placement, region: &Region) -> bool {
    let whole = |(runs, range): (&Vec<Run>, &Range<u64>)| match runs.as_slice() {
        [run] => run.archive_range() == *range && (!run.reversed || run.length == 1),
        _ => false,
    };
    placement.runs().iter().zip(region.ranges()).all(whole)
}

/// Copies what was read for some runs to its place in a region, turning what is reversed.
/// `from` is the part of the source that was read.
pub(crate) fn place<T: Clone>(
    part: &[T],
    from: &Region,
    runs: &[Run],
    out: &mut [T],
    region: &Region,
    width: usize,
) {
    if runs.iter().all(|run| !run.reversed) {
        // Positions of both sides counted from one point.
        let shifted = |ranges: &[Range<u64>], by: fn(&Run) -> u64| {
            let each = ranges.iter().zip(runs);
            Region::new(
                each.map(|(r, run)| r.start + by(run)..r.end + by(run))
                    .collect(),
            )
        };
        let placed: Vec<_> = runs.iter().map(Run::archive_range).collect();
        gather(
            part,
            out,
            &Copy {
                region: &shifted(&placed, |run| run.source),
                from: &shifted(from.ranges(), |run| run.archive),
                to: &shifted(region.ranges(), |run| run.source),
            },
            width,
        );
        return;
    }
    let (read, lengths) = (from.shape(), region.shape());
    for cell in cells(runs.iter().map(|run| run.length).collect()) {
        let (mut source, mut target) = (0, 0);
        for (d, run) in runs.iter().enumerate() {
            let step = if run.reversed {
                run.length - 1 - cell[d]
            } else {
                cell[d]
            };
            let at = run.source + cell[d] - from.ranges()[d].start;
            source = source * read[d] as usize + at as usize;
            let at = run.archive + step - region.ranges()[d].start;
            target = target * lengths[d] as usize + at as usize;
        }
        let (source, target) = (source * width, target * width);
        out[target..target + width].clone_from_slice(&part[source..source + width]);
    }
}
