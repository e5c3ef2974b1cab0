//! What is to go wrong, and when.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::Fault;
use crate::Key;

/// What is done before the first put of a key that has a text in it.
#[derive(Default)]
pub(super) struct Act(pub(super) Mutex<Option<Due>>);

pub(super) struct Due {
    pub(super) text: String,
    pub(super) act: Box<dyn FnOnce() + Send>,
}

impl std::fmt::Debug for Act {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Act")
    }
}

impl Act {
    pub(super) fn before(&self, key: &Key) {
        let mut act = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = act.take_if(|due| key.as_str().contains(due.text.as_str()));
        // It may call the store as well.
        drop(act);
        if let Some(Due { act, .. }) = due {
            act();
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Counter {
    pub(super) calls: AtomicU64,
    faults: Mutex<Vec<(u64, Fault)>>,
}

impl Counter {
    /// Counts a call and gives the fault that is due.
    pub(super) fn next(&self) -> Option<Fault> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        let faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults
            .iter()
            .find(|(at, _)| *at == call)
            .map(|&(_, fault)| fault)
    }

    pub(super) fn plan(&self, call: u64, fault: Fault) {
        self.faults
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((call, fault));
    }
}
