//! Documents of arrays and groups that are not what the consolidated metadata say.

use std::fs;
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
            *bytes = text.replace("\"shape\":[8,", "\"shape\":[9,").into_bytes();
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

/// What xarray writes is right, and what it fails to read is told.
#[test]
fn readers_without_consolidated_metadata_agree() {
    let Some(python) = python() else { return };
    for format in ["3", "2"] {
        let place = Place::with(&["part-1.nc"]);
        let run = |script: &str| {
            let mut command = Command::new(&python);
            let command = command.args(["-W", "ignore", "-c", script, format]);
            let output = command.current_dir(place.path("")).output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            output.status.success().then_some(()).ok_or(said)
        };
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
