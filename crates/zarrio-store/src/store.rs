//! What every store can do.

use std::fmt::Debug;
use std::time::{Duration, SystemTime};

use crate::{ByteRange, Claim, Key, Prefix, Requests, Since, StoreError, StoreErrorKind};

/// An object of a listing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectMeta {
    /// Its name.
    pub key: Key,
    /// Its size in bytes.
    pub size: u64,
    /// When it was put, where the store tells.
    pub modified: Option<SystemTime>,
}

/// An object that a writer began and did not finish.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unfinished {
    /// Where it lies, for people.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
}

/// What a sweep did with unfinished objects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Swept {
    /// Those that were removed, or would be, sorted.
    pub removed: Vec<Unfinished>,
    /// How many stay, because they are young or somebody works on them.
    pub kept: u64,
}

/// What lies directly in a place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Children {
    /// The objects, sorted by key.
    pub objects: Vec<ObjectMeta>,
    /// The places that hold at least a directory entry, sorted.
    pub prefixes: Vec<Prefix>,
}

/// An object, and when it was put: seconds since 1970 by the store's clock, where it has one.
pub type Dated = (Vec<u8>, Option<i64>);

/// Makes the new object of a merge from the old one, or from its absence; `None` when it
/// cannot. It may be called more than once.
pub type Merge<'a> = dyn FnMut(Option<&[u8]>) -> Option<Vec<u8>> + 'a;

/// Objects by name.
///
/// What every implementation promises, and the suite of the feature
/// `testing` checks:
///
/// - [`put`](Self::put) is atomic. Whoever reads the key meanwhile, in this process or
///   another, sees the whole old object, or its absence, or the whole new object; of
///   several puts at once the object of one remains. After an error the old object is
///   still there or the new one is, whole, and nothing half-written has a valid name.
/// - Absence is certain: [`get`](Self::get) says `None` only when the store said that
///   there is no such object. Whatever leaves a doubt is an error, because a caller
///   would replace what it takes for absent.
/// - Nothing is kept from one call to the next that another process could make wrong.
///
/// Between a read and a put that depends on it others may put: an object that has several
/// writers is changed by [`merge`](Self::merge), and replaced by
/// [`put_shared`](Self::put_shared).
pub trait Store: Send + Sync + Debug {
    /// Where the store is, for people.
    fn location(&self) -> String;

    /// Whether the names in a place cost no more than it takes to read a directory. Where they
    /// cost requests, whoever can do without does.
    fn lists_cheaply(&self) -> bool {
        true
    }

    /// Whether [`delete_if`](Self::delete_if) can be kept.
    fn deletes_on_condition(&self) -> bool {
        true
    }

    /// How many calls may be under way at once where each waits for a server most of the time;
    /// one where calls are work of this machine, of which more at once is no faster.
    fn calls_at_once(&self) -> usize {
        1
    }

    /// How many requests were made of a server so far, where there is one.
    fn requests(&self) -> Option<Requests> {
        None
    }

    /// The whole object; `None` when there is certainly none.
    ///
    /// # Errors
    /// When the object cannot be read, or it cannot be told whether it exists.
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError>;

