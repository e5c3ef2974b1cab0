//! Why a command did not do what it was asked, and with which code it ends.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use rustix::io::Errno;
use zarrio_codec::CodecError;
use zarrio_model::{SourceError, SourceErrorKind};
use zarrio_region::RegionError;
use zarrio_store::{StoreError, StoreErrorKind};

use crate::exit::Exit;
use crate::location;

/// A cause with its remedy.
#[derive(Debug)]
pub(crate) struct Problem {
    /// The error with its own causes.
    pub(crate) error: anyhow::Error,
    /// What to do about it.
    pub(crate) hint: Option<String>,
}

/// The end of a command that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    /// At least one; several where all could be found at once.
    pub(crate) problems: Vec<Problem>,
}

impl Failure {
    /// A failure with one cause.
    pub(crate) fn new(exit: Exit, error: impl Into<anyhow::Error>, hint: Option<String>) -> Self {
        let error = error.into();
        // It tells more than what can be said of any error of its kind.
        let hint = limit_hint(&*error).map(str::to_owned).or(hint);
        Self {
            exit,
            problems: vec![Problem { error, hint }],
        }
    }

    /// A failure with several causes that have one remedy, which the last one tells.
    pub(crate) fn several(exit: Exit, causes: Vec<String>, hint: String) -> Self {
        let problem = |cause| Problem {
            error: anyhow::Error::msg(cause),
            hint: None,
        };
        let mut problems: Vec<Problem> = causes.into_iter().map(problem).collect();
        if let Some(last) = problems.last_mut() {
            last.hint = Some(hint);
        }
        Self { exit, problems }
    }

    /// A wrong command line or configuration.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(
            Exit::Usage,
            anyhow::Error::msg(message.into()),
            Some(hint.into()),
        )
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        let store = store_error(&error);
        let exit = match store {
            Some(store) if store.kind() == StoreErrorKind::Interrupted => {
                return Self::new(Exit::Interrupted, RegionError::Interrupted, None);
            }
            Some(store) if store.is_transient() => Exit::Temporary,
            _ => Exit::Input,
        };
        let of_store = store.and_then(StoreError::hint).map(str::to_owned);
        let hint = of_store.or_else(|| error.hint.clone());
        let hint = hint.or_else(|| source_hint(&error));
        Self::new(exit, error, hint)
    }
}

impl Failure {
    /// The same failure with the name of its file in it, and what cannot be done with that.
    pub(crate) fn of_file(mut self, file: &Path, cannot: &str) -> Self {
        let name = location::name(file);
        for problem in &mut self.problems {
            let said = problem.error.chain().any(|e| e.to_string().contains(&name));
            if !said {
                let error = std::mem::replace(&mut problem.error, anyhow::Error::msg(""));
                problem.error = error.context(format!("{} cannot be {cannot}", file.display()));
            }
        }
        self
    }

    /// The same failure of a command, or a part of one, that only reads the archive: that is an
    /// input, and what keeps it from being read is no failure of a write.
    pub(crate) fn of_reading(mut self) -> Self {
        let is_store = |problem: &Problem| {
            let error = problem.error.downcast_ref::<RegionError>();
            matches!(error, Some(RegionError::Store { .. })) || problem.error.is::<StoreError>()
        };
        if self.exit == Exit::Failed && self.problems.iter().all(is_store) {
            self.exit = Exit::Input;
        }
        self
    }
}

/// What the store of an archive failed with that is read as a source.
fn store_error(error: &SourceError) -> Option<&StoreError> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// An error and its causes.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        // What is in an error of reading is not its source, but that one's source is.
        match io_error(error).and_then(std::io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        }
    })
}

fn io_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e std::io::Error> {
    let shared = error.downcast_ref::<Arc<std::io::Error>>();
    error.downcast_ref().or(shared.map(|error| &**error))
}

