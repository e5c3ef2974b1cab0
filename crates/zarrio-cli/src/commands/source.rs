//! Opening inputs.

use std::path::Path;

use zarrio_model::config::{Config, ReaderChoice};
use zarrio_netcdf::{NetcdfSource, OpenOptions, Reader};

use crate::failure::Failure;

/// Opens a NetCDF file by the reader of the settings.
///
/// # Errors
/// When it cannot be read.
pub(super) fn open(path: &Path, config: &Config) -> Result<NetcdfSource, Failure> {
    let reader = match config.reader {
        ReaderChoice::Auto => Reader::Auto,
        ReaderChoice::Rust => Reader::Rust,
        ReaderChoice::C => Reader::C,
    };
    Ok(NetcdfSource::open(path, &OpenOptions { reader })?)
}
