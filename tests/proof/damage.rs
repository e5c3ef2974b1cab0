//! Damaged chunks.

use std::fs;

use super::place::{Place, assert_same};

/// What is done to an archive.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Damage {
    Delete,
    Truncate,
    Empty,
    Flip,
    Swap,
}

const ALL: [Damage; 5] = [
    Damage::Delete,
    Damage::Truncate,
    Damage::Empty,
    Damage::Flip,
    Damage::Swap,
];

impl Damage {
    fn to(self, place: &Place, chunk: &str, other: &str) {
        match self {
            Self::Delete => fs::remove_file(place.path("out.zarr").join(chunk)).unwrap(),
            Self::Truncate => place.change(chunk, |bytes| bytes.truncate(bytes.len() / 2)),
            Self::Empty => place.change(chunk, Vec::clear),
            Self::Flip => place.change(chunk, |bytes| {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 4;
            }),
            Self::Swap => {
                let objects = place.objects();
                assert_ne!(objects[chunk], objects[other]);
                place.change(chunk, |bytes| bytes.clone_from(&objects[other]));
                place.change(other, |bytes| bytes.clone_from(&objects[chunk]));
            }
        }
    }
}

#[test]
fn every_damage_to_a_shared_chunk_is_named_and_mended() {
    for options in [
        "--compression none",
        "--zarr-format 2",
        "--compression zstd:3",
    ] {
        let (chunk, other) = match options.contains("format 2") {
            true => ("t2m/1.0.0", "t2m/0.0.0"),
            false => ("t2m/c/1/0/0", "t2m/c/0/0/0"),
        };
        let place = Place::parts(options);
        place.done("verify out.zarr --sources");
        let whole = place.objects();
        for damage in ALL {
            let when = format!("{options}, {damage:?}");
            damage.to(&place, chunk, other);
            let damaged = place.objects();
            let said = place.ends("verify out.zarr", 6);
            let name = chunk.strip_prefix("t2m/").unwrap();
            assert!(
                said.contains("t2m") && said.contains(name),
                "{when}: {said}"
            );
            let said = place.ends("verify out.zarr part-1.nc part-2.nc", 6);
            assert!(said.contains(name), "{when}: {said}");
            if matches!(damage, Damage::Delete | Damage::Truncate | Damage::Empty)
                && !(options.contains("zstd") && damage == Damage::Truncate)
            {
                let said = place.ends("verify out.zarr --quick", 6);
                assert!(said.contains(name), "{when}: {said}");
            }
            place.done("repair out.zarr --dry-run");
            assert_same(&place.objects(), &damaged, &format!("{when}, not written"));
            let said = place.done("repair out.zarr");
            assert!(said.contains("mended"), "{when}: {said}");
            assert_same(&place.objects(), &whole, &when);
            place.done("verify out.zarr --sources");
            let said = place.done("repair out.zarr");
            assert!(said.contains("nothing is to be mended"), "{when}: {said}");
        }
    }
}

/// Decoders pass over such bytes or refuse them, as they please.
#[test]
fn bytes_behind_the_end_of_a_chunk_are_found_and_removed() {
    for codec in [
        "gzip:1", "zlib:1", "bz2:1", "pcodec", "zstd", "blosc", "none",
    ] {
        let place = Place::parts(&format!("--compression {codec}"));
        let whole = place.objects();
        place.done("verify out.zarr");
        for tail in [&b"xx"[..], &[0; 8]] {
            place.change("t2m/c/1/0/0", |bytes| bytes.extend(tail));
            for command in ["verify out.zarr", "verify out.zarr part-1.nc part-2.nc"] {
                let said = place.ends(command, 6);
                assert!(said.contains("c/1/0/0"), "{codec}: {said}");
            }
            place.done("repair out.zarr");
            assert_same(&place.objects(), &whole, codec);
        }
    }
}

#[test]
fn a_file_that_shares_a_damaged_chunk_is_written_once_that_is_mended() {
    let place = Place::parts("");
    let whole = place.objects();
    place.change("t2m/c/1/0/0", |bytes| bytes.truncate(bytes.len() / 2));
    let said = place.ends("write-region part-2.nc out.zarr", 3);
    assert!(
        said.contains("part-2.nc")
            && said.contains("variable \"t2m\", chunk c/1/0/0 of the archive cannot be decoded")
            && said.contains("'zarrio repair'"),
        "{said}"
    );
    place.done("repair out.zarr");
    place.done("write-region part-2.nc out.zarr");
    place.done("verify out.zarr --sources");
    let now = place.objects();
    for name in ["t2m/c/1/0/0", "t2m/c/0/0/0"] {
        assert_eq!(now[name], whole[name], "{name}");
    }
}

