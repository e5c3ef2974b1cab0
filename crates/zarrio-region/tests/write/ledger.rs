//! What the ledger says of writes, and what writers do about what it says.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use zarrio_model::config::{Config, Jobs};
use zarrio_model::{NodePath, Source};
use zarrio_region::{
    Converter, DoneWork, Event, Ledger, MatchOptions, RecordKind, RegionError, SourceRecord,
    Standing, WriteReport, WriteRules, ZarrSource, clean,
};
use zarrio_store::testing::{Fault, FaultStore};
use zarrio_store::{FilesystemStore, FsyncMode, MemoryStore, Store, StoreErrorKind};

use super::archive::{Form, NEW, Run, assert_points, copy, objects, old_archive, write_all};
use super::part::{Part, WORLD};

/// A third edition, that of another source.
pub const NEWER: u64 = 3;

pub fn times(range: std::ops::Range<u64>, edition: u64) -> Part {
    let all = |d: usize| (0..WORLD[d].1).collect::<Vec<_>>();
    Part::new([range.collect(), all(1), all(2)], edition)
}

pub fn open(store: &Arc<impl Store + 'static>) -> ZarrSource {
    ZarrSource::open(store.clone(), &NodePath::root()).unwrap()
}

pub fn plain() -> Config {
    Config {
        jobs: Jobs::from(1),
        ..Config::default()
    }
}

pub fn write(
    store: &Arc<impl Store + 'static>,
    part: &Part,
    rules: WriteRules,
) -> Result<WriteReport, RegionError> {
    Converter::new(plain())
        .rules(rules)
        .writer("here:1")
        .write_region(part, &open(store), &MatchOptions::default())
}

pub fn records(store: &Arc<impl Store + 'static>) -> Vec<zarrio_region::Record> {
    let archive = open(store);
    let ledger = Ledger::of(&archive, &NodePath::root()).unwrap().unwrap();
    let records = ledger.records().unwrap();
    assert_eq!(records.damaged, []);
    records.records
}

/// What is known of a source without opening it.
pub fn done(store: &Arc<impl Store + 'static>, source: &SourceRecord) -> Standing {
    let archive = open(store);
    let options = archive.selection(&MatchOptions::default());
    let done = DoneWork::of(&archive, "here:2", 1).unwrap();
    done.standing(source, &options)
}

pub const AGAIN: WriteRules = WriteRules {
    resume: false,
    check_digest: false,
    keep_others: false,
    force: false,
};
pub const RESUME: WriteRules = WriteRules {
    resume: true,
    ..AGAIN
};

