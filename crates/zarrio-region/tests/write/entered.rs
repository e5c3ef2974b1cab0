//! Writers on an object store, where work is announced by an entry in the register: killed at any
//! request, stopped, renewed, taken over, and beside others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use zarrio_model::NodePath;
use zarrio_model::config::Config;
use zarrio_region::{
    Converter, Intent, Ledger, MatchOptions, RegionError, Standing, WriteReport, WriteRules,
    ZarrSource, clean,
};
use zarrio_store::testing::{Bucket, FaultStore};
use zarrio_store::{
    FilesystemStore, FsyncMode, Key, MemoryStore, Prefix, RemoteStore, Requests, Store,
};

use super::archive::{Form, NEW, OLD, Run, copy, objects, old_archive, write_all};
use super::ledger::{AGAIN, NEWER, RESUME, open, records, times, write};
use super::part::{GROWING, Part};

/// As long as anybody may be taken for alive who is not.
const LIFE: u64 = 70;

/// A process of its own.
pub fn process(bucket: &Bucket) -> Arc<RemoteStore> {
    Arc::new(bucket.store().unwrap())
}

/// One for which so much time has passed.
pub fn later(bucket: &Bucket) -> Arc<RemoteStore> {
    let store = process(bucket);
    store.skip(LIFE);
    store
}

/// An archive of the old edition, in which some times were written since: on a server that was
/// tried out.
pub fn archive() -> Bucket {
    let bucket = Bucket::default();
    let store = process(&bucket);
    let config = Config {
        chunking: "time:6,lat:4,lon:5".parse().unwrap(),
        ..Config::default()
    };
    let converter = Converter::new(config).history("made for a test");
    let whole = Part::whole(OLD);
    converter.convert(&whole, store.as_ref()).unwrap();
    write(&store, &times(4..14, NEW), AGAIN).unwrap();
    bucket
}

pub fn intents(store: &Arc<RemoteStore>) -> Vec<(Intent, bool)> {
    let archive = open(store);
    let ledger = Ledger::of(&archive, &NodePath::root()).unwrap().unwrap();
    let found = ledger.intents().unwrap().into_iter();
    found.map(|(_, intent, live)| (intent, live)).collect()
}

/// The names of what has to do with announcements alone.
pub fn left(store: &RemoteStore) -> Vec<String> {
    let all = store.list(&Prefix::root()).unwrap().into_iter();
    let names = all.map(|object| object.key.as_str().to_owned());
    let own = ["/intents/", "clock-", "trial-"];
    names
        .filter(|name| own.iter().any(|part| name.contains(part)))
        .collect()
}

/// Entries of work in all sheets.
fn entries(store: &RemoteStore) -> usize {
    let all = store.list(&Prefix::root()).unwrap().into_iter();
    let sheets = all.filter(|object| object.key.as_str().contains("/register/"));
    let text = sheets.map(|sheet| String::from_utf8(store.get(&sheet.key).unwrap().unwrap()));
    text.map(|text| text.unwrap().matches("\"intent\":").count())
        .sum()
}

fn asked(store: &RemoteStore, before: Requests) -> Requests {
    store.requests().unwrap().since(before)
}

