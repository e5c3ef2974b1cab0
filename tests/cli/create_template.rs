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

/// A file that was mended describes the same archive, unless what stands in that differs.
#[test]
fn files_that_were_touched() {
    let mut transcript = Transcript::with(&["part-1.nc", "part-2.nc"]);
    let path = transcript.path("part-1.nc");
    let mut touched = 0;
    let mut touch = |change: &dyn Fn(&mut Vec<u8>)| {
        touched += 1;
        let mut bytes = std::fs::read(&path).unwrap();
        change(&mut bytes);
        std::fs::write(&path, bytes).unwrap();
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(touched);
        let file = std::fs::File::options().append(true).open(&path).unwrap();
        file.set_modified(time).unwrap();
    };
    let replace = |from: f64, to: f64| {
        move |bytes: &mut Vec<u8>| {
            let at = bytes.windows(8).position(|w| w == from.to_be_bytes());
            bytes[at.unwrap()..][..8].copy_from_slice(&to.to_be_bytes());
        }
    };
    let line = "create-template part-1.nc out.zarr --global-end 2020-01-05 --freq 6h -q";
    let again = "create-template part-1.nc out.zarr --global-end 2020-01-05 --freq 6h";
    transcript.run(line);
    touch(&|_| {});
    transcript
        .run(again)
        .run("write-region part-1.nc part-2.nc out.zarr -q");
    // A value of what regions bring.
    touch(&|bytes| *bytes.last_mut().unwrap() ^= 1);
    transcript.run(again);
    touch(&replace(50.0, 50.5));
    transcript.run(&format!("{again} --dry-run")).run(again);
    touch(&replace(50.5, 50.0));
    transcript.run(again).check("create-template-again");
}
