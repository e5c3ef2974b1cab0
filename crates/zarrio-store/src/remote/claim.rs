//! One writer at a time on a store without locks: leases.
//!
//! Who makes the object has the lease, and renews it for as long as it lives: the server's
//! time of the last change tells others that somebody does. A lease that was given up, or not
//! renewed for [`EXPIRY`], may be taken over by whoever replaces exactly that state.
//!
//! The object may have a text besides, for others to read: the lease is its last line then.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use object_store::PutMode;

use super::conditions::random;
use super::{Found, RemoteStore, failure};
use crate::{Claim, Key, Store, StoreError, StoreErrorKind};

const RENEWAL: Duration = Duration::from_secs(10);
/// In seconds: that is how servers tell times. A renewal may take some tries.
const EXPIRY: i64 = 60;

/// A lease that was renewed so long ago at most lasts long enough for what follows a check.
const FRESH: Duration = Duration::from_secs(25);

/// How often a replacement is refused before it is believed that this server always does.
const REFUSALS: u32 = 4;
/// How long others may take who found the same.
const SETTLING: Duration = Duration::from_secs(2);

/// What the object of a claim that nobody has says.
const GIVEN_UP: &str = "given up";
/// What the word of a holder begins with.
const HELD: &str = "held by ";

/// What the object of a lease says.
pub(super) struct Said<'b> {
    pub(super) text: &'b [u8],
    /// The last word of its holder; empty in an object that is no lease.
    pub(super) word: &'b [u8],
}

impl<'b> Said<'b> {
    pub(super) fn of(bytes: &'b [u8]) -> Self {
        let end = bytes.iter().rposition(|byte| *byte == b'\n');
        let (text, word) = match end {
            Some(end) => (&bytes[..end], &bytes[end + 1..]),
            None => (&bytes[..0], bytes),
        };
        match word == GIVEN_UP.as_bytes() || word.starts_with(HELD.as_bytes()) {
            true => Self { text, word },
            false => Self {
                text: bytes,
                word: &[],
            },
        }
    }

    fn is_by(&self, owner: &str) -> bool {
        self.word.starts_with(owner.as_bytes())
    }

    fn bytes(text: &[u8], word: &str) -> Bytes {
        match text.is_empty() {
            true => Bytes::copy_from_slice(word.as_bytes()),
            false => [text, b"\n", word.as_bytes()].concat().into(),
        }
    }
}

/// A lease of one holder.
#[derive(Debug)]
struct Lease {
    store: RemoteStore,
    key: Key,
    owner: String,
    /// What it says; held by whoever says something.
    text: Arc<Mutex<Vec<u8>>>,
    renewed: Arc<Mutex<Renewed>>,
    renewal: Option<Renewal>,
}

/// When a lease was taken or renewed last, by both clocks: of a machine that slept only one
/// went on.
#[derive(Debug, Clone, Copy)]
struct Renewed {
    instant: Instant,
    time: SystemTime,
}

impl Renewed {
    fn now() -> Self {
        Self {
            instant: Instant::now(),
            time: SystemTime::now(),
        }
    }

    fn is_fresh(&self) -> bool {
        let time = self.time.elapsed();
        self.instant.elapsed() < FRESH && time.is_ok_and(|elapsed| elapsed < FRESH)
    }
}

/// The thread that renews a lease.
#[derive(Debug)]
struct Renewal {
    end: Sender<()>,
    thread: JoinHandle<()>,
}

