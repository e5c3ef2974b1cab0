//! Damaged records, changed files, and archives without records.

use std::fs;

use super::place::{Place, assert_same};

#[test]
fn a_deleted_record_shows_as_data_outside_of_all() {
    let place = Place::parts("");
    let record = place.record("part-2.nc");
    let whole = place.objects();
    fs::remove_file(place.path("out.zarr").join(&record)).unwrap();
    for line in ["verify out.zarr", "repair out.zarr"] {
        let said = place.ends(line, 6);
        assert!(said.contains("data that no record tells of"), "{said}");
    }
    let said = place.ends("verify out.zarr", 6);
    assert!(said.contains("96 values in time=8:16"), "{said}");
    let said = place.ends("verify out.zarr --quick", 6);
    assert!(said.contains("c/2/0/0"), "{said}");
    place.done("write-region part-2.nc out.zarr");
    place.done("verify out.zarr");
    let names = |objects: &std::collections::BTreeMap<String, Vec<u8>>| {
        objects.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(names(&place.objects()), names(&whole));
}

#[test]
fn a_record_that_was_cut_is_named() {
    let place = Place::parts("");
    let record = place.record("part-1.nc");
    place.change(&record, |bytes| bytes.truncate(100));
    let damaged = place.objects();
    for line in [
        "verify out.zarr",
        "verify out.zarr --quick",
        "repair out.zarr",
    ] {
        let said = place.ends(line, 6);
        assert!(said.contains(&record), "{line}: {said}");
    }
    assert_same(&place.objects(), &damaged, "nothing is written");
    fs::remove_file(place.path("out.zarr").join(&record)).unwrap();
    place.done("write-region part-1.nc out.zarr");
    place.done("verify out.zarr --sources");
}

#[test]
fn a_record_that_lies_is_named() {
    let place = Place::parts("");
    let record = place.record("part-1.nc");
    place.change(&record, |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains(r#""values":96,"missing":0"#), "{text}");
        let lie = r#""values":97,"missing":3"#;
        *bytes = text.replace(r#""values":96,"missing":0"#, lie).into_bytes();
    });
    let said = place.ends("verify out.zarr", 6);
    assert!(
        said.contains("values is 96 and was 97, missing is 0 and was 3"),
        "{said}"
    );
    let said = place.ends("verify out.zarr --quick", 6);
    assert!(said.contains("cannot be true"), "{said}");
}

#[test]
fn a_file_that_changed_is_named_until_it_is_written_again() {
    let place = Place::parts("");
    let late = fs::read(place.path("part-2.nc")).unwrap();
    let mut other = late;
    let end = other.len();
    // The last value of rain.
    other[end - 2] ^= 8;
    fs::write(place.path("part-2.nc"), other).unwrap();
    for line in [
        "verify out.zarr",
        "verify out.zarr --quick",
        "repair out.zarr",
    ] {
        let said = place.ends(line, 6);
        assert!(said.contains("part-2.nc"), "{line}: {said}");
    }
    let said = place.ends("verify out.zarr part-2.nc", 6);
    assert!(said.contains("1 of"), "{said}");
    place.done("write-region part-2.nc out.zarr");
    place.done("verify out.zarr");
    place.done("verify out.zarr part-2.nc");
    fs::remove_file(place.path("part-2.nc")).unwrap();
    let said = place.done("verify out.zarr");
    assert!(
        said.contains("1 file that was written is no longer"),
        "{said}"
    );
}

#[test]
fn an_archive_without_records_is_read_all_the_same() {
    let place = Place::with(&["wind.nc"]);
    place.done("convert wind.nc out.zarr");
    for name in place
        .objects()
        .keys()
        .filter(|name| name.contains(".zarrio/"))
    {
        fs::remove_file(place.path("out.zarr").join(name)).unwrap();
    }
    for entry in fs::read_dir(place.path("out.zarr")).unwrap() {
        let private = entry.unwrap().path().join(".zarrio");
        if private.exists() {
            fs::remove_dir_all(private).unwrap();
        }
    }
    let said = place.done("verify out.zarr");
    assert!(said.contains("no records"), "{said}");
    place.done("verify out.zarr wind.nc");
    place.change("u/c/0/0/0/0", |bytes| bytes.truncate(50));
    let said = place.ends("verify out.zarr", 6);
    assert!(said.contains("u, chunk c/0/0/0/0"), "{said}");
    let said = place.ends("repair out.zarr", 6);
    assert!(said.contains("no record tells"), "{said}");
}

#[test]
fn little_memory_and_little_time_find_the_same() {
    let place = Place::parts("--compression none");
    place.done("verify out.zarr --memory 1MiB --jobs 1");
    let said = place.done("verify out.zarr --max-duration 10min");
    assert!(!said.contains("% of the values"), "{said}");
    place.change("rain/c/2/0/0", |bytes| bytes[0] ^= 1);
    let said = place.ends("verify out.zarr --sources --max-duration 10min", 6);
    assert!(said.contains("rain"), "{said}");
    // In no time nothing is looked at, and nothing found.
    place.ends("verify out.zarr --max-duration 0s", 2);
}

/// Leaves what a writer leaves that was killed while it wrote another file over one.
fn killed_writer(place: &Place, over: &str) {
    let record = place.record(over);
    let bytes = fs::read(place.path("out.zarr").join(&record)).unwrap();
    let record_json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let extents = &record_json["extents"];
    let variables = record_json["variables"].as_array().unwrap();
    let variables = variables
        .iter()
        .filter(|v| v["path"] == "t2m" || v["path"] == "rain");
    let parts: Vec<_> = variables
        .map(|v| serde_json::json!([[v["path"]], extents[v["extent"].as_u64().unwrap() as usize]]))
        .collect();
    let intent = serde_json::json!({
        "id": "0123456789abcdef0123456789abcdef",
        "began": record_json["began"],
        "order": record_json["order"].as_u64().unwrap() + 1,
        "source": {"name": "other.nc", "path": "/data/other.nc", "size": 1, "modified": null},
        "writer": "node:1",
        "parts": parts,
    });
    let (ledger, _) = record.split_once("records/").unwrap();
    let intents = place.path("out.zarr").join(ledger).join("intents");
    fs::create_dir_all(&intents).unwrap();
    let name = "0123456789abcdef0123456789abcdef-0000000000000000.json";
    fs::write(intents.join(name), intent.to_string()).unwrap();
}

#[test]
fn what_a_killed_writer_began_over_another_file_is_named() {
    let place = Place::parts("");
    killed_writer(&place, "part-1.nc");
    for verify in ["verify out.zarr", "verify out.zarr --quick"] {
        let said = place.ends(verify, 6);
        for words in [
            "/data/other.nc by node:1 was not finished; 96 values",
            "t2m",
            "rain",
        ] {
            assert!(said.contains(words), "{verify}: {words}: {said}");
        }
    }
    // What may be of either file is not mended from one of them.
    fs::remove_file(place.path("out.zarr/t2m/c/0/0/0")).unwrap();
    let said = place.ends("repair out.zarr", 6);
    assert!(said.contains("write that file again"), "{said}");
    assert!(!place.path("out.zarr/t2m/c/0/0/0").exists());
    // The same file again makes it whole.
    place.done("write-region part-1.nc out.zarr --force");
    place.done("verify out.zarr");
}

/// Appended again, a file is written where another one was begun over it, whatever the rule says
/// of what is there; so is one with the same values.
#[test]
fn what_a_killed_writer_began_is_made_whole_by_append() {
    for (file, rule) in [
        ("part-1.nc", "error"),
        ("part-1.nc", "keep"),
        ("part-1.nc", "replace"),
        ("part-1.nc", "replace-if-newer"),
        ("same.nc", "error"),
        ("same.nc", "replace"),
    ] {
        for converted in [false, true] {
            let place = match converted {
                true => Place::with(&["part-1.nc"]),
                false => Place::parts("--compression none"),
            };
            fs::copy(place.path("part-1.nc"), place.path("same.nc")).unwrap();
            place.done(match converted {
                true => "convert part-1.nc out.zarr --compression none",
                false => "declare-gap out.zarr --region time=16:20 --reason late",
            });
            let whole = place.objects();
            place.done("status out.zarr --require-complete");
            killed_writer(&place, "part-1.nc");
            if (file, rule) != ("same.nc", "error") {
                place.change("t2m/c/0/0/0", |bytes| bytes[5] ^= 1);
            }
            place.ends("verify out.zarr", 6);
            let append = format!("append {file} out.zarr --overlap {rule}");
            let said = place.done(&append);
            place.done("status out.zarr --require-complete");
            place.done("verify out.zarr");
            let objects = place.objects();
            let same = |name: &String| name.contains(".zarrio") || objects[name] == whole[name];
            assert!(whole.keys().all(same), "{append}: {said}");
            let said = place.done(&append);
            assert!(said.contains("on record already"), "{append}: {said}");
        }
    }
}

/// What is of two files is nobody's, and cannot be kept; of files whose tasks are done because
/// others were written over them that is told too.
#[test]
fn what_a_killed_writer_began_is_not_kept() {
    let place = Place::parts("");
    fs::copy(place.path("part-1.nc"), place.path("same.nc")).unwrap();
    place.done("plan part-2.nc out.zarr -o plan.json");
    killed_writer(&place, "part-1.nc");
    // Who looks whether it is at work leaves a mark.
    place.done("status out.zarr");
    let before = place.objects();
    for rule in ["keep", "replace-if-newer"] {
        if rule == "replace-if-newer" {
            // As old as what is there, or older.
            let file = fs::File::options().write(true).open(place.path("same.nc"));
            file.unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
        }
        let said = place.ends(&format!("append same.nc out.zarr --overlap {rule}"), 4);
        for words in [
            "same.nc: what the archive has at times of the file cannot be kept",
            "the writing of /data/other.nc by node:1 over it was not finished",
            "zarrio append /data/other.nc ",
            "part-1.nc ",
        ] {
            assert!(said.contains(words), "{rule}: {words}: {said}");
        }
        assert_same(&place.objects(), &before, rule);
    }
    let said = place.ends("finalize plan.json", 6);
    assert!(
        said.contains("/data/other.nc by node:1 was not finished"),
        "{said}"
    );
    assert!(said.contains("1 of 1 task is done"), "{said}");
    place.done("append part-1.nc out.zarr");
    let said = place.done("append same.nc out.zarr --overlap keep");
    assert!(said.contains("on record already"), "{said}");
    place.done("finalize plan.json");
}

/// What a template was made from counts as the files that there are.
#[test]
fn a_template_is_no_file() {
    let place = Place::with(&["part-1.nc", "part-2.nc"]);
    place.done("ingest part-1.nc part-2.nc out.zarr");
    let said = place.done("status out.zarr");
    assert!(said.contains("3 records of 2 files"), "{said}");
    // What does not grow is mended from the first of them.
    let whole = place.objects();
    fs::remove_file(place.path("out.zarr/lat/c/0")).unwrap();
    place.done("repair out.zarr");
    assert_same(&place.objects(), &whole, "lat");
}

/// A file that was touched is read once and known from then on; of a file over which another
/// one was written, it is known without reading.
#[test]
fn what_need_not_be_read_again_is_not() {
    let place = Place::with(&["part-1.nc", "part-2.nc", "part-packed.nc"]);
    place.done("ingest part-1.nc part-2.nc out.zarr");
    place.done("write-region part-packed.nc out.zarr");
    let whole = place.objects();
    fs::copy(place.path("part-2.nc"), place.path("copy")).unwrap();
    fs::rename(place.path("copy"), place.path("part-2.nc")).unwrap();
    let said = place.done("ingest part-1.nc part-2.nc out.zarr");
    assert!(
        said.contains("1 file is on record already, 1 file was written over later"),
        "{said}"
    );
    assert_eq!(place.objects().len(), whole.len());
    // Nothing of them can be read any more, and nobody tries.
    for file in ["part-1.nc", "part-2.nc"] {
        let path = place.path(file);
        let metadata = fs::metadata(&path).unwrap();
        fs::write(&path, vec![0; metadata.len() as usize]).unwrap();
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(metadata.modified().unwrap()).unwrap();
    }
    let again = place.done("ingest part-1.nc part-2.nc out.zarr");
    assert_eq!(again, said);
    let said = place.ends("verify out.zarr part-1.nc", 3);
    assert!(!said.contains("nothing was compared"), "{said}");
}
