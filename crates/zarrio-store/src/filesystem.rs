//! An archive in a directory.

mod claim;
mod durable;
mod lock;
mod names;
mod read;
mod sweep;
mod temporary;
#[cfg(test)]
mod tests;
mod trust;
mod walk;

use std::io;
use std::path::{Path, PathBuf, absolute};
use std::time::Duration;

use durable::DirtyDirectories;
use lock::ObjectLock;
use temporary::Temporary;

use crate::stop::Stop;
use crate::{
    ByteRange, Children, Claim, Key, Merge, ObjectMeta, Prefix, Store, StoreError, StoreErrorKind,
    Swept,
};

/// How often a put starts again when its directory vanishes under it.
const PUT_ATTEMPTS: usize = 4;

/// What a [`FilesystemStore`] does so that its objects outlive a power cut.
///
/// An object outlives the death of its writer in every mode, because it is named only
/// when it is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FsyncMode {
    /// Nothing. After a power cut the latest objects may be absent, empty or garbage.
    #[default]
    Never,
    /// The data of an object reach the disk before it gets its name, so whatever has a
    /// name is whole; the names are certain after the next [`Store::sync`].
    AtSync,
    /// Every put and delete is certain when it returns.
    EveryPut,
}

/// A [`Store`] in a directory: one file for each object, its path the key.
///
/// A put writes a new file under a name of [`TEMPORARY_PREFIX`](crate::TEMPORARY_PREFIX)
/// and 128 random bits in the directory of the object, and renames it. A writer that is
/// killed leaves that file; it disturbs neither readers nor a later put.
///
/// Nothing about the files is remembered, so any number of processes may use one
/// directory.
#[derive(Debug)]
pub struct FilesystemStore {
    root: PathBuf,
    fsync: FsyncMode,
    assume_locks: bool,
    stop: Stop,
    dirty: DirtyDirectories,
}

impl FilesystemStore {
    /// The store in the directory `root`, which need not exist: the first put makes it and
    /// the directories on the way.
    ///
    /// # Errors
    /// When there is something at `root` that is no directory, or it cannot be told.
    pub fn open(root: impl AsRef<Path>, fsync: FsyncMode) -> Result<Self, StoreError> {
        let root = absolute(root.as_ref())
            .map_err(|e| StoreError::io(shown(root.as_ref()), "find the directory", e))?;
        match std::fs::metadata(&root) {
            Ok(metadata) if !metadata.is_dir() => {
                return Err(StoreError::new(
                    StoreErrorKind::Obstructed,
                    shown(&root),
                    "is not a directory",
                ));
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(StoreError::io(shown(&root), "open the directory", error)),
        }
        let dirty = DirtyDirectories::new(&root);
        Ok(Self {
            root,
            fsync,
            assume_locks: false,
            stop: Stop::default(),
            dirty,
        })
    }

    /// The same store, believing that advisory locks hold on its file system, whatever it is.
    ///
    /// Otherwise [`Store::merge`] refuses where that is not known: two writers of one object
    /// would lose each other's data.
    #[must_use]
    pub fn assume_locks(mut self) -> Self {
        self.assume_locks = true;
        self
    }

    /// The same store, asking while it waits for a lock whether it shall stop.
    ///
    /// [`Store::put_shared`] and [`Store::merge`] then end with
    /// [`StoreErrorKind::Interrupted`], and the object is as it was.
    #[must_use]
    pub fn stop_when(mut self, stop: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.stop = Stop::new(stop);
        self
    }

    /// The directory, as an absolute path.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.root.join(key.as_str())
    }

    fn place(&self, prefix: &Prefix) -> PathBuf {
        if prefix.is_root() {
            self.root.clone()
        } else {
            self.root.join(prefix.as_str())
        }
    }

