//! Integers of all sizes, as one kind.

/// Integers in the order of their array; those of 64 bits are as they were read.
#[derive(Debug, Clone)]
pub(super) enum Integers {
    Signed(Vec<i64>),
    Unsigned(Vec<u64>),
}

impl Integers {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Signed(values) => values.len(),
            Self::Unsigned(values) => values.len(),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<i128> {
        match self {
            Self::Signed(values) => values.get(index).copied().map(i128::from),
            Self::Unsigned(values) => values.get(index).copied().map(i128::from),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = i128> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// Whether each is greater than the one before.
    pub(super) fn rise(&self) -> bool {
        match self {
            Self::Signed(values) => values.is_sorted_by(|a, b| a < b),
            Self::Unsigned(values) => values.is_sorted_by(|a, b| a < b),
        }
    }

    /// How many there are at the start that something holds for.
    pub(super) fn partition_point(&self, holds: impl Fn(i128) -> bool) -> usize {
        match self {
            Self::Signed(values) => values.partition_point(|value| holds((*value).into())),
            Self::Unsigned(values) => values.partition_point(|value| holds((*value).into())),
        }
    }
}
