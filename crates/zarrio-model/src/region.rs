//! Half-open hyper-rectangles of array positions.

use std::fmt;
use std::ops::Range;

/// A hyperslab with stride one: a half-open range of positions for each dimension.
///
/// A region with no dimensions is the one element of a scalar.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Region {
    ranges: Vec<Range<u64>>,
}

impl Region {
    /// The region with the given ranges. A range whose end lies before its start is empty.
    #[must_use]
    pub fn new(ranges: Vec<Range<u64>>) -> Self {
        Self { ranges }
    }

    /// The whole of an array of the given shape.
    #[must_use]
    pub fn full(shape: &[u64]) -> Self {
        Self {
            ranges: shape.iter().map(|&length| 0..length).collect(),
        }
    }

    /// The ranges, one for each dimension.
    #[must_use]
    pub fn ranges(&self) -> &[Range<u64>] {
        &self.ranges
    }

    /// The number of dimensions.
    #[must_use]
    pub fn dimensionality(&self) -> usize {
        self.ranges.len()
    }

    /// The first position along each dimension.
    #[must_use]
    pub fn start(&self) -> Vec<u64> {
        self.ranges.iter().map(|r| r.start).collect()
    }

    /// The length along each dimension.
    #[must_use]
    pub fn shape(&self) -> Vec<u64> {
        self.ranges
            .iter()
            .map(|r| r.end.saturating_sub(r.start))
            .collect()
    }

    /// The number of elements, saturating at `u64::MAX`.
    #[must_use]
    pub fn num_elements(&self) -> u64 {
        self.shape().into_iter().fold(1, u64::saturating_mul)
    }

    /// Whether the region holds no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.iter().any(Range::is_empty)
    }

    /// What two regions of the same dimensionality share; possibly empty.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let ranges = self.ranges.iter().zip(&other.ranges).map(|(a, b)| {
            let start = a.start.max(b.start);
            // Of ranges that do not meet, an empty one is left, never a reversed one.
            start..a.end.min(b.end).max(start)
        });
        Self {
            ranges: ranges.collect(),
        }
    }

    /// Whether every element lies inside an array of the given shape.
    #[must_use]
    pub fn fits(&self, shape: &[u64]) -> bool {
        self.ranges.len() == shape.len()
            && self
                .ranges
                .iter()
                .zip(shape)
                .all(|(r, &length)| r.start <= r.end && r.end <= length)
    }
}

impl fmt::Display for Region {
    /// `[0:10, 3:4]`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (i, r) in self.ranges.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{}:{}", r.start, r.end)?;
        }
        f.write_str("]")
    }
}
