//! Zarr archives as inputs, whoever wrote them.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::regions::objects::objects;
use crate::support::{Pair, compare, data_files, python, repository, zarrio};

fn run(directory: &Path, line: &str) -> Output {
    zarrio()
        .current_dir(directory)
        .args(line.split(' '))
        .output()
        .unwrap()
}

fn must(directory: &Path, line: &str) {
    let output = run(directory, line);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {complaint}");
}

/// Every file, by way of an archive of the other format with other chunks and codecs, is what
/// the readers see in it.
#[test]
fn archives_are_converted_without_a_loss() {
    let Some(python) = python() else { return };
    let directory = tempfile::tempdir().unwrap();
    let mut pairs = Vec::new();
    for (number, source) in data_files().into_iter().enumerate() {
        for (first, second) in [("3", "2"), ("2", "3")] {
            let name = format!("{number}-{first}");
            let shown = source.display();
            let converted = run(
                directory.path(),
                &format!("convert {shown} {name}.zarr --zarr-format {first} --chunking source -q"),
            );
            if !converted.status.success() {
                continue;
            }
            must(
                directory.path(),
                &format!(
                    "convert {name}.zarr {name}-{second}.zarr --zarr-format {second} --compression gzip:1 -q"
                ),
            );
            pairs.push(Pair {
                source: source.clone(),
                archive: directory.path().join(format!("{name}-{second}.zarr")),
                skipped: false,
            });
        }
    }
    assert!(pairs.len() >= 10, "{pairs:?}");
    let faults: Vec<String> = compare(&python, &pairs)
        .iter()
        .filter_map(|(archive, verdict)| {
            Some(format!("{}: {}", archive.display(), verdict.fault()?))
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

const BY_XARRAY: &str = "
import sys, warnings, numpy as np, pandas as pd, xarray
place = sys.argv[1]
time = pd.date_range('2001-02-03', periods=9, freq='6h')
dataset = xarray.Dataset(
    {'t': (('time', 'x'), np.arange(36, dtype='f4').reshape(9, 4), {'units': 'K'}),
     'n': (('x',), np.array([1, -2, 3, 4], 'i2')),
     'name': (('x',), np.array(['a', 'bb', '', 'ä'], dtype=object))},
    {'time': time, 'x': [0.5, 1.5, 2.5, 3.5]}, {'title': 'by xarray'})
dataset.t[2, 1] = np.nan
if sys.argv[2] == 'write':
    warnings.simplefilter('ignore')
    for form in (2, 3):
        dataset.to_zarr(f'{place}/{form}.zarr', zarr_format=form, consolidated=form == 2,
                        encoding={'t': {'chunks': (4, 4)}})
else:
    for form in (2, 3):
        with xarray.open_zarr(f'{place}/{form}-out.zarr') as found:
            found = found.load()
            xarray.testing.assert_equal(found, dataset)
            assert found.attrs['title'] == 'by xarray' and found.t.units == 'K'
";

#[test]
fn archives_of_xarray_are_inputs() {
    let Some(python) = python() else { return };
    let directory = tempfile::tempdir().unwrap();
    let step = |what: &str| {
        let output = Command::new(&python)
            .args(["-c", BY_XARRAY])
            .arg(directory.path())
            .arg(what)
            .output()
            .unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{complaint}");
    };
    step("write");
    for form in [2, 3] {
        must(
            directory.path(),
            &format!("convert {form}.zarr {form}-out.zarr --chunking time:5 -q"),
        );
    }
    step("check");
}

/// A file and the archive made from it are the same input.
#[test]
fn regions_and_appends_take_archives() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    for file in ["part-1.nc", "part-2.nc"] {
        let from = repository().join("tests/cli/data").join(file);
        std::fs::copy(from, place.join(file)).unwrap();
    }
    must(place, "convert part-2.nc part-2.zarr --zarr-format 2 -q");
    for (input, out) in [("part-2.nc", "nc"), ("part-2.zarr", "zarr")] {
        must(
            place,
            &format!("convert part-1.nc a-{out} --chunking time:6 -q"),
        );
        must(place, &format!("append {input} a-{out} -q"));
        must(place, &format!("append {input} a-{out} -q --resume"));
        must(
            place,
            &format!(
                "create-template part-1.nc r-{out} --global-end 2020-01-04 --chunking time:6 -q"
            ),
        );
        must(place, &format!("write-region {input} r-{out} -q"));
        must(place, &format!("verify a-{out} --sources -q"));
    }
    for kind in ["a", "r"] {
        let data = |out: &str| {
            let mut objects = objects(&place.join(format!("{kind}-{out}")));
            // The history names the command.
            objects.retain(|path, _| path.contains("/c/"));
            objects
        };
        let (one, other) = (data("nc"), data("zarr"));
        assert!(one.len() > 6 && one == other, "{kind}");
    }
}

/// What JSON tells and NetCDF cannot goes from archive to archive, and does no harm where
/// archives are compared with files.
#[test]
fn attributes_of_archives_stay_what_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    for file in ["part-1.nc", "part-2.nc"] {
        let from = repository().join("tests/cli/data").join(file);
        std::fs::copy(from, place.join(file)).unwrap();
    }
    let read = |name: &str| -> Value {
        serde_json::from_slice(&std::fs::read(place.join(name)).unwrap()).unwrap()
    };
    let odd = json!({
        "public": true, "nothing": null, "processing": {"steps": ["a", 2], "ok": false},
        "mixed": [1, "a", null], "grid": [[1, 2], [3, 4]], "one": [5], "one_text": ["x"],
        "whole": [9_007_199_254_740_993_i64, 0.5], "none": [],
    });
    let nodes = [
        "/attributes",
        "/consolidated_metadata/metadata/t2m/attributes",
    ];
    for (file, archive) in [("part-1.nc", "a.zarr"), ("part-2.nc", "b.zarr")] {
        must(place, &format!("convert {file} {archive} -q"));
        let mut document = read(&format!("{archive}/zarr.json"));
        for node in nodes {
            let attributes = document.pointer_mut(node).unwrap().as_object_mut().unwrap();
            attributes.extend(odd.as_object().unwrap().clone());
            // Both say the same.
            if archive == "b.zarr" {
                attributes["one"] = json!(5);
                attributes["one_text"] = json!("x");
            }
        }
        let path = place.join(archive).join("zarr.json");
        std::fs::write(path, document.to_string()).unwrap();
    }

    must(place, "convert a.zarr three.zarr -q");
    must(place, "convert a.zarr two.zarr --zarr-format 2 -q");
    must(place, "convert two.zarr again.zarr -q");
    must(place, "create-template a.zarr b.zarr both.zarr -q");
    must(place, "append part-2.nc three.zarr -q");
    must(place, "write-region b.zarr both.zarr -q");
    must(place, "verify three.zarr -q --sources");
    for name in ["three.zarr", "again.zarr", "both.zarr"] {
        let document = read(&format!("{name}/zarr.json"));
        for node in nodes {
            let attributes = document.pointer(node).unwrap();
            for (name, value) in odd.as_object().unwrap() {
                assert_eq!(attributes.get(name), Some(value), "{name}");
            }
        }
    }
    let shown = run(place, "info three.zarr --json");
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    for (name, value) in odd.as_object().unwrap() {
        assert_eq!(&shown["groups"][0]["attributes"][name], value, "{name}");
    }
    must(
        place,
        "convert part-1.nc said.zarr -q --attrs {\"public\":true,\"one\":[5]}",
    );
    let said = read("said.zarr/zarr.json");
    assert_eq!(said["attributes"]["public"], true);
    assert_eq!(said["attributes"]["one"], json!([5]));
}

#[test]
fn an_input_is_not_written_over() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    let from = repository().join("tests/cli/data/part-1.nc");
    std::fs::copy(from, place.join("a.nc")).unwrap();
    must(place, "convert a.nc a.zarr -q");
    let before = objects(&place.join("a.zarr"));
    for output in ["a.zarr", "a.zarr/t2m", "a.zarr/new/out.zarr", "."] {
        let refused = run(place, &format!("convert a.zarr {output} --overwrite"));
        assert_eq!(refused.status.code(), Some(2), "{output}");
        assert_eq!(objects(&place.join("a.zarr")), before);
    }
    let none = run(place, "convert a.zarr/.zarrio-none out.zarr");
    assert_eq!(none.status.code(), Some(3));
}
