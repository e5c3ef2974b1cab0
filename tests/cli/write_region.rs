//! What `write-region` says: where files went, and why others do not fit.
//!
//! The files `part-*.nc` are made by `data/make_parts.py`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::transcript::{Transcript, tree};
use crate::support::{skip, zarrio};

/// An archive whose chunks the files share.
const TEMPLATE: &str =
    "create-template part-1.nc out.zarr --global-end 2020-01-05 --freq 6h --chunking time:6 -q";

pub(super) fn archive(files: &[&str]) -> Transcript {
    let mut transcript = Transcript::with(files);
    transcript.run(TEMPLATE);
    transcript
}

#[test]
fn help() {
    Transcript::with(&[])
        .run("write-region --help")
        .run("write-region -h")
        .check("help-write-region");
}

#[test]
fn where_files_went() {
    archive(&[
        "part-1.nc",
        "part-2.nc",
        "part-minutes.nc",
        "part-tile.nc",
        "part-shifted.nc",
    ])
    .run("write-region part-2.nc out.zarr")
    .run("write-region 'part-[12].nc' part-minutes.nc out.zarr")
    .run("write-region part-tile.nc out.zarr --variables t2m")
    .run("write-region part-shifted.nc out.zarr --on-unmatched skip")
    .run("write-region part-1.nc out.zarr --region time=:8 --force --chunking time:10 --compression zstd:5")
    .run("write-region part-1.nc out.zarr --variables height")
    .run("write-region part-1.nc out.zarr -q")
    .run("info out.zarr")
    .check("write-region");
}

#[test]
fn plans() {
    let mut transcript = archive(&[
        "part-1.nc",
        "part-packed.nc",
        "part-tile.nc",
        "part-late.nc",
    ]);
    let before = objects(&transcript.path("out.zarr"));
    transcript
        .run("write-region part-1.nc part-packed.nc out.zarr --dry-run --jobs 2")
        .run("write-region part-tile.nc part-late.nc out.zarr --dry-run --jobs 2")
        .run("write-region part-1.nc out.zarr --variables height --dry-run")
        .run("write-region part-tile.nc out.zarr --variables t2m --dry-run --json --jobs 2");
    assert_eq!(before, objects(&transcript.path("out.zarr")));
    transcript.check("write-region-dry-run");
}

#[test]
fn reports() {
    archive(&["part-1.nc", "part-late.nc"])
        .run("write-region part-1.nc part-late.nc out.zarr --variables t2m --json -q")
        .check("write-region-json");
}

#[test]
fn files_that_do_not_fit() {
    let bad = [
        "late", "shifted", "doubled", "grid", "celsius", "missing", "extra",
    ]
    .map(|name| format!("part-{name}.nc"));
    let mut files: Vec<&str> = bad.iter().map(String::as_str).collect();
    files.push("part-1.nc");
    let mut transcript = archive(&files);
    transcript.cut("part-cut.nc", "part-1.nc", 1_200);
    let before = objects(&transcript.path("out.zarr"));
    for file in bad.iter().map(String::as_str).chain(["part-cut.nc"]) {
        transcript.run(&format!("write-region {file} out.zarr"));
    }
    for region in [
        "time=0:5",
        "time=8:16",
        "time=16:24",
        "depth=0:1",
        "time=5",
        "time=1:0",
    ] {
        transcript.run(&format!(
            "write-region part-1.nc out.zarr --region {region}"
        ));
    }
    assert_eq!(before, objects(&transcript.path("out.zarr")));
    transcript.check("error-write-region-files");
}

#[test]
fn values_that_the_archive_cannot_hold() {
    Transcript::with(&["part-packed.nc", "part-1.nc", "part-fine.nc"])
        .run("create-template part-packed.nc out.zarr -q")
        .run("write-region part-1.nc part-fine.nc out.zarr")
        .run("write-region part-fine.nc out.zarr --drop-variables t2m")
        .run("write-region part-fine.nc out.zarr --packing")
        .run("write-region part-1.nc out.zarr --memory 1")
        .check("error-write-region-values");
}

