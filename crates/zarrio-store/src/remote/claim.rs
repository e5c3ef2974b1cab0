//! One writer at a time on a store without locks: objects that are leases.
//!
//! Who makes the object has the lease, and renews it for as long as it lives: the server's
//! time of the last change tells others that somebody does. A lease that was given up, or not
//! renewed for [`EXPIRY`], may be taken over by whoever replaces exactly that state.
//!
//! The object may have a text besides, for others to read: the lease is its last line then.
//!
//! Work that is entered in an object that many change has a lease all the same, which is made
//! when it has to be renewed for the first time. Until then its time is that of the entry, by the
//! server's clock as well, and who takes it over makes the object, so that its holder cannot.
//! What its holder makes counts only within [`MAKING`] of the entry: later, somebody may have
//! taken it over, and removed what was left of it.
//!
//! Nobody compares his clock with another's: a holder counts from before his last request, others
//! take the difference of two times of the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use object_store::PutMode;

use super::conditions::random;
use super::lease::Lease;
use super::{Found, RemoteStore, failure};
use crate::{Claim, Key, Since, Store, StoreError};

/// How often a lease is renewed. A renewal may take some tries.
pub(super) const RENEWAL: Duration = Duration::from_secs(10);
/// A lease that was renewed so long ago at most lasts long enough for what follows a look at it.
pub(super) const FRESH: Duration = Duration::from_secs(25);
/// How long after its entry a lease can be made.
pub(super) const MAKING: Duration = Duration::from_secs(45);
/// In seconds: that is how servers tell times.
pub(super) const EXPIRY: i64 = 60;

/// How often a replacement is refused before it is believed that this server always does.
const REFUSALS: u32 = 4;
/// How long others may take who found the same.
const SETTLING: Duration = Duration::from_secs(2);

/// What the object of a claim that nobody has says.
pub(super) const GIVEN_UP: &str = "given up";
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

    pub(super) fn is_by(&self, owner: &str) -> bool {
        self.word.starts_with(owner.as_bytes())
    }

    pub(super) fn bytes(text: &[u8], word: &str) -> Bytes {
        match text.is_empty() {
            true => Bytes::copy_from_slice(word.as_bytes()),
            false => [text, b"\n", word.as_bytes()].concat().into(),
        }
    }
}

/// The clocks by which leases run out.
#[derive(Debug, Clone, Default)]
pub(super) struct Clocks {
    /// Seconds that tests let pass.
    skipped: Arc<AtomicU64>,
    /// Another time between renewals than [`RENEWAL`].
    renewal: Option<Duration>,
}

/// When something was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    since: Since,
    skipped: u64,
}

impl Clocks {
    fn skipped(&self) -> u64 {
        self.skipped.load(Ordering::Relaxed)
    }

    pub(super) fn now(&self) -> Moment {
        self.at(Since::now())
    }

    /// A moment since which no time was let pass.
    pub(super) fn at(&self, since: Since) -> Moment {
        let skipped = self.skipped();
        Moment { since, skipped }
    }

    /// How long ago something was.
    pub(super) fn elapsed(&self, moment: &Moment) -> Duration {
        let skipped = self.skipped().saturating_sub(moment.skipped);
        let skipped = Duration::from_secs(skipped);
        moment.since.elapsed().saturating_add(skipped)
    }

    pub(super) fn renewal(&self) -> Duration {
        self.renewal.unwrap_or(RENEWAL)
    }
}

#[cfg(any(test, feature = "testing"))]
impl RemoteStore {
    /// Lets time pass for this store and those cloned from it: for its own leases, and for what
    /// it takes for the server's time.
    pub fn skip(&self, seconds: u64) {
        self.clocks.skipped.fetch_add(seconds, Ordering::Relaxed);
    }

    /// The same with leases that are renewed more often.
    #[must_use]
    pub fn renewing_every(mut self, renewal: Duration) -> Self {
        self.clocks.renewal = Some(renewal);
        self
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
        let owner = format!("{HELD}{}", random()?);
        let since = Since::now();
        if !self.take(key, &owner, text, found)? {
            return Ok(None);
        }
        let lease = Lease::made(self.patient(), key.clone(), owner, text, since)?;
        Ok(Some(Box::new(lease)))
    }

    /// A lease that is made when it has to be renewed.
    pub(super) fn lease_entered(
        &self,
        key: &Key,
        text: &[u8],
        since: Since,
    ) -> Result<Box<dyn Claim>, StoreError> {
        let owner = format!("{HELD}{}", random()?);
        let lease = Lease::entered(self.patient(), key.clone(), owner, text, since)?;
        Ok(Box::new(lease))
    }

    /// The lease of work that was entered by another, who may not have made it.
    pub(super) fn lease_left(
        &self,
        key: &Key,
        text: &[u8],
        since: Option<i64>,
    ) -> Result<Option<Box<dyn Claim>>, StoreError> {
        match (self.find(key)?, since) {
            (Some(found), _) => {
                let text = Said::of(&found.bytes).text.to_vec();
                self.lease(key, Some(found), &text)
            }
            (None, Some(since)) if self.is_past(since, key)? => self.lease(key, None, text),
            (None, _) => Ok(None),
        }
    }

    /// The same store for what may not wait behind chunks that are sent: a lease would run out.
    fn patient(&self) -> Self {
        Self {
            client: Arc::clone(&self.unlimited),
            ..self.clone()
        }
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

    /// Whether an object was not changed for [`EXPIRY`], by the server's own clock; `false` where
    /// it is gone.
    pub(super) fn is_expired(&self, key: &Key) -> Result<bool, StoreError> {
        match self.changed(key)? {
            // In this order: what was changed after our look is younger than what we know.
            Some(then) => self.is_past(then, key),
            None => Ok(false),
        }
    }

    /// Whether a time by the server's clock is more than [`EXPIRY`] ago: an object that is
    /// written now, beside another one, tells what time it is there.
    fn is_past(&self, then: i64, beside: &Key) -> Result<bool, StoreError> {
        let clock = beside.parent().key(&format!("clock-{}", random()?))?;
        self.put(&clock, b"what time is it")?;
        let now = self.changed(&clock);
        let _ = self.delete(&clock);
        let skipped = i64::try_from(self.clocks.skipped()).unwrap_or(i64::MAX);
        let now = now?.map(|now| now.saturating_add(skipped));
        Ok(now.is_some_and(|now| now.saturating_sub(then) > EXPIRY))
    }

    /// When an object was changed last: seconds since 1970 by the server's clock.
    fn changed(&self, key: &Key) -> Result<Option<i64>, StoreError> {
        Ok(self.meta(key)?.map(|meta| meta.last_modified.timestamp()))
    }

    /// Replaces what the owner of a lease said by another word and text; `false` when it is not
    /// the owner's any more.
    pub(super) fn say(
        &self,
        key: &Key,
        owner: &str,
        word: &str,
        text: &[u8],
    ) -> Result<bool, StoreError> {
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
