//! Where the elements of a dataset are, as its object header tells.

use hdf5_reader::io::Cursor;
use hdf5_reader::messages::dataspace::{DataspaceType, UNLIMITED};
use hdf5_reader::messages::layout::{self, ChunkIndexing, DataLayout};
use hdf5_reader::messages::{
    MSG_DATA_LAYOUT, MSG_DATASPACE, MSG_DATATYPE, MSG_EXTERNAL_FILES, MSG_FILL_VALUE,
    MSG_FILL_VALUE_OLD, MSG_FILTER_PIPELINE, fill_value, filter_pipeline,
};
use std::sync::OnceLock;

use super::attribute::parse_space;
use super::datatype::Datatype;
use super::fault::{Fault, Outcome};
use super::file::{HdfFile, product};
use super::filters::Pipeline;
use super::header::Header;
use super::index::ChunkIndex;

/// The largest chunk that HDF5 can have.
const LARGEST_CHUNK: u64 = u32::MAX as u64;

/// What a dataset is: its type and its extent.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    /// The present lengths.
    pub(super) extent: Vec<u64>,
    /// For each dimension, whether it may grow without bound.
    pub(super) unlimited: Vec<bool>,
    /// The lengths up to which a dimension may grow.
    maximum: Option<Vec<u64>>,
    /// Whether the dataset has no elements at all, not even one.
    pub(super) null: bool,
}

/// The elements of a dataset.
#[derive(Debug)]
pub(super) struct Array {
    /// The lengths that are stored. NetCDF may show a longer unlimited dimension.
    pub(super) extent: Vec<u64>,
    /// Bytes of an element in the file.
    pub(super) element_size: usize,
    /// The bytes of an element that was never written, as they would be in the file; none
    /// stand for zeros.
    pub(super) fill: Vec<u8>,
    /// Whether that value was set by whoever made the file.
    pub(super) fill_is_set: bool,
    pub(super) storage: Storage,
}

/// How the elements are stored.
#[derive(Debug)]
pub(super) enum Storage {
    /// In the object header.
    Compact(Vec<u8>),
    /// One after the other; `None` when nothing was written yet.
    Contiguous { address: Option<u64> },
    /// In chunks.
    Chunked(Chunked),
}

/// The chunks of a dataset.
#[derive(Debug)]
pub(super) struct Chunked {
    /// The lengths of a chunk.
    pub(super) shape: Vec<u64>,
    /// The bytes of a chunk before filters.
    pub(super) bytes: usize,
    pub(super) pipeline: Pipeline,
    /// Whether the filters are left out for chunks that reach beyond the extent.
    pub(super) plain_edges: bool,
    /// Where the index is; `None` when nothing was written yet.
    pub(super) address: Option<u64>,
    pub(super) indexing: Option<ChunkIndexing>,
    /// The lengths by which some indexes number the chunks.
    pub(super) maximum: Option<Vec<u64>>,
    /// The chunks, looked up when the first of them is read.
    pub(super) index: OnceLock<Outcome<ChunkIndex>>,
}

/// The type of a dataset.
pub(super) fn datatype(file: &HdfFile, header: &Header) -> Outcome<Datatype> {
    let body = header.body(file, MSG_DATATYPE)?;
    Datatype::parse(&body.ok_or_else(|| Fault::invalid("a dataset has no type"))?)
}

/// The extent of a dataset.
pub(super) fn shape(file: &HdfFile, header: &Header) -> Outcome<Shape> {
    let body = header.body(file, MSG_DATASPACE)?;
    let space = parse_space(
        file,
        &body.ok_or_else(|| Fault::invalid("a dataset has no extent"))?,
    )?;
    let unlimited = |dimension: usize| {
        space
            .max_dims
            .as_ref()
            .and_then(|lengths| lengths.get(dimension))
            == Some(&UNLIMITED)
    };
    Ok(Shape {
        unlimited: (0..space.dims.len()).map(unlimited).collect(),
        null: space.dataspace_type == DataspaceType::Null,
        maximum: space.max_dims,
        extent: space.dims,
    })
}

