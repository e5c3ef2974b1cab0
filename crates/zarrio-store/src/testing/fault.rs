//! A store that fails on demand.

mod due;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::{
    ByteRange, Children, Claim, Dated, Key, Merge, ObjectMeta, Prefix, Requests, Since, Store,
    StoreError, StoreErrorKind, Swept,
};
use due::{Act, Counter, Due};

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The call does nothing and fails with this kind.
    Fail(StoreErrorKind),
    /// A put stores the first half of the object and fails: a store that is not atomic.
    Tear,
    /// A put is done but reports [`StoreErrorKind::Unavailable`]: the reply was lost.
    LoseReply,
    /// A put reports success, and nothing is stored.
    Forget,
}

/// How often a [`FaultStore`] was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Calls {
    /// Calls of `put`.
    pub puts: u64,
    /// Calls of `get` and `get_ranges`.
    pub gets: u64,
    /// Calls of `delete` and `delete_prefix`.
    pub deletes: u64,
    /// Calls of `list`, `list_children` and `is_empty`.
    pub lists: u64,
    /// Calls of `sync`.
    pub syncs: u64,
    /// Bytes given to `put`.
    pub bytes_put: u64,
}

/// A store around another that counts, delays and fails calls.
///
/// ```
/// use std::sync::Arc;
/// use zarrio_store::testing::{Fault, FaultStore};
/// use zarrio_store::{Key, MemoryStore, Store, StoreErrorKind};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = FaultStore::new(Arc::new(MemoryStore::new()));
/// store.fail_put(2, Fault::Fail(StoreErrorKind::NoSpace));
/// store.put(&Key::new("a")?, b"1")?;
/// assert!(store.put(&Key::new("b")?, b"2").is_err());
/// store.put(&Key::new("b")?, b"2")?;
/// assert_eq!(store.calls().puts, 3);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FaultStore {
    inner: Arc<dyn Store>,
    puts: Counter,
    gets: Counter,
    deletes: AtomicU64,
    lists: AtomicU64,
    syncs: AtomicU64,
    bytes_put: AtomicU64,
    delay: Mutex<Duration>,
    act: Act,
    /// Whether it is as an object store is.
    remote: bool,
    /// Whether it can keep what others put into an object.
    merges: bool,
}

impl FaultStore {
    /// A store around `inner` that fails no call yet.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>) -> Self {
        Self {
            inner,
            puts: Counter::default(),
            gets: Counter::default(),
            deletes: AtomicU64::new(0),
            lists: AtomicU64::new(0),
            syncs: AtomicU64::new(0),
            bytes_put: AtomicU64::new(0),
            delay: Mutex::default(),
            act: Act::default(),
            remote: false,
            merges: true,
        }
    }

    /// The same without what object stores have not: cheap listings, and removals on a
    /// condition.
    #[must_use]
    pub fn as_remote(mut self) -> Self {
        self.remote = true;
        self
    }

    /// The same as on a file system of which nobody knows whether locks hold.
    #[must_use]
    pub fn without_merges(mut self) -> Self {
        self.merges = false;
        self
    }

    /// Lets the n-th put from the beginning, counted from 1, fail.
    pub fn fail_put(&self, n: u64, fault: Fault) {
        self.puts.plan(n, fault);
    }

    /// Lets the n-th get from the beginning, counted from 1, fail with this kind.
    pub fn fail_get(&self, n: u64, kind: StoreErrorKind) {
        self.gets.plan(n, Fault::Fail(kind));
    }

    /// Does something once, before the first put or merge of a key with this text in it: what
    /// others do just then.
    pub fn before_put(&self, text: &str, act: impl FnOnce() + Send + 'static) {
        let mut due = self.act.0.lock().unwrap_or_else(PoisonError::into_inner);
        *due = Some(Due {
            text: text.to_owned(),
            act: Box::new(act),
        });
    }

    /// Lets every put and get take at least this long from now on.
    pub fn slow(&self, delay: Duration) {
        *self.delay.lock().unwrap_or_else(PoisonError::into_inner) = delay;
    }

    /// How often the store was called.
    #[must_use]
    pub fn calls(&self) -> Calls {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Calls {
            puts: load(&self.puts.calls),
            gets: load(&self.gets.calls),
            deletes: load(&self.deletes),
            lists: load(&self.lists),
            syncs: load(&self.syncs),
            bytes_put: load(&self.bytes_put),
        }
    }

    fn wait(&self) {
        let delay = *self.delay.lock().unwrap_or_else(PoisonError::into_inner);
        if !delay.is_zero() {
            std::thread::sleep(delay);
        }
    }

    fn before_get(&self, key: &Key) -> Result<(), StoreError> {
        self.wait();
        match self.gets.next() {
            Some(Fault::Fail(kind)) => Err(injected(key, kind)),
            _ => Ok(()),
        }
    }
}

