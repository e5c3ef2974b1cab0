//! Where the elements of a source lie in an archive.
//!
//! Along each dimension a source's positions are matched with an archive's by their labels.
//! The matches are kept as runs of neighbours, so that an ordinary file is one run along
//! each dimension, whatever its length.

use std::ops::Range;

use zarrio_model::Region;

/// Neighbouring positions of a source that are neighbours in the archive too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Run {
    /// The first position in the archive.
    pub archive: u64,
    /// The lowest position in the source.
    pub source: u64,
    /// How many positions.
    pub length: u64,
    /// Whether the source counts down where the archive counts up: the run's lowest
    /// position in the source is then the last one in the archive.
    pub reversed: bool,
}

impl Run {
    /// The only position of a scalar.
    pub(crate) const ONE: Self = Self {
        archive: 0,
        source: 0,
        length: 1,
        reversed: false,
    };

    /// The part of the run that lies in a range of the archive; `None` when there is none.
    #[must_use]
    pub(crate) fn within(&self, archive: &Range<u64>) -> Option<Self> {
        let start = self.archive.max(archive.start);
        let end = (self.archive + self.length).min(archive.end);
        if start >= end {
            return None;
        }
        let (before, after) = (start - self.archive, self.archive + self.length - end);
        let skipped = if self.reversed { after } else { before };
        Some(Self {
            archive: start,
            source: self.source + skipped,
            length: end - start,
            reversed: self.reversed,
        })
    }

    /// The positions in the archive.
    #[must_use]
    pub fn archive_range(&self) -> Range<u64> {
        self.archive..self.archive + self.length
    }

    /// The positions in the source.
    #[must_use]
    pub fn source_range(&self) -> Range<u64> {
        self.source..self.source + self.length
    }
}

/// The runs along each dimension of a variable, in the order of the archive.
///
/// An element of the source lies in the archive where each of its positions does; the
/// elements that are placed are the product of the positions along the dimensions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Placement {
    runs: Vec<Vec<Run>>,
}

impl Placement {
    /// The placement with the given runs, one list for each dimension. They are put in the
    /// order of the archive; no two of one dimension may share a position.
    #[must_use]
    pub fn new(mut runs: Vec<Vec<Run>>) -> Self {
        for dimension in &mut runs {
            dimension.sort_unstable();
        }
        Self { runs }
    }

    /// Everything where it is: source and archive have one shape.
    #[must_use]
    pub(crate) fn whole(shape: &[u64]) -> Self {
        let run = |&length: &u64| {
            let run = Run {
                archive: 0,
                source: 0,
                length,
                reversed: false,
            };
            if length == 0 { Vec::new() } else { vec![run] }
        };
        Self {
            runs: shape.iter().map(run).collect(),
        }
    }

    /// The runs of one dimension from matched positions `(archive, source)`.
    ///
    /// The pairs may come in any order; no archive position may occur twice.
    #[must_use]
    pub fn runs_of(mut pairs: Vec<(u64, u64)>) -> Vec<Run> {
        pairs.sort_unstable();
        let mut runs: Vec<Run> = Vec::new();
        for (archive, source) in pairs {
            if let Some(run) = runs.last_mut()
                && run.archive + run.length == archive
            {
                let up = !run.reversed && run.source + run.length == source;
                let down = (run.reversed || run.length == 1) && source + 1 == run.source;
                if up || down {
                    run.reversed = down;
                    run.source = run.source.min(source);
                    run.length += 1;
                    continue;
                }
            }
            runs.push(Run {
                archive,
                source,
                length: 1,
                reversed: false,
            });
        }
        runs
    }

    /// The runs along each dimension.
    #[must_use]
    pub fn runs(&self) -> &[Vec<Run>] {
        &self.runs
    }

    /// Whether the source's elements lie in the archive as they lie in the source: one run
    /// along each dimension, none reversed.
    #[must_use]
    pub(crate) fn is_one_run(&self) -> bool {
        self.runs
            .iter()
            .all(|runs| matches!(runs.as_slice(), [run] if !run.reversed))
    }

    /// The smallest region of the archive that holds everything placed; `None` when nothing
    /// is.
    #[must_use]
    pub fn bounds(&self) -> Option<Region> {
        let range = |runs: &Vec<Run>| {
            let (first, last) = (runs.first()?, runs.last()?);
            Some(first.archive..last.archive + last.length)
        };
        self.runs
            .iter()
            .map(range)
            .collect::<Option<Vec<_>>>()
            .map(Region::new)
    }

    /// The number of elements placed, saturating.
    #[must_use]
    pub fn num_elements(&self) -> u64 {
        let lengths = self
            .runs
            .iter()
            .map(|runs| runs.iter().map(|run| run.length).sum::<u64>());
        lengths.fold(1, u64::saturating_mul)
    }

    /// The part of the placement that lies in a region of the archive.
    #[must_use]
    pub(crate) fn within(&self, region: &Region) -> Self {
        let ranges = self.runs.iter().zip(region.ranges());
        Self {
            runs: ranges
                .map(|(runs, range)| clipped(runs, range).collect())
                .collect(),
        }
    }