/// What one region takes: each object, what announces it, and its record.
#[test]
fn a_region_takes_its_objects_and_two_puts_and_removes_nothing() {
    let bucket = Bucket::default();
    let config = Config {
        chunking: "time:6,lat:4,lon:5".parse().unwrap(),
        ..Config::default()
    };
    let first = process(&bucket);
    let whole = Part::whole(OLD);
    Converter::new(config)
        .convert(&whole, first.as_ref())
        .unwrap();
    for name in GROWING {
        let chunks = Prefix::new(format!("{name}/c")).unwrap();
        first.delete_prefix(&chunks).unwrap();
    }
    // Which finds out whether conditions hold.
    write(&first, &times(20..23, NEW), AGAIN).unwrap();
    for (range, edition, is_new) in [
        (0..6, NEWER, true),
        (6..18, 4, true),
        (3..9, 5, true),
        (3..9, 5, false),
        (0..12, 6, true),
    ] {
        let store = process(&bucket);
        let archive = open(&store);
        let before = store.requests().unwrap();
        let report = Converter::new(super::ledger::plain())
            .write_region(&times(range, edition), &archive, &MatchOptions::default())
            .unwrap();
        let chunks: u64 = report.regions.iter().map(|region| region.chunks).sum();
        let asked = asked(&store, before);
        // What is merged and the same is not put again. Of those that are replaced the first ones
        // are sent in vain, as many as are under way at once.
        let (puts, in_vain) = match (is_new, edition) {
            (false, _) => (2, 0..=0),
            (true, 6) => (chunks + 2, 1..=store.calls_at_once() as u64),
            (true, _) => (chunks + 2, 0..=0),
        };
        let more = asked.put.checked_sub(puts);
        let expected = more.is_some_and(|more| in_vain.contains(&more));
        assert!(expected, "{edition}: {asked}, {chunks}");
        assert_eq!((asked.list, asked.delete), (0, 0), "{edition}: {asked}");
        assert_eq!(left(&store), [""; 0], "{edition}");
    }
}

/// At every request, before it is sent and before its answer comes.
#[test]
fn a_writer_that_is_killed_anywhere_is_alive_for_a_while_and_dead_after_it() {
    let victim = times(10..16, NEWER);
    let reference = archive();
    write(&process(&reference), &victim, AGAIN).unwrap();
    let reference = objects(process(&reference).as_ref());
    for sent in [false, true] {
        let mut seen = BTreeMap::new();
        for n in 1.. {
            let bucket = archive();
            let killed = Arc::new(bucket.store().unwrap().killed_at(n, sent));
            let result = ZarrSource::open(killed.clone(), &NodePath::root()).and_then(|archive| {
                Converter::new(super::ledger::plain()).write_region(
                    &victim,
                    &archive,
                    &MatchOptions::default(),
                )
            });
            let when = format!("request {n}, sent: {sent}, {:?}", result.as_ref().err());
            let recorded = records(&process(&bucket)).iter().any(|record| {
                let source = record.source.as_ref();
                source.is_some_and(|source| source.name == "part-3.nc")
            });
            // Nobody takes it for dead at once.
            let now = intents(&process(&bucket));
            assert!(now.iter().all(|(_, live)| *live), "{when}: {now:?}");
            assert!(!recorded || now.is_empty(), "{when}: its record ends it");
            assert!(now.len() <= 1, "{when}");
            let after = intents(&later(&bucket));
            assert!(after.iter().all(|(_, live)| !live), "{when}: {after:?}");
            assert_eq!(after.len(), now.len(), "{when}");
            // What it leaves of the other file that was there is what it said it would.
            let again = write(&later(&bucket), &times(4..14, NEW), RESUME);
            let phase = match again.unwrap_or_else(|e| panic!("{when}: {e}")).standing {
                Standing::Done => 0,
                Standing::Open => 1,
                Standing::Superseded(_) | Standing::Torn(_) => 2,
            };
            let expected = match (recorded, now.len()) {
                (true, _) => 2,
                (false, 1) => 1,
                (false, _) => 0,
            };
            assert_eq!(phase, expected, "{when}");
            *seen.entry(phase).or_insert(0) += 1;
            // And the same command again finishes the work, and leaves nothing.
            let last = later(&bucket);
            write(&last, &victim, AGAIN).unwrap_or_else(|e| panic!("{when}: {e}"));
            assert!(objects(last.as_ref()) == reference, "{when}");
            assert_eq!(intents(&last), [], "{when}");
            clean(&open(&last), Duration::ZERO, true, "here:2").unwrap();
            let left = left(&last);
            let left: Vec<_> = left
                .iter()
                .filter(|name| !name.contains("clock-"))
                .collect();
            assert!(left.is_empty(), "{when}: {left:?}");
            if result.is_ok() {
                break;
            }
        }
        assert!(seen[&0] > 3 && seen[&1] > 8 && seen[&2] > 1, "{seen:?}");
    }
}

