//! Documents of arrays and groups that are not what the consolidated metadata say.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::place::{Place, assert_same};
use crate::support::python;

/// The documents that the archive is not opened by.
fn documents(place: &Place) -> Vec<String> {
    let roots = ["zarr.json", ".zgroup", ".zmetadata"];
    let names = place.objects().into_keys();
    let names = names.filter(|name| {
        let last = name.rsplit('/').next().unwrap();
        matches!(last, "zarr.json" | ".zgroup" | ".zarray" | ".zattrs")
    });
    names
        .filter(|name| !roots.contains(&name.as_str()))
        .collect()
}

#[test]
fn documents_that_nobody_can_read_are_named_and_written_again() {
    for format in ["3", "2"] {
        let place = Place::with(&["groups.nc"]);
        place.done(&format!(
            "convert groups.nc out.zarr --zarr-format {format}"
        ));
        let whole = place.objects();
        let documents = documents(&place);
        assert!(documents.len() >= 5, "{documents:?}");
        for cut in [false, true] {
            for document in &documents {
                match cut {
                    true => place.change(document, |bytes| bytes.truncate(bytes.len() / 2)),
                    false => fs::remove_file(place.path("out.zarr").join(document)).unwrap(),
                }
            }
            let damaged = place.objects();
            for options in ["", " --quick"] {
                let said = place.ends(&format!("verify out.zarr{options}"), 6);
                for document in &documents {
                    // Format 2 needs none for no attributes.
                    let empty = !cut && whole[document] == b"{}\n";
                    assert_eq!(!said.contains(document), empty, "{document}: {said}");
                }
            }
            place.done("repair out.zarr --dry-run");
            assert_same(&place.objects(), &damaged, "not written");
            let said = place.done("repair out.zarr");
            assert!(said.contains("mended"), "{said}");
            for document in documents.iter().filter(|name| whole[*name] == b"{}\n") {
                fs::write(place.path("out.zarr").join(document), "{}\n").unwrap();
            }
            assert_same(&place.objects(), &whole, "mended");
            place.done("verify out.zarr");
        }
    }
}

#[test]
fn documents_that_say_something_else_are_left_to_people() {
    for (format, document) in [("3", "t2m/zarr.json"), ("2", "t2m/.zarray")] {
        let place = Place::with(&["part-1.nc"]);
        place.done(&format!(
            "convert part-1.nc out.zarr --zarr-format {format}"
        ));
        let whole = place.objects();
        place.change(document, |bytes| {
            let text = String::from_utf8(bytes.clone()).unwrap();
            *bytes = text.replace("\"shape\":[8,", "\"shape\":[7,").into_bytes();
        });
        let other = place.objects();
        let said = place.ends("verify out.zarr", 6);
        assert!(said.contains(document) && said.contains("shape"), "{said}");
        let said = place.ends("repair out.zarr", 6);
        assert!(said.contains("remove this document"), "{said}");
        assert_same(&place.objects(), &other, "left");
        fs::remove_file(place.path("out.zarr").join(document)).unwrap();
        place.done("repair out.zarr");
        assert_same(&place.objects(), &whole, "removed and written again");
    }
}

/// Runs a script of Python on a format beside the archive; gives what it said when it failed.
fn said(place: &Place, python: &Path, script: &str, format: &str) -> Result<(), String> {
    let mut command = Command::new(python);
    let command = command.args(["-W", "ignore", "-c", script, format]);
    let output = command.current_dir(place.path("")).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    output.status.success().then_some(()).ok_or(said)
}

/// What xarray writes is right, and what it fails to read is told.
#[test]
fn readers_without_consolidated_metadata_agree() {
    let Some(python) = python() else { return };
    for format in ["3", "2"] {
        let place = Place::with(&["part-1.nc"]);
        let run = |script: &str| said(&place, &python, script, format);
        run(
            "import sys, xarray as x\nx.open_dataset('part-1.nc').to_zarr('out.zarr', consolidated=True, zarr_format=int(sys.argv[1]))",
        )
        .unwrap();
        place.done("verify out.zarr");
        let read = "import xarray as x\nd = x.open_zarr('out.zarr', consolidated=False)\nassert d.equals(x.open_dataset('part-1.nc')), d";
        run(read).unwrap();
        let document = if format == "3" {
            "zarr.json"
        } else {
            ".zarray"
        };
        place.change(&format!("t2m/{document}"), Vec::clear);
        run(read).unwrap_err();
        place.ends("verify out.zarr --quick", 6);
        place.done("repair out.zarr");
        run(read).unwrap();
        place.done("verify out.zarr");
    }
}