/// The remedy where a limit of this process is too small.
fn limit_hint(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let mut codes = causes(error).filter_map(|cause| io_error(cause)?.raw_os_error());
    codes.find_map(|code| match Errno::from_raw_os_error(code) {
        Errno::MFILE => Some(
            "the limit of open files is too small: raise it with 'ulimit -n', then run the command again",
        ),
        Errno::FBIG => Some(
            "the limit of the size of files is too small, 'ulimit -f' or that of the file system: raise it, or choose another place",
        ),
        _ => None,
    })
}

/// The general remedy for a kind of source error.
fn source_hint(error: &SourceError) -> Option<String> {
    let text = match error.kind {
        SourceErrorKind::Unsupported => {
            let variable = error.variable.as_ref()?;
            return Some(format!("leave it out with --drop-variables {variable}"));
        }
        SourceErrorKind::NotFound => "check the path",
        SourceErrorKind::Io => "check that the file can be read, then run the command again",
        SourceErrorKind::Invalid => {
            "the file is damaged or incomplete: compare it with the original, or fetch it again"
        }
        SourceErrorKind::Changed => {
            "something wrote to the file meanwhile: wait until it is complete, then run the command again"
        }
        _ => return None,
    };
    Some(text.into())
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = if error.is_transient() {
            Exit::Temporary
        } else {
            Exit::Failed
        };
        let hint = error.hint().map(Into::into);
        Self::new(exit, error, hint)
    }
}

impl From<RegionError> for Failure {
    fn from(error: RegionError) -> Self {
        let mut hint = error.hint().or_else(|| region_hint(&error));
        let exit = match error {
            RegionError::Source(error) => return error.into(),
            RegionError::Settings { .. }
            | RegionError::Chunking(_)
            | RegionError::Codec(CodecError::Compression { .. } | CodecError::Plan { .. })
            | RegionError::OutputExists { .. }
            | RegionError::Memory { .. } => Exit::Usage,
            RegionError::FilesDiffer { differences, hint } => {
                return Self::several(Exit::Mismatch, differences, hint);
            }
            RegionError::Labels { .. }
            | RegionError::Match(_)
            | RegionError::Lossy { .. }
            | RegionError::Range { .. }
            | RegionError::Written { .. } => Exit::Mismatch,
            RegionError::Check { .. } => Exit::Unverified,
            RegionError::Unsupported { .. }
            | RegionError::Archive { .. }
            | RegionError::Ledger { .. }
            | RegionError::Chunk { .. } => Exit::Input,
            RegionError::Busy { .. }
            | RegionError::Appending { .. }
            | RegionError::Overlap { .. } => Exit::Temporary,
            RegionError::Interrupted => Exit::Interrupted,
            RegionError::Store { ref source, .. } => {
                hint = hint.or_else(|| source.hint().map(Into::into));
                if source.is_transient() {
                    Exit::Temporary
                } else {
                    Exit::Failed
                }
            }
            _ => Exit::Failed,
        };
        Self::new(exit, error, hint)
    }
}

/// The remedy that only the program knows: its own commands.
fn region_hint(error: &RegionError) -> Option<String> {
    let text = match error {
        RegionError::Chunking(_) => "'zarrio info' shows the dimensions of a file",
        RegionError::Codec(CodecError::Compression { .. }) => {
            "'zarrio convert --help' shows how a compression is written"
        }
        RegionError::Lossy { variable, .. } => {
            return Some(format!(
                "write the others with --drop-variables {variable}, or make an archive whose type and packing hold such values; --packing rounds floating-point numbers to the steps of packed integers"
            ));
        }
        RegionError::Range { variable, excess } => {
            let range = excess.needed();
            return Some(format!(
                "a range that holds them is --packing-manual-ranges '{{\"{variable}\":{{\"min\":{},\"max\":{}}}}}'; or store the nearest end with --packing-range-exceeded-action warn",
                range.min, range.max
            ));
        }
        RegionError::Chunk { .. } => {
            "'zarrio repair' writes it anew from the files that it came from; then run the same command again"
        }
        RegionError::Archive { .. } => {
            "name a Zarr archive or a group in one; a conversion that was stopped leaves none"
        }
        _ => return None,
    };
    Some(text.into())
}

