//! What can be wrong with an encoding.

use thiserror::Error;

/// An error of this crate.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CodecError {
    /// A compression text that is not understood.
    #[error("compression {text:?}: {reason}")]
    Compression {
        /// What was given.
        text: String,
        /// What is wrong with it, and what to write instead.
        reason: String,
    },
    /// A variable whose encoding cannot be settled.
    #[error("variable {variable:?}: {reason}")]
    Plan {
        /// The variable.
        variable: String,
        /// Why.
        reason: String,
    },
    /// The codecs refused a chunk or the metadata.
    #[error("variable {variable:?}: cannot {action} a chunk: {reason}")]
    Chunk {
        /// The variable.
        variable: String,
        /// `encode` or `decode`.
        action: &'static str,
        /// What the codec library says.
        reason: String,
    },
}
