//! Which positions of a variable a record is about.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use zarrio_model::Region;

use crate::placement::{Placement, Run};

/// Positions along each dimension of an archive; an element belongs to the extent where all
/// of its positions do.
///
/// As JSON: `[["time", [[0, 744]]], ["lat", [[0, 361]]]]`, half-open ranges in ascending
/// order that do not touch.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Extent(pub Vec<(String, Vec<[u64; 2]>)>);

impl Extent {
    /// The positions that a placement fills.
    #[must_use]
    pub(crate) fn new(dimensions: &[String], placement: &Placement) -> Self {
        let ranges = |runs: &Vec<Run>| merged(runs.iter().map(Run::archive_range));
        let axes = dimensions.iter().zip(placement.runs());
        Self(
            axes.map(|(name, runs)| (name.clone(), ranges(runs)))
                .collect(),
        )
    }

    /// All positions of a region.
    #[must_use]
    pub(crate) fn of_region(dimensions: &[String], region: &Region) -> Self {
        let axes = dimensions.iter().zip(region.ranges());
        Self(
            axes.map(|(name, range)| (name.clone(), merged([range.clone()])))
                .collect(),
        )
    }

    /// The ranges along the dimension of an index; none for a dimension that is not there.
    pub fn ranges(&self, axis: usize) -> impl Iterator<Item = Range<u64>> + '_ {
        let axis = self.0.get(axis).into_iter();
        axis.flat_map(|(_, ranges)| ranges).map(|[a, b]| *a..*b)
    }

    /// The number of elements, saturating.
    #[must_use]
    pub fn num_elements(&self) -> u64 {
        (0..self.0.len())
            .map(|axis| {
                self.ranges(axis)
                    .map(|r| r.end.saturating_sub(r.start))
                    .fold(0, u64::saturating_add)
            })
            .fold(1, u64::saturating_mul)
    }

    /// Whether two extents of one variable share an element.
    #[must_use]
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && (0..self.0.len()).all(|axis| {
                let (mut a, mut b) = (self.ranges(axis).peekable(), other.ranges(axis).peekable());
                while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
                    if x.start < y.end && y.start < x.end {
                        return true;
                    }
                    if x.end <= y.end {
                        a.next()
                    } else {
                        b.next()
                    };
                }
                false
            })
    }

    /// Whether every element of another extent of one variable belongs to this one.
    #[must_use]
    pub(crate) fn holds(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && (0..self.0.len()).all(|axis| {
                let mut own = self.ranges(axis).peekable();
                other.ranges(axis).all(|inner| {
                    while own.peek().is_some_and(|range| range.end < inner.end) {
                        own.next();
                    }
                    own.peek().is_some_and(|range| range.start <= inner.start)
                })
            })
    }

    /// Whether the ranges are in the order that all else relies on, as those of a damaged record
    /// may not be.
    #[must_use]
    pub(super) fn is_in_order(&self) -> bool {
        self.0.iter().all(|(_, ranges)| {
            ranges.iter().all(|[start, end]| start <= end)
                && ranges.windows(2).all(|pair| pair[0][1] <= pair[1][0])
        })
    }

    /// Whether the positions are some of an array of this shape.
    #[must_use]
    pub(crate) fn fits(&self, shape: &[u64]) -> bool {
        let inside = |ranges: &[[u64; 2]], length: u64| {
            let ascending = ranges.windows(2).all(|pair| pair[0][1] <= pair[1][0]);
            ascending && ranges.iter().all(|[a, b]| a < b && *b <= length)
        };
        let mut axes = self.0.iter().zip(shape);
        self.0.len() == shape.len() && axes.all(|((_, ranges), length)| inside(ranges, *length))
    }

    /// Those of the positions that an array of this shape has; none where there is no element.
    #[must_use]
    pub(crate) fn within(&self, shape: &[u64]) -> Option<Self> {
        let axes = self.0.iter().zip(shape).map(|((name, ranges), length)| {
            let ranges = ranges.iter().map(|[a, b]| *a..(*b).min(*length));
            let ranges = merged(ranges.filter(|range| range.start < range.end));
            (!ranges.is_empty()).then(|| (name.clone(), ranges))
        });
        (self.0.len() == shape.len()).then(|| axes.collect::<Option<_>>().map(Self))?
    }

    /// The smallest range along the dimension of a name that holds all positions.
    #[must_use]
    pub fn span(&self, dimension: &str) -> Option<Range<u64>> {
        let (_, ranges) = self.0.iter().find(|(name, _)| name == dimension)?;
        Some(ranges.first()?[0]..ranges.last()?[1])
    }
}

/// Ranges in ascending order, those that touch made one.
fn merged(ranges: impl IntoIterator<Item = Range<u64>>) -> Vec<[u64; 2]> {
    let mut all: Vec<[u64; 2]> = Vec::new();
    for range in ranges {
        match all.last_mut() {
            Some(last) if last[1] == range.start => last[1] = range.end,
            _ if range.is_empty() => {}
            _ => all.push([range.start, range.end]),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    fn positions() -> impl Strategy<Value = BTreeSet<u64>> {
        prop::collection::btree_set(0u64..14, 0..9)
    }

    fn extent(axes: &[BTreeSet<u64>; 2]) -> Extent {
        let names = ["a".to_owned(), "b".to_owned()];
        let runs = axes.iter().map(|axis| {
            Placement::runs_of(
                axis.iter()
                    .enumerate()
                    .map(|(i, p)| (*p, i as u64))
                    .collect(),
            )
        });
        Extent::new(&names, &Placement::new(runs.collect()))
    }

    fn cells(axes: &[BTreeSet<u64>; 2]) -> BTreeSet<(u64, u64)> {
        let cells = axes[0]
            .iter()
            .flat_map(|a| axes[1].iter().map(|b| (*a, *b)));
        cells.collect()
    }

    proptest! {
        #[test]
        fn extents_are_sets_of_cells(
            a in [positions(), positions()],
            b in [positions(), positions()],
        ) {
            let (one, other) = (extent(&a), extent(&b));
            let (cells_one, cells_other) = (cells(&a), cells(&b));
            prop_assert_eq!(one.num_elements(), cells_one.len() as u64);
            prop_assert_eq!(one.meets(&other), !cells_one.is_disjoint(&cells_other));
            if !cells_other.is_empty() {
                prop_assert_eq!(one.holds(&other), cells_other.is_subset(&cells_one));
            }
            let json = serde_json::to_string(&one).unwrap();
            let read = serde_json::from_str::<Extent>(&json).unwrap();
            prop_assert!(read.is_in_order());
            prop_assert_eq!(read, one);
        }
    }

    #[test]
    fn ranges_that_nobody_wrote_are_not_in_order() {
        for damaged in ["[[4,0]]", "[[0,2],[1,3]]", "[[5,6],[0,1]]"] {
            let json = format!("[[\"x\",[[0,3]]],[\"time\",{damaged}]]");
            let extent: Extent = serde_json::from_str(&json).unwrap();
            assert!(!extent.is_in_order(), "{damaged}");
        }
    }

    #[test]
    fn a_scalar_has_one_element() {
        let scalar = Extent::new(&[], &Placement::whole(&[]));
        assert_eq!(scalar.num_elements(), 1);
        assert!(scalar.meets(&scalar) && scalar.holds(&scalar));
        assert_eq!(serde_json::to_string(&scalar).unwrap(), "[]");
    }
}
