//! A store that is gone with its process.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::range::range_error;
use crate::{
    ByteRange, Children, Claim, Key, Merge, ObjectMeta, Prefix, Since, Store, StoreError,
    StoreErrorKind,
};

type Objects = BTreeMap<Key, Arc<[u8]>>;

/// Objects in memory: for tests, dry runs and small archives that are never stored.
///
/// Unlike a file system it lets an object and a place have one name.
#[derive(Default)]
pub struct MemoryStore {
    objects: Arc<RwLock<Objects>>,
    claimed: Arc<Mutex<BTreeSet<Key>>>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    // No code panics while it holds the lock, and the map is whole between any two
    // statements: a poisoned lock guards good data.
    fn read(&self) -> RwLockReadGuard<'_, Objects> {
        self.objects.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Objects> {
        self.objects.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn object(&self, key: &Key) -> Option<Arc<[u8]>> {
        self.read().get(key).cloned()
    }

    /// The claim of a key, unless somebody has it.
    fn claimed(&self, key: &Key) -> Option<Box<dyn Claim>> {
        let mut claimed = self.claimed.lock().unwrap_or_else(PoisonError::into_inner);
        claimed.insert(key.clone()).then(|| {
            Box::new(MemoryClaim {
                key: key.clone(),
                objects: Arc::clone(&self.objects),
                claimed: Arc::clone(&self.claimed),
            }) as Box<dyn Claim>
        })
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let objects = self.read();
        let bytes: usize = objects.values().map(|bytes| bytes.len()).sum();
        f.debug_struct("MemoryStore")
            .field("objects", &objects.len())
            .field("bytes", &bytes)
            .finish()
    }
}

impl Store for MemoryStore {
    fn location(&self) -> String {
        "memory".to_owned()
    }

    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.object(key).map(|bytes| bytes.to_vec()))
    }

    fn get_ranges(
        &self,
        key: &Key,
        ranges: &[ByteRange],
    ) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
        let Some(bytes) = self.object(key) else {
            return Ok(None);
        };
        let size = bytes.len() as u64;
        let part = |&range: &ByteRange| {
            range
                .within(size)
                .and_then(|(offset, length)| {
                    let offset = usize::try_from(offset).ok()?;
                    let end = offset.checked_add(usize::try_from(length).ok()?)?;
                    bytes.get(offset..end).map(<[u8]>::to_vec)
                })
                .ok_or_else(|| range_error(key.as_str(), range, size))
        };
        ranges.iter().map(part).collect::<Result<_, _>>().map(Some)
    }

    fn size(&self, key: &Key) -> Result<Option<u64>, StoreError> {
        Ok(self.read().get(key).map(|bytes| bytes.len() as u64))
    }

    fn put(&self, key: &Key, bytes: &[u8]) -> Result<(), StoreError> {
        let bytes = Arc::from(bytes);
        self.write().insert(key.clone(), bytes);
        Ok(())
    }

    fn delete(&self, key: &Key) -> Result<(), StoreError> {
        self.write().remove(key);
        Ok(())
    }

    fn delete_prefix(&self, prefix: &Prefix) -> Result<(), StoreError> {
        self.write().retain(|key, _| !key.is_below(prefix));
        Ok(())
    }

    fn list(&self, prefix: &Prefix) -> Result<Vec<ObjectMeta>, StoreError> {
        let objects = self.read();
        let below = objects.iter().filter(|(key, _)| key.is_below(prefix));
        Ok(below
            .map(|(key, bytes)| ObjectMeta {
                key: key.clone(),
                size: bytes.len() as u64,
                modified: None,
            })
            .collect())
    }

    fn list_children(&self, prefix: &Prefix) -> Result<Children, StoreError> {
        let mut children = Children::default();
        let mut prefixes = BTreeSet::new();
        let skip = if prefix.is_root() {
            0
        } else {
            prefix.as_str().len() + 1
        };
        for object in self.list(prefix)? {
            match object
                .key
                .as_str()
                .get(skip..)
                .and_then(|rest| rest.split_once('/'))
            {
                None => children.objects.push(object),
                Some((first, _)) => {
                    prefixes.insert(prefix.join(first)?);
                }
            }
        }
        children.prefixes = prefixes.into_iter().collect();
        Ok(children)
    }

    fn put_shared(&self, key: &Key, _lock: &Key, bytes: &[u8]) -> Result<(), StoreError> {
        self.put(key, bytes)
    }

    fn merge(&self, key: &Key, _lock: &Key, merge: &mut Merge<'_>) -> Result<bool, StoreError> {
        // `merge` may take long, or use this store: compare and swap, as an object store does.
        loop {
            let old = self.object(key);
            let Some(new) = merge(old.as_deref()) else {
                return Ok(false);
            };
            let mut objects = self.write();
            let unchanged = match (&old, objects.get(key)) {
                (Some(old), Some(now)) => Arc::ptr_eq(old, now),
                (None, None) => true,
                _ => false,
            };
            if unchanged {
                objects.insert(key.clone(), Arc::from(new));
                return Ok(true);
            }
        }
    }

    fn delete_if(
        &self,
        key: &Key,
        _lock: &Key,
        check: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<bool, StoreError> {
        let mut objects = self.write();
        let goes = objects.get(key).is_some_and(|bytes| check(bytes));
        if goes {
            objects.remove(key);
        }
        Ok(goes)
    }

    fn claim(&self, key: &Key) -> Result<Option<Box<dyn Claim>>, StoreError> {
        let claim = self.claimed(key);
        if claim.is_some() {
            self.write().entry(key.clone()).or_default();
        }
        Ok(claim)
    }

    fn claim_entered(
        &self,
        document: &Key,
        _text: &[u8],
        _since: Since,
    ) -> Result<Box<dyn Claim>, StoreError> {
        let claim = self.claimed(document);
        claim.ok_or_else(|| {
            let message = "another has claimed what only one can have entered";
            StoreError::new(StoreErrorKind::Unavailable, document.as_str(), message)
        })
    }

    fn claim_left(
        &self,
        _mark: &Key,
        document: &Key,
        text: &[u8],
        _since: Option<i64>,
    ) -> Result<Option<Box<dyn Claim>>, StoreError> {
        let claim = self.claimed(document);
        if claim.is_some() {
            let mut objects = self.write();
            objects
                .entry(document.clone())
                .or_insert_with(|| Arc::from(text));
        }
        Ok(claim)
    }

    fn sync(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// A key that is in the set of those claimed.
#[derive(Debug)]
struct MemoryClaim {
    key: Key,
    objects: Arc<RwLock<Objects>>,
    claimed: Arc<Mutex<BTreeSet<Key>>>,
}

impl Claim for MemoryClaim {
    fn withdraw(self: Box<Self>) -> Result<(), StoreError> {
        let mut objects = self.objects.write().unwrap_or_else(PoisonError::into_inner);
        objects.remove(&self.key);
        Ok(())
    }
}

impl Drop for MemoryClaim {
    fn drop(&mut self) {
        let mut claimed = self.claimed.lock().unwrap_or_else(PoisonError::into_inner);
        claimed.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_promises_of_a_store() {
        crate::testing::check_store(&MemoryStore::new());
    }
}
