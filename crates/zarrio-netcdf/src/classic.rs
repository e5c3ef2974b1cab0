//! The classic formats: CDF-1, CDF-2 and CDF-5.

use std::path::Path;

use zarrio_model::{Source, SourceError, SourceErrorKind};

pub(crate) struct ClassicSource;

impl ClassicSource {
    pub(crate) fn open(path: &Path) -> Result<Box<dyn Source>, SourceError> {
        let message = "the Rust reader of classic files is not there yet";
        Err(SourceError::new(SourceErrorKind::Unsupported, path, message))
    }
}

#[cfg(feature = "libnetcdf")]
pub(crate) fn check(_path: &Path) -> Result<(), SourceError> {
    Ok(())
}
