//! Files at URLs as inputs: read in place, from copies, by either reader.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use zarrio_store::{Key, Store as _};

use super::proxy::Proxy;
use super::server::{Server, through, url};
use super::web::{Manners, Web};
use super::writers::{alone, on_server};
use crate::regions::objects::objects;
use crate::regions::year::{Year, run, year};
use crate::support::repository;

/// Puts the files of the year into the bucket, and gives their URLs.
fn upload(server: &Server, year: &Year) -> Vec<String> {
    let store = server.store_at("s3://archives/year");
    let urls = year.files.iter().map(|file| {
        let name = file.file_name().unwrap().to_str().unwrap();
        let bytes = std::fs::read(file).unwrap();
        store.put(&Key::new(name).unwrap(), &bytes).unwrap();
        format!("s3://archives/year/{name}")
    });
    urls.collect()
}

fn json(command: &mut Command) -> Value {
    serde_json::from_slice(&run(command).stdout).unwrap()
}

#[test]
fn every_command_reads_files_where_they_are() {
    let (Some(server), Some(year)) = (Server::start(), year()) else {
        return;
    };
    let urls = upload(&server, &year);
    let archive = url("sourced");
    let pattern = "s3://archives/year/2021-*.nc";
    let there = json(server.zarrio().args(["info", "--json", &urls[0]]));
    let here = json(
        crate::support::zarrio()
            .args(["info", "--json"])
            .arg(&year.files[0]),
    );
    assert!(there["groups"].is_array(), "{there}");
    assert_eq!(there["groups"], here["groups"]);
    for command in ["inspect-inputs", "analyze"] {
        let output = run(server.zarrio().args([command, pattern]));
        assert!(!output.stdout.is_empty(), "{command}");
    }
    let mut ingest = server.zarrio();
    ingest.args(["ingest", "s3://archives/year/", &archive]);
    ingest.args(["--global-start", "2021-01-01", "--global-end", "2021-12-31"]);
    run(ingest.args(["--chunking", "time:100", "--quiet"]));
    let (found, expected) = (on_server(&server, "sourced"), alone(&year));
    assert!(found == expected, "the archive is another one");
    run(server.zarrio().args(["verify", &archive, pattern]));
    // The records name the URLs, which are there still.
    run(server.zarrio().args(["verify", &archive]));

    // What is on record is skipped by its version, until there is another one.
    let resume = |server: &Server| {
        let mut command = server.zarrio();
        command.args([
            "write-region",
            &urls[1],
            &archive,
            "--resume",
            "--json",
            "-q",
        ]);
        json(&mut command)["files"][0]["status"].clone()
    };
    assert_eq!(resume(&server), "skipped");
    // The same bytes put again are the same version.
    upload(&server, &year);
    assert_eq!(resume(&server), "skipped");
    let store = server.store("sourced");
    let names = server.names("sourced");
    let records: Vec<&String> = names.iter().filter(|n| n.contains("/records/")).collect();
    assert_eq!(
        records.len(),
        13,
        "of the template and the files: {records:?}"
    );
    for name in records {
        let record = store.get(&Key::new(name.as_str()).unwrap()).unwrap();
        let record: Value = serde_json::from_slice(&record.unwrap()).unwrap();
        let source = &record["source"];
        let path = source["path"].as_str().unwrap();
        assert!(path.starts_with("s3://archives/year/2021-"), "{record}");
        assert!(source["version"].is_string(), "{record}");
    }
}

/// A file is converted to the same objects wherever it is, by either reader, from a copy or in
/// place, through a network that fails.
#[test]
fn a_file_at_a_url_gives_what_it_gives_on_a_disk() {
    let Some(server) = Server::start() else {
        return;
    };
    let proxy = Proxy::before(server.port, 10, 0x9e37_79b9_7f4a_7c15);
    let store = server.store_at("s3://archives/data");
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("cache");
    let cache = cache.to_str().unwrap();
    for name in ["wind.nc", "tas-2005.nc"] {
        let file = data(name);
        let key = Key::new(name).unwrap();
        store.put(&key, &std::fs::read(&file).unwrap()).unwrap();
        let local = convert(crate::support::zarrio(), file.to_str().unwrap(), &[]);
        let source = format!("s3://archives/data/{name}");
        for options in [
            &[][..],
            &["--reader", "rust"],
            &["--reader", "c"],
            &["--cache-dir", cache],
            &["--cache-dir", cache, "--reader", "c"],
        ] {
            let remote = convert(through(proxy.port), &source, options);
            assert!(remote == local, "{name} {options:?}");
        }
    }
    let copies: Vec<_> = std::fs::read_dir(cache)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(copies.len(), 2, "one copy of each: {copies:?}");
    assert!(proxy.tally.faults.lock().unwrap().len() > 3);
}

#[test]
fn a_web_server_is_read_from_with_parts_and_without() {
    let file = data("wind.nc");
    let local = convert(crate::support::zarrio(), file.to_str().unwrap(), &[]);
    let bytes = std::fs::read(&file).unwrap();
    for manners in [Manners::Parts, Manners::WholeOnly] {
        let web = Web::serving(bytes.clone(), manners);
        let source = format!("http://127.0.0.1:{}/some/wind.nc", web.port);
        // What is meant for another service is no obstacle.
        let options = ["--storage-option", "region=eu-west-1"];
        let remote = convert(crate::support::zarrio(), &source, &options);
        assert!(remote == local, "{manners:?}");
    }
}

#[test]
fn a_file_that_is_replaced_while_it_is_read_is_an_error() {
    let bytes = std::fs::read(data("wind.nc")).unwrap();
    // After the first look at it, and when all of it has been read.
    for answers in [1, 2] {
        let web = Web::serving(bytes.clone(), Manners::ReplacedAfter(answers));
        let directory = tempfile::tempdir().unwrap();
        let output = crate::support::zarrio()
            .args(["convert", &format!("http://127.0.0.1:{}/wind.nc", web.port)])
            .arg(directory.path().join("out.zarr"))
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{answers}: {said}");
        assert!(
            said.contains("was replaced by another while it was read"),
            "{said}"
        );
        assert!(!directory.path().join("out.zarr/zarr.json").exists());
    }
}

fn data(name: &str) -> std::path::PathBuf {
    repository().join("tests/data").join(name)
}

/// What a conversion makes of a source, without what names it.
fn convert(mut command: Command, source: &str, options: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let directory = tempfile::tempdir().unwrap();
    let archive = directory.path().join("out.zarr");
    run(command
        .args(["convert", source])
        .arg(&archive)
        .args(options)
        .arg("--quiet"));
    made(&archive)
}

fn made(archive: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut objects = objects(archive);
    let root = objects.get_mut("/zarr.json").expect("the root's document");
    let mut document: Value = serde_json::from_slice(root).unwrap();
    document["attributes"]["history"] = Value::Null;
    *root = document.to_string().into_bytes();
    objects
}