    /// Several objects, as [`get`](Self::get) gives each: together, where that is faster.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    fn get_each(&self, keys: &[Key]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        keys.iter().map(|key| self.get(key)).collect()
    }

    /// The same with the times of their last changes.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    fn get_each_dated(&self, keys: &[Key]) -> Result<Vec<Option<Dated>>, StoreError> {
        let found = self.get_each(keys)?.into_iter();
        Ok(found.map(|bytes| Some((bytes?, None))).collect())
    }

    /// Several parts of one state of the object; `None` when there is certainly none.
    ///
    /// # Errors
    /// As [`get`](Self::get), and [`StoreErrorKind::InvalidRange`] when a range reaches
    /// beyond the object.
    fn get_ranges(
        &self,
        key: &Key,
        ranges: &[ByteRange],
    ) -> Result<Option<Vec<Vec<u8>>>, StoreError>;

    /// The size of an object in bytes; `None` when there is certainly none.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    fn size(&self, key: &Key) -> Result<Option<u64>, StoreError>;

    /// Makes `bytes` the object of this name, whole.
    ///
    /// Whether it outlives a power cut once this returns depends on how the store was
    /// opened; it does after the next successful [`sync`](Self::sync), in a store that
    /// was opened to be durable.
    ///
    /// # Errors
    /// When it cannot be written. The name then has its old object or the new one.
    fn put(&self, key: &Key, bytes: &[u8]) -> Result<(), StoreError>;

    /// Puts several objects, in any order: together, where that is faster.
    ///
    /// # Errors
    /// As [`put`](Self::put), of any of them.
    fn put_each(&self, objects: &[(Key, Vec<u8>)]) -> Result<(), StoreError> {
        let mut objects = objects.iter();
        objects.try_for_each(|(key, bytes)| self.put(key, bytes))
    }

    /// Removes an object. That it is absent is no error.
    ///
    /// # Errors
    /// When the object is still there, or may be.
    fn delete(&self, key: &Key) -> Result<(), StoreError>;

    /// Removes several objects: together, where that is faster.
    ///
    /// # Errors
    /// As [`delete`](Self::delete), of any of them.
    fn delete_each(&self, keys: &[Key]) -> Result<(), StoreError> {
        keys.iter().try_for_each(|key| self.delete(key))
    }

    /// Removes everything in a place, unfinished objects included.
    ///
    /// Objects that others put there meanwhile may remain.
    ///
    /// # Errors
    /// When something remains, or may.
    fn delete_prefix(&self, prefix: &Prefix) -> Result<(), StoreError>;

    /// Removes what is left of a place that holds nothing, where a store keeps such: an empty
    /// directory. A place that holds anything stays as it is.
    ///
    /// # Errors
    /// When it is empty and cannot be removed.
    fn remove_empty(&self, _prefix: &Prefix) -> Result<(), StoreError> {
        Ok(())
    }

    /// Every object in a place at any depth, sorted by key; none where there is no such
    /// place.
    ///
    /// # Errors
    /// When a part of the place cannot be listed.
    fn list(&self, prefix: &Prefix) -> Result<Vec<ObjectMeta>, StoreError>;

    /// What lies directly in a place; nothing where there is no such place.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    fn list_children(&self, prefix: &Prefix) -> Result<Children, StoreError>;

    /// Calls `visit` with the name of every object in a place, at any depth and in any order,
    /// as seen from the place. Cheaper than [`list`](Self::list) where sizes cost something.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    fn each_name(&self, prefix: &Prefix, visit: &mut dyn FnMut(&str)) -> Result<(), StoreError> {
        for object in self.list(prefix)? {
            let name = object.key.as_str().strip_prefix(prefix.as_str());
            visit(name.unwrap_or_default().trim_start_matches('/'));
        }
        Ok(())
    }

    /// Whether no object lies in a place, at any depth. Unfinished objects do not count.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    fn is_empty(&self, prefix: &Prefix) -> Result<bool, StoreError> {
        let children = self.list_children(prefix)?;
        if !children.objects.is_empty() {
            return Ok(false);
        }
        for child in &children.prefixes {
            if !self.is_empty(child)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether there is such an object.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    fn exists(&self, key: &Key) -> Result<bool, StoreError> {
        Ok(self.size(key)?.is_some())
    }

    /// The same of several objects: together, where that is faster.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    fn exists_each(&self, keys: &[Key]) -> Result<Vec<bool>, StoreError> {
        keys.iter().map(|key| self.exists(key)).collect()
    }

    /// One part of an object; `None` when there is certainly none.
    ///
    /// # Errors
    /// As [`get_ranges`](Self::get_ranges).
    fn get_range(&self, key: &Key, range: ByteRange) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .get_ranges(key, &[range])?
            .and_then(|parts| parts.into_iter().next()))
    }

    /// Makes `bytes` the object of this name, which others may put or merge meanwhile.
    ///
    /// `lock` names an object beside those that it guards: the same one for every writer of
    /// `key`, and never removed. Stores that need no lock do not make it.
    ///
    /// # Errors
    /// As [`put`](Self::put), and when the lock is not to be had.
    fn put_shared(&self, key: &Key, lock: &Key, bytes: &[u8]) -> Result<(), StoreError>;

    /// The same for a writer whose claim may run out: `holds` says whether it lasts, and is asked
    /// at a moment after which nobody else can have replaced the object unnoticed, where the store
    /// can have it so, else right before. Gives `false`, and leaves the object, when it does not.
    ///
    /// # Errors
    /// As [`put_shared`](Self::put_shared).
    fn put_held(
        &self,
        key: &Key,
        lock: &Key,
        bytes: &[u8],
        holds: &mut dyn FnMut() -> bool,
    ) -> Result<bool, StoreError> {
        match holds() {
            true => self.put_shared(key, lock, bytes).map(|()| true),
            false => Ok(false),
        }
    }

    /// Whether [`merge`](Self::merge) can exclude others here; to be asked before work that
    /// needs it begins. `lock` is that of the merges; a store that finds out by trying does so,
    /// and remembers the answer, in the place where it is.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unsupported`] with the reason when it cannot, or nobody knows.
    fn check_merge(&self, _lock: &Key) -> Result<(), StoreError> {
        Ok(())
    }

    /// Changes an object that others may put or merge meanwhile: none of the changes is
    /// lost, but that equal results of two may be taken for one. Gives `false`, and leaves the object, when `merge` gives nothing.
    ///
    /// # Errors
    /// As [`get`](Self::get) and [`put_shared`](Self::put_shared), and
    /// [`StoreErrorKind::Unsupported`] where this store cannot exclude others.
    fn merge(&self, key: &Key, lock: &Key, merge: &mut Merge<'_>) -> Result<bool, StoreError>;

    /// Removes an object that others may put or merge meanwhile, if `check` says so of its
    /// present bytes. Gives whether it was removed; what is absent is not.
    ///
    /// # Errors
    /// As [`merge`](Self::merge) and [`delete`](Self::delete);
    /// [`StoreErrorKind::Unsupported`] where the store cannot.
    fn delete_if(
        &self,
        key: &Key,
        lock: &Key,
        check: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<bool, StoreError>;

    /// Removes unfinished objects in a place, at any depth, that are older than a time and
    /// whose writers are provably gone; with `remove` not set, only finds them. A store
    /// whose puts leave nothing behind has none.
    ///
    /// # Errors
    /// When the place cannot be listed or an object not be removed.
    fn sweep(
        &self,
        _prefix: &Prefix,
        _older_than: Duration,
        _remove: bool,
    ) -> Result<Swept, StoreError> {
        Ok(Swept::default())
    }

    /// The exclusive right to what `key` names; `None` when another has it.
    ///
    /// The key's object exists from then on, until the claim is withdrawn.
    ///
    /// # Errors
    /// When it cannot be told, or this store cannot exclude others.
    fn claim(&self, key: &Key) -> Result<Option<Box<dyn Claim>>, StoreError>;

    /// The same for a claim that comes with a text, which others read as the object `document`.
    ///
    /// Where a claim costs a request, the document is the claim: it begins with the text, given
    /// at first and changed by [`Claim::say`], and a last line of its own is the store's. Where it
    /// is not, `mark` is claimed and whoever claims it puts the document. With no text, what
    /// another has left is claimed, and stays as it is.
    ///
    /// # Errors
    /// As [`claim`](Self::claim).
    fn claim_saying(
        &self,
        mark: &Key,
        _document: &Key,
        _text: Option<&[u8]>,
    ) -> Result<Option<Box<dyn Claim>>, StoreError> {
        self.claim(mark)
    }

    /// The claim of work that its holder has entered where others look, a moment after `since`.
    ///
    /// Where a claim costs a request, its object `document` is made, with the text, only when the
    /// claim has to be renewed for the first time: work that is done before never makes it. Until
    /// then others go by the age of the entry, see [`claim_left`](Self::claim_left). When it is
    /// dropped the document says that it was given up.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unsupported`] where names are listed for nothing, so that nobody enters
    /// anything.
    fn claim_entered(
        &self,
        document: &Key,
        _text: &[u8],
        _since: Since,
    ) -> Result<Box<dyn Claim>, StoreError> {
        Err(StoreError::new(
            StoreErrorKind::Unsupported,
            document.as_str(),
            "nothing is entered here",
        ))
    }

    /// The claim of work that another has entered, whether its object was made or not; `None` while
    /// its holder may be alive.
    ///
    /// `text` is what the entry says, and `since` a time by the store's clock at which it was
    /// there. An object that was not made yet is made by this, so that its holder cannot make it.
    /// Where claims end with their processes `mark` is claimed.
    ///
    /// # Errors
    /// As [`claim`](Self::claim).
    fn claim_left(
        &self,
        mark: &Key,
        _document: &Key,
        _text: &[u8],
        _since: Option<i64>,
    ) -> Result<Option<Box<dyn Claim>>, StoreError> {
        self.claim(mark)
    }

    /// Whether an object was not changed for so long that whoever has a claim on something has
    /// made its object since, or is gone; so it is with one that is not there.
    ///
    /// # Errors
    /// When that cannot be told.
    fn has_rested(&self, _key: &Key) -> Result<bool, StoreError> {
        Ok(true)
    }

    /// The commit point: once this returns, every put and delete that returned before it
    /// was called outlives a power cut. Does nothing in a store that does not care.
    ///
    /// # Errors
    /// When that is not certain. What was not made durable is tried again by the next
    /// call.
    fn sync(&self) -> Result<(), StoreError>;
}
