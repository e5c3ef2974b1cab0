//! Whole archives made by one command that is killed again and again.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::killer::killed;
use super::objects::{assert_same, leftovers, objects};
use super::year::{Random, run, year};
use crate::support::{Pair, compare, python, repository, zarrio};

const KILLS: u32 = 100;
/// No further kill after this.
const PATIENCE: Duration = Duration::from_secs(25);

fn ingest(files: &Path, archive: &Path) -> Command {
    let mut command = zarrio();
    command
        .arg("ingest")
        .arg(files.join("*.nc"))
        .arg(archive)
        // The history tells of when, and of the archive's name.
        .env("SOURCE_DATE_EPOCH", "0")
        .args([
            "--workers",
            "4",
            "--jobs",
            "1",
            "--chunking",
            "time:100",
            "--quiet",
        ]);
    command
}

/// The names of the files that the archive has a record of, and how many records there are.
fn recorded(archive: &Path) -> usize {
    let mut count = 0;
    for array in std::fs::read_dir(archive).unwrap() {
        let records = array.unwrap().path().join(".zarrio/ledger/records");
        let entries = std::fs::read_dir(records).into_iter().flatten();
        // What killed writers have left is no record.
        let names = entries.map(|entry| entry.unwrap().file_name());
        count += names
            .filter(|n| !n.to_string_lossy().starts_with(".zarrio-tmp-"))
            .count();
    }
    count
}

#[test]
fn an_ingest_that_is_killed_a_hundred_times_ends_like_one_that_is_not() {
    let Some(python) = python() else { return };
    let directory = tempfile::tempdir().unwrap();
    let files = directory.path().join("files");
    std::fs::create_dir(&files).unwrap();
    let made = Command::new(&python)
        .arg(repository().join("tests/regions/year.py"))
        .args([files.as_os_str(), "halves".as_ref()])
        .status();
    assert!(made.unwrap().success());

    let alone = directory.path().join("alone/year.zarr");
    let begun = Instant::now();
    run(&mut ingest(&files, &alone));
    let typical = u64::try_from(begun.elapsed().as_micros()).unwrap();
    // 24 files and what does not grow.
    assert_eq!(recorded(&alone), 25);

    let archive = directory.path().join("killed/year.zarr");
    let (mut random, mut kills, begun) = (Random(0x9e37_79b9_7f4a_7c15), 0, Instant::now());
    let mut completed = 0;
    while kills < KILLS && begun.elapsed() < PATIENCE {
        let child = ingest(&files, &archive).stderr(Stdio::piped()).spawn();
        let after = Duration::from_micros(random.below(typical + typical / 4));
        if killed(child.unwrap(), after) {
            kills += 1;
        } else {
            // It is finished: another one begins from nothing.
            completed += 1;
            check(&archive, &alone);
            std::fs::remove_dir_all(&archive).unwrap();
        }
    }
    run(&mut ingest(&files, &archive));
    check(&archive, &alone);
    let left = leftovers(&archive);
    eprintln!(
        "{kills} kills in {:.1?}, {completed} completed in between, {left} unfinished objects left",
        begun.elapsed()
    );
    assert!(kills >= 10, "{kills} kills");

    run(zarrio()
        .arg("clean")
        .arg(&archive)
        .args(["--older-than", "0s", "--quiet"]));
    assert_eq!(leftovers(&archive), 0);
    check(&archive, &alone);

    // What is done is seen to be done without a look at the files.
    for file in sorted(&files) {
        let modified = std::fs::metadata(&file).unwrap().modified().unwrap();
        let length = std::fs::metadata(&file).unwrap().len();
        std::fs::write(&file, vec![0; length as usize]).unwrap();
        std::fs::File::options()
            .write(true)
            .open(&file)
            .unwrap()
            .set_modified(modified)
            .unwrap();
    }
    let again = run(ingest(&files, &archive).arg("--json"));
    let report: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(report["done"], 24);
    let states = report["files"].as_array().unwrap().iter();
    assert!(
        states.into_iter().all(|file| file["status"] == "skipped"),
        "{report}"
    );
}

/// The archive has every object of the other one and no other, and a record of each file.
fn check(archive: &Path, alone: &Path) {
    assert_same(&objects(archive), &objects(alone), "after the last run");
    assert_eq!(recorded(archive), 25);
}

fn sorted(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// What an ingest makes is what its files hold, for Python too.
#[test]
fn python_reads_what_was_ingested() {
    let Some((python, year)) = python().zip(year()) else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let archive = directory.path().join("year.zarr");
    let data = year.files[1].clone();
    run(zarrio()
        .arg("ingest")
        .args([&data, &archive])
        .arg("--quiet"));
    let pair = Pair {
        source: data,
        archive,
        skipped: false,
    };
    for verdict in compare(&python, &[pair]).values() {
        assert_eq!(verdict.fault(), None);
    }
}
