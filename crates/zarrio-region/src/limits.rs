//! How many threads and how much memory an operation may use.

use std::sync::OnceLock;

use zarrio_model::config::{Config, Jobs, MemoryLimit};
use zarrio_model::{ByteSize, DataType, Region, Source, VariableSchema};

use crate::RegionError;
use crate::block::{BlockPlan, BlockRequest};
use crate::scratch::{PIECE_BYTES, ScratchPlan};

/// What a machine is taken to have that does not tell.
const DEFAULT_MACHINE: u64 = 4 << 30;
/// What a text takes on average: its bytes, its pointer, its length.
const TEXT_BYTES: u64 = 64;
/// One block is read while another is encoded. Where threads take turns there is one, and what
/// is planned suffices all the more.
pub(crate) const BLOCKS_IN_FLIGHT: u64 = 2;
/// What to do about an axis with more labels than there is room for.
pub(crate) const MORE_LABELS: &str =
    "allow more with a larger memory setting, by --memory or ZARRIO_MEMORY";
/// Blocks of so many bytes for each thread keep all of them busy. Larger ones only take longer
/// to be the first, and memory that was never used before, which costs time to get.
const BLOCK_OF_JOB: u64 = 16 << 20;
/// A copy on the disk costs about as much as reading and decoding the source once.
const WORTH_A_COPY: f64 = 2.0;
/// A worker holds a chunk, its compressed form and what the codec needs on the way.
const BUFFERS_PER_CHUNK: u64 = 3;
/// What is known of a chunk while its block is read: where it is, and what it was found to be.
const BYTES_BESIDE: u64 = 128;
/// A worker holds a source chunk as stored, decoded, and between two filters.
const BUFFERS_PER_SOURCE_CHUNK: u64 = 3;

/// The settings as numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Threads that decode and encode.
    pub(crate) jobs: u64,
    /// Bytes that all buffers together may have.
    pub(crate) memory: u64,
    /// Whether there is a directory for copies of variables.
    pub(crate) scratch: bool,
}

impl Limits {
    pub(crate) fn new(config: &Config) -> Self {
        let jobs = config.jobs.resolve(cores()) as u64;
        let memory = memory_of(config.memory);
        let scratch = !config.scratch.is_empty();
        Self {
            jobs,
            memory,
            scratch,
        }
    }

