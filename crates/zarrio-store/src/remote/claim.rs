//! One writer at a time on a store without locks: leases.
//!
//! Who makes the object has the lease, and renews it for as long as it lives: the server's
//! time of the last change tells others that somebody does. A lease that was given up, or not
//! renewed for [`EXPIRY`], may be taken over by whoever replaces exactly that state.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use bytes::Bytes;
use object_store::{ObjectStoreExt, PutMode};

use super::conditions::random;
use super::requests::Kind;
use super::{Found, RemoteStore, failure};
use crate::{Claim, Key, Store, StoreError, StoreErrorKind};

const RENEWAL: Duration = Duration::from_secs(10);
/// In seconds: that is how servers tell times. A renewal may take some tries.
const EXPIRY: i64 = 60;

/// How often a replacement is refused before it is believed that this server always does.
const REFUSALS: u32 = 4;
/// How long others may take who found the same.
const SETTLING: Duration = Duration::from_secs(2);

/// What the object of a claim that nobody has says.
const GIVEN_UP: &[u8] = b"given up";

/// A lease of one holder.
#[derive(Debug)]
struct Lease {
    store: RemoteStore,
    key: Key,
    owner: String,
    renewal: Option<Renewal>,
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
}

impl Claim for Lease {
    /// Renews the lease: it is ours for as long as it lasts from now on.
    fn check(&self) -> Result<(), StoreError> {
        let word = format!("{}, {}", self.owner, random()?);
        match self.store.say(&self.key, &self.owner, word)? {
            true => Ok(()),
            false => Err(StoreError::new(
                StoreErrorKind::Unavailable,
                self.store.shown(self.key.as_str()),
                "this process did not answer for so long that another one has taken its place",
            )),
        }
    }

    fn withdraw(mut self: Box<Self>) -> Result<(), StoreError> {
        self.stop();
        let found = self.store.find(&self.key)?;
        match found {
            // Somebody took it over, who thought that this process was gone.
            Some(found) if !found.bytes.starts_with(self.owner.as_bytes()) => Ok(()),
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
            let _ = self.store.say(&self.key, &self.owner, GIVEN_UP);
        }
    }
}

impl RemoteStore {
    /// The lease of this name, unless somebody alive has it.
    pub(super) fn lease(&self, key: &Key) -> Result<Option<Box<dyn Claim>>, StoreError> {
        let found = self.find(key)?;
        if let Some(found) = &found
            && found.bytes.as_ref() != GIVEN_UP
            && !self.is_expired(key)?
        {
            return Ok(None);
        }
        let owner = format!("held by {}", random()?);
        if !self.take(key, &owner, found)? {
            return Ok(None);
        }
        let renewal = self.renew(key.clone(), owner.clone())?;
        Ok(Some(Box::new(Lease {
            store: self.clone(),
            key: key.clone(),
            owner,
            renewal: Some(renewal),
        })))
    }

    /// Puts the owner's first word in place of what was found.
    fn take(&self, key: &Key, owner: &str, found: Option<Found>) -> Result<bool, StoreError> {
        let word = Bytes::from(format!("{owner}, 0"));
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
        let doing = "look at it";
        let found = self.ask(Kind::Head, key.as_str(), doing, |client, path| async move {
            client.head(&path).await
        })?;
        let found = self.unless_absent(key, doing, found)?;
        Ok(found.map(|meta| meta.last_modified.timestamp()))
    }

    /// Renews a lease until its sender is dropped, or somebody else took it.
    fn renew(&self, key: Key, owner: String) -> Result<Renewal, StoreError> {
        let (end, ended) = channel::<()>();
        let store = self.clone();
        let thread = Builder::new()
            .name("zarrio-lease".to_owned())
            .spawn(move || {
                let mut words = 1_u64..;
                while matches!(ended.recv_timeout(RENEWAL), Err(RecvTimeoutError::Timeout)) {
                    let word = words.next().unwrap_or_default();
                    // What fails may work the next time.
                    if matches!(
                        store.say(&key, &owner, format!("{owner}, {word}")),
                        Ok(false)
                    ) {
                        return;
                    }
                }
            });
        let thread = thread.map_err(|e| StoreError::io("a lease", "start what renews it", e))?;
        Ok(Renewal { end, thread })
    }

    /// Replaces the owner's last word by another; `false` when it is not the owner's any more.
    fn say(&self, key: &Key, owner: &str, word: impl Into<Bytes>) -> Result<bool, StoreError> {
        let Some(found) = self.find(key)? else {
            return Ok(false);
        };
        if !found.bytes.starts_with(owner.as_bytes()) {
            return Ok(false);
        }
        let word = word.into();
        let mode = self.only_if(key, Some(found))?;
        if self.put_if(key, &word, &mode)?.is_ok() {
            return Ok(true);
        }
        let is_own = |found: Found| found.bytes.starts_with(owner.as_bytes());
        if self.find(key)?.is_some_and(is_own) {
            // A server that refuses whatever replaces on a condition.
            self.put(key, &word)?;
            return Ok(true);
        }
        Ok(false)
    }
}
