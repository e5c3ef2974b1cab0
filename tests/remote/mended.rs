//! Chunks that are torn on a server.

use zarrio_store::{Key, Store as _};

use super::server::{Server, url};
use super::writers::template;
use crate::regions::year::{run, year};

#[test]
fn torn_chunks_of_one_file_and_of_several_are_mended() {
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
    let verify = || server.zarrio().args(["verify", &archive]).output().unwrap();
    assert_eq!(verify().status.code(), Some(6));
    run(server.zarrio().args(["repair", &archive]));
    assert_eq!(store.get(&shared).unwrap().unwrap(), before);
    run(server
        .zarrio()
        .arg("verify")
        .arg(&archive)
        .args(&year.files[..2]));
}
