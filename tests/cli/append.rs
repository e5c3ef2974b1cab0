//! What `append` and `extend` say: where files went, and why others do not continue an archive.

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
    let bad = ["shifted", "doubled", "grid", "celsius", "missing", "late"];
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
        .run("extend out.zarr --global-end 2020-01-04")
        .run("extend out.zarr --global-end 2020-01-03")
        .run("extend out.zarr --global-end 2020-01-31 --freq 1h --json --dry-run")
        .run("extend out.zarr --global-end soon")
        .run("write-region part-2.nc out.zarr")
        .run("verify out.zarr --quick")
        .check("extend");
}
