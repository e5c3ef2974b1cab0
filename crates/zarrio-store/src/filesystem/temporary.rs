//! A file that gets its name when it is whole.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::fd::IntoRawFd;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{FlockOperation, flock};

use super::shown;
use crate::{StoreError, StoreErrorKind, TEMPORARY_PREFIX};

/// An unfinished object; removed when it is dropped before it was renamed.
#[derive(Debug)]
pub(super) struct Temporary {
    path: PathBuf,
    /// `None` once closed.
    file: Option<File>,
    renamed: bool,
}

impl Temporary {
    /// An empty file in `directory`, which must exist.
    pub(super) fn create(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(random_name()?);
        // Created exclusively: should the name exist against all odds, that is an error.
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(|e| StoreError::io(shown(directory), "create a file there", e))?;
        // Tells a sweep that somebody is at work. Where a file system has no locks, the age
        // of the file alone has to.
        let _ = flock(&file, FlockOperation::NonBlockingLockExclusive);
        Ok(Self {
            path,
            file: Some(file),
            renamed: false,
        })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.with_file("write", |file| file.write_all(bytes))
    }

    /// Waits until the bytes are on the disk.
    pub(super) fn sync(&mut self) -> Result<(), StoreError> {
        self.with_file("sync", |file| file.sync_all())
    }

    /// When the file was last written to, by the clock of the file system.
    pub(super) fn modified(&self) -> Result<SystemTime, StoreError> {
        std::fs::metadata(&self.path)
            .and_then(|metadata| metadata.modified())
            .map_err(|e| StoreError::io(shown(&self.path), "look at it", e))
    }

    /// Closes the file and makes it the object at `target`.
    pub(super) fn rename(mut self, target: &Path) -> Result<(), StoreError> {
        self.close()?;
        std::fs::rename(&self.path, target).map_err(unplaced(target))?;
        self.renamed = true;
        Ok(())
    }

    /// As [`rename`](Self::rename), but leaves what is at `target` already, and gives `false`.
    pub(super) fn link(mut self, target: &Path) -> Result<bool, StoreError> {
        self.close()?;
        match std::fs::hard_link(&self.path, target) {
            // The other name goes when this is dropped.
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            // There are file systems without a second name for a file.
            Err(error) if is_refused(&error) => self.rename(target).map(|()| true),
            Err(error) => Err(unplaced(target)(error)),
        }
    }

    fn close(&mut self) -> Result<(), StoreError> {
        let closed = self.file.take().map_or(Ok(()), close);
        closed.map_err(|e| StoreError::io(shown(&self.path), "close the file", e))
    }

    fn with_file(
        &mut self,
        doing: &str,
        work: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<(), StoreError> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        work(file).map_err(|e| StoreError::io(shown(&self.path), &format!("{doing} the file"), e))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if self.renamed {
            return;
        }
        drop(self.file.take());
        // A rename that failed may have happened nevertheless (a lost reply of a file
        // server), then there is nothing to remove.
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => tracing::warn!(
                path = %self.path.display(),
                %error,
                "cannot remove an unfinished object; readers ignore it"
            ),
            _ => {}
        }
    }
}

fn is_refused(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let code = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(
        code,
        Some(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::MLINK)
    )
}

fn unplaced(target: &Path) -> impl Fn(io::Error) -> StoreError {
    move |error| StoreError::io(shown(target), "put the object in its place", error)
}

/// Closes a file and says whether that worked: a network file system may report only then
/// that the bytes could not be stored. `File` itself keeps quiet about it.
fn close(file: File) -> io::Result<()> {
    let descriptor = file.into_raw_fd();
    #[expect(
        unsafe_code,
        reason = "the standard library has no close that reports errors"
    )]
    // SAFETY: the descriptor was just given up by its only owner, and is not used again.
    unsafe { rustix::io::try_close(descriptor) }.map_err(io::Error::from)
}

fn random_name() -> Result<String, StoreError> {
    let mut bits = [0_u8; 16];
    getrandom::fill(&mut bits).map_err(|error| {
        StoreError::new(StoreErrorKind::Io, "random numbers", "cannot get any").caused_by(error)
    })?;
    let mut name = TEMPORARY_PREFIX.to_owned();
    for byte in bits {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    Ok(name)
}
