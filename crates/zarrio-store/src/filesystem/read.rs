//! Reading files without mistaking trouble for absence.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::shown;
use crate::range::range_error;
use crate::{ByteRange, StoreError, StoreErrorKind};

/// How often an object is opened anew when a file server has dropped the old state.
const STALE_ATTEMPTS: usize = 4;

/// Whether an error says for certain that nothing has this path.
pub(super) fn means_absent(error: &io::Error) -> bool {
    // `NotADirectory`: an object stands where a directory of the path would be.
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

pub(super) fn get(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    with_file(path, |file, size| {
        let mut bytes = Vec::new();
        reserve(&mut bytes, size)?;
        let read = (&*file).read_to_end(&mut bytes)?;
        // Objects are replaced, never changed: a file of another size is not one of ours.
        if read as u64 == size {
            Ok(bytes)
        } else {
            Err(changed())
        }
    })
}

pub(super) fn get_ranges(
    path: &Path,
    ranges: &[ByteRange],
) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
    let parts = with_file(path, |file, size| {
        let mut parts = Vec::with_capacity(ranges.len());
        for &range in ranges {
            let Some((offset, length)) = range.within(size) else {
                return Ok(Err(range_error(shown(path), range, size)));
            };
            let mut bytes = Vec::new();
            let length = reserve(&mut bytes, length)?;
            bytes.resize(length, 0);
            file.read_exact_at(&mut bytes, offset)
                .map_err(|error| match error.kind() {
                    io::ErrorKind::UnexpectedEof => changed(),
                    _ => error,
                })?;
            parts.push(bytes);
        }
        Ok(Ok(parts))
    })?;
    parts.transpose()
}

pub(super) fn size(path: &Path) -> Result<Option<u64>, StoreError> {
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(Some(metadata.len())),
        Ok(metadata) if metadata.is_dir() => Ok(None),
        Ok(_) => Err(no_file(path)),
        Err(error) if means_absent(&error) => Ok(None),
        Err(error) => Err(StoreError::io(shown(path), "look at the object", error)),
    }
}

/// Does something with an open object and its size, again from the start where the file
/// server says that the object was replaced meanwhile.
fn with_file<T>(
    path: &Path,
    work: impl Fn(&File, u64) -> io::Result<T>,
) -> Result<Option<T>, StoreError> {
    let mut attempt = 1;
    loop {
        let result = open(path).and_then(|found| match found {
            Found::Nothing => Ok(None),
            Found::Other => Ok(Some(None)),
            Found::Object(file, size) => work(&file, size).map(|value| Some(Some(value))),
        });
        return match result {
            Ok(None) => Ok(None),
            Ok(Some(None)) => Err(no_file(path)),
            Ok(Some(value)) => Ok(value),
            Err(error) if is_stale(&error) && attempt < STALE_ATTEMPTS => {
                attempt += 1;
                continue;
            }
            Err(error) => Err(StoreError::io(shown(path), "read the object", error)),
        };
    }
}

enum Found {
    Nothing,
    Object(File, u64),
    Other,
}

fn open(path: &Path) -> io::Result<Found> {
    // Without waiting: to open a pipe that someone left there would block for ever. Plain
    // files do not care.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Err(error) if means_absent(&error) => return Ok(Found::Nothing),
        result => result?,
    };
    let metadata = file.metadata()?;
    Ok(match metadata {
        m if m.is_file() => Found::Object(file, m.len()),
        m if m.is_dir() => Found::Nothing,
        _ => Found::Other,
    })
}

/// Room for `size` bytes, or an error where an allocation of any size would abort.
fn reserve(bytes: &mut Vec<u8>, size: u64) -> io::Result<usize> {
    usize::try_from(size)
        .ok()
        .filter(|&size| bytes.try_reserve_exact(size).is_ok())
        .ok_or_else(|| io::Error::new(io::ErrorKind::OutOfMemory, "too large for the memory"))
}

fn is_stale(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::STALE.raw_os_error())
}

fn changed() -> io::Error {
    io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "the file changed while it was read",
    )
}

fn no_file(path: &Path) -> StoreError {
    StoreError::new(
        StoreErrorKind::Obstructed,
        shown(path),
        "is neither a file nor a directory",
    )
}
