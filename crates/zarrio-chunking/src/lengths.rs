//! The chunk lengths along one dimension among which the best is looked for.
//!
//! What a read touches depends on the number of chunks alone, so of all lengths that give
//! the same number the shortest is the cheapest. The only longer ones worth a look are the
//! shortest that fit the files or the chunks of the source.

use crate::cost::{Read, touched};
use crate::files::gcd;
use crate::{Dimension, FileSteps};

/// A chunk length and what it means for the cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Length {
    /// The length.
    pub(crate) chunk: u64,
    /// How many chunks there are.
    pub(crate) count: f64,
    /// How many of them each read touches.
    pub(crate) touched: [f64; 3],
    /// What preferences add to the factor of the cost.
    pub(crate) penalty: f64,
}

/// What an uneven length adds.
const UNEVEN: f64 = 0.01;
/// What a length adds that cuts the chunks of the source.
const OFF_SOURCE: f64 = 0.01;
/// What a length adds that fits no file.
const MISFIT: f64 = 0.05;
/// What every file beyond the first adds that a chunk is made of.
const REWRITE: f64 = 0.02;

/// One dimension of the search.
#[derive(Debug, Clone)]
pub(crate) struct Axis<'r> {
    dimension: &'r Dimension,
    /// Along the record dimension: how files follow each other.
    files: Option<&'r FileSteps>,
    unit: Option<u64>,
}

impl<'r> Axis<'r> {
    pub(crate) fn new(dimension: &'r Dimension, files: Option<&'r FileSteps>) -> Self {
        let unit = files.and_then(|files| files.unit(dimension.extent()));
        Self {
            dimension,
            files,
            unit,
        }
    }

    /// Whether there is nothing to choose.
    pub(crate) fn is_settled(&self) -> bool {
        self.dimension.fixed.is_some() || self.dimension.extent() == 1
    }

    /// The dimension's length.
    pub(crate) fn extent(&self) -> u64 {
        self.dimension.extent()
    }

    /// Whether files ask for lengths of their own.
    fn has_files(&self) -> bool {
        self.unit.is_some() && !self.is_settled()
    }

    /// The length of the source's chunks, where it means something.
    fn source(&self) -> Option<u64> {
        let source = self.dimension.source_chunk?;
        (source > 1 && source < self.extent()).then_some(source)
    }

    /// Whether files or the source's chunks ask for lengths of their own.
    pub(crate) fn has_preferences(&self) -> bool {
        self.has_files() || (self.source().is_some() && !self.is_settled())
    }

    /// The length nearest to a shortest one that fits the files or, where they do not
    /// matter, the chunks of the source.
    pub(crate) fn preferred(&self, shortest: u64) -> u64 {
        match self.source() {
            Some(source) if self.unit.is_none() => {
                next_multiple(shortest, source).min(self.extent())
            }
            _ => self.fitting(shortest),
        }
    }

    /// A length, judged.
    pub(crate) fn length(&self, chunk: u64) -> Length {
        let length = self.extent();
        let chunk = chunk.clamp(1, length);
        let count = length.div_ceil(chunk);
        let mut penalty = 0.0;
        if !length.is_multiple_of(chunk) {
            penalty += UNEVEN;
        }
        if let Some(source) = self.dimension.source_chunk
            && chunk < length
            && !chunk.is_multiple_of(source.max(1))
        {
            penalty += OFF_SOURCE;
        }
        if let Some(files) = self.files {
            penalty += MISFIT * files.misfit(chunk, length);
            penalty += REWRITE * (files.count(length) as f64 / count as f64 - 1.0).max(0.0);
        }
        let role = self.dimension.role;
        Length {
            chunk,
            count: count as f64,
            touched: Read::ALL.map(|read| touched(read.extent(role, length), count, length)),
            penalty,
        }
    }

    /// The settled length, or the shortest that gives `count` chunks or fewer.
    pub(crate) fn shortest(&self, count: u64) -> u64 {
        let length = self.extent();
        let shortest = length.div_ceil(count.clamp(1, length));
        self.dimension.fixed.unwrap_or(shortest).clamp(1, length)
    }