#[test]
fn what_does_not_grow_is_mended_where_a_file_has_it() {
    let place = Place::parts("");
    let whole = place.objects();
    // The labels by which the other chunks are found are damaged too.
    fs::remove_file(place.path("out.zarr/lat/c/0")).unwrap();
    place.change("height/c/0/0", Vec::clear);
    place.change("rain/c/0/0/0", |bytes| bytes.truncate(20));
    let said = place.ends("verify out.zarr", 6);
    for name in [
        "lat, chunk c/0",
        "height, chunk c/0/0",
        "rain, chunk c/0/0/0",
    ] {
        assert!(said.contains(name), "{name}: {said}");
    }
    place.done("repair out.zarr");
    assert_same(&place.objects(), &whole, "lat, height and rain");

    // Times that were computed for the archive stand in no file.
    fs::remove_file(place.path("out.zarr/time/c/0")).unwrap();
    let said = place.ends("repair out.zarr", 6);
    assert!(
        said.contains("make another archive as this one was made"),
        "{said}"
    );
}

/// A conversion that changed how values are kept, or took a part of them, is mended from its file.
#[test]
fn conversions_that_changed_values_are_proved_and_mended() {
    for options in [
        "--packing",
        "--packing --packing-bits 8 --zarr-format 2",
        "--precision t2m=0.5",
        "--keep-bits t2m=9,rain=12",
    ] {
        let place = Place::with(&["part-1.nc"]);
        place.done(&format!(
            "convert part-1.nc out.zarr --chunking time:3 {options}"
        ));
        place.done("verify out.zarr --sources");
        let said = place.done("verify out.zarr part-1.nc");
        let line = said
            .lines()
            .find(|line| line.trim_start().starts_with("t2m"));
        let line = line.map(|line| line.split_whitespace().collect::<Vec<_>>());
        assert_eq!(
            line.map(|line| line[..2].join(" ")),
            Some("t2m 96".into()),
            "{said}"
        );
        let whole = place.objects();
        let chunk = match options.contains("format 2") {
            true => "t2m/1.0.0",
            false => "t2m/c/1/0/0",
        };
        for damage in [Damage::Delete, Damage::Truncate, Damage::Swap] {
            let when = format!("{options}, {damage:?}");
            damage.to(&place, chunk, &chunk.replace('1', "0"));
            place.ends("verify out.zarr", 6);
            place.done("repair out.zarr");
            assert_same(&place.objects(), &whole, &when);
        }
    }
}

#[test]
fn archives_of_every_kind_are_mended() {
    let chunks = [
        ("stations.nc", "station_name/c/0"),
        ("stations.nc", "humidity/c/0"),
        ("sst.nc", "analysed_sst/c/0/0/0"),
        ("sst.nc", "spatial_ref/c"),
        ("wind.nc", "u/c/0/0/0/0"),
    ];
    for (file, chunk) in chunks {
        let place = Place::with(&[file]);
        place.done(&format!("convert {file} out.zarr"));
        place.done("verify out.zarr --sources");
        let whole = place.objects();
        for damage in [Damage::Delete, Damage::Truncate, Damage::Empty] {
            damage.to(&place, chunk, chunk);
            let said = place.ends("verify out.zarr", 6);
            let (variable, name) = chunk.split_once('/').unwrap();
            assert!(
                said.contains(&format!("{variable}, chunk {name}")),
                "{said}"
            );
            place.done("repair out.zarr");
            assert_same(&place.objects(), &whole, &format!("{chunk}, {damage:?}"));
        }
    }
}

#[test]
fn groups_are_mended() {
    let place = Place::with(&["groups.nc"]);
    place.done("convert groups.nc out.zarr");
    let whole = place.objects();
    let chunks = whole.keys().filter(|name| {
        let deep = name.split("/c/").next().unwrap().contains('/');
        name.contains("/c/") && deep && !name.contains(".zarrio")
    });
    let chunks: Vec<String> = chunks.cloned().collect();
    assert!(!chunks.is_empty());
    for chunk in &chunks {
        fs::remove_file(place.path("out.zarr").join(chunk)).unwrap();
    }
    let said = place.ends("verify out.zarr", 6);
    let (variable, _) = chunks[0].split_once("/c/").unwrap();
    assert!(said.contains(variable), "{said}");
    place.done("repair out.zarr");
    assert_same(&place.objects(), &whole, "groups");
}

