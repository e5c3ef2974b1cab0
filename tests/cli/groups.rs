//! Archives whose groups are looked at from above.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::transcript::data;
use crate::support::zarrio;

/// How files come into the group `cycle/day` of an archive.
const WAYS: [(&str, &[&str]); 4] = [
    (
        "convert",
        &["convert [1] a.zarr --group cycle/day --chunking time:6"],
    ),
    (
        "write-region",
        &[
            "create-template [1] a.zarr --global-end 2020-01-05 --freq 6h --group cycle/day --chunking time:6",
            "write-region [1] [2] a.zarr --group cycle/day",
        ],
    ),
    (
        "append",
        &[
            "convert [1] a.zarr --group cycle/day --chunking time:6",
            "append [2] a.zarr --group cycle/day",
        ],
    ),
    (
        "ingest",
        &["ingest [1] [2] a.zarr --group cycle/day --chunking time:6 --workers 1"],
    ),
];

/// The group, and those above it.
const GROUPS: [&str; 3] = ["", "cycle", "cycle/day"];

/// How a command ends, and what it says.
fn run(directory: &Path, line: &str) -> (i32, String) {
    let words = line.split_whitespace().map(|word| match word {
        "[1]" => data("part-1.nc").display().to_string(),
        "[2]" => data("part-2.nc").display().to_string(),
        word => word.to_owned(),
    });
    let output = zarrio()
        .args(words)
        .current_dir(directory)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    (output.status.code().unwrap(), said)
}

/// An archive that was filled in one of the ways.
fn archive(lines: &[&str]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for line in lines {
        let (code, said) = run(directory.path(), &format!("{line} -q"));
        assert_eq!(code, 0, "{line}: {said}");
    }
    directory
}

fn from(group: &str) -> String {
    match group {
        "" => String::new(),
        group => format!("--group {group}"),
    }
}

/// How many values were compared with files, of which variables.
fn compared(report: &Value, group: &str) -> Vec<(String, u64)> {
    let files = report["files"].as_array().unwrap().iter();
    let variables = files.flat_map(|file| file["variables"].as_array().unwrap());
    let mut compared: Vec<(String, u64)> = variables
        .map(|variable| {
            let path = format!("{group}/{}", variable["variable"].as_str().unwrap());
            let count = variable["compared"].as_u64().unwrap();
            (path.trim_start_matches('/').to_owned(), count)
        })
        .collect();
    compared.sort();
    compared
}

#[test]
fn files_are_compared_as_at_their_group() {
    for (way, lines) in WAYS {
        let directory = archive(lines);
        let reports = GROUPS.map(|group| {
            let line = format!("verify a.zarr --sources --json {}", from(group));
            let (code, said) = run(directory.path(), &line);
            assert_eq!(code, 0, "{way}, {group:?}: {said}");
            compared(&serde_json::from_str(&said).unwrap(), group)
        });
        let [above, middle, own] = &reports;
        assert!(
            own.iter()
                .any(|(path, n)| path == "cycle/day/t2m" && *n > 0),
            "{way}: {own:?}"
        );
        assert_eq!((above, middle), (own, own), "{way}");
    }
}

#[test]
fn lost_chunks_are_found_and_mended_from_above() {
    for (way, lines) in WAYS {
        let directory = archive(lines);
        let chunk = directory.path().join("a.zarr/cycle/day/t2m/c/1/0/0");
        let whole = fs::read(&chunk).unwrap();
        for group in GROUPS {
            fs::remove_file(&chunk).unwrap();
            let from = from(group);
            for more in ["", "--sources"] {
                let (code, said) = run(directory.path(), &format!("verify a.zarr {more} {from}"));
                let named = said.contains("chunk c/1/0/0") && said.contains("t2m");
                assert!(
                    code == 6 && named,
                    "{way}, {group:?} {more}: {code}: {said}"
                );
            }
            let (code, said) = run(directory.path(), &format!("repair a.zarr {from}"));
            assert_eq!(code, 0, "{way}, {group:?}: {said}");
            assert_eq!(fs::read(&chunk).unwrap(), whole, "{way}, {group:?}");
            let (code, said) = run(directory.path(), &format!("verify a.zarr {from}"));
            assert_eq!(code, 0, "{way}, {group:?}: {said}");
        }
    }
}
