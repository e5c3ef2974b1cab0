//! Listing and removing directories while others may change them.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::read::means_absent;
use super::shown;
use crate::{Children, ObjectMeta, Prefix, StoreError, StoreErrorKind, TEMPORARY_PREFIX};

/// How often a directory is removed anew because someone wrote into it.
const REMOVE_ATTEMPTS: usize = 4;

/// Every object in a directory, at any depth, sorted.
pub(super) fn list(place: &Path, prefix: &Prefix) -> Result<Vec<ObjectMeta>, StoreError> {
    let mut objects = Vec::new();
    descend(place, prefix, &mut Vec::new(), &mut objects)?;
    // Not the order of the walk: `a.b` sorts before `a/b`, but directory `a` before `a.b`.
    objects.sort();
    Ok(objects)
}

/// `above` holds the identities of the directories on the way, so that a symbolic link to
/// one of them does not lead in circles.
fn descend(
    place: &Path,
    prefix: &Prefix,
    above: &mut Vec<(u64, u64)>,
    objects: &mut Vec<ObjectMeta>,
) -> Result<(), StoreError> {
    let identity = match std::fs::metadata(place) {
        Ok(metadata) => (metadata.dev(), metadata.ino()),
        Err(error) if means_absent(&error) => return Ok(()),
        Err(error) => return Err(StoreError::io(shown(place), "list the directory", error)),
    };
    if above.contains(&identity) {
        return Err(StoreError::new(
            StoreErrorKind::Obstructed,
            shown(place),
            "is a symbolic link that leads in a circle",
        ));
    }
    let children = children(place, prefix)?;
    objects.extend(children.objects);
    above.push(identity);
    for child in &children.prefixes {
        let name = child.as_str().rsplit('/').next().unwrap_or_default();
        descend(&place.join(name), child, above, objects)?;
    }
    above.pop();
    Ok(())
}

/// What lies directly in a directory, sorted.
pub(super) fn children(place: &Path, prefix: &Prefix) -> Result<Children, StoreError> {
    let fail = |error| StoreError::io(shown(place), "list the directory", error);
    let mut children = Children::default();
    let entries = match std::fs::read_dir(place) {
        Err(error) if means_absent(&error) => return Ok(children),
        result => result.map_err(fail)?,
    };
    for entry in entries {
        let entry = entry.map_err(fail)?;
        let file_name = entry.file_name();
        // No key can have a name that is not text, nor that of an unfinished object.
        let Some(name) = file_name
            .to_str()
            .filter(|name| !name.starts_with(TEMPORARY_PREFIX))
        else {
            continue;
        };
        let (Ok(key), Ok(child)) = (prefix.key(name), prefix.join(name)) else {
            continue;
        };
        let file_type = entry.file_type().map_err(fail)?;
        if file_type.is_dir() {
            children.prefixes.push(child);
        } else if let Some(metadata) = look(&entry.path())? {
            if metadata.is_file() {
                children.objects.push(ObjectMeta {
                    key,
                    size: metadata.len(),
                    modified: metadata.modified().ok(),
                });
            } else if metadata.is_dir() {
                children.prefixes.push(child);
            }
        }
    }
    children.objects.sort();
    children.prefixes.sort();
    Ok(children)
}

/// Follows symbolic links; `None` when the entry is gone or leads nowhere.
pub(super) fn look(path: &Path) -> Result<Option<Metadata>, StoreError> {
    match std::fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if means_absent(&error) => Ok(None),
        Err(error) => Err(StoreError::io(shown(path), "look at the object", error)),
    }
}

/// Removes a directory with everything in it; a symbolic link only itself. `keep` leaves
/// the empty directory.
pub(super) fn remove(place: &Path, keep: bool) -> Result<(), StoreError> {
    let mut attempt = 1;
    loop {
        let result = if keep {
            remove_contents(place)
        } else {
            remove_tree(place)
        };
        return match result {
            Ok(()) => Ok(()),
            Err(error) if means_absent(&error) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
                if attempt < REMOVE_ATTEMPTS {
                    attempt += 1;
                    continue;
                }
                Err(StoreError::new(
                    StoreErrorKind::Unavailable,
                    shown(place),
                    "cannot remove the directory: others are writing into it",
                ))
            }
            Err(error) => Err(StoreError::io(shown(place), "remove the directory", error)),
        };
    }
}

fn remove_contents(place: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(place)? {
        let entry = entry?;
        let result = if entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())
        } else {
            std::fs::remove_file(entry.path())
        };
        match result {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            result => result?,
        }
    }
    Ok(())
}

fn remove_tree(place: &Path) -> io::Result<()> {
    let metadata = std::fs::symlink_metadata(place)?;
    if metadata.is_dir() {
        std::fs::remove_dir_all(place)
    } else if metadata.is_symlink() && place.is_dir() {
        std::fs::remove_file(place)
    } else {
        // An object of this name is not what lies in the place.
        Ok(())
    }
}