    /// These limits with no more threads than have room for the working buffers of every
    /// variable in half of the memory; at least one.
    pub(crate) fn for_variables<'a>(
        mut self,
        variables: impl Iterator<Item = (&'a VariableSchema, &'a [u64])>,
    ) -> Self {
        for (variable, chunk_shape) in variables {
            let worker = Sizes::new(variable, chunk_shape).worker().max(1);
            self.jobs = self.jobs.min((self.memory / 2 / worker).max(1));
        }
        self
    }

    /// The blocks within these limits in which a variable goes to a region of an array with
    /// the given chunks. `more` is how many buffers as large as a block there are beside
    /// the blocks themselves.
    pub(crate) fn blocks(
        &self,
        variable: &VariableSchema,
        bounds: &Region,
        chunk_shape: &[u64],
        more: u64,
    ) -> Result<BlockPlan, RegionError> {
        let block_bytes = self.block_bytes(variable, chunk_shape, more)?;
        let request = BlockRequest {
            bounds,
            chunk_shape,
            source_chunks: variable.layout.unit(),
            element_size: element_bytes(variable.data_type),
            block_bytes,
        };
        let of_bytes = |block_bytes| {
            BlockPlan::new(&BlockRequest {
                block_bytes,
                ..request
            })
        };
        let largest = of_bytes(block_bytes);
        // Smaller ones where they read no more, and rows are no more cut: digests are of whole
        // rows.
        let last = |plan: &BlockPlan| plan.block_shape.last().copied();
        let as_good = |plan: &BlockPlan| {
            plan.source_reads <= largest.source_reads && last(plan) == last(&largest)
        };
        let least = self.jobs.saturating_mul(BLOCK_OF_JOB);
        let smaller = std::iter::successors(Some(least), |bytes| bytes.checked_mul(2))
            .take_while(|bytes| *bytes < block_bytes)
            .map(of_bytes)
            .find(as_good);
        Ok(smaller.unwrap_or(largest))
    }

    /// The same blocks, or where they would read the source twice or more and there is a
    /// directory for copies, those in which a copy is read.
    pub(crate) fn blocks_or_copy(
        &self,
        variable: &VariableSchema,
        bounds: &Region,
        chunk_shape: &[u64],
        more: u64,
    ) -> Result<BlockPlan, RegionError> {
        let blocks = self.blocks(variable, bounds, chunk_shape, more)?;
        if !self.scratch || blocks.source_reads < WORTH_A_COPY {
            return Ok(blocks);
        }
        // One more buffer holds what is copied, and each thread a piece of it.
        let pieces = self.jobs.saturating_mul(PIECE_BYTES);
        let smaller = Self {
            memory: self.memory.saturating_sub(pieces),
            ..*self
        };
        let Ok(part_bytes) = smaller.block_bytes(variable, chunk_shape, more + 1) else {
            return Ok(blocks);
        };
        let mut fewer = smaller.blocks(variable, bounds, chunk_shape, more + 1)?;
        let Some(copy) = ScratchPlan::new(variable, &fewer.block_shape, part_bytes) else {
            return Ok(blocks);
        };
        // Parts are whole source chunks.
        fewer.source_reads = 1.0;
        fewer.scratch = Some(copy);
        Ok(fewer)
    }

    /// The bytes that a block may have.
    fn block_bytes(
        &self,
        variable: &VariableSchema,
        chunk_shape: &[u64],
        more: u64,
    ) -> Result<u64, RegionError> {
        let sizes = Sizes::new(variable, chunk_shape);
        let least = |jobs| sizes.least(jobs, more);
        if least(self.jobs) > self.memory {
            return Err(RegionError::Memory {
                variable: variable.path.to_string(),
                least: ByteSize(in_mebibytes(least(1))),
                given: ByteSize(self.memory),
            });
        }
        let room = self.memory - sizes.worker().saturating_mul(self.jobs);
        let block = room / (BLOCKS_IN_FLIGHT + more);
        // Where chunks are small, what is known of each takes more than they do.
        let small = (BYTES_BESIDE / sizes.chunk.max(1)).max(1);
        Ok((block / small).max(sizes.chunk))
    }

    /// What workers and blocks leave of the memory while a variable is written.
    pub(crate) fn left(
        &self,
        variable: &VariableSchema,
        chunk_shape: &[u64],
        blocks: &BlockPlan,
    ) -> u64 {
        let sizes = Sizes::new(variable, chunk_shape);
        let element = element_bytes(variable.data_type);
        let block = blocks.block_shape.iter().copied();
        let block_bytes = block.fold(element, u64::saturating_mul);
        // A copy has one more buffer, and each thread a piece of it.
        let (more, piece) = match blocks.scratch {
            Some(_) => (1, PIECE_BYTES),
            None => (0, 0),
        };
        let blocks = block_bytes.saturating_mul(BLOCKS_IN_FLIGHT + more);
        let worker = sizes.worker().saturating_add(piece);
        let workers = worker.saturating_mul(self.jobs);
        self.memory.saturating_sub(blocks.saturating_add(workers))
    }
}

/// The settings for each of several operations that share the machine: its part of the
/// threads, at least one, and of the memory.
#[must_use]
pub fn share(config: &Config, operations: u64) -> Config {
    let Limits { jobs, memory, .. } = Limits::new(config);
    let jobs = (jobs / operations.max(1)).max(1);
    Config {
        jobs: Jobs::from(u32::try_from(jobs).unwrap_or(u32::MAX)),
        memory: MemoryLimit::Limit(ByteSize(memory / operations.max(1))),
        ..config.clone()
    }
}

/// How many files can be written into an archive at once within the memory of the settings; at
/// least one.
#[must_use]
pub fn operations(config: &Config, archive: &dyn Source) -> u64 {
    let least = archive.schema().variables().map(|variable| {
        let chunks = variable.layout.unit().unwrap_or(&variable.shape);
        least_memory(variable, chunks)
    });
    (Limits::new(config).memory / least.max().unwrap_or(1).max(1)).max(1)
}

/// The memory with which one thread can write a variable.
pub(crate) fn least_memory(variable: &VariableSchema, chunk_shape: &[u64]) -> u64 {
    in_mebibytes(Sizes::new(variable, chunk_shape).least(1, 0))
}

