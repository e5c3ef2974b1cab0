//! The commands against a server whose conditional writes hold.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use zarrio_store::{Prefix, Store as _};

use super::server::{SECRET, Server, url};
use crate::regions::objects::objects;
use crate::regions::year::{Random, Year, run, year};
use crate::support::{repository, shared_out, skip};

const PROCESSES: usize = 8;
/// How often they meet, unless `ZARRIO_TEST_ROUNDS` says so.
const ROUNDS: u64 = 3;

/// An empty archive for the year in which every file shares chunks with others.
pub(super) fn template(server: &Server, year: &Year, name: &str) {
    run(create(server.zarrio(), year).arg(url(name)));
}

fn create(mut command: Command, year: &Year) -> Command {
    command
        .arg("create-template")
        .arg(&year.files[0])
        .args(["--global-start", "2021-01-01", "--global-end", "2021-12-31"])
        .args(["--chunking", "time:100", "--quiet"]);
    command
}

/// What a single process writes into a directory.
pub(super) fn alone(year: &Year) -> BTreeMap<String, Vec<u8>> {
    let directory = tempfile::tempdir().unwrap();
    let archive = directory.path().join("alone.zarr");
    run(create(crate::support::zarrio(), year).arg(&archive));
    run(crate::support::zarrio()
        .arg("write-region")
        .args(&year.files)
        .arg(&archive)
        .arg("--quiet"));
    without_history(objects(&archive))
}

/// The objects of an archive on the server, as those of a directory.
pub(super) fn on_server(server: &Server, name: &str) -> BTreeMap<String, Vec<u8>> {
    let store = server.store(name);
    let listed = store.list(&Prefix::root()).unwrap();
    let own = listed
        .iter()
        .filter(|o| !o.key.as_str().contains(".zarrio"));
    let read = own.map(|object| {
        let bytes = store.get(&object.key).unwrap().expect("it was listed");
        (format!("/{}", object.key), bytes)
    });
    without_history(read.collect())
}

/// The line of the command that made it names the archive and the time.
fn without_history(mut objects: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let root = objects.get_mut("/zarr.json").expect("the root's document");
    let mut document: Value = serde_json::from_slice(root).unwrap();
    document["attributes"]["history"] = Value::Null;
    *root = document.to_string().into_bytes();
    objects
}

#[test]
fn eight_writers_leave_what_one_leaves() {
    let (Some(server), Some(year)) = (Server::start(), year()) else {
        return;
    };
    let reference = alone(&year);
    let rounds = std::env::var("ZARRIO_TEST_ROUNDS");
    let rounds = rounds.map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    for round in 0..rounds {
        let name = format!("round-{round}");
        template(&server, &year, &name);
        let mut files = year.files.clone();
        Random(0x9e37_79b9_7f4a_7c15 + round).shuffle(&mut files);
        shared_out(PROCESSES, files, |file| {
            let mut command = server.zarrio();
            run(command
                .arg("write-region")
                .args([file])
                .arg(url(&name))
                .arg("--quiet"));
        });
        let found = on_server(&server, &name);
        assert_eq!(
            found.keys().collect::<Vec<_>>(),
            reference.keys().collect::<Vec<_>>(),
            "round {round}"
        );
        for (key, bytes) in &found {
            assert!(bytes == &reference[key], "round {round}: {key} differs");
        }
        run(server
            .zarrio()
            .args(["status", "--require-complete", &url(&name)]));
        run(server
            .zarrio()
            .arg("verify")
            .arg(url(&name))
            .args(&year.files));
        let left = server.names(&name);
        let left: Vec<_> = left
            .iter()
            .filter(|n| n.contains("trial-") || n.contains("clock-") || n.contains("intents/"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// Every command on a URL, and xarray in the end.
#[test]
fn an_archive_lives_on_a_server_as_in_a_directory() {
    let (Some(server), Some(year)) = (Server::start(), year()) else {
        return;
    };
    let url = url("life");
    run(server
        .zarrio()
        .arg("ingest")
        .args(&year.files)
        .arg(&url)
        .args(["--workers", "4"]));
    for command in ["info", "status", "verify", "log", "digest"] {
        let output = run(server.zarrio().args([command, &url]));
        assert!(!output.stdout.is_empty(), "{command}");
    }
    let again = run(server.zarrio().arg("ingest").args(&year.files).arg(&url));
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(said.contains("12"), "{said}");

    let convert = |overwrite: bool| {
        let mut command = server.zarrio();
        command
            .arg("convert")
            .arg(&year.files[0])
            .arg("s3://archives/one.zarr");
        if overwrite {
            command.arg("--overwrite");
        }
        command
    };
    run(&mut convert(false));
    run(&mut convert(true));
    read_by_xarray(&server, &url);
}

/// A Python with s3fs; skips aloud where there is none, or fails where all must be there.
pub(super) fn s3fs() -> Option<PathBuf> {
    let python = repository().join(".venv-s3fs/bin/python");
    if !python.exists() {
        let must = std::env::var_os("ZARRIO_REQUIRE_PYTHON").is_some_and(|v| v == "1");
        assert!(
            !must,
            "no s3fs at {}; scripts/test installs it",
            python.display()
        );
        skip("there is no s3fs");
        return None;
    }
    Some(python)
}

fn read_by_xarray(server: &Server, url: &str) {
    let Some(python) = s3fs() else { return };
    let output = Command::new(python)
        .arg("-W")
        .arg("error::UserWarning")
        .arg(repository().join("tests/remote/read.py"))
        .arg(format!("http://127.0.0.1:{}", server.port))
        .arg(url)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    assert!(
        String::from_utf8_lossy(&output.stdout).starts_with("equal"),
        "{output:?}"
    );
}
