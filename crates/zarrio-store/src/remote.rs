//! An archive on an object store.

mod address;
mod ask;
mod claim;
mod conditions;
mod failure;
#[cfg(any(test, feature = "testing"))]
mod fate;
mod lease;
mod listing;
mod object;
mod open;
mod profile;
mod ranges;
mod runtime;
#[cfg(test)]
mod tests;
mod together;

use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::StreamExt;
use object_store::path::Path;
use object_store::{
    Error as Cause, GetOptions, ObjectStore, ObjectStoreExt, PutPayload, UpdateVersion,
};

pub use address::Address;
pub use object::RemoteObject;
pub use open::RemoteOptions;

use claim::{Clocks, Said};

use crate::requests::{Counters, Kind};
use crate::stop::Stop;
use crate::{
    ByteRange, Children, Claim, Dated, Key, Merge, ObjectMeta, Prefix, Requests, Since, Store,
    StoreError, StoreErrorKind,
};

/// A [`Store`] on S3, Google Cloud Storage, Azure, or a web server, which can be read only.
///
/// An object is put by one request, so it is replaced whole or not at all. Objects with
/// several writers are changed on the condition that nobody changed them since they were
/// read; [`Store::check_merge`] tries first whether the server keeps such conditions, because
/// some accept and ignore them.
///
/// There are no locks: a [`Claim`] is a lease, which its holder renews and which others take
/// over when it was not renewed for a minute.
///
/// Requests that fail for a reason that may pass are made again with growing pauses.
#[derive(Clone)]
pub struct RemoteStore {
    client: Arc<dyn ObjectStore>,
    /// The same without a limit of requests at once, for what must not wait for others.
    unlimited: Arc<dyn ObjectStore>,
    base: Path,
    address: Arc<Address>,
    stop: Stop,
    retries: u32,
    /// How many requests may be under way at once.
    at_once: usize,
    counters: Counters,
    /// Which server it is, as far as that is known.
    server: Arc<str>,
    /// Whether conditions hold, once that was tried; the text says why not.
    conditions: Arc<Mutex<Option<Result<(), String>>>>,
    clocks: Clocks,
    /// Whether the object was there already that was put last.
    replaces: Arc<AtomicBool>,
    #[cfg(any(test, feature = "testing"))]
    fate: fate::Fate,
}

/// An object and which of its states it is.
struct Found {
    bytes: Bytes,
    version: UpdateVersion,
    /// When it was put: seconds since 1970 by the server's clock.
    modified: i64,
}

impl RemoteStore {
    /// The same store, asking while it waits whether it shall stop; calls then end with
    /// [`StoreErrorKind::Interrupted`].
    #[must_use]
    pub fn stop_when(mut self, stop: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.stop = Stop::new(stop);
        self
    }

    fn shown(&self, key: &str) -> String {
        match key.is_empty() {
            true => self.address.to_string(),
            false => format!("{}/{key}", self.address),
        }
    }

    /// Where an object or a place is in the bucket. Names are not encoded, so that other
    /// programs find what was written.
    fn path(&self, key: &str) -> Result<Path, StoreError> {
        let whole = match (self.base.as_ref(), key) {
            ("", key) => key.to_owned(),
            (base, "") => base.to_owned(),
            (base, key) => format!("{base}/{key}"),
        };
        Path::parse(&whole).map_err(|error| {
            let message = format!("cannot be the name of an object: {error}");
            StoreError::new(StoreErrorKind::InvalidKey, self.shown(key), message)
        })
    }

    fn find(&self, key: &Key) -> Result<Option<Found>, StoreError> {
        let doing = "read it";
        let found = self.ask(Kind::Get, key.as_str(), doing, |client, path| async move {
            let result = client.get_opts(&path, GetOptions::default()).await?;
            let version = UpdateVersion {
                e_tag: result.meta.e_tag.clone(),
                version: result.meta.version.clone(),
            };
            let modified = result.meta.last_modified.timestamp();
            let bytes = result.bytes().await?;
            Ok(Found {
                bytes,
                version,
                modified,
            })
        })?;
        self.unless_absent(key, doing, found)
    }

