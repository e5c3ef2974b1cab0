//! Removing what killed writers have left.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rustix::fs::{FlockOperation, flock};

use super::read::means_absent;
use super::shown;
use super::temporary::Temporary;
use crate::store::{Swept, Unfinished};
use crate::{Prefix, StoreError, TEMPORARY_PREFIX};

/// Finds unfinished objects at any depth whose writers are gone; removes them unless it is
/// only to look.
pub(super) fn sweep(
    place: &Path,
    prefix: &Prefix,
    older_than: Duration,
    remove: bool,
) -> Result<Swept, StoreError> {
    let mut swept = Swept::default();
    // A list instead of recursion: how deep it goes is not ours to say.
    let mut waiting = vec![(place.to_owned(), prefix.as_str().to_owned())];
    while let Some((directory, name)) = waiting.pop() {
        let fail = |error| StoreError::io(shown(&directory), "list the directory", error);
        let entries = match std::fs::read_dir(&directory) {
            Err(error) if means_absent(&error) => continue,
            result => result.map_err(fail)?,
        };
        let mut now = None;
        for entry in entries {
            let entry = entry.map_err(fail)?;
            let file_name = entry.file_name();
            let Some(text) = file_name.to_str() else {
                continue;
            };
            let below = match name.as_str() {
                "" => text.to_owned(),
                name => format!("{name}/{text}"),
            };
            let path = entry.path();
            // Symbolic links are not followed: what they lead to is somebody else's.
            if entry.file_type().map_err(fail)?.is_dir() {
                waiting.push((path, below));
            } else if text.starts_with(TEMPORARY_PREFIX) {
                let clock = match now {
                    Some(clock) => clock,
                    None => *now.insert(server_time(&directory, remove)?),
                };
                match judge(&path, clock, older_than)? {
                    Some(size) => {
                        if remove {
                            remove_file(&path)?;
                        }
                        swept.removed.push(Unfinished { name: below, size });
                    }
                    None => swept.kept += 1,
                }
            }
        }
    }
    swept.removed.sort();
    Ok(swept)
}

/// The time of the server that keeps a directory, which need not be this machine's.
fn server_time(directory: &Path, may_write: bool) -> Result<SystemTime, StoreError> {
    if !may_write {
        return Ok(SystemTime::now());
    }
    Temporary::create(directory)?.modified()
}

/// The size of an unfinished object that nobody works on; `None` where somebody may, or it is
/// gone.
fn judge(path: &Path, now: SystemTime, older_than: Duration) -> Result<Option<u64>, StoreError> {
    let look = || -> std::io::Result<Option<u64>> {
        // For writing too: some network file systems lock only what may be written.
        let file = File::options().read(true).write(true).open(path)?;
        let metadata = file.metadata()?;
        let age = now.duration_since(metadata.modified()?).unwrap_or_default();
        let abandoned =
            age >= older_than && flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok();
        Ok(abandoned.then_some(metadata.len()))
    };
    match look() {
        Err(error) if means_absent(&error) => Ok(None),
        // Another user's, perhaps: it stays, and the others can go.
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Ok(None),
        result => result.map_err(|e| StoreError::io(shown(path), "look at it", e)),
    }
}

fn remove_file(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if !means_absent(&error) => Err(StoreError::io(shown(path), "remove it", error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_old_and_not_locked_goes() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path();
        std::fs::create_dir_all(place.join("t/c")).unwrap();
        let names = [
            "t/.zarrio-tmp-a",
            "t/c/.zarrio-tmp-b",
            "t/c/.zarrio-tmp-c",
            "t/c/0",
        ];
        for name in names {
            std::fs::write(place.join(name), "half").unwrap();
        }
        let held = File::open(place.join(names[2])).unwrap();
        flock(&held, FlockOperation::NonBlockingLockExclusive).unwrap();
        let root = Prefix::root();
        let hour = Duration::from_secs(3600);
        let young = sweep(place, &root, hour, true).unwrap();
        assert_eq!((young.removed.len(), young.kept), (0, 3));
        let looked = sweep(place, &root, Duration::ZERO, false).unwrap();
        let found: Vec<&str> = looked.removed.iter().map(|u| u.name.as_str()).collect();
        assert_eq!(found, names[..2]);
        assert_eq!(sweep(place, &root, Duration::ZERO, true).unwrap(), looked);
        for (name, there) in names.into_iter().zip([false, false, true, true]) {
            assert_eq!(place.join(name).exists(), there, "{name}");
        }
        drop(held);
        let last = sweep(place, &root, Duration::ZERO, true).unwrap();
        assert_eq!((last.removed.len(), last.kept), (1, 0));
    }
}
