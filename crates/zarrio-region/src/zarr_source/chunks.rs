//! The chunks of an array that are read.

use zarrio_codec::StoredArray;
use zarrio_model::Region;
use zarrio_store::{Key, Prefix, StoreError};

use crate::block::position;

/// What chunks have together, in bytes, that are read at once by one thread.
const TOGETHER: usize = 16 << 20;

/// Chunks of an array.
pub(super) struct Chunks {
    pub(super) array: StoredArray,
    pub(super) place: Prefix,
    /// The range of their indices along each dimension.
    pub(super) grid: Region,
}

impl Chunks {
    /// The index of a chunk, by its number in C order. There may be millions in a region: they
    /// are not put down.
    fn index(&self, number: u64) -> Vec<u64> {
        position(number, &self.grid)
    }

    pub(super) fn key(&self, number: u64) -> Result<Key, StoreError> {
        let key = self.array.chunk_key(&self.index(number));
        self.place.key(&key)
    }

    /// The region of a chunk, beyond the array's end where it is at the edge.
    pub(super) fn bounds(&self, number: u64) -> Region {
        let index = self.index(number).into_iter();
        let lengths = index.zip(self.array.chunk_shape());
        Region::new(lengths.map(|(i, n)| i * n..(i + 1) * n).collect())
    }

    /// How many are read at once where that many calls may be under way.
    pub(super) fn together(&self, calls: usize) -> usize {
        let width = self.array.data_type().size().unwrap_or(1);
        let bytes = self.array.chunk_elements().saturating_mul(width);
        calls.min(TOGETHER / bytes.max(1)).max(1)
    }
}
