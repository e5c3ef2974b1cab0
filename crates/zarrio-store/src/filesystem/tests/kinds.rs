//! Trouble is told from absence.

use std::process::Command;

use super::*;

#[test]
fn a_name_too_long_for_the_file_system_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let deep = ["x".repeat(200), "y".repeat(200), "z".repeat(200)].join("/");
    let mut root = directory.path().to_owned();
    for _ in 0..6 {
        root = root.join(&deep);
    }
    // The root alone is near the limit of a path; together they exceed it.
    let error = match FilesystemStore::open(&root, FsyncMode::Never) {
        Err(error) => error,
        Ok(store) => store.get(&key(&deep)).unwrap_err(),
    };
    assert_eq!(error.kind(), StoreErrorKind::InvalidKey);
}

#[test]
fn a_file_as_root_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = FilesystemStore::open(file.path(), FsyncMode::Never).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Obstructed);
    // The file may come after the store was opened.
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory.path().join("root"));
    std::fs::write(directory.path().join("root"), b"").unwrap();
    assert_eq!(
        store.put(&key("a"), b"1").unwrap_err().kind(),
        StoreErrorKind::Obstructed
    );
    assert_eq!(store.get(&key("a")).unwrap(), None);
}

#[test]
fn a_pipe_is_neither_absent_nor_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    let store = store(directory.path());
    assert_eq!(
        store.get(&key("pipe")).unwrap_err().kind(),
        StoreErrorKind::Obstructed
    );
    assert_eq!(
        store.size(&key("pipe")).unwrap_err().kind(),
        StoreErrorKind::Obstructed
    );
    assert_eq!(store.list(&Prefix::root()).unwrap(), []);
}

/// Root may do anything, so the call is made by another user in a process of its own.
#[test]
fn what_may_not_be_read_is_an_error_and_not_absent() {
    const ROOT: &str = "ZARRIO_TEST_FORBIDDEN_ROOT";
    const NAME: &str = "filesystem::tests::kinds::what_may_not_be_read_is_an_error_and_not_absent";
    if let Ok(root) = std::env::var(ROOT) {
        let store = FilesystemStore::open(root, FsyncMode::Never).unwrap();
        for result in [
            store.get(&key("shut/a")).map(|_| ()),
            store.put(&key("shut/a"), b"2"),
        ] {
            assert_eq!(result.unwrap_err().kind(), StoreErrorKind::PermissionDenied);
        }
        assert_eq!(
            store.get(&key("mute")).unwrap_err().kind(),
            StoreErrorKind::PermissionDenied
        );
        let error = store.list(&Prefix::root()).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::PermissionDenied);
        assert!(error.path().ends_with("shut"), "{error}");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("tests");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let root = directory.path().join("root");
    let store = store(&root);
    store.put(&key("shut/a"), b"1").unwrap();
    store.put(&key("mute"), b"1").unwrap();
    for (path, mode) in [("", "755"), ("shut", "000"), ("mute", "000"), ("..", "755")] {
        let status = Command::new("chmod")
            .arg(mode)
            .arg(root.join(path))
            .status()
            .unwrap();
        assert!(status.success());
    }
    let mut command = if rustix::process::geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(&program);
        command
    } else {
        Command::new(&program)
    };
    let output = command
        .args([NAME, "--exact", "--nocapture"])
        .env(ROOT, &root)
        .output()
        .unwrap();
    let _ = Command::new("chmod")
        .arg("755")
        .arg(root.join("shut"))
        .status();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{text}");
}
