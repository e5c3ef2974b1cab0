//! Writers whose store or source fails.

use std::sync::Arc;

use serde_json::{Value, json};
use zarrio_model::DataType;
use zarrio_model::config::CheckLevel;
use zarrio_region::{Converter, MatchOptions, RegionError};
use zarrio_store::testing::{Fault, FaultStore};
use zarrio_store::{Key, MemoryStore, Store, StoreErrorKind};

use super::archive::{FORMS, Form, NEW, Run, assert_points, copy, objects, old_archive, write_all};
use super::ledger::{open, plain};
use super::part::{Part, WORLD};

/// A part that shares chunks at both of its ends.
fn middle() -> Part {
    let all = |d: usize| (0..WORLD[d].1).collect::<Vec<_>>();
    Part::new([(4..14).collect(), all(1), all(2)], NEW)
}

/// Every object is one of those before or one of those after.
fn assert_whole(store: &dyn Store, before: &dyn Store, after: &dyn Store, when: &str) {
    let (before, after) = (objects(before), objects(after));
    let found = objects(store);
    assert!(
        found.keys().eq(after.keys()),
        "{when}: objects came or went"
    );
    for (key, object) in found {
        let whole = object == before[&key] || object == after[&key];
        assert!(
            whole,
            "{when}: {key} is neither the old object nor the new one"
        );
    }
}

/// For every put and merge: it fails, or only its reply is lost. What is there then is
/// whole, and a second run leaves the bytes of an undisturbed one.
#[test]
fn every_failing_put_is_made_good_by_a_second_run() {
    let parts = [middle()];
    for form in FORMS {
        let old = old_archive(form, [6, 4, 5]);
        let reference = copy(&old, MemoryStore::new());
        let counting = Arc::new(FaultStore::new(reference.clone()));
        write_all(&counting, &parts, &Run::plain(&parts)).unwrap();
        assert_points(reference.clone(), &parts);
        let puts = counting.calls().puts;
        assert!(puts >= 10, "{puts}");
        for fault in [
            Fault::Fail(StoreErrorKind::NoSpace),
            Fault::Fail(StoreErrorKind::Unavailable),
            Fault::LoseReply,
        ] {
            for (n, jobs) in (1..=puts).flat_map(|n| [(n, 1), (n, 3)]) {
                let when = format!("{form:?}, put {n} of {puts}, {jobs} threads, {fault:?}");
                let inner = copy(&old, MemoryStore::new());
                let faulty = Arc::new(FaultStore::new(inner.clone()));
                faulty.fail_put(n, fault);
                let run = Run {
                    jobs,
                    ..Run::plain(&parts)
                };
                match write_all(&faulty, &parts, &run) {
                    Err(RegionError::Store { .. }) => {}
                    Err(other) => panic!("{when}: {other}"),
                    // What passes may be tried again, what stays may not be overlooked.
                    Ok(()) => assert_ne!(fault, Fault::Fail(StoreErrorKind::NoSpace), "{when}"),
                }
                assert_whole(inner.as_ref(), &old, reference.as_ref(), &when);
                write_all(&inner, &parts, &run).unwrap();
                assert!(
                    objects(inner.as_ref()) == objects(reference.as_ref()),
                    "{when}: a second run does not mend it"
                );
            }
        }
    }
}

/// Several writers, each of which fails again and again, and starts again.
#[test]
fn writers_that_fail_at_every_seventh_put_get_done() {
    let parts: Vec<Part> = super::chain();
    for form in FORMS {
        let old = old_archive(form, [6, 6, 5]);
        let reference = copy(&old, MemoryStore::new());
        write_all(&reference, &parts, &Run::plain(&parts)).unwrap();
        assert_points(reference.clone(), &parts);
        let inner = copy(&old, MemoryStore::new());
        let faulty = Arc::new(FaultStore::new(inner.clone()));
        for n in 1..200 {
            let fault = match n % 2 {
                0 => Fault::LoseReply,
                _ => Fault::Fail(StoreErrorKind::Io),
            };
            faulty.fail_put(7 * n, fault);
        }
        let failures = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for part in &parts {
                let (faulty, failures) = (&faulty, &failures);
                scope.spawn(move || {
                    let part = std::slice::from_ref(part);
                    while write_all(faulty, part, &Run::plain(part)).is_err() {
                        let before = failures.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        assert!(before < 200, "it never gets done");
                    }
                });
            }
        });
        assert!(failures.into_inner() > 0);
        assert!(
            objects(inner.as_ref()) == objects(reference.as_ref()),
            "{form:?}"
        );
    }
}

/// What cannot be read is not taken for absent: nothing is written over it.
#[test]
fn a_get_that_fails_is_an_error_and_leaves_everything() {
    let parts = [middle()];
    let old = old_archive(Form::V3, [6, 4, 5]);
    for n in 1..100 {
        let inner = copy(&old, MemoryStore::new());
        let faulty = Arc::new(FaultStore::new(inner.clone()));
        faulty.fail_get(n, StoreErrorKind::Io);
        if write_all(&faulty, &parts, &Run::plain(&parts)).is_ok() {
            assert!(n > 3, "only {n} gets");
            break;
        }
        assert_eq!(objects(inner.as_ref()), objects(&old), "get {n}");
    }
}

