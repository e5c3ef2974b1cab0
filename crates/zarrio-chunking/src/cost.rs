//! What reading costs.

use serde::Serialize;
use zarrio_model::config::{AccessMix, AccessPattern};

use crate::{Dimension, Role};

/// Something that readers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// All times at one place.
    Series,
    /// All places at one time, on one level.
    Map,
    /// A tenth of time and of both horizontal dimensions, on all levels.
    Region,
}

impl Read {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Series, Self::Map, Self::Region];

    /// How many elements along a dimension are read.
    #[must_use]
    pub fn extent(self, role: Role, length: u64) -> u64 {
        let length = length.max(1);
        match (self, role) {
            (_, Role::Other)
            | (Self::Series, Role::Time)
            | (Self::Map, Role::Y | Role::X)
            | (Self::Region, Role::Vertical) => length,
            (Self::Region, Role::Time | Role::Y | Role::X) => length.div_ceil(10),
            _ => 1,
        }
    }
}

/// How many of `chunks` chunks a read of `extent` out of `length` elements touches: all when
/// it reads all, else the mean over where it may begin.
pub(crate) fn touched(extent: u64, chunks: u64, length: u64) -> f64 {
    if extent >= length {
        return chunks as f64;
    }
    // Each boundary between chunks lies within `extent - 1` of the reads that there are.
    let crossed = (extent - 1) as f64 / (length - extent + 1) as f64;
    (1.0 + (chunks - 1) as f64 * crossed).min(chunks as f64)
}

/// How often each read is done, adding up to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Weights {
    /// The series at a point.
    pub series: f64,
    /// The map at an instant.
    pub map: f64,
    /// The region over a period.
    pub region: f64,
}

impl Weights {
    /// The weights of one pattern. A pure one cares for little else: mix it with others to
    /// be moderate.
    #[must_use]
    pub const fn of(pattern: AccessPattern) -> Self {
        let (series, map, region) = match pattern {
            AccessPattern::Temporal => (0.99, 0.001, 0.009),
            AccessPattern::Spatial => (0.001, 0.99, 0.009),
            AccessPattern::Balanced => (0.40, 0.40, 0.20),
        };
        Self {
            series,
            map,
            region,
        }
    }

    /// The weights of several patterns at once.
    #[must_use]
    pub fn mixed(mix: &AccessMix) -> Self {
        let mut sum = Self {
            series: 0.0,
            map: 0.0,
            region: 0.0,
        };
        for (pattern, part) in mix.parts() {
            let one = Self::of(pattern);
            sum.series += part * one.series;
            sum.map += part * one.map;
            sum.region += part * one.region;
        }
        sum
    }

    /// In the order of [`Read::ALL`].
    pub(crate) const fn all(&self) -> [f64; 3] {
        [self.series, self.map, self.region]
    }
}

/// What one read costs on average.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReadCost {
    /// Chunks that are touched.
    pub chunks: f64,
    /// Bytes of those chunks before compression.
    pub bytes: f64,
    /// Bytes that were wanted.
    pub wanted: f64,
}

/// What a chunk shape costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cost {
    /// The series at a point.
    pub series: ReadCost,
    /// The map at an instant.
    pub map: ReadCost,
    /// The region over a period.
    pub region: ReadCost,
    /// The factor by which preferences make it dearer: 5 % where no boundary of files is one
    /// of chunks, 2 % for every file beyond the first that a chunk is made of, 1 % for each dimension that chunks do not divide evenly, and 1 % for each
    /// along which they cut the chunks of the source.
    pub penalty: f64,
    /// The weighted sum in bytes, a chunk counting as its bytes and the target size,
    /// penalty included.
    pub total: f64,
}

impl Cost {
    /// The costs of the reads in the order of [`Read::ALL`].
    #[must_use]
    pub const fn reads(&self) -> [ReadCost; 3] {
        [self.series, self.map, self.region]
    }

    pub(crate) fn new(
        dimensions: &[Dimension],
        chunks: &[u64],
        element_size: f64,
        penalty: f64,
        weights: &Weights,
        target: f64,
    ) -> Self {
        let chunk_bytes = chunks.iter().fold(element_size, |size, c| size * *c as f64);
        let reads = Read::ALL.map(|read| {
            let (mut count, mut wanted) = (1.0, element_size);
            for (dimension, chunk) in dimensions.iter().zip(chunks) {
                let length = dimension.extent();
                let extent = read.extent(dimension.role, length);
                count *= touched(extent, length.div_ceil((*chunk).max(1)), length);
                wanted *= extent as f64;
            }
            ReadCost {
                chunks: count,
                bytes: count * chunk_bytes,
                wanted,
            }
        });
        let sum: f64 = reads
            .iter()
            .zip(weights.all())
            .map(|(read, weight)| weight * (read.bytes + read.chunks * target))
            .sum();
        let [series, map, region] = reads;
        Self {
            series,
            map,
            region,
            penalty,
            total: sum * penalty,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_add_up() {
        for pattern in AccessPattern::ALL {
            let sum: f64 = Weights::of(*pattern).all().iter().sum();
            assert!((sum - 1.0).abs() < 1e-12);
        }
        let mix: AccessMix = "temporal=3,spatial=1".parse().unwrap();
        let weights = Weights::mixed(&mix);
        assert!((weights.series - 0.74275).abs() < 1e-12, "{weights:?}");
        assert!((weights.map - 0.24825).abs() < 1e-12, "{weights:?}");
    }

    #[test]
    fn touched_chunks_are_the_mean_over_all_begins() {
        assert_eq!(touched(1, 7, 100), 1.0);
        assert_eq!(touched(100, 7, 100), 7.0);
        // By counting.
        let (length, chunk, extent) = (1000u64, 50u64, 100u64);
        let begins = 0..=length - extent;
        let sum: u64 = begins
            .clone()
            .map(|b| (b + extent - 1) / chunk - b / chunk + 1)
            .sum();
        let mean = sum as f64 / begins.count() as f64;
        let estimate = touched(extent, length / chunk, length);
        assert!((mean - estimate).abs() / mean < 0.05, "{mean} {estimate}");
    }
}
