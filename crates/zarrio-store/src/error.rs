//! What can go wrong with a store, by what the caller can do about it.

use std::io;

use thiserror::Error;

/// What kind of error, as far as the caller can act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The name cannot be that of an object.
    InvalidKey,
    /// The range lies outside the object.
    InvalidRange,
    /// Something that must be there is not. An absent object is no error, see
    /// [`Store::get`](crate::Store::get).
    NotFound,
    /// The system or the server forbids it.
    PermissionDenied,
    /// The certificate of the server is not believed.
    Untrusted,
    /// The place cannot be written at all.
    ReadOnly,
    /// The disk or the quota is full.
    NoSpace,
    /// Something of another kind has the name: a directory, a device.
    Obstructed,
    /// It may work when tried again: an I/O error, a stale handle, a server away.
    Unavailable,
    /// What was to be one state of an object is another one meanwhile.
    Changed,
    /// This store cannot do it.
    Unsupported,
    /// The caller asked to stop while it waited.
    Interrupted,
    /// Any other error of the system.
    Io,
}

impl StoreErrorKind {
    /// The kind of an error of the operating system.
    fn of(error: &io::Error) -> Self {
        use rustix::io::Errno;
        let Some(code) = error.raw_os_error() else {
            return match error.kind() {
                io::ErrorKind::NotFound => Self::NotFound,
                io::ErrorKind::PermissionDenied => Self::PermissionDenied,
                io::ErrorKind::UnexpectedEof | io::ErrorKind::Interrupted => Self::Unavailable,
                _ => Self::Io,
            };
        };
        match Errno::from_raw_os_error(code) {
            Errno::NOENT => Self::NotFound,
            Errno::ACCESS | Errno::PERM => Self::PermissionDenied,
            Errno::ROFS => Self::ReadOnly,
            Errno::NOSPC | Errno::DQUOT => Self::NoSpace,
            Errno::EXIST
            | Errno::ISDIR
            | Errno::NOTDIR
            | Errno::NOTEMPTY
            | Errno::LOOP
            | Errno::NXIO => Self::Obstructed,
            Errno::NAMETOOLONG | Errno::ILSEQ => Self::InvalidKey,
            // A soft network mount reports a server that is away as EIO. A broken disk does
            // too, and then a few attempts more do no harm.
            Errno::IO
            | Errno::STALE
            | Errno::TIMEDOUT
            | Errno::INTR
            | Errno::AGAIN
            | Errno::BUSY
            | Errno::MFILE
            | Errno::NFILE
            | Errno::NOMEM
            | Errno::NOLCK
            | Errno::REMOTEIO
            | Errno::NOTCONN
            | Errno::SHUTDOWN
            | Errno::CONNREFUSED
            | Errno::CONNRESET
            | Errno::HOSTDOWN
            | Errno::HOSTUNREACH
            | Errno::NETDOWN
            | Errno::NETUNREACH => Self::Unavailable,
            _ => Self::Io,
        }
    }
}

/// An error of a store: names the object or path and what was to be done with it.
#[derive(Debug, Error)]
#[error("{path}: {message}")]
pub struct StoreError {
    kind: StoreErrorKind,
    path: String,
    message: String,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl StoreError {
    /// An error of a kind about an object or path; `message` is a lower-case fragment.
    pub fn new(kind: StoreErrorKind, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            kind,
            path: path.into(),
            message: message.into(),
            source: None,
        }
    }

    /// An error of the operating system; `doing` completes "cannot …".
    pub(crate) fn io(path: impl Into<String>, doing: &str, error: io::Error) -> Self {
        let kind = StoreErrorKind::of(&error);
        Self::new(kind, path, format!("cannot {doing}")).caused_by(error)
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

    /// What kind of error.
    #[must_use]
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// The object or path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What went wrong, without the path.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether the same call may succeed when it is made again.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self.kind, StoreErrorKind::Unavailable)
    }

    /// What to do about it, where there is a general answer.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        let is_remote = self.path.contains("://");
        match self.kind {
            StoreErrorKind::PermissionDenied if is_remote => Some(
                "check the credentials, whether they have expired, and what they allow; S3 also answers so for what is absent, where they do not allow to list",
            ),
            StoreErrorKind::NotFound if is_remote => Some("check the name of the bucket"),
            StoreErrorKind::Untrusted => Some(
                "check the address and the clock of this machine; where the server's certificate is of an authority of your own, name the file of that one's certificate in SSL_CERT_FILE",
            ),
            StoreErrorKind::NoSpace => {
                Some("free some space or choose another place, then run the command again")
            }
            StoreErrorKind::ReadOnly => Some("choose a place that can be written"),
            StoreErrorKind::PermissionDenied => {
                Some("check owner and mode of the directories on the way, or choose another place")
            }
            StoreErrorKind::Obstructed => Some("move what has this name out of the way"),
            StoreErrorKind::Unavailable if is_remote => Some(
                "run the command again; if that does not help, check the network and the endpoint that is set",
            ),
            StoreErrorKind::Unavailable => Some("run the command again"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_follow_the_error_number() {
        let check = |code: i32, kind, transient| {
            let error = StoreError::io("x", "write", io::Error::from_raw_os_error(code));
            assert_eq!(error.kind(), kind);
            assert_eq!(error.is_transient(), transient);
        };
        check(28, StoreErrorKind::NoSpace, false);
        check(122, StoreErrorKind::NoSpace, false);
        check(30, StoreErrorKind::ReadOnly, false);
        check(13, StoreErrorKind::PermissionDenied, false);
        check(116, StoreErrorKind::Unavailable, true);
        check(5, StoreErrorKind::Unavailable, true);
        check(38, StoreErrorKind::Io, false);
    }

    #[test]
    fn the_message_names_the_path_and_the_source_the_reason() {
        let error = StoreError::io("a/b", "write it", io::Error::from_raw_os_error(28));
        assert_eq!(error.to_string(), "a/b: cannot write it");
        let source = std::error::Error::source(&error).expect("has a source");
        assert!(source.to_string().contains("No space"), "{source}");
        assert!(error.hint().is_some_and(|hint| hint.contains("space")));
    }
}
