//! Errors within the reader, before a file and a variable are named.

use std::io;
use std::path::Path;
use std::sync::Arc;

use hdf5_reader::error::Error;
use zarrio_model::{SourceError, SourceErrorKind};

use crate::data::told;

/// The result of a step of the reader.
pub(super) type Outcome<T> = Result<T, Fault>;

/// What is wrong, as a lower-case fragment.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// The file breaks the rules of HDF5 or NetCDF-4, or is cut short.
    Invalid(String),
    /// The file is well formed, but this reader does not know how to read it.
    Unsupported(String),
    /// The operating system reported an error.
    Io(Arc<io::Error>),
}

impl Fault {
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }

    pub(super) fn unsupported(message: impl Into<String>) -> Self {
        Self::Unsupported(message.into())
    }

    /// The same fault with what was being read in front.
    pub(super) fn within(self, what: &str) -> Self {
        match self {
            Self::Invalid(message) => Self::Invalid(format!("{what}: {message}")),
            Self::Unsupported(message) => Self::Unsupported(format!("{what}: {message}")),
            Self::Io(error) => Self::Io(error),
        }
    }

    /// The error that callers outside see.
    pub(super) fn at(self, path: &Path) -> SourceError {
        match self {
            Self::Invalid(message) => SourceError::new(SourceErrorKind::Invalid, path, message),
            Self::Unsupported(message) => {
                SourceError::new(SourceErrorKind::Unsupported, path, message)
            }
            Self::Io(error) => {
                // Of a file elsewhere it is known better what is the matter.
                let told = Arc::try_unwrap(error).map_or_else(Err, |e| told(e).map_err(Arc::new));
                told.unwrap_or_else(|error| {
                    SourceError::new(SourceErrorKind::Io, path, "reading failed").caused_by(error)
                })
            }
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        // A read that ends early is a file that was cut short, not a failing disk.
        if error.kind() == io::ErrorKind::UnexpectedEof {
            Self::invalid("the file is cut short")
        } else {
            Self::Io(Arc::new(error))
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(error) => error.into(),
            Error::Context { source, .. } => (*source).into(),
            // Versions and classes that a newer library could write. Every other unknown
            // number stands where HDF5 has defined no more than what is known here, so it
            // means damage, and damaged files are not handed to the C library.
            Error::UnsupportedSuperblockVersion(4..)
            | Error::UnsupportedLayoutClass(3)
            | Error::UnsupportedFilter(_)
            | Error::UnsupportedEncoding(_) => Self::Unsupported(error.to_string()),
            Error::UnexpectedEof {
                needed, available, ..
            } => Self::Invalid(format!(
                "{needed} more bytes are claimed, but only {available} are there"
            )),
            Error::InvalidData(message) => Self::Invalid(message),
            other => {
                let message = other.to_string();
                // What is called damage is not to be called unsupported.
                Self::Invalid(match message.strip_prefix("unsupported ") {
                    Some(what) => format!("unknown {what}"),
                    None => message,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_tell_what_is_wrong_and_once() {
        let message = |error| match Fault::from(error) {
            Fault::Invalid(message) => message,
            other => panic!("{other:?}"),
        };
        let end = Error::UnexpectedEof {
            offset: 115,
            needed: 300,
            available: 14,
        };
        assert_eq!(
            message(end),
            "300 more bytes are claimed, but only 14 are there"
        );
        let invalid = Error::InvalidData("two sizes".to_owned());
        assert_eq!(message(invalid), "two sizes");
        let unknown = Error::UnsupportedDataspaceVersion(9);
        assert_eq!(message(unknown), "unknown dataspace version 9");
    }
}
