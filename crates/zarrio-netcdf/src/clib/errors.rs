//! The library's error numbers as ours.

use std::path::Path;

use netcdf_sys as nc;
use zarrio_model::{NodePath, SourceError, SourceErrorKind};

use super::ffi::Status;

/// The file that errors are about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) path: &'a Path,
}

impl Context<'_> {
    /// Gives an answer of the library, or an error that names the file.
    pub(super) fn check<T>(&self, result: Result<T, Status>) -> Result<T, SourceError> {
        result.map_err(|status| self.error(status))
    }

    /// An error of the library about the file.
    pub(super) fn error(&self, status: Status) -> SourceError {
        let error = SourceError::new(kind(status), self.path, status.to_string());
        match status.0 {
            nc::NC_ENOFILTER | nc::NC_EFILTER => error.hint(
                "the netCDF C library lacks the filter: install the plugin and point \
                 HDF5_PLUGIN_PATH at it, or rewrite the file with `nccopy -d 4`",
            ),
            _ => error,
        }
    }

    /// An error of the library about a variable.
    pub(super) fn at(&self, status: Status, variable: &NodePath) -> SourceError {
        self.error(status).variable(variable)
    }

    /// An error about a file that breaks the rules.
    pub(super) fn invalid(&self, message: impl Into<String>) -> SourceError {
        SourceError::new(SourceErrorKind::Invalid, self.path, message)
    }

    /// A name as text.
    pub(super) fn name(&self, name: Vec<u8>) -> Result<String, SourceError> {
        String::from_utf8(name).map_err(|error| {
            let name = String::from_utf8_lossy(error.as_bytes()).into_owned();
            self.invalid(format!("the name {name:?} is not UTF-8"))
        })
    }
}

/// What an error number means for the caller; positive ones are the system's.
const fn kind(status: Status) -> SourceErrorKind {
    match status.0 {
        nc::NC_EIO | nc::NC_ENOMEM => SourceErrorKind::Io,
        nc::NC_ENOFILTER | nc::NC_EFILTER | nc::NC_ENOTBUILT | nc::NC_EPLUGIN => {
            SourceErrorKind::Unsupported
        }
        code if code > 0 => SourceErrorKind::Io,
        _ => SourceErrorKind::Invalid,
    }
}
