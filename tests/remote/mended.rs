//! Chunks that are torn on a server.

use zarrio_store::{Key, Store as _};

use super::server::{Server, url};
use super::writers::{on_server, template};
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

/// The last chunk has more positions than the archive, where another process may be appending.
#[test]
fn a_chunk_across_the_end_of_an_archive_is_mended() {
    let (Some(server), Some(year)) = (Server::start(), year()) else {
        return;
    };
    let archive = url("end");
    template(&server, &year, "end");
    let mut command = server.zarrio();
    command.arg("write-region").args(&year.files[10..]);
    run(command.args([&archive, "--quiet"]));
    let store = server.store("end");
    let before = on_server(&server, "end");
    // The year has 1460 steps, and chunks have 100.
    let last = Key::new("temperature/c/14/0/0").unwrap();
    let whole = store.get(&last).unwrap().unwrap();
    let torn = |at: usize| store.put(&last, &whole[..at]).unwrap();
    let absent = |_| store.delete(&last).unwrap();
    let damages: [&dyn Fn(usize); 2] = [&torn, &absent];
    for (number, damage) in damages.iter().enumerate() {
        damage(whole.len() / 2);
        let mut verify = server.zarrio();
        let found = verify.args(["verify", &archive]).output().unwrap();
        assert_eq!(found.status.code(), Some(6), "{number}");
        let mut clean = server.zarrio();
        run(clean.args(["clean", &archive, "--older-than", "0s"]));
        run(server.zarrio().args(["repair", &archive]));
        assert!(on_server(&server, "end") == before, "{number}");
        let mut verify = server.zarrio();
        run(verify.args(["verify", &archive]).args(&year.files[10..]));
    }
    // And what grows out of it has all of both.
    let mut extend = server.zarrio();
    run(extend.args(["extend", &archive, "--global-end", "2022-01-31", "--quiet"]));
    store.put(&last, &whole[..3]).unwrap();
    run(server.zarrio().args(["repair", &archive]));
    assert_eq!(store.get(&last).unwrap().unwrap(), whole);
    let mut clean = server.zarrio();
    run(clean.args(["clean", &archive, "--older-than", "0s"]));
    run(server
        .zarrio()
        .args(["verify", &archive])
        .args(&year.files[10..]));
}
