//! Which file a reader has opened, and the checks that every request passes.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use zarrio_model::{NodePath, Region, SourceError, SourceErrorKind, SourceIdentity};

use crate::data::RemoteFile;
use crate::text;
use crate::text::CharRows;

/// A file as it was when it was opened.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// What callers see.
    pub(crate) public: SourceIdentity,
    state: State,
}

/// What tells that the file is still the same.
#[derive(Debug, Clone)]
enum State {
    /// Device and inode: a file replaced by another of the same size and time is another.
    Node(u64, u64),
    /// It says so itself.
    Remote(Arc<dyn RemoteFile>),
}

impl Identity {
    /// The identity of the file at a path.
    pub(crate) fn of(path: &Path) -> Result<Self, SourceError> {
        let metadata = std::fs::metadata(path).map_err(|error| cannot_open(path, error))?;
        Ok(Self::from_metadata(path, &metadata))
    }

    /// The identity from what the system said of the file.
    pub(crate) fn from_metadata(path: &Path, metadata: &Metadata) -> Self {
        let public = SourceIdentity {
            path: path.to_owned(),
            size: metadata.len(),
            modified: metadata.modified().ok(),
            version: None,
        };
        Self {
            public,
            state: State::Node(metadata.dev(), metadata.ino()),
        }
    }

    /// The identity of a file that is on no file system.
    pub(crate) fn of_remote(file: Arc<dyn RemoteFile>) -> Self {
        Self {
            public: file.identity().clone(),
            state: State::Remote(file),
        }
    }

    /// Whether the path still leads to the same file in the same state.
    pub(crate) fn check_unchanged(&self) -> Result<(), SourceError> {
        let (device, inode) = match &self.state {
            State::Remote(file) => return file.check_unchanged(),
            State::Node(device, inode) => (*device, *inode),
        };
        let now = Self::of(&self.public.path)?;
        let is_same = matches!(now.state, State::Node(d, i) if (d, i) == (device, inode));
        let what = if !is_same {
            "was replaced by another file"
        } else if now.public.size != self.public.size {
            "changed its size"
        } else if now.public.modified != self.public.modified {
            "was written to"
        } else {
            return Ok(());
        };
        Err(SourceError::new(
            SourceErrorKind::Changed,
            &self.public.path,
            format!("the file {what} while it was read"),
        )
        .hint("run the command again when nothing writes to the file"))
    }

    /// Checks that a region fits a variable and, where a size of elements and a length of
    /// the output are given, that they agree.
    pub(crate) fn check_request(
        &self,
        variable: &NodePath,
        shape: &[u64],
        region: &Region,
        output: Option<(usize, usize)>,
    ) -> Result<(), SourceError> {
        let path = &self.public.path;
        let request = |message: String| {
            Err(SourceError::new(SourceErrorKind::Request, path, message).variable(variable))
        };
        if !region.fits(shape) {
            return request(format!(
                "the region {region} does not fit the shape {shape:?}"
            ));
        }
        if let Some((size, length)) = output {
            let wanted = region.num_elements().saturating_mul(size as u64);
            if wanted != length as u64 {
                return request(format!(
                    "the region {region} takes {wanted} bytes, but the output has {length}"
                ));
            }
        }
        Ok(())
    }

    /// Reads texts that are rows of characters; `shape` is that of the characters.
    pub(crate) fn read_rows(
        &self,
        variable: &NodePath,
        shape: &[u64],
        region: &Region,
        rows: CharRows,
        fetch: impl FnOnce(&Region, &mut [u8]) -> Result<(), SourceError>,
    ) -> Result<Vec<String>, SourceError> {
        self.check_request(variable, rows.text_shape(shape), region, None)?;
        let characters = rows.char_region(region);
        let length = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let mut bytes = vec![0; length(characters.num_elements())];
        if !bytes.is_empty() {
            fetch(&characters, &mut bytes)?;
        }
        let count = length(region.num_elements());
        text::decode_rows(&bytes, length(rows.text_size()), count, rows.encoding).map_err(|_| {
            SourceError::new(
                SourceErrorKind::Changed,
                &self.public.path,
                "its characters are no longer the text that they were when the file was opened",
            )
            .variable(variable)
        })
    }
}

/// The error of a file that cannot be opened.
pub(crate) fn cannot_open(path: &Path, error: std::io::Error) -> SourceError {
    use std::io::ErrorKind;
    let (kind, message) = match error.kind() {
        ErrorKind::NotFound => (SourceErrorKind::NotFound, "there is no such file"),
        ErrorKind::PermissionDenied => (
            SourceErrorKind::NotFound,
            "permission to read the file is denied",
        ),
        _ => (SourceErrorKind::Io, "the file cannot be opened"),
    };
    SourceError::new(kind, path, message).caused_by(error)
}
