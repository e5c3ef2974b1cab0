//! Which chunks of a dataset exist, and where they are.

use hdf5_reader::btree_v1::{self, BTreeV1Key};
use hdf5_reader::chunk_index::{self, ChunkEntry};
use hdf5_reader::extensible_array;
use hdf5_reader::fixed_array;
use hdf5_reader::messages::dataspace::UNLIMITED;
use hdf5_reader::messages::layout::ChunkIndexing;

use super::array::{Array, Chunked};
use super::fault::{Fault, Outcome};
use super::file::{HdfFile, overflow};

/// A stored chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// The number of the chunk, in C order over the grid.
    number: u64,
    pub(super) address: u64,
    pub(super) bytes: u64,
    /// A bit for each filter that was left out.
    pub(super) mask: u32,
}

/// The stored chunks of a dataset.
#[derive(Debug, Clone)]
pub(super) struct ChunkIndex {
    /// By number.
    entries: Vec<Entry>,
    /// Chunks along each dimension.
    grid: Vec<u64>,
    /// The number of chunks that the file lists, also of those beyond the extent.
    listed: usize,
}

impl ChunkIndex {
    /// The index of a dataset, which is read when it is first asked for.
    pub(super) fn of<'a>(file: &HdfFile, array: &Array, chunked: &'a Chunked) -> Outcome<&'a Self> {
        let index = chunked
            .index
            .get_or_init(|| Self::read(file, array, chunked));
        index
            .as_ref()
            .map_err(|fault| fault.clone().within("chunk index"))
    }

    fn read(file: &HdfFile, array: &Array, chunked: &Chunked) -> Outcome<Self> {
        let lengths = array.extent.iter().zip(&chunked.shape);
        let grid: Vec<u64> = lengths
            .map(|(&length, &chunk)| length.div_ceil(chunk))
            .collect();
        let found = match chunked.address {
            Some(address) if !grid.contains(&0) => collect(file, array, chunked, address)?,
            _ => Vec::new(),
        };
        let listed = found.len();
        let mut entries = Vec::new();
        entries.try_reserve_exact(found.len()).map_err(|_| {
            Fault::invalid(format!("there is no memory for {} chunks", found.len()))
        })?;
        for chunk in found {
            let Some(number) = number(&chunk.offsets, &chunked.shape, &grid)? else {
                continue;
            };
            if file.is_undefined(chunk.address) {
                continue;
            }
            // Without filters the index need not repeat the size of a chunk.
            let bytes = if chunk.size == 0 {
                chunked.bytes as u64
            } else {
                chunk.size
            };
            let ChunkEntry {
                address,
                filter_mask: mask,
                ..
            } = chunk;
            entries.push(Entry {
                number,
                address,
                bytes,
                mask,
            });
        }
        entries.sort_by_key(|entry| entry.number);
        // Chunks are written to disjoint parts of a buffer, so each may occur only once.
        if entries
            .windows(2)
            .any(|pair| pair[0].number == pair[1].number)
        {
            return Err(Fault::invalid("the chunk index lists a chunk twice"));
        }
        Ok(Self {
            entries,
            grid,
            listed,
        })
    }

    /// The chunk at a position of the grid, if it was stored.
    pub(super) fn get(&self, position: &[u64]) -> Option<Entry> {
        let number = position
            .iter()
            .zip(&self.grid)
            .try_fold(0u64, |number, (&at, &count)| {
                number.checked_mul(count)?.checked_add(at)
            })?;
        let place = self
            .entries
            .binary_search_by_key(&number, |entry| entry.number)
            .ok()?;
        self.entries.get(place).copied()
    }

    /// The number of chunks that the file lists, also of those beyond the extent.
    pub(super) fn listed(&self) -> usize {
        self.listed
    }

    /// The bytes of all stored chunks.
    pub(super) fn stored_bytes(&self) -> u64 {
        self.entries
            .iter()
            .fold(0, |sum, entry| sum.saturating_add(entry.bytes))
    }
}

/// The number of the chunk that starts at `offsets`; `None` when it lies beyond the extent,
/// as chunks do that a shrunk dataset left behind.
fn number(offsets: &[u64], chunk: &[u64], grid: &[u64]) -> Outcome<Option<u64>> {
    if offsets.len() < grid.len() {
        return Err(Fault::invalid("a chunk has another number of dimensions"));
    }
    let mut number = 0u64;
    for ((&offset, &length), &count) in offsets.iter().zip(chunk).zip(grid) {
        if offset % length != 0 {
            return Err(Fault::invalid("a chunk does not lie on the grid"));
        }
        let position = offset / length;
        if position >= count {
            return Ok(None);
        }
        number = number
            .checked_mul(count)
            .and_then(|number| number.checked_add(position))
            .ok_or_else(overflow)?;
    }
    Ok(Some(number))
}

fn collect(
    file: &HdfFile,
    array: &Array,
    chunked: &Chunked,
    address: u64,
) -> Outcome<Vec<ChunkEntry>> {
    let (offset, length) = (file.offset_size, file.length_size);
    let rank = array.extent.len();
    let dims = chunked
        .shape
        .iter()
        .map(|&length| u32::try_from(length))
        .collect::<Result<Vec<u32>, _>>()
        .map_err(|_| overflow())?;
    // Where no dimension is unlimited, chunks are numbered within the largest extent.
    let numbered = chunked
        .maximum
        .as_ref()
        .filter(|maximum| maximum.len() == rank && !maximum.contains(&UNLIMITED))
        .unwrap_or(&array.extent);
    Ok(match &chunked.indexing {
        None => {
            let leaves = btree_v1::collect_btree_v1_leaves_storage(
                file,
                address,
                offset,
                length,
                Some(u32::try_from(rank).map_err(|_| overflow())?),
                &dims,
                None,
            )?;
            leaves.into_iter().map(from_leaf).collect::<Outcome<_>>()?
        }
        Some(ChunkIndexing::SingleChunk {
            filtered_size,
            filters,
        }) => {
            vec![chunk_index::single_chunk_entry(
                address,
                *filtered_size,
                *filters,
                rank,
            )]
        }
        Some(ChunkIndexing::Implicit) => chunk_index::collect_implicit_chunk_entries(
            address,
            numbered,
            &dims,
            array.element_size,
            None,
            hdf5_reader::Storage::len(file),
        )?,
        Some(ChunkIndexing::FixedArray { .. }) => {
            fixed_array::collect_fixed_array_chunk_entries_storage(
                file, address, offset, length, numbered, &dims, None,
            )?
        }
        Some(ChunkIndexing::ExtensibleArray { .. }) => {
            extensible_array::collect_extensible_array_chunk_entries_storage(
                file,
                address,
                offset,
                length,
                &array.extent,
                chunked.maximum.as_deref(),
                &dims,
                None,
            )?
        }
        Some(ChunkIndexing::BTreeV2) => chunk_index::collect_v2_chunk_entries_storage(
            file,
            address,
            offset,
            length,
            u32::try_from(rank).map_err(|_| overflow())?,
            &dims,
            None,
        )?,
    })
}

fn from_leaf((key, address): (BTreeV1Key, u64)) -> Outcome<ChunkEntry> {
    match key {
        BTreeV1Key::RawData {
            chunk_size,
            filter_mask,
            offsets,
        } => Ok(ChunkEntry {
            address,
            size: u64::from(chunk_size),
            filter_mask,
            offsets,
        }),
        BTreeV1Key::Group { .. } => Err(Fault::invalid("the chunk index belongs to a group")),
    }
}
