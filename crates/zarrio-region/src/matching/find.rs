//! Which labels of one axis are labels of another.
//!
//! A label is a stretch: a point where it is exact, an interval where it is the floating
//! image of a time, or where a tolerance was given. Two labels are the same when their
//! stretches meet.

use std::cmp::Ordering;

/// What a label may be, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch<K> {
    pub(super) low: K,
    pub(super) high: K,
}

impl<K: Copy> Stretch<K> {
    pub(super) fn point(key: K) -> Self {
        Self {
            low: key,
            high: key,
        }
    }
}

/// A number with an order: no NaN, and one zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Real(f64);

impl Real {
    pub(super) fn new(value: f64) -> Option<Self> {
        // Adding 0 turns -0 into 0 and leaves all others.
        (!value.is_nan()).then_some(Self(value + 0.0))
    }

    pub(super) fn get(self) -> f64 {
        self.0
    }
}

impl Eq for Real {}

impl PartialOrd for Real {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Real {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// The labels of an axis in ascending order with their positions; what is no label is left
/// out.
#[derive(Debug)]
pub(super) struct Index<K> {
    sorted: Vec<(Stretch<K>, u64)>,
}

impl<K: Ord + Copy> Index<K> {
    pub(super) fn new(labels: Vec<Option<Stretch<K>>>) -> Self {
        Self::from(0, labels)
    }

    /// Of labels at the positions from the given one on.
    pub(super) fn from(first: u64, labels: Vec<Option<Stretch<K>>>) -> Self {
        // As large as what it is made of, so that it takes over the memory.
        let entries = labels.into_iter().zip(first..);
        let mut sorted: Vec<_> = entries
            .filter_map(|(label, position)| Some((label?, position)))
            .collect();
        sorted.sort_by_key(|(label, position)| (label.low, *position));
        Self { sorted }
    }

    /// Neighbouring labels that are not apart, as pairs of positions.
    pub(super) fn doubled(&self) -> Vec<(u64, u64)> {
        let pairs = self.sorted.windows(2);
        let same = pairs.filter(|pair| pair[0].0.high >= pair[1].0.low);
        same.map(|pair| (pair[0].1, pair[1].1)).collect()
    }

    /// The labels from each to the next, lowest first.
    pub(super) fn steps(&self) -> impl Iterator<Item = (K, K)> {
        self.sorted
            .windows(2)
            .map(|pair| (pair[0].0.low, pair[1].0.low))
    }

    /// The entries that meet a stretch. The index must have no doubled labels.
    fn range(&self, label: Stretch<K>) -> (usize, usize) {
        let start = self.sorted.partition_point(|(at, _)| at.high < label.low);
        let end = self.sorted.partition_point(|(at, _)| at.low <= label.high);
        (start, end.max(start))
    }

    /// The positions next below and above a label that is not there.
    pub(super) fn around(&self, label: Stretch<K>) -> [Option<u64>; 2] {
        let (start, end) = self.range(label);
        let position = |i: usize| self.sorted.get(i).map(|(_, position)| *position);
        [start.checked_sub(1).and_then(position), position(end)]
    }
}

/// What became of the labels of a source.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Archive and source positions of labels that are the same, by archive position; the
    /// first of those of a source that are doubled.
    pub(super) pairs: Vec<(u64, u64)>,
    /// Source positions whose label the archive does not have.
    pub(super) unmatched: Vec<u64>,
    /// Source positions of one label: the first, and one further.
    pub(super) doubled: Vec<(u64, u64)>,
}

/// Looks for every label of a source.
pub(super) fn find<K: Ord + Copy>(source: &[Option<Stretch<K>>], archive: &Index<K>) -> Found {
    let mut found = Found::default();
    let mut pairs = Vec::with_capacity(source.len());
    for (position, label) in (0..).zip(source) {
        let Some(label) = label else {
            found.unmatched.push(position);
            continue;
        };
        let (start, end) = archive.range(*label);
        match archive.sorted.get(start..end).unwrap_or_default() {
            [(_, at)] => pairs.push((*at, position)),
            // A label that meets several is none of them.
            _ => found.unmatched.push(position),
        }
    }
    pairs.sort_unstable();
    for (archive, source) in pairs {
        match found.pairs.last() {
            Some(&(last, first)) if last == archive => found.doubled.push((first, source)),
            _ => found.pairs.push((archive, source)),
        }
    }
    found
}
