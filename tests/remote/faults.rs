//! What goes wrong on the way to a server, and what is said of it.

use super::proxy::Proxy;
use super::server::{NOBODY, SECRET, Server, through, url};
use super::writers::{alone, on_server};
use crate::regions::year::year;

const FAULTS: usize = 200;
/// How often a job may be run again before it must have gone through.
const RUNS: usize = 8;

/// Requests that are late, refused, lost or cut: the archive in the end is the same.
#[test]
fn an_ingest_goes_through_two_hundred_faults() {
    let (Some(server), Some(year)) = (Server::start(), year()) else {
        return;
    };
    let reference = alone(&year);
    let (mut faults, mut round) = (0, 0_u64);
    while faults < FAULTS {
        let proxy = Proxy::before(server.port, 8, 0x2545_f491_4f6c_dd1d + round);
        let name = format!("faults-{round}");
        let mut runs = 0;
        loop {
            let mut command = through(proxy.port);
            command.arg("ingest").args(&year.files).arg(url(&name));
            command.args(["--global-start", "2021-01-01", "--global-end", "2021-12-31"]);
            command.args(["--chunking", "time:100", "--workers", "2", "--quiet"]);
            let output = command.output().unwrap();
            runs += 1;
            let code = output.status.code();
            if code == Some(0) {
                break;
            }
            assert!(runs < RUNS && code == Some(75), "{output:?}");
        }
        for (key, bytes) in on_server(&server, &name) {
            assert!(
                reference.get(&key) == Some(&bytes),
                "round {round}: {key} differs"
            );
        }
        faults += proxy.tally.faults.lock().unwrap().len();
        round += 1;
    }
    eprintln!("{faults} faults in {round} rounds");
}

/// What keeps a command from a server is said in one error, and secrets never.
#[test]
fn errors_name_the_url_and_no_secret() {
    let Some(server) = Server::start() else {
        return;
    };
    let no_bucket = "s3://nobody-has-this/a.zarr";
    let cases = [
        (server.port, no_bucket, "NoSuchBucket"),
        (server.port, &*url("absent"), "no Zarr"),
        (NOBODY, &*url("away"), "cannot"),
    ]
    .map(|(port, url, expected)| (port, url.to_owned(), expected));
    for (port, url, expected) in cases {
        for verbosity in ["-q", "-vv"] {
            let mut command = through(port);
            command
                .env("ZARRIO_REMOTE_RETRIES", "1")
                .args(["status", &url, verbosity]);
            let output = command.output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success(), "{said}");
            assert!(
                said.contains(&url) && said.contains(expected),
                "{expected}: {said}"
            );
            assert!(!said.contains(SECRET), "{said}");
            assert!(!said.contains("panicked"), "{said}");
        }
    }
}
