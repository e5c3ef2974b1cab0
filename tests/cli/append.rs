//! What `append` and `extend` say: where files went, and why others do not continue an archive.

use std::fs::File;
use std::time::{Duration, UNIX_EPOCH};

use zarrio_store::{FilesystemStore, FsyncMode, Key, Store as _};

use super::transcript::Transcript;
use super::write_region::objects;

fn archive(files: &[&str]) -> Transcript {
    let mut transcript = Transcript::with(&[&["part-1.nc"], files].concat());
    transcript.run("convert part-1.nc out.zarr --chunking time:6 -q");
    transcript
}

#[test]
fn help() {
    Transcript::with(&[])
        .run("append --help")
        .run("extend --help")
        .check("help-append");
}

#[test]
fn files_that_continue_an_archive() {
    archive(&["part-2.nc", "part-late.nc"])
        .run("append part-2.nc out.zarr --dry-run --jobs 2")
        .run("append part-2.nc out.zarr")
        .run("append part-2.nc part-1.nc out.zarr")
        .run("append part-late.nc out.zarr --variables t2m --allow-gaps")
        .run("append part-2.nc out.zarr --resume --json -q")
        .run("status out.zarr")
        .check("append");
}

#[test]
fn overlaps() {
    archive(&["part-fine.nc", "part-void.nc", "part-2.nc"])
        .run("append part-fine.nc out.zarr")
        .run("append part-fine.nc out.zarr --overlap keep")
        .run("append part-fine.nc out.zarr --overlap replace")
        .run("append part-1.nc out.zarr")
        .run("append part-void.nc part-2.nc out.zarr")
        .check("append-overlap");
}

#[test]
fn files_that_do_not_continue_an_archive() {
    let bad = [
        "shifted", "doubled", "grid", "noleap", "celsius", "missing", "late",
    ];
    let bad = bad.map(|name| format!("part-{name}.nc"));
    let files: Vec<&str> = bad.iter().map(String::as_str).collect();
    let mut transcript = archive(&files);
    let before = objects(&transcript.path("out.zarr"));
    for file in files {
        transcript.run(&format!("append {file} out.zarr"));
    }
    transcript
        .run("append part-late.nc out.zarr --append-dim level")
        .run("append part-late.nc none.zarr");
    assert_eq!(before, objects(&transcript.path("out.zarr")));
    transcript.check("error-append");
}

#[test]
fn room_for_regions() {
    archive(&["part-2.nc"])
        .run("extend out.zarr --global-end 2020-01-04 --dry-run")
        .run("extend out.zarr --global-end 2020-01-04 --time-dim time")
        .run("extend out.zarr --global-end 2020-01-03")
        .run("extend out.zarr --global-end 2020-01-31 --freq 1h --json --dry-run")
        .run("extend out.zarr --global-end soon")
        .run("write-region part-2.nc out.zarr")
        .run("verify out.zarr --quick")
        .check("extend");
}

/// Sets the time of modification, in days since 1970.
fn touch(transcript: &Transcript, file: &str, day: u64) {
    let file = File::options().write(true).open(transcript.path(file));
    let time = UNIX_EPOCH + Duration::from_secs(86_400 * day);
    file.unwrap().set_modified(time).unwrap();
}

#[test]
fn a_newer_file_takes_the_place_of_an_older_one() {
    let mut transcript = Transcript::with(&["part-1.nc", "part-fine.nc"]);
    touch(&transcript, "part-1.nc", 10_000);
    touch(&transcript, "part-fine.nc", 9_999);
    transcript
        .run("convert part-1.nc out.zarr --chunking time:6 -q")
        .run("append part-fine.nc out.zarr --overlap replace-if-newer")
        .run("verify out.zarr part-1.nc -q");
    touch(&transcript, "part-fine.nc", 10_001);
    transcript
        .run("append part-fine.nc out.zarr --overlap replace-if-newer")
        .run("verify out.zarr part-fine.nc -q")
        .run("append part-1.nc out.zarr --overlap replace-if-newer")
        .run("verify out.zarr part-fine.nc -q")
        .check("append-newer");
}

