//! Writers that are killed while they write to a server.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use zarrio::model::NodePath;
use zarrio::model::config::Config;
use zarrio::netcdf::{NetcdfSource, OpenOptions};
use zarrio::region::{Converter, MatchOptions, ZarrSource};
use zarrio::store::{Prefix, Store as _};

use super::proxy::Proxy;
use super::server::{Server, through, url};
use super::writers::template;
use crate::regions::year::{run, year};

/// What stands in the sheets of the register.
fn entered(server: &Server, name: &str) -> String {
    let store = server.store(name);
    let all = store.list(&Prefix::root()).unwrap().into_iter();
    let sheets = all.filter(|object| object.key.as_str().contains("/register/"));
    let text = sheets.map(|sheet| String::from_utf8(store.get(&sheet.key).unwrap().unwrap()));
    text.map(Result::unwrap).collect()
}

fn announced(server: &Server, name: &str) -> Vec<String> {
    let names = server.names(name).into_iter();
    names.filter(|name| name.contains("/intents/")).collect()
}

#[test]
fn a_killed_writer_is_in_the_way_of_another_file_for_a_minute_and_no_longer() {
    let (Some(server), Some(year)) = (Server::start(), year()) else {
        return;
    };
    let (name, archive) = ("killed", url("killed"));
    template(&server, &year, name);
    let write = |file: &PathBuf| {
        let mut command = server.zarrio();
        command.arg("write-region").args([file]);
        command.args([&archive, "--quiet"]);
        command
    };
    run(&mut write(&year.files[1]));
    // The same values in files of other names: other files.
    let directory = tempfile::tempdir().unwrap();
    let [killed, other] = ["killed.nc", "other.nc"].map(|name| {
        let file = directory.path().join(name);
        std::fs::copy(&year.files[1], &file).unwrap();
        file
    });
    let far = Proxy::far_from(server.port, Duration::from_millis(50));
    let mut child = through(far.port)
        .arg("write-region")
        .args([killed.as_os_str(), archive.as_ref()])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !entered(&server, name).contains("/killed.nc") {
        assert!(child.try_wait().unwrap().is_none(), "it ended before");
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(announced(&server, name), [""; 0], "an entry is all of it");

    let refused = write(&other).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(75), "{said}");
    assert!(said.contains("killed.nc"), "{said}");

    // Somebody else, a minute later by the server's clock as he takes it.
    let store = server.store(name);
    store.skip(61);
    let source = NetcdfSource::open(&other, &OpenOptions::default()).unwrap();
    let open = ZarrSource::open(store, &NodePath::root()).unwrap();
    Converter::new(Config::default())
        .write_region(&source, &open, &MatchOptions::default())
        .unwrap();
    assert_eq!(announced(&server, name).len(), 1, "that of the dead one");
    // What it left goes with its own work.
    run(&mut write(&killed));
    assert_eq!(announced(&server, name), [""; 0]);
    run(server.zarrio().args(["verify", &archive]).args([&killed]));
}