#[cfg(test)]
mod tests {
    use zarrio_model::ByteSize;

    use super::*;

    #[test]
    fn a_store_that_fails_under_a_source_decides_about_the_code() {
        let store = |kind| StoreError::new(kind, "s3://b/a", "does not answer");
        let kinds = [
            (StoreErrorKind::Unavailable, Exit::Temporary),
            (StoreErrorKind::Interrupted, Exit::Interrupted),
            (StoreErrorKind::PermissionDenied, Exit::Input),
        ];
        let source = || SourceError::new(SourceErrorKind::Io, "s3://b/a", "cannot be read");
        for (kind, exit) in kinds {
            let plain = source().caused_by(store(kind));
            let read = source().caused_by(std::io::Error::other(store(kind)));
            let shared = std::io::Error::other(Arc::new(std::io::Error::other(store(kind))));
            let shared = source().caused_by(Arc::new(shared));
            for error in [plain, read, shared] {
                assert_eq!(Failure::from(error).exit, exit, "{kind:?}");
            }
        }
    }

    #[test]
    fn limits_that_are_too_small_are_named() {
        for (code, limit) in [(Errno::MFILE, "ulimit -n"), (Errno::FBIG, "ulimit -f")] {
            let io = || std::io::Error::from_raw_os_error(code.raw_os_error());
            let source = || SourceError::new(SourceErrorKind::Io, "a.nc", "cannot be read");
            let store = StoreError::new(StoreErrorKind::Unavailable, "a", "cannot read it");
            let region = RegionError::Store {
                action: "cannot open".into(),
                source: store.caused_by(io()),
            };
            for failure in [
                Failure::from(source().caused_by(io())),
                Failure::from(source().caused_by(Arc::new(std::io::Error::other(io())))),
                Failure::from(region),
            ] {
                let hint = failure.problems[0].hint.as_deref().unwrap_or_default();
                assert!(hint.contains(limit), "{failure:?}");
            }
        }
    }

    #[test]
    fn errors_end_with_their_codes() {
        let check = |failure: Failure, exit, hint: Option<&str>| {
            assert_eq!(failure.exit, exit, "{failure:?}");
            let [problem] = failure.problems.as_slice() else {
                panic!("{failure:?}")
            };
            match hint {
                Some(hint) => assert!(
                    problem.hint.as_ref().is_some_and(|h| h.contains(hint)),
                    "{problem:?}"
                ),
                None => assert_eq!(problem.hint, None),
            }
        };
        let source = |kind| SourceError::new(kind, "a.nc", "is bad");
        check(
            source(SourceErrorKind::NotFound).into(),
            Exit::Input,
            Some("check the path"),
        );
        check(
            RegionError::Source(source(SourceErrorKind::Invalid)).into(),
            Exit::Input,
            Some("damaged"),
        );
        check(source(SourceErrorKind::Request).into(), Exit::Input, None);
        check(RegionError::Interrupted.into(), Exit::Interrupted, None);
        check(
            RegionError::Busy { output: "x".into() }.into(),
            Exit::Temporary,
            Some("wait"),
        );
        let memory = RegionError::Memory {
            variable: "t".into(),
            least: ByteSize(2 << 20),
            given: ByteSize(1 << 20),
        };
        check(memory.into(), Exit::Usage, Some("--memory 2MiB"));
        let store = |kind| RegionError::Store {
            action: "cannot write".into(),
            source: StoreError::new(kind, "a", "failed"),
        };
        check(
            store(StoreErrorKind::Unavailable).into(),
            Exit::Temporary,
            Some("again"),
        );
        check(
            store(StoreErrorKind::NoSpace).into(),
            Exit::Failed,
            Some("space"),
        );
        check(store(StoreErrorKind::Io).into(), Exit::Failed, None);
    }
}