const CONSOLIDATE: &str = "import zarr\nzarr.consolidate_metadata('out.zarr')";

/// Documents without all that has a default, and numbers in another form.
const SHORTEN: &str = r"
import json, pathlib
def short(d):
    for key in ('storage_transformers', 'dimension_separator', 'must_understand', 'consolidated_metadata'):
        d.pop(key, None)
    if d.get('attributes') == {}:
        del d['attributes']
    if d.get('dimension_names') == []:
        del d['dimension_names']
    if 'chunk_key_encoding' in d:
        d['chunk_key_encoding'] = {'name': 'default'}
    if isinstance(d.get('fill_value'), float) and d['fill_value'].is_integer():
        d['fill_value'] = int(d['fill_value'])
    return d
for name in ('zarr.json', '.zarray'):
    for path in pathlib.Path('out.zarr').glob('*/' + name):
        path.write_text(json.dumps(short(json.loads(path.read_text())), indent=2))
";

/// Another program writes down the same in other words.
#[test]
fn documents_that_say_the_same_in_other_words_are_right() {
    let Some(python) = python() else { return };
    for (file, format) in [
        ("groups.nc", "3"),
        ("groups.nc", "2"),
        ("part-1.nc", "3"),
        ("part-1.nc", "2"),
    ] {
        let place = Place::with(&[file]);
        place.done(&format!("convert {file} out.zarr --zarr-format {format}"));
        said(&place, &python, CONSOLIDATE, format).unwrap();
        place.done("verify out.zarr");
        said(&place, &python, SHORTEN, format).unwrap();
        place.done("verify out.zarr");
        said(&place, &python, CONSOLIDATE, format).unwrap();
        place.done("verify out.zarr");
    }
}

