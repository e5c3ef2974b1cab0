//! Opening an archive that is there.

use std::io::ErrorKind;

use zarrio_model::config::Config;
use zarrio_region::{CancelToken, RegionError, ZarrSource};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::place::{self, Place, Use};

/// The group of the archive at `target` that the settings name, to be read.
///
/// # Errors
/// When there is no archive, no such group in it, or it is not finished.
pub(super) fn read(target: &Place, config: &Config) -> Result<ZarrSource, Failure> {
    open(target, config, &Use::default())
}

/// The same, to be written into. Waits for its locks end when `token` is switched.
///
/// # Errors
/// As [`read`].
pub(super) fn write(
    target: &Place,
    config: &Config,
    assume_locks: bool,
    token: &CancelToken,
) -> Result<ZarrSource, Failure> {
    let how = Use {
        fsync: place::fsync(config),
        assume_locks,
        token: Some(token),
    };
    open(target, config, &how)
}

/// The same, for any use.
///
/// # Errors
/// As [`read`].
pub(super) fn open(target: &Place, config: &Config, how: &Use<'_>) -> Result<ZarrSource, Failure> {
    check_there(target)?;
    ZarrSource::open(target.open(config, how)?, &config.group).map_err(|error| {
        let hint = match &error {
            RegionError::Archive { message } if message.contains("unfinished") => {
                "finish it first: run the command that creates it again"
            }
            RegionError::Archive { message } if message.contains("broken document") => {
                "put the document back from a copy of the archive, or make the archive anew"
            }
            RegionError::Archive { .. } if !config.group.is_root() => {
                "'zarrio info' shows the groups of an archive; --group names one of them"
            }
            RegionError::Archive { .. } => {
                "name a Zarr archive, and with --group a group in it; a conversion that was stopped leaves none"
            }
            _ => return Failure::from(error).of_reading(),
        };
        Failure::new(Exit::Input, error, Some(hint.into()))
    })
}

/// Makes sure that there may be an archive.
///
/// # Errors
/// When there is none.
pub(super) fn check_there(target: &Place) -> Result<(), Failure> {
    check(
        target,
        "check the path; 'zarrio create-template' makes an archive for a whole time range, and 'zarrio convert' from one file",
        "name an archive; 'zarrio info' shows what is in a file",
    )
}

/// Makes sure that what stands last, behind files, may be an archive.
///
/// # Errors
/// When it is none.
pub(super) fn check_last(target: &Place) -> Result<(), Failure> {
    check(
        target,
        "make it first, with 'zarrio create-template' for the whole time range or with 'zarrio convert' from the first file; the last argument is the archive",
        "the last argument is the archive, and all before it are files",
    )
}

/// Says what there is instead of a directory, in the words of an archive. What else keeps it from
/// being opened, the store says.
fn check(target: &Place, absent: &str, file: &str) -> Result<(), Failure> {
    let (message, hint) = match target.path().map(std::fs::metadata) {
        Some(Err(error)) if error.kind() == ErrorKind::NotFound => {
            (format!("there is no archive at {target}"), absent)
        }
        Some(Ok(metadata)) if !metadata.is_dir() => (
            format!("{target} is a file, and an archive is a directory"),
            file,
        ),
        _ => return Ok(()),
    };
    let error = anyhow::Error::msg(message);
    Err(Failure::new(Exit::Input, error, Some(hint.to_owned())))
}
