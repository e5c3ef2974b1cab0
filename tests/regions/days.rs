//! Files of a day in chunks that are several of Blosc's blocks long, and in shards of several
//! chunks: what a file does not touch is taken from the object that is there.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::objects::{Objects, assert_same, objects};
use super::year::{Random, run, write};
use crate::support::{python, repository, shared_out, zarrio};

const DAYS: usize = 40;
const WRITERS: usize = 3;
const CHUNKS: &[&str] = &["--chunking", "time:240,lat:80,lon:100"];
const SHARDS: &[&str] = &[
    "--chunking",
    "time:16,lat:40,lon:100",
    "--shards",
    "time:240,lat:80,lon:100",
];

/// The chunks of an archive.
fn chunks(archive: &Path) -> Objects {
    let mut objects = objects(archive);
    objects.retain(|name, _| name.contains("/c/"));
    objects
}

#[test]
fn days_leave_what_all_of_them_leave() {
    let Some(python) = python() else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let script = repository().join("tests/regions/days.py");
    run(Command::new(python).arg(script).arg(directory.path()));
    for split in [CHUNKS, SHARDS] {
        days_are_all(directory.path(), split);
    }
}

fn days_are_all(directory: &Path, split: &[&str]) {
    let place = |name: &str| directory.join(name);
    let all = place("all.zarr");
    run(zarrio()
        .arg("convert")
        .args([&place("all.nc"), &all])
        .arg("--overwrite")
        .args(split));
    let days: Vec<PathBuf> = (0..DAYS)
        .map(|day| place(&format!("{day:02}.nc")))
        .collect();
    let template = |archive: &Path| {
        run(zarrio()
            .arg("create-template")
            .args([&days[0], archive])
            .args(["--global-start", "2021-01-01T00:00"])
            .args(["--global-end", "2021-02-09T20:00", "--freq", "4h"])
            .arg("--overwrite")
            .args(split));
    };
    for check in ["none", "encoded", "read-back"] {
        let archive = place(&format!("{check}.zarr"));
        template(&archive);
        let mut files = days.clone();
        if check != "none" {
            // Some of them twice.
            files.extend_from_slice(&days[3..11]);
            Random(check.len() as u64).shuffle(&mut files);
        }
        shared_out(WRITERS, files, |file| {
            run(write([&file], &archive).args(["--check", check]));
        });
        assert_same(
            &chunks(&archive),
            &chunks(&all),
            &format!("{split:?}, {check}"),
        );
        run(zarrio().arg("verify").arg(&archive));
    }
}
