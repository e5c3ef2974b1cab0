//! The filters of a chunk, undone.

mod deflate;
mod fletcher32;
mod lzf;
mod others;
mod shuffle;

use hdf5_reader::messages::filter_pipeline::FilterDescription;

use super::fault::{Fault, Outcome};
use super::file;

/// The most filters of a dataset, one for each bit of a chunk's mask.
const MOST_FILTERS: usize = 32;

/// The filters of a dataset in the order in which they were applied.
#[derive(Debug, Default)]
pub(super) struct Pipeline {
    filters: Vec<Filter>,
}

/// One filter with its parameters.
#[derive(Debug)]
struct Filter {
    id: u16,
    name: Option<String>,
    parameters: Vec<u32>,
}

/// Bytes that are reused from chunk to chunk.
///
/// The vector only grows: clearing what is overwritten at once costs as much as copying it.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    length: usize,
}

/// What one thread needs to decode chunks.
#[derive(Default)]
pub(super) struct Scratch {
    /// The stored bytes before, the decoded ones after [`Pipeline::undo`].
    pub(super) data: Buffer,
    other: Buffer,
    inflater: Option<libdeflater::Decompressor>,
    zstd: Option<zstd::bulk::Decompressor<'static>>,
}

/// How many bytes a filter may give.
#[derive(Debug, Clone, Copy)]
struct Expected {
    bytes: usize,
    /// Whether it has to be exactly so many.
    exact: bool,
}

impl Buffer {
    /// Room for `length` bytes of unspecified content.
    pub(super) fn resize(&mut self, length: usize) -> Outcome<&mut [u8]> {
        if self.bytes.len() < length {
            file::resize(&mut self.bytes, length)?;
        }
        self.length = length;
        Ok(&mut self.bytes[..length])
    }

    /// Keeps the first `length` bytes.
    fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn replace(&mut self, bytes: Vec<u8>) {
        self.length = bytes.len();
        self.bytes = bytes;
    }

    /// Gives back the memory of an unusually large chunk.
    pub(super) fn shrink(&mut self, limit: usize) {
        if self.bytes.capacity() > limit {
            *self = Self::default();
        }
    }
}

impl Scratch {
    /// Gives back the memory of unusually large chunks.
    pub(super) fn shrink(&mut self, limit: usize) {
        self.data.shrink(limit);
        self.other.shrink(limit);
    }
}

impl Pipeline {
    pub(super) fn new(filters: Vec<FilterDescription>) -> Outcome<Self> {
        if filters.len() > MOST_FILTERS {
            return Err(Fault::invalid(format!("it has {} filters", filters.len())));
        }
        let filters = filters
            .into_iter()
            .map(|filter| Filter {
                id: filter.id,
                name: filter.name,
                parameters: filter.client_data,
            })
            .collect();
        Ok(Self { filters })
    }

    /// The filters for people, in the order in which they were applied.
    pub(super) fn describe(&self) -> Vec<String> {
        self.filters.iter().map(Filter::describe).collect()
    }

    /// Whether chunks with this mask are stored as they are.
    pub(super) fn is_identity(&self, mask: u32) -> bool {
        self.active(mask).next().is_none()
    }

    fn active(&self, mask: u32) -> impl DoubleEndedIterator<Item = (usize, &Filter)> {
        self.filters
            .iter()
            .enumerate()
            .filter(move |(i, _)| mask >> i & 1 == 0)
    }

    /// Undoes the filters that the mask does not exclude on the bytes in `scratch.data`,
    /// which become `chunk_bytes` bytes.
    pub(super) fn undo(
        &self,
        scratch: &mut Scratch,
        mask: u32,
        chunk_bytes: usize,
        element_size: usize,
    ) -> Outcome<()> {
        self.undo_down_to(0, scratch, mask, chunk_bytes, element_size)
    }

    /// As [`Pipeline::undo`], with the bytes of the chunk in their place: where bytes were
    /// shuffled first, as is usual, they are put together there.
    pub(super) fn undo_into(
        &self,
        scratch: &mut Scratch,
        mask: u32,
        element_size: usize,
        place: &mut [u8],
    ) -> Outcome<()> {
        let first = self.active(mask).next();
        let shuffle = first.filter(|(_, filter)| filter.id == shuffle::ID);
        let down_to = shuffle.map_or(0, |(position, _)| position + 1);
        self.undo_down_to(down_to, scratch, mask, place.len(), element_size)?;
        let data = scratch.data.as_slice();
        match shuffle {
            Some((_, filter)) => shuffle::undo(data, filter.element_size(element_size), place),
            None => place.copy_from_slice(data),
        }
        Ok(())
    }

