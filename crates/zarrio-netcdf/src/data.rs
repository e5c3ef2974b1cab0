//! Where the bytes of a file come from.

use std::fmt::Debug;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zarrio_model::{SourceError, SourceErrorKind, SourceIdentity};

use crate::identity::{Identity, cannot_open};

/// A file that is on no file system, such as an object of a store: all that is read of it is
/// of one state.
pub trait RemoteFile: Send + Sync + Debug {
    /// Which file it is; its path is the URL.
    fn identity(&self) -> &SourceIdentity;

    /// Fills `out` with the bytes from `offset` on, which are all in the file.
    ///
    /// # Errors
    /// When it cannot be read, or is another one than when it was opened.
    fn read_exact_at(&self, out: &mut [u8], offset: u64) -> Result<(), SourceError>;

    /// The bytes of the first of some parts, at least of one, where it is faster to ask for them
    /// together; none where it is not.
    ///
    /// # Errors
    /// As [`read_exact_at`](Self::read_exact_at).
    fn read_together(&self, _parts: &[Range<u64>]) -> Result<Option<Vec<Vec<u8>>>, SourceError> {
        Ok(None)
    }

    /// Whether it still is the one that was opened.
    ///
    /// # Errors
    /// [`SourceErrorKind::Changed`] when it is not, and when that cannot be told.
    fn check_unchanged(&self) -> Result<(), SourceError>;

    /// A copy of it on a disk, for the netCDF C library. It stays while this value does.
    ///
    /// # Errors
    /// When none can be made.
    fn copy(&self) -> Result<PathBuf, SourceError>;
}

/// A file, wherever it is.
#[derive(Debug, Clone)]
pub(crate) enum Input {
    Local(PathBuf),
    Remote(Arc<dyn RemoteFile>),
}

/// The bytes of an open file.
#[derive(Debug, Clone)]
pub(crate) enum Data {
    Local(Arc<File>),
    Remote(Arc<dyn RemoteFile>),
}

impl Input {
    /// Its path, or its URL.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Local(path) => path,
            Self::Remote(file) => &file.identity().path,
        }
    }

    /// Opens it.
    pub(crate) fn open(&self) -> Result<(Data, Identity), SourceError> {
        match self {
            Self::Local(path) => {
                let file = File::open(path).map_err(|error| cannot_open(path, error))?;
                let metadata = file.metadata().map_err(|error| cannot_open(path, error))?;
                let identity = Identity::from_metadata(path, &metadata);
                Ok((Data::Local(Arc::new(file)), identity))
            }
            Self::Remote(file) => {
                let identity = Identity::of_remote(Arc::clone(file));
                Ok((Data::Remote(Arc::clone(file)), identity))
            }
        }
    }
}

impl Data {
    /// Whether it may be faster to ask for several parts together.
    pub(crate) const fn is_remote(&self) -> bool {
        matches!(self, Self::Remote(_))
    }

    /// Fills `out` with the bytes from `offset` on.
    pub(crate) fn read_exact_at(&self, out: &mut [u8], offset: u64) -> io::Result<()> {
        match self {
            Self::Local(file) => file.read_exact_at(out, offset),
            Self::Remote(file) => {
                let end = offset.checked_add(out.len() as u64);
                if end.is_none_or(|end| end > file.identity().size) {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                file.read_exact_at(out, offset).map_err(io::Error::other)
            }
        }
    }

    /// The bytes of the first of some parts, which are all in the file, where they are asked for
    /// together.
    pub(crate) fn read_together(&self, parts: &[Range<u64>]) -> io::Result<Option<Vec<Vec<u8>>>> {
        match self {
            Self::Local(_) => Ok(None),
            Self::Remote(file) => file.read_together(parts).map_err(io::Error::other),
        }
    }
}

/// Reads a file from its beginning on.
#[derive(Debug)]
pub(crate) struct FromStart<'d> {
    data: &'d Data,
    size: u64,
    position: u64,
}

impl<'d> FromStart<'d> {
    pub(crate) fn new(data: &'d Data, size: u64) -> Self {
        Self {
            data,
            size,
            position: 0,
        }
    }
}

impl io::Read for FromStart<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = self.size.saturating_sub(self.position);
        let count = out.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        self.data.read_exact_at(&mut out[..count], self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

/// What a remote file said, if an error of reading is one of those.
pub(crate) fn told(error: io::Error) -> Result<SourceError, io::Error> {
    let Some(inner) = error.get_ref() else {
        return Err(error);
    };
    if inner.is::<SourceError>() {
        let kind = error.kind();
        return match error.into_inner() {
            Some(inner) => match inner.downcast::<SourceError>() {
                Ok(error) => Ok(*error),
                Err(inner) => Err(io::Error::new(kind, inner)),
            },
            None => Err(kind.into()),
        };
    }
    if inner.is::<Arc<io::Error>>() {
        let kind = error.kind();
        let inner = error.into_inner();
        let inner = inner.and_then(|inner| inner.downcast::<Arc<io::Error>>().ok());
        return match inner.map(|inner| Arc::try_unwrap(*inner)) {
            Some(Ok(error)) => told(error),
            Some(Err(shared)) => Err(io::Error::new(kind, shared)),
            None => Err(kind.into()),
        };
    }
    Err(error)
}

/// The error of a file that cannot be read.
pub(crate) fn cannot_read(path: &Path, error: io::Error) -> SourceError {
    told(error).unwrap_or_else(|error| {
        SourceError::new(SourceErrorKind::Io, path, "the file cannot be read").caused_by(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_remote_file_said_is_found_again() {
        let said = || SourceError::new(SourceErrorKind::Changed, "s3://b/a.nc", "it changed");
        let once = io::Error::other(said());
        let wrapped = io::Error::other(Arc::new(io::Error::other(said())));
        for error in [once, wrapped] {
            assert_eq!(told(error).unwrap().kind, SourceErrorKind::Changed);
        }
        let other = io::Error::from(io::ErrorKind::PermissionDenied);
        assert_eq!(
            told(other).unwrap_err().kind(),
            io::ErrorKind::PermissionDenied
        );
    }
}
