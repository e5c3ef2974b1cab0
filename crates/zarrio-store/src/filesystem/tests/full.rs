//! Disks that are full or cannot be written. Needs the right to mount.

use std::io::Write as _;
use std::process::Command;

use super::*;

/// A mount that is gone with the value.
struct Mount(PathBuf);

impl Mount {
    /// `None`, loudly, where mounting is not permitted.
    fn new(directory: &Path, arguments: &[&str]) -> Option<Self> {
        let output = Command::new("mount")
            .args(arguments)
            .arg(directory)
            .output();
        match output {
            Ok(output) if output.status.success() => Some(Self(directory.to_owned())),
            other => {
                // Past the capture of test output.
                let _ = writeln!(
                    io::stderr(),
                    "SKIPPED: cannot mount {arguments:?}: {other:?}"
                );
                None
            }
        }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_named_and_keeps_its_old_objects() {
    let directory = tempfile::tempdir().unwrap();
    let Some(_mount) = Mount::new(directory.path(), &["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
    else {
        return;
    };
    let store = store(&directory.path().join("archive"));
    store.put(&key("a/old"), &[7; 400_000]).unwrap();
    for name in ["a/old", "a/new", "b/c/new"] {
        let error = store.put(&key(name), &[8; 900_000]).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::NoSpace, "{error}");
        assert!(!error.is_transient());
        assert!(error.hint().is_some_and(|hint| hint.contains("space")));
    }
    assert_eq!(temporaries(directory.path()), [] as [PathBuf; 0]);
    assert_eq!(store.get(&key("a/old")).unwrap(), Some(vec![7; 400_000]));
    assert_eq!(store.list(&Prefix::root()).unwrap().len(), 1);
    store
        .put(&key("a/new"), &[8; 500_000])
        .expect("the failed puts gave their space back");
}

#[test]
fn a_disk_without_room_for_another_file_is_full_too() {
    let directory = tempfile::tempdir().unwrap();
    let options = "size=1m,nr_inodes=6";
    let Some(_mount) = Mount::new(directory.path(), &["-t", "tmpfs", "-o", options, "tmpfs"])
    else {
        return;
    };
    let store = store(directory.path());
    let errors: Vec<_> = (0..8)
        .filter_map(|i| {
            store
                .put(&key(&format!("d{i}/x")), b"1")
                .err()
                .map(|e| e.kind())
        })
        .collect();
    assert!(errors.len() >= 4, "{errors:?}");
    assert!(
        errors.iter().all(|kind| *kind == StoreErrorKind::NoSpace),
        "{errors:?}"
    );
    assert_eq!(temporaries(directory.path()), [] as [PathBuf; 0]);
}

#[test]
fn a_read_only_archive_can_be_read_and_says_why_not_written() {
    let directory = tempfile::tempdir().unwrap();
    let archive = directory.path().join("archive");
    store(&archive).put(&key("a/b"), b"1").unwrap();
    let view = directory.path().join("view");
    std::fs::create_dir(&view).unwrap();
    let Some(_mount) = Mount::new(&view, &["--bind", archive.to_str().unwrap()]) else {
        return;
    };
    if Mount::new(&view, &["-o", "remount,ro,bind"])
        .map(std::mem::forget)
        .is_none()
    {
        return;
    }
    let store = store(&view);
    assert_eq!(
        store.get(&key("a/b")).unwrap().as_deref(),
        Some(b"1".as_slice())
    );
    let results = [
        store.put(&key("a/b"), b"2"),
        store.put(&key("new/x"), b"2"),
        store.delete(&key("a/b")),
        store.delete_prefix(&Prefix::new("a").unwrap()),
    ];
    for result in results {
        assert_eq!(result.unwrap_err().kind(), StoreErrorKind::ReadOnly);
    }
    store
        .delete(&key("absent"))
        .expect("absent is fine, also here");
    assert_eq!(store.list(&Prefix::root()).unwrap().len(), 1);
}