fn injected(key: &Key, kind: StoreErrorKind) -> StoreError {
    StoreError::new(kind, key.as_str(), "a fault of the test")
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Store for FaultStore {
    fn location(&self) -> String {
        self.inner.location()
    }

    fn lists_cheaply(&self) -> bool {
        !self.remote && self.inner.lists_cheaply()
    }

    fn deletes_on_condition(&self) -> bool {
        !self.remote && self.inner.deletes_on_condition()
    }

    fn calls_at_once(&self) -> usize {
        self.inner.calls_at_once()
    }

    fn requests(&self) -> Option<Requests> {
        self.inner.requests()
    }

    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        self.before_get(key)?;
        self.inner.get(key)
    }

    fn get_each_dated(&self, keys: &[Key]) -> Result<Vec<Option<Dated>>, StoreError> {
        keys.iter().try_for_each(|key| self.before_get(key))?;
        self.inner.get_each_dated(keys)
    }

    fn get_ranges(
        &self,
        key: &Key,
        ranges: &[ByteRange],
    ) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
        self.before_get(key)?;
        self.inner.get_ranges(key, ranges)
    }

    fn size(&self, key: &Key) -> Result<Option<u64>, StoreError> {
        self.inner.size(key)
    }

    fn put(&self, key: &Key, bytes: &[u8]) -> Result<(), StoreError> {
        self.wait();
        self.act.before(key);
        self.bytes_put
            .fetch_add(bytes.len() as u64, Ordering::Relaxed);
        match self.puts.next() {
            None => self.inner.put(key, bytes),
            Some(Fault::Fail(kind)) => Err(injected(key, kind)),
            Some(Fault::Tear) => {
                self.inner
                    .put(key, bytes.get(..bytes.len() / 2).unwrap_or_default())?;
                Err(injected(key, StoreErrorKind::Io))
            }
            Some(Fault::LoseReply) => {
                self.inner.put(key, bytes)?;
                Err(injected(key, StoreErrorKind::Unavailable))
            }
            Some(Fault::Forget) => Ok(()),
        }
    }

    fn delete(&self, key: &Key) -> Result<(), StoreError> {
        count(&self.deletes);
        self.inner.delete(key)
    }

    fn delete_prefix(&self, prefix: &Prefix) -> Result<(), StoreError> {
        count(&self.deletes);
        self.inner.delete_prefix(prefix)
    }

    fn remove_empty(&self, prefix: &Prefix) -> Result<(), StoreError> {
        self.inner.remove_empty(prefix)
    }

    fn list(&self, prefix: &Prefix) -> Result<Vec<ObjectMeta>, StoreError> {
        count(&self.lists);
        self.inner.list(prefix)
    }

    fn list_children(&self, prefix: &Prefix) -> Result<Children, StoreError> {
        count(&self.lists);
        self.inner.list_children(prefix)
    }

    fn is_empty(&self, prefix: &Prefix) -> Result<bool, StoreError> {
        count(&self.lists);
        self.inner.is_empty(prefix)
    }

    fn put_shared(&self, key: &Key, _lock: &Key, bytes: &[u8]) -> Result<(), StoreError> {
        // One fault serves both: the lock is the inner store's business.
        self.put(key, bytes)
    }

    fn put_held(
        &self,
        key: &Key,
        lock: &Key,
        bytes: &[u8],
        holds: &mut dyn FnMut() -> bool,
    ) -> Result<bool, StoreError> {
        if self.inner.lists_cheaply() {
            return match holds() {
                true => self.put(key, bytes).map(|()| true),
                false => Ok(false),
            };
        }
        let fault = self.puts.next();
        let mut holds_before_others = || {
            let held = holds();
            self.act.before(key);
            held
        };
        match fault {
            Some(Fault::Fail(kind)) => Err(injected(key, kind)),
            _ => self
                .inner
                .put_held(key, lock, bytes, &mut holds_before_others),
        }
    }

    fn merge(&self, key: &Key, lock: &Key, merge: &mut Merge<'_>) -> Result<bool, StoreError> {
        self.check_merge(lock)?;
        self.wait();
        self.act.before(key);
        match self.puts.next() {
            None => self.inner.merge(key, lock, merge),
            Some(Fault::LoseReply) => {
                self.inner.merge(key, lock, merge)?;
                Err(injected(key, StoreErrorKind::Unavailable))
            }
            Some(Fault::Fail(kind)) => Err(injected(key, kind)),
            Some(Fault::Tear) => Err(injected(key, StoreErrorKind::Io)),
            Some(Fault::Forget) => self
                .inner
                .get(key)
                .map(|old| merge(old.as_deref()).is_some()),
        }
    }

    fn each_name(&self, prefix: &Prefix, visit: &mut dyn FnMut(&str)) -> Result<(), StoreError> {
        count(&self.lists);
        self.inner.each_name(prefix, visit)
    }

    fn delete_if(
        &self,
        key: &Key,
        lock: &Key,
        check: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<bool, StoreError> {
        count(&self.deletes);
        if !self.deletes_on_condition() {
            return Err(injected(key, StoreErrorKind::Unsupported));
        }
        self.inner.delete_if(key, lock, check)
    }

    fn sweep(
        &self,
        prefix: &Prefix,
        older_than: Duration,
        remove: bool,
    ) -> Result<Swept, StoreError> {
        count(&self.lists);
        self.inner.sweep(prefix, older_than, remove)
    }

    fn check_merge(&self, lock: &Key) -> Result<(), StoreError> {
        match self.merges {
            true => self.inner.check_merge(lock),
            false => Err(injected(lock, StoreErrorKind::Unsupported)),
        }
    }

    fn claim(&self, key: &Key) -> Result<Option<Box<dyn Claim>>, StoreError> {
        self.inner.claim(key)
    }

    fn claim_saying(
        &self,
        mark: &Key,
        document: &Key,
        text: Option<&[u8]>,
    ) -> Result<Option<Box<dyn Claim>>, StoreError> {
        self.inner.claim_saying(mark, document, text)
    }

    fn claim_entered(
        &self,
        document: &Key,
        text: &[u8],
        since: Since,
    ) -> Result<Box<dyn Claim>, StoreError> {
        self.inner.claim_entered(document, text, since)
    }

    fn claim_left(
        &self,
        mark: &Key,
        document: &Key,
        text: &[u8],
        since: Option<i64>,
    ) -> Result<Option<Box<dyn Claim>>, StoreError> {
        self.inner.claim_left(mark, document, text, since)
    }

    fn has_rested(&self, key: &Key) -> Result<bool, StoreError> {
        self.inner.has_rested(key)
    }

    fn sync(&self) -> Result<(), StoreError> {
        count(&self.syncs);
        self.inner.sync()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryStore;

    #[test]
    fn without_faults_it_is_the_store_inside() {
        super::super::check_store(&FaultStore::new(Arc::new(MemoryStore::new())));
    }

    #[test]
    fn faults_come_at_their_call() {
        let store = FaultStore::new(Arc::new(MemoryStore::new()));
        let key = Key::new("a").unwrap();
        store.fail_put(1, Fault::Tear);
        store.fail_put(3, Fault::LoseReply);
        store.fail_get(2, StoreErrorKind::PermissionDenied);
        assert!(store.put(&key, b"1234").is_err());
        assert_eq!(store.get(&key).unwrap().as_deref(), Some(b"12".as_slice()));
        assert_eq!(
            store.get(&key).unwrap_err().kind(),
            StoreErrorKind::PermissionDenied
        );
        store.put(&key, b"5678").unwrap();
        assert!(store.put(&key, b"9").unwrap_err().is_transient());
        assert_eq!(store.get(&key).unwrap().as_deref(), Some(b"9".as_slice()));
        assert_eq!(
            store.calls(),
            Calls {
                puts: 3,
                gets: 3,
                bytes_put: 9,
                ..Calls::default()
            }
        );
    }
}