    /// Stores an object, or only a new one: `false` where there is one already.
    fn store(&self, key: &Key, bytes: &[u8], only_new: bool) -> Result<bool, StoreError> {
        let path = self.path(key);
        let directory = path.parent().unwrap_or(&self.root);
        let mut attempt = 1;
        let stored = loop {
            match self.try_store(directory, &path, bytes, only_new) {
                // The directory is not there yet, or someone just removed it.
                Err(error)
                    if error.kind() == StoreErrorKind::NotFound && attempt < PUT_ATTEMPTS =>
                {
                    attempt += 1;
                    match self.make_directory(directory) {
                        Err(error) if error.kind() != StoreErrorKind::NotFound => {
                            return Err(error);
                        }
                        _ => {}
                    }
                }
                result => break result?,
            }
        };
        if stored {
            tracing::trace!(path = %path.display(), bytes = bytes.len(), "stored an object");
            self.touched(directory)?;
        }
        Ok(stored)
    }

    /// Writes a file and gives it its name, in a directory that must exist.
    fn try_store(
        &self,
        directory: &Path,
        path: &Path,
        bytes: &[u8],
        only_new: bool,
    ) -> Result<bool, StoreError> {
        let mut temporary = Temporary::create(directory)?;
        temporary.write(bytes)?;
        if self.fsync != FsyncMode::Never {
            temporary.sync()?;
        }
        if only_new {
            return temporary.link(path);
        }
        temporary.rename(path).map(|()| true)
    }

    /// Notes that the entries of a directory changed, and makes them durable where asked.
    fn touched(&self, directory: &Path) -> Result<(), StoreError> {
        match self.fsync {
            FsyncMode::Never => Ok(()),
            FsyncMode::AtSync => self.dirty.add(directory),
            FsyncMode::EveryPut => {
                self.dirty.add(directory)?;
                self.dirty.sync()
            }
        }
    }

    /// Waits for the lock of an object.
    fn lock(&self, key: &Key, lock: &Key) -> Result<ObjectLock, StoreError> {
        let path = self.path(lock);
        // Counted from what the lock file's directory lies in, so that it is one name
        // whichever directory above a process has opened as its store.
        let above = lock.parent();
        let above = above
            .as_str()
            .rsplit_once('/')
            .map_or("", |(above, _)| above);
        let name = key.as_str().strip_prefix(above).unwrap_or(key.as_str());
        let name = name.trim_start_matches('/');
        match ObjectLock::wait(&path, name, &self.stop) {
            Err(error) if error.kind() == StoreErrorKind::NotFound => {
                self.make_directory(path.parent().unwrap_or(&self.root))?;
                ObjectLock::wait(&path, name, &self.stop)
            }
            result => result,
        }
    }

    /// Makes a directory and those on the way. Others may make or remove them meanwhile.
    fn make_directory(&self, directory: &Path) -> Result<(), StoreError> {
        let made = match std::fs::create_dir(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Some(parent) = directory.parent() {
                    self.make_directory(parent)?;
                }
                std::fs::create_dir(directory)
            }
            result => result,
        };
        match made {
            Ok(()) if self.fsync == FsyncMode::Never => Ok(()),
            // Not synced here: the put that needs the directory does so, or the next sync.
            Ok(()) => directory
                .parent()
                .map_or(Ok(()), |parent| self.dirty.add(parent)),
            Err(error) => {
                let exists = error.kind() == io::ErrorKind::AlreadyExists;
                let error = match std::fs::metadata(directory) {
                    Ok(found) if exists && found.is_dir() => return Ok(()),
                    // Someone just removed it.
                    Err(absent)
                        if exists && read::means_absent(&absent) && !directory.is_symlink() =>
                    {
                        absent
                    }
                    _ => error,
                };
                Err(StoreError::io(
                    shown(directory),
                    "make the directory",
                    error,
                ))
            }
        }
    }
}