#[test]
fn a_chunk_of_several_files_needs_all_of_them() {
    let place = Place::parts("");
    let whole = place.objects();
    place.change("t2m/c/1/0/0", |bytes| bytes.truncate(20));
    let damaged = place.objects();
    fs::create_dir(place.path("moved")).unwrap();
    fs::rename(place.path("part-2.nc"), place.path("moved/part-2.nc")).unwrap();
    let said = place.ends("repair out.zarr", 6);
    assert!(
        said.contains("needs") && said.contains("part-2.nc"),
        "{said}"
    );
    assert_same(&place.objects(), &damaged, "a file is away");
    // Another file of this name is not the one.
    fs::copy(place.path("part-1.nc"), place.path("part-2.nc")).unwrap();
    let said = place.ends("repair out.zarr", 6);
    assert!(said.contains("changed since"), "{said}");
    assert_same(&place.objects(), &damaged, "another file");
    let said = place.ends("repair out.zarr moved/part-2.nc", 0);
    assert!(said.contains("mended 1 chunk"), "{said}");
    assert_same(&place.objects(), &whole, "given by hand");
}

#[test]
fn what_a_later_file_decides_is_mended_from_that_file() {
    let place = Place::parts("--compression none");
    // The same values from another file, stored otherwise there.
    fs::copy(
        crate::support::repository().join("tests/cli/data/part-packed.nc"),
        place.path("part-packed.nc"),
    )
    .unwrap();
    place.done("write-region part-packed.nc out.zarr");
    let whole = place.objects();
    let said = place.done("verify out.zarr part-1.nc");
    let line = said
        .lines()
        .find(|line| line.trim_start().starts_with("t2m"));
    assert_eq!(
        line.map(|line| line.split_whitespace().collect::<Vec<_>>()),
        Some(vec!["t2m", "0", "96", "0", "0", "0"]),
        "{said}"
    );
    fs::remove_file(place.path("part-1.nc")).unwrap();
    place.change("t2m/c/0/0/0", |bytes| bytes[3] ^= 1);
    fs::remove_file(place.path("out.zarr/rain/c/1/0/0")).unwrap();
    let said = place.done("repair out.zarr");
    assert!(said.contains("part-packed.nc"), "{said}");
    assert_same(&place.objects(), &whole, "written over");
}

/// Some labels are mended, and others stay damaged: what these are needed for is not announced.
#[test]
fn what_is_announced_is_written() {
    let place = Place::parts("");
    let whole = place.objects();
    for time in [true, false] {
        if time {
            fs::remove_file(place.path("out.zarr/time/c/0")).unwrap();
        }
        place.change("lat/c/0", |bytes| bytes.truncate(9));
        place.change("t2m/c/0/0/0", |bytes| bytes.truncate(9));
        let (code, announced) = match time {
            true => (6, "out.zarr: 1 chunk is to be written anew"),
            false => (0, "out.zarr: 2 chunks are to be written anew"),
        };
        let said = place.ends("repair out.zarr", code);
        assert!(said.contains(announced), "{said}");
        assert!(!said.contains("could not be mended"), "{said}");
        let objects = place.objects();
        assert_eq!(objects["lat/c/0"], whole["lat/c/0"]);
        assert_eq!(objects["t2m/c/0/0/0"] == whole["t2m/c/0/0/0"], !time);
        fs::write(place.path("out.zarr/time/c/0"), &whole["time/c/0"]).unwrap();
    }
    assert_same(&place.objects(), &whole, "all is mended");
}

/// The times of a template are in no file, and no file is to be given for them.
#[test]
fn labels_that_were_computed_are_told_as_such() {
    let place = Place::parts("--compression none");
    place.change("time/c/0", |bytes| bytes[3] ^= 1);
    place.ends("verify out.zarr", 6);
    let said = place.ends("repair out.zarr", 6);
    assert!(said.contains("time, of "), "{said}");
    assert!(said.contains("make another archive as this one was made"));
    assert!(!said.contains("is not there as it was"), "{said}");
}
