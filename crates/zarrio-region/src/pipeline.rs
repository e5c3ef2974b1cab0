//! Read → encode → store, block by block, with a bounded number of blocks in memory.
//!
//! One thread asks the source for a block while this one encodes the block before; both do
//! their work on the same pool, so that all cores are busy whichever is slower. Buffers go
//! round: what was encoded is filled again.

use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};
use rayon::ThreadPool;
use rayon::prelude::*;
use zarrio_codec::{ChunkEncoder, EncodingPlan};
use zarrio_model::{DataType, Region, Source};
use zarrio_store::{Prefix, Store};

use crate::RegionError;
use crate::block::cells;
use crate::convert::CancelToken;
use crate::gather::gather;
use crate::limits::BLOCKS_IN_FLIGHT;
use crate::observer::{Event, Observer, VariableReport};
use crate::plan::VariablePlan;

/// Everything that the pipeline works with.
#[derive(Clone, Copy)]
pub(crate) struct Pipeline<'a> {
    pub(crate) source: &'a dyn Source,
    pub(crate) store: &'a dyn Store,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) cancel: &'a CancelToken,
    pub(crate) pool: &'a ThreadPool,
}

/// A variable on its way, with the place of its array.
struct Task<'a> {
    plan: &'a VariablePlan,
    place: Prefix,
    encoder: ChunkEncoder,
    chunks: AtomicU64,
    raw_bytes: AtomicU64,
    stored_bytes: AtomicU64,
}

/// A part of a variable in memory.
struct Block {
    task: usize,
    region: Region,
    data: Data,
}

enum Data {
    Bytes(Vec<u8>),
    Text(Vec<String>),
}

