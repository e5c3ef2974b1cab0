//! A store whose writer dies: from one put on nothing that it does has an effect.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use zarrio_store::{
    ByteRange, Children, Claim, Key, MemoryStore, Merge, ObjectMeta, Prefix, Store, StoreError,
    StoreErrorKind,
};

#[derive(Debug, Clone)]
pub struct Mortal {
    inner: Arc<MemoryStore>,
    /// So many puts are still done.
    left: Arc<AtomicU64>,
    done: Arc<Mutex<Vec<String>>>,
}

impl Mortal {
    pub fn new(inner: Arc<MemoryStore>, puts: u64) -> Self {
        Self {
            inner,
            left: Arc::new(AtomicU64::new(puts)),
            done: Arc::default(),
        }
    }

    /// Whether an object with this in its name was put.
    pub fn has_put(&self, part: &str) -> bool {
        self.done
            .lock()
            .unwrap()
            .iter()
            .any(|name| name.contains(part))
    }

    fn alive(&self, key: &Key) -> Result<(), StoreError> {
        match self.left.load(Ordering::SeqCst) {
            0 => Err(StoreError::new(
                StoreErrorKind::ReadOnly,
                key.as_str(),
                "the writer is dead",
            )),
            _ => Ok(()),
        }
    }

    fn put_by(
        &self,
        key: &Key,
        put: impl FnOnce() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.alive(key)?;
        put()?;
        self.left.fetch_sub(1, Ordering::SeqCst);
        self.done.lock().unwrap().push(key.to_string());
        Ok(())
    }
}

#[derive(Debug)]
struct MortalClaim(Mortal, Key, Box<dyn Claim>);

impl Claim for MortalClaim {
    fn withdraw(self: Box<Self>) -> Result<(), StoreError> {
        self.0.alive(&self.1)?;
        self.2.withdraw()
    }
}

impl Store for Mortal {
    fn location(&self) -> String {
        self.inner.location()
    }

    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.get(key)
    }

    fn get_ranges(
        &self,
        key: &Key,
        ranges: &[ByteRange],
    ) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
        self.inner.get_ranges(key, ranges)
    }

    fn size(&self, key: &Key) -> Result<Option<u64>, StoreError> {
        self.inner.size(key)
    }

    fn put(&self, key: &Key, bytes: &[u8]) -> Result<(), StoreError> {
        self.put_by(key, || self.inner.put(key, bytes))
    }

    fn delete(&self, key: &Key) -> Result<(), StoreError> {
        self.alive(key)?;
        self.inner.delete(key)
    }

    fn delete_prefix(&self, prefix: &Prefix) -> Result<(), StoreError> {
        self.inner.delete_prefix(prefix)
    }

    fn list(&self, prefix: &Prefix) -> Result<Vec<ObjectMeta>, StoreError> {
        self.inner.list(prefix)
    }

    fn list_children(&self, prefix: &Prefix) -> Result<Children, StoreError> {
        self.inner.list_children(prefix)
    }

    fn put_shared(&self, key: &Key, lock: &Key, bytes: &[u8]) -> Result<(), StoreError> {
        self.put_by(key, || self.inner.put_shared(key, lock, bytes))
    }

    fn merge(&self, key: &Key, lock: &Key, merge: &mut Merge<'_>) -> Result<bool, StoreError> {
        self.put_by(key, || self.inner.merge(key, lock, merge).map(|_| ()))?;
        Ok(true)
    }

    fn delete_if(
        &self,
        key: &Key,
        lock: &Key,
        check: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<bool, StoreError> {
        self.alive(key)?;
        self.inner.delete_if(key, lock, check)
    }

    fn claim(&self, key: &Key) -> Result<Option<Box<dyn Claim>>, StoreError> {
        self.alive(key)?;
        let claim = self.inner.claim(key)?;
        Ok(claim.map(|claim| Box::new(MortalClaim(self.clone(), key.clone(), claim)) as Box<_>))
    }

    fn sync(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
