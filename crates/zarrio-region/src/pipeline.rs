//! Read → encode → store, block by block, with a bounded number of blocks in memory.
//!
//! One thread asks the source for a block while this one encodes the block before; both do
//! their work on the same pool, so that all cores are busy whichever is slower. Buffers go
//! round: what was encoded is filled again.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};
use rayon::ThreadPool;
use rayon::prelude::*;
use zarrio_model::{Region, Source};
use zarrio_store::{Key, Store, StoreErrorKind};

use crate::RegionError;
use crate::check::Check;
use crate::content::{Content, Presence, Scan};
use crate::convert::CancelToken;
use crate::limits::BLOCKS_IN_FLIGHT;
use crate::observer::{Event, Observer, VariableReport};
use crate::placement::Run;
use crate::recording::Written;
use crate::scratch::Scratch;
use crate::transfer::{Elements, Transfer};

/// The lock file of an array, in its private directory.
pub(crate) const LOCK: &str = ".zarrio/locks";

/// Everything that the pipeline works with.
#[derive(Clone, Copy)]
pub(crate) struct Pipeline<'a> {
    pub(crate) source: &'a dyn Source,
    pub(crate) store: &'a dyn Store,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) cancel: &'a CancelToken,
    pub(crate) pool: &'a ThreadPool,
    /// The directory for copies of variables that are planned with one.
    pub(crate) scratch: Option<&'a Path>,
    /// Whether others may write the same objects: then every put is done under the
    /// object's lock, and what the source does not place is kept as it is.
    pub(crate) shared: bool,
    /// Whether nothing is written: the elements are read and looked at.
    pub(crate) only_looks: bool,
    /// How what is written is checked.
    pub(crate) check: &'a Check,
}

/// The threads on which blocks are decoded and encoded.
pub(crate) fn pool(jobs: u64) -> Result<ThreadPool, RegionError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(jobs as usize)
        .thread_name(|i| format!("zarrio-{i}"))
        .build()
        .map_err(|e| RegionError::Settings {
            message: format!("cannot start {jobs} threads: {e}"),
            hint: "give a smaller number with --jobs".into(),
        })
}

/// A transfer with what was done of it.
struct Task<'a> {
    transfer: &'a Transfer,
    content: Mutex<Content>,
    presence: Option<Presence>,
    chunks: AtomicU64,
    raw_bytes: AtomicU64,
    stored_bytes: AtomicU64,
}

/// A part of a variable in memory.
struct Block {
    task: usize,
    region: Region,
    elements: Elements,
}

