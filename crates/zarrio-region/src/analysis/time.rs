//! The time that files cover together.

use std::collections::BTreeMap;

use serde::Serialize;
use zarrio_chunking::FileSteps;
use zarrio_model::Source;
use zarrio_model::time::{Calendar, Frequency, Instant, LabelInterval};

use crate::RegionError;
use crate::template::{TimeDimension, infer, settle, shown};

/// So many gaps and overlaps are listed; all are counted.
const LISTED: usize = 20;

/// A time axis, looked at.
#[derive(Debug, Clone, Serialize)]
pub struct TimeAnalysis {
    /// The dimension.
    pub dimension: String,
    /// The variable that has the labels.
    pub coordinate: String,
    /// The calendar.
    pub calendar: String,
    /// How many different labels there are.
    pub labels: u64,
    /// The first one, ISO 8601.
    pub start: Option<String>,
    /// The last one, ISO 8601.
    pub end: Option<String>,
    /// The step, where all labels have one, or else the most frequent one.
    pub step: Option<String>,
    /// Whether all labels are one step apart.
    pub regular: bool,
    /// Where labels are further apart than the step: the first few.
    pub gaps: Vec<Gap>,
    /// How many gaps there are.
    pub num_gaps: u64,
    /// Stretches of labels that occur more than once: the first few.
    pub overlaps: Vec<Overlap>,
    /// How many such labels there are.
    pub num_overlaps: u64,
    /// The files by their first label.
    pub files: Vec<FileTime>,
}

/// A file on the time axis.
#[derive(Debug, Clone, Serialize)]
pub struct FileTime {
    /// The file.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// How many labels it has.
    pub labels: u64,
    /// Its first label in time, ISO 8601.
    pub start: Option<String>,
    /// Its last label in time, ISO 8601.
    pub end: Option<String>,
    #[serde(skip)]
    first: Option<Instant>,
}

/// Two labels between which others are missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The last label before it.
    pub after: String,
    /// The first label behind it.
    pub before: String,
}

/// Labels one after the other that two files have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overlap {
    /// The first label, ISO 8601.
    pub start: String,
    /// The last label, ISO 8601.
    pub end: String,
    /// How many labels there are from the first to the last.
    pub labels: u64,
    /// The two files; the same one twice where labels occur twice in it.
    pub files: [String; 2],
}

impl FileTime {
    pub(super) fn new(source: &dyn Source) -> Self {
        let identity = source.identity();
        Self::of(identity.path.display().to_string(), identity.size)
    }

    /// A file of so many bytes whose labels are not known yet.
    pub(crate) fn of(path: String, bytes: u64) -> Self {
        Self {
            path,
            bytes,
            labels: 0,
            start: None,
            end: None,
            first: None,
        }
    }

    pub(crate) fn cover(&mut self, labels: &[LabelInterval], calendar: Calendar) {
        self.labels = labels.len() as u64;
        let Ok(instants) = settle(labels, calendar) else {
            return;
        };
        self.first = instants.first().copied();
        self.start = self.first.map(|first| shown(calendar, first));
        self.end = instants.last().map(|last| shown(calendar, *last));
    }
}

impl TimeAnalysis {
    /// Looks at the labels of all files, each with the number of its file.
    pub(crate) fn new(
        time: &TimeDimension,
        calendar: Calendar,
        mut files: Vec<FileTime>,
        labels: &[(usize, LabelInterval)],
    ) -> Result<Self, RegionError> {
        let all: Vec<LabelInterval> = labels.iter().map(|(_, label)| *label).collect();
        let instants = settle(&all, calendar)?;
        let date = |instant: &Instant| shown(calendar, *instant);
        let regular = infer(calendar, &instants).ok();
        let (step, gaps) = match regular {
            Some(step) => (Some(step.frequency.to_string()), Vec::new()),
            None => gaps(&instants),
        };
        let shared = overlaps(labels, &instants);
        let name = |file: usize| files.get(file).map(|f| f.path.clone()).unwrap_or_default();
        let overlaps = shared.iter().take(LISTED).map(|run| Overlap {
            start: date(&instants[run.first]),
            end: date(&instants[run.last]),
            labels: run.labels(),
            files: run.files.map(name),
        });
        let overlaps = overlaps.collect();
        files.sort_by(|a, b| (a.first, &a.path).cmp(&(b.first, &b.path)));
        Ok(Self {
            dimension: time.name.clone(),
            coordinate: time.coordinate.to_string(),
            calendar: calendar.to_string(),
            labels: instants.len() as u64,
            start: instants.first().map(date),
            end: instants.last().map(date),
            step,
            regular: regular.is_some(),
            num_gaps: gaps.len() as u64,
            gaps: gaps
                .iter()
                .take(LISTED)
                .map(|[after, before]| Gap {
                    after: date(after),
                    before: date(before),
                })
                .collect(),
            num_overlaps: shared.iter().map(Run::labels).sum(),
            overlaps,
            files,
        })
    }