/// Documents as people write them: without what has a default.
#[test]
fn short_documents_are_those_that_python_consolidates() {
    let Some(python) = python() else { return };
    for (format, documents) in [
        (
            "3",
            [
                ("zarr.json", r#"{"zarr_format":3,"node_type":"group"}"#),
                (
                    "t/zarr.json",
                    r#"{"zarr_format":3,"node_type":"array","shape":[2,2],"data_type":"float64","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[2,2]}},"chunk_key_encoding":{"name":"default"},"codecs":[{"name":"bytes","configuration":{"endian":"little"}}],"fill_value":0}"#,
                ),
                (
                    "b/zarr.json",
                    r#"{"zarr_format":3,"node_type":"array","shape":[2],"data_type":"int8","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[2]}},"chunk_key_encoding":{"name":"v2"},"codecs":[{"name":"bytes","configuration":{"endian":"little"}}],"fill_value":0}"#,
                ),
            ],
        ),
        (
            "2",
            [
                (".zgroup", r#"{"zarr_format":2}"#),
                (
                    "t/.zarray",
                    r#"{"zarr_format":2,"shape":[2,2],"chunks":[2,2],"dtype":"<f8","compressor":null,"fill_value":0,"order":"C","filters":[]}"#,
                ),
                (
                    "b/.zarray",
                    r#"{"zarr_format":2,"shape":[2],"chunks":[2],"dtype":"|i1","compressor":{"id":"zlib","level":1},"fill_value":null,"order":"F","filters":null}"#,
                ),
            ],
        ),
    ] {
        let place = Place::with(&[]);
        for (name, document) in documents {
            let path = place.path("out.zarr").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, document).unwrap();
        }
        said(&place, &python, CONSOLIDATE, format).unwrap();
        place.done("verify out.zarr");
    }
}

#[test]
fn what_contradicts_is_named() {
    for (format, document) in [("3", "t2m/zarr.json"), ("2", "t2m/.zarray")] {
        let place = Place::with(&["part-1.nc"]);
        place.done(&format!(
            "convert part-1.nc out.zarr --zarr-format {format}"
        ));
        let attributes = if format == "3" {
            document
        } else {
            "t2m/.zattrs"
        };
        let whole = place.objects();
        for (object, field, value) in [
            (document, "shape", "[8]"),
            (document, "fill_value", "1"),
            (attributes, "units", "\"Pa\""),
            (attributes, "another", "[]"),
        ] {
            place.change(object, |bytes| {
                let mut json: serde_json::Value = serde_json::from_slice(bytes).unwrap();
                let value = serde_json::from_str(value).unwrap();
                match (object == attributes, field) {
                    (true, "units" | "another") if format == "3" => {
                        json["attributes"][field] = value;
                    }
                    _ => json[field] = value,
                }
                *bytes = json.to_string().into_bytes();
            });
            let named = match format == "3" && matches!(field, "units" | "another") {
                true => "attributes",
                false => field,
            };
            let said = place.ends("verify out.zarr --quick", 6);
            assert!(said.contains(object), "{said}");
            assert!(said.contains(&format!("differ in {named}")), "{said}");
            fs::write(place.path("out.zarr").join(object), &whole[object]).unwrap();
        }
        place.done("verify out.zarr");
    }
}

/// A growth writes the documents of the arrays first.
#[test]
fn an_array_that_is_longer_than_told_is_a_note() {
    for (format, document) in [("3", "t2m/zarr.json"), ("2", "t2m/.zarray")] {
        let place = Place::with(&["part-1.nc"]);
        place.done(&format!(
            "convert part-1.nc out.zarr --zarr-format {format}"
        ));
        place.change(document, |bytes| {
            let text = String::from_utf8(bytes.clone()).unwrap();
            *bytes = text.replace("\"shape\":[8,", "\"shape\":[9,").into_bytes();
        });
        let other = place.objects();
        for command in ["verify", "repair"] {
            let said = place.done(&format!("{command} out.zarr"));
            assert!(said.contains(document) && said.contains("longer"), "{said}");
        }
        assert_same(&place.objects(), &other, "left");
    }
}

/// What the consolidated metadata name besides documents is never written.
#[test]
fn names_that_are_no_documents_are_passed_over() {
    for format in ["3", "2"] {
        let place = Place::with(&["part-1.nc"]);
        place.done(&format!(
            "convert part-1.nc out.zarr --zarr-format {format}"
        ));
        let root = if format == "3" {
            "zarr.json"
        } else {
            ".zmetadata"
        };
        place.change(root, |bytes| {
            let mut json: serde_json::Value = serde_json::from_slice(bytes).unwrap();
            let (metadata, names) = match format {
                "3" => (
                    &mut json["consolidated_metadata"]["metadata"],
                    &["", "../q"][..],
                ),
                _ => (
                    &mut json["metadata"],
                    &[
                        "zarr.json",
                        "t2m/1",
                        "README",
                        "../q/.zattrs",
                        "../q/.zgroup",
                    ][..],
                ),
            };
            for name in names {
                metadata[*name] = serde_json::json!({
                    "zarr_format": format.parse::<u64>().unwrap(), "node_type": "group",
                });
            }
            *bytes = json.to_string().into_bytes();
        });
        let before = place.objects();
        place.done("verify out.zarr");
        place.done("repair out.zarr");
        assert_same(&place.objects(), &before, "nothing to write");
        assert!(!place.path("q").exists());
    }
}

/// A document can be written again though zarrio does not know what is in the array.
#[test]
fn documents_of_types_that_are_not_carried_are_written_again() {
    let Some(python) = python() else { return };
    for (format, document) in [("3", "c/zarr.json"), ("2", "c/.zarray")] {
        let place = Place::with(&[]);
        let make = "import sys, zarr\ng = zarr.open_group('out.zarr', mode='w', zarr_format=int(sys.argv[1]))\ng.create_array('c', shape=(2,), dtype='complex64')\ng.create_array('t', shape=(2,), dtype='float32')\nzarr.consolidate_metadata('out.zarr')";
        said(&place, &python, make, format).unwrap();
        place.done("verify out.zarr");
        fs::remove_file(place.path("out.zarr").join(document)).unwrap();
        let said_of_it = place.ends("verify out.zarr", 6);
        assert!(said_of_it.contains(document), "{said_of_it}");
        place.done("repair out.zarr");
        place.done("verify out.zarr");
        let read = "import zarr\nassert zarr.open_group('out.zarr', use_consolidated=False)['c'].dtype == 'complex64'";
        said(&place, &python, read, format).unwrap();
    }
}

/// Who changes documents of an archive keeps others out of it.
#[test]
fn documents_are_written_when_nobody_else_changes_any() {
    let place = Place::with(&["part-1.nc"]);
    place.done("convert part-1.nc out.zarr");
    let whole = place.objects();
    let document = place.path("out.zarr/t2m/zarr.json");
    fs::remove_file(&document).unwrap();
    let claim = place.path("out.zarr/.zarrio-writing");
    let other = fs::File::create(&claim).unwrap();
    other.lock().unwrap();
    std::thread::scope(|scope| {
        let repair = scope.spawn(|| place.done("repair out.zarr"));
        std::thread::sleep(std::time::Duration::from_secs(4));
        assert!(!document.exists() && !repair.is_finished());
        fs::remove_file(&claim).unwrap();
        drop(other);
        repair.join().unwrap();
    });
    assert_same(&place.objects(), &whole, "mended, and no claim is left");
}
