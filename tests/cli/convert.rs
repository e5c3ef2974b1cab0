//! What `convert` says when all goes well.

use super::transcript::Transcript;

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