    /// How many steps the files bring to an archive of all of them.
    pub(super) fn file_steps(&self) -> FileSteps {
        let counts: Vec<u64> = self.files.iter().map(|file| file.labels).collect();
        let [first, .., last] = counts.as_slice() else {
            return FileSteps::Unknown;
        };
        // The last file of a series is often one that is still to grow.
        if counts
            .iter()
            .all(|n| n == first || (n == last && last < first))
        {
            return FileSteps::Each(*first);
        }
        let mut end = 0;
        let ends = counts.iter().map(|n| {
            end += n;
            end
        });
        let mut ends: Vec<u64> = ends.collect();
        ends.dedup();
        FileSteps::Ends(ends)
    }
}

/// The most frequent step of irregular labels, and where they are further apart.
fn gaps(instants: &[Instant]) -> (Option<String>, Vec<[Instant; 2]>) {
    let length = |pair: &[Instant]| pair[1].nanoseconds().saturating_sub(pair[0].nanoseconds());
    let mut steps: BTreeMap<i128, u64> = BTreeMap::new();
    for pair in instants.windows(2) {
        *steps.entry(length(pair)).or_default() += 1;
    }
    let frequent = steps.iter().max_by_key(|(step, count)| (**count, -**step));
    let Some((&step, &count)) = frequent else {
        return (None, Vec::new());
    };
    // Steps of which none is usual have no gaps between them.
    if count < 2 {
        return (None, Vec::new());
    }
    let found = instants.windows(2).filter(|pair| length(pair) > step);
    let found = found.map(|pair| [pair[0], pair[1]]).collect();
    let shown = u64::try_from(step)
        .ok()
        .and_then(Frequency::from_nanoseconds);
    (shown.map(|f| f.to_string()), found)
}

/// Labels one after the other that the same two files have, by their positions among all.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    first: usize,
    last: usize,
    files: [usize; 2],
}

impl Run {
    fn labels(&self) -> u64 {
        (self.last - self.first + 1) as u64
    }
}

/// Labels that occur more than once, with two of the files that have them.
fn overlaps(labels: &[(usize, LabelInterval)], instants: &[Instant]) -> Vec<Run> {
    let mut owner: Vec<Option<usize>> = vec![None; instants.len()];
    let mut found = Vec::new();
    for (file, label) in labels {
        let index = instants.partition_point(|instant| *instant < label.low);
        if instants.get(index).is_none_or(|i| !label.contains(*i)) {
            continue;
        }
        match owner[index] {
            Some(other) => found.push(([other, *file], index)),
            None => owner[index] = Some(*file),
        }
    }
    found.sort_unstable();
    let mut runs: Vec<Run> = Vec::new();
    for (files, index) in found {
        match runs.last_mut() {
            Some(run) if run.files == files && run.last + 1 == index => run.last = index,
            _ => runs.push(Run {
                first: index,
                last: index,
                files,
            }),
        }
    }
    runs.sort_unstable_by_key(|run| (run.first, run.files));
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubled_labels_are_told_as_stretches() {
        let at = |n: i128| Instant::from_nanoseconds(n);
        let label = |n| LabelInterval {
            low: at(n),
            high: at(n),
        };
        // Three files: 0 to 5, 3 to 8 and 4; and 8 twice in the second.
        let mut labels: Vec<(usize, LabelInterval)> = (0..=5).map(|n| (0, label(n))).collect();
        labels.extend((3..=8).map(|n| (1, label(n))));
        labels.extend([(1, label(8)), (2, label(4))]);
        let instants: Vec<Instant> = (0..=8).map(at).collect();
        let run = |first, last, files| Run { first, last, files };
        assert_eq!(
            overlaps(&labels, &instants),
            [run(3, 5, [0, 1]), run(4, 4, [0, 2]), run(8, 8, [1, 1])]
        );
    }
}
