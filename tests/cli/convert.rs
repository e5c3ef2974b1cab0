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
