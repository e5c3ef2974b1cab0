//! Archives that another program has made, and that zarrio has made longer.

use std::process::Command;

use super::place::Place;
use crate::support::python;

fn made_by_xarray(format: &str, steps: u8) -> Option<Place> {
    made_with(format, steps, "")
}

fn made_with(format: &str, steps: u8, more: &str) -> Option<Place> {
    let python = python()?;
    let place = Place::with(&["part-1.nc", "part-2.nc"]);
    let script = format!(
        "import xarray as x\nx.open_dataset('part-1.nc').isel(time=slice({steps})){more}.to_zarr('out.zarr', consolidated=True, zarr_format={format})"
    );
    let mut command = Command::new(python);
    let command = command.args(["-W", "ignore", "-c", &script]);
    let output = command.current_dir(place.path("")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    Some(place)
}

#[test]
fn what_was_there_before_is_on_record_when_its_file_is_written_again() {
    for format in ["3", "2"] {
        let Some(place) = made_by_xarray(format, 8) else {
            return;
        };
        place.done("append part-2.nc out.zarr");
        // The labels, and what does not grow, are as they were found; of the data nobody knows.
        let said = place.ends("verify out.zarr", 6);
        assert!(said.contains("2 findings"), "{said}");
        let said = place.ends("repair out.zarr", 6);
        assert!(said.contains("t2m, data that no record tells of"), "{said}");
        assert!(said.contains("write the file that it is from once more"));
        let said = place.ends("status out.zarr --require-complete", 6);
        assert!(said.contains("(time=0:8): rain, t2m"), "{said}");

        place.done("append part-1.nc out.zarr");
        place.done("status out.zarr --require-complete");
        place.done("verify out.zarr");
        place.done("verify out.zarr --sources");
        place.done("repair out.zarr");
        place.change(
            &format!("lat/{}", if format == "3" { "c/0" } else { "0" }),
            |b| b[20] ^= 1,
        );
        let said = place.ends("verify out.zarr", 6);
        assert!(said.contains("lat"), "{said}");
    }
}

/// Other programs do not store a chunk of nothing but zeros, as is the first time.
#[test]
fn labels_that_are_not_stored_are() {
    let Some(place) = made_by_xarray("3", 1) else {
        return;
    };
    assert!(!place.path("out.zarr/time/c/0").exists());
    place.done("append part-1.nc out.zarr");
    place.done("append part-2.nc out.zarr");
    place.done("write-region part-1.nc out.zarr");
    place.done("status out.zarr --require-complete");
    place.done("verify out.zarr");
}

/// What no file brings may be damaged: that is for 'verify' to tell.
#[test]
fn damage_elsewhere_keeps_no_file_away() {
    let Some(place) = made_with("3", 8, ".assign(other=('x', [1., 2.]))") else {
        return;
    };
    place.change("other/c/0", |bytes| bytes.truncate(3));
    place.done("append part-2.nc out.zarr");
    place.done("append part-1.nc out.zarr");
    let said = place.ends("verify out.zarr", 6);
    assert!(said.contains("other"), "{said}");
    let said = place.done("log out.zarr");
    assert!(said.contains("what was found"), "{said}");
}

/// Where the file has gone, a copy has records of all that is there.
#[test]
fn a_copy_has_records_of_all() {
    let Some(place) = made_by_xarray("3", 8) else {
        return;
    };
    place.done("append part-2.nc out.zarr");
    place.done("convert out.zarr copy.zarr");
    place.done("status copy.zarr --require-complete");
    place.done("verify copy.zarr");
}

/// Python writes numbers that JSON has no form for as they are, and reads them so.
#[test]
fn numbers_that_json_has_no_form_for_are_understood() {
    let odd = ".assign(t2m=lambda d: d.t2m.assign_attrs(low=float('-inf'), none=float('nan'), text='NaN, \"'))";
    for format in ["3", "2"] {
        let Some(place) = made_with(format, 8, odd) else {
            return;
        };
        let document = format!(
            "out.zarr/t2m/{}",
            if format == "3" {
                "zarr.json"
            } else {
                ".zattrs"
            }
        );
        let text = std::fs::read_to_string(place.path(&document)).unwrap();
        assert!(
            text.contains("\"low\": -Infinity") && text.contains("\"none\": NaN"),
            "{text}"
        );

        // From the consolidated metadata it is written again as it was.
        std::fs::remove_file(place.path(&document)).unwrap();
        place.done("repair out.zarr");
        let again = std::fs::read_to_string(place.path(&document)).unwrap();
        assert!(
            again.contains("\"low\":-Infinity") && again.contains("\"none\":NaN"),
            "{again}"
        );

        place.done("info out.zarr");
        place.done("append part-2.nc out.zarr");
        place.done("append part-1.nc out.zarr");
        place.done("verify out.zarr --sources");
        place.done("status out.zarr --require-complete");
        place.done("convert out.zarr copy.zarr");
        place.done(&format!(
            "convert part-1.nc out.zarr --group g --zarr-format {format}"
        ));
        let script = "import xarray as x\n\
            a, b = (x.open_zarr(n) for n in ('out.zarr', 'copy.zarr'))\n\
            f = x.concat([x.open_dataset(f'part-{i}.nc') for i in (1, 2)], 'time', data_vars='minimal')\n\
            assert (f.t2m.values == a.t2m.values).all() and (a.t2m.values == b.t2m.values).all()\n\
            assert {a.t2m.attrs['text'], b.t2m.attrs['text']} == {'NaN, \"'}\n\
            import zarr; assert 'g' in zarr.open_group('out.zarr').metadata.consolidated_metadata.metadata\n\
            n = a.t2m.attrs['none']\n\
            assert a.t2m.attrs['low'] == -float('inf') and n != n, a.t2m.attrs\n\
            assert float(b.t2m.attrs['low']) == -float('inf'), b.t2m.attrs";
        let mut command = Command::new(python().unwrap());
        let command = command.args(["-W", "ignore", "-c", script]);
        let output = command.current_dir(place.path("")).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}
