//! What only a store in a directory can get wrong.

mod full;
mod kinds;
mod processes;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::*;
use crate::TEMPORARY_PREFIX;
use crate::testing::check_store;

fn store(root: &Path) -> FilesystemStore {
    FilesystemStore::open(root, FsyncMode::Never).unwrap()
}

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

/// Unfinished objects anywhere below a directory.
fn temporaries(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(temporaries(&entry.path()));
        } else if entry
            .file_name()
            .to_string_lossy()
            .starts_with(TEMPORARY_PREFIX)
        {
            found.push(entry.path());
        }
    }
    found
}

#[test]
fn keeps_the_promises_of_a_store_in_every_mode() {
    for mode in [FsyncMode::Never, FsyncMode::AtSync, FsyncMode::EveryPut] {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("made/on/demand.zarr");
        let store = FilesystemStore::open(&root, mode).unwrap();
        assert!(!root.exists(), "opening writes nothing");
        check_store(&store);
        assert!(root.is_dir());
        assert_eq!(temporaries(directory.path()), [] as [PathBuf; 0]);
    }
}

#[test]
fn unfinished_objects_disturb_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(directory.path());
    store.put(&key("a/b"), b"1").unwrap();
    let left = directory
        .path()
        .join("a")
        .join(format!("{TEMPORARY_PREFIX}0123"));
    std::fs::write(&left, b"half").unwrap();
    assert_eq!(store.list(&Prefix::root()).unwrap().len(), 1);
    assert_eq!(
        store
            .list_children(&Prefix::new("a").unwrap())
            .unwrap()
            .objects
            .len(),
        1
    );
    store.put(&key("a/b"), b"2").unwrap();
    assert!(left.exists(), "only what removes on purpose removes them");
    store.delete(&key("a/b")).unwrap();
    assert!(store.is_empty(&Prefix::root()).unwrap());
    store.delete_prefix(&Prefix::new("a").unwrap()).unwrap();
    assert!(!left.exists());
}

#[test]
fn a_failed_put_leaves_the_old_object_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(directory.path());
    // A directory in the place of the object: the rename fails, after everything else.
    store.put(&key("a/b/c"), b"1").unwrap();
    let error = store.put(&key("a/b"), b"2").unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Obstructed);
    assert!(error.path().ends_with("a/b"), "{error}");
    // An object in the place of a directory.
    let error = store.put(&key("a/b/c/d"), b"2").unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Obstructed);
    assert_eq!(
        store.get(&key("a/b/c")).unwrap().as_deref(),
        Some(b"1".as_slice())
    );
    assert_eq!(temporaries(directory.path()), [] as [PathBuf; 0]);
}

#[test]
fn a_place_can_vanish_between_any_two_steps_of_a_put() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(directory.path());
    let (mut stored, mut vanished, mut other) = (0, 0, None);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let pauses = (0..300).step_by(37).cycle().map(Duration::from_micros);
            for pause in pauses.take_while(|_| !done.load(Ordering::Relaxed)) {
                // Without pauses nothing would ever be put where this is the faster one.
                std::thread::sleep(pause);
                // Fails only because the other is faster.
                if let Err(error) = store.delete_prefix(&Prefix::new("a").unwrap()) {
                    assert!(error.is_transient(), "{error}");
                }
            }
        });
        // On a busy machine one of the two may not come to its turn for long.
        while other.is_none() && (stored + vanished < 300 || (stored == 0 && vanished < 10_000)) {
            match store.put(&key("a/b/c/d"), b"bytes") {
                Ok(()) => stored += 1,
                Err(error) if error.kind() == StoreErrorKind::NotFound => vanished += 1,
                Err(error) => other = Some(error),
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(other.is_none(), "{other:?}");
    assert!(stored > 0, "{vanished} puts failed");
    store.put(&key("a/b/c/d"), b"bytes").unwrap();
    assert_eq!(temporaries(directory.path()), [] as [PathBuf; 0]);
}

#[test]
fn symbolic_links_are_followed_but_not_in_circles() {
    use std::os::unix::fs::symlink;
    let directory = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::write(elsewhere.path().join("x"), b"abc").unwrap();
    let store = store(directory.path());
    symlink(elsewhere.path(), directory.path().join("link")).unwrap();
    symlink("nowhere", directory.path().join("dangling")).unwrap();
    assert_eq!(
        store.get(&key("link/x")).unwrap().as_deref(),
        Some(b"abc".as_slice())
    );
    assert_eq!(store.get(&key("dangling")).unwrap(), None);
    assert_eq!(store.list(&Prefix::root()).unwrap()[0].key, key("link/x"));
    store.delete_prefix(&Prefix::new("link").unwrap()).unwrap();
    assert!(
        elsewhere.path().join("x").exists(),
        "what the link led to is not ours to remove"
    );
    assert!(!directory.path().join("link").exists());

    symlink(directory.path(), directory.path().join("circle")).unwrap();
    let error = store.list(&Prefix::root()).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Obstructed);
}

#[test]
fn a_durable_store_forgets_only_what_it_synced() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("x/archive");
    let store = FilesystemStore::open(&root, FsyncMode::AtSync).unwrap();
    for i in 0..5000 {
        store.put(&key(&format!("a/{i}/0")), b"1").unwrap();
    }
    assert!(store.dirty.len() < 5000, "memory is bounded");
    assert!(store.dirty.len() > 0);
    store.sync().unwrap();
    assert_eq!(store.dirty.len(), 0);
    store.delete(&key("a/1/0")).unwrap();
    assert_eq!(store.dirty.len(), 1);
    // A directory that is gone needs no sync.
    std::fs::remove_dir_all(&root).unwrap();
    store.sync().unwrap();
    assert_eq!(store.dirty.len(), 0);
}

/// One archive has many names: whoever opens a directory within it as a store of its own
/// meets the same locks.
#[test]
fn an_object_has_one_lock_from_wherever_its_store_begins() {
    use std::sync::atomic::{AtomicBool, Ordering};

    let directory = tempfile::tempdir().unwrap();
    let outer = FilesystemStore::open(directory.path(), FsyncMode::Never).unwrap();
    let inner = FilesystemStore::open(directory.path().join("g"), FsyncMode::Never).unwrap();
    let inside = AtomicBool::new(false);
    let sides = [
        (&outer, "g/t2m/c/0", "g/t2m/.zarrio/locks"),
        (&inner, "t2m/c/0", "t2m/.zarrio/locks"),
    ];
    std::thread::scope(|scope| {
        for (store, object, lock) in sides {
            let inside = &inside;
            scope.spawn(move || {
                let (object, lock) = (Key::new(object).unwrap(), Key::new(lock).unwrap());
                for _ in 0..100 {
                    let merge = &mut |old: Option<&[u8]>| {
                        assert!(!inside.swap(true, Ordering::SeqCst), "two are in at once");
                        std::thread::yield_now();
                        let mut new = old.unwrap_or_default().to_vec();
                        new.push(1);
                        inside.store(false, Ordering::SeqCst);
                        Some(new)
                    };
                    assert!(store.merge(&object, &lock, merge).unwrap());
                }
            });
        }
    });
    let object = outer.get(&Key::new("g/t2m/c/0").unwrap()).unwrap();
    assert_eq!(object.unwrap().len(), 200);
}
