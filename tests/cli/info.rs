//! Tables and JSON of `info`.

use super::transcript::Transcript;

#[test]
fn files() {
    let mut transcript =
        Transcript::with(&["wind.nc", "ocean.nc", "sst.nc", "basins.nc", "stations.nc"]);
    for file in ["wind.nc", "ocean.nc", "sst.nc", "basins.nc", "stations.nc"] {
        transcript.run(&format!("info {file}"));
    }
    transcript.check("info-netcdf");
}

#[test]
fn groups_are_a_tree() {
    Transcript::with(&["groups.nc"])
        .run("info groups.nc")
        .run("convert groups.nc groups.zarr")
        .run("info groups.zarr")
        .run("info groups.zarr/region1/subgroup1")
        .check("info-groups");
}

#[test]
fn attributes() {
    Transcript::with(&["soundings.nc", "forecast.nc"])
        .run("info soundings.nc --attributes")
        .run("info forecast.nc --attributes")
        .check("info-attributes");
}

#[test]
fn archives() {
    Transcript::with(&["wind.nc", "sst.nc"])
        .run("convert wind.nc three.zarr --chunking time:4")
        .run("info three.zarr")
        .run("convert wind.nc two.zarr --chunking time:4 --zarr-format 2 --compression zstd:5")
        .run("info two.zarr")
        .run("info two.zarr --attributes")
        .check("info-zarr");
}

#[test]
fn json() {
    Transcript::with(&["sst.nc"])
        .run("info sst.nc --json")
        .run("convert sst.nc sst.zarr")
        .run("info sst.zarr --json")
        .check("info-json");
}
