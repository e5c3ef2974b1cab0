//! What can go wrong in an operation.

use std::path::PathBuf;

use thiserror::Error;
use zarrio_chunking::ChunkingError;
use zarrio_codec::{CodecError, StoredArray};
use zarrio_model::{ByteSize, SourceError};
use zarrio_store::{StoreError, StoreErrorKind};

use crate::matching::MatchError;
use crate::recode::Excess;

/// `1 value`, `12 values`
pub(crate) fn counted(count: u64) -> String {
    match count {
        1 => "1 value".into(),
        _ => format!("{count} values"),
    }
}

/// An error of an operation; each variant is a class that a caller can act on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RegionError {
    /// The source cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The store failed.
    #[error("{action}")]
    Store {
        /// What was being done, a lower-case fragment.
        action: String,
        /// What the store said.
        #[source]
        source: StoreError,
    },
    /// The chunks that were asked for do not fit the variables.
    #[error(transparent)]
    Chunking(#[from] ChunkingError),
    /// An encoding cannot be settled, or a codec failed.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A setting does not fit the source.
    #[error("{message}")]
    Settings {
        /// What does not fit, a lower-case fragment.
        message: String,
        /// What to do.
        hint: String,
    },
    /// The source holds something that an archive cannot.
    #[error("{message}")]
    Unsupported {
        /// What and where, a lower-case fragment.
        message: String,
        /// What to do.
        hint: String,
    },
    /// Something lies where the output should go.
    #[error("{message}")]
    OutputExists {
        /// What and where, a lower-case fragment.
        message: String,
        /// What to do.
        hint: String,
    },
    /// Another process works on the same output.
    #[error("another process is writing to {output}")]
    Busy {
        /// The output.
        output: String,
    },
    /// Another process makes the same archive longer.
    #[error("another process is making {archive} longer")]
    Appending {
        /// The archive.
        archive: String,
    },
    /// Another process writes another source to the same elements.
    #[error("{other} is being written to the same place, by {writer}")]
    Overlap {
        /// The other source.
        other: String,
        /// Who writes it: machine and process.
        writer: String,
    },
    /// What lies where an archive is expected is none that can be read.
    #[error("{message}")]
    Archive {
        /// What and where, a lower-case fragment.
        message: String,
    },
    /// A variable needs more memory than the setting allows.
    #[error("variable {variable:?} needs at least {least} of memory, and --memory is {given}")]
    Memory {
        /// The variable.
        variable: String,
        /// The least setting that suffices.
        least: ByteSize,
        /// The present setting.
        given: ByteSize,
    },
    /// The system has less memory for this process than the setting allows it to use.
    #[error("the system has no {bytes} of memory for this process")]
    NoMemory {
        /// What was asked for.
        bytes: ByteSize,
    },
    /// A variable cannot be copied to the disk.
    #[error("variable {variable:?} cannot be copied to {}, which takes {bytes}", directory.display())]
    Scratch {
        /// The directory for copies.
        directory: PathBuf,
        /// The variable.
        variable: String,
        /// Bytes of the copy.
        bytes: ByteSize,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// A value of the source cannot be kept in the archive's encoding.
    #[error("variable {variable:?}{}: {reason}", at(index, labels))]
    Lossy {
        /// The variable.
        variable: String,
        /// The first such value's position in the source; nothing where none could be kept.
        index: Vec<u64>,
        /// Its labels along the dimensions that have some: `lat 52.5`.
        labels: Vec<String>,
        /// Which value, and what would become of it.
        reason: String,
    },
    /// What the archive keeps about itself is damaged.
    #[error("the archive's record {object} is damaged: {reason}")]
    Ledger {
        /// Where the object is.
        object: String,
        /// What is wrong with it.
        reason: String,
    },
    /// What was stored is not what was meant.
    #[error("variable {variable:?}, chunk {chunk}: {reason}")]
    Check {
        /// The variable.
        variable: String,
        /// The name of the chunk within its array.
        chunk: String,
        /// What was found, a lower-case fragment.
        reason: String,
    },
    /// What an archive holds of a chunk cannot be decoded, and some of it is to stay.
    #[error("variable {variable:?}, chunk {chunk} of the archive cannot be decoded: {reason}")]
    Chunk {
        /// The variable.
        variable: String,
        /// The name of the chunk within its array.
        chunk: String,
        /// What the codec said.
        reason: String,
    },
    /// Another source has been written to the same elements, which is to stay.
    #[error("{other} was written to the same place on {finished}")]
    Written {
        /// The other source.
        other: String,
        /// When that was finished.
        finished: String,
    },
    /// Values lie outside of the range that a variable is packed for.
    #[error(
        "variable {variable:?}: {} lie outside of the range from {} to {} that its packing holds: the data reach from {} to {}",
        counted(excess.count),
        excess.held.min, excess.held.max, excess.found.min, excess.found.max
    )]
    Range {
        /// The variable.
        variable: String,
        /// What lies outside.
        excess: Excess,
    },
    /// A file's labels or structure do not match the archive.
    #[error(transparent)]
    Match(#[from] MatchError),
    /// Labels of files are not on the axis where they should be.
    #[error("{message}")]
    Labels {
        /// Which, a lower-case fragment.
        message: String,
        /// What to do.
        hint: String,
    },
    /// Files that should be parts of one archive are not alike.
    #[error("the files do not agree: {}", differences.join("; "))]
    FilesDiffer {
        /// Each difference with the files and what they say.
        differences: Vec<String>,
        /// What to do.
        hint: String,
    },
    /// The caller asked to stop.
    #[error("interrupted")]
    Interrupted,
}

