//! A process that is killed at one of its requests, for tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::RemoteStore;
use crate::{StoreError, StoreErrorKind};

/// When the process ends that a store stands for.
#[derive(Debug, Clone, Default)]
pub(super) struct Fate(Option<Arc<Mortal>>);

#[derive(Debug)]
struct Mortal {
    /// The request at which it ends, counted from 1.
    end: u64,
    /// Whether the server carries that one out.
    sent: bool,
    requests: AtomicU64,
}

/// What becomes of one request.
#[derive(Debug)]
pub(super) struct Answer {
    is_heard: bool,
}

impl Fate {
    /// Before a request.
    pub(super) fn before(&self, key: &str) -> Result<Answer, StoreError> {
        let Some(mortal) = &self.0 else {
            return Ok(Answer { is_heard: true });
        };
        let number = mortal.requests.fetch_add(1, Ordering::SeqCst) + 1;
        match number < mortal.end || (number == mortal.end && mortal.sent) {
            true => Ok(Answer {
                is_heard: number < mortal.end,
            }),
            false => Err(dead(key)),
        }
    }
}

impl Answer {
    /// After it.
    pub(super) fn after(self, key: &str) -> Result<(), StoreError> {
        match self.is_heard {
            true => Ok(()),
            false => Err(dead(key)),
        }
    }
}

fn dead(key: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, key, "this process was killed")
}

impl RemoteStore {
    /// The store as a process has it that is killed at its n-th request, counted from 1, before
    /// that is sent or, with `sent`, before its answer comes: from then on all requests fail, those
    /// that would renew or end its leases as well.
    #[must_use]
    pub fn killed_at(mut self, n: u64, sent: bool) -> Self {
        self.fate = Fate(Some(Arc::new(Mortal {
            end: n,
            sent,
            requests: AtomicU64::new(0),
        })));
        self
    }
}