/// An object that does not decode is never replaced by one that holds only what the source
/// has.
#[test]
fn a_shared_object_that_is_broken_is_an_error() {
    for form in FORMS {
        let store = copy(&old_archive(form, [6, 6, 5]), MemoryStore::new());
        let key = objects(store.as_ref()).into_keys().find(|key| {
            let name = key.as_str();
            name.starts_with("temperature/") && name.contains('0') && !name.contains("json")
        });
        let key = key.unwrap();
        store.put(&key, b"torn").unwrap();
        let before = objects(store.as_ref());
        let parts = [middle()];
        write_all(&store, &parts, &Run::plain(&parts)).unwrap_err();
        assert_eq!(objects(store.as_ref())[&key], before[&key], "{form:?}");
    }
}

/// Whoever writes all that the array has of a chunk leaves one that can be read, whatever is broken
/// behind the array's end.
#[test]
fn what_is_broken_behind_the_end_is_made_anew() {
    let store = copy(&old_archive(Form::V3, [23, 6, 5]), MemoryStore::new());
    let key = |name: &str| Key::new(name).unwrap();
    let (document, root) = (key("temperature/zarr.json"), key("zarr.json"));
    let chunk = key("temperature/c/0/0/0");
    let read =
        |key: &Key| -> Value { serde_json::from_slice(&store.get(key).unwrap().unwrap()).unwrap() };
    // With blocks that are behind the array's end.
    let (mut longer, mut known) = (read(&document), read(&root));
    longer["chunk_grid"]["configuration"]["chunk_shape"] = json!([40_000, 6, 5]);
    longer["codecs"][1] = json!({"name": "blosc", "configuration": {
        "cname": "zstd", "clevel": 1, "shuffle": "shuffle", "typesize": 4, "blocksize": 1 << 20,
    }});
    known["consolidated_metadata"]["metadata"]["temperature"] = longer.clone();
    for (key, document) in [(&document, longer), (&root, known)] {
        store.put(key, document.to_string().as_bytes()).unwrap();
    }
    store.delete(&chunk).unwrap();
    let write = || {
        let mut config = plain();
        config.check = CheckLevel::None;
        let converter = Converter::new(config);
        let part = Part::whole(NEW);
        converter.write_region(&part, &open(&store), &MatchOptions::default())
    };
    write().unwrap();
    let whole = store.get(&chunk).unwrap().unwrap();
    let mut broken = whole.clone();
    let third = u32::from_le_bytes(*whole[16 + 4 * 2..].first_chunk().unwrap()) as usize;
    broken[third + 4..third + 8].fill(0xff);
    store.put(&chunk, &broken).unwrap();
    write().unwrap();
    assert!(store.get(&chunk).unwrap().unwrap() == whole);
}

/// A value that the archive's encoding does not have is an error that names it and its
/// place, before anything is written.
#[test]
fn a_value_without_a_place_is_an_error_before_anything_is_written() {
    let old = old_archive(Form::V3, [6, 4, 2]);
    let after = copy(&old, MemoryStore::new());
    write_all(&after, &[middle()], &Run::plain(&[middle()])).unwrap();
    for (data_type, value) in [
        (DataType::Int32, 40_000),
        (DataType::Int64, -32_769),
        // What means missing in the archive is a value in the source.
        (DataType::Float64, -1),
    ] {
        for (lon, time) in [(0, 4), (2, 9), (4, 13)] {
            for memory in [1 << 11, 1 << 24] {
                let when = format!("{data_type} {value} at {lon}, {time}");
                let parts = [middle().with_outlier(data_type, [lon, time], value)];
                let store = copy(&old, MemoryStore::new());
                let run = Run {
                    memory,
                    ..Run::plain(&parts)
                };
                match write_all(&store, &parts, &run) {
                    Err(RegionError::Lossy {
                        variable,
                        index,
                        labels,
                        reason,
                    }) => {
                        assert_eq!(variable, "count", "{when}");
                        assert!(reason.contains(&value.to_string()), "{when}: {reason}");
                        let in_part = |d: usize, at: u64| {
                            let positions = &parts[0].positions()[d];
                            positions.iter().position(|p| *p == at).unwrap() as u64
                        };
                        assert_eq!(index, [in_part(2, lon), in_part(0, time)], "{when}");
                        let date = match time {
                            4 => "2001-02-28T12:00:00",
                            9 => "2001-03-01T18:00:00",
                            _ => "2001-03-02T18:00:00",
                        };
                        assert_eq!(labels[1..], [format!("time {date}")], "{when}");
                    }
                    other => panic!("{when}: {other:?}"),
                }
                assert_eq!(objects(store.as_ref()), objects(&old), "{when}");
            }
        }
    }
    // With no value out of place another type is no hindrance.
    let parts = [middle().with_outlier(DataType::Float64, [99, 99], 0)];
    let store = copy(&old, MemoryStore::new());
    write_all(&store, &parts, &Run::plain(&parts)).unwrap();
    assert_eq!(objects(store.as_ref()), objects(after.as_ref()));
}
