//! What `verify`, `digest` and `repair` say.

use std::fs;
use std::path::PathBuf;

use super::transcript::Transcript;

/// An archive whose chunks two files share, not compressed.
fn archive(more: &[&str]) -> Transcript {
    let files = [&["part-1.nc", "part-2.nc"], more].concat();
    let mut transcript = Transcript::with(&files);
    transcript
        .run("create-template part-1.nc out.zarr --global-end 2020-01-05 --freq 6h --chunking time:6 --compression none -q")
        .run("write-region part-1.nc part-2.nc out.zarr -q");
    transcript
}

fn change(transcript: &Transcript, object: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let path = transcript.path("out.zarr").join(object);
    let mut bytes = fs::read(&path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

/// The records of the files, without that of the template, by size: the same in every run.
fn record(transcript: &Transcript, file: &str) -> PathBuf {
    let place = transcript.path("out.zarr/height/.zarrio/ledger/records");
    let records = fs::read_dir(place).unwrap().map(|e| e.unwrap().path());
    let mut records = records.filter(|path| {
        let text = fs::read_to_string(path).unwrap();
        text.contains(file) && text.contains(r#""kind":"region""#)
    });
    records.next().unwrap()
}

#[test]
fn what_is_right() {
    archive(&["part-packed.nc", "part-late.nc"])
        .run("verify out.zarr")
        .run("verify out.zarr --quick")
        .run("verify out.zarr --sources")
        .run("verify out.zarr --sample 25%")
        .run("verify out.zarr 'part-[12].nc'")
        .run("verify out.zarr part-packed.nc --variables t2m")
        .run("write-region part-packed.nc out.zarr -q")
        .run("verify out.zarr")
        .run("verify out.zarr part-1.nc")
        .run("digest out.zarr")
        .run("digest out.zarr t2m lat")
        .check("verify");
}

#[test]
fn what_is_wrong() {
    let mut transcript = archive(&["part-late.nc", "part-celsius.nc"]);
    fs::remove_file(transcript.path("out.zarr/t2m/c/0/0/0")).unwrap();
    change(&transcript, "rain/c/1/0/0", |bytes| bytes.truncate(40));
    change(&transcript, "rain/c/2/0/0", |bytes| bytes[5] ^= 0x10);
    transcript
        .run("verify out.zarr")
        .run("verify out.zarr --quick")
        .run("verify out.zarr part-2.nc")
        .run("verify out.zarr part-late.nc part-celsius.nc")
        .run("digest out.zarr rain")
        .run("repair out.zarr --dry-run")
        .run("repair out.zarr")
        .run("repair out.zarr")
        .run("verify out.zarr")
        .check("verify-wrong");
}

#[test]
fn what_cannot_be_mended() {
    let mut transcript = archive(&[]);
    change(&transcript, "t2m/c/1/0/0", |bytes| bytes.truncate(40));
    change(&transcript, "time/c/0", |bytes| bytes.truncate(40));
    fs::create_dir(transcript.path("moved")).unwrap();
    fs::rename(
        transcript.path("part-2.nc"),
        transcript.path("moved/part-2.nc"),
    )
    .unwrap();
    fs::remove_file(record(&transcript, "part-1.nc")).unwrap();
    transcript
        .run("verify out.zarr")
        .run("repair out.zarr")
        .run("repair out.zarr moved/part-2.nc")
        .check("repair-left");
}

#[test]
fn reports() {
    let mut transcript = archive(&[]);
    transcript
        .run("verify out.zarr --json")
        .run("digest out.zarr t2m --json");
    change(&transcript, "t2m/c/1/0/0", |bytes| bytes[1] ^= 1);
    transcript
        .run("verify out.zarr part-1.nc --variables t2m --json -q")
        .run("repair out.zarr --json -q")
        .check("verify-json");
}

/// What is not there is not shown as the beginning of all times.
#[test]
fn labels_that_are_lost() {
    let mut transcript = archive(&["part-late.nc"]);
    for object in ["time/c/0", "t2m/c/0/0/0"] {
        fs::remove_file(transcript.path("out.zarr").join(object)).unwrap();
    }
    transcript
        .run("status out.zarr")
        .run("info out.zarr")
        .run("verify out.zarr")
        .run("verify out.zarr part-1.nc")
        .run("repair out.zarr --dry-run")
        .run("repair out.zarr")
        .run("write-region part-1.nc out.zarr --force")
        .run("append part-late.nc out.zarr")
        .run("extend out.zarr --global-end 2020-01-31")
        .run("convert out.zarr other.zarr")
        .run("create-template part-1.nc out.zarr other.zarr")
        .run("inspect-inputs out.zarr part-1.nc")
        .run("inspect-inputs part-1.nc out.zarr --json -q")
        .check("labels-lost");
}

/// A file that was never written cannot be what an archive is mended from.
#[test]
fn files_that_were_never_written() {
    Transcript::with(&["part-1.nc", "part-2.nc", "part-late.nc"])
        .run("create-template part-1.nc out.zarr --global-end 2020-01-05 --freq 6h --compression none -q")
        .run("write-region part-1.nc out.zarr -q")
        .run("verify out.zarr part-1.nc part-2.nc")
        .run("verify out.zarr part-late.nc")
        .check("verify-unwritten");
}

#[test]
fn command_lines_that_are_wrong() {
    archive(&[])
        .run("verify")
        .run("verify absent.zarr")
        .run("verify out.zarr absent.nc")
        .run("verify out.zarr part-1.nc --quick")
        .run("verify out.zarr --sample 0")
        .run("verify out.zarr --max-duration soon")
        .run("verify out.zarr --max-duration 0s")
        .run("verify out.zarr --variables nope")
        .run("verify out.zarr --on-duplicate first")
        .run("verify out.zarr --on-unmatched error")
        .run("verify out.zarr part-1.nc --variables nope")
        .run("digest out.zarr sst")
        .run("repair out.zarr --memory 1")
        .run("repair out.zarr absent.nc")
        .check("error-verify");
}
