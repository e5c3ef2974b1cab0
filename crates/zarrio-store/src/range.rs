//! Parts of objects.

use crate::{StoreError, StoreErrorKind};

/// A part of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// `length` bytes from `offset` on.
    Bounded {
        /// The first byte.
        offset: u64,
        /// The number of bytes.
        length: u64,
    },
    /// Everything from an offset on.
    From(u64),
    /// The last bytes.
    Last(u64),
}

impl ByteRange {
    /// Offset and length within an object of `size` bytes; `None` when it does not fit.
    #[must_use]
    pub const fn within(self, size: u64) -> Option<(u64, u64)> {
        match self {
            Self::Bounded { offset, length } => match offset.checked_add(length) {
                Some(end) if end <= size => Some((offset, length)),
                _ => None,
            },
            Self::From(offset) if offset <= size => Some((offset, size - offset)),
            Self::Last(length) if length <= size => Some((size - length, length)),
            _ => None,
        }
    }
}

pub(crate) fn range_error(path: impl Into<String>, range: ByteRange, size: u64) -> StoreError {
    let range = match range {
        ByteRange::Bounded { offset, length } => format!("{length} bytes from byte {offset} on"),
        ByteRange::From(offset) => format!("what follows byte {offset}"),
        ByteRange::Last(length) => format!("the last {length} bytes"),
    };
    StoreError::new(
        StoreErrorKind::InvalidRange,
        path,
        format!("cannot read {range}: the object has {size} bytes"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_exactly() {
        let bounded = |offset, length| ByteRange::Bounded { offset, length };
        assert_eq!(bounded(1, 2).within(3), Some((1, 2)));
        assert_eq!(bounded(3, 0).within(3), Some((3, 0)));
        assert_eq!(bounded(2, 2).within(3), None);
        assert_eq!(bounded(u64::MAX, 2).within(3), None);
        assert_eq!(ByteRange::From(3).within(3), Some((3, 0)));
        assert_eq!(ByteRange::From(4).within(3), None);
        assert_eq!(ByteRange::Last(3).within(3), Some((0, 3)));
        assert_eq!(ByteRange::Last(4).within(3), None);
    }
}
