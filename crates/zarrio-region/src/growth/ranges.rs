//! Sets of positions along one dimension, as ranges in ascending order that do not touch.

use std::ops::Range;

/// The set that any ranges make.
pub(super) fn merged(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| range.start);
    let mut all: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match all.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => all.push(range),
        }
    }
    all
}

/// What is in both sets.
pub(super) fn both(a: &[Range<u64>], b: &[Range<u64>]) -> Vec<Range<u64>> {
    let pairs = a.iter().flat_map(|a| b.iter().map(move |b| (a, b)));
    let shared = pairs.map(|(a, b)| a.start.max(b.start)..a.end.min(b.end));
    merged(shared.collect())
}

/// What is in the first set and not in the second.
pub(super) fn minus(a: &[Range<u64>], b: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut left = Vec::new();
    for range in a {
        let mut start = range.start;
        for taken in b.iter().filter(|taken| taken.end > range.start) {
            if taken.start >= range.end {
                break;
            }
            left.push(start..taken.start.max(start));
            start = start.max(taken.end);
        }
        left.push(start..range.end.max(start));
    }
    merged(left)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    fn set() -> impl Strategy<Value = Vec<Range<u64>>> {
        let range = (0u64..30, 0u64..8).prop_map(|(start, length)| start..start + length);
        prop::collection::vec(range, 0..6).prop_map(merged)
    }

    fn positions(set: &[Range<u64>]) -> BTreeSet<u64> {
        set.iter().flat_map(Clone::clone).collect()
    }

    proptest! {
        #[test]
        fn ranges_are_sets(a in set(), b in set()) {
            let (x, y) = (positions(&a), positions(&b));
            prop_assert_eq!(positions(&both(&a, &b)), &x & &y);
            prop_assert_eq!(positions(&minus(&a, &b)), &x - &y);
            prop_assert_eq!(a.len(), a.windows(2).filter(|w| w[0].end < w[1].start).count() + usize::from(!a.is_empty()));
        }
    }
}
