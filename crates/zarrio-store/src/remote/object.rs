//! One state of an object, read by parts or as a whole.

use std::fs::File;
use std::io::Write as _;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::{GetOptions, ObjectStoreExt};

use super::{Address, RemoteOptions, RemoteStore, failure};
use crate::requests::Kind;
use crate::{Key, Requests, Store as _, StoreError, StoreErrorKind};

/// Small parts are read together with what stands around them: metadata are many small reads
/// close to each other, and each request waits for the network once.
pub(super) const BLOCK: u64 = 1 << 20;
/// So many blocks are kept.
const BLOCKS: usize = 16;

/// An object in the state that it had when it was opened. What is read is of that state, or
/// an error.
#[derive(Debug)]
pub struct RemoteObject {
    store: RemoteStore,
    key: Key,
    size: u64,
    modified: SystemTime,
    version: Option<String>,
    /// The blocks that were used last, the latest at the end.
    blocks: Mutex<Vec<(u64, Block)>>,
}

/// A block, once it was read: who wants it meanwhile waits.
type Block = Arc<Mutex<Option<Bytes>>>;

impl RemoteObject {
    /// The object at an address; `None` when there is certainly none.
    ///
    /// # Errors
    /// When the address is that of a whole bucket, or it cannot be told.
    pub fn open(
        address: &Address,
        options: &RemoteOptions,
        stop: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Result<Option<Self>, StoreError> {
        let Some((above, name)) = address.split() else {
            let message = "is a bucket, and no object in it";
            return Err(StoreError::new(
                StoreErrorKind::InvalidKey,
                address.to_string(),
                message,
            ));
        };
        let store = RemoteStore::open(above, options)?.stop_when(stop);
        Self::within(store, Key::new(name)?)
    }

    /// An object of a store.
    pub(super) fn within(store: RemoteStore, key: Key) -> Result<Option<Self>, StoreError> {
        let Some(meta) = store.meta(&key)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            size: meta.size,
            modified: meta.last_modified.into(),
            version: meta.e_tag,
            store,
            key,
            blocks: Mutex::default(),
        }))
    }

    /// Its size in bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// When it was written.
    #[must_use]
    pub const fn modified(&self) -> SystemTime {
        self.modified
    }

    /// What tells its states apart; a web server may have nothing of the kind.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// How many requests were made so far.
    #[must_use]
    pub fn requests(&self) -> Requests {
        self.store.requests().unwrap_or_default()
    }

    /// Fills `out` with the bytes from `offset` on.
    ///
    /// # Errors
    /// When they are not all in the object, it cannot be read, or it is another one meanwhile:
    /// [`StoreErrorKind::Changed`].
    pub fn read_exact_at(&self, out: &mut [u8], offset: u64) -> Result<(), StoreError> {
        let length = out.len() as u64;
        let end = offset.saturating_add(length);
        self.check_within(&(offset..end))?;
        if length > BLOCK {
            out.copy_from_slice(&self.part(offset, length)?);
            return Ok(());
        }
        let mut position = offset;
        let mut rest = out;
        while position < end {
            let number = position / BLOCK;
            let block = self.block(number)?;
            let within = (position - number * BLOCK) as usize;
            let count = rest.len().min(block.len().saturating_sub(within));
            if count == 0 {
                return Err(self.changed());
            }
            let (head, tail) = rest.split_at_mut(count);
            head.copy_from_slice(&block[within..within + count]);
            rest = tail;
            position += count as u64;
        }
        Ok(())
    }

    /// Whether it still is the one that was opened.
    ///
    /// # Errors
    /// [`StoreErrorKind::Changed`] when it is not, and when that cannot be told.
    pub fn check_unchanged(&self) -> Result<(), StoreError> {
        let now = self.store.meta(&self.key)?;
        let same = now.is_some_and(|now| {
            let modified: SystemTime = now.last_modified.into();
            now.size == self.size
                && now.e_tag == self.version
                && (now.e_tag.is_some() || modified == self.modified)
        });
        match same {
            true => Ok(()),
            false => Err(self.changed()),
        }
    }

    /// Writes all of it into a file, from the file's beginning on.
    ///
    /// # Errors
    /// When it cannot be read, is another one meanwhile, or the file cannot be written.
    pub fn download(&self, file: &File) -> Result<(), StoreError> {
        let doing = "download it";
        let written = self
            .store
            .ask(Kind::Get, self.key.as_str(), doing, |client, path| {
                let options = self.of_this_state();
                let file = file.try_clone();
                async move {
                    let local = |source: std::io::Error| object_store::Error::Generic {
                        store: "local",
                        source: Box::new(LocalDisk(source)),
                    };
                    let mut file = file.map_err(local)?;
                    // What a cut answer has left is written over.
                    std::io::Seek::rewind(&mut file).map_err(local)?;
                    let mut parts = client.get_opts(&path, options).await?.into_stream();
                    let mut size = 0;
                    while let Some(part) = parts.try_next().await? {
                        file.write_all(&part).map_err(local)?;
                        size += part.len() as u64;
                    }
                    Ok(size)
                }
            })?;
        match written {
            Ok(size) if size == self.size => Ok(()),
            Ok(_) => Err(self.changed()),
            Err(cause) if is_other(&cause) => Err(self.changed()),
            Err(cause) => Err(match local_disk(cause) {
                Ok(error) => {
                    StoreError::io(self.store.shown(self.key.as_str()), "write its copy", error)
                }
                Err(cause) => self.store.failed(self.key.as_str(), doing, &cause),
            }),
        }
    }

    pub(super) fn check_within(&self, part: &Range<u64>) -> Result<(), StoreError> {
        if part.start <= part.end && part.end <= self.size {
            return Ok(());
        }
        let message = format!("has {} bytes, which is not enough", self.size);
        Err(self.error(StoreErrorKind::InvalidRange, message))
    }

    /// How many requests may be under way at once.
    pub(super) fn calls_at_once(&self) -> usize {
        self.store.calls_at_once()
    }

    /// A block, from memory if it was used lately.
    pub(super) fn block(&self, number: u64) -> Result<Bytes, StoreError> {
        let block = {
            let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
            let known = blocks.iter().position(|(known, _)| *known == number);
            let entry = match known {
                Some(index) => blocks.remove(index),
                None => (number, Block::default()),
            };
            if blocks.len() >= BLOCKS {
                blocks.remove(0);
            }
            let block = Arc::clone(&entry.1);
            blocks.push(entry);
            block
        };
        let mut block = block.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = &*block {
            return Ok(bytes.clone());
        }
        let offset = number * BLOCK;
        let bytes = self.part(offset, BLOCK.min(self.size.saturating_sub(offset)))?;
        *block = Some(bytes.clone());
        Ok(bytes)
    }

    pub(super) fn part(&self, offset: u64, length: u64) -> Result<Bytes, StoreError> {
        let state = self.version.as_deref();
        let part = self.store.part(&self.key, offset, length, state)?;
        part.ok_or_else(|| self.changed())
    }

    fn of_this_state(&self) -> GetOptions {
        GetOptions {
            if_match: self.version.clone(),
            ..GetOptions::default()
        }
    }

    pub(super) fn changed(&self) -> StoreError {
        self.error(
            StoreErrorKind::Changed,
            "is another one than when it was opened",
        )
    }

    fn error(&self, kind: StoreErrorKind, message: impl Into<String>) -> StoreError {
        StoreError::new(kind, self.store.shown(self.key.as_str()), message)
    }
}

