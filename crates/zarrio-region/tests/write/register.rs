//! Writers in a store where listings are dear: names of records and announcements are entered
//! in a register instead.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use zarrio_model::NodePath;
use zarrio_model::config::Config;
use zarrio_region::{Converter, Extent, Ledger, Record, RegionError, Standing, WriteRules, clean};
use zarrio_store::testing::{Fault, FaultStore};
use zarrio_store::{Key, MemoryStore, Prefix, Store, StoreErrorKind};

use super::archive::{Form, NEW, OLD, Run, copy, objects, old_archive, write_all};
use super::ledger::{AGAIN, NEWER, RESUME, open, records, times, write};
use super::part::Part;

/// A store, and the same as an object store is.
fn stores() -> (Arc<MemoryStore>, Arc<FaultStore>) {
    let inner = Arc::new(MemoryStore::new());
    let remote = Arc::new(FaultStore::new(inner.clone()).as_remote());
    (inner, remote)
}

/// An archive of the old edition, made in a store.
fn make(store: &Arc<impl Store + 'static>) {
    let config = Config {
        chunking: "time:6,lat:4,lon:5".parse().unwrap(),
        ..Config::default()
    };
    let converter = Converter::new(config).history("made for a test");
    converter
        .convert(&Part::whole(OLD), store.as_ref())
        .unwrap();
}

/// What the ledger says of some times, by source and number.
fn told(store: &Arc<impl Store + 'static>, range: [u64; 2]) -> Vec<(String, u64)> {
    let archive = open(store);
    let ledger = Ledger::of(&archive, &NodePath::root()).unwrap().unwrap();
    let extent = Extent(vec![
        ("time".into(), vec![range]),
        ("lat".into(), vec![[0, 6]]),
        ("lon".into(), vec![[0, 5]]),
    ]);
    let records = ledger.meeting(&[("temperature".into(), extent)], "");
    let told = records.unwrap().into_iter();
    told.map(|r| (r.source.map_or(String::new(), |s| s.name), r.order))
        .collect()
}

fn register(store: &MemoryStore) -> Vec<Key> {
    let all = store.list(&Prefix::root()).unwrap().into_iter();
    let own = all.filter(|object| object.key.as_str().contains("/register/"));
    own.map(|object| object.key).collect()
}

#[test]
fn a_region_takes_its_objects_an_announcement_and_a_record_and_no_listing() {
    let (_, store) = stores();
    make(&store);
    // What tells from which file the archive was made goes with the first change.
    write(&store, &times(20..22, 9), AGAIN).unwrap();
    for (range, edition) in [
        (0..6, NEW),
        (6..18, NEWER),
        (3..9, 4),
        (18..23, 5),
        (3..9, 4),
    ] {
        let before = store.calls();
        let report = write(&store, &times(range, edition), AGAIN).unwrap();
        assert_eq!(report.standing, Standing::Open);
        let chunks: u64 = report.regions.iter().map(|region| region.chunks).sum();
        let calls = store.calls();
        assert_eq!(calls.lists, before.lists, "{edition}");
        assert_eq!(calls.puts - before.puts, chunks + 1 + 1, "{edition}");
        assert_eq!(calls.deletes, before.deletes, "{edition}");
    }
}

#[test]
fn what_others_wrote_is_known_without_a_listing() {
    let (_, store) = stores();
    make(&store);
    write(&store, &times(4..14, NEW), AGAIN).unwrap();
    write(&store, &times(10..12, NEWER), AGAIN).unwrap();
    let before = store.calls();
    let superseded = Standing::Superseded("part-3.nc".into());
    let standing = |result: Result<zarrio_region::WriteReport, RegionError>| match result {
        Ok(report) => report.standing,
        Err(error) => panic!("{error}"),
    };
    let again = standing(write(&store, &times(4..14, NEW), AGAIN));
    assert!(
        matches!((&again, &superseded), (Standing::Superseded(a), Standing::Superseded(b)) if a.ends_with(b)),
        "{again:?}"
    );
    let done = standing(write(&store, &times(10..12, NEWER), RESUME));
    assert_eq!(done, Standing::Done);
    let keep = WriteRules {
        keep_others: true,
        ..AGAIN
    };
    let refused = write(&store, &times(11..13, 4), keep);
    assert!(
        matches!(refused, Err(RegionError::Written { .. })),
        "{refused:?}"
    );
    assert_eq!(store.calls().lists, before.lists);
}

#[test]
fn a_file_is_refused_where_another_one_is_being_written() {
    let (_, store) = stores();
    make(&store);
    let met = Arc::new(Mutex::new(None));
    let (other, noted) = (Arc::clone(&store), Arc::clone(&met));
    store.before_put("temperature/c/", move || {
        let before = other.calls();
        let result = write(&other, &times(10..16, NEWER), AGAIN);
        *noted.lock().unwrap() = Some(result.map(|report| report.standing));
        assert_eq!(other.calls().lists, before.lists);
        // Beside it there is no obstacle.
        write(&other, &times(18..20, NEWER), AGAIN).unwrap();
    });
    write(&store, &times(4..14, NEW), AGAIN).unwrap();
    let met = met.lock().unwrap().take().expect("the other one began");
    assert!(matches!(met, Err(RegionError::Overlap { .. })), "{met:?}");
}

