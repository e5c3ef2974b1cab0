//! Files at URLs: read in place by parts, or from a copy.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tempfile::TempPath;
use zarrio_model::config::Config;
use zarrio_model::{SourceError, SourceErrorKind, SourceIdentity};
use zarrio_netcdf::RemoteFile;
use zarrio_store::{Address, RemoteObject, StoreError, StoreErrorKind};

use crate::place;
use crate::signals;

/// A file of a store that is being read.
#[derive(Debug)]
pub(super) struct Remote {
    object: RemoteObject,
    identity: SourceIdentity,
    /// Where copies are kept; none where they are removed again.
    cache: Option<PathBuf>,
    /// The copy, where there is one.
    copy: Mutex<Option<Arc<Copy>>>,
    /// Set when the server does not give parts.
    whole: OnceLock<()>,
}

/// A copy on the disk.
#[derive(Debug)]
struct Copy {
    file: File,
    path: PathBuf,
    /// Removes it in the end.
    _temporary: Option<TempPath>,
}

impl Remote {
    /// Looks whether there is a file.
    pub(super) fn find(
        address: &Address,
        config: &Config,
    ) -> Result<Option<Arc<Self>>, SourceError> {
        let path = PathBuf::from(address.to_string());
        let options = place::options(&config.remote);
        let object = RemoteObject::open(address, &options, signals::is_stopping);
        let Some(object) = object.map_err(|error| failed(&path, error))? else {
            return Ok(None);
        };
        let cache = &config.remote.cache_dir;
        let remote = Self {
            identity: SourceIdentity {
                path,
                size: object.size(),
                modified: Some(object.modified()),
                version: object.version().map(str::to_owned),
            },
            object,
            cache: (!cache.is_empty()).then(|| PathBuf::from(cache)),
            copy: Mutex::default(),
            whole: OnceLock::new(),
        };
        Ok(Some(Arc::new(remote)))
    }

    /// The copy of the file, made now unless there is one.
    fn copied(&self) -> Result<Arc<Copy>, SourceError> {
        let mut copy = self.copy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(copy) = &*copy {
            return Ok(Arc::clone(copy));
        }
        let made = Arc::new(match &self.cache {
            Some(directory) => self.keep(directory)?,
            None => {
                let (temporary, copy) = self.fetch(&std::env::temp_dir())?;
                Copy {
                    _temporary: Some(temporary),
                    ..copy
                }
            }
        });
        *copy = Some(Arc::clone(&made));
        Ok(made)
    }

    /// The copy in the directory for copies.
    fn keep(&self, directory: &Path) -> Result<Copy, SourceError> {
        let local = |error| self.disk(directory, error);
        std::fs::create_dir_all(directory).map_err(local)?;
        let path = directory.join(self.copy_name());
        if let Ok(file) = File::open(&path)
            && file.metadata().is_ok_and(|m| m.len() == self.identity.size)
        {
            tracing::debug!(file = %self.identity.path.display(), copy = %path.display(), "there is a copy");
            return Ok(Copy {
                file,
                path,
                _temporary: None,
            });
        }
        let (temporary, copy) = self.fetch(directory)?;
        // Whole, or not under this name.
        temporary
            .persist(&path)
            .map_err(|error| self.disk(directory, error.error))?;
        Ok(Copy {
            path,
            _temporary: None,
            ..copy
        })
    }

    /// A new copy in a directory. The first is what removes it.
    fn fetch(&self, directory: &Path) -> Result<(TempPath, Copy), SourceError> {
        let local = |error| self.disk(directory, error);
        let named = tempfile::Builder::new()
            .prefix(".zarrio-copy-")
            .tempfile_in(directory)
            .map_err(local)?;
        tracing::debug!(
            file = %self.identity.path.display(),
            bytes = self.identity.size,
            copy = %named.path().display(),
            "downloading"
        );
        let downloaded = self.object.download(named.as_file());
        downloaded.map_err(|error| self.failed(error))?;
        let file = named.reopen().map_err(local)?;
        let path = named.path().to_owned();
        let temporary = named.into_temp_path();
        Ok((
            temporary,
            Copy {
                file,
                path,
                _temporary: None,
            },
        ))
    }

    /// A name that tells the file and its state.
    fn copy_name(&self) -> String {
        let identity = &self.identity;
        let state = match &identity.version {
            Some(version) => version.clone(),
            None => format!("{:?}", identity.modified),
        };
        let text = format!("{} {} {state}", identity.path.display(), identity.size);
        let name = identity.path.file_name().unwrap_or_default();
        format!("{:032x}-{}", fnv(text.as_bytes()), name.to_string_lossy())
    }

    fn disk(&self, directory: &Path, error: io::Error) -> SourceError {
        let message = format!("a copy of it cannot be kept in {}", directory.display());
        SourceError::new(SourceErrorKind::Io, &self.identity.path, message)
            .hint("give another directory with --cache-dir")
            .caused_by(error)
    }

    fn failed(&self, error: StoreError) -> SourceError {
        failed(&self.identity.path, error)
    }
}

impl RemoteFile for Remote {
    fn identity(&self) -> &SourceIdentity {
        &self.identity
    }

    fn read_exact_at(&self, out: &mut [u8], offset: u64) -> Result<(), SourceError> {
        if self.cache.is_none() && self.whole.get().is_none() {
            match self.object.read_exact_at(out, offset) {
                Err(error) if error.kind() == StoreErrorKind::Unsupported => {
                    tracing::debug!(%error, "reading a copy, because the server gives no parts");
                    self.whole.get_or_init(|| ());
                }
                read => return read.map_err(|error| self.failed(error)),
            }
        }
        let copy = self.copied()?;
        copy.file.read_exact_at(out, offset).map_err(|error| {
            let message = format!("its copy {} cannot be read", copy.path.display());
            SourceError::new(SourceErrorKind::Io, &self.identity.path, message).caused_by(error)
        })
    }

    fn read_together(&self, parts: &[Range<u64>]) -> Result<Option<Vec<Vec<u8>>>, SourceError> {
        if self.cache.is_some() || self.whole.get().is_some() {
            return Ok(None);
        }
        match self.object.read_together(parts) {
            Ok(read) => Ok(Some(read)),
            // The next reading finds that a copy is needed.
            Err(error) if error.kind() == StoreErrorKind::Unsupported => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        self.object
            .check_unchanged()
            .map_err(|error| self.failed(error))
    }

    fn copy(&self) -> Result<PathBuf, SourceError> {
        Ok(self.copied()?.path.clone())
    }
}

/// The error of a store as one of a file.
fn failed(path: &Path, error: StoreError) -> SourceError {
    let (kind, message) = match error.kind() {
        StoreErrorKind::Changed => (
            SourceErrorKind::Changed,
            "the file was replaced by another while it was read",
        ),
        StoreErrorKind::NotFound => (SourceErrorKind::NotFound, "the file cannot be found"),
        _ => (SourceErrorKind::Io, "the file cannot be read"),
    };
    let hint = match error.kind() {
        StoreErrorKind::Changed => Some("run the command again when nothing writes to the file"),
        _ => error.hint(),
    };
    let failed = SourceError::new(kind, path, message);
    let failed = match hint {
        Some(hint) => failed.hint(hint),
        None => failed,
    };
    failed.caused_by(error)
}

/// 128 bits of a text, the same in every version: the hash of Fowler, Noll and Vo.
fn fnv(bytes: &[u8]) -> u128 {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let start = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    bytes.iter().fold(start, |hash: u128, byte| {
        (hash ^ u128::from(*byte)).wrapping_mul(PRIME)
    })
}