impl Store for FilesystemStore {
    fn location(&self) -> String {
        shown(&self.root)
    }

    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        read::get(&self.path(key))
    }

    fn get_ranges(
        &self,
        key: &Key,
        ranges: &[ByteRange],
    ) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
        read::get_ranges(&self.path(key), ranges)
    }

    fn size(&self, key: &Key) -> Result<Option<u64>, StoreError> {
        read::size(&self.path(key))
    }

    fn put(&self, key: &Key, bytes: &[u8]) -> Result<(), StoreError> {
        self.store(key, bytes, false).map(|_| ())
    }

    fn delete(&self, key: &Key) -> Result<(), StoreError> {
        let path = self.path(key);
        match std::fs::remove_file(&path) {
            Ok(()) => self.touched(path.parent().unwrap_or(&self.root)),
            Err(error) if read::means_absent(&error) => Ok(()),
            // A directory of this name is not an object.
            Err(error) => match read::size(&path)? {
                None => Ok(()),
                Some(_) => Err(StoreError::io(shown(&path), "remove it", error)),
            },
        }
    }

    fn delete_prefix(&self, prefix: &Prefix) -> Result<(), StoreError> {
        let place = self.place(prefix);
        walk::remove(&place, prefix.is_root())?;
        let changed = if prefix.is_root() {
            &place
        } else {
            place.parent().unwrap_or(&place)
        };
        self.touched(changed)
    }

    fn remove_empty(&self, prefix: &Prefix) -> Result<(), StoreError> {
        let place = self.place(prefix);
        match std::fs::remove_dir(&place) {
            Ok(()) => self.touched(place.parent().unwrap_or(&self.root)),
            Err(error) if read::means_absent(&error) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
            Err(error) => Err(StoreError::io(
                shown(&place),
                "remove the empty directory",
                error,
            )),
        }
    }

    fn list(&self, prefix: &Prefix) -> Result<Vec<ObjectMeta>, StoreError> {
        walk::list(&self.place(prefix), prefix)
    }

    fn list_children(&self, prefix: &Prefix) -> Result<Children, StoreError> {
        walk::children(&self.place(prefix), prefix)
    }

    fn put_shared(&self, key: &Key, lock: &Key, bytes: &[u8]) -> Result<(), StoreError> {
        let _lock = self.lock(key, lock)?;
        self.put(key, bytes)
    }

    fn merge(&self, key: &Key, lock: &Key, merge: &mut Merge<'_>) -> Result<bool, StoreError> {
        let held = self.lock(key, lock)?;
        self.check_merge(lock)?;
        for _ in 0..PUT_ATTEMPTS {
            let old = self.get(key)?;
            let Some(new) = merge(old.as_deref()) else {
                return Ok(false);
            };
            // Clients of file servers remember for up to a minute that an object was not there,
            // and another host may have made it since. To give a new name asks the server.
            if self.store(key, &new, old.is_none())? {
                drop(held);
                return Ok(true);
            }
        }
        Err(StoreError::new(
            StoreErrorKind::Obstructed,
            shown(&self.path(key)),
            "something is there that is no object",
        ))
    }

    fn each_name(&self, prefix: &Prefix, visit: &mut dyn FnMut(&str)) -> Result<(), StoreError> {
        names::each(&self.place(prefix), prefix, visit)
    }

    fn delete_if(
        &self,
        key: &Key,
        lock: &Key,
        check: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<bool, StoreError> {
        let _lock = self.lock(key, lock)?;
        self.check_merge(lock)?;
        match self.get(key)? {
            Some(bytes) if check(&bytes) => self.delete(key).map(|()| true),
            _ => Ok(false),
        }
    }

    fn sweep(
        &self,
        prefix: &Prefix,
        older_than: Duration,
        remove: bool,
    ) -> Result<Swept, StoreError> {
        sweep::sweep(&self.place(prefix), prefix, older_than, remove)
    }

    fn check_merge(&self, _lock: &Key) -> Result<(), StoreError> {
        if self.assume_locks {
            return Ok(());
        }
        trust::check(&self.root)
    }

    fn claim(&self, key: &Key) -> Result<Option<Box<dyn Claim>>, StoreError> {
        let path = self.path(key);
        let directory = path.parent().unwrap_or(&self.root);
        let mut attempt = 1;
        loop {
            let made = self.make_directory(directory);
            match made.and_then(|()| claim::claim(&path)) {
                // Someone just removed the directory, which was empty.
                Err(error)
                    if error.kind() == StoreErrorKind::NotFound && attempt < PUT_ATTEMPTS =>
                {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    fn sync(&self) -> Result<(), StoreError> {
        self.dirty.sync()
    }
}

/// A path for messages.
fn shown(path: &Path) -> String {
    path.display().to_string()
}