#[test]
fn what_a_killed_writer_left_is_known_without_a_listing() {
    let (_, store) = stores();
    make(&store);
    write(&store, &times(4..14, NEW), AGAIN).unwrap();
    let calls = store.calls();
    // The announcement, then data.
    store.fail_put(calls.puts + 3, Fault::Fail(StoreErrorKind::NoSpace));
    write(&store, &times(10..16, NEWER), AGAIN).unwrap_err();
    let again = write(&store, &times(4..14, NEW), RESUME).unwrap();
    assert_eq!(again.standing, Standing::Open, "it may hold parts of both");
    assert_eq!(store.calls().lists, calls.lists);
}

/// An archive that came from a directory, and goes back there, and so on.
#[test]
fn who_lists_and_who_does_not_know_the_same() {
    let (inner, store) = stores();
    make(&inner);
    for (edition, turn) in (NEW..).zip([0, 1, 0, 0, 1, 1, 0, 1_u8]) {
        let start = edition * 5 % 19;
        let part = times(start..start + 4, edition);
        match turn {
            0 => write(&inner, &part, AGAIN).unwrap(),
            _ => write(&store, &part, AGAIN).unwrap(),
        };
        for range in [[0, 23], [start, start + 1], [22, 23]] {
            assert_eq!(
                told(&store, range),
                told(&inner, range),
                "{edition}: {range:?}"
            );
        }
    }
    assert!(told(&store, [0, 23]).len() > 8);
    let before = store.calls();
    told(&store, [0, 23]);
    assert_eq!(store.calls().lists, before.lists, "it is whole again");
}

#[test]
fn a_register_that_cannot_be_read_is_made_anew() {
    let (inner, store) = stores();
    make(&store);
    write(&store, &times(4..14, NEW), AGAIN).unwrap();
    let parts = register(&inner);
    assert!(parts.len() >= 2, "{parts:?}");
    for part in parts {
        inner.put(&part, b"{").unwrap();
        // Who finds a sheet damaged fails, and whoever comes after that lists.
        let mut tries = 0;
        while let Err(error) = write(&store, &times(4..14, NEW), AGAIN) {
            assert!(error.to_string().contains("register"), "{error}");
            tries += 1;
            assert!(tries < 3, "{part}: {error}");
        }
        assert_eq!(told(&store, [0, 23]), told(&inner, [0, 23]), "{part}");
    }
}

#[test]
fn many_writers_leave_what_one_leaves() {
    let old = old_archive(Form::V3, [6, 6, 5]);
    let parts: Vec<Part> = super::chain();
    let reference = copy(&old, MemoryStore::new());
    write_all(&reference, &parts, &Run::plain(&parts)).unwrap();
    let inner = copy(&old, MemoryStore::new());
    let store = Arc::new(FaultStore::new(inner.clone()).as_remote());
    let run = Run {
        writers: 8,
        ..Run::plain(&parts)
    };
    write_all(&store, &parts, &run).unwrap();
    assert!(objects(inner.as_ref()) == objects(reference.as_ref()));
    assert_eq!(told(&store, [0, 23]), told(&inner, [0, 23]));
}

/// Where a store removes nothing on a condition: beside a writer who was there before, and one who
/// comes in the middle.
#[test]
fn records_are_put_together_and_none_that_is_put_meanwhile_is_lost() {
    let (inner, store) = stores();
    make(&store);
    for (t, edition) in (0..22).flat_map(|t| [(t, 10), (t, 11), (t, 12)]) {
        write(&store, &times(t..t + 1, edition), AGAIN).unwrap();
    }
    let mine = |records: &[Record]| records.iter().map(|r| r.id.clone()).collect::<Vec<_>>();
    let before = mine(&records(&inner));
    assert!(before.len() > 66);

    // One who is at work already writes the work of a record again.
    let came = Arc::new(Mutex::new(None));
    let (other, noted) = (Arc::clone(&store), Arc::clone(&came));
    store.before_put("temperature/c/", move || {
        // And one comes while records are moved, and has to wait until that is done.
        let (late, seen) = (Arc::clone(&other), Arc::clone(&noted));
        other.before_put("/ledger/segments/", move || {
            let waits = std::thread::spawn(move || {
                write(&late, &times(5..6, 12), AGAIN).map(|report| report.standing)
            });
            std::thread::sleep(Duration::from_millis(200));
            assert!(!waits.is_finished(), "it waits");
            *seen.lock().unwrap() = Some(waits);
        });
        let cleaned = clean(&open(&other), Duration::ZERO, true, "here:1").unwrap();
        assert!(cleaned.records >= 65, "{cleaned:?}");
    });
    write(&store, &times(3..4, 12), AGAIN).unwrap();
    let late = came.lock().unwrap().take().expect("it came");
    late.join().unwrap().unwrap();

    let after = records(&inner);
    let mut ids = (before, mine(&after));
    ids.0.sort();
    ids.1.sort();
    assert_eq!(ids.0, ids.1);
    // What was put last counts, and is known to all.
    for (range, number) in [([3, 4], 12), ([5, 6], 12)] {
        let told = told(&store, range);
        assert_eq!(told, self::told(&inner, range));
        assert_eq!(told.last().unwrap().0, format!("part-{number}.nc"));
    }
    let left = inner.list(&Prefix::root()).unwrap();
    let left = left
        .iter()
        .filter(|o| o.key.as_str().contains("/ledger/records/"));
    // Those of the two.
    assert_eq!(left.count(), 2);
    // Nobody looks for what is gone.
    let calls = store.calls();
    told(&store, [0, 23]);
    assert_eq!(store.calls().lists, calls.lists);
    let again = write(&store, &times(9..10, 12), RESUME).unwrap();
    assert_eq!(again.standing, Standing::Done);
}