    /// The part of the placement at some positions along one dimension, in ascending order.
    #[must_use]
    pub(crate) fn at(&self, axis: usize, ranges: &[Range<u64>]) -> Self {
        let mut runs = self.runs.clone();
        if let Some(runs) = runs.get_mut(axis) {
            *runs = ranges
                .iter()
                .flat_map(|range| clipped(runs, range))
                .collect();
        }
        Self { runs }
    }

    /// The number of elements placed in a region of the archive, saturating.
    #[must_use]
    pub(crate) fn num_elements_within(&self, region: &Region) -> u64 {
        let ranges = self.runs.iter().zip(region.ranges());
        ranges
            .map(|(runs, range)| clipped(runs, range).map(|run| run.length).sum::<u64>())
            .fold(1, u64::saturating_mul)
    }

    /// Whether every element of a region of the archive is placed.
    #[must_use]
    pub(crate) fn covers(&self, region: &Region) -> bool {
        self.num_elements_within(region) == region.num_elements()
    }

    /// The chunks along each dimension in which something lies within a region, and how many
    /// positions of each. An element is placed in a chunk where one is along each dimension.
    pub(crate) fn chunks(&self, region: &Region, chunk_shape: &[u64]) -> Vec<Vec<(u64, u64)>> {
        let axes = self.runs.iter().zip(region.ranges()).zip(chunk_shape);
        axes.map(|((runs, range), chunk)| along(runs, range, *chunk))
            .collect()
    }
}

/// The parts of runs in a range of the archive. The runs are in its order, so that those
/// before the range, which may be thousands, are not looked at.
fn clipped<'a>(runs: &'a [Run], range: &'a Range<u64>) -> impl Iterator<Item = Run> + 'a {
    let first = runs.partition_point(|run| run.archive + run.length <= range.start);
    runs[first..].iter().map_while(move |run| run.within(range))
}

/// The chunks of a length that runs meet in a range, each with the positions met.
fn along(runs: &[Run], range: &Range<u64>, chunk: u64) -> Vec<(u64, u64)> {
    let mut chunks: Vec<(u64, u64)> = Vec::new();
    for run in clipped(runs, range) {
        let Range { mut start, end } = run.archive_range();
        while start < end {
            let index = start / chunk;
            let next = end.min((index + 1).saturating_mul(chunk));
            match chunks.last_mut() {
                Some((last, placed)) if *last == index => *placed += next - start,
                _ => chunks.push((index, next - start)),
            }
            start = next;
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_and_reversed_axes_are_one_run() {
        let up = Placement::runs_of((0..5).map(|i| (i + 7, i)).collect());
        assert_eq!(
            up,
            [Run {
                archive: 7,
                source: 0,
                length: 5,
                reversed: false
            }]
        );
        let down = Placement::runs_of((0..5).map(|i| (4 - i, i)).collect());
        assert_eq!(
            down,
            [Run {
                archive: 0,
                source: 0,
                length: 5,
                reversed: true
            }]
        );
        let clipped = down[0].within(&(1..3)).unwrap();
        assert_eq!((clipped.source, clipped.length), (2, 2));
    }

    proptest! {
        #[test]
        fn runs_hold_exactly_the_pairs(
            pairs in prop::collection::btree_map(0u64..40, 0u64..40, 0..30),
            range in (0u64..40, 0u64..40),
            chunk in 1u64..12,
        ) {
            let pairs: Vec<(u64, u64)> = pairs.into_iter().collect();
            let positions = |runs: &[Run]| -> Vec<(u64, u64)> {
                runs.iter().flat_map(|run| (0..run.length).map(|i| {
                    let source = if run.reversed { run.length - 1 - i } else { i };
                    (run.archive + i, run.source + source)
                })).collect()
            };
            let runs = Placement::runs_of(pairs.clone());
            prop_assert_eq!(positions(&runs), pairs.clone());
            let range = range.0.min(range.1)..range.0.max(range.1);
            let clipped: Vec<Run> = runs.iter().filter_map(|run| run.within(&range)).collect();
            let inside: Vec<_> =
                pairs.into_iter().filter(|(archive, _)| range.contains(archive)).collect();
            prop_assert_eq!(positions(&clipped), inside.clone());

            let placement = Placement::new(vec![runs]);
            let region = Region::new(vec![range]);
            prop_assert_eq!(positions(&placement.within(&region).runs()[0]), inside.clone());
            prop_assert_eq!(placement.num_elements_within(&region), inside.len() as u64);
            let mut chunks = std::collections::BTreeMap::new();
            for (archive, _) in &inside {
                *chunks.entry(archive / chunk).or_insert(0) += 1;
            }
            let chunks: Vec<_> = chunks.into_iter().collect();
            prop_assert_eq!(placement.chunks(&region, &[chunk]), [chunks]);
        }
    }
}
