//! A year in twelve files, templates that they fit into, and the commands that write them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tempfile::TempDir;

use super::case::Layout;
use crate::support::{python, repository, zarrio};

/// The files of a year.
#[derive(Debug)]
pub(crate) struct Year {
    _directory: TempDir,
    pub(crate) files: Vec<PathBuf>,
}

static SHARED: Mutex<Weak<Year>> = Mutex::new(Weak::new());

/// The year, made once for all tests that run at a time; skips aloud without Python.
pub(crate) fn year() -> Option<Arc<Year>> {
    let python = python()?;
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(year) = shared.upgrade() {
        return Some(year);
    }
    let directory = tempfile::tempdir().unwrap();
    let made = Command::new(python)
        .arg(repository().join("tests/regions/year.py"))
        .arg(directory.path())
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let file = |month| directory.path().join(format!("2021-{month:02}.nc"));
    let year = Arc::new(Year {
        files: (1..=12).map(file).collect(),
        _directory: directory,
    });
    *shared = Arc::downgrade(&year);
    Some(year)
}

impl Year {
    /// Makes an archive for the year in which nothing is written.
    pub(super) fn template(&self, archive: &Path, layout: &Layout) {
        let days = layout.margin / 4;
        assert!(layout.margin.is_multiple_of(4) && days < 30);
        let (start, end) = match days {
            0 => ("2021-01-01".to_owned(), "2021-12-31".to_owned()),
            _ => (
                format!("2020-12-{}", 32 - days),
                format!("2022-01-{days:02}"),
            ),
        };
        let chunk = layout.chunk / layout.shards.unwrap_or(1);
        let shards = match layout.shards {
            Some(_) => format!("time:{}", layout.chunk),
            None => "none".to_owned(),
        };
        run(zarrio()
            .arg("create-template")
            .args([&self.files[0], archive])
            .args(["--global-start", &start, "--global-end", &end])
            .args(["--chunking", &format!("time:{chunk}")])
            .args(["--shards", &shards])
            .args(["--zarr-format", &layout.format.to_string()])
            // Slow, so that writers who merge meet each other.
            .args(["--compression", "zstd:19", "--quiet"]));
    }
}

/// The command that writes files into an archive.
pub(crate) fn write<'a>(files: impl IntoIterator<Item = &'a PathBuf>, archive: &Path) -> Command {
    let mut command = zarrio();
    command
        .arg("write-region")
        .args(files)
        .arg(archive)
        .arg("--quiet");
    command
}

/// Runs a command that must succeed.
pub(crate) fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    output
}

/// Numbers that look random and are the same every time.
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % n
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u64 + 1) as usize);
        }
    }
}
