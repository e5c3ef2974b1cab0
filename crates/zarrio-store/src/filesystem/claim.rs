//! Claims as advisory locks of files.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::shown;
use crate::{Claim, StoreError};

/// How often a claim starts again when its file is withdrawn under it.
const ATTEMPTS: usize = 100;

/// A locked file. `flock` belongs to the open file, not to the process: it excludes
/// threads too, and closing another descriptor of the file does not end it.
#[derive(Debug)]
pub(super) struct FileClaim {
    path: PathBuf,
    file: File,
}

/// Locks the file at `path`, which is made when it is absent; `None` when another has it.
pub(super) fn claim(path: &Path) -> Result<Option<Box<dyn Claim>>, StoreError> {
    let error =
        |action: &'static str| move |e: std::io::Error| StoreError::io(shown(path), action, e);
    for _ in 0..ATTEMPTS {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(error("open it"))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Ok(None),
            Err(errno) => return Err(error("lock it")(errno.into())),
        }
        // Whoever had it may have removed the file between our open and our lock; then we
        // hold a lock that nobody else will ever meet.
        let ours = file.metadata().map_err(error("look at it"))?;
        // A client of a file server may still know the name that was removed, but not the lock
        // without asking for the file's present state.
        if ours.nlink() == 0 {
            continue;
        }
        match std::fs::metadata(path) {
            Ok(named) if (named.dev(), named.ino()) == (ours.dev(), ours.ino()) => {
                return Ok(Some(Box::new(FileClaim {
                    path: path.to_owned(),
                    file,
                })));
            }
            Ok(_) => {}
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(error("look at it")(e)),
        }
    }
    Ok(None)
}

impl Claim for FileClaim {
    fn withdraw(self: Box<Self>) -> Result<(), StoreError> {
        // Removed while it is still locked: nobody can have claimed this very file.
        let removed = std::fs::remove_file(&self.path);
        drop(self.file);
        removed.map_err(|e| StoreError::io(shown(&self.path), "remove it", e))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn one_at_a_time_and_anew_after_the_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("claim");
        let first = claim(&path).unwrap().unwrap();
        assert!(claim(&path).unwrap().is_none());
        drop(first);
        assert!(path.exists(), "an abandoned claim leaves its mark");
        claim(&path).unwrap().unwrap().withdraw().unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn withdrawing_never_lets_two_in() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("claim");
        let inside = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..500 {
                        if let Some(claim) = claim(&path).unwrap() {
                            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                            inside.fetch_sub(1, Ordering::SeqCst);
                            claim.withdraw().unwrap();
                        }
                    }
                });
            }
        });
    }
}