impl Pipeline<'_> {
    /// Writes every chunk of the variables; `place` gives where an array lies.
    pub(crate) fn run(
        &self,
        variables: &[VariablePlan],
        place: impl Fn(&EncodingPlan) -> Result<Prefix, RegionError>,
    ) -> Result<Vec<VariableReport>, RegionError> {
        let tasks = variables
            .iter()
            .map(|plan| {
                Ok(Task {
                    plan,
                    place: place(&plan.encoding)?,
                    encoder: ChunkEncoder::new(&plan.encoding)?,
                    chunks: AtomicU64::new(0),
                    raw_bytes: AtomicU64::new(0),
                    stored_bytes: AtomicU64::new(0),
                })
            })
            .collect::<Result<Vec<_>, RegionError>>()?;

        let in_flight = BLOCKS_IN_FLIGHT as usize;
        // The block that is being encoded has left the channel.
        let (send_block, receive_block) = bounded::<Result<Block, RegionError>>(in_flight - 1);
        let (send_buffer, receive_buffer) = bounded::<Vec<u8>>(in_flight);
        for _ in 0..in_flight {
            // The channel has room for all of them.
            let _ = send_buffer.try_send(Vec::new());
        }
        std::thread::scope(|scope| {
            scope.spawn(|| self.read_all(&tasks, &receive_buffer, send_block));
            // Takes its ends of the channels, so that the reader does not wait for an encoder
            // that has failed.
            self.encode_all(&tasks, receive_block, send_buffer)
        })?;
        Ok(tasks.iter().map(Task::report).collect())
    }

    /// Reads block after block until all are read, one fails, or nobody listens any more.
    fn read_all(
        &self,
        tasks: &[Task<'_>],
        buffers: &Receiver<Vec<u8>>,
        blocks: Sender<Result<Block, RegionError>>,
    ) {
        for (index, task) in tasks.iter().enumerate() {
            let variable = task.plan.encoding.path();
            let span = tracing::debug_span!("variable", name = variable.as_str());
            let _entered = span.enter();
            self.observer.on_event(&Event::VariableStarted { variable });
            for region in task.plan.blocks.regions() {
                let Ok(buffer) = buffers.recv() else { return };
                let block = self.read(index, task, region, buffer);
                let failed = block.is_err();
                if blocks.send(block).is_err() || failed {
                    return;
                }
            }
        }
    }

    fn read(
        &self,
        index: usize,
        task: &Task<'_>,
        region: Region,
        mut buffer: Vec<u8>,
    ) -> Result<Block, RegionError> {
        self.cancel.check()?;
        let encoding = &task.plan.encoding;
        tracing::trace!(%region, "reading a block");
        let data = match encoding.data_type().size() {
            None => {
                let texts = self
                    .pool
                    .install(|| self.source.read_text(encoding.path(), &region))?;
                Data::Text(texts)
            }
            Some(size) => {
                // The plan bounds a block by the memory setting, so this fits.
                buffer.resize(region.num_elements() as usize * size, 0);
                self.pool
                    .install(|| self.source.read(encoding.path(), &region, &mut buffer))?;
                Data::Bytes(buffer)
            }
        };
        Ok(Block {
            task: index,
            region,
            data,
        })
    }

    fn encode_all(
        &self,
        tasks: &[Task<'_>],
        blocks: Receiver<Result<Block, RegionError>>,
        buffers: Sender<Vec<u8>>,
    ) -> Result<(), RegionError> {
        for block in blocks {
            let block = block?;
            self.cancel.check()?;
            self.pool
                .install(|| self.encode(&tasks[block.task], &block))?;
            let buffer = match block.data {
                Data::Bytes(buffer) => buffer,
                Data::Text(_) => Vec::new(),
            };
            // A full channel only means that the reader needs no more.
            let _ = buffers.try_send(buffer);
        }
        Ok(())
    }

    /// Encodes and stores all chunks of a block.
    fn encode(&self, task: &Task<'_>, block: &Block) -> Result<(), RegionError> {
        let encoding = &task.plan.encoding;
        let first: Vec<u64> = block
            .region
            .start()
            .iter()
            .zip(encoding.chunk_shape())
            .map(|(s, c)| s / c)
            .collect();
        let grid: Vec<u64> = block
            .region
            .shape()
            .iter()
            .zip(encoding.chunk_shape())
            .map(|(n, c)| n.div_ceil(*c))
            .collect();
        let indices: Vec<Vec<u64>> = cells(grid)
            .map(|cell| cell.iter().zip(&first).map(|(c, f)| c + f).collect())
            .collect();
        indices
            .par_iter()
            .try_for_each_init(Vec::new, |scratch, chunk| {
                self.cancel.check()?;
                let object = task.encode(block, chunk, scratch)?;
                self.store_chunk(task, chunk, &object)
            })
    }

    fn store_chunk(
        &self,
        task: &Task<'_>,
        chunk: &[u64],
        object: &[u8],
    ) -> Result<(), RegionError> {
        let encoding = &task.plan.encoding;
        let variable = encoding.path();
        let failed = || {
            format!(
                "cannot store chunk {chunk:?} of variable {:?}",
                variable.as_str()
            )
        };
        let key = task
            .place
            .key(&encoding.chunk_key(chunk))
            .map_err(RegionError::store(failed()))?;
        self.store
            .put(&key, object)
            .map_err(RegionError::store(failed()))?;

        let elements = Region::new(task.bounds(chunk))
            .intersection(&Region::full(encoding.shape()))
            .num_elements();
        let raw_bytes = elements.saturating_mul(encoding.data_type().size().unwrap_or(0) as u64);
        let stored_bytes = object.len() as u64;
        task.chunks.fetch_add(1, Ordering::Relaxed);
        task.raw_bytes.fetch_add(raw_bytes, Ordering::Relaxed);
        task.stored_bytes.fetch_add(stored_bytes, Ordering::Relaxed);
        self.observer.on_event(&Event::ChunkWritten {
            variable,
            raw_bytes,
            stored_bytes,
        });
        Ok(())
    }
}

impl Task<'_> {
    /// The ranges of a chunk, beyond the array's end where it is at the edge.
    fn bounds(&self, chunk: &[u64]) -> Vec<std::ops::Range<u64>> {
        let lengths = self.plan.encoding.chunk_shape();
        chunk
            .iter()
            .zip(lengths)
            .map(|(i, n)| i * n..(i + 1) * n)
            .collect()
    }

    /// The object of a chunk, cut out of a block that holds all of it that the array has.
    fn encode(
        &self,
        block: &Block,
        chunk: &[u64],
        scratch: &mut Vec<u8>,
    ) -> Result<Vec<u8>, RegionError> {
        let encoding = &self.plan.encoding;
        let bounds = Region::new(self.bounds(chunk));
        let (start, shape) = (bounds.start(), encoding.chunk_shape());
        let object = match &block.data {
            // The block is the chunk.
            Data::Bytes(bytes) if block.region == bounds => self.encoder.encode(bytes)?,
            Data::Bytes(bytes) => {
                let width = encoding.data_type().size().unwrap_or(1);
                let length = encoding.chunk_bytes().unwrap_or_default();
                if bounds.fits(encoding.shape()) {
                    scratch.resize(length, 0);
                } else {
                    // At the array's end chunks are stored whole: padded with the fill
                    // value, so that equal data make equal bytes.
                    scratch.clear();
                    scratch.extend(encoding.fill_bytes().iter().copied().cycle().take(length));
                }
                gather(bytes, &block.region, scratch, &start, shape, width);
                self.encoder.encode(scratch)?
            }
            Data::Text(texts) => {
                debug_assert_eq!(encoding.data_type(), DataType::String);
                let length: u64 = shape.iter().product();
                let positions: Vec<usize> = (0..texts.len()).collect();
                let mut from = vec![usize::MAX; length as usize];
                gather(&positions, &block.region, &mut from, &start, shape, 1);
                let fill = encoding.fill_text();
                let text = |i: usize| texts.get(i).map_or(fill, String::as_str);
                let chunk: Vec<&str> = from.into_iter().map(text).collect();
                self.encoder.encode_text(&chunk)?
            }
        };
        Ok(object)
    }

    fn report(&self) -> VariableReport {
        VariableReport {
            variable: self.plan.encoding.path().clone(),
            chunks: self.chunks.load(Ordering::Relaxed),
            raw_bytes: self.raw_bytes.load(Ordering::Relaxed),
            stored_bytes: self.stored_bytes.load(Ordering::Relaxed),
        }
    }
}
