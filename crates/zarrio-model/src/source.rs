//! What the pipeline asks of anything that it reads.

use std::fmt;
use std::path::PathBuf;
use std::time::SystemTime;

use thiserror::Error;

use crate::{DatasetSchema, NodePath, Region};

/// A dataset that can be read by hyperslabs, from many threads at once.
///
/// Implementations read no more than they are asked for and hold no lock while they decode.
pub trait Source: Send + Sync + fmt::Debug {
    /// What the dataset contains.
    fn schema(&self) -> &DatasetSchema;

    /// Which file this is, as it was when it was opened.
    fn identity(&self) -> &SourceIdentity;

    /// The file that data are said to be from; another one only for what was put together from
    /// several.
    fn file(&self) -> &SourceIdentity {
        self.identity()
    }

    /// Fills `out` with the elements of `region` in C order, in native byte order.
    ///
    /// `out` has exactly the size of the region: its elements times the size of one.
    /// Parts of the file that were never written come as the file's own fill value.
    ///
    /// # Errors
    /// When the variable is absent or text, the region does not fit, or the file cannot be
    /// read or decoded.
    fn read(&self, variable: &NodePath, region: &Region, out: &mut [u8])
    -> Result<(), SourceError>;

    /// Whether it takes longer to be asked for a region of a variable in parts than for all of it
    /// at once, as where each question has a long way. Else a caller may ask for parts as small
    /// as what is decoded together, from many threads.
    fn prefers_whole(&self, _variable: &NodePath) -> bool {
        true
    }

    /// The texts of `region` in C order.
    ///
    /// # Errors
    /// As [`read`](Self::read), and when the variable is not text.
    fn read_text(&self, variable: &NodePath, region: &Region) -> Result<Vec<String>, SourceError>;

    /// Which parts of a region were ever stored; `None` where that cannot be told. What was
    /// not reads as [`unwritten_value`](Self::unwritten_value), which may be a value like any other.
    ///
    /// The parts cover the region without overlap, and may reach beyond it.
    ///
    /// # Errors
    /// When the place where it is stored cannot be read.
    fn stored_parts(
        &self,
        _variable: &NodePath,
        _region: &Region,
    ) -> Result<Option<Vec<StoredPart>>, SourceError> {
        Ok(None)
    }

    /// The bytes of an element that was never stored, in native byte order; `None` for text
    /// and where that cannot be told.
    fn unwritten_value(&self, _variable: &NodePath) -> Option<Vec<u8>> {
        None
    }

    /// Whether the dataset is still the one that was opened.
    ///
    /// # Errors
    /// [`SourceErrorKind::Changed`] when size, modification time or inode differ.
    fn check_unchanged(&self) -> Result<(), SourceError>;
}

/// A part of a variable that is stored as a whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPart {
    /// What it covers, within the variable.
    pub region: Region,
    /// Whether it is stored.
    pub stored: bool,
}

/// Which file a source is: enough to tell whether it was read before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceIdentity {
    /// The path as the caller gave it.
    pub path: PathBuf,
    /// The size in bytes.
    pub size: u64,
    /// The time of the last modification, where the file system has one.
    pub modified: Option<SystemTime>,
    /// What tells apart the states of an object of a store (its ETag); none of a file.
    pub version: Option<String>,
}

/// What went wrong, as far as the caller can act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceErrorKind {
    /// The file does not exist or cannot be opened.
    NotFound,
    /// The operating system reported an error while reading.
    Io,
    /// The file breaks the rules of its format, or is cut short.
    Invalid,
    /// The file is well formed but uses something that this reader does not know.
    Unsupported,
    /// The file changed while it was read.
    Changed,
    /// The caller asked for a variable or region that does not exist.
    Request,
}

/// An error of a [`Source`]: names the file and, where there is one, the variable.
#[derive(Debug, Error)]
#[error("{}: {}{message}", path.display(), variable_prefix(variable.as_ref()))]
pub struct SourceError {
    /// What kind of error.
    pub kind: SourceErrorKind,
    /// The file.
    pub path: PathBuf,
    /// The variable, where the error concerns one.
    pub variable: Option<NodePath>,
    /// What happened, a lower-case fragment.
    pub message: String,
    /// The remedy, where there is one better than the general one for the kind.
    pub hint: Option<String>,
    /// The underlying error.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

fn variable_prefix(variable: Option<&NodePath>) -> String {
    variable
        .map(|v| format!("variable {v:?}: ", v = v.as_str()))
        .unwrap_or_default()
}

impl SourceError {
    /// An error of a kind about a file.
    pub fn new(
        kind: SourceErrorKind,
        path: impl Into<PathBuf>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            path: path.into(),
            variable: None,
            message: message.into(),
            hint: None,
            source: None,
        }
    }

    /// The same error about a variable.
    #[must_use]
    pub fn variable(mut self, variable: &NodePath) -> Self {
        self.variable = Some(variable.clone());
        self
    }

    /// The same error with a remedy.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same error with its cause.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }
}
