//! Many requests under way at once, on a way to the server that takes long.

use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::proxy::Proxy;
use super::server::{Server, through, url};
use super::writers::{alone, on_server, template};
use crate::regions::year::{run, year};

/// Long enough that whoever can be under way at once is.
const DELAY: Duration = Duration::from_millis(100);

/// The program with two threads and so many requests at once.
fn at_once(port: u16, requests: u32) -> Command {
    let mut command = through(port);
    command
        .env(
            "ZARRIO_REMOTE_MAX_CONCURRENT_REQUESTS",
            requests.to_string(),
        )
        .env("ZARRIO_JOBS", "2");
    command
}

#[test]
fn chunks_are_under_way_by_the_dozen_and_no_more_than_are_allowed() {
    let (Some(server), Some(year)) = (Server::start(), year()) else {
        return;
    };
    let convert = |proxy: &Proxy, requests, name| {
        let mut command = at_once(proxy.port, requests);
        command.arg("convert").arg(&year.files[0]).arg(url(name));
        // 31 chunks of each of two variables.
        run(command.args(["--chunking", "time:4", "--quiet"]));
        proxy.tally.most.load(Ordering::SeqCst)
    };
    let far = Proxy::far_from(server.port, DELAY);
    let most = convert(&far, 12, "many");
    assert!((9..=12).contains(&most), "{most} at once");
    let far = Proxy::far_from(server.port, DELAY / 20);
    let most = convert(&far, 1, "few");
    assert_eq!(most, 1, "at once");
    assert!(on_server(&server, "many") == on_server(&server, "few"));
}

/// Those of labels, and the documents of arrays.
#[test]
fn documents_and_labels_are_under_way_together() {
    let (Some(server), Some(year)) = (Server::start(), year()) else {
        return;
    };
    for (counted, least) in [("/zarr.json ", 5), ("/c/0 ", 3)] {
        let far = Proxy::far_from_counting(server.port, DELAY, counted);
        let name = format!("documents-{least}");
        let mut command = at_once(far.port, 12);
        command.arg("convert").arg(&year.files[0]).arg(url(&name));
        run(command.args(["--chunking", "time:124", "--quiet"]));
        let most = far.tally.most.load(Ordering::SeqCst);
        assert!((least..=12).contains(&most), "{counted}: {most} at once");
    }
}

/// Those that are merged too: a read and a write each.
#[test]
fn shared_chunks_are_under_way_together() {
    let (Some(server), Some(year)) = (Server::start(), year()) else {
        return;
    };
    let reference = alone(&year);
    template(&server, &year, "together");
    let (far_ones, others) = year.files.split_at(2);
    for file in far_ones {
        let far = Proxy::far_from(server.port, DELAY / 2);
        let mut command = at_once(far.port, 12);
        command.arg("write-region").arg(file).arg(url("together"));
        run(command.arg("--quiet"));
        // Two or three chunks of each of two variables.
        let most = far.tally.most.load(Ordering::SeqCst);
        assert!((3..=12).contains(&most), "{most} at once");
    }
    let mut command = server.zarrio();
    command
        .arg("write-region")
        .args(others)
        .arg(url("together"));
    run(command.arg("--quiet"));
    assert!(on_server(&server, "together") == reference);
}

/// The one chunk that cannot be put is named, and nothing says that the archive is there.
#[test]
fn one_of_many_that_fails_is_named_and_nothing_is_committed() {
    let (Some(server), Some(year)) = (Server::start(), year()) else {
        return;
    };
    let proxy = Proxy::refusing(
        server.port,
        DELAY / 4,
        "/refused.zarr/temperature/c/17/0/0 ",
    );
    let mut command = at_once(proxy.port, 16);
    command
        .arg("convert")
        .arg(&year.files[0])
        .arg(url("refused"));
    let output = command.args(["--chunking", "time:4", "--quiet"]).output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{said}");
    let named = "cannot store chunk [17, 0, 0] of variable \"temperature\"";
    assert!(said.contains(named), "{said}");
    let left = server.names("refused");
    assert!(left.is_empty(), "{left:?}");

    template(&server, &year, "refused");
    let proxy = Proxy::refusing(
        server.port,
        DELAY / 4,
        "PUT /archives/refused.zarr/rain/c/1/0/0 ",
    );
    let mut command = at_once(proxy.port, 16);
    command.arg("write-region").arg(&year.files[0]);
    let output = command.args([&url("refused"), "--quiet"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("cannot store chunk [1, 0, 0] of variable \"rain\""),
        "{said}"
    );
    let records = server.names("refused");
    let records = records.iter().filter(|name| name.contains("/records/"));
    // That of the template.
    assert_eq!(records.count(), 1, "{said}");
    // And the next one finds no obstacle.
    run(server
        .zarrio()
        .arg("write-region")
        .arg(&year.files[0])
        .args([&url("refused"), "--quiet"]));
}
