//! How a copy on the disk is cut.

use serde::Serialize;
use zarrio_model::{Region, VariableSchema};

use crate::block::{BlockPlan, BlockRequest, cells};

/// Bytes that a piece has at most, unless it is one element: each thread holds one.
pub(crate) const PIECE_BYTES: u64 = 4 << 20;

/// A file may claim any shape: more borders of pieces than this are not worked with.
const MOST_BORDERS: u64 = 1 << 20;

/// How a variable is copied to the disk before it is written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScratchPlan {
    /// The shape of the parts in which the source is read: whole source chunks.
    pub read_shape: Vec<u64>,
    /// Bytes of the copy.
    pub bytes: u64,
    /// Where the copy is cut along each dimension, its ends included.
    #[serde(skip)]
    pub(super) borders: Vec<Vec<u64>>,
}

impl ScratchPlan {
    /// The copy of a variable that is read in blocks of some shape; `None` where it is text, or
    /// one of its chunks is no part.
    pub(crate) fn new(
        variable: &VariableSchema,
        block_shape: &[u64],
        part_bytes: u64,
    ) -> Option<Self> {
        let element_size = variable.data_type.size()? as u64;
        // What is contiguous can be cut anywhere; rows are whole as far as they fit.
        let row = part_bytes / element_size;
        let ends = variable.shape.len().saturating_sub(1);
        let of_row = |(d, length): (usize, &u64)| {
            if d == ends {
                (*length).min(row).max(1)
            } else {
                1
            }
        };
        let rows: Vec<u64> = variable.shape.iter().enumerate().map(of_row).collect();
        let unit = variable.layout.unit().unwrap_or(&rows);
        let bytes = |shape: &[u64]| {
            shape
                .iter()
                .copied()
                .fold(element_size, u64::saturating_mul)
        };
        if unit.len() != block_shape.len() || bytes(unit) > part_bytes {
            return None;
        }
        // Parts are for the blocks what blocks are for source chunks.
        let parts = BlockPlan::new(&BlockRequest {
            bounds: &Region::full(&variable.shape),
            chunk_shape: unit,
            source_chunks: Some(block_shape),
            element_size,
            block_bytes: part_bytes,
        });
        Self::cut(
            &variable.shape,
            parts.block_shape,
            block_shape,
            element_size,
        )
    }

    /// A copy that is cut wherever a part or a block begins, and where a piece would be large.
    /// `None` where that would be in more places than any disk has room for.
    fn cut(
        shape: &[u64],
        read_shape: Vec<u64>,
        block_shape: &[u64],
        element_size: u64,
    ) -> Option<Self> {
        let bytes = |shape: &[u64]| {
            shape
                .iter()
                .copied()
                .fold(element_size, u64::saturating_mul)
        };
        let lengths = read_shape.iter().zip(block_shape);
        let mut piece: Vec<u64> = lengths.map(|(a, b)| *a.min(b)).collect();
        while bytes(&piece) > PIECE_BYTES {
            let Some(longest) = piece.iter_mut().max().filter(|length| **length > 1) else {
                break;
            };
            *longest = longest.div_ceil(2);
        }
        // No step is shorter than a piece.
        let counts = shape
            .iter()
            .zip(&piece)
            .map(|(length, c)| length / (*c).max(1));
        if counts.fold(0, u64::saturating_add) > MOST_BORDERS {
            return None;
        }
        let lengths = read_shape.iter().zip(block_shape).zip(&piece);
        let borders = lengths.zip(shape).map(|(((a, b), c), length)| {
            let mut borders: Vec<u64> = [*a, *b, *c]
                .into_iter()
                .flat_map(|step| (0..*length).step_by(step.max(1) as usize))
                .chain([*length])
                .collect();
            borders.sort_unstable();
            borders.dedup();
            borders
        });
        Some(Self {
            borders: borders.collect(),
            bytes: bytes(shape),
            read_shape,
        })
    }

    /// The pieces that a region meets.
    pub(super) fn pieces(&self, region: &Region) -> Vec<Region> {
        let axes: Vec<Vec<std::ops::Range<u64>>> = region
            .ranges()
            .iter()
            .zip(&self.borders)
            .map(|(range, borders)| {
                let pieces = borders.windows(2).map(|ends| ends[0]..ends[1]);
                let met = pieces.filter(|piece| piece.start < range.end && piece.end > range.start);
                met.collect()
            })
            .collect();
        cells(axes.iter().map(|axis| axis.len() as u64).collect())
            .map(|cell| {
                let ranges = cell
                    .iter()
                    .zip(&axes)
                    .map(|(i, axis)| axis[*i as usize].clone());
                Region::new(ranges.collect())
            })
            .collect()
    }

    /// How many elements lie before a piece in the file: all of the rows of pieces before it,
    /// and those of its own row that come first.
    pub(super) fn elements_before(&self, piece: &Region) -> u64 {
        let mut before = 0;
        let mut rows = 1;
        for (d, range) in piece.ranges().iter().enumerate() {
            let rest: u64 = self.borders[d + 1..]
                .iter()
                .filter_map(|b| b.last())
                .product();
            before += rows * range.start * rest;
            rows *= range.end - range.start;
        }
        before
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_shape_that_no_disk_holds_has_no_copy() {
        let shape = [1 << 40, 1 << 20];
        assert_eq!(
            ScratchPlan::cut(&shape, vec![8, 1 << 20], &[1 << 40, 1], 4),
            None
        );
    }

    proptest! {
        #[test]
        fn pieces_fill_the_file_and_lie_within_parts_and_blocks(
            dims in prop::collection::vec((1u64..30, 1u64..12, 1u64..12), 0..4),
            element_size in prop::sample::select(vec![1u64, 8, 1 << 20]),
        ) {
            let shape: Vec<u64> = dims.iter().map(|d| d.0).collect();
            let parts: Vec<u64> = dims.iter().map(|d| d.1).collect();
            let blocks: Vec<u64> = dims.iter().map(|d| d.2).collect();
            let plan = ScratchPlan::cut(&shape, parts.clone(), &blocks, element_size).unwrap();
            let mut pieces = plan.pieces(&Region::full(&shape));
            pieces.sort_by_key(|piece| plan.elements_before(piece));
            let mut end = 0;
            for piece in &pieces {
                prop_assert_eq!(plan.elements_before(piece), end);
                end += piece.num_elements();
                let elements = piece.num_elements();
                prop_assert!(elements == 1 || elements * element_size <= PIECE_BYTES);
                for (d, range) in piece.ranges().iter().enumerate() {
                    for length in [parts[d], blocks[d]] {
                        prop_assert_eq!(range.start / length, (range.end - 1) / length);
                    }
                }
            }
            prop_assert_eq!(end * element_size, plan.bytes);
        }
    }
}