#[test]
fn archives_that_are_none() {
    let mut transcript = archive(&["part-1.nc", "part-2.nc"]);
    transcript
        .file("half.zarr/.zarrio-writing", "")
        .file("notes/a.txt", "x");
    for target in [
        "absent.zarr",
        "part-2.nc",
        "notes",
        "half.zarr",
        "out.zarr --group forecast",
        "out.zarr/t2m",
        "ftp://host/out.zarr",
    ] {
        transcript.run(&format!("write-region part-1.nc {target}"));
    }
    transcript
        .run("write-region part-1.nc")
        .run("write-region 'absent-*.nc' out.zarr")
        .run("write-region part-1.nc out.zarr --coord-tolerance -1")
        .run("write-region part-1.nc out.zarr --on-unmatched nearest")
        .check("error-write-region-archive");
}

#[test]
fn some_files_of_several_fail() {
    let mut transcript = archive(&["part-1.nc", "part-2.nc", "part-late.nc", "part-grid.nc"]);
    transcript
        .run("write-region part-late.nc part-1.nc absent.nc part-2.nc out.zarr")
        .run("write-region part-late.nc part-grid.nc out.zarr")
        .run("write-region part-late.nc absent.nc out.zarr")
        .check("error-write-region-some");
}

#[test]
fn any_order_and_again_gives_the_same_bytes() {
    let files = ["part-1.nc", "part-2.nc"];
    let (mut once, mut again) = (archive(&files), archive(&files));
    once.run("write-region part-1.nc part-2.nc out.zarr -q");
    again
        .run("write-region part-2.nc out.zarr -q --jobs 1")
        .run("write-region part-1.nc out.zarr -q --memory 1MiB --fsync")
        .run("write-region 'part-*.nc' out.zarr -q");
    let (once, again) = (
        objects(&once.path("out.zarr")),
        objects(&again.path("out.zarr")),
    );
    assert!(once.keys().any(|name| name.contains("t2m/c/")));
    assert_eq!(once, again);
}

#[test]
fn an_archive_that_cannot_be_written() {
    let transcript = archive(&["part-1.nc"]);
    let directory = transcript.path("");
    let Some(output) = write_to_read_only(&directory) else {
        return skip("nobody here may mount, and root may write everywhere");
    };
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    for words in ["part-1.nc cannot be written", "hint: "] {
        assert!(said.contains(words), "{said}");
    }
    let cause = said.contains("Read-only file system") && said.contains("mount it for writing");
    let other = said.contains("Permission denied") && said.contains("owner and mode");
    assert!(cause || other, "{said}");
}

/// Writes to the archive where that cannot be done: by a mount for root, whom modes do not
/// hold back, and by modes for everybody else.
fn write_to_read_only(directory: &Path) -> Option<Output> {
    let archive = directory.join("out.zarr");
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let mut command = if root {
        let mut command = Command::new("unshare");
        let script =
            "mount --bind out.zarr out.zarr && mount -o remount,ro,bind out.zarr || exit 99
            exec \"$0\" write-region part-1.nc out.zarr";
        command.args(["-m", "sh", "-c", script]);
        command.arg(zarrio().get_program());
        command
    } else {
        modes(&archive, "a-w");
        let mut command = zarrio();
        command.args(["write-region", "part-1.nc", "out.zarr"]);
        command
    };
    let output = command.current_dir(directory).output().ok();
    if !root {
        // Else the scratch directory cannot be removed.
        modes(&archive, "u+w");
    }
    let said = |output: &Output| {
        output.status.code() != Some(99) && !output.stderr.starts_with(b"unshare")
    };
    output.filter(said)
}

fn modes(archive: &Path, change: &str) {
    let status = Command::new("chmod")
        .args(["-R", change])
        .arg(archive)
        .status();
    assert!(status.unwrap().success());
}

/// Every object with its bytes, without what is private to writers.
pub(super) fn objects(archive: &Path) -> BTreeMap<String, Vec<u8>> {
    let names = tree(archive).into_iter();
    names
        .filter(|name| !name.contains(".zarrio") && archive.join(name).is_file())
        .map(|name| {
            let bytes = fs::read(archive.join(&name)).unwrap();
            (name, bytes)
        })
        .collect()
}
