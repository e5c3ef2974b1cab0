//! Archives that begin with one month and grow by the others, and what a reader finds in them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tempfile::TempDir;
use zarrio_model::{NodePath, Region, Source as _};
use zarrio_region::ZarrSource;
use zarrio_store::{FilesystemStore, FsyncMode};

use crate::regions::objects::{Objects, copy, objects};
use crate::regions::year::{Year, run, write, year};
use crate::support::zarrio;

/// Elements of a step.
const CELLS: u64 = 4 * 5;

/// How the archive is stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    pub(super) format: u8,
    pub(super) chunk: u64,
    pub(super) shards: bool,
}

pub(super) const FORMS: [Form; 4] = [
    Form {
        format: 3,
        chunk: 100,
        shards: false,
    },
    Form {
        format: 2,
        chunk: 100,
        shards: false,
    },
    Form {
        format: 3,
        chunk: 100,
        shards: true,
    },
    Form {
        format: 3,
        chunk: 7,
        shards: false,
    },
];

/// Archives of one form.
#[derive(Debug)]
pub(super) struct Growing {
    pub(super) year: Arc<Year>,
    pub(super) form: Form,
    directory: TempDir,
}

impl Growing {
    /// Skips aloud without Python.
    pub(super) fn new(form: Form) -> Option<Self> {
        let year = year()?;
        let directory = tempfile::tempdir().unwrap();
        let growing = Self {
            year,
            form,
            directory,
        };
        let january = &growing.year.files[0];
        let base = growing.path("base");
        let (chunk, shards) = match form.shards {
            true => (form.chunk / 4, format!("time:{}", form.chunk)),
            false => (form.chunk, "none".to_owned()),
        };
        run(zarrio()
            .arg("create-template")
            .args([january, &base])
            .args(["--chunking", &format!("time:{chunk}")])
            .args(["--shards", &shards])
            .args(["--zarr-format", &form.format.to_string()])
            .args(["--compression", "zstd:3", "--quiet"]));
        run(&mut write([january], &base));
        Some(growing)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(format!("{name}.zarr"))
    }

    /// A new archive that has January.
    pub(super) fn archive(&self, name: &str) -> PathBuf {
        let archive = self.path(name);
        copy(&self.path("base"), &archive);
        archive
    }

    /// The objects of an archive to which one process has appended so many months.
    pub(super) fn alone(&self, months: usize) -> Objects {
        let archive = self.archive("alone");
        for file in &self.year.files[1..months] {
            run(&mut append(file, &archive));
        }
        read(&archive).unwrap();
        let objects = objects(&archive);
        std::fs::remove_dir_all(&archive).unwrap();
        objects
    }
}

/// The command that appends a file.
pub(super) fn append(file: &Path, archive: &Path) -> Command {
    let mut command = zarrio();
    command.arg("append").args([file, archive]).arg("--quiet");
    command
}

/// How many steps an archive has, every one of which holds its labels and its values.
///
/// # Errors
/// When one does not.
pub(super) fn read(archive: &Path) -> Result<u64, String> {
    let store = FilesystemStore::open(archive, FsyncMode::Never).unwrap();
    let archive =
        ZarrSource::open(Arc::new(store), &NodePath::root()).map_err(|e| e.to_string())?;
    let length = |name: &str| {
        let variable = archive.schema().variable(&NodePath::parse(name));
        variable.map_or(0, |variable| variable.shape[0])
    };
    let steps = length("time");
    for (name, width, cells) in [
        ("time", 8, 1),
        ("temperature", 4, CELLS),
        ("rain", 2, CELLS),
    ] {
        if length(name) != steps {
            return Err(format!("{name} has {} steps, time {steps}", length(name)));
        }
        let mut region = vec![0..steps, 0..4, 0..5];
        region.truncate(if cells > 1 { 3 } else { 1 });
        let mut bytes = vec![0; (steps * cells) as usize * width];
        archive
            .read(&NodePath::parse(name), &Region::new(region), &mut bytes)
            .map_err(|e| format!("{e}: {:?}", e.source))?;
        for (index, element) in (0u64..).zip(bytes.chunks_exact(width)) {
            let expected = match name {
                "time" => (6 * index as i64).to_ne_bytes().to_vec(),
                "temperature" => (index as f32).to_ne_bytes().to_vec(),
                _ => ((index % 10_000) as i16).to_ne_bytes().to_vec(),
            };
            if element != expected {
                return Err(format!("{name} at {index} is {element:?} of {steps} steps"));
            }
        }
    }
    Ok(steps)
}

/// Fails where an archive's own account says that anything is absent or not recorded.
pub(super) fn assert_on_record(archive: &Path) {
    run(zarrio()
        .arg("status")
        .arg(archive)
        .arg("--require-complete"));
    run(zarrio().arg("verify").arg(archive));
}