impl Array {
    /// How the elements are stored, or why they cannot be read.
    pub(super) fn open(
        file: &HdfFile,
        header: &Header,
        element_size: usize,
        shape: &Shape,
    ) -> Outcome<Self> {
        if header.find(MSG_EXTERNAL_FILES).is_some() {
            return Err(Fault::unsupported("its data are in other files"));
        }
        let bytes = product(&shape.extent)?
            .checked_mul(element_size as u64)
            .ok_or_else(super::file::overflow)?;
        let body = header
            .body(file, MSG_DATA_LAYOUT)?
            .ok_or_else(|| Fault::invalid("a dataset has no layout"))?;
        let storage = match parse_layout(file, &body)? {
            DataLayout::Compact { data } => {
                if (data.len() as u64) < bytes {
                    return Err(Fault::invalid("its data are shorter than its extent"));
                }
                Storage::Compact(data)
            }
            DataLayout::Contiguous { address, .. } => {
                // Whether the data are in the file is checked when they are read.
                let address = Some(address).filter(|&address| !file.is_undefined(address));
                Storage::Contiguous { address }
            }
            DataLayout::Chunked {
                address,
                dims,
                element_size: declared,
                chunk_indexing,
            } => {
                let chunk = chunk_shape(&dims, declared, chunk_indexing.is_some(), element_size)?;
                let pipeline = Pipeline::new(match header.body(file, MSG_FILTER_PIPELINE)? {
                    Some(body) => {
                        let mut cursor = Cursor::new(&body);
                        let (offset, length) = (file.offset_size, file.length_size);
                        filter_pipeline::parse(&mut cursor, offset, length, body.len())?.filters
                    }
                    None => Vec::new(),
                })?;
                Storage::Chunked(Chunked::new(
                    chunk,
                    shape,
                    element_size,
                    pipeline,
                    // The version of the layout, its class, its flags.
                    matches!(*body, [(4..), 2, flags, ..] if flags & 1 != 0),
                    Some(address).filter(|&address| !file.is_undefined(address)),
                    chunk_indexing,
                )?)
            }
        };
        let fill = fill(file, header)?.filter(|fill| fill.len() == element_size);
        Ok(Self {
            extent: shape.extent.clone(),
            element_size,
            fill_is_set: fill.is_some(),
            fill: fill.unwrap_or_default(),
            storage,
        })
    }
}

impl Chunked {
    fn new(
        chunk: Vec<u64>,
        shape: &Shape,
        element_size: usize,
        pipeline: Pipeline,
        plain_edges: bool,
        address: Option<u64>,
        indexing: Option<ChunkIndexing>,
    ) -> Outcome<Self> {
        if chunk.len() != shape.extent.len() || chunk.is_empty() || chunk.contains(&0) {
            return Err(Fault::invalid(
                "its chunks have another number of dimensions",
            ));
        }
        let bytes = product(&chunk)?
            .checked_mul(element_size as u64)
            .filter(|&bytes| bytes <= LARGEST_CHUNK)
            .ok_or_else(|| Fault::invalid("its chunks are larger than HDF5 allows"))?;
        Ok(Self {
            shape: chunk,
            bytes: usize::try_from(bytes).map_err(|_| super::file::overflow())?,
            pipeline,
            plain_edges,
            address,
            indexing,
            maximum: shape.maximum.clone(),
            index: OnceLock::new(),
        })
    }
}

fn parse_layout(file: &HdfFile, body: &[u8]) -> Outcome<DataLayout> {
    // Class 3 is a dataset that is made of others.
    if matches!(body, [(4..), 3, ..]) {
        return Err(Fault::unsupported("its data are a view of other datasets"));
    }
    if let [1 | 2, ..] = body {
        return parse_old_layout(file, body);
    }
    let mut cursor = Cursor::new(body);
    Ok(layout::parse(&mut cursor, file.offset_size, file.length_size, body.len())?.layout)
}

/// A layout of version 1 or 2, in which `hdf5-reader` counts the reserved bytes wrongly.
fn parse_old_layout(file: &HdfFile, body: &[u8]) -> Outcome<DataLayout> {
    const COMPACT: u8 = 0;
    let mut cursor = Cursor::new(body);
    cursor.skip(1)?;
    let (rank, class) = (cursor.read_u8()?, cursor.read_u8()?);
    cursor.skip(5)?;
    let address = if class == COMPACT {
        0
    } else {
        cursor.read_offset(file.offset_size)?
    };
    let mut dims = Vec::new();
    for _ in 0..rank {
        dims.push(cursor.read_u32_le()?);
    }
    Ok(match class {
        COMPACT => {
            let size = cursor.read_u32_le()?;
            DataLayout::Compact {
                data: cursor.read_bytes(size as usize)?.to_vec(),
            }
        }
        1 => DataLayout::Contiguous { address, size: 0 },
        2 => {
            let element_size = dims.pop().unwrap_or_default();
            DataLayout::Chunked {
                address,
                dims,
                element_size,
                chunk_indexing: None,
            }
        }
        other => return Err(Fault::invalid(format!("a layout of class {other}"))),
    })
}

/// The chunk's lengths. The layout lists the size of an element after them.
fn chunk_shape(
    dims: &[u32],
    declared: u32,
    is_recent: bool,
    element_size: usize,
) -> Outcome<Vec<u64>> {
    let (dims, declared) = match dims.split_last() {
        Some((&last, rest)) if is_recent => (rest, last),
        _ => (dims, declared),
    };
    if declared as usize != element_size {
        return Err(Fault::invalid(format!(
            "its chunks hold elements of {declared} bytes, its type has {element_size}"
        )));
    }
    Ok(dims.iter().copied().map(u64::from).collect())
}

fn fill(file: &HdfFile, header: &Header) -> Outcome<Option<Vec<u8>>> {
    let (offset, length) = (file.offset_size, file.length_size);
    if let Some(body) = header.body(file, MSG_FILL_VALUE)? {
        return Ok(
            fill_value::parse_new(&mut Cursor::new(&body), offset, length, body.len())?.value,
        );
    }
    let Some(body) = header.body(file, MSG_FILL_VALUE_OLD)? else {
        return Ok(None);
    };
    Ok(fill_value::parse_old(&mut Cursor::new(&body), offset, length, body.len())?.value)
}
