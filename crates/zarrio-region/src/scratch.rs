//! Copies on disk of variables whose chunks lie across those of the archive.
//!
//! Where a block of the archive needs a little of every source chunk, and memory does not hold
//! many such blocks, every source chunk would be decoded once for each. With a copy it is
//! decoded once: parts of whole source chunks are read and cut into pieces, of which each
//! block of the archive needs whole ones only. Pieces are not compressed, and lie in the file
//! one after the other.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rayon::ThreadPool;
use rayon::prelude::*;
use serde::Serialize;
use zarrio_model::{
    ByteSize, DatasetSchema, NodePath, Region, Source, SourceError, SourceErrorKind,
    SourceIdentity, StoredPart, VariableSchema,
};

use crate::RegionError;
use crate::block::{BlockPlan, BlockRequest, cells};
use crate::gather::{Copy, gather};

/// Bytes that a piece has at most, unless it is one element: each thread holds one.
pub(crate) const PIECE_BYTES: u64 = 4 << 20;

/// How a variable is copied to the disk before it is written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScratchPlan {
    /// The shape of the parts in which the source is read: whole source chunks.
    pub read_shape: Vec<u64>,
    /// Bytes of the copy.
    pub bytes: u64,
    /// Where the copy is cut along each dimension, its ends included.
    #[serde(skip)]
    borders: Vec<Vec<u64>>,
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
        Some(Self::cut(
            &variable.shape,
            parts.block_shape,
            block_shape,
            element_size,
        ))
    }

    /// A copy that is cut wherever a part or a block begins, and where a piece would be large.
    fn cut(shape: &[u64], read_shape: Vec<u64>, block_shape: &[u64], element_size: u64) -> Self {
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
        Self {
            borders: borders.collect(),
            bytes: bytes(shape),
            read_shape,
        }
    }

    /// The pieces that a region meets.
    fn pieces(&self, region: &Region) -> Vec<Region> {
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
    fn elements_before(&self, piece: &Region) -> u64 {
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

/// A copy of one variable, which stands for it in the source. The file has no name, and is
/// gone with the process that made it.
#[derive(Debug)]
pub(crate) struct Scratch<'a> {
    source: &'a dyn Source,
    variable: &'a NodePath,
    width: usize,
    plan: &'a ScratchPlan,
    file: File,
}

impl<'a> Scratch<'a> {
    /// Copies a variable into a file in a directory; `copied` is told of the bytes that are
    /// there, and may end it.
    pub(crate) fn new(
        source: &'a dyn Source,
        variable: &'a NodePath,
        plan: &'a ScratchPlan,
        directory: &Path,
        pool: &ThreadPool,
        copied: impl Fn(u64) -> Result<(), RegionError>,
    ) -> Result<Self, RegionError> {
        let failed = |error: std::io::Error| RegionError::Scratch {
            directory: directory.to_owned(),
            variable: variable.to_string(),
            bytes: ByteSize(plan.bytes),
            error,
        };
        let file = tempfile::tempfile_in(directory).map_err(failed)?;
        // Where there is no room this is told before hours of work, as far as it can be.
        rustix::fs::fallocate(
            &file,
            rustix::fs::FallocateFlags::empty(),
            0,
            plan.bytes.max(1),
        )
        .map_err(std::io::Error::from)
        .or_else(|error| match error.kind() {
            std::io::ErrorKind::Unsupported => file.set_len(plan.bytes),
            _ => Err(error),
        })
        .map_err(failed)?;
        let schema = source.schema().variable(variable);
        let width = schema
            .and_then(|schema| schema.data_type.size())
            .unwrap_or(1);
        let copy = Self {
            source,
            variable,
            width,
            plan,
            file,
        };
        let shape: Vec<u64> = plan
            .borders
            .iter()
            .filter_map(|b| b.last().copied())
            .collect();
        let parts: Vec<u64> = shape
            .iter()
            .zip(&plan.read_shape)
            .map(|(n, part)| n.div_ceil(*part))
            .collect();
        tracing::info!(%variable, bytes = plan.bytes, directory = %directory.display(), "copying to the disk");
        let (mut buffer, mut done) = (Vec::new(), 0);
        for cell in cells(parts) {
            copied(done)?;
            let ranges = cell
                .iter()
                .zip(&plan.read_shape)
                .map(|(i, n)| i * n..(i + 1) * n);
            let part = Region::new(ranges.collect()).intersection(&Region::full(&shape));
            buffer.resize(part.num_elements() as usize * width, 0);
            pool.install(|| {
                source.read(variable, &part, &mut buffer)?;
                copy.write(&part, &buffer).map_err(failed)
            })?;
            done += buffer.len() as u64;
        }
        Ok(copy)
    }

    /// Writes the pieces of a part.
    fn write(&self, part: &Region, elements: &[u8]) -> std::io::Result<()> {
        let pieces = self.plan.pieces(part);
        pieces
            .par_iter()
            .try_for_each_init(Vec::new, |buffer, piece| {
                buffer.resize(piece.num_elements() as usize * self.width, 0);
                let copy = Copy {
                    region: piece,
                    from: part,
                    to: piece,
                };
                gather(elements, buffer, &copy, self.width);
                self.file.write_all_at(buffer, self.offset(piece))
            })
    }

    fn offset(&self, piece: &Region) -> u64 {
        self.plan.elements_before(piece) * self.width as u64
    }

    fn error(&self, message: &str) -> SourceError {
        let path = &self.source.file().path;
        SourceError::new(SourceErrorKind::Io, path, message).variable(self.variable)
    }
}

impl Source for Scratch<'_> {
    fn schema(&self) -> &DatasetSchema {
        self.source.schema()
    }

    fn identity(&self) -> &SourceIdentity {
        self.source.identity()
    }

    fn file(&self) -> &SourceIdentity {
        self.source.file()
    }

    fn read(
        &self,
        variable: &NodePath,
        region: &Region,
        out: &mut [u8],
    ) -> Result<(), SourceError> {
        let fits = out.len() as u64 == region.num_elements().saturating_mul(self.width as u64);
        if variable != self.variable || !fits {
            return self.source.read(variable, region, out);
        }
        let out = Mutex::new(out);
        let pieces = self.plan.pieces(region);
        pieces
            .par_iter()
            .try_for_each_init(Vec::new, |buffer, piece| {
                buffer.resize(piece.num_elements() as usize * self.width, 0);
                self.file
                    .read_exact_at(buffer, self.offset(piece))
                    .map_err(|e| {
                        self.error("its copy on the disk cannot be read")
                            .caused_by(e)
                    })?;
                let copy = Copy {
                    region: &piece.intersection(region),
                    from: piece,
                    to: region,
                };
                let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
                gather(buffer, &mut out, &copy, self.width);
                Ok(())
            })
    }

    fn read_text(&self, variable: &NodePath, region: &Region) -> Result<Vec<String>, SourceError> {
        self.source.read_text(variable, region)
    }

    fn stored_parts(
        &self,
        variable: &NodePath,
        region: &Region,
    ) -> Result<Option<Vec<StoredPart>>, SourceError> {
        self.source.stored_parts(variable, region)
    }

    fn unwritten_value(&self, variable: &NodePath) -> Option<Vec<u8>> {
        self.source.unwritten_value(variable)
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        self.source.check_unchanged()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_fill_the_file_and_lie_within_parts_and_blocks(
            dims in prop::collection::vec((1u64..30, 1u64..12, 1u64..12), 0..4),
            element_size in prop::sample::select(vec![1u64, 8, 1 << 20]),
        ) {
            let shape: Vec<u64> = dims.iter().map(|d| d.0).collect();
            let parts: Vec<u64> = dims.iter().map(|d| d.1).collect();
            let blocks: Vec<u64> = dims.iter().map(|d| d.2).collect();
            let plan = ScratchPlan::cut(&shape, parts.clone(), &blocks, element_size);
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
