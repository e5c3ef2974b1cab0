//! What any number of writers leave in one archive, held against what each of them wrote.
#![allow(
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests"
)]

#[path = "../support/ahead.rs"]
mod ahead;
mod archive;
mod checks;
mod entered;
mod faults;
mod ledger;
mod part;
mod register;
mod sheets;
mod unfinished;
mod upkeep;

use std::sync::Arc;

use archive::{FORMS, NEW, Run, assert_points, copy, objects, old_archive, write_all};
use part::{Part, WORLD, dimensions};
use proptest::prelude::*;
use proptest::sample::subsequence;
use zarrio_model::NodePath;
use zarrio_store::{FilesystemStore, FsyncMode, MemoryStore};

/// All positions of a variable in C order.
fn cells(variable: &NodePath) -> Vec<Vec<u64>> {
    let mut cells = vec![vec![]];
    for d in dimensions(variable) {
        cells = cells
            .iter()
            .flat_map(|cell: &Vec<u64>| (0..WORLD[*d].1).map(move |p| [&cell[..], &[p]].concat()))
            .collect();
    }
    cells
}

/// Some positions along a dimension, at least one: a range, which may be reversed, or any, in
/// any order.
fn positions(length: u64) -> impl Strategy<Value = Vec<u64>> {
    let range = (0..length, 1..=length, any::<bool>()).prop_map(move |(start, n, reversed)| {
        let mut range: Vec<u64> = (start..(start + n).min(length)).collect();
        if reversed {
            range.reverse();
        }
        range
    });
    let any = subsequence((0..length).collect::<Vec<_>>(), 1..=length as usize).prop_shuffle();
    prop_oneof![2 => range, 1 => any]
}

fn part() -> impl Strategy<Value = Part> {
    let [time, lat, lon] = WORLD.map(|(_, length)| positions(length));
    (time, lat, lon).prop_map(|(time, lat, lon)| Part::new([time, lat, lon], NEW))
}

/// Parts, an order of them, and how many write at once.
fn work() -> impl Strategy<Value = (Vec<Part>, Run)> {
    prop::collection::vec(part(), 1..7).prop_flat_map(|parts| {
        let order: Vec<usize> = (0..parts.len()).collect();
        let order = Just(order).prop_shuffle();
        let run = (order, 1usize..9, 1u32..4, 1u64 << 11..1 << 16);
        let run = run.prop_map(|(order, writers, jobs, memory)| Run {
            order,
            writers,
            jobs,
            memory,
        });
        (Just(parts), run)
    })
}

/// Whatever the parts, the order and the number of writers: the points are those that were
/// written, and the objects those that one writer leaves.
fn check(old: &MemoryStore, parts: &[Part], run: &Run) {
    let alone = copy(old, MemoryStore::new());
    write_all(&alone, parts, &Run::plain(parts)).unwrap();
    assert_points(alone.clone(), parts);
    let together = copy(old, MemoryStore::new());
    write_all(&together, parts, run).unwrap();
    assert_points(together.clone(), parts);
    assert!(
        objects(together.as_ref()) == objects(alone.as_ref()),
        "the bytes depend on the order"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn any_parts_in_any_order_by_any_number(
        (parts, run) in work(),
        form in prop::sample::select(FORMS.to_vec()),
        chunks in (1u64..12, 1u64..7, 1u64..6),
    ) {
        check(&old_archive(form, chunks.into()), &parts, &run);
    }
}

/// Neighbours along time whose borders never are those of chunks: each shares its first
/// chunk with the one before and its last with the one after.
fn chain() -> Vec<Part> {
    let borders = [1, 4, 7, 10, 13, 16, 19, 22];
    let all = |d: usize| (0..WORLD[d].1).collect::<Vec<_>>();
    borders
        .windows(2)
        .map(|border| Part::new([(border[0]..border[1]).collect(), all(1), all(2)], NEW))
        .collect()
}

#[test]
fn neighbours_that_share_chunks_lose_nothing() {
    let parts = chain();
    // With chunks of 23 there is but one along time, which all of them share.
    for (form, time) in FORMS.into_iter().flat_map(|f| [(f, 2), (f, 6), (f, 23)]) {
        let old = old_archive(form, [time, 4, 5]);
        let reference = copy(&old, MemoryStore::new());
        write_all(&reference, &parts, &Run::plain(&parts)).unwrap();
        assert_points(reference.clone(), &parts);
        for round in 0..8 {
            let run = Run {
                order: (0..parts.len())
                    .map(|i| (i * 3 + round) % parts.len())
                    .collect(),
                writers: 8,
                jobs: 2,
                memory: 1 << 20,
            };
            let directory = tempfile::tempdir().unwrap();
            let files = FilesystemStore::open(directory.path(), FsyncMode::Never).unwrap();
            let files = copy(&old, files);
            let memory = copy(&old, MemoryStore::new());
            write_all(&memory, &parts, &run).unwrap();
            write_all(&files, &parts, &run).unwrap();
            assert_eq!(objects(memory.as_ref()), objects(reference.as_ref()));
            assert_eq!(objects(files.as_ref()), objects(reference.as_ref()));
            assert_points(files, &parts);
        }
    }
}

#[test]
fn writing_again_changes_nothing() {
    let parts = chain();
    for form in FORMS {
        let store = copy(&old_archive(form, [6, 6, 5]), MemoryStore::new());
        write_all(&store, &parts, &Run::plain(&parts)).unwrap();
        let once = objects(store.as_ref());
        let everything_thrice = Run {
            order: (0..parts.len()).cycle().take(3 * parts.len()).collect(),
            writers: 4,
            ..Run::plain(&parts)
        };
        write_all(&store, &parts, &everything_thrice).unwrap();
        assert_eq!(objects(store.as_ref()), once);
    }
}

/// No document of an archive is written by those who fill it.
#[test]
fn metadata_stay_as_they_are() {
    for form in FORMS {
        let old = old_archive(form, [5, 6, 5]);
        let store = copy(&old, MemoryStore::new());
        let faulty = Arc::new(zarrio_store::testing::FaultStore::new(store.clone()));
        let parts = chain();
        write_all(&faulty, &parts, &Run::plain(&parts)).unwrap();
        let (before, after) = (objects(&old), objects(store.as_ref()));
        assert_eq!(before.len(), after.len());
        let changed: Vec<_> = after.iter().filter(|(k, v)| before[*k] != **v).collect();
        assert!(!changed.is_empty());
        for (key, _) in changed {
            let array = key.as_str().split('/').next().unwrap();
            assert!(part::GROWING.contains(&array), "{key}");
            assert!(
                !key.as_str().ends_with("zarr.json") && !key.as_str().contains("/."),
                "{key}"
            );
        }
    }
}

/// A source whose steps go to scattered places is still read chunk by chunk, not step by
/// step.
#[test]
fn what_is_scattered_is_read_at_once() {
    let scattered = vec![3, 11, 5, 0, 22, 17, 9, 14];
    let all = |d: usize| (0..WORLD[d].1).collect::<Vec<_>>();
    for form in FORMS {
        let store = copy(&old_archive(form, [4, 6, 5]), MemoryStore::new());
        let parts = [Part::new([scattered.clone(), all(1), all(2)], NEW)];
        write_all(&store, &parts, &Run::plain(&parts)).unwrap();
        assert_points(store, &parts);
        assert_eq!(parts[0].reads(), 1, "of 8 steps");
    }
}
