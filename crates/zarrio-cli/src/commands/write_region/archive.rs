//! Opening the archive that files go to.

use std::path::Path;

use zarrio_model::config::Config;
use zarrio_region::{CancelToken, RegionError, ZarrSource};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::place::{self, Place, Use};

/// The group of the archive at `target` that the settings name. Waits for its locks end when
/// `token` is switched.
///
/// # Errors
/// When there is no archive, no such group in it, or it is not finished.
pub(in crate::commands) fn open(
    target: &Place,
    config: &Config,
    assume_locks: bool,
    token: &CancelToken,
) -> Result<ZarrSource, Failure> {
    let none = |message: String, hint: &str| {
        Failure::new(
            Exit::Input,
            anyhow::Error::msg(message),
            Some(hint.to_owned()),
        )
    };
    if let Some(path) = target.path() {
        check_directory(path, &none)?;
    }
    let how = Use {
        fsync: place::fsync(config),
        assume_locks,
        token: Some(token),
    };
    ZarrSource::open(target.open(config, &how)?, &config.group).map_err(|error| {
        let hint = match &error {
            RegionError::Archive { message } if message.contains("unfinished") => {
                "finish it first: run the command that creates it again"
            }
            RegionError::Archive { .. } if !config.group.is_root() => {
                "'zarrio info' shows the groups of an archive; --group names one of them"
            }
            RegionError::Archive { .. } => {
                "name an archive, which 'zarrio create-template' makes; --group names a group in it"
            }
            _ => return error.into(),
        };
        Failure::new(Exit::Input, error, Some(hint.into()))
    })
}

/// Says what there is instead of a directory, in the words of an archive.
fn check_directory(path: &Path, none: &impl Fn(String, &str) -> Failure) -> Result<(), Failure> {
    let shown = path.display();
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(none(
            format!("there is no archive at {shown}"),
            "make it first, with 'zarrio create-template' for the whole time range or with 'zarrio convert' from the first file; the last argument is the archive",
        )),
        Ok(metadata) if !metadata.is_dir() => Err(none(
            format!("{shown} is a file, and an archive is a directory"),
            "the last argument is the archive, and all before it are files to write",
        )),
        // What else keeps it from being opened, the store says.
        _ => Ok(()),
    }
}
