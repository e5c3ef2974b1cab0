//! Archives on a server as inputs.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use zarrio_store::{Key, Prefix, Store as _};

use super::server::{Server, through, url};
use crate::regions::objects::objects;
use crate::support::repository;

fn run(server: &Server, directory: &Path, line: &str) -> Output {
    server
        .zarrio()
        .current_dir(directory)
        .args(line.split(' '))
        .output()
        .unwrap()
}

fn must(server: &Server, directory: &Path, line: &str) -> String {
    let output = run(server, directory, line);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{line}: {words}");
    words
}

/// The chunks of an archive in a directory.
fn chunks(archive: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut objects = objects(archive);
    objects.retain(|path, _| path.contains("/c/"));
    assert!(objects.len() > 6, "{:?}", objects.keys());
    objects
}

/// What is on a server gives what a file gives.
#[test]
fn archives_on_a_server_are_inputs_as_files_are() {
    let Some(server) = Server::start() else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    let must = |line: &str| must(&server, place, line);
    for part in ["part-1", "part-2"] {
        let from = repository().join(format!("tests/cli/data/{part}.nc"));
        std::fs::copy(from, place.join(format!("{part}.nc"))).unwrap();
        must(&format!(
            "convert {part}.nc {} --zarr-format 2 -q",
            url(part)
        ));
    }
    let inputs = |part: &str| [format!("{part}.nc"), url(part)];
    for (first, second, out) in inputs("part-1")
        .iter()
        .zip(&inputs("part-2"))
        .zip(["nc", "s3"])
        .map(|((a, b), out)| (a, b, out))
    {
        must(&format!("convert {first} a-{out} --chunking time:6 -q"));
        let again = must(&format!("convert {first} a-{out} --chunking time:6"));
        assert!(again.contains("already"), "{again}");
        must(&format!("append {second} a-{out} -q"));
        let again = must(&format!("append {second} a-{out} --resume"));
        assert!(again.contains("on record already"), "{again}");
        must(&format!("verify a-{out} --sources -q"));
        must(&format!(
            "create-template {first} r-{out} --global-end 2020-01-04 --chunking time:6 -q"
        ));
        must(&format!("ingest {first} {second} r-{out} -q"));
        must(&format!("write-region {second} r-{out} --force -q"));
        must(&format!("verify r-{out} {first} {second} -q"));
    }
    for kind in ["a", "r"] {
        let of = |out: &str| {
            let mut chunks = chunks(&place.join(format!("{kind}-{out}")));
            // In an archive no dimension is unlimited, so that the labels of a template are no
            // longer than it is.
            chunks.retain(|path, _| kind == "a" || !path.contains("time/"));
            chunks
        };
        assert!(of("nc") == of("s3"), "{kind}");
    }

    // What was torn is mended from the server.
    let chunk = place.join("a-s3/t2m/c/1/0/0");
    std::fs::write(&chunk, b"torn").unwrap();
    must("repair a-s3 -q");
    assert!(chunks(&place.join("a-nc")) == chunks(&place.join("a-s3")));

    // From one place of the server to another.
    let copy = url("copy");
    must(&format!(
        "convert {} {copy} --chunking time:2 -q",
        url("part-1")
    ));
    must(&format!("append {} {copy} -q", url("part-2")));
    must(&format!("verify {copy} part-1.nc part-2.nc -q"));
}

#[test]
fn inputs_on_a_server_that_are_none() {
    let Some(server) = Server::start() else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    let from = repository().join("tests/cli/data/part-1.nc");
    std::fs::copy(from, place.join("a.nc")).unwrap();
    must(&server, place, &format!("convert a.nc {} -q", url("in")));
    let listed = || server.store("in").list(&Prefix::root()).unwrap();
    let before = listed();
    let refused = |line: &str, code: i32| {
        let output = run(&server, place, line);
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{line}: {words}");
        words
    };
    let input = url("in");
    for output in [
        input.clone(),
        format!("{input}/t2m"),
        "s3://archives".into(),
    ] {
        let words = refused(&format!("convert {input} {output} --overwrite"), 2);
        assert!(words.contains("lie within each other"), "{words}");
    }
    assert_eq!(listed(), before);
    let words = refused(&format!("convert {} out.zarr", url("none")), 3);
    assert!(words.contains("none.zarr"), "{words}");
    assert!(!place.join("out.zarr").exists());

    // A change of anything is a change of the input.
    must(&server, place, &format!("convert {input} out.zarr -q"));
    let store = server.store("in");
    let chunk = Key::new("t2m/c/0/0/0").unwrap();
    let bytes = store.get(&chunk).unwrap().expect("it was written");
    store
        .put(&chunk, &[&bytes[..], &bytes[..]].concat())
        .unwrap();
    refused(&format!("convert {input} out.zarr"), 2);
}

/// Web consoles keep a folder by an empty object whose name is that of the place.
#[test]
fn folders_of_consoles_are_passed_over() {
    let Some(server) = Server::start() else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    let from = repository().join("tests/cli/data/part-1.nc");
    std::fs::copy(from, place.join("a.nc")).unwrap();
    let archive = url("in");
    server.make_folder("in");
    assert!(server.store("in").list(&Prefix::root()).unwrap().is_empty());
    for options in ["", " --overwrite"] {
        must(
            &server,
            place,
            &format!("convert a.nc {archive} -q{options}"),
        );
        for command in ["info", "status", "verify"] {
            must(&server, place, &format!("{command} {archive}"));
        }
    }
    must(&server, place, &format!("convert {archive} out.zarr -q"));
    // What lies in an archive is a group of it.
    for line in ["convert a.nc", "create-template a.nc"] {
        let said = run(&server, place, &format!("{line} {archive}/sub --overwrite"));
        assert_eq!(said.status.code(), Some(2), "{said:?}");
        let words = String::from_utf8_lossy(&said.stderr);
        assert!(words.contains("--group sub"), "{words}");
    }
    let said = run(&server, place, &format!("convert a.nc {archive}/a/b/c"));
    assert_eq!(said.status.code(), Some(2), "{said:?}");
    let words = String::from_utf8_lossy(&said.stderr);
    assert!(words.contains("--group a/b/c"), "{words}");
}

/// Who asks to stop does not wait for a server that does not answer.
#[test]
fn an_input_that_does_not_come_can_be_stopped() {
    let directory = tempfile::tempdir().unwrap();
    let from = repository().join("tests/cli/data/part-1.nc");
    std::fs::copy(from, directory.path().join("a.nc")).unwrap();
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = silent.local_addr().unwrap().port();
    let begin = |line: &str| {
        let mut command = through(port);
        let command = command.args(line.split(' ')).current_dir(directory.path());
        command.env("ZARRIO_REMOTE_TIMEOUT", "600").spawn().unwrap()
    };
    let made = begin("convert a.nc out.zarr -q").wait().unwrap();
    assert!(made.success());
    for input in [
        format!("http://127.0.0.1:{port}/b.nc"),
        "s3://archives/b.zarr".to_owned(),
    ] {
        let mut writer = begin(&format!("write-region {input} out.zarr -q"));
        let (_asked, _) = silent.accept().unwrap();
        let id = rustix::process::Pid::from_child(&writer);
        rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
        let begun = Instant::now();
        while writer.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_secs(120) {
            std::thread::sleep(Duration::from_millis(20));
        }
        writer.kill().unwrap();
        assert_eq!(writer.wait().unwrap().code(), Some(130), "{input}");
    }
}