#[test]
fn a_record_tells_what_was_written() {
    let store = copy(&old_archive(Form::V3, [6, 4, 5]), MemoryStore::new());
    let part = times(4..14, NEW);
    write(&store, &part, AGAIN).unwrap();
    let found = records(&store);
    let [record] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(record.kind, RecordKind::Region);
    assert_eq!(record.writer, "here:1");
    assert_eq!(record.source.as_ref().unwrap().name, "part-2.nc");
    let variable = |name: &str| record.variables.iter().find(|v| v.path == name).unwrap();
    let temperature = variable("temperature");
    assert_eq!((temperature.values, temperature.missing), (10 * 6 * 5, 0));
    // Each value is its position plus a thousand for each edition.
    assert_eq!(temperature.min.unwrap().real(), 2000.0 + f64::from(4 * 30));
    assert_eq!(
        temperature.max.unwrap().real(),
        2000.0 + f64::from(14 * 30 - 1)
    );
    assert_eq!(variable("remark").min, None);
    let extent = record.extent_of("count").unwrap();
    let json = serde_json::to_string(extent).unwrap();
    assert_eq!(json, r#"[["lon",[[0,5]]],["time",[[4,14]]]]"#);
    // Rows along time are cut by the region, those along lon are not.
    assert_eq!(variable("count").sum, None);
    assert!(temperature.sum.is_some() && variable("remark").sum.is_some());
}

/// The digest that records add up to does not depend on chunks, threads or the cut into files.
#[test]
fn sums_of_records_do_not_depend_on_how_it_was_written() {
    let sum = |chunks, borders: &[u64]| {
        let store = copy(&old_archive(Form::V3, chunks), MemoryStore::new());
        for border in borders.windows(2) {
            write(&store, &times(border[0]..border[1], NEW), AGAIN).unwrap();
        }
        let records = records(&store);
        let sums = records.iter().flat_map(|record| &record.variables);
        let sums = sums
            .filter(|v| v.path == "temperature")
            .map(|v| v.sum.unwrap());
        sums.reduce(zarrio_region::RowSum::with).unwrap()
    };
    let reference = sum([6, 4, 5], &[0, 23]);
    assert_eq!(sum([5, 2, 3], &[0, 4, 11, 23]), reference);
    assert_eq!(sum([23, 6, 5], &[0, 1, 2, 23]), reference);
    assert_ne!(sum([6, 4, 5], &[0, 22]), reference);
}

#[test]
fn what_is_on_record_is_skipped_until_another_source_changes_it() {
    let store = copy(&old_archive(Form::V3, [6, 4, 5]), MemoryStore::new());
    let part = times(4..14, NEW);
    let standing = |part: &Part, rules| write(&store, part, rules).unwrap().standing;
    assert_eq!(standing(&part, RESUME), Standing::Open);
    assert_eq!(standing(&part, RESUME), Standing::Done);
    assert_eq!(standing(&part, AGAIN), Standing::Open);
    let source = SourceRecord::new(part.identity());
    let done = || done(&store, &source) == Standing::Done;
    assert!(done());
    assert_eq!(records(&store).len(), 1, "the same work has one record");

    // Another edition over the end of it.
    assert_eq!(standing(&times(13..20, NEWER), RESUME), Standing::Open);
    assert!(!done());
    let before = objects(store.as_ref());
    assert!(matches!(
        self::done(&store, &source),
        Standing::Superseded(_)
    ));
    let Standing::Superseded(other) = standing(&part, RESUME) else {
        panic!("it was written again")
    };
    assert!(other.ends_with("part-3.nc"), "{other}");
    assert!(matches!(standing(&part, AGAIN), Standing::Superseded(_)));
    assert_eq!(objects(store.as_ref()), before);
    let force = WriteRules {
        force: true,
        ..RESUME
    };
    assert_eq!(standing(&part, force), Standing::Open);
    assert!(done());
    assert_points(copy_of(&store), &[part]);
}

/// The points of a part, where another edition's are in the rest of the archive.
fn copy_of(store: &Arc<MemoryStore>) -> Arc<MemoryStore> {
    // What the newer edition still has is made old again, to compare with two editions only.
    write(store, &times(14..20, 1), AGAIN).unwrap();
    store.clone()
}

/// A file that was touched or renamed is read, and skipped when it holds the same.
#[test]
fn the_digest_decides_where_names_and_times_do_not() {
    let store = copy(&old_archive(Form::V3, [6, 4, 5]), MemoryStore::new());
    let every = |edition| {
        // Rows along time are whole, so that every variable has a digest.
        times(0..WORLD[0].1, edition)
    };
    let standing = |part: &Part, rules| write(&store, part, rules).unwrap().standing;
    assert_eq!(standing(&every(NEW), RESUME), Standing::Open);
    let touched = every(NEW).touched(1);
    assert_eq!(standing(&touched, RESUME), Standing::Done);
    assert!(touched.reads() > 0);
    let found = records(&store);
    assert_eq!(found.len(), 1, "nothing was written");
    // From then on it is known by its new name and time.
    assert_eq!(found[0].source, Some(SourceRecord::new(touched.identity())));
    let again = every(NEW).touched(1);
    assert_eq!(standing(&again, RESUME), Standing::Done);
    assert_eq!(again.reads(), 0);
    let source = SourceRecord::new(again.identity());
    assert_eq!(done(&store, &source), Standing::Done);
    let other = every(NEW).with_outlier(zarrio_model::DataType::Int16, [2, 3], 77);
    assert_eq!(standing(&other.touched(2), RESUME), Standing::Open);
    assert_eq!(records(&store).len(), 2);

    // The same name, size and time with other values is only noticed when asked for.
    let store = copy(&old_archive(Form::V3, [6, 4, 5]), MemoryStore::new());
    let standing = |part: &Part, rules| write(&store, part, rules).unwrap().standing;
    let check = WriteRules {
        check_digest: true,
        ..RESUME
    };
    assert_eq!(standing(&every(NEW), RESUME), Standing::Open);
    assert_eq!(standing(&every(NEW), check), Standing::Done);
    let other = every(NEW).with_outlier(zarrio_model::DataType::Int16, [2, 3], 77);
    assert_eq!(standing(&other, RESUME), Standing::Done);
    assert_eq!(standing(&other, check), Standing::Open);
}

#[test]
fn what_others_wrote_can_be_kept() {
    let store = copy(&old_archive(Form::V3, [6, 4, 5]), MemoryStore::new());
    let keep = WriteRules {
        keep_others: true,
        ..AGAIN
    };
    write(&store, &times(4..14, NEW), keep).unwrap();
    write(&store, &times(4..14, NEW), keep).expect("the same source again");
    write(&store, &times(14..20, NEWER), keep).expect("beside it");
    let before = objects(store.as_ref());
    let error = write(&store, &times(13..15, NEWER + 1), keep).unwrap_err();
    assert!(matches!(error, RegionError::Written { .. }), "{error}");
    assert_eq!(objects(store.as_ref()), before);
}

/// Two sources for one region at once: one of them is refused, and the region is whole.
#[test]
fn two_sources_never_mix() {
    let directory = tempfile::tempdir().unwrap();
    let mut refused = 0;
    for round in 0..100 {
        // On a busy machine one may be done before the other begins.
        if round >= 6 && refused > 0 {
            break;
        }
        let path = directory.path().join(round.to_string());
        let files = FilesystemStore::open(path, FsyncMode::Never).unwrap();
        let store = copy(&old_archive(Form::V3, [6, 2, 2]), files);
        let results = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for edition in [NEW, NEWER] {
                let (store, results) = (&store, &results);
                scope.spawn(move || {
                    let part = times(3..17, edition);
                    // Slow enough that both are at work at once.
                    let slow = |_: &Event<'_>| std::thread::sleep(Duration::from_micros(300));
                    let result = Converter::new(plain()).observer(&slow).write_region(
                        &part,
                        &open(store),
                        &MatchOptions::default(),
                    );
                    results
                        .lock()
                        .unwrap()
                        .push((edition, result.map(|r| r.standing)));
                });
            }
        });
        let results = results.into_inner().unwrap();
        let written: Vec<u64> = results
            .iter()
            .filter(|r| r.1.is_ok())
            .map(|r| r.0)
            .collect();
        for (_, result) in &results {
            if let Err(error) = result {
                assert!(matches!(error, RegionError::Overlap { .. }), "{error}");
                refused += 1;
            }
        }
        assert!(!written.is_empty(), "one of two always goes first");
        let last = records(&store).pop().unwrap();
        let name = last.source.unwrap().name;
        let edition = written
            .iter()
            .find(|e| name == format!("part-{e}.nc"))
            .unwrap();
        let archive = open(&store);
        let path = NodePath::parse("temperature");
        let region = zarrio_model::Region::new(vec![3..17, 0..6, 0..5]);
        let mut bytes = vec![0; 14 * 30 * 4];
        archive.read(&path, &region, &mut bytes).unwrap();
        for (i, bytes) in bytes.chunks_exact(4).enumerate() {
            let value = f32::from_ne_bytes(bytes.try_into().unwrap());
            assert_eq!(value, (90 + i as u64 + 1000 * edition) as f32);
        }
        let ledger = Ledger::of(&archive, &NodePath::root()).unwrap().unwrap();
        assert!(ledger.records().unwrap().damaged.is_empty());
    }
    assert!(refused > 0, "they never met");
}

