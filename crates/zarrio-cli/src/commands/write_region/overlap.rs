//! Files of one run that have the same place in part.

use std::collections::BTreeMap;
use std::ops::Range;

use zarrio_region::{DoneWork, Standing, WriteVariable};

use super::outcome::{Outcome, Work};
use super::{Job, summary};
use crate::commands::writer;
use crate::render::figures::count;

/// Tells of files that others of the run were written over: where they disagree, one of them is
/// not in the archive. Where there are many more records than files, or they cannot be read, it is
/// left to `status`: what was written is written.
pub(super) fn tell(job: &Job<'_>, outcomes: &mut [Outcome]) {
    let written = outcomes.iter().filter_map(|outcome| match &outcome.work {
        Ok(Work::Written { report, .. }) if report.standing == Standing::Open => {
            Some(report.regions.as_slice())
        }
        _ => None,
    });
    if job.append.is_some() || !meet(written) {
        return;
    }
    let Ok(done) = DoneWork::of(&job.archive, &writer::name(), outcomes.len()) else {
        return;
    };
    let mut first = None;
    let mut files = 0;
    for outcome in outcomes {
        let Ok(Work::Written { report, .. }) = &mut outcome.work else {
            continue;
        };
        if let Standing::Superseded(by) = job.on_record(&outcome.file, &done) {
            let note = format!("{by} was written over a part of it later");
            first.get_or_insert_with(|| summary::about(&outcome.file, &note));
            report.notes.push(note);
            files += 1;
        }
    }
    if let Some(first) = first {
        let others = match files {
            1 => String::new(),
            n => format!(", and so it is with {} more", count(n - 1, "file")),
        };
        let order = match job.workers {
            1 => "",
            _ => ", and --workers 1 keeps to the order of the files",
        };
        job.context.talk.note(&format!(
            "{first}{others}; where they disagree, what was written last stays{order} ('zarrio status' tells where)"
        ));
    }
}

/// Whether the regions of two files may have a point in common.
fn meet<'w>(files: impl Iterator<Item = &'w [WriteVariable]>) -> bool {
    let mut variables: BTreeMap<&str, Vec<Vec<Range<u64>>>> = BTreeMap::new();
    for variable in files.flatten() {
        let ranges = variable.region.iter().map(|(_, start, end)| *start..*end);
        let regions = variables.entry(&variable.path).or_default();
        regions.push(ranges.collect());
    }
    variables.into_values().any(any_meet)
}

/// Whether two of some regions have a point in common.
fn any_meet(mut regions: Vec<Vec<Range<u64>>>) -> bool {
    let apart = |a: &Range<u64>, b: &Range<u64>| a.end <= b.start || b.end <= a.start;
    regions.sort_by(|a, b| a.iter().map(|r| r.start).cmp(b.iter().map(|r| r.start)));
    // Those that may meet what follows; what has ended is dropped as the start moves on.
    let mut open: Vec<&Vec<Range<u64>>> = Vec::new();
    for region in &regions {
        if let Some(first) = region.first() {
            open.retain(|other| other.first().is_some_and(|r| r.end > first.start));
        }
        let meets = |other: &&Vec<Range<u64>>| !other.iter().zip(region).any(|(a, b)| apart(a, b));
        if open.iter().any(meets) {
            return true;
        }
        open.push(region);
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_lies_side_by_side_does_not_meet() {
        assert!(!any_meet(vec![vec![0..2, 0..4], vec![2..4, 0..4]]));
        assert!(!any_meet(vec![vec![0..4, 0..2], vec![0..4, 2..4]]));
        assert!(any_meet(vec![vec![0..4, 0..2], vec![3..5, 1..4]]));
        assert!(!any_meet(vec![vec![]]));
        assert!(any_meet(vec![vec![], vec![]]));
    }

    proptest! {
        #[test]
        fn regions_meet_where_two_have_a_point_in_common(
            boxes in prop::collection::vec((0_u64..9, 1_u64..4, 0_u64..9, 1_u64..4), 0..6),
        ) {
            let points = |&(t, m, x, n): &(u64, u64, u64, u64)| {
                (t..t + m).flat_map(move |t| (x..x + n).map(move |x| (t, x)))
            };
            let mut all: Vec<_> = boxes.iter().flat_map(points).collect();
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            let regions = boxes.iter().map(|&(t, m, x, n)| vec![t..t + m, x..x + n]);
            prop_assert_eq!(any_meet(regions.collect()), all.len() < count);
        }
    }
}
