//! What `ingest`, `inspect-inputs` and `clean` say.

use super::transcript::Transcript;

#[test]
fn help() {
    Transcript::with(&[])
        .run("ingest --help")
        .run("inspect-inputs --help")
        .run("clean --help")
        .check("help-ingest");
}

#[test]
fn many_files_in_one_command() {
    let mut transcript =
        Transcript::with(&["part-1.nc", "part-2.nc", "part-grid.nc", "part-late.nc"]);
    transcript
        .run("ingest part-1.nc part-2.nc out.zarr --workers 1 --dry-run")
        .run("ingest part-1.nc part-2.nc out.zarr --workers 1")
        .run("ingest part-1.nc part-2.nc out.zarr --workers 1")
        .run("ingest part-1.nc part-2.nc out.zarr --workers 1 --dry-run")
        .run("ingest part-1.nc part-grid.nc part-late.nc out.zarr --workers 1")
        .run("ingest part-1.nc part-2.nc out.zarr --workers 1 --json")
        .run("clean out.zarr")
        .run("clean out.zarr --dry-run --json")
        .run("ingest part-1.nc")
        .run("ingest absent.nc out.zarr")
        .run("clean absent.zarr")
        .check("ingest");
}

/// The later of two files for one place is what the archive holds.
#[test]
fn files_for_one_place() {
    let mut transcript = Transcript::with(&["part-1.nc", "part-2.nc", "part-minutes.nc"]);
    transcript
        .run("create-template part-1.nc out.zarr --global-end 2020-01-05 --freq 6h -q")
        .run("write-region part-1.nc part-minutes.nc out.zarr")
        .run("write-region part-1.nc out.zarr --resume")
        .run("write-region part-1.nc out.zarr --no-overwrite")
        .run("write-region part-1.nc part-minutes.nc out.zarr --resume")
        .run("write-region part-1.nc part-minutes.nc out.zarr --resume --json")
        .run("write-region part-1.nc out.zarr --force")
        .run("write-region part-1.nc out.zarr --force --no-overwrite")
        .run("write-region part-1.nc out.zarr --resume --check read-back --retries-on-missing 2")
        .run("write-region part-1.nc out.zarr --check everything")
        .run("write-region part-1.nc out.zarr --workers 0")
        .check("write-region-again");
}

#[test]
fn how_inputs_drift_apart() {
    let mut transcript = Transcript::with(&[
        "part-1.nc",
        "part-2.nc",
        "part-celsius.nc",
        "part-doubled.nc",
        "part-extra.nc",
        "part-grid.nc",
        "part-late.nc",
        "part-packed.nc",
    ]);
    std::fs::write(transcript.path("part-torn.nc"), b"CDF").unwrap();
    transcript
        .run("inspect-inputs part-1.nc part-2.nc")
        .run("inspect-inputs part-1.nc part-2.nc part-late.nc --json")
        .run("inspect-inputs 'part-*.nc'")
        .run("inspect-inputs part-torn.nc")
        .run("inspect-inputs part-1.nc part-doubled.nc")
        .run("inspect-inputs part-1.nc part-2.nc --time-dim lat")
        .check("inspect-inputs");
}
