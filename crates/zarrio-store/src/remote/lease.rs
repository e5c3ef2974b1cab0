//! The side of who holds a lease.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use object_store::PutMode;

use super::RemoteStore;
use super::claim::{FRESH, GIVEN_UP, MAKING, Moment, Said};
use crate::{Claim, Key, Since, Store, StoreError, StoreErrorKind};

/// A lease of one holder.
#[derive(Debug)]
pub(super) struct Lease {
    held: Arc<Held>,
    renewal: Option<Renewal>,
}

/// What a holder and the thread that renews for it share.
#[derive(Debug)]
struct Held {
    store: RemoteStore,
    key: Key,
    owner: String,
    words: AtomicU64,
    /// What it says; held by whoever says something.
    text: Mutex<Vec<u8>>,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    /// A moment before it was taken, entered or renewed last.
    renewed: Moment,
    object: Object,
    is_lost: bool,
}

/// What there is of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Object {
    /// Nothing but an entry elsewhere.
    Entered,
    /// Perhaps the object as well: nobody knows what became of the request.
    Tried,
    Made,
}

/// The thread that renews a lease.
#[derive(Debug)]
struct Renewal {
    end: Sender<()>,
    thread: JoinHandle<()>,
}

impl Held {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn text(&self) -> MutexGuard<'_, Vec<u8>> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn elapsed(&self) -> Duration {
        let renewed = self.state().renewed;
        self.store.clocks.elapsed(&renewed)
    }

    fn is_fresh(&self) -> bool {
        self.elapsed() < FRESH
    }

    /// Another one than ever before.
    fn word(&self) -> String {
        let number = self.words.fetch_add(1, Ordering::Relaxed);
        format!("{}, {number}", self.owner)
    }

    /// Renews it; `false` when it is another's.
    fn renew(&self) -> Result<bool, StoreError> {
        let text = self.text();
        self.renew_saying(&text)
    }

    /// The same unless somebody else of this process has just done so.
    fn freshen(&self) -> Result<bool, StoreError> {
        let text = self.text();
        match self.is_fresh() {
            true => Ok(!self.state().is_lost),
            false => self.renew_saying(&text),
        }
    }

    fn renew_saying(&self, text: &[u8]) -> Result<bool, StoreError> {
        let now = self.store.clocks.now();
        let state = *self.state();
        let is_ours = !state.is_lost
            && match state.object {
                Object::Made => self.say(text)?,
                Object::Entered | Object::Tried => self.make(text)?,
            };
        let mut state = self.state();
        match is_ours {
            true => state.renewed = now,
            false => state.is_lost = true,
        }
        Ok(is_ours)
    }

    fn say(&self, text: &[u8]) -> Result<bool, StoreError> {
        self.store.say(&self.key, &self.owner, &self.word(), text)
    }

    /// Makes the object of a lease that was only entered.
    fn make(&self, text: &[u8]) -> Result<bool, StoreError> {
        let is_time = || self.elapsed() < MAKING;
        if !is_time() {
            return Ok(false);
        }
        self.state().object = Object::Tried;
        let said = Said::bytes(text, &self.word());
        let made = self.store.put_if(&self.key, &said, &PutMode::Create)?;
        let as_said = match made {
            Ok(_) => true,
            // The answer to our own success may have been lost, now or the last time.
            Err(cause) => match self.store.find(&self.key)? {
                Some(found) if found.bytes == said => true,
                Some(found) if Said::of(&found.bytes).is_by(&self.owner) => false,
                Some(_) => return Ok(false),
                None => return Err(self.store.failed(self.key.as_str(), "write it", &cause)),
            },
        };
        // By the answer, and not by when it was asked: it may have taken long on its way.
        if !is_time() {
            return Ok(false);
        }
        self.state().object = Object::Made;
        match as_said {
            true => Ok(true),
            false => self.say(text),
        }
    }

    /// Whether the object says that it is still ours, or is not there because we made none.
    fn is_there(&self) -> Result<bool, StoreError> {
        let found = self.store.find(&self.key)?;
        let state = *self.state();
        let is_ours = !state.is_lost
            && match found {
                Some(found) => Said::of(&found.bytes).is_by(&self.owner),
                None => state.object != Object::Made,
            };
        self.state().is_lost |= !is_ours;
        Ok(is_ours)
    }

    fn result(&self, is_ours: bool) -> Result<(), StoreError> {
        match is_ours {
            true => Ok(()),
            false => Err(StoreError::new(
                StoreErrorKind::Unavailable,
                self.store.shown(self.key.as_str()),
                "this process did not answer for so long that another one has taken its place",
            )),
        }
    }
}