    fn unless_absent<T>(
        &self,
        key: &Key,
        doing: &str,
        found: Result<T, Cause>,
    ) -> Result<Option<T>, StoreError> {
        match found {
            Ok(found) => Ok(Some(found)),
            Err(cause) if failure::is_absent(&cause) && !open::is_about_bucket(&cause) => Ok(None),
            Err(cause) => Err(self.failed(key.as_str(), doing, &cause)),
        }
    }

    fn failed(&self, key: &str, doing: &str, cause: &Cause) -> StoreError {
        failure::failed(self.shown(key), doing, cause)
    }

    fn check_writable(&self, key: &str) -> Result<(), StoreError> {
        match self.address.is_read_only() {
            false => Ok(()),
            true => Err(StoreError::new(
                StoreErrorKind::ReadOnly,
                self.shown(key),
                "a web server can be read only",
            )),
        }
    }
}

impl fmt::Debug for RemoteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client knows credentials.
        f.debug_struct("RemoteStore")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Store for RemoteStore {
    fn location(&self) -> String {
        self.address.to_string()
    }

    /// A listing takes a request for each thousand names of a place, however few are wanted.
    fn lists_cheaply(&self) -> bool {
        false
    }

    /// Servers take no conditions with a removal, or ignore them.
    fn deletes_on_condition(&self) -> bool {
        false
    }

    fn calls_at_once(&self) -> usize {
        self.at_once
    }

    fn requests(&self) -> Option<Requests> {
        Some(self.counters.so_far())
    }

    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.find(key)?.map(|found| found.bytes.into()))
    }

    fn get_each(&self, keys: &[Key]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        together::each(self.at_once, keys, |key| self.get(key))
    }

    fn exists_each(&self, keys: &[Key]) -> Result<Vec<bool>, StoreError> {
        together::each(self.at_once, keys, |key| self.exists(key))
    }

    fn get_each_dated(&self, keys: &[Key]) -> Result<Vec<Option<Dated>>, StoreError> {
        together::each(self.at_once, keys, |key| {
            let found = self.find(key)?;
            Ok(found.map(|found| (found.bytes.into(), Some(found.modified))))
        })
    }

    fn get_ranges(
        &self,
        key: &Key,
        ranges: &[ByteRange],
    ) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
        self.ranges(key, ranges)
    }

    fn size(&self, key: &Key) -> Result<Option<u64>, StoreError> {
        Ok(self.head(key)?.map(|(size, _)| size))
    }

    fn put(&self, key: &Key, bytes: &[u8]) -> Result<(), StoreError> {
        self.check_writable(key.as_str())?;
        let (bytes, doing) = (Bytes::copy_from_slice(bytes), "write it");
        let put = self.ask(Kind::Put, key.as_str(), doing, |client, path| {
            let payload = PutPayload::from(bytes.clone());
            async move { client.put(&path, payload).await }
        })?;
        put.map(|_| ())
            .map_err(|cause| self.failed(key.as_str(), doing, &cause))
    }

    fn put_each(&self, objects: &[(Key, Vec<u8>)]) -> Result<(), StoreError> {
        let put = |(key, bytes): &(Key, Vec<u8>)| self.put(key, bytes);
        together::each(self.at_once, objects, put).map(|_| ())
    }

    fn delete(&self, key: &Key) -> Result<(), StoreError> {
        self.check_writable(key.as_str())?;
        let doing = "remove it";
        let deleted = self.ask(
            Kind::Delete,
            key.as_str(),
            doing,
            |client, path| async move { client.delete(&path).await },
        )?;
        self.unless_absent(key, doing, deleted).map(|_| ())
    }

    fn delete_prefix(&self, prefix: &Prefix) -> Result<(), StoreError> {
        self.check_writable(prefix.as_str())?;
        let objects = self.list(prefix)?.into_iter();
        self.delete_each(&objects.map(|object| object.key).collect::<Vec<_>>())
    }

    fn delete_each(&self, keys: &[Key]) -> Result<(), StoreError> {
        let Some(first) = keys.first() else {
            return Ok(());
        };
        self.check_writable(first.as_str())?;
        let (mut paths, doing) = (Vec::new(), "remove it");
        for key in keys {
            self.counters.count(Kind::Delete);
            paths.push(self.path(key.as_str())?);
        }
        let deleted = self.ask(Kind::Delete, first.as_str(), doing, |client, _| {
            let paths = paths.clone();
            async move {
                let paths = futures_util::stream::iter(paths).map(Ok).boxed();
                let mut removed = client.delete_stream(paths);
                while let Some(result) = removed.next().await {
                    match result {
                        Err(cause) if !failure::is_absent(&cause) => return Err(cause),
                        _ => {}
                    }
                }
                Ok(())
            }
        })?;
        deleted.map_err(|cause| self.failed(first.as_str(), doing, &cause))
    }

    fn list(&self, prefix: &Prefix) -> Result<Vec<ObjectMeta>, StoreError> {
        let mut objects = Vec::new();
        self.each(prefix, &mut |object| objects.push(object))?;
        objects.sort();
        Ok(objects)
    }

    fn list_children(&self, prefix: &Prefix) -> Result<Children, StoreError> {
        self.children(prefix)
    }

    fn each_name(&self, prefix: &Prefix, visit: &mut dyn FnMut(&str)) -> Result<(), StoreError> {
        self.each(prefix, &mut |object| {
            let name = object.key.as_str().strip_prefix(prefix.as_str());
            visit(name.unwrap_or_default().trim_start_matches('/'));
        })
    }

    fn is_empty(&self, prefix: &Prefix) -> Result<bool, StoreError> {
        self.has_none(prefix)
    }

    /// Whole puts need no condition: every merge has one, and notices them.
    fn put_shared(&self, key: &Key, _lock: &Key, bytes: &[u8]) -> Result<(), StoreError> {
        self.put(key, bytes)
    }

    fn put_held(
        &self,
        key: &Key,
        _lock: &Key,
        bytes: &[u8],
        holds: &mut dyn FnMut() -> bool,
    ) -> Result<bool, StoreError> {
        self.replace(key, bytes, holds)
    }

    fn check_merge(&self, lock: &Key) -> Result<(), StoreError> {
        self.check_conditions(&lock.parent())
    }

    fn merge(&self, key: &Key, _lock: &Key, merge: &mut Merge<'_>) -> Result<bool, StoreError> {
        self.change(key, merge)
    }

    fn delete_if(
        &self,
        key: &Key,
        _lock: &Key,
        _check: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<bool, StoreError> {
        Err(StoreError::new(
            StoreErrorKind::Unsupported,
            self.shown(key.as_str()),
            "an object store cannot remove an object on a condition, so that a newer one stays",
        ))
    }

    fn claim(&self, key: &Key) -> Result<Option<Box<dyn Claim>>, StoreError> {
        self.lease(key, self.find(key)?, &[])
    }

    fn claim_saying(
        &self,
        mark: &Key,
        document: &Key,
        text: Option<&[u8]>,
    ) -> Result<Option<Box<dyn Claim>>, StoreError> {
        match text {
            // Elsewhere a lease may have to be removed to be taken, and its text with it.
            Some(text) if self.conditions_hold() => {
                self.lease(document, self.find(document)?, text)
            }
            Some(_) => self.claim(mark),
            None => match self.find(document)? {
                Some(found) if !Said::of(&found.bytes).word.is_empty() => {
                    let text = Said::of(&found.bytes).text.to_vec();
                    self.lease(document, Some(found), &text)
                }
                _ => self.claim(mark),
            },
        }
    }

    fn claim_entered(
        &self,
        document: &Key,
        text: &[u8],
        since: Since,
    ) -> Result<Box<dyn Claim>, StoreError> {
        self.lease_entered(document, text, since)
    }

    fn claim_left(
        &self,
        _mark: &Key,
        document: &Key,
        text: &[u8],
        since: Option<i64>,
    ) -> Result<Option<Box<dyn Claim>>, StoreError> {
        self.lease_left(document, text, since)
    }

    fn has_rested(&self, key: &Key) -> Result<bool, StoreError> {
        Ok(self.is_expired(key)? || !self.exists(key)?)
    }

    /// What a put answered for is durable.
    fn sync(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