    /// Undoes those at `first` and behind it; those before it have to keep the number of bytes.
    fn undo_down_to(
        &self,
        first: usize,
        scratch: &mut Scratch,
        mask: u32,
        chunk_bytes: usize,
        element_size: usize,
    ) -> Outcome<()> {
        let behind = self.active(mask).filter(|(position, _)| *position >= first);
        for (position, filter) in behind.rev() {
            let expected = self.expected(position, mask, chunk_bytes);
            filter
                .undo(scratch, expected, element_size)
                .map_err(|fault| fault.within(&filter.describe()))?;
        }
        let length = scratch.data.as_slice().len();
        if length != chunk_bytes {
            return Err(Fault::invalid(format!(
                "a chunk has {length} bytes and should have {chunk_bytes}"
            )));
        }
        Ok(())
    }

    /// What the filter at `position` gives: the input of those applied before it.
    fn expected(&self, position: usize, mask: u32, chunk_bytes: usize) -> Expected {
        let mut expected = Expected {
            bytes: chunk_bytes,
            exact: true,
        };
        for (_, filter) in self.active(mask).take_while(|(i, _)| *i < position) {
            match filter.id {
                shuffle::ID => {}
                fletcher32::ID => expected.bytes = expected.bytes.saturating_add(4),
                _ => {
                    // Compressors may enlarge what they cannot compress, by a little.
                    expected.exact = false;
                    expected.bytes = expected
                        .bytes
                        .saturating_add(expected.bytes / 8)
                        .saturating_add(4096);
                }
            }
        }
        expected
    }
}

impl Filter {
    fn describe(&self) -> String {
        let level = |name: &str, parameter: usize| match self.parameters.get(parameter) {
            Some(level) => format!("{name} {level}"),
            None => name.to_owned(),
        };
        match self.id {
            deflate::ID => level("deflate", 0),
            shuffle::ID => "shuffle".to_owned(),
            fletcher32::ID => "fletcher32".to_owned(),
            lzf::ID => "lzf".to_owned(),
            others::BZIP2 => level("bzip2", 0),
            // A negative level is stored as the number of its bits.
            others::ZSTD => match self.parameters.first() {
                Some(level) => format!("zstd {}", level.cast_signed()),
                None => "zstd".to_owned(),
            },
            others::BLOSC => "blosc".to_owned(),
            others::SZIP => "szip".to_owned(),
            others::NBIT => "nbit".to_owned(),
            others::SCALE_OFFSET => "scaleoffset".to_owned(),
            others::LZ4 => "lz4".to_owned(),
            // These are not undone here, but have names that people know.
            32008 => "bitshuffle".to_owned(),
            32013 => "zfp".to_owned(),
            id => match &self.name {
                Some(name) => format!("filter {id} ({name})"),
                None => format!("filter {id}"),
            },
        }
    }

    /// How many bytes belong together for a shuffle of elements of a size.
    fn element_size(&self, element_size: usize) -> usize {
        let given = self.parameters.first();
        given.map_or(element_size, |&size| size as usize)
    }

    /// Undoes this filter on `scratch.data`.
    fn undo(&self, scratch: &mut Scratch, expected: Expected, element_size: usize) -> Outcome<()> {
        let Scratch {
            data,
            other,
            inflater,
            zstd,
        } = scratch;
        match self.id {
            fletcher32::ID => {
                let length = fletcher32::verify(data.as_slice())?;
                data.truncate(length);
                return Ok(()); // Nothing moved.
            }
            shuffle::ID => {
                let input = data.as_slice();
                let size = self.element_size(element_size);
                shuffle::undo(input, size, other.resize(input.len())?);
            }
            deflate::ID => deflate::undo(inflater, data.as_slice(), expected, other)?,
            lzf::ID => lzf::undo(data.as_slice(), expected, other)?,
            _ => others::undo(self, zstd, data.as_slice(), expected, other)?,
        }
        std::mem::swap(data, other);
        Ok(())
    }
}

/// Chunks up to this size are decoded whatever they were compressed to.
const ALWAYS_DECODED: usize = 16 << 20;

/// Fails when a declared size is beyond what `input` could ever hold.
///
/// Before a buffer is made: a few bytes must not be able to ask for gigabytes. `ratio` is
/// the best that the codec can do.
fn check_ratio(input: &[u8], output: usize, ratio: usize) -> Outcome<()> {
    if output > ALWAYS_DECODED && output > input.len().saturating_add(64).saturating_mul(ratio) {
        return Err(Fault::invalid(format!(
            "{} bytes cannot hold a chunk of {output} bytes",
            input.len()
        )));
    }
    Ok(())
}