impl Lease {
    /// From then on nobody renews it.
    fn stop(&mut self) {
        if let Some(Renewal { end, thread }) = self.renewal.take() {
            drop(end);
            let _ = thread.join();
        }
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

    fn text(&self) -> MutexGuard<'_, Vec<u8>> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Claim for Lease {
    /// Looks whether the lease is still ours, and renews it if that was not done just now: it
    /// lasts for a while from now on.
    fn check(&self) -> Result<(), StoreError> {
        let renewed = *self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        let is_ours = if renewed.is_fresh() {
            let found = self.store.find(&self.key)?;
            found.is_some_and(|found| Said::of(&found.bytes).is_by(&self.owner))
        } else {
            let word = format!("{}, {}", self.owner, random()?);
            self.store
                .say(&self.key, &self.owner, &word, &self.text())?
        };
        self.result(is_ours)
    }

    fn say(&self, text: &[u8]) -> Result<bool, StoreError> {
        let mut said = self.text();
        if said.is_empty() {
            return Ok(false);
        }
        if said.as_slice() != text {
            let word = format!("{}, {}", self.owner, random()?);
            let is_ours = self.store.say(&self.key, &self.owner, &word, text)?;
            self.result(is_ours)?;
            *said = text.to_vec();
        }
        Ok(true)
    }

    fn withdraw(mut self: Box<Self>) -> Result<(), StoreError> {
        self.stop();
        let found = self.store.find(&self.key)?;
        match found {
            // Somebody took it over, who thought that this process was gone.
            Some(found) if !Said::of(&found.bytes).is_by(&self.owner) => Ok(()),
            None => Ok(()),
            Some(_) => self.store.delete(&self.key),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.renewal.is_some() {
            self.stop();
            // If this fails, the lease expires.
            let _ = self
                .store
                .say(&self.key, &self.owner, GIVEN_UP, &self.text());
        }
    }
}

impl RemoteStore {
    /// The lease of this name, where this was found, unless somebody alive has it.
    pub(super) fn lease(
        &self,
        key: &Key,
        found: Option<Found>,
        text: &[u8],
    ) -> Result<Option<Box<dyn Claim>>, StoreError> {
        if let Some(found) = &found
            && Said::of(&found.bytes).word != GIVEN_UP.as_bytes()
            && !self.is_expired(key)?
        {
            return Ok(None);
        }
        let mut lease = Lease {
            // While it waits behind chunks that are sent, it would run out.
            store: Self {
                client: Arc::clone(&self.unlimited),
                ..self.clone()
            },
            key: key.clone(),
            owner: format!("{HELD}{}", random()?),
            text: Arc::new(Mutex::new(text.to_vec())),
            renewed: Arc::new(Mutex::new(Renewed::now())),
            renewal: None,
        };
        if !self.take(key, &lease.owner, text, found)? {
            return Ok(None);
        }
        lease.renewal = Some(lease.renew()?);
        Ok(Some(Box::new(lease)))
    }

    /// Puts the owner's first word in place of what was found.
    fn take(
        &self,
        key: &Key,
        owner: &str,
        text: &[u8],
        found: Option<Found>,
    ) -> Result<bool, StoreError> {
        let word = Said::bytes(text, &format!("{owner}, 0"));
        let before = found.as_ref().map(|found| found.bytes.clone());
        let mut mode = self.only_if(key, found)?;
        let mut refusals = 0;
        for _ in 0..=self.retries.max(REFUSALS) {
            match self.put_if(key, &word, &mode)? {
                Ok(_) => return Ok(true),
                Err(cause) => refusals += u32::from(failure::is_conflict(&cause)),
            }
            let found = self.find(key)?;
            if found.as_ref().is_some_and(|found| found.bytes == word) {
                // The answer to our own success was lost.
                return Ok(true);
            }
            if found.as_ref().map(|found| &found.bytes) != before.as_ref() {
                return Ok(false);
            }
            if refusals >= REFUSALS && !text.is_empty() {
                // To remove it first would lose the text if this process ended then.
                return Ok(false);
            }
            if refusals >= REFUSALS {
                // A server that refuses every replacement on a condition keeps the one that an
                // object must not exist.
                self.delete(key)?;
                let made = self.put_if(key, &word, &PutMode::Create)?.is_ok();
                // Another one may have done the same, and removed what we made.
                std::thread::sleep(SETTLING);
                let is_ours = self.find(key)?.is_some_and(|found| found.bytes == word);
                return Ok(made && is_ours);
            }
            mode = self.only_if(key, found)?;
        }
        Ok(false)
    }

    /// Whether an object was not changed for [`EXPIRY`], by the server's own clock: an object
    /// that is written now tells what time it is there.
    fn is_expired(&self, key: &Key) -> Result<bool, StoreError> {
        let clock = key.parent().key(&format!("clock-{}", random()?))?;
        self.put(&clock, b"what time is it")?;
        let now = self.changed(&clock);
        let _ = self.delete(&clock);
        let (Some(now), Some(then)) = (now?, self.changed(key)?) else {
            return Ok(false);
        };
        Ok(now.saturating_sub(then) > EXPIRY)
    }

    /// When an object was changed last: seconds since 1970 by the server's clock.
    fn changed(&self, key: &Key) -> Result<Option<i64>, StoreError> {
        Ok(self.meta(key)?.map(|meta| meta.last_modified.timestamp()))
    }

    /// Replaces what the owner of a lease said by another word and text; `false` when it is not
    /// the owner's any more.
    fn say(&self, key: &Key, owner: &str, word: &str, text: &[u8]) -> Result<bool, StoreError> {
        let Some(found) = self.find(key)? else {
            return Ok(false);
        };
        if !Said::of(&found.bytes).is_by(owner) {
            return Ok(false);
        }
        let said = Said::bytes(text, word);
        let mode = self.only_if(key, Some(found))?;
        if self.put_if(key, &said, &mode)?.is_ok() {
            return Ok(true);
        }
        let is_own = |found: Found| Said::of(&found.bytes).is_by(owner);
        if self.find(key)?.is_some_and(is_own) {
            // A server that refuses whatever replaces on a condition.
            self.put(key, &said)?;
            return Ok(true);
        }
        Ok(false)
    }
}

impl Lease {
    /// Renews it until its sender is dropped, or somebody else took it.
    fn renew(&self) -> Result<Renewal, StoreError> {
        let (end, ended) = channel::<()>();
        let (store, key, owner) = (self.store.clone(), self.key.clone(), self.owner.clone());
        let (text, renewed) = (Arc::clone(&self.text), Arc::clone(&self.renewed));
        let thread = Builder::new()
            .name("zarrio-lease".to_owned())
            .spawn(move || {
                let mut words = 1_u64..;
                while matches!(ended.recv_timeout(RENEWAL), Err(RecvTimeoutError::Timeout)) {
                    let word = format!("{owner}, {}", words.next().unwrap_or_default());
                    let text = text.lock().unwrap_or_else(PoisonError::into_inner);
                    let now = Renewed::now();
                    match store.say(&key, &owner, &word, &text) {
                        Ok(true) => {
                            *renewed.lock().unwrap_or_else(PoisonError::into_inner) = now;
                        }
                        Ok(false) => return,
                        // What fails may work the next time.
                        Err(_) => {}
                    }
                }
            });
        let thread = thread.map_err(|e| StoreError::io("a lease", "start what renews it", e))?;
        Ok(Renewal { end, thread })
    }
}
