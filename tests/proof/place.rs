//! A scratch directory with files and an archive made from them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Output;

use tempfile::TempDir;

use crate::support::{repository, zarrio};

#[derive(Debug)]
pub(super) struct Place {
    directory: TempDir,
}

impl Place {
    /// Copies of files of the tests.
    pub(super) fn with(files: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for file in files {
            let places = ["tests/data", "tests/cli/data"].map(|p| repository().join(p).join(file));
            let from = places.iter().find(|path| path.exists()).unwrap();
            fs::copy(from, directory.path().join(file)).unwrap();
        }
        Self { directory }
    }

    /// The archive `out.zarr` for two files that share chunks, with both of them in it.
    pub(super) fn parts(options: &str) -> Self {
        let place = Self::with(&["part-1.nc", "part-2.nc"]);
        place.done(&format!(
            "create-template part-1.nc out.zarr --global-end 2020-01-05 --freq 6h --chunking time:6 {options}"
        ));
        place.done("write-region part-1.nc part-2.nc out.zarr");
        place
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(super) fn run(&self, line: &str) -> Output {
        zarrio()
            .args(line.split_whitespace())
            .env("SOURCE_DATE_EPOCH", "0")
            .current_dir(self.directory.path())
            .output()
            .unwrap()
    }

    /// Runs a command that must end with a code; gives what it said.
    pub(super) fn ends(&self, line: &str, code: i32) -> String {
        let output = self.run(line);
        let said = [&output.stdout[..], &output.stderr[..]].concat();
        let said = String::from_utf8(said).unwrap();
        assert_eq!(output.status.code(), Some(code), "{line}: {said}");
        said
    }

    /// Runs a command that must succeed.
    pub(super) fn done(&self, line: &str) -> String {
        self.ends(line, 0)
    }

    /// Every object of `out.zarr`, the records included; without locks.
    pub(super) fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        let root = self.path("out.zarr");
        let mut objects = BTreeMap::new();
        let mut open = vec![root.clone()];
        while let Some(place) = open.pop() {
            for entry in fs::read_dir(place).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                    continue;
                }
                let name = path.strip_prefix(&root).unwrap().to_string_lossy();
                if !name.ends_with(".zarrio/locks") {
                    objects.insert(name.into_owned(), fs::read(&path).unwrap());
                }
            }
        }
        objects
    }

    pub(super) fn change(&self, object: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let path = self.path("out.zarr").join(object);
        let mut bytes = fs::read(&path).unwrap();
        change(&mut bytes);
        fs::write(path, bytes).unwrap();
    }

    /// The record of a file, as an object of `out.zarr`.
    pub(super) fn record(&self, file: &str) -> String {
        let objects = self.objects();
        let of_file = |kind: &str| {
            let mut records = objects.iter().filter(|(name, bytes)| {
                let text = String::from_utf8_lossy(bytes);
                name.contains(".zarrio/ledger/records/")
                    && text.contains(&format!(r#""kind":"{kind}""#))
                    && text.contains(&format!(r#""name":"{file}""#))
            });
            records.next().map(|(name, _)| name.clone())
        };
        // A template is made from a file too.
        of_file("region").or_else(|| of_file("dataset")).unwrap()
    }
}

/// Fails when two archives differ in any object.
pub(super) fn assert_same(
    found: &BTreeMap<String, Vec<u8>>,
    wanted: &BTreeMap<String, Vec<u8>>,
    when: &str,
) {
    let names: std::collections::BTreeSet<_> = found.keys().chain(wanted.keys()).collect();
    let other: Vec<_> = names
        .into_iter()
        .filter(|name| found.get(*name) != wanted.get(*name))
        .collect();
    assert!(other.is_empty(), "{when}: these differ: {other:?}");
}