impl Pipeline<'_> {
    /// Writes every chunk that the transfers meet.
    pub(crate) fn run(&self, transfers: &[Transfer]) -> Result<Vec<Written>, RegionError> {
        let tasks: Vec<Task<'_>> = transfers.iter().map(Task::new).collect();
        let in_flight = BLOCKS_IN_FLIGHT as usize;
        // The block that is being encoded has left the channel.
        let (send_block, receive_block) = bounded::<Result<Block, RegionError>>(in_flight - 1);
        let (send_buffer, receive_buffer) = bounded::<Vec<u8>>(in_flight);
        for _ in 0..in_flight {
            // The channel has room for all of them.
            let _ = send_buffer.try_send(Vec::new());
        }
        std::thread::scope(|scope| {
            let read = || self.read_all(&tasks, &receive_buffer, send_block);
            let reader = std::thread::Builder::new().name("zarrio-reader".into());
            reader
                .spawn_scoped(scope, read)
                .map_err(|e| RegionError::Settings {
                    message: format!("cannot start a thread: {e}"),
                    hint: "allow more processes, or give fewer --workers".into(),
                })?;
            // Takes its ends of the channels, so that the reader does not wait for an encoder
            // that has failed.
            self.encode_all(&tasks, receive_block, send_buffer)
        })?;
        Ok(tasks.into_iter().map(Task::written).collect())
    }

    /// Reads block after block until all are read, one fails, or nobody listens any more.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the encoder waits until this end is gone"
    )]
    fn read_all(
        &self,
        tasks: &[Task<'_>],
        buffers: &Receiver<Vec<u8>>,
        blocks: Sender<Result<Block, RegionError>>,
    ) {
        for (task, Task { transfer, .. }) in tasks.iter().enumerate() {
            let variable = &transfer.variable;
            let span = tracing::debug_span!("variable", name = variable.as_str());
            let _entered = span.enter();
            let copy = match self.copy(transfer) {
                Ok(copy) => copy,
                Err(error) => {
                    // Nobody listens where the encoder has failed already.
                    let _ = blocks.send(Err(error));
                    return;
                }
            };
            let source = copy
                .as_ref()
                .map_or(self.source, |copy| copy as &dyn Source);
            self.observer.on_event(&Event::VariableStarted { variable });
            for region in transfer.blocks.regions() {
                if !transfer.has(&region) {
                    continue;
                }
                let Ok(buffer) = buffers.recv() else { return };
                tracing::trace!(%region, "reading a block");
                let block = self.cancel.check().and_then(|()| {
                    let read = || transfer.read(source, &region, buffer);
                    let elements = self.pool.install(read)?;
                    Ok(Block {
                        task,
                        region,
                        elements,
                    })
                });
                let failed = block.is_err();
                if blocks.send(block).is_err() || failed {
                    return;
                }
            }
        }
    }

    /// The copy of a variable on the disk, where one is planned.
    fn copy<'t>(&'t self, transfer: &'t Transfer) -> Result<Option<Scratch<'t>>, RegionError> {
        let (Some(directory), Some(plan)) = (self.scratch, &transfer.blocks.scratch) else {
            return Ok(None);
        };
        let copied = |done| {
            self.cancel.check()?;
            self.observer.on_event(&Event::Copied {
                variable: &transfer.variable,
                done,
                bytes: plan.bytes,
            });
            Ok(())
        };
        let variable = &transfer.variable;
        Scratch::new(self.source, variable, plan, directory, self.pool, copied).map(Some)
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "the reader waits until this end is gone"
    )]
    fn encode_all(
        &self,
        tasks: &[Task<'_>],
        blocks: Receiver<Result<Block, RegionError>>,
        buffers: Sender<Vec<u8>>,
    ) -> Result<(), RegionError> {
        for block in blocks {
            let Block {
                task,
                region,
                elements,
            } = block?;
            let task = &tasks[task];
            let chunks = task.transfer.chunks(&region);
            self.pool.install(|| {
                task.look_at(&region, &elements);
                if self.only_looks {
                    return Ok(());
                }
                chunks
                    .par_iter()
                    .try_for_each_init(Vec::new, |scratch, chunk| {
                        self.cancel.check()?;
                        self.write(task, chunk, &region, &elements, scratch)
                    })
            })?;
            let buffer = match elements {
                Elements::Bytes(buffer) => buffer,
                Elements::Text(_) => Vec::new(),
            };
            // A full channel only means that the reader needs no more.
            let _ = buffers.try_send(buffer);
        }
        Ok(())
    }

    /// Whether the store can keep what others put into an object. What cannot be told is an
    /// error: to take it for a no would cost their data.
    fn merges(&self, lock: &Key) -> Result<bool, RegionError> {
        match self.store.check_merge(lock) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == StoreErrorKind::Unsupported => Ok(false),
            Err(error) => Err(RegionError::store("cannot share chunks with other writers")(error)),
        }
    }

    /// Encodes and stores what a block has of a chunk.
    fn write(
        &self,
        task: &Task<'_>,
        chunk: &[u64],
        region: &Region,
        elements: &Elements,
        scratch: &mut Vec<u8>,
    ) -> Result<(), RegionError> {
        let Transfer {
            variable,
            array,
            place,
            ..
        } = task.transfer;
        let failed = || {
            format!(
                "cannot store chunk {chunk:?} of variable {:?}",
                variable.as_str()
            )
        };
        let key = place
            .key(&array.chunk_key(chunk))
            .map_err(RegionError::store(failed()))?;
        let lock = place.key(LOCK).map_err(RegionError::store(failed()))?;
        let check = self.check.decodes(chunk);
        let mut encode = |old: Option<&[u8]>| {
            task.transfer
                .encode(chunk, region, elements, old, check, scratch)
        };
        let mut put = || -> Result<usize, RegionError> {
            // Behind the array's end may be what an appender has written since we looked.
            let whole = task.transfer.is_whole(chunk)
                && (task.transfer.is_inside(chunk) || !self.merges(&lock)?);
            if whole || !self.shared {
                // Encoded before the lock is taken: others wait for less.
                let object = encode(None)?;
                match self.shared {
                    true => self.store.put_shared(&key, &lock, &object),
                    false => self.store.put(&key, &object),
                }
                .map_err(RegionError::store(failed()))?;
                return Ok(object.len());
            }
            let mut merged = Ok(0);
            let merge = &mut |old: Option<&[u8]>| match encode(old) {
                Ok(object) => {
                    merged = Ok(object.len());
                    Some(object)
                }
                Err(error) => {
                    merged = Err(error);
                    None
                }
            };
            self.store
                .merge(&key, &lock, merge)
                .map_err(RegionError::store(failed()))?;
            merged
        };
        let reads_back = self.check.reads_back(variable);
        let read_back = || -> Result<(), RegionError> {
            if !reads_back {
                return Ok(());
            }
            let found = self.store.get(&key).map_err(RegionError::store(failed()))?;
            let reason = match found {
                None => "it is not there after it was stored",
                Some(object) if task.transfer.is_in(chunk, region, elements, &object) => {
                    return Ok(());
                }
                Some(_) => "what is stored is not what was written",
            };
            Err(task.transfer.unlike(chunk, reason))
        };
        let mut pauses = self.check.pauses();
        let stored_bytes = loop {
            let error = match put().and_then(|bytes| read_back().map(|()| bytes)) {
                Ok(bytes) => break bytes as u64,
                Err(error) => error,
            };
            let Some(pause) = pauses.next().filter(|_| error.is_worth_repeating()) else {
                return Err(error);
            };
            tracing::warn!(%error, ?pause, "a chunk is written again");
            self.cancel.sleep(pause)?;
        };

        let placed = task
            .transfer
            .placement
            .num_elements_within(&task.transfer.chunk_region(chunk));
        let width = array.data_type().size().unwrap_or(0) as u64;
        let raw_bytes = placed.saturating_mul(width);
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

impl<'a> Task<'a> {
    fn new(transfer: &'a Transfer) -> Self {
        let presence = transfer.axis.and_then(|axis| {
            let bounds = transfer.placement.bounds()?;
            Some(Presence::new(axis, bounds.ranges().get(axis)?))
        });
        Self {
            transfer,
            content: Mutex::default(),
            presence,
            chunks: AtomicU64::new(0),
            raw_bytes: AtomicU64::new(0),
            stored_bytes: AtomicU64::new(0),
        }
    }

    /// Takes the numbers of a block.
    fn look_at(&self, region: &Region, elements: &Elements) {
        let scan = Scan {
            data_type: self.transfer.array.data_type(),
            missing: &self.transfer.missing,
            shape: self.transfer.array.shape(),
            presence: self.presence.as_ref(),
        };
        let found = scan.content(elements, region, &self.transfer.placement);
        let mut content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        *content = content.with(found);
    }

    fn written(self) -> Written {
        let all_missing = self.presence.map(|presence| {
            let placed: Vec<_> = self.transfer.placement.runs()[presence.axis]
                .iter()
                .map(Run::archive_range)
                .collect();
            let absent = presence.absent_in(&placed).into_iter();
            absent.map(|range| [range.start, range.end]).collect()
        });
        Written {
            report: VariableReport {
                variable: self.transfer.variable.clone(),
                chunks: self.chunks.into_inner(),
                raw_bytes: self.raw_bytes.into_inner(),
                stored_bytes: self.stored_bytes.into_inner(),
                packed: self.transfer.packed(),
                rounded: self.transfer.rounded(),
            },
            content: self
                .content
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner),
            all_missing: all_missing.unwrap_or_default(),
        }
    }
}
