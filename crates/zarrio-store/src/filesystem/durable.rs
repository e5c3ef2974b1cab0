//! Which directories must reach the disk.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;

use super::shown;
use crate::StoreError;

/// How many directories are remembered before they are synced without being asked for, so
/// that memory stays bounded in an archive of any size.
const MAX_DIRTY: usize = 4096;

/// Directories whose entries changed since they were last synced.
#[derive(Debug)]
pub(super) struct DirtyDirectories {
    /// The directory above the archive: it holds the archive's own entry.
    top: PathBuf,
    dirty: Mutex<BTreeSet<PathBuf>>,
}

impl DirtyDirectories {
    pub(super) fn new(root: &Path) -> Self {
        let top = root.parent().unwrap_or(root).to_owned();
        Self {
            top,
            dirty: Mutex::default(),
        }
    }

    pub(super) fn add(&self, directory: &Path) -> Result<(), StoreError> {
        let full = {
            let mut dirty = self.lock();
            // Asked first: most puts find their directory there, and need no copy of it.
            if !dirty.contains(directory) {
                dirty.insert(directory.to_owned());
            }
            dirty.len() >= MAX_DIRTY
        };
        if full { self.sync() } else { Ok(()) }
    }

    /// Syncs every directory that changed and those above it up to the top: another
    /// process may have made one of them and not yet synced its entry.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        let dirty = std::mem::take(&mut *self.lock());
        let mut all: BTreeSet<&Path> = BTreeSet::new();
        for directory in &dirty {
            for above in directory.ancestors() {
                // Those above the top are there only when they were made for this archive.
                if above != directory && !above.starts_with(&self.top) {
                    break;
                }
                if !all.insert(above) {
                    break;
                }
            }
        }
        // Deepest first: an entry is durable only after what it leads to.
        let result = all
            .iter()
            .rev()
            .try_for_each(|directory| sync_directory(directory));
        if result.is_err() {
            self.lock().extend(dirty);
        }
        result
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
        self.dirty.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn sync_directory(directory: &Path) -> Result<(), StoreError> {
    let result = File::open(directory).and_then(|file| file.sync_all());
    match result {
        // Removed meanwhile; its parent is in the set of whoever did that.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        // Some network file systems cannot sync directories; their servers write entries
        // through.
        Err(error) if error.raw_os_error() == Some(Errno::INVAL.raw_os_error()) => Ok(()),
        Err(error) => Err(StoreError::io(
            shown(directory),
            "sync the directory",
            error,
        )),
        Ok(()) => Ok(()),
    }
}
