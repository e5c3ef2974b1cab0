//! Copies on disk of variables whose chunks lie across those of the archive.
//!
//! Where a block of the archive needs a little of every source chunk, and memory does not hold
//! many such blocks, every source chunk would be decoded once for each. With a copy it is
//! decoded once: parts of whole source chunks are read and cut into pieces, of which each
//! block of the archive needs whole ones only. Pieces are not compressed, and lie in the file
//! one after the other.

mod plan;

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rayon::ThreadPool;
use rayon::prelude::*;
use rustix::fs::{FallocateFlags, fallocate};
use zarrio_model::{
    ByteSize, DatasetSchema, NodePath, Region, Source, SourceError, SourceErrorKind,
    SourceIdentity, StoredPart,
};

pub(crate) use plan::PIECE_BYTES;
pub use plan::ScratchPlan;

use crate::RegionError;
use crate::block::{BlockPlan, cells};
use crate::gather::{Copy, gather};

/// Whether the largest copy of those that are planned has room, before anything is written:
/// there is one at a time.
pub(crate) fn check_room<'p>(
    directory: Option<&Path>,
    planned: impl Iterator<Item = (&'p NodePath, &'p BlockPlan)>,
) -> Result<(), RegionError> {
    let copies = planned.filter_map(|(variable, blocks)| {
        let copy = blocks.scratch.as_ref()?;
        Some((variable, copy.bytes))
    });
    let largest = copies.max_by_key(|(_, bytes)| *bytes);
    let (Some(directory), Some((variable, bytes))) = (directory, largest) else {
        return Ok(());
    };
    match file_with_room(directory, bytes) {
        Ok(_) => Ok(()),
        Err(error) => Err(cannot_copy(directory, variable, bytes, error)),
    }
}

/// A file without a name that has so many bytes, as far as its file system can promise that.
fn file_with_room(directory: &Path, bytes: u64) -> io::Result<File> {
    let file = tempfile::tempfile_in(directory)?;
    match fallocate(&file, FallocateFlags::empty(), 0, bytes.max(1)).map_err(io::Error::from) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => file.set_len(bytes)?,
        allocated => allocated?,
    }
    Ok(file)
}

fn cannot_copy(directory: &Path, variable: &NodePath, bytes: u64, error: io::Error) -> RegionError {
    RegionError::Scratch {
        directory: directory.to_owned(),
        variable: variable.to_string(),
        bytes: ByteSize(bytes),
        error,
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
        let failed = |error| cannot_copy(directory, variable, plan.bytes, error);
        let file = file_with_room(directory, plan.bytes).map_err(failed)?;
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
    fn write(&self, part: &Region, elements: &[u8]) -> io::Result<()> {
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
