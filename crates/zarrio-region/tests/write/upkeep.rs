//! Changes of the ledger that are not about data being written, and those who replace the archive
//! meanwhile.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use zarrio_model::config::Config;
use zarrio_model::{NodePath, Source};
use zarrio_region::{
    Converter, Event, GapRequest, Ledger, MatchOptions, RecordKind, RegionError, SourceRecord,
    Standing, Status, clean,
};
use zarrio_store::testing::{Fault, FaultStore};
use zarrio_store::{Key, MemoryStore, Store, StoreErrorKind};

use super::archive::{Form, NEW, assert_points, copy, old_archive};
use super::ledger::{AGAIN, NEWER, RESUME, done, open, plain, records, times, write};
use super::part::{Part, WORLD};

#[test]
fn put_together_the_records_say_the_same() {
    let store = copy(&old_archive(Form::V3, [6, 6, 5]), MemoryStore::new());
    let lats = [[0, 1, 2], [3, 4, 5]];
    for (t, lat, edition) in (0..23).flat_map(|t| lats.map(|l| (t, l, NEW + t % 2))) {
        let lon = (0..WORLD[2].1).collect();
        let part = Part::new([vec![t], lat.to_vec(), lon], edition);
        write(&store, &part, AGAIN).unwrap();
    }
    for t in [3, 9] {
        write(&store, &times(t..t + 2, 9), AGAIN).unwrap();
    }
    let before = records(&store);
    assert!(before.len() >= 46, "{}", before.len());
    let mut more = Vec::new();
    for edition in 10..30 {
        more.push(times(20..23, edition));
        write(&store, more.last().unwrap(), AGAIN).unwrap();
    }
    let before = records(&store);
    let looked = clean(&open(&store), Duration::ZERO, false, "here:1").unwrap();
    assert_eq!((looked.records, looked.segments), (before.len(), 1));
    let cleaned = clean(&open(&store), Duration::ZERO, true, "here:1").unwrap();
    assert_eq!(cleaned, looked);
    assert_eq!(records(&store), before);
    let names = || -> usize {
        let list = store.list(&zarrio_store::Prefix::root()).unwrap();
        list.iter()
            .filter(|o| o.key.as_str().contains("/ledger/records/"))
            .count()
    };
    assert_eq!(names(), 0);
    // Work goes on as if nothing had happened.
    let last = more.last().unwrap();
    assert_eq!(
        write(&store, last, RESUME).unwrap().standing,
        Standing::Done
    );
    assert!(matches!(
        write(&store, &more[0], RESUME).unwrap().standing,
        Standing::Superseded(_)
    ));
    write(&store, last, AGAIN).unwrap();
    assert_eq!(names(), 1);
    assert_eq!(records(&store).len(), before.len());
}

/// An archive is not replaced under those who write into it, and nobody writes into one that is
/// being replaced.
#[test]
fn replacing_and_writing_exclude_each_other() {
    let store = copy(&old_archive(Form::V3, [6, 2, 2]), MemoryStore::new());
    let replace = Config {
        overwrite: true,
        ..plain()
    };
    let tried = Mutex::new(None);
    let observer = |event: &Event<'_>| {
        if let Event::ChunkWritten { .. } = event {
            let mut tried = tried.lock().unwrap();
            if tried.is_none() {
                let whole = Part::whole(NEWER);
                *tried = Some(Converter::new(replace.clone()).convert(&whole, store.as_ref()));
            }
        }
    };
    let part = times(4..14, NEW);
    Converter::new(plain())
        .observer(&observer)
        .write_region(&part, &open(&store), &MatchOptions::default())
        .unwrap();
    let refused = tried.into_inner().unwrap().unwrap().unwrap_err();
    assert!(matches!(refused, RegionError::Overlap { .. }), "{refused}");
    assert_points(store.clone(), &[part]);
    Converter::new(replace)
        .convert(&Part::whole(NEWER), store.as_ref())
        .expect("nobody writes any more");
    let kinds: Vec<RecordKind> = records(&store).iter().map(|r| r.kind).collect();
    assert_eq!(
        kinds,
        [RecordKind::Dataset],
        "the old records went with the old data"
    );
}

/// An archive is not replaced while records are put into its ledger: those of the old one would
/// turn up in the new one.
#[test]
fn replacing_and_changing_the_ledger_exclude_each_other() {
    let replace = |store: &Arc<MemoryStore>, tried: &Arc<Mutex<Option<RegionError>>>| {
        let (store, tried) = (store.clone(), tried.clone());
        move || {
            let config = Config {
                overwrite: true,
                ..plain()
            };
            let replaced = Converter::new(config).convert(&Part::whole(NEWER), store.as_ref());
            *tried.lock().unwrap() = replaced.err();
        }
    };
    let is_refused = |tried: &Arc<Mutex<Option<RegionError>>>| {
        let refused = tried.lock().unwrap().take();
        assert!(
            matches!(refused, Some(RegionError::Overlap { .. })),
            "{refused:?}"
        );
    };
    let tried = Arc::default();
    let store = copy(&old_archive(Form::V3, [6, 6, 5]), MemoryStore::new());
    let faulty = Arc::new(FaultStore::new(store.clone()));
    for (t, edition) in (0..22).flat_map(|t| [(t, 10), (t, 11), (t, 12)]) {
        write(&store, &times(t..t + 1, edition), AGAIN).unwrap();
    }
    let before = records(&store);
    faulty.before_put("/ledger/segments/", replace(&store, &tried));
    let cleaned = clean(&open(&faulty), Duration::ZERO, true, "here:1").unwrap();
    assert_eq!(cleaned.records, 66);
    is_refused(&tried);
    assert_eq!(records(&store), before);

    faulty.before_put("/ledger/records/", replace(&store, &tried));
    let gap = GapRequest {
        region: "time=22:23".parse().unwrap(),
        reason: "no instrument".into(),
        ..GapRequest::default()
    };
    Converter::new(plain())
        .declare_gap(&open(&faulty), &gap)
        .unwrap();
    is_refused(&tried);
    assert_eq!(records(&store).len(), 67);
    let archive = open(&store);
    let ledger = Ledger::of(&archive, &NodePath::root()).unwrap().unwrap();
    assert!(ledger.intents().unwrap().is_empty(), "no intent is left");
}

