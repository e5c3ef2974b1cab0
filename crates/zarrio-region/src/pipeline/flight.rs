//! Many chunks on their way to a store that takes long to answer.
//!
//! The threads here do nothing but wait for it: what takes the processor is done on the pool,
//! however many they are. Once a chunk is encoded its block is given back, so that the next ones
//! are read and encoded meanwhile, and what a chunk may hold until it is stored is counted.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;

use crossbeam_channel::{Receiver, bounded};

use super::{Lent, Pipeline, StoreChunks, Task};
use crate::RegionError;
use crate::limits::Limits;

/// So much is enough to keep a fast network busy, and little enough for a slow one: what is sent at
/// once has to arrive before each request's time is over.
const AT_MOST: u64 = 128 << 20;
/// Where blocks need all the memory, chunks on their way have this part of it more, and no more
/// than so many bytes.
const LEAST_PART: u64 = 8;
const LEAST_AT_MOST: u64 = 64 << 20;
/// An object on its way is there as it was encoded, and as the client library has it.
const COPIES: u64 = 2;

/// A chunk to be written, from a block.
type Parcel = (Arc<Lent>, Vec<u64>);

impl Pipeline<'_> {
    /// Whether calls of the store are worth more threads than there is work for.
    pub(super) fn waits_for_store(&self) -> bool {
        !self.only_looks && self.store.calls_at_once() > self.pool.current_num_threads()
    }

    /// Has chunks written by many threads. Once this returns, all of them are stored, or none
    /// is on its way any more.
    pub(super) fn carry(
        &self,
        tasks: &[Task<'_>],
        each_block: impl FnOnce(&StoreChunks<'_>) -> Result<(), RegionError>,
    ) -> Result<(), RegionError> {
        let chunks = tasks.iter().map(|task| task.transfer.count_chunks().0);
        let chunks = usize::try_from(chunks.fold(0, u64::saturating_add)).unwrap_or(usize::MAX);
        let threads = self.store.calls_at_once().min(chunks).max(1);
        let allowance = Allowance::new(self.allowed(tasks));
        let failed = Mutex::new(None);
        // Handed over, never kept: who waits for a parcel is ready to carry it.
        let (hand_over, parcels) = bounded::<Parcel>(0);
        let handed_over = std::thread::scope(|scope| {
            for number in 0..threads {
                let (parcels, allowance, failed) = (parcels.clone(), &allowance, &failed);
                let carrier = move || self.carry_each(tasks, &parcels, allowance, failed);
                let started = Builder::new().name("zarrio-carrier".into());
                match started.spawn_scoped(scope, carrier) {
                    Ok(_) => {}
                    Err(error) if number == 0 => return Err(cannot_start(&error)),
                    Err(error) => {
                        tracing::info!(%error, number, "fewer requests at once");
                        break;
                    }
                }
            }
            drop(parcels);
            let handed_over = each_block(&|block, chunks| {
                for chunk in chunks {
                    let parcel = (Arc::clone(block), chunk);
                    // They are all gone when one has failed, which is told below.
                    let carried = hand_over.send(parcel);
                    carried.map_err(|_| RegionError::Interrupted)?;
                }
                Ok(())
            });
            drop(hand_over);
            handed_over
        });
        let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
        failed.map_or(handed_over, Err)
    }

    /// Writes one chunk after the other until there are no more or one has failed.
    fn carry_each(
        &self,
        tasks: &[Task<'_>],
        parcels: &Receiver<Parcel>,
        allowance: &Allowance,
        failed: &Mutex<Option<RegionError>>,
    ) {
        let failed = || failed.lock().unwrap_or_else(PoisonError::into_inner);
        for (block, chunk) in parcels {
            if failed().is_some() {
                return;
            }
            let task = &tasks[block.task];
            let room = allowance.take(task.transfer.chunk_bytes());
            if let Err(error) = self.write(task, &chunk, block, Some(room)) {
                failed().get_or_insert(error);
                return;
            }
        }
    }

    /// What chunks on their way may have together: what the blocks and those who encode leave
    /// of the memory, and the buffers in which encoders have their results.
    fn allowed(&self, tasks: &[Task<'_>]) -> u64 {
        let limits = Limits {
            jobs: self.pool.current_num_threads() as u64,
            memory: self.memory,
            scratch: false,
        };
        let each = tasks.iter().map(|task| {
            let results = task.transfer.chunk_bytes().saturating_mul(limits.jobs);
            let variable = self.source.schema().variable(&task.transfer.variable);
            let left = variable.map_or(0, |variable| {
                let chunk_shape = task.transfer.array.chunk_shape();
                limits.left(variable, chunk_shape, &task.transfer.blocks)
            });
            left.min(AT_MOST).saturating_add(results)
        });
        let least = (self.memory / LEAST_PART).min(LEAST_AT_MOST);
        each.min().unwrap_or(0).max(least)
    }
}

fn cannot_start(error: &std::io::Error) -> RegionError {
    RegionError::Settings {
        message: format!("cannot start a thread: {error}"),
        hint: "allow more processes, or give fewer --workers".into(),
    }
}

/// Memory that is given out.
#[derive(Debug)]
pub(super) struct Allowance {
    state: Mutex<State>,
    given_back: Condvar,
}

#[derive(Debug)]
struct State {
    free: u64,
    holders: usize,
}

/// A part of an allowance; given back with this value.
#[derive(Debug)]
pub(super) struct Room<'a> {
    allowance: &'a Allowance,
    bytes: u64,
}

impl Allowance {
    fn new(free: u64) -> Self {
        Self {
            state: Mutex::new(State { free, holders: 0 }),
            given_back: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is so much. What is more than all there is is given to one alone.
    fn take(&self, bytes: u64) -> Room<'_> {
        let mut state = self.state();
        while state.free < bytes && state.holders > 0 {
            let waited = self.given_back.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
        let bytes = bytes.min(state.free);
        state.free -= bytes;
        state.holders += 1;
        Room {
            allowance: self,
            bytes,
        }
    }
}

impl Room<'_> {
    /// Gives back what an encoded chunk of so many bytes does not need.
    pub(super) fn keep(&mut self, object: usize) {
        let needed = (object as u64).saturating_mul(COPIES).min(self.bytes);
        self.allowance.state().free += self.bytes - needed;
        self.bytes = needed;
        self.allowance.given_back.notify_all();
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        let mut state = self.allowance.state();
        state.free += self.bytes;
        state.holders -= 1;
        self.allowance.given_back.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn nobody_has_more_than_is_left() {
        let allowance = Allowance::new(100);
        let (now, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for number in 0..16_u64 {
                let (allowance, now, most) = (&allowance, &now, &most);
                scope.spawn(move || {
                    for turn in 0..20 {
                        let mut room = allowance.take(20 + (number + turn) % 30);
                        let held = now.fetch_add(room.bytes, Ordering::SeqCst) + room.bytes;
                        most.fetch_max(held, Ordering::SeqCst);
                        let before = room.bytes;
                        now.fetch_sub(before - 10, Ordering::SeqCst);
                        room.keep(5);
                        assert_eq!(room.bytes, 10);
                        std::thread::sleep(Duration::from_micros(50));
                        now.fetch_sub(10, Ordering::SeqCst);
                    }
                });
            }
        });
        let most = most.into_inner();
        assert!((50..=100).contains(&most), "{most}");
        assert_eq!(allowance.state().free, 100);
        assert_eq!(allowance.state().holders, 0);
    }

    #[test]
    fn what_is_too_large_goes_alone() {
        let allowance = Allowance::new(10);
        let first = allowance.take(1000);
        assert_eq!(first.bytes, 10);
        std::thread::scope(|scope| {
            let second = scope.spawn(|| allowance.take(1000).bytes);
            std::thread::sleep(Duration::from_millis(20));
            assert!(!second.is_finished());
            drop(first);
            assert_eq!(second.join().unwrap(), 10);
        });
    }
}
