//! Every class of error: the cause, the remedy and the exit code.

use super::transcript::{Transcript, tree};

#[test]
fn inputs_that_cannot_be_read() {
    let mut transcript = Transcript::with(&[]);
    transcript
        .file("notes.txt", "These are notes, not data.\n")
        .file("empty.nc", "")
        .file("packed.nc.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\0")
        .file("data/a.txt", "x")
        .cut("cut4.nc", "sst.nc", 20_000)
        .cut("cut3.nc", "wind.nc", 8_000)
        .cut("header3.nc", "wind.nc", 1_000);
    for input in [
        "absent.nc",
        "notes.txt",
        "empty.nc",
        "packed.nc.gz",
        "data",
        "cut4.nc",
        "cut3.nc",
        "header3.nc",
    ] {
        transcript.run(&format!("convert {input} out.zarr"));
        assert!(!transcript.path("out.zarr").exists(), "{input}");
    }
    transcript
        .run("info absent.nc")
        .run("info data")
        .check("error-input");
}

#[test]
fn outputs_that_must_not_be_touched() {
    let mut transcript = Transcript::with(&["wind.nc", "sst.nc"]);
    transcript
        .file("file", "mine")
        .file("work/notes.txt", "mine");
    transcript
        .run("convert wind.nc file")
        .run("convert wind.nc file/out.zarr")
        .run("convert wind.nc work")
        .run("convert wind.nc work --overwrite")
        .run("convert wind.nc out.zarr")
        .run("convert sst.nc out.zarr")
        .run("convert sst.nc out.zarr --overwrite")
        .run("convert sst.nc ftp://host/out.zarr")
        .run("convert sst.nc s3:/bucket/out.zarr")
        .run("convert sst.nc file://host/out.zarr");
    assert_eq!(tree(&transcript.path("work")), ["notes.txt"]);
    transcript.check("error-output");
}

#[test]
fn settings_that_do_not_fit_the_file() {
    let mut transcript = Transcript::with(&["wind.nc"]);
    transcript
        .run("convert wind.nc out.zarr --variables temperature")
        .run("convert wind.nc out.zarr --drop-variables v,temperature")
        .run("convert wind.nc out.zarr --missing-check-vars v,temperature")
        .run("convert wind.nc out.zarr --chunking time:5,lat:50")
        .run("convert wind.nc out.zarr --memory 1KiB")
        .run("convert wind.nc out.zarr --compression lz4")
        .run("convert wind.nc out.zarr --compression blosc:zstd:11")
        .run("convert wind.nc out.zarr --group a/../b");
    assert!(!transcript.path("out.zarr").exists());
    transcript.check("error-settings");
}

#[test]
fn types_that_no_archive_can_hold_and_both_ways_out() {
    let mut transcript = Transcript::with(&["soundings.nc"]);
    transcript
        .run("convert soundings.nc out.zarr")
        .run("convert soundings.nc out.zarr --drop-variables wind")
        .run("convert soundings.nc other.zarr --skip-unsupported")
        .check("error-unsupported");
}

#[test]
fn command_lines_that_are_wrong() {
    Transcript::with(&["wind.nc"])
        .run("convert wind.nc")
        .run("convert wind.nc out.zarr --chunkin time:5")
        .run("convert wind.nc out.zarr --progress sometimes")
        .run("convert wind.nc out.zarr -q -v")
        .run("convert wind.nc out.zarr --variables '' --missing-check-vars '' --target-chunk-size 0")
        .run("konvert wind.nc out.zarr")
        .run("convert wind.nc out.zarr --jobs -3 --memory much --chunking time --attrs '[1' --zarr-format 4 --reader java")
        .check("error-usage");
}

#[test]
fn habits_from_the_python_tool() {
    Transcript::with(&["wind.nc"])
        .run("convert wind.nc out.zarr --datamesh-token x")
        .run("convert wind.nc out.zarr --target-chunk-size-mb 5.5")
        .check("error-python");
}

#[test]
fn configurations_that_are_wrong() {
    let mut transcript = Transcript::with(&["wind.nc"]);
    transcript
        .file(
            "keys.toml",
            "compresion = \"zstd\"\njobs = 0.5\n[chunking]\ntime = -2\n",
        )
        .file("syntax.toml", "jobs = \n")
        .file("later.toml", "[rolling_archive]\nenabled = true\n")
        .file(
            "python.yaml",
            "chunking:\n  time: 5\ncompression:\n  methd: zstd\n",
        )
        .file("old.ini", "jobs=1\n");
    for file in [
        "keys.toml",
        "syntax.toml",
        "later.toml",
        "python.yaml",
        "old.ini",
        "absent.toml",
    ] {
        transcript.run(&format!("convert wind.nc out.zarr --config {file}"));
    }
    assert!(!transcript.path("out.zarr").exists());
    transcript.check("error-config");
}

#[test]
fn variables_of_the_environment_that_are_wrong() {
    Transcript::with(&["wind.nc"])
        .set("ZARRIO_JOBS", "many")
        .run("convert wind.nc out.zarr")
        .set("ZARRIO_JOBS", "")
        .set("ZARRIO_MEMROY", "1GiB")
        .run("convert wind.nc out.zarr")
        .set("ZARRIO_MEMROY", "")
        .set("ZARRIO_LOG", "zarrio=loud")
        .run("convert wind.nc other.zarr")
        .set("ZARRIO_LOG", "")
        .set("SOURCE_DATE_EPOCH", "yesterday")
        .run("convert wind.nc other.zarr")
        .check("error-environment");
}
