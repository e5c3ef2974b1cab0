//! Chunks that are torn on a server.

use zarrio_store::{Key, Store as _};

use super::server::{Server, url};
use super::writers::template;
use crate::regions::year::{run, year};

#[test]
fn a_torn_chunk_of_one_file_is_mended_and_one_that_is_shared_is_left() {
    let (Some(server), Some(year)) = (Server::start(), year()) else {
        return;
    };
    let archive = url("mended");
    template(&server, &year, "mended");
    let write = || {
        let mut command = server.zarrio();
        command.arg("write-region").args(&year.files[..2]);
        run(command.args([&archive, "--workers", "2", "--quiet"]));
    };
    write();
    let store = server.store("mended");
    // January has 124 steps, and chunks have 100.
    let [own, shared] = [0, 1].map(|i| Key::new(format!("temperature/c/{i}/0/0")).unwrap());
    let whole = store.get(&own).unwrap().unwrap();
    store.put(&own, &whole[..whole.len() / 2]).unwrap();
    run(server.zarrio().args(["repair", &archive]));
    assert_eq!(store.get(&own).unwrap().unwrap(), whole);

    let before = store.get(&shared).unwrap().unwrap();
    store.put(&shared, &before[..before.len() / 2]).unwrap();
    let output = server.zarrio().args(["repair", &archive]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(6), "{said}");
    assert!(said.contains("several files share it"), "{said}");
    // As it says.
    store.delete(&shared).unwrap();
    run(server.zarrio().args(["repair", &archive]));
    assert_eq!(store.get(&shared).unwrap().unwrap(), before);
    run(server
        .zarrio()
        .arg("verify")
        .arg(&archive)
        .args(&year.files[..2]));
}