/// Times in other units and another type are the same times, and are stored as the archive has
/// them.
#[test]
fn times_in_other_units() {
    let data = |file: &str| {
        let mut transcript = archive(&["part-2.nc", "part-days.nc"]);
        transcript.run(&format!("append {file} out.zarr -q"));
        let mut objects = objects(&transcript.path("out.zarr"));
        objects.retain(|name, _| name.contains("/c/"));
        objects
    };
    let plain = data("part-2.nc");
    assert!(plain.len() >= 6, "{:?}", plain.keys());
    assert!(plain == data("part-days.nc"));
    // The other way round, and beyond what the units can tell.
    Transcript::with(&["part-1.nc", "part-days.nc", "part-late.nc", "part-day.nc"])
        .run("convert part-days.nc days.zarr --chunking time:6 -q")
        .run("append part-late.nc days.zarr --allow-gaps")
        .run("verify days.zarr part-days.nc part-late.nc -q")
        .run("info days.zarr")
        .run("convert part-day.nc day.zarr -q")
        .run("append part-1.nc day.zarr")
        .check("append-units");
}

#[test]
fn groups_grow_by_themselves() {
    let mut transcript = Transcript::with(&["part-1.nc", "part-2.nc"]);
    for group in ["one", "cycle/two"] {
        transcript.run(&format!(
            "convert part-1.nc out.zarr --group {group} --variables t2m --chunking time:6 -q"
        ));
    }
    transcript
        .run("append part-2.nc out.zarr --variables t2m")
        .run("append part-2.nc out.zarr --group three --variables t2m")
        .run("append part-2.nc out.zarr --group cycle/two --variables t2m")
        .run("extend out.zarr --group one --global-end 2020-01-03")
        .run("status out.zarr --group cycle/two --require-complete")
        .run("verify out.zarr part-2.nc --group cycle/two --variables t2m -q")
        .run("info out.zarr")
        .run("info out.zarr --group cycle")
        .run("info out.zarr --group none")
        .run("info part-1.nc --group none")
        .run("clean out.zarr --group one --json -q")
        .run("clean out.zarr --group none")
        .check("append-groups");
}

/// Who holds the end of the archive is waited for, and then is temporary trouble.
#[test]
fn one_at_a_time() {
    let mut transcript = archive(&["part-2.nc", "part-late.nc"]);
    let place = transcript.path("out.zarr");
    let store = FilesystemStore::open(&place, FsyncMode::Never).unwrap();
    let claim = store.claim(&Key::new("height/.zarrio/append").unwrap());
    let claim = claim.unwrap().expect("nobody has it");
    let before = objects(&place);
    transcript
        .run("append part-2.nc out.zarr")
        .run("append part-2.nc part-late.nc out.zarr")
        .run("extend out.zarr --global-end 2020-01-04");
    assert_eq!(objects(&place), before);
    claim.withdraw().unwrap();
    transcript
        .run("append part-2.nc out.zarr")
        .check("append-busy");
}

/// A chunk length that is given by hand is the archive's, however short the first file is.
#[test]
fn chunks_are_made_for_what_comes() {
    let mut transcript = Transcript::with(&["part-1.nc", "part-2.nc"]);
    for format in [3, 2] {
        transcript
            .run(&format!(
                "convert part-1.nc {format}.zarr --chunking time:100,lat:100 --zarr-format {format} -q"
            ))
            .run(&format!("append part-2.nc {format}.zarr --chunking time:100"))
            .run(&format!("verify {format}.zarr part-1.nc part-2.nc -q"))
            .run(&format!("info {format}.zarr"));
    }
    transcript
        .run("convert part-1.nc short.zarr --chunking time:8 -q")
        .run("append part-2.nc short.zarr --chunking time:100")
        .check("append-chunks");
}
