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
    /// Held while directories are synced. Whoever finds nothing dirty has to know that what
    /// another took out to sync is on the disk, or is dirty again.
    syncing: Mutex<()>,
}

impl DirtyDirectories {
    pub(super) fn new(root: &Path) -> Self {
        let top = root.parent().unwrap_or(root).to_owned();
        Self {
            top,
            dirty: Mutex::default(),
            syncing: Mutex::default(),
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
        self.sync_by(sync_directory)
    }

    fn sync_by(
        &self,
        sync_directory: impl Fn(&Path) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let _turn = self.syncing.lock().unwrap_or_else(PoisonError::into_inner);
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;
    use crate::StoreErrorKind;

    #[test]
    fn nobody_is_told_that_all_is_durable_while_another_still_syncs() {
        let directory = tempfile::tempdir().unwrap();
        let dirty = DirtyDirectories::new(directory.path());
        dirty.add(directory.path()).unwrap();
        let (begun, has_begun) = channel();
        let (release, released) = channel::<()>();
        std::thread::scope(|scope| {
            let dirty = &dirty;
            scope.spawn(move || {
                // A disk that takes its time and then fails.
                let slow = dirty.sync_by(|path| {
                    let _ = begun.send(());
                    let _ = released.recv();
                    Err(StoreError::new(StoreErrorKind::Io, shown(path), "failed"))
                });
                slow.unwrap_err();
            });
            has_begun.recv().unwrap();
            let (synced, has_synced) = channel();
            scope.spawn(move || synced.send(dirty.sync()));
            has_synced
                .recv_timeout(Duration::from_millis(200))
                .expect_err("the second sync waits for the first");
            assert_eq!(dirty.len(), 0, "what the first took out");
            drop(release);
            has_synced.recv().unwrap().unwrap();
        });
        assert_eq!(dirty.len(), 0, "the second synced what the first could not");
    }
}
