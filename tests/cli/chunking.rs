//! What is said about planned chunks.

use super::transcript::Transcript;

#[test]
fn plans() {
    let mut transcript = Transcript::with(&["wind.nc", "january.nc4", "tas-2005.nc"]);
    let options = "--dry-run --jobs 2 --memory 256MiB --target-chunk-size 1KiB";
    transcript
        .file("python.yaml", "access_pattern: temporal\n")
        .run(&format!("convert january.nc4 out.zarr {options} --access-pattern temporal"))
        .run(&format!("convert january.nc4 out.zarr {options} --access-pattern spatial"))
        .run(&format!("convert january.nc4 out.zarr {options} --config python.yaml"))
        .run(&format!("convert january.nc4 out.zarr {options} --chunking source"))
        .run(&format!("convert wind.nc out.zarr {options} --access-pattern temporal=0.7,spatial=0.3 --chunking latitude:3 --intelligent-chunking"))
        // The archive's length decides, and the steps of the template's file.
        .run(&format!("create-template tas-2005.nc out.zarr {options} --global-end 2100-11"));
    assert!(!transcript.path("out.zarr").exists());
    transcript.check("chunking");
}

#[test]
fn settings_that_do_not_fit() {
    Transcript::with(&["wind.nc"])
        .run("convert wind.nc out.zarr --access-pattern tempral")
        .run("convert wind.nc out.zarr --access-pattern temporal,spatial")
        .run("convert wind.nc out.zarr --access-pattern temporal=1,spatial=1 --chunk-strategy classic")
        .run("convert wind.nc out.zarr --storage tape --chunk-strategy best")
        .run("convert wind.nc out.zarr --chunking source --intelligent-chunking -q")
        .run("convert wind.nc again.zarr --chunking source --intelligent-chunking")
        .check("error-chunking");
}
