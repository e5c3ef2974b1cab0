//! Every class of error: the cause, the remedy and the exit code.

use std::path::Path;

use super::transcript::{Transcript, tree};

#[test]
fn inputs_that_cannot_be_read() {
    let mut transcript = Transcript::with(&[]);
    transcript
        .file("notes.txt", "These are notes, not data.\n")
        .file("empty.nc", "")
        .file("packed.nc.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\0")
        .file("data/a.txt", "x")
        .file("broken.zarr/zarr.json", "{")
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
        .run("info ''")
        .run("info absent.nc")
        .run("info data")
        .run("info broken.zarr")
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
        .run("convert wind.nc out.zarr --dry-run")
        .run("convert sst.nc out.zarr")
        .run("convert sst.nc out.zarr --dry-run")
        .run("convert sst.nc out.zarr/u --overwrite")
        .run("convert sst.nc out.zarr --group u --overwrite")
        .run("create-template sst.nc out.zarr/a/b")
        .run("ingest sst.nc out.zarr/a --dry-run")
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
        .run("convert wind.nc out.zarr --time-dim valid_time")
        .run("extend out.zarr --global-end 2020 --missing-check-vars u")
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

/// A NetCDF file (CDF-5) of hours without values, and of a byte for each of them.
fn hours(path: &Path, count: u64) {
    let name = |text: &str| {
        let mut bytes = (text.len() as u64).to_be_bytes().to_vec();
        bytes.extend(text.as_bytes());
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    };
    let list = |tag: u32, length: u64| [&tag.to_be_bytes()[..], &length.to_be_bytes()].concat();
    let units = "hours since 2000-01-01";
    let attribute = [
        list(12, 1),
        name("units"),
        2u32.to_be_bytes().to_vec(),
        name(units),
    ];
    let variable = |text: &str, attributes: Vec<u8>, code: u32, width: u64, begin: u64| {
        [
            name(text),
            // One dimension, which is the first.
            [1u64.to_be_bytes(), 0u64.to_be_bytes()].concat(),
            attributes,
            code.to_be_bytes().to_vec(),
            (count * width).next_multiple_of(4).to_be_bytes().to_vec(),
            begin.to_be_bytes().to_vec(),
        ]
        .concat()
    };
    let head = [
        b"CDF\x05".to_vec(),
        0u64.to_be_bytes().to_vec(),
        list(10, 1),
        name("time"),
        count.to_be_bytes().to_vec(),
        list(0, 0),
        list(11, 2),
        variable("time", attribute.concat(), 6, 8, 1024),
        variable("cloud", list(0, 0), 1, 1, 1024 + count * 8),
    ];
    std::fs::write(path, head.concat()).unwrap();
    let file = std::fs::File::options().write(true).open(path).unwrap();
    // Where nothing was written there is nothing on the disk either.
    file.set_len(1024 + count * 8 + count.next_multiple_of(4))
        .unwrap();
}

#[test]
fn more_labels_than_the_memory_has_room_for() {
    let mut transcript = Transcript::with(&[]);
    hours(&transcript.path("one.nc"), 1);
    hours(&transcript.path("many.nc"), 1 << 33);
    transcript.run("convert one.nc one.zarr");
    transcript.set("ZARRIO_MEMORY", "1GiB");
    for line in [
        "write-region many.nc one.zarr",
        "append many.nc one.zarr",
        "verify one.zarr many.nc",
        "plan many.nc one.zarr --output plan.json",
        "create-template many.nc many.zarr",
        "ingest many.nc many.zarr",
    ] {
        transcript.run(line);
    }
    transcript.check("error-labels");
    assert_eq!(tree(&transcript.path("one.zarr/time/c")), ["0"]);
    assert!(!transcript.path("many.zarr").exists());
}
