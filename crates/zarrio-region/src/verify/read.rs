//! Reads an archive chunk by chunk, and goes on where a chunk cannot be read.

use std::ops::DerefMut;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use zarrio_codec::{CodecError, StoredArray};
use zarrio_model::{NodePath, Region, Source as _, VariableSchema};
use zarrio_store::Prefix;

use crate::RegionError;
use crate::block::{BlockPlan, cells};
use crate::error::with_causes;
use crate::gather::{Copy, gather, repeat};
use crate::limits::Limits;
use crate::memory::Buffer;
use crate::transfer::Elements;
use crate::zarr_source::ZarrSource;

/// What a chunk was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// Its object decodes.
    Whole,
    /// There is no object.
    Absent,
    /// There is one that cannot be read or decoded, and why.
    Torn(String),
}

/// Takes what an object of a region of an array has, or says why there is nothing.
type Take<'t> = dyn Fn(&Region, &[u8]) -> Result<(), String> + Sync + 't;

/// An array that is read.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    pub(crate) archive: &'a ZarrSource,
    pub(crate) schema: &'a VariableSchema,
    pub(crate) array: StoredArray,
    pub(crate) place: Prefix,
}

/// A region in memory.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) region: Region,
    /// Its elements; the fill value where a chunk is absent or torn.
    pub(crate) elements: Elements,
    /// The chunks that it meets, in C order, and what they were found to be.
    pub(crate) chunks: Vec<(Vec<u64>, Found)>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(
        archive: &'a ZarrSource,
        variable: &NodePath,
    ) -> Result<Option<Self>, RegionError> {
        let Some(schema) = archive.schema().variable(variable) else {
            return Ok(None);
        };
        Ok(Some(Self {
            archive,
            schema,
            array: archive.stored_array(variable)?,
            place: archive.place(variable)?,
        }))
    }

    /// Blocks of whole rows in which all of the array goes through the memory, where a row
    /// has room; else of whole chunks.
    pub(crate) fn rows(&self, limits: &Limits) -> Result<BlockPlan, RegionError> {
        let mut schema = self.schema.clone();
        // What is decoded at once is an object, and the source is the archive itself.
        schema.layout.chunks = Some(self.array.chunk_shape().to_vec());
        let bounds = Region::full(self.array.shape());
        let mut row = vec![1; bounds.dimensionality()];
        if let (Some(unit), Some(length)) = (row.last_mut(), self.array.shape().last()) {
            *unit = (*length).max(1);
        }
        limits
            .blocks(&schema, &bounds, &row, 0)
            .or_else(|_| limits.blocks(&schema, &bounds, self.array.chunk_shape(), 0))
    }

    /// The region of a chunk, cut at the array's end.
    pub(crate) fn chunk_region(&self, chunk: &[u64]) -> Region {
        self.bounds(chunk)
            .intersection(&Region::full(self.array.shape()))
    }

    fn bounds(&self, chunk: &[u64]) -> Region {
        let lengths = chunk.iter().zip(self.array.chunk_shape());
        Region::new(lengths.map(|(i, n)| i * n..(i + 1) * n).collect())
    }

    /// The chunks that a region meets, in C order.
    pub(crate) fn chunks(&self, region: &Region) -> impl Iterator<Item = Vec<u64>> + use<> {
        let ranges = region.ranges().iter().zip(self.array.chunk_shape());
        let ranges = ranges.map(|(r, n)| r.start / n..r.end.div_ceil(*n).max(r.start / n));
        let grid = Region::new(ranges.collect());
        let first = grid.start();
        cells(grid.shape()).map(move |cell| cell.iter().zip(&first).map(|(c, f)| c + f).collect())
    }

    /// Reads a region, on all threads of the pool that calls.
    ///
    /// # Errors
    /// When the store is away; what is wrong with single chunks is told with the block.
    pub(crate) fn read(&self, region: &Region, mut bytes: Buffer) -> Result<Block, RegionError> {
        let chunks: Vec<Vec<u64>> = self.chunks(region).collect();
        let count = region.num_elements() as usize;
        let Some(width) = self.array.data_type().size() else {
            let out = Mutex::new(vec![self.array.fill_text().to_owned(); count]);
            let found = self.each(chunks, |bounds, object| {
                let texts = self.array.decode_text(object).map_err(|e| why(&e))?;
                copy(&texts, &out, bounds, region, 1);
                Ok(())
            })?;
            let texts = out.into_inner().unwrap_or_else(PoisonError::into_inner);
            return Ok(Block {
                region: region.clone(),
                elements: Elements::Text(texts),
                chunks: found,
            });
        };
        let fill = self.array.fill_bytes();
        bytes.resize(count * width)?;
        repeat(fill, &mut bytes);
        let out = Mutex::new(bytes);
        let found = self.each(chunks, |bounds, object| {
            let chunk = self.array.decode(object).map_err(|e| why(&e))?;
            if chunk.len() != self.array.chunk_elements() * width {
                return Err("it does not have the size of a chunk".to_owned());
            }
            copy(&chunk, &out, bounds, region, width);
            Ok(())
        })?;
        let bytes = out.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Block {
            region: region.clone(),
            elements: Elements::Bytes(bytes),
            chunks: found,
        })
    }

    /// Whether an object is a chunk of this array.
    pub(crate) fn decodes(&self, object: &[u8]) -> Found {
        let decoded = match self.array.data_type().size() {
            _ if object.is_empty() => return Found::Torn("it is empty".into()),
            Some(_) => self.array.decode(object).map(|_| ()),
            None => self.array.decode_text(object).map(|_| ()),
        };
        let decoded = decoded.map_err(|error| why(&error));
        match decoded.and_then(|()| self.array.check_end(object)) {
            Ok(()) => Found::Whole,
            Err(reason) => Found::Torn(reason),
        }
    }

    fn each(
        &self,
        chunks: Vec<Vec<u64>>,
        take: impl Fn(&Region, &[u8]) -> Result<(), String> + Sync,
    ) -> Result<Vec<(Vec<u64>, Found)>, RegionError> {
        let found = chunks.into_par_iter().map(|chunk| {
            let found = self.one(&chunk, &take)?;
            Ok((chunk, found))
        });
        found.collect()
    }

    fn one(&self, chunk: &[u64], take: &Take<'_>) -> Result<Found, RegionError> {
        let name = self.array.chunk_key(chunk);
        let failed = || {
            let variable = self.schema.path.as_str();
            RegionError::store(format!("cannot read chunk {name} of variable {variable:?}"))
        };
        let key = self.place.key(&name).map_err(failed())?;
        Ok(match self.archive.store().get(&key) {
            Ok(None) => Found::Absent,
            Ok(Some(object)) if object.is_empty() => Found::Torn("it is empty".into()),
            Ok(Some(object)) => match take(&self.bounds(chunk), &object)
                .and_then(|()| self.array.check_end(&object))
            {
                Ok(()) => Found::Whole,
                Err(reason) => Found::Torn(reason),
            },
            Err(error) if error.is_transient() => return Err(failed()(error)),
            Err(error) => Found::Torn(format!("it cannot be read: {}", with_causes(&error))),
        })
    }
}

/// Why an object does not decode, without the name of its variable.
fn why(error: &CodecError) -> String {
    match error {
        CodecError::Chunk { reason, .. } => format!("it cannot be decoded: {reason}"),
        error => error.to_string(),
    }
}

/// Copies what a chunk has of a region.
fn copy<T: Clone>(
    chunk: &[T],
    out: &Mutex<impl DerefMut<Target = [T]>>,
    bounds: &Region,
    to: &Region,
    width: usize,
) {
    let region = bounds.intersection(to);
    let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
    let copy = Copy {
        region: &region,
        from: bounds,
        to,
    };
    gather(chunk, &mut out, &copy, width);
}