/// One who is stopped in the middle of it for so long that others take his place, and goes on.
#[test]
fn a_writer_that_was_stopped_puts_nothing_over_what_others_wrote() {
    // Chunks that it fills in part, and those that it fills alone.
    for (range, place, clock_stands) in [
        (10..16, "temperature/c/", false),
        (10..16, "count/c/", false),
        (6..18, "temperature/c/", false),
        (6..18, "temperature/c/2", false),
        (10..16, "count/c/", true),
    ] {
        let bucket = archive();
        let stopped = bucket.store().unwrap();
        let own = stopped.clone();
        let store = Arc::new(FaultStore::new(Arc::new(stopped)));
        let other = later(&bucket);
        let seen = Arc::new(Mutex::new(BTreeMap::new()));
        let noted = Arc::clone(&seen);
        store.before_put(place, move || {
            write(&other, &times(8..20, 4), AGAIN).unwrap();
            *noted.lock().unwrap() = objects(other.as_ref());
            if !clock_stands {
                own.skip(LIFE);
            }
        });
        let result = write(&store, &times(range, NEWER), AGAIN);
        let error = result.expect_err("it lost its place").to_string();
        assert!(error.contains("took this process for dead"), "{error}");
        let after = process(&bucket);
        let names = records(&after).into_iter().filter_map(|r| r.source);
        assert!(names.map(|s| s.name).all(|name| name != "part-3.nc"));
        if !clock_stands {
            assert!(objects(after.as_ref()) == *seen.lock().unwrap(), "{place}");
        }
    }
}

/// A lease that was made takes the place of the entry, and goes with the work.
#[test]
fn work_that_lasts_is_renewed_and_leaves_nothing() {
    let bucket = archive();
    let renews = bucket
        .store()
        .unwrap()
        .renewing_every(Duration::from_millis(10));
    let store = Arc::new(FaultStore::new(Arc::new(renews)));
    let fresh = process(&bucket);
    let looked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&looked);
    store.before_put("temperature/c/", move || {
        while left(&fresh).is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        *noted.lock().unwrap() = intents(&fresh);
        let refused = write(&fresh, &times(8..20, 4), AGAIN);
        assert!(
            matches!(refused, Err(RegionError::Overlap { .. })),
            "{refused:?}"
        );
    });
    write(&store, &times(10..16, NEWER), AGAIN).unwrap();
    let looked = looked.lock().unwrap();
    assert!(matches!(looked.as_slice(), [(_, true)]), "{looked:?}");
    let after = process(&bucket);
    assert_eq!(left(&after), [""; 0]);
    assert_eq!(intents(&after), []);
}

/// Entries go out when somebody enters something else, and until then say nothing.
#[test]
fn an_entry_that_is_over_is_no_obstacle_and_goes_with_the_next_one() {
    let bucket = archive();
    let store = process(&bucket);
    assert_eq!(entries(&store), 1);
    for edition in 3..9 {
        let process = process(&bucket);
        write(&process, &times(4..9, edition), AGAIN).unwrap();
        assert_eq!(intents(&process), []);
        assert_eq!(entries(&store), 1, "{edition}");
    }
    // Who finds nothing to do strikes its own.
    let keep = WriteRules {
        keep_others: true,
        ..AGAIN
    };
    write(&store, &times(8..9, 20), keep).unwrap_err();
    assert_eq!((entries(&store), intents(&store)), (1, Vec::new()));
    // An archive may be replaced at once.
    let config = Config {
        overwrite: true,
        ..Config::default()
    };
    let whole = Part::whole(NEWER);
    Converter::new(config)
        .convert(&whole, store.as_ref())
        .unwrap();
    assert_eq!(entries(&store), 0);
}