impl RegionError {
    /// A store error with what was being done.
    pub(crate) fn store(action: impl Into<String>) -> impl FnOnce(StoreError) -> Self {
        let action = action.into();
        move |source| match source.kind() {
            StoreErrorKind::Interrupted => Self::Interrupted,
            _ => Self::Store { action, source },
        }
    }

    /// The error of a chunk of an archive that its codecs refused.
    pub(crate) fn chunk(array: &StoredArray, chunk: &[u64], error: CodecError) -> Self {
        match error {
            CodecError::Chunk {
                variable, reason, ..
            } => Self::Chunk {
                variable,
                chunk: array.chunk_key(chunk),
                reason,
            },
            other => other.into(),
        }
    }

    /// Whether the same may go well a moment later: the store was in temporary trouble, or
    /// did not keep what it was given.
    pub(crate) fn is_worth_repeating(&self) -> bool {
        match self {
            Self::Store { source, .. } => source.is_transient(),
            Self::Check { .. } => true,
            _ => false,
        }
    }

    /// What to do about it, where the error knows.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Source(error) => error.hint.clone(),
            Self::Match(error) => error.hint(),
            Self::Settings { hint, .. }
            | Self::Unsupported { hint, .. }
            | Self::OutputExists { hint, .. }
            | Self::Labels { hint, .. }
            | Self::FilesDiffer { hint, .. } => Some(hint.clone()),
            Self::Busy { .. } | Self::Appending { .. } => {
                Some("wait until it has ended, then run the same command again".into())
            }
            Self::Ledger { .. } => Some(
                "'zarrio status' names what is absent without it; remove the object, then write its file again"
                    .into(),
            ),
            Self::Check { .. } => Some(
                "run the command again; if it stays so, memory, disk or file system are at fault"
                    .into(),
            ),
            Self::Written { .. } => {
                Some("without --no-overwrite the later file decides what the archive holds".into())
            }
            Self::Overlap { .. } => Some(
                "run the same command again when that one has ended; the later one then decides what the archive holds"
                    .into(),
            ),
            Self::Memory { least, .. } => Some(format!(
                "give --memory {least} or more, or smaller chunks with --chunking, or smaller shards, where there are some, with --shards"
            )),
            Self::NoMemory { .. } => {
                Some("give less with --memory, or fewer threads with --jobs".into())
            }
            Self::Scratch { .. } => Some(
                "give a directory with room for it with --scratch, or none: then the file is read several times"
                    .into(),
            ),
            _ => None,
        }
    }
}

/// An error with its causes in one line.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Where a value lies.
fn at(index: &[u64], labels: &[String]) -> String {
    if index.is_empty() {
        return String::new();
    }
    let index: Vec<String> = index.iter().map(u64::to_string).collect();
    let labels = match labels {
        [] => String::new(),
        labels => format!(" ({})", labels.join(", ")),
    };
    format!(" at [{}]{labels}", index.join(", "))
}