/// Who stops in the middle of another source's region has undone its record; the same work done
/// again makes it good.
#[test]
fn a_writer_that_stops_over_others_is_noticed() {
    let store = copy(&old_archive(Form::V3, [6, 4, 5]), MemoryStore::new());
    let first = times(4..14, NEW);
    write(&store, &first, AGAIN).unwrap();
    let faulty = Arc::new(FaultStore::new(store.clone()));
    // The intent, and a few chunks.
    faulty.fail_put(4, Fault::Fail(StoreErrorKind::NoSpace));
    write(&faulty, &times(4..14, NEWER), AGAIN).unwrap_err();
    let source = SourceRecord::new(first.identity());
    let done = || done(&store, &source) == Standing::Done;
    assert!(!done(), "part of it is another's");
    assert_eq!(
        write(&store, &first, RESUME).unwrap().standing,
        Standing::Open
    );
    assert!(done());
    assert_points(store.clone(), &[first]);
    // What was left tells nothing any more.
    let cleaned = clean(&open(&store), Duration::ZERO, true, "here:1").unwrap();
    assert_eq!(cleaned.intents, 1);
    assert!(done());
}

/// Any number of writers leave as many records as there are parts, whole ones.
#[test]
fn every_writer_leaves_its_record() {
    let store = copy(&old_archive(Form::V3, [6, 6, 5]), MemoryStore::new());
    let parts: Vec<Part> = (0..23).map(|t| times(t..t + 1, NEW)).collect();
    let run = Run {
        order: (0..parts.len()).chain(0..parts.len()).collect(),
        writers: 8,
        ..Run::plain(&parts)
    };
    write_all(&store, &parts, &run).unwrap();
    let records = records(&store);
    assert_eq!(records.len(), 23);
    let mut starts: Vec<u64> = records
        .iter()
        .map(|r| r.extent_of("temperature").unwrap().0[0].1[0][0])
        .collect();
    starts.sort_unstable();
    assert_eq!(starts, (0..23).collect::<Vec<_>>());
    let archive = open(&store);
    let ledger = Ledger::of(&archive, &NodePath::root()).unwrap().unwrap();
    assert!(ledger.intents().unwrap().is_empty(), "no intent is left");
}
