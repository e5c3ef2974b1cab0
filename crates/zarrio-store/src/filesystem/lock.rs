//! Locks of single objects, by byte ranges of one file.
//!
//! An object's own file cannot be locked: a rename replaces it, and the lock would guard
//! what nobody reads any more. So all objects of an array share one file beside them, which
//! is never removed, and an object is the byte at the hash of its key.

use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::time::{Duration, Instant};

use super::shown;
use crate::stop::Stop;
use crate::{StoreError, StoreErrorKind};

/// A lock is held while one chunk is read, encoded and stored; who waits longer than this
/// waits for something that is stuck.
const PATIENCE: Duration = Duration::from_secs(120);
const SHORTEST_NAP: Duration = Duration::from_micros(200);
const LONGEST_NAP: Duration = Duration::from_millis(50);

/// A locked byte; unlocked when it is dropped, or its process ends.
#[derive(Debug)]
pub(super) struct ObjectLock {
    // Closing the file ends the lock: it belongs to this very opening of it.
    _file: File,
}

impl ObjectLock {
    /// Waits for the lock of `name` in the file at `path`, whose directory exists.
    ///
    /// The lock belongs to the open file description (`F_OFD_SETLK`), so it excludes the
    /// threads of this process too, and no other descriptor of the file ends it.
    pub(super) fn wait(path: &Path, name: &str, stop: &Stop) -> Result<Self, StoreError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|e| StoreError::io(shown(path), "open the lock file", e))?;
        let begun = Instant::now();
        let mut nap = SHORTEST_NAP;
        loop {
            match try_lock(&file, position(name)) {
                Ok(true) => return Ok(Self { _file: file }),
                Ok(false) if stop.is_asked() => {
                    return Err(StoreError::new(
                        StoreErrorKind::Interrupted,
                        shown(path),
                        format!("stopped waiting for the lock of {name}"),
                    ));
                }
                Ok(false) if begun.elapsed() < PATIENCE => {
                    std::thread::sleep(nap);
                    nap = (nap * 2).min(LONGEST_NAP);
                }
                Ok(false) => {
                    return Err(StoreError::new(
                        StoreErrorKind::Unavailable,
                        shown(path),
                        format!("the lock of {name} was held by another for {PATIENCE:?}"),
                    ));
                }
                Err(error) => return Err(StoreError::io(shown(path), "lock it", error)),
            }
        }
    }
}

/// Locks one byte; `false` when another has it.
#[expect(
    unsafe_code,
    reason = "no safe interface to locks of open file descriptions"
)]
fn try_lock(file: &File, position: i64) -> std::io::Result<bool> {
    let request = libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: position,
        l_len: 1,
        l_pid: 0,
    };
    loop {
        // SAFETY: the descriptor is open for as long as `file` lives, and the request is a
        // whole `flock` that the call only reads.
        let result = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &request) };
        if result == 0 {
            return Ok(true);
        }
        let error = std::io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::EAGAIN | libc::EACCES) => return Ok(false),
            Some(libc::EINTR) => {}
            _ => return Err(error),
        }
    }
}

/// The byte that stands for an object: FNV-1a of its name, in 40 bits. Two objects that share
/// a byte only wait for each other without need.
fn position(name: &str) -> i64 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash & ((1 << 40) - 1)) as i64
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn threads_exclude_each_other_by_object() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("locks");
        let (one, other) = ("c/0", "c/1");
        let held = ObjectLock::wait(&path, one, &Stop::default()).unwrap();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        assert!(!try_lock(&file, position(one)).unwrap());
        assert!(try_lock(&file, position(other)).unwrap());
        drop(held);
        assert!(try_lock(&file, position(one)).unwrap());
    }

    #[test]
    fn a_wait_ends_when_it_is_asked_to_and_not_before() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("locks");
        let asked = Arc::new(AtomicBool::new(false));
        let stop = Stop::new({
            let asked = Arc::clone(&asked);
            move || asked.load(Ordering::Relaxed)
        });
        let held = ObjectLock::wait(&path, "c/0", &stop).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| ObjectLock::wait(&path, "c/0", &stop));
            std::thread::sleep(Duration::from_millis(100));
            assert!(!waiting.is_finished());
            asked.store(true, Ordering::Relaxed);
            let begun = Instant::now();
            let error = waiting.join().unwrap().unwrap_err();
            assert!(begun.elapsed() < Duration::from_secs(5));
            assert_eq!(error.kind(), StoreErrorKind::Interrupted);
        });
        drop(held);
        // What is free is taken all the same: the caller decides whether to go on.
        ObjectLock::wait(&path, "c/0", &stop).unwrap();
    }
}
