//! How many requests a command makes, as it says itself.

use serde_json::Value;

use super::server::{Server, url};
use super::writers::template;
use crate::regions::year::{run, year};

/// A region takes the puts of its objects, of its announcement and of its record, no listing, and
/// no removal.
#[test]
fn a_region_takes_as_many_puts_as_it_has_objects_and_no_listing() {
    let (Some(server), Some(year)) = (Server::start(), year()) else {
        return;
    };
    template(&server, &year, "counted");
    // Whoever is the first finds out whether conditions hold.
    run(server
        .zarrio()
        .arg("write-region")
        .arg(&year.files[5])
        .arg(url("counted"))
        .arg("--quiet"));
    // What is there already is merged with, and not put again.
    for (i, resume, is_new) in [(0, false, true), (1, true, true), (1, false, false)] {
        let mut command = server.zarrio();
        command.arg("write-region").arg(&year.files[i]);
        command.arg(url("counted")).args(["--json", "--quiet"]);
        if resume {
            command.arg("--resume");
        }
        let report: Value = serde_json::from_slice(&run(&mut command).stdout).unwrap();
        let number = |value: &Value| value.as_u64().unwrap();
        let regions = report["files"][0]["regions"].as_array().unwrap();
        let objects: u64 = regions.iter().map(|region| number(&region["chunks"])).sum();
        let requests = &report["requests"];
        let shared: u64 = regions.iter().map(|r| number(&r["shared_chunks"])).sum();
        assert!(objects >= 4 && shared > 0, "{report}");
        assert_eq!(number(&requests["list"]), 0, "{requests}");
        let put = if is_new { objects } else { 0 };
        assert_eq!(number(&requests["put"]), put + 1 + 1, "{requests}");
        assert_eq!(number(&requests["delete"]), 0, "{requests}");
    }
    // Those of different parts of the year do not wait for each other.
    let names = server.names("counted");
    for sheet in ["form", "wide", "0"] {
        let end = format!("/register/{sheet}.json");
        assert!(names.iter().any(|name| name.ends_with(&end)), "{names:?}");
    }
    let mut command = server.zarrio();
    command.arg("write-region").arg(&year.files[3]);
    let said = run(command.arg(url("counted"))).stderr;
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("\n  requests: GET "), "{said}");
    assert!(said.contains(" LIST 0, DELETE 0\n"), "{said}");
}

/// Nobody shares a chunk with who makes an archive, whose last chunks lie across its end.
#[test]
fn an_archive_that_is_made_whole_tries_nothing_out() {
    let (Some(server), Some(year)) = (Server::start(), year()) else {
        return;
    };
    template(&server, &year, "whole");
    let mut command = server.zarrio();
    command.arg("convert").arg(&year.files[0]).arg(url("one"));
    run(command.args(["--chunking", "time:100", "--quiet"]));
    for name in ["whole", "one"] {
        let names = server.names(name);
        let tried = |name: &&String| name.contains("conditions.json") || name.contains("trial");
        assert!(
            names.iter().any(|name| name.ends_with("time/c/0")),
            "{names:?}"
        );
        assert_eq!(names.iter().find(tried), None);
    }
}