/// An announcement that nobody can read is told of, and removed when its writer is provably
/// gone; that of a later version stays.
#[test]
fn announcements_that_cannot_be_read_are_told_and_removed() {
    let store = copy(&old_archive(Form::V3, [6, 6, 5]), MemoryStore::new());
    write(&store, &times(0..23, NEW), AGAIN).unwrap();
    assert!(Status::of(&open(&store), None).unwrap().damaged.is_empty());
    let objects = store.list(&zarrio_store::Prefix::root()).unwrap();
    let mut keys = objects.iter().map(|object| object.key.as_str());
    let record = keys.find_map(|key| key.split_once("/records/"));
    let place = format!("{}/intents", record.unwrap().0);
    let key = |name: &str| Key::new(format!("{place}/{name}")).unwrap();
    for (name, text) in [
        ("0a-1", ""),
        ("0a-2", "{\"id\": \"0a"),
        ("0a-3", "{\"form\": 9}"),
        ("0a-4", ""),
    ] {
        let name = key(&format!("{name}.json"));
        store.put(&name, text.as_bytes()).unwrap();
    }
    // Its writer lives.
    let claim = store.claim(&key("0a-4.live")).unwrap().unwrap();
    let told = Status::of(&open(&store), None).unwrap();
    assert_eq!(told.damaged.len(), 3, "{:?}", told.damaged);
    assert!(told.damaged[0].0.ends_with("0a-1.json"));
    assert!(!told.complete);
    let looked = clean(&open(&store), Duration::ZERO, false, "here:1").unwrap();
    let cleaned = clean(&open(&store), Duration::ZERO, true, "here:1").unwrap();
    assert_eq!((looked.intents, cleaned.intents), (2, 2));
    let told = Status::of(&open(&store), None).unwrap();
    assert_eq!(told.damaged.len(), 1);
    assert!(told.damaged[0].0.ends_with("0a-3.json"));
    drop(claim);
    let told = Status::of(&open(&store), None).unwrap();
    assert_eq!(told.damaged.len(), 2);
}

/// Who asks about one file reads the records that are about it, and not all that there are.
#[test]
fn few_of_many_records_are_read_for_a_file() {
    let store = copy(&old_archive(Form::V3, [6, 6, 5]), MemoryStore::new());
    let part = times(0..1, NEW);
    write(&store, &part, AGAIN).unwrap();
    let archive = open(&store);
    let ledger = Ledger::of(&archive, &NodePath::root()).unwrap().unwrap();
    let record = records(&store).remove(0);
    for i in 0..2000u64 {
        let mut other = record.clone();
        other.id = format!("{i:032x}");
        for (name, ranges) in other.extents.iter_mut().flat_map(|extent| &mut extent.0) {
            if name == "time" {
                *ranges = vec![[1 + i % 20, 2 + i % 20]];
            }
        }
        ledger.put(&other).unwrap();
    }
    let faulty = Arc::new(FaultStore::new(store.clone()));
    let source = SourceRecord::new(part.identity());
    assert_eq!(done(&faulty, &source), Standing::Open, "it is not asked");
    let report = write(&faulty, &part, RESUME).unwrap();
    assert_eq!(report.standing, Standing::Done);
    let gets = faulty.calls().gets;
    assert!(gets < 100, "{gets} objects were read");
}

/// The same work is less when what does not grow is there already: it takes away what was left of
/// the first attempt all the same.
#[test]
fn what_a_killed_run_announced_goes_with_the_rerun() {
    let store = copy(&old_archive(Form::V3, [6, 4, 5]), MemoryStore::new());
    write(&store, &times(4..14, NEW), AGAIN).unwrap();
    store
        .delete_prefix(&zarrio_store::Prefix::new("mask/c").unwrap())
        .unwrap();
    let faulty = Arc::new(FaultStore::new(store.clone()));
    let last = faulty.clone();
    // All is written, and the record is not.
    faulty.before_put("/ledger/records/", move || {
        let next = last.calls().puts + 1;
        last.fail_put(next, Fault::Fail(StoreErrorKind::NoSpace));
    });
    let part = times(4..14, NEWER);
    write(&faulty, &part, AGAIN).unwrap_err();
    let archive = open(&store);
    let ledger = Ledger::of(&archive, &NodePath::root()).unwrap().unwrap();
    let left = ledger.intents().unwrap();
    let [(_, left, false)] = left.as_slice() else {
        panic!("{left:?}")
    };
    assert!(
        left.parts.iter().any(|(path, _)| path == "mask"),
        "{left:?}"
    );
    let report = write(&store, &part, AGAIN).unwrap();
    assert!(report.compared.contains(&"mask".to_owned()));
    assert_eq!(ledger.intents().unwrap(), []);
}
