//! Where the files of a template lie on its axis.

use std::ops::Range;
use std::path::PathBuf;

use zarrio_model::time::LabelInterval;

use super::axis::Axis;

/// A file with its labels.
#[derive(Debug, Clone)]
pub(crate) struct FileLabels {
    pub(crate) path: PathBuf,
    pub(crate) labels: Vec<LabelInterval>,
}

/// Where a file lies on the axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FileSpan {
    /// The file.
    pub(crate) path: PathBuf,
    /// Its positions, and those between them that no file has, as runs of neighbours.
    pub(crate) runs: Vec<Range<u64>>,
    /// A label between the first and last of the axis that is none of them.
    pub(crate) between: Option<LabelInterval>,
    /// Whether labels lie before the first or after the last.
    pub(crate) outside: bool,
    /// Whether a label occurs twice.
    pub(crate) doubled: bool,
}

impl FileSpan {
    /// Where the labels of files lie. Where the axis is finer than they are, the positions
    /// between two labels of a file are the file's too: no other one comes in there.
    pub(crate) fn of(files: &[FileLabels], axis: &Axis) -> Vec<Self> {
        let (mut spans, positions): (Vec<_>, Vec<_>) =
            files.iter().map(|file| Self::new(file, axis)).unzip();
        let mut all: Vec<u64> = positions.iter().flatten().copied().collect();
        all.sort_unstable();
        all.dedup();
        let gaps = all.windows(2).map(|pair| pair[1] - pair[0]);
        let step = gaps.min().unwrap_or(1);
        let reach = |position: u64| {
            let next = all.get(all.partition_point(|other| *other <= position));
            // Months are not equally long; what is twice as far is a gap.
            let next = next.filter(|next| **next - position < 2 * step);
            next.copied().unwrap_or(position + step)
        };
        for (span, positions) in spans.iter_mut().zip(positions) {
            for position in positions {
                match span.runs.last_mut() {
                    Some(run) if run.end == position => run.end = reach(position),
                    Some(run) if run.contains(&position) => span.doubled = true,
                    _ => span.runs.push(position..reach(position)),
                }
            }
        }
        spans
    }

    /// A file without its runs, and its positions, sorted.
    fn new(file: &FileLabels, axis: &Axis) -> (Self, Vec<u64>) {
        let mut span = Self {
            path: file.path.clone(),
            runs: Vec::new(),
            between: None,
            outside: false,
            doubled: false,
        };
        let mut positions = Vec::with_capacity(file.labels.len());
        for label in &file.labels {
            let before = axis.labels.first().is_none_or(|first| label.high < *first);
            let after = axis.labels.last().is_none_or(|last| label.low > *last);
            match axis.position(label) {
                Some(position) => positions.push(position),
                None if before || after => span.outside = true,
                None => {
                    span.between.get_or_insert(*label);
                }
            }
        }
        positions.sort_unstable();
        (span, positions)
    }

    /// The file's name without its directory.
    pub(crate) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        name.to_string_lossy().into_owned()
    }

    /// Positions at which the file begins or ends within a chunk of the given length.
    pub(crate) fn cuts(&self, chunk: u64, length: u64) -> impl Iterator<Item = u64> + '_ {
        let ends = self.runs.iter().flat_map(|run| [run.start, run.end]);
        ends.filter(move |position| position % chunk.max(1) != 0 && *position < length)
    }
}
