//! Comparing an archive with the files that it was written from.

use std::fs;

use super::place::Place;

/// What was decided about values beyond the range of a packing when they were written is not
/// decided once more when they are compared, or mended.
#[test]
fn values_that_were_brought_into_the_range_are_proved_and_mended() {
    let place = Place::with(&["part-1.nc", "part-2.nc"]);
    place.done(
        "create-template part-1.nc out.zarr --global-end 2020-01-05 --freq 6h --chunking time:6 \
         --packing --packing-manual-ranges {\"t2m\":{\"min\":250,\"max\":253},\"rain\":{\"min\":250,\"max\":270}}",
    );
    place.done("write-region part-1.nc part-2.nc out.zarr --packing-range-exceeded-action ignore");
    place.done("verify out.zarr part-1.nc part-2.nc");
    place.done("verify out.zarr --sources");
    let whole = place.objects();
    place.change("t2m/c/1/0/0", |chunk| chunk.truncate(9));
    place.ends("verify out.zarr", 6);
    place.done("repair out.zarr");
    assert_eq!(place.objects(), whole);
}

/// A file whose labels are in another order has the same elements at other places.
#[test]
fn files_with_labels_in_another_order_are_proved() {
    let place = Place::with(&["part-1.nc", "part-flip.nc"]);
    place.done(
        "create-template part-1.nc out.zarr --global-end 2020-01-05 --freq 6h --chunking time:6",
    );
    place.done("write-region part-1.nc part-flip.nc out.zarr");
    place.done("verify out.zarr part-1.nc part-flip.nc");
    place.done("verify out.zarr --sources");
    place.change("lat/c/0", |chunk| chunk.reverse());
    place.ends("verify out.zarr part-flip.nc", 6);
}

#[test]
fn a_finished_task_needs_no_file() {
    let place = Place::parts("");
    place.done("plan part-1.nc part-2.nc out.zarr -o plan.json");
    place.done("run plan.json");
    fs::rename(place.path("part-1.nc"), place.path("moved.nc")).unwrap();
    place.done("finalize plan.json");
    let said = place.done("run plan.json");
    assert!(said.contains("2 files are on record already"), "{said}");
    // What is not done needs it as before.
    fs::remove_file(place.path("out.zarr").join(place.record("part-1.nc"))).unwrap();
    let said = place.ends("run plan.json", 7);
    assert!(said.contains("there is no such file"), "{said}");
}

/// Labels that are doubled tell no places, but the archive made from them has the same.
#[test]
fn what_was_converted_with_doubled_labels_is_proved() {
    let place = Place::with(&["part-doubled.nc", "part-1.nc"]);
    place.done("convert part-doubled.nc out.zarr --compression none");
    place.done("verify out.zarr part-doubled.nc");
    let said = place.ends("verify out.zarr part-1.nc", 6);
    assert!(said.contains("doubled labels along \"time\""), "{said}");
    place.change("t2m/c/0/0/0", |chunk| chunk[9] ^= 1);
    let said = place.ends("verify out.zarr part-doubled.nc", 6);
    assert!(said.contains("t2m: 1 of 48 values"), "{said}");
    assert!(said.contains("'zarrio repair out.zarr"), "{said}");
    // No record tells of it as it is now, and only by its labels it could be written.
    let file = fs::File::open(place.path("part-doubled.nc")).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    let said = place.ends("verify out.zarr part-doubled.nc", 6);
    assert!(said.contains("make the archive anew"), "{said}");
    place.ends("write-region part-doubled.nc out.zarr", 4);
    place.done("convert part-doubled.nc out.zarr --compression none --overwrite");
    place.done("verify out.zarr part-doubled.nc");
}