impl Lease {
    /// A lease whose object says so by the owner's word 0.
    pub(super) fn made(
        store: RemoteStore,
        key: Key,
        owner: String,
        text: &[u8],
        since: Since,
    ) -> Result<Self, StoreError> {
        Self::new(store, key, owner, text, (since, Object::Made))
    }

    /// A lease that has no object yet.
    pub(super) fn entered(
        store: RemoteStore,
        key: Key,
        owner: String,
        text: &[u8],
        since: Since,
    ) -> Result<Self, StoreError> {
        Self::new(store, key, owner, text, (since, Object::Entered))
    }

    fn new(
        store: RemoteStore,
        key: Key,
        owner: String,
        text: &[u8],
        (since, object): (Since, Object),
    ) -> Result<Self, StoreError> {
        let state = State {
            renewed: store.clocks.at(since),
            object,
            is_lost: false,
        };
        let held = Held {
            store,
            key,
            owner,
            words: AtomicU64::new(1),
            text: Mutex::new(text.to_vec()),
            state: Mutex::new(state),
        };
        let mut lease = Self {
            held: Arc::new(held),
            renewal: None,
        };
        lease.renewal = Some(lease.renew()?);
        Ok(lease)
    }

    /// Renews it until its sender is dropped, or somebody else has it.
    fn renew(&self) -> Result<Renewal, StoreError> {
        let (end, ended) = channel::<()>();
        let held = Arc::clone(&self.held);
        let thread = Builder::new()
            .name("zarrio-lease".to_owned())
            .spawn(move || {
                let renewal = held.store.clocks.renewal();
                let mut pause = renewal.saturating_sub(held.elapsed());
                while matches!(ended.recv_timeout(pause), Err(RecvTimeoutError::Timeout)) {
                    // What fails may work the next time.
                    if held.renew().is_ok_and(|is_ours| !is_ours) {
                        return;
                    }
                    pause = renewal;
                }
            });
        let thread = thread.map_err(|e| StoreError::io("a lease", "start what renews it", e))?;
        Ok(Renewal { end, thread })
    }

    /// From then on nobody renews it.
    fn stop(&mut self) {
        if let Some(Renewal { end, thread }) = self.renewal.take() {
            drop(end);
            let _ = thread.join();
        }
    }
}

impl Claim for Lease {
    /// Looks whether the lease is still ours, and renews it if that was not done just now: it
    /// lasts for a while from now on.
    fn check(&self) -> Result<(), StoreError> {
        let is_ours = match self.held.is_fresh() {
            true => self.held.is_there(),
            false => self.held.freshen(),
        };
        self.held.result(is_ours?)
    }

    fn hold(&self) -> Result<(), StoreError> {
        let is_ours = match self.held.is_fresh() {
            true => Ok(!self.held.state().is_lost),
            false => self.held.freshen(),
        };
        self.held.result(is_ours?)
    }

    fn say(&self, text: &[u8]) -> Result<bool, StoreError> {
        let held = &self.held;
        let mut said = held.text();
        if said.is_empty() {
            return Ok(false);
        }
        if said.as_slice() != text {
            if held.state().object != Object::Entered {
                let is_ours = held.renew_saying(text)?;
                held.result(is_ours)?;
            }
            *said = text.to_vec();
        }
        Ok(true)
    }

    fn withdraw(mut self: Box<Self>) -> Result<(), StoreError> {
        self.stop();
        let held = &self.held;
        if held.state().object == Object::Entered {
            return Ok(());
        }
        match held.store.find(&held.key)? {
            // Somebody took it over, who thought that this process was gone.
            Some(found) if !Said::of(&found.bytes).is_by(&held.owner) => Ok(()),
            None => Ok(()),
            Some(_) => held.store.delete(&held.key),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.renewal.is_none() {
            return;
        }
        self.stop();
        let Held {
            store, key, owner, ..
        } = &*self.held;
        let (text, object) = (self.held.text(), self.held.state().object);
        // If this fails, the lease expires.
        let said =
            object != Object::Entered && store.say(key, owner, GIVEN_UP, &text).unwrap_or_default();
        if !said && object != Object::Made {
            // So that nobody waits for who was only entered.
            let _ = store.put_if(key, &Said::bytes(&text, GIVEN_UP), &PutMode::Create);
        }
    }
}
