//! One chunk on its way from a block to the store.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use zarrio_store::{Key, StoreErrorKind};

use super::flight::Room;
use super::{LOCK, Lent, Pipeline, Task};
use crate::RegionError;
use crate::observer::Event;
use crate::transfer::Block;

thread_local! {
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A chunk that is about to be written.
struct Chunk<'c> {
    pipeline: &'c Pipeline<'c>,
    task: &'c Task<'c>,
    index: &'c [u64],
    key: Key,
    lock: Key,
}

impl Pipeline<'_> {
    /// Encodes and stores what a block has of a chunk. `room` is the memory that was given for
    /// it where many are on their way.
    pub(super) fn write(
        &self,
        task: &Task<'_>,
        index: &[u64],
        block: Arc<Lent>,
        room: Option<Room<'_>>,
    ) -> Result<(), RegionError> {
        self.cancel.check()?;
        let variable = &task.transfer.variable;
        let key = |name: &str| {
            let key = task.transfer.place.key(name);
            key.map_err(RegionError::store(cannot_store(index, variable.as_str())))
        };
        let chunk = Chunk {
            pipeline: self,
            task,
            index,
            key: key(&task.transfer.array.chunk_key(index))?,
            lock: key(LOCK)?,
        };
        let is_replaced = chunk.is_replaced();
        let stored_bytes = if is_replaced && !self.check.looks_again(variable) {
            let mut object = chunk.encode(&block.block, None)?;
            // Its buffer can be filled again while the store is at work.
            drop(block);
            if let Some(mut room) = room {
                // Encoders leave room for what cannot be compressed.
                object.shrink_to_fit();
                room.keep(object.len());
                chunk.put(&object)?
            } else {
                chunk.put(&object)?
            }
        } else {
            chunk.write_and_look(&block.block, is_replaced)?
        };
        let placed = task
            .transfer
            .placement
            .num_elements_within(&task.transfer.chunk_region(index));
        let width = task.transfer.array.data_type().size().unwrap_or(0) as u64;
        let (raw_bytes, stored_bytes) = (placed.saturating_mul(width), stored_bytes as u64);
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

fn cannot_store(index: &[u64], variable: &str) -> String {
    format!("cannot store chunk {index:?} of variable {variable:?}")
}

impl Chunk<'_> {
    fn failed(&self) -> String {
        cannot_store(self.index, self.task.transfer.variable.as_str())
    }

    /// Whether nothing of what is stored now stays.
    fn is_replaced(&self) -> bool {
        let transfer = self.task.transfer;
        // Behind the array's end may be what an appender has written since we looked.
        !self.pipeline.shared || (transfer.is_whole(self.index) && transfer.is_inside(self.index))
    }

    /// Whether the store can keep what others put into an object. What cannot be told is an
    /// error: to take it for a no would cost their data.
    fn others_may_merge(&self) -> Result<bool, RegionError> {
        match self.pipeline.store.check_merge(&self.lock) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == StoreErrorKind::Unsupported => Ok(false),
            Err(error) => Err(RegionError::store("cannot share chunks with other writers")(error)),
        }
    }

    fn encode(&self, block: &Block, old: Option<&[u8]>) -> Result<Vec<u8>, RegionError> {
        let variable = &self.task.transfer.variable;
        let compared = self.pipeline.check.compared(self.index, variable);
        self.pipeline.pool.install(|| {
            let mut scratch = SCRATCH.take();
            let object = self
                .task
                .transfer
                .encode(self.index, block, old, compared, &mut scratch);
            SCRATCH.set(scratch);
            object
        })
    }

    /// Gives the bytes that were stored.
    fn put(&self, object: &[u8]) -> Result<usize, RegionError> {
        let Pipeline {
            store,
            shared,
            hold,
            ..
        } = self.pipeline;
        let mut held = Ok(());
        let mut holds = || {
            held = hold();
            held.is_ok()
        };
        match shared {
            true => store.put_held(&self.key, &self.lock, object, &mut holds),
            false if holds() => store.put(&self.key, object).map(|()| true),
            false => Ok(false),
        }
        .map_err(RegionError::store(self.failed()))?;
        held?;
        Ok(object.len())
    }

    fn merge(&self, block: &Block) -> Result<usize, RegionError> {
        if self.task.transfer.is_whole(self.index) && !self.others_may_merge()? {
            // All that is ours is replaced. What an appender has put behind the end stays, unless
            // he does so right now: here that is for his user to prevent.
            let old = self.pipeline.store.get(&self.key);
            let old = old.map_err(RegionError::store(self.failed()))?;
            return self.put(&self.encode(block, old.as_deref())?);
        }
        let mut merged = Ok(0);
        // Whoever takes our place writes after that: what he has put since it was read makes the
        // put of what was merged fail, and what he puts later is merged with it.
        let encode = |old: Option<&[u8]>| {
            let object = self.encode(block, old)?;
            (self.pipeline.hold)().map(|()| object)
        };
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
        self.pipeline
            .store
            .merge(&self.key, &self.lock, merge)
            .map_err(RegionError::store(self.failed()))?;
        merged
    }

    /// Writes it, looks at what was written where that was asked for, and does both again as
    /// often as was asked for.
    fn write_and_look(&self, block: &Block, is_replaced: bool) -> Result<usize, RegionError> {
        let check = self.pipeline.check;
        let reads_back = check.reads_back(&self.task.transfer.variable);
        let mut pauses = check.pauses();
        loop {
            let stored = match is_replaced {
                // Encoded before the lock is taken: others wait for less.
                true => self
                    .encode(block, None)
                    .and_then(|object| self.put(&object)),
                false => self.merge(block),
            };
            let looked = stored.and_then(|bytes| {
                if reads_back {
                    self.read_back(block)?;
                }
                Ok(bytes)
            });
            let error = match looked {
                Ok(bytes) => return Ok(bytes),
                Err(error) => error,
            };
            let Some(pause) = pauses.next().filter(|_| error.is_worth_repeating()) else {
                return Err(error);
            };
            tracing::warn!(%error, ?pause, "a chunk is written again");
            self.pipeline.cancel.sleep(pause)?;
        }
    }

    fn read_back(&self, block: &Block) -> Result<(), RegionError> {
        let transfer = self.task.transfer;
        let found = self.pipeline.store.get(&self.key);
        let found = found.map_err(RegionError::store(self.failed()))?;
        let is_there = |object: &[u8]| {
            let is_in = || transfer.is_in(self.index, block, object);
            self.pipeline.pool.install(is_in)
        };
        let reason = match found {
            None => "it is not there after it was stored",
            Some(object) if is_there(&object) => return Ok(()),
            Some(_) => "what is stored is not what was written",
        };
        Err(transfer.unlike(self.index, reason))
    }
}