/// The memory with which one thread writes a variable without being slowed down.
pub(crate) fn memory_of_thread(variable: &VariableSchema, chunk_shape: &[u64]) -> u64 {
    let sizes = Sizes::new(variable, chunk_shape);
    let block = sizes.chunk.max(BLOCK_OF_JOB);
    let blocks = block.saturating_mul(BLOCKS_IN_FLIGHT);
    in_mebibytes(sizes.worker().saturating_add(blocks))
}

/// No fewer bytes, that people can read.
fn in_mebibytes(bytes: u64) -> u64 {
    bytes.checked_next_multiple_of(1 << 20).unwrap_or(u64::MAX)
}

/// Bytes that one variable's units take in memory.
struct Sizes {
    chunk: u64,
    source_chunk: u64,
}

impl Sizes {
    fn new(variable: &VariableSchema, chunk_shape: &[u64]) -> Self {
        let element = element_bytes(variable.data_type);
        let bytes = |shape: &[u64]| shape.iter().copied().fold(element, u64::saturating_mul);
        Self {
            chunk: bytes(chunk_shape),
            source_chunk: variable.layout.unit().map_or(0, bytes),
        }
    }

    /// What so many workers need at least, with the blocks on their way.
    fn least(&self, jobs: u64, more: u64) -> u64 {
        self.worker()
            .saturating_mul(jobs)
            .saturating_add(self.chunk.saturating_mul(BLOCKS_IN_FLIGHT + more))
    }

    fn worker(&self) -> u64 {
        let chunk = self.chunk.saturating_mul(BUFFERS_PER_CHUNK);
        chunk.saturating_add(self.source_chunk.saturating_mul(BUFFERS_PER_SOURCE_CHUNK))
    }
}

pub(crate) fn element_bytes(data_type: DataType) -> u64 {
    data_type.size().map_or(TEXT_BYTES, |size| size as u64)
}

/// The processors that this process may use. They are asked for once: the answer takes the
/// reading of several files, and there may be thousands of operations.
fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get))
}

/// The bytes of a memory setting on this machine.
pub(crate) fn memory_of(limit: MemoryLimit) -> u64 {
    let machine = machine_memory().unwrap_or(DEFAULT_MACHINE);
    limit.resolve(ByteSize(machine)).0
}

/// The memory of the machine in bytes.
fn machine_memory() -> Option<u64> {
    let info = rustix::system::sysinfo();
    info.totalram.checked_mul(info.mem_unit.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use zarrio_model::{Attributes, NativeLayout, NodePath};

    #[test]
    fn blocks_are_no_larger_than_reading_once_needs() {
        let variable = VariableSchema {
            path: NodePath::parse("t2m"),
            data_type: DataType::Float32,
            dimensions: vec!["time".into(), "lat".into(), "lon".into()],
            shape: vec![744, 181, 360],
            attributes: Attributes::new(),
            layout: NativeLayout {
                chunks: Some(vec![1, 181, 360]),
                ..NativeLayout::default()
            },
        };
        let bounds = Region::full(&variable.shape);
        // A row of chunks has 29 MB: more than is best for one thread, and enough.
        for jobs in [1, 2] {
            let limits = Limits {
                jobs,
                memory: 1 << 30,
                scratch: false,
            };
            let blocks = limits.blocks(&variable, &bounds, &[100, 50, 100], 0);
            let blocks = blocks.unwrap();
            assert_eq!(blocks.block_shape, [100, 200, 400], "{jobs}");
            assert_eq!(blocks.source_reads, 1.0);
        }
    }
    #[test]
    fn blocks_of_small_chunks_leave_memory_for_what_is_known_of_them() {
        let variable = VariableSchema {
            path: NodePath::parse("v"),
            data_type: DataType::UInt8,
            dimensions: vec!["x".into()],
            shape: vec![1 << 40],
            attributes: Attributes::new(),
            layout: NativeLayout::default(),
        };
        let limits = Limits {
            jobs: 1,
            memory: 64 << 20,
            scratch: false,
        };
        for chunk in [1, 16, 4096] {
            let bounds = Region::full(&variable.shape);
            let blocks = limits.blocks(&variable, &bounds, &[chunk], 0).unwrap();
            let chunks = blocks.block_shape[0] / chunk;
            let beside = 2 * chunks * BYTES_BESIDE;
            assert!(beside <= limits.memory, "{chunk}: {chunks}");
        }
    }
}