/// As a copy in a directory, or the other way round, what was begun there is dead.
#[test]
fn a_copy_of_an_archive_says_what_was_begun_in_it() {
    let bucket = archive();
    let n = (1..).find(|n| {
        let killed = Arc::new(bucket.store().unwrap().killed_at(*n, true));
        let written = ZarrSource::open(killed, &NodePath::root());
        let written = written.and_then(|archive| {
            Converter::new(super::ledger::plain()).write_region(
                &times(10..16, NEWER),
                &archive,
                &MatchOptions::default(),
            )
        });
        written.unwrap_err();
        !intents(&process(&bucket)).is_empty()
    });
    assert!(n > Some(3));
    let (from, directory) = (process(&bucket), tempfile::tempdir().unwrap());
    let fsync = FsyncMode::Never;
    let files = FilesystemStore::open(directory.path(), fsync).unwrap();
    let (files, memory) = (Arc::new(files), Arc::new(MemoryStore::new()));
    for object in from.list(&Prefix::root()).unwrap() {
        let bytes = from.get(&object.key).unwrap().unwrap();
        files.put(&object.key, &bytes).unwrap();
        memory.put(&object.key, &bytes).unwrap();
    }
    let told = |archive: &ZarrSource| {
        let ledger = Ledger::of(archive, &NodePath::root()).unwrap().unwrap();
        let found = ledger.intents().unwrap();
        found
            .into_iter()
            .map(|(_, _, live)| live)
            .collect::<Vec<_>>()
    };
    for _ in 0..2 {
        assert_eq!(told(&open(&files)), [false]);
        assert_eq!(told(&open(&memory)), [false]);
    }
    let standing = |result: Result<WriteReport, RegionError>| result.unwrap().standing;
    let old = times(4..14, NEW);
    assert_eq!(standing(write(&files, &old, RESUME)), Standing::Open);
    write(&files, &times(10..16, NEWER), AGAIN).unwrap();
    assert_eq!(told(&open(&files)), [true; 0]);
    clean(&open(&memory), Duration::ZERO, true, "here:2").unwrap();
    assert_eq!(told(&open(&memory)), [false], "it is not done yet");
}

#[test]
fn eight_writers_leave_what_one_leaves() {
    let old = old_archive(Form::V3, [6, 6, 5]);
    let parts: Vec<Part> = super::chain();
    let reference = copy(&old, MemoryStore::new());
    write_all(&reference, &parts, &Run::plain(&parts)).unwrap();
    for round in 0..3 {
        let bucket = Bucket::default();
        let store = copy(&old, bucket.store().unwrap());
        let run = Run {
            order: (0..parts.len())
                .map(|i| (i * 3 + round) % parts.len())
                .collect(),
            writers: 8,
            ..Run::plain(&parts)
        };
        write_all(&store, &parts, &run).unwrap();
        assert!(objects(store.as_ref()) == objects(reference.as_ref()));
        assert_eq!(left(&store), [""; 0]);
        assert_eq!(intents(&store), []);
    }
}

/// Whoever puts records together and is killed holds writers for as long as a lease lasts.
#[test]
fn a_killed_clean_holds_writers_no_longer_than_it_may_be_alive() {
    let bucket = archive();
    let store = process(&bucket);
    for (t, edition) in (0..22).flat_map(|t| [(t, 10), (t, 11), (t, 12)]) {
        write(&store, &times(t..t + 1, edition), AGAIN).unwrap();
    }
    let all: BTreeMap<Key, Vec<u8>> = store
        .list(&Prefix::root())
        .unwrap()
        .into_iter()
        .map(|object| (object.key.clone(), store.get(&object.key).unwrap().unwrap()))
        .collect();
    let before: Vec<String> = records(&store).into_iter().map(|r| r.id).collect();
    let mut held = 0;
    for n in (1..).step_by(7) {
        let bucket = Bucket::default();
        for (key, bytes) in &all {
            process(&bucket).put(key, bytes).unwrap();
        }
        let killed = Arc::new(bucket.store().unwrap().killed_at(n, n % 2 == 0));
        let cleaned = ZarrSource::open(killed, &NodePath::root())
            .and_then(|archive| clean(&archive, Duration::ZERO, true, "here:2"));
        let live = intents(&process(&bucket))
            .into_iter()
            .filter(|(_, live)| *live);
        held += live.count();
        let next = later(&bucket);
        write(&next, &times(3..4, 12), AGAIN).unwrap_or_else(|e| panic!("{n}: {e}"));
        let mut after: Vec<String> = records(&next).into_iter().map(|r| r.id).collect();
        let mut before = before.clone();
        before.sort();
        after.sort();
        assert!(before == after, "{n}: records were lost");
        if cleaned.is_ok() {
            break;
        }
    }
    assert!(held > 0);
}