    /// The length nearest to a shortest one that fits the files: the next multiple of their
    /// unit, or below it the next divisor.
    fn fitting(&self, shortest: u64) -> u64 {
        match self.unit {
            Some(unit) if shortest >= unit => next_multiple(shortest, unit).min(self.extent()),
            Some(unit) => (shortest..=unit)
                .take(MOST_DIVISORS_TRIED)
                .find(|chunk| unit.is_multiple_of(*chunk))
                .unwrap_or(unit),
            None => shortest,
        }
    }

    /// All lengths worth a look that give `count` chunks or a few fewer.
    pub(crate) fn variants(&self, count: u64, into: &mut Vec<u64>) {
        let shortest = self.shortest(count);
        into.push(shortest);
        if self.dimension.fixed.is_some() {
            return;
        }
        let source = self.source();
        if let Some(source) = source {
            into.push(next_multiple(shortest, source).min(self.extent()));
        }
        if let Some(unit) = self.unit {
            into.push(self.fitting(shortest));
            if let Some(source) = source {
                let both = (unit / gcd(unit, source)).saturating_mul(source);
                into.push(next_multiple(shortest, both).min(self.extent()));
            }
        }
    }

    /// Every length worth a look, or `None` where there are more than `most`.
    pub(crate) fn all(&self, most: usize) -> Option<Vec<u64>> {
        let length = self.extent();
        let mut lengths = Vec::new();
        let mut chunk = self.shortest(1);
        // From one chunk to one for each element, passing over numbers that no length gives.
        loop {
            let count = length.div_ceil(chunk);
            self.variants(count, &mut lengths);
            if self.is_settled() || chunk == 1 {
                break;
            }
            // Variants are at most four for each.
            if lengths.len() > most.saturating_mul(4) {
                return None;
            }
            chunk = self.shortest(length.div_ceil(chunk - 1)).min(chunk - 1);
        }
        // Divisors of a file's steps cut no file, whatever number of chunks they give.
        if let Some(unit) = self.unit.filter(|_| self.has_files()) {
            let small = (1..).take_while(|d: &u64| d.saturating_mul(*d) <= unit);
            for d in small.take(most).filter(|d| unit.is_multiple_of(*d)) {
                lengths.extend([d, unit / d]);
            }
        }
        lengths.sort_unstable();
        lengths.dedup();
        (lengths.len() <= most).then_some(lengths)
    }
}

/// Steps of files are far fewer; a damaged header may say otherwise.
const MOST_DIVISORS_TRIED: usize = 4096;

fn next_multiple(value: u64, of: u64) -> u64 {
    value.div_ceil(of.max(1)).saturating_mul(of.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;
    use proptest::prelude::*;

    proptest! {
        /// Whatever length is left out, one that is there is as good in every respect.
        #[test]
        fn no_length_beats_those_that_are_looked_at(
            length in 1u64..400,
            source in prop::option::of(1u64..60),
            steps in prop::option::of(1u64..60),
        ) {
            let dimension = Dimension {
                source_chunk: source,
                ..Dimension::new("time", length, Role::Time)
            };
            let files = steps.map_or(FileSteps::Unknown, FileSteps::Each);
            let axis = Axis::new(&dimension, Some(&files));
            let all = axis.all(usize::MAX).unwrap();
            for chunk in 1..=length {
                let other = axis.length(chunk);
                let beaten = all.iter().map(|c| axis.length(*c)).any(|one| {
                    one.count == other.count && one.chunk <= chunk && one.penalty <= other.penalty
                });
                prop_assert!(beaten, "{chunk} of {length}, {source:?} {steps:?}, {all:?}");
            }
        }
    }

    #[test]
    fn a_huge_dimension_takes_no_time() {
        let dimension = Dimension::new("time", u64::MAX, Role::Time);
        let files = FileSteps::Each(u64::MAX / 3);
        let axis = Axis::new(&dimension, Some(&files));
        assert_eq!(axis.all(100), None);
        let length = axis.length(axis.fitting(axis.shortest(12_345)));
        assert!(length.count > 0.0);
    }
}
