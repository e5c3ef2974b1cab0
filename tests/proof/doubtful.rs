//! Chunks of arrays whose documents contradict each other.

use std::fs;

use super::place::{Place, assert_same};

/// By a wrong document every chunk is one that cannot be read.
#[test]
fn chunks_are_not_written_by_documents_that_are_doubtful() {
    let v2 = ("2", ".zmetadata", "t2m/.zarray", "/metadata/t2m~1.zarray");
    let v3 = (
        "3",
        "zarr.json",
        "t2m/zarr.json",
        "/consolidated_metadata/metadata/t2m",
    );
    for (format, root, own, pointer) in [v3, v2] {
        let place = Place::with(&["part-1.nc"]);
        place.done(&format!(
            "convert part-1.nc out.zarr --zarr-format {format}"
        ));
        let whole = place.objects();
        let chunks = match format {
            "3" => "/chunk_grid/configuration/chunk_shape",
            _ => "/chunks",
        };
        for within in [chunks, "/fill_value"] {
            place.change(root, |bytes| {
                let mut json: serde_json::Value = serde_json::from_slice(bytes).unwrap();
                let value = json.pointer_mut(&format!("{pointer}{within}")).unwrap();
                match within {
                    "/fill_value" => *value = 1.into(),
                    _ => value[0] = (value[0].as_u64().unwrap() * 2).into(),
                }
                *bytes = json.to_string().into_bytes();
            });
            let damaged = place.objects();
            let said = place.ends("repair out.zarr", 6);
            assert!(said.contains(own), "{said}");
            assert_same(&place.objects(), &damaged, within);
            fs::write(place.path("out.zarr").join(root), &whole[root]).unwrap();
        }
        place.done("verify out.zarr");
        // What is wrong besides is mended then.
        let chunk = whole.keys().find(|name| {
            name.starts_with("t2m/") && !name.ends_with(".json") && !name.contains("/.z")
        });
        place.change(chunk.unwrap(), |bytes| bytes.truncate(9));
        place.done("repair out.zarr");
        assert_same(&place.objects(), &whole, "mended");
    }
}

/// Attributes that only describe say nothing of where chunks lie and what is in them.
#[test]
fn chunks_are_written_where_documents_differ_in_what_they_describe() {
    for (format, chunk) in [("3", "t2m/c/1/0/0"), ("2", "t2m/1.0.0")] {
        let place = Place::parts(&format!("--zarr-format {format}"));
        let whole = place.objects();
        for (variable, name, value, is_mended) in [
            ("time", "long_name", "when", true),
            ("time", "units", "hours since 2020-01-02", false),
            ("time", "calendar", "noleap", false),
            ("t2m", "units", "Pa", true),
            ("t2m", "add_offset", "1", false),
        ] {
            let (document, within) = match format {
                "3" => (format!("{variable}/zarr.json"), "/attributes"),
                _ => (format!("{variable}/.zattrs"), ""),
            };
            place.change(&document, |bytes| {
                let mut json: serde_json::Value = serde_json::from_slice(bytes).unwrap();
                json.pointer_mut(within).unwrap()[name] = value.into();
                *bytes = json.to_string().into_bytes();
            });
            place.change(chunk, |bytes| bytes.truncate(9));
            let said = place.ends("repair out.zarr", 6);
            assert!(said.contains(&document), "{said}");
            assert_eq!(said.contains("mended 1 chunk"), is_mended, "{name}: {said}");
            let objects = place.objects();
            assert_eq!(objects[chunk] == whole[chunk], is_mended, "{name}");
            for object in [chunk, &document] {
                fs::write(place.path("out.zarr").join(object), &whole[object]).unwrap();
            }
        }
        place.done("verify out.zarr");
    }
}

/// What is along a dimension of the same name has the labels of its own group.
#[test]
fn documents_of_other_groups_keep_nothing_from_being_mended() {
    let place = Place::with(&["part-1.nc"]);
    for group in ["", "--group a", "--group a/b", "--group c"] {
        place.done(&format!("convert part-1.nc in.zarr {group}"));
    }
    place.done("convert in.zarr out.zarr");
    let whole = place.objects();
    place.change("a/time/zarr.json", |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        *bytes = text.replace("\"shape\":[8]", "\"shape\":[7]").into_bytes();
    });
    let groups = ["", "a/", "a/b/", "c/"];
    let chunk = |group: &str| {
        let name = format!("{group}t2m/c/");
        let found = whole.keys().find(|object| object.starts_with(&name));
        found.unwrap().clone()
    };
    for group in groups {
        place.change(&chunk(group), |bytes| bytes.truncate(9));
    }
    let said = place.ends("repair out.zarr", 6);
    assert!(
        said.contains("the documents of a/time contradict"),
        "{said}"
    );
    let objects = place.objects();
    for group in groups {
        let name = chunk(group);
        assert_eq!(
            objects[&name] == whole[&name],
            group != "a/",
            "{name}: {said}"
        );
    }
}
