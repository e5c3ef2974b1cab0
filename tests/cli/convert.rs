//! What `convert` says when all goes well.

use std::process::Command;

use super::transcript::Transcript;
use crate::support::{python, zarrio};

#[test]
fn summaries() {
    Transcript::with(&["wind.nc", "ocean.nc"])
        .run("convert wind.nc out.zarr")
        .run("convert wind.nc out.zarr")
        .run("convert wind.nc out.zarr --overwrite --compression zstd:5")
        .run("convert wind.nc cycles.zarr --group cycle/one")
        .run("convert ocean.nc quiet.zarr -q")
        .run("-q convert ocean.nc quiet.zarr")
        .check("convert");
}

#[test]
fn plans() {
    let machine = "--jobs 2 --memory 256MiB";
    let mut transcript = Transcript::with(&["wind.nc", "basins.nc"]);
    transcript
        .run(&format!(
            "convert wind.nc out.zarr --dry-run {machine} --chunking time:4,level:-1"
        ))
        .run(&format!(
            "convert basins.nc out.zarr --group a --dry-run {machine}"
        ))
        .run(&format!(
            "convert wind.nc out.zarr --variables u --dry-run --json {machine}"
        ));
    assert!(!transcript.path("out.zarr").exists());
    transcript.check("convert-dry-run");
}

#[test]
fn reports() {
    Transcript::with(&["wind.nc"])
        .run("convert wind.nc out.zarr --variables u --json -q")
        .run("convert wind.nc out.zarr --variables u --json -q")
        .check("convert-json");
}

#[test]
fn packing() {
    let ranges = r#"'{"u":{"min":-100,"max":100}}'"#;
    let narrow = r#"'{"u":{"min":-1,"max":1}}'"#;
    Transcript::with(&["wind.nc", "part-1.nc", "part-2.nc"])
        .run("convert wind.nc out.zarr --packing --dry-run --jobs 2 --memory 256MiB")
        .run("convert wind.nc out.zarr --packing")
        .run("convert wind.nc out.zarr --packing")
        .run(&format!(
            "convert wind.nc out.zarr --overwrite --packing --packing-bits 8 --packing-manual-ranges {ranges} --json -q"
        ))
        .run(&format!(
            "convert wind.nc other.zarr --packing --packing-manual-ranges {narrow}"
        ))
        .run(&format!(
            "convert wind.nc other.zarr --packing --packing-manual-ranges {narrow} --packing-range-exceeded-action warn"
        ))
        .run("convert wind.nc x.zarr --packing-bits 8 --dry-run")
        .run("convert wind.nc x.zarr --packing --packing-exclude w")
        .run("convert wind.nc x.zarr --packing --packing-bits 12 --packing-auto-buffer-factor -1 --packing-range-exceeded-action clamp")
        .run("create-template part-1.nc part-2.nc archive.zarr --packing")
        .run("write-region part-1.nc archive.zarr --dry-run --jobs 1")
        .run("write-region part-1.nc part-2.nc archive.zarr")
        .run("write-region part-1.nc archive.zarr --packing-range-exceeded-action widen")
        .check("packing");
}

/// A group whose name Zarr does not allow does not stand in the way of the others.
#[test]
fn a_group_with_a_reserved_name_can_be_left_out() {
    let Some(python) = python() else { return };
    let transcript = Transcript::with(&[]);
    let script = "import netCDF4\n\
        d = netCDF4.Dataset('in.nc', 'w')\n\
        d.createDimension('x', 3)\n\
        for name in ('a', '__inner/b', '__inner/deep/c', 'ok/d'):\n    d.createVariable(name, 'f4', ('x',))[:] = 1\n\
        d.createGroup('__empty')\n\
        d.close()\n";
    let mut make = Command::new(python);
    let make = make.args(["-c", script]).current_dir(transcript.path(""));
    assert!(make.status().unwrap().success());
    let convert = |options: &[&str]| {
        let mut command = zarrio();
        command.args(["convert", "in.nc", "out.zarr", "--overwrite"]);
        let output = command.args(options).current_dir(transcript.path(""));
        let output = output.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), said)
    };
    let (code, said) = convert(&[]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("\"__inner\""), "{said}");
    // What the error says to do.
    let named = "--drop-variables __inner/b,__inner/deep/c";
    assert!(said.contains(named), "{said}");
    for options in [
        ["--drop-variables", "__inner/b,__inner/deep/c"],
        ["--variables", "a,d"],
    ] {
        let (code, said) = convert(&options);
        assert_eq!(code, Some(0), "{said}");
        for group in ["__inner", "__empty"] {
            assert!(said.contains(&format!("group \"{group}\"")), "{said}");
            assert!(!transcript.path("out.zarr").join(group).exists());
        }
        assert!(transcript.path("out.zarr/ok/d").exists());
    }
}
