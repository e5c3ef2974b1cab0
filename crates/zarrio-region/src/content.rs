//! What a region holds, in a few numbers: how many values and how many of them missing, the
//! smallest and the largest, and a digest of all.
//!
//! They are taken from the elements as the archive stores them, so that they can be taken
//! again from the archive and compared.

mod digest;
mod extremes;
mod missing;
mod number;
mod scan;

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

pub use digest::RowSum;
pub(crate) use digest::variable_digest;
pub use number::Number;

pub(crate) use digest::{RowHash, hash};
pub(crate) use missing::Missing;
pub(crate) use scan::Scan;

/// Counts, extremes and digest of some elements of a variable.
///
/// Contents of disjoint regions are added by [`with`](Self::with) to the content of both, in any order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Content {
    /// The number of elements.
    pub values: u64,
    /// Those of them that are missing: NaN, `_FillValue` or `missing_value`.
    pub missing: u64,
    /// The smallest stored value that is not missing; none where all are missing, and for
    /// text.
    pub min: Option<Number>,
    /// The largest one.
    pub max: Option<Number>,
    /// The sum over the rows; none where a row was seen in parts.
    pub sum: Option<RowSum>,
}

impl Default for Content {
    fn default() -> Self {
        Self {
            values: 0,
            missing: 0,
            min: None,
            max: None,
            sum: Some(RowSum::default()),
        }
    }
}

impl Content {
    /// This content with that of another, disjoint region.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        let best =
            |a: Option<Number>, b: Option<Number>, take_b: fn(Number, Number) -> bool| match (a, b)
            {
                (Some(a), Some(b)) => Some(if take_b(a, b) { b } else { a }),
                (a, b) => a.or(b),
            };
        Self {
            values: self.values + other.values,
            missing: self.missing + other.missing,
            min: best(self.min, other.min, |a, b| b.is_below(a)),
            max: best(self.max, other.max, Number::is_below),
            sum: self.sum.zip(other.sum).map(|(a, b)| a.with(b)),
        }
    }
}

/// Positions along an axis that are looked at one by one at most: so many bytes of memory.
const LONGEST: u64 = 1 << 22;
/// Ranges that a record tells at most.
const MOST: usize = 4096;

/// At which positions along one dimension there is a value that is not missing.
#[derive(Debug)]
pub(crate) struct Presence {
    /// Which dimension of the variable.
    pub(crate) axis: usize,
    first: u64,
    present: Vec<AtomicBool>,
}

impl Presence {
    /// Nothing yet, along a range of an axis.
    pub(crate) fn new(axis: usize, positions: &Range<u64>) -> Self {
        let length = positions.end.saturating_sub(positions.start).min(LONGEST) as usize;
        Self {
            axis,
            first: positions.start,
            present: std::iter::repeat_with(AtomicBool::default)
                .take(length)
                .collect(),
        }
    }

    fn note(&self, position: u64) {
        let index = position.checked_sub(self.first).map(|i| i as usize);
        if let Some(cell) = index.and_then(|i| self.present.get(i))
            // Most are there already, and to write them again would cost other cores time.
            && !cell.load(Ordering::Relaxed)
        {
            cell.store(true, Ordering::Relaxed);
        }
    }

    /// Those of some positions at which nothing but missing was seen; none where the axis is too
    /// long to know, or there are too many to tell.
    pub(crate) fn absent_in(&self, positions: &[Range<u64>]) -> Vec<Range<u64>> {
        let seen = |position: u64| {
            let index = position.checked_sub(self.first).map(|i| i as usize);
            let cell = index.and_then(|i| self.present.get(i));
            cell.is_some_and(|cell| cell.load(Ordering::Relaxed))
        };
        let mut absent: Vec<Range<u64>> = Vec::new();
        for position in positions.iter().flat_map(Range::clone) {
            if seen(position) {
                continue;
            }
            match absent.last_mut() {
                Some(last) if last.end == position => last.end += 1,
                _ => absent.push(position..position + 1),
            }
        }
        if self.present.len() as u64 >= LONGEST || absent.len() > MOST {
            absent.clear();
        }
        absent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absences_are_ranges_of_what_was_placed() {
        let presence = Presence::new(0, &(10..20));
        for position in [11, 12, 15, 99, 3] {
            presence.note(position);
        }
        let absent = presence.absent_in(&[10..14, 16..18]);
        assert_eq!(absent, [10..11, 13..14, 16..18]);
    }

    #[test]
    fn contents_add_up() {
        let content = |values, missing, min, max, sum| Content {
            values,
            missing,
            min: Some(Number::Int(min)),
            max: Some(Number::Int(max)),
            sum,
        };
        let one = content(5, 1, -3, 7, Some(RowSum::default()));
        let other = content(2, 0, -9, 1, None);
        let both = one.with(other);
        assert_eq!((both.values, both.missing), (7, 1));
        assert_eq!(
            (both.min, both.max),
            (Some(Number::Int(-9)), Some(Number::Int(7)))
        );
        assert_eq!(both.sum, None);
        assert_eq!(Content::default().with(one), one);
    }
}