impl RemoteStore {
    /// What a server tells of an object without its bytes.
    pub(super) fn meta(&self, key: &Key) -> Result<Option<object_store::ObjectMeta>, StoreError> {
        let doing = "look at it";
        let found = self.ask(Kind::Head, key.as_str(), doing, |client, path| async move {
            client.head(&path).await
        })?;
        if found.as_ref().is_err_and(failure::is_mute) {
            // The answer to this question has no body, and that to the next one says why.
            let first = self.ask(Kind::Get, key.as_str(), doing, |client, path| async move {
                client.get_range(&path, 0..1).await
            })?;
            if let Err(cause) = first
                && !failure::is_absent(&cause)
            {
                return Err(self.failed(key.as_str(), doing, &cause));
            }
        }
        self.unless_absent(key, doing, found)
    }
}

/// Whether the object is not the one that was asked for.
fn is_other(cause: &object_store::Error) -> bool {
    failure::is_conflict(cause) || failure::is_absent(cause)
}

/// An error of the disk on the way through the client library.
#[derive(Debug, thiserror::Error)]
#[error("the disk fails")]
struct LocalDisk(std::io::Error);

fn local_disk(cause: object_store::Error) -> Result<std::io::Error, object_store::Error> {
    match cause {
        object_store::Error::Generic { store, source } => match source.downcast::<LocalDisk>() {
            Ok(local) => Ok(local.0),
            Err(source) => Err(object_store::Error::Generic { store, source }),
        },
        cause => Err(cause),
    }
}
