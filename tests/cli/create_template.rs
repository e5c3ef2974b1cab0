//! What `create-template` says.

use super::transcript::{Transcript, tree};

const MACHINE: &str = "--jobs 2 --memory 256MiB";

#[test]
fn help() {
    Transcript::with(&[])
        .run("create-template --help")
        .check("help-create-template");
}

#[test]
fn summaries() {
    Transcript::with(&["wind.nc", "part-1.nc", "part-2.nc"])
        .run("create-template wind.nc out.zarr --global-start 2017-08-01 --global-end 2017-08-31")
        .run("create-template wind.nc out.zarr --global-start 2017-08-01 --global-end 2017-08-31")
        .run("create-template wind.nc out.zarr --overwrite --freq 15min --json -q")
        .run("create-template 'part-*.nc' parts.zarr")
        .run("create-template more.zarr --from-files part-2.nc --group a")
        .check("create-template");
}

#[test]
fn plans() {
    let mut transcript = Transcript::with(&["wind.nc", "part-1.nc", "part-2.nc"]);
    transcript
        .run(&format!(
            "create-template wind.nc out.zarr --global-end 2017-08-31 --chunking time:24 --dry-run {MACHINE}"
        ))
        .run(&format!(
            "create-template part-2.nc part-1.nc out.zarr --chunking time:3 --dry-run {MACHINE}"
        ))
        .run(&format!(
            "create-template wind.nc out.zarr --variables u --dry-run --json {MACHINE}"
        ));
    assert!(!transcript.path("out.zarr").exists());
    transcript.check("create-template-dry-run");
}

#[test]
fn errors() {
    let mut transcript = Transcript::with(&[
        "wind.nc",
        "sst.nc",
        "january.nc4",
        "part-1.nc",
        "part-celsius.nc",
        "part-grid.nc",
        "part-extra.nc",
    ]);
    transcript.file("work/notes.txt", "mine");
    for line in [
        "out.zarr",
        "'absent*.nc' out.zarr",
        "absent.nc out.zarr",
        "wind.nc out.zarr --global-end 2017-07-01",
        "wind.nc out.zarr --global-start 2017-09-01 --global-end 2017-08-01",
        "wind.nc out.zarr --global-end tomorrow --freq 1x",
        "wind.nc out.zarr --global-end 2017-02-30",
        "wind.nc out.zarr --time-dim tme",
        "wind.nc out.zarr --fill u",
        "wind.nc out.zarr --fill u=1",
        "wind.nc out.zarr --global-end 2117 --chunking time:1 --max-objects 1000",
        "part-1.nc out.zarr --packing",
        "wind.nc out.zarr --compute --metadata-only",
        "january.nc4 out.zarr",
        "part-1.nc part-celsius.nc part-grid.nc part-extra.nc out.zarr",
        "wind.nc sst.nc out.zarr",
        "wind.nc work",
        "wind.nc work --overwrite",
        "wind.nc wind.nc/out.zarr",
    ] {
        transcript.run(&format!("create-template {line}"));
    }
    assert!(!transcript.path("out.zarr").exists());
    assert_eq!(tree(&transcript.path("work")), ["notes.txt"]);
    transcript.check("error-create-template");
}
