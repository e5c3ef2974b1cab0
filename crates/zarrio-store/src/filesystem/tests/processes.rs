//! Several processes in one directory.

use std::process::{Child, Command};

use super::*;

const ROOT: &str = "ZARRIO_TEST_SHARED_ROOT";
const NAME: &str = "filesystem::tests::processes::processes_replace_one_object_whole";
const LENGTH: usize = 100_000;

/// Starts this very test in another process; there it is the writer of one state.
fn writer(root: &Path, state: u8) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([NAME, "--exact", "--nocapture"])
        .env(ROOT, root)
        .env("ZARRIO_TEST_STATE", state.to_string())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn processes_replace_one_object_whole() {
    if let Ok(root) = std::env::var(ROOT) {
        let state: u8 = std::env::var("ZARRIO_TEST_STATE").unwrap().parse().unwrap();
        let store = store(Path::new(&root));
        for round in 0..200 {
            store
                .put(
                    &key("shared/object"),
                    &vec![state; LENGTH + usize::from(state)],
                )
                .unwrap();
            store
                .put(&key(&format!("own/{round}/{state}")), &[state])
                .unwrap();
        }
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let store = store(directory.path());
    let mut writers: Vec<_> = (1..=2)
        .map(|state| writer(directory.path(), state))
        .collect();
    let mut seen = 0;
    while writers
        .iter_mut()
        .any(|writer| writer.try_wait().unwrap().is_none())
    {
        if let Some(bytes) = store.get(&key("shared/object")).unwrap() {
            let state = bytes[0];
            assert!(
                bytes == vec![state; LENGTH + usize::from(state)],
                "torn: {}",
                bytes.len()
            );
            seen += 1;
        }
        store
            .list(&Prefix::root())
            .expect("listing goes on while others write");
    }
    for mut writer in writers {
        assert!(writer.wait().unwrap().success());
    }
    assert!(seen > 0);
    assert_eq!(store.list(&Prefix::root()).unwrap().len(), 1 + 2 * 200);
    assert_eq!(temporaries(directory.path()), [] as [PathBuf; 0]);
}

#[test]
fn a_killed_writer_leaves_whole_objects() {
    for _ in 0..5 {
        let directory = tempfile::tempdir().unwrap();
        let store = store(directory.path());
        let mut victim = writer(directory.path(), 1);
        while store.get(&key("shared/object")).unwrap().is_none() {
            assert!(
                victim
                    .try_wait()
                    .unwrap()
                    .is_none_or(|status| status.success())
            );
        }
        victim.kill().unwrap();
        victim.wait().unwrap();
        let bytes = store.get(&key("shared/object")).unwrap().unwrap();
        assert!(bytes == vec![1; LENGTH + 1]);
        store
            .put(&key("shared/object"), b"next")
            .expect("what it left is in nobody's way");
    }
}
