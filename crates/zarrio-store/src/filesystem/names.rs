//! The names of all objects in a directory at any depth, without a look at any of them.

use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::read::means_absent;
use super::{shown, walk};
use crate::{Prefix, StoreError, TEMPORARY_PREFIX};

/// With so many directories ahead it is worth to start threads.
const MANY: usize = 64;
/// So many directories a thread takes at once.
const HANDFUL: usize = 16;
/// More threads than this wait for the same disk.
const MAX_THREADS: usize = 8;

/// Where the walk is.
#[derive(Clone, Copy)]
struct Place<'a> {
    path: &'a Path,
    prefix: &'a Prefix,
}

/// Names that were found: of objects, each with a NUL behind it, and of directories, each with
/// a slash.
#[derive(Default)]
struct Found {
    objects: String,
    directories: Vec<String>,
}

/// Calls `visit` with the name of every object in a directory, as seen from there.
pub(super) fn each(
    path: &Path,
    prefix: &Prefix,
    visit: &mut dyn FnMut(&str),
) -> Result<(), StoreError> {
    let place = Place { path, prefix };
    let mut found = Found {
        directories: vec![String::new()],
        ..Found::default()
    };
    while let Some(directory) = found.directories.pop() {
        place.read(&directory, &mut found)?;
        found.hand_over(visit);
        if found.directories.len() > MANY {
            return together(place, found.directories, visit);
        }
    }
    Ok(())
}

impl Found {
    fn hand_over(&mut self, visit: &mut dyn FnMut(&str)) {
        self.objects.split_terminator('\0').for_each(visit);
        self.objects.clear();
    }
}

impl Place<'_> {
    /// Adds what lies in a directory of this name.
    fn read(self, directory: &str, found: &mut Found) -> Result<(), StoreError> {
        let path = self.path.join(directory);
        let fail = |error| StoreError::io(shown(&path), "list the directory", error);
        let entries = match std::fs::read_dir(&path) {
            Err(error) if means_absent(&error) => return Ok(()),
            result => result.map_err(fail)?,
        };
        for entry in entries {
            let entry = entry.map_err(fail)?;
            let name = entry.file_name();
            let name = name.to_str();
            let Some(name) = name.filter(|name| !name.starts_with(TEMPORARY_PREFIX)) else {
                continue;
            };
            let file_type = entry.file_type().map_err(fail)?;
            if file_type.is_dir() {
                found.directories.push(format!("{directory}{name}/"));
            } else if file_type.is_file() {
                found.objects.extend([directory, name, "\0"]);
            } else {
                // A link may lead anywhere; the careful walk knows how to follow it.
                self.follow(&format!("{directory}{name}"), &mut found.objects)?;
            }
        }
        Ok(())
    }

    fn follow(self, name: &str, objects: &mut String) -> Result<(), StoreError> {
        let path = self.path.join(name);
        match walk::look(&path)? {
            Some(metadata) if metadata.is_file() => objects.extend([name, "\0"]),
            Some(metadata) if metadata.is_dir() => {
                for object in walk::list(&path, &self.prefix.join(name)?)? {
                    let rest = object.key.as_str().strip_prefix(self.prefix.as_str());
                    let rest = rest.unwrap_or_default().trim_start_matches('/');
                    objects.extend([rest, "\0"]);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Directories that nobody has read yet, and how many threads may find more.
struct Work {
    waiting: Vec<String>,
    busy: usize,
}

/// The same with several threads, which read directories while this one hands over names.
fn together(
    place: Place<'_>,
    waiting: Vec<String>,
    visit: &mut dyn FnMut(&str),
) -> Result<(), StoreError> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = threads.min(MAX_THREADS);
    let work = Mutex::new(Work { waiting, busy: 0 });
    let more = Condvar::new();
    let (send, receive) = sync_channel(4 * threads);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let send = send.clone();
            scope.spawn(|| read_on(place, &work, &more, send));
        }
        drop(send);
        // Who sends notices that this end is gone, and stops.
        for found in receive {
            let mut found: Found = found?;
            found.hand_over(visit);
        }
        Ok(())
    })
}

/// Reads directories until there are no more, one fails, or nobody listens.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the other end waits until this one is gone"
)]
fn read_on(
    place: Place<'_>,
    work: &Mutex<Work>,
    more: &Condvar,
    send: SyncSender<Result<Found, StoreError>>,
) {
    loop {
        let mut now = lock(work);
        while now.waiting.is_empty() && now.busy > 0 {
            now = more.wait(now).unwrap_or_else(PoisonError::into_inner);
        }
        let rest = now.waiting.len().saturating_sub(HANDFUL);
        let taken = now.waiting.split_off(rest);
        if taken.is_empty() {
            return;
        }
        now.busy += 1;
        drop(now);
        let mut found = Found::default();
        let read = taken
            .iter()
            .try_for_each(|name| place.read(name, &mut found));
        let failed = read.is_err();
        let mut now = lock(work);
        now.waiting.append(&mut found.directories);
        now.busy -= 1;
        drop(now);
        more.notify_all();
        if send.send(read.map(|()| found)).is_err() || failed {
            return;
        }
    }
}

fn lock(work: &Mutex<Work>) -> MutexGuard<'_, Work> {
    // The lists are whole between any two statements.
    work.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_directories_give_the_names_that_the_listing_has() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        for i in 0..400 {
            let place = root.join(format!("a/{i}/{}", i % 3));
            std::fs::create_dir_all(&place).unwrap();
            for j in 0..i % 4 {
                std::fs::write(place.join(j.to_string()), "").unwrap();
            }
            std::fs::write(place.join(format!("{TEMPORARY_PREFIX}{i}")), "").unwrap();
        }
        std::os::unix::fs::symlink("a/7", root.join("link")).unwrap();
        std::os::unix::fs::symlink("nowhere", root.join("lost")).unwrap();
        let listed = walk::list(root, &Prefix::root()).unwrap();
        let listed: Vec<String> = listed.iter().map(|o| o.key.to_string()).collect();
        assert!(listed.len() > 600 && listed.iter().any(|name| name.starts_with("link/")));
        let mut found = Vec::new();
        each(root, &Prefix::root(), &mut |name| {
            found.push(name.to_owned());
        })
        .unwrap();
        found.sort();
        assert_eq!(found, listed);
    }

    #[test]
    fn an_error_ends_the_walk() {
        let directory = tempfile::tempdir().unwrap();
        for i in 0..200 {
            let place = directory.path().join(i.to_string());
            std::fs::create_dir(&place).unwrap();
            std::os::unix::fs::symlink("circle", place.join("circle")).unwrap();
        }
        let walked = each(directory.path(), &Prefix::root(), &mut |_| {});
        assert!(walked.is_err(), "a link to itself cannot be followed");
    }
}
