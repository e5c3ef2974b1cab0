//! Read → encode → store, block by block, with a bounded number of blocks in memory.
//!
//! One thread asks the source for a block while this one encodes the block before; both do
//! their work on the same pool, so that all cores are busy whichever is slower. One thread, or
//! two with many chunks, are busy without that: they take turns. Buffers go round: what was
//! encoded is filled again. Where the store takes long to answer, threads that do nothing but
//! wait for it carry many chunks there at once.

mod chunk;
mod flight;
mod turns;

use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};
use rayon::ThreadPool;
use zarrio_model::{Region, Source};
use zarrio_store::Store;

use crate::RegionError;
use crate::check::Check;
use crate::content::{Content, Presence, Scan};
use crate::convert::CancelToken;
use crate::limits::BLOCKS_IN_FLIGHT;
use crate::memory::Buffer;
use crate::observer::{Event, Observer, VariableReport};
use crate::placement::Run;
use crate::recording::Written;
use crate::scratch::Scratch;
use crate::transfer::{Block, Elements, Parts, Transfer, View};
use turns::Largest;

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
    /// Bytes that all buffers together may have.
    pub(crate) memory: u64,
    /// Whether others may write the same objects: then every put is done under the
    /// object's lock, and what the source does not place is kept as it is.
    pub(crate) shared: bool,
    /// Whether nothing is written: the elements are read and looked at.
    pub(crate) only_looks: bool,
    /// How what is written is checked.
    pub(crate) check: &'a Check,
    /// Fails where others may have taken the place of this process. Asked before each put, and
    /// where an object is merged after it was read.
    pub(crate) hold: &'a (dyn Fn() -> Result<(), RegionError> + Sync),
}

/// The threads on which blocks are decoded and encoded.
pub(crate) fn pool(jobs: u64) -> Result<ThreadPool, RegionError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(jobs as usize)
        .thread_name(|i| format!("zarrio-{i}"))
        .build()
        .map_err(|e| RegionError::Settings {
            message: match jobs {
                1 => format!("cannot start a thread: {e}"),
                _ => format!("cannot start {jobs} threads: {e}"),
            },
            hint: "allow more processes, or give a smaller number with --jobs".into(),
        })
}

/// Whether a pool is at work here. Elsewhere work is not parted: rayon would do it on threads
/// that it has for the whole process, whatever the settings say.
pub(crate) fn is_in_pool() -> bool {
    rayon::current_thread_index().is_some()
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

/// A block with the number of its task, or why there is none.
type Read = Result<(usize, Block), RegionError>;

/// A block whose buffer goes back to the reader when nobody needs it any more.
struct Lent {
    task: usize,
    block: Block,
    buffers: Sender<Buffer>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        let elements = std::mem::replace(&mut self.block.elements, Elements::Text(Vec::new()));
        let buffer = match elements {
            Elements::Bytes(buffer) => buffer,
            Elements::Text(_) => Buffer::default(),
        };
        // There are no more buffers than the channel has room for, and a reader that is gone
        // needs none.
        let _ = self.buffers.try_send(buffer);
    }
}

/// Stores some chunks of a block; they may be on their way still when it returns.
type StoreChunks<'s> = dyn Fn(&Arc<Lent>, Vec<Vec<u64>>) -> Result<(), RegionError> + 's;

impl Pipeline<'_> {
    /// Writes every chunk that the transfers meet.
    pub(crate) fn run(&self, transfers: &[Transfer]) -> Result<Vec<Written>, RegionError> {
        let tasks: Vec<Task<'_>> = transfers.iter().map(Task::new).collect();
        let in_flight = self.blocks_in_flight(transfers);
        // The block that is being encoded has left the channel.
        let (send_block, receive_block) = bounded::<Read>(in_flight - 1);
        let (send_buffer, receive_buffer) = bounded::<Buffer>(in_flight);
        for _ in 0..in_flight {
            // The channel has room for all of them.
            let _ = send_buffer.try_send(Buffer::default());
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

    /// How many blocks are in memory at once, at most.
    fn blocks_in_flight(&self, transfers: &[Transfer]) -> usize {
        if self.waits_for_store() {
            return BLOCKS_IN_FLIGHT as usize;
        }
        let largest = transfers.iter().map(|transfer| {
            let is_read_at_once = self.source.prefers_whole(&transfer.variable);
            Largest::new(transfer, is_read_at_once)
        });
        turns::blocks_in_flight(self.pool.current_num_threads(), largest)
    }

    /// Reads block after block until all are read, one fails, or nobody listens any more.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the encoder waits until this end is gone"
    )]
    fn read_all(&self, tasks: &[Task<'_>], buffers: &Receiver<Buffer>, blocks: Sender<Read>) {
        for (task, Task { transfer, .. }) in tasks.iter().enumerate() {
            // Not kept for the next variable, whose blocks may need all the memory.
            let mut parts = Parts::default();
            let variable = &transfer.variable;
            let look = |region: &Region, elements: View<'_>| tasks[task].look_at(region, elements);
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
                let Ok(mut buffer) = buffers.recv() else {
                    return;
                };
                tracing::trace!(%region, "reading a block");
                let block = self.cancel.check().and_then(|()| {
                    let read = || {
                        // The first block may be a small one.
                        buffer.reserve(transfer.most_bytes())?;
                        transfer.read_block(source, &region, buffer, &mut parts, Some(&look))
                    };
                    Ok((task, self.pool.install(read)?))
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

    /// Encodes and stores block after block. Once this returns, all of it is stored.
    fn encode_all(
        &self,
        tasks: &[Task<'_>],
        blocks: Receiver<Read>,
        buffers: Sender<Buffer>,
    ) -> Result<(), RegionError> {
        let each_block = move |store: &StoreChunks<'_>| {
            for block in blocks {
                let (task, block) = block?;
                let block = Arc::new(Lent {
                    task,
                    block,
                    buffers: buffers.clone(),
                });
                if !self.only_looks {
                    let chunks = tasks[task].transfer.chunks(&block.block.region);
                    store(&block, chunks)?;
                }
            }
            Ok(())
        };
        if self.waits_for_store() {
            return self.carry(tasks, each_block);
        }
        let failed = Mutex::new(None);
        let first_error = || failed.lock().unwrap_or_else(PoisonError::into_inner);
        let write = |block: Arc<Lent>, chunk: Vec<u64>| {
            let is_over = first_error().is_some();
            if is_over {
                return;
            }
            let written = self.write(&tasks[block.task], &chunk, block, None);
            if let Err(error) = written {
                first_error().get_or_insert(error);
            }
        };
        // Nobody waits for the last chunks of a block before he begins with the next one, where
        // there is a second buffer.
        let handed_over = self.pool.in_place_scope(|scope| {
            each_block(&|block, chunks| {
                for chunk in chunks {
                    let (block, write) = (Arc::clone(block), &write);
                    scope.spawn(move |_| write(block, chunk));
                }
                match first_error().is_some() {
                    // Which one is told below.
                    true => Err(RegionError::Interrupted),
                    false => Ok(()),
                }
            })
        });
        let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
        failed.map_or(handed_over, Err)
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

    /// Takes the numbers of a part of a block.
    fn look_at(&self, region: &Region, elements: View<'_>) {
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
