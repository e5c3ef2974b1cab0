//! Digests of the same values, stored in many ways.

use std::fs;

use super::place::Place;

const WAYS: [&str; 6] = [
    "",
    "--zarr-format 2",
    "--compression none",
    "--compression zstd:9 --zarr-format 2",
    "--target-chunk-size 1KiB",
    "--target-chunk-size 200 --compression gzip:1",
];

#[test]
fn one_source_has_one_digest_however_it_is_stored() {
    let files = [
        "sst.nc",
        "stations.nc",
        "groups.nc",
        "wind.nc",
        "basins.nc",
        "forecast.nc",
    ];
    for file in files {
        let place = Place::with(&[file]);
        let mut first: Option<String> = None;
        for (i, way) in WAYS.iter().enumerate() {
            place.done(&format!("convert {file} {i}.zarr {way} --skip-unsupported"));
            let digest = place.done(&format!("digest {i}.zarr"));
            let poor = place.done(&format!("digest {i}.zarr --jobs 1 --memory 2MiB"));
            assert_eq!(digest, poor, "{file} {way}");
            match &first {
                None => first = Some(digest),
                Some(first) => assert_eq!(*first, digest, "{file} {way}"),
            }
        }
        let lines = first.unwrap();
        assert!(lines.lines().count() >= 2, "{file}: {lines}");
    }
}

#[test]
fn chunks_of_every_shape_have_one_digest() {
    let place = Place::with(&["wind.nc"]);
    let shapes = [
        "time:1",
        "time:3,latitude:2,longitude:4",
        "time:10,latitude:9,longitude:1",
        "level:1,longitude:5",
    ];
    place.done("convert wind.nc whole.zarr");
    let whole = place.done("digest whole.zarr");
    for shape in shapes {
        place.done(&format!(
            "convert wind.nc cut.zarr --overwrite --chunking {shape}"
        ));
        assert_eq!(place.done("digest cut.zarr"), whole, "{shape}");
        place.done("verify cut.zarr --sources");
    }
}

#[test]
fn one_value_makes_another_digest() {
    let place = Place::with(&["part-1.nc"]);
    place.done("convert part-1.nc one.zarr");
    let mut bytes = fs::read(place.path("part-1.nc")).unwrap();
    let end = bytes.len();
    bytes[end - 1] ^= 1;
    fs::write(place.path("part-1.nc"), bytes).unwrap();
    place.done("convert part-1.nc other.zarr");
    let (one, other) = (
        place.done("digest one.zarr"),
        place.done("digest other.zarr"),
    );
    let differ: Vec<&str> = one
        .lines()
        .zip(other.lines())
        .filter(|(one, other)| one != other)
        .filter_map(|(one, _)| one.split_whitespace().nth(1))
        .collect();
    assert_eq!(differ, ["rain"]);
}

#[test]
fn an_archive_filled_by_regions_has_the_digest_of_one_made_at_once() {
    let place = Place::parts("");
    place.done("create-template part-1.nc other.zarr --global-end 2020-01-05 --freq 6h --chunking time:20,lat:2,lon:3 --zarr-format 2");
    place.done("write-region part-2.nc part-1.nc other.zarr");
    assert_eq!(
        place.done("digest out.zarr"),
        place.done("digest other.zarr")
    );
}
