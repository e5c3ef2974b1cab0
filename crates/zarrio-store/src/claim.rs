//! One writer at a time for work that must not be done by two at once.

use std::fmt::Debug;
use std::time::{Duration, Instant, SystemTime};

use crate::StoreError;

/// A clock that was set back by less than this goes on as if nothing had happened.
const SET_BACK: Duration = Duration::from_secs(2);

/// A moment, by both clocks of this machine: while it sleeps only one of them goes on, and the
/// other one can be set.
#[derive(Debug, Clone, Copy)]
pub struct Since {
    instant: Instant,
    time: SystemTime,
}

impl Since {
    /// This moment.
    #[must_use]
    pub fn now() -> Self {
        Self {
            instant: Instant::now(),
            time: SystemTime::now(),
        }
    }

    /// How long ago it was, or longer.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        let by_time = match self.time.elapsed() {
            Ok(elapsed) => elapsed,
            Err(back) if back.duration() < SET_BACK => Duration::ZERO,
            Err(_) => Duration::MAX,
        };
        by_time.max(self.instant.elapsed())
    }
}

/// The exclusive right to work on something, named by an object.
///
/// It ends with the process that holds it, however that ends. The object itself stays
/// until [`withdraw`](Self::withdraw): what a killed process leaves is a mark that its
/// work is unfinished, which anyone may claim again.
pub trait Claim: Send + Sync + Debug {
    /// Makes sure that the claim is still held, before something that nobody else may have done
    /// meanwhile. A claim that ends with its process only always is; a lease may have run out.
    ///
    /// # Errors
    /// When another process has it, or that cannot be told.
    fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// The same before each of many changes: without a request where it is certain without one.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    fn hold(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Changes the text of an object that is both the claim and what it says; `false`, and nothing
    /// was done, where those are two: see [`Store::claim_saying`](crate::Store::claim_saying). One
    /// that was not made yet says so when it is.
    ///
    /// # Errors
    /// When another process has the claim, or the object cannot be written.
    fn say(&self, _text: &[u8]) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// Ends the claim and removes its object: the work is done.
    ///
    /// # Errors
    /// When the object cannot be removed. The claim has ended all the same.
    fn withdraw(self: Box<Self>) -> Result<(), StoreError>;
}
