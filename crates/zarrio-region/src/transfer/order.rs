//! Where a block has which elements.
//!
//! What goes to chunks is kept chunk by chunk where that is possible: a row is put to its chunk
//! while the thread that read it has it at hand, and the chunk is encoded where it lies.

use zarrio_model::Region;

use super::{Elements, Transfer, View};
use crate::block::boxes;

/// How the elements of a block follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// As they do in the block's region, in C order.
    Rows,
    /// Chunk after chunk in C order, each with what it has in the block's region, in C order.
    Chunks,
}

/// A part of a variable in memory.
#[derive(Debug)]
pub(crate) struct Block {
    /// Which part of the archive's array.
    pub(crate) region: Region,
    pub(crate) elements: Elements,
    pub(crate) order: Order,
}

impl Transfer {
    /// Where a chunk's elements are: a region that has all that the block has of the chunk, and
    /// the elements of that region in C order.
    pub(super) fn part<'b>(&self, chunk: &[u64], block: &'b Block) -> (Region, View<'b>) {
        let view = block.elements.view();
        match (block.order, view) {
            (Order::Chunks, View::Bytes(bytes)) => {
                let part = self.chunk_bounds(chunk).intersection(&block.region);
                let start = elements_before(&part, &block.region) * self.width();
                let end = start + part.num_elements() as usize * self.width();
                let bytes = bytes.get(start..end).unwrap_or_default();
                (part, View::Bytes(bytes))
            }
            _ => (block.region.clone(), view),
        }
    }
}

/// What chunks of a shape have in a region, in C order.
pub(super) fn parts(region: &Region, chunk_shape: &[u64]) -> Vec<Region> {
    let starts = region.ranges().iter().zip(chunk_shape);
    let origin: Vec<u64> = starts.map(|(r, n)| r.start / n * n).collect();
    boxes(region, &origin, chunk_shape).collect()
}

/// How many elements stand before those of a chunk, of which a block has `part`.
fn elements_before(part: &Region, block: &Region) -> usize {
    // Before it are all chunks that are before it along the first dimension, of those that are
    // level with it there all that are before it along the second, and so on.
    let mut level = 1;
    let mut behind = block.num_elements();
    let mut before = 0;
    for (part, block) in part.ranges().iter().zip(block.ranges()) {
        behind /= (block.end - block.start).max(1);
        before += level * (part.start - block.start) * behind;
        level *= part.end - part.start;
    }
    before as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_are_the_region_and_follow_each_other(
            dims in prop::collection::vec((0u64..30, 1u64..30, 1u64..12), 0..4),
        ) {
            let region = Region::new(dims.iter().map(|d| d.0..d.0 + d.1).collect());
            let chunk_shape: Vec<u64> = dims.iter().map(|d| d.2).collect();
            let mut elements = 0;
            for part in parts(&region, &chunk_shape) {
                prop_assert_eq!(elements_before(&part, &region), elements);
                prop_assert!(!part.is_empty());
                prop_assert_eq!(&part.intersection(&region), &part);
                for (range, length) in part.ranges().iter().zip(&chunk_shape) {
                    prop_assert_eq!(range.start / length, (range.end - 1) / length);
                }
                elements += part.num_elements() as usize;
            }
            prop_assert_eq!(elements as u64, region.num_elements());
        }
    }
}
