//! Many writers at once.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::case::{Case, Layout};
use super::objects::{assert_same, leftovers, objects};
use super::year::{Random, run, write};
use crate::support::shared_out;

const PROCESSES: usize = 8;
const ROUNDS: u64 = 20;
/// No round of a layout begins after this.
const PATIENCE: Duration = Duration::from_secs(12);

/// Eight processes take the files of the year in random order; the archive is the one that
/// a single process writes.
fn eight_leave_what_one_leaves(layout: Layout) {
    let Some(case) = Case::new(layout) else {
        return;
    };
    let reference = case.alone();
    let begun = Instant::now();
    let mut rounds = 0;
    while rounds < ROUNDS && (rounds == 0 || begun.elapsed() < PATIENCE) {
        let archive = case.archive(&rounds.to_string());
        let mut files: Vec<PathBuf> = case.year.files.clone();
        Random(0x9e37_79b9_7f4a_7c15 + rounds).shuffle(&mut files);
        shared_out(PROCESSES, files, |file| {
            run(&mut write([&file], &archive));
        });
        let when = format!("round {rounds} of {layout:?}");
        assert_same(&objects(&archive), &reference, &when);
        case.assert_complete(&archive, &when);
        assert_eq!(leftovers(&archive), 0, "{when}");
        std::fs::remove_dir_all(&archive).unwrap();
        rounds += 1;
    }
    eprintln!("{rounds} rounds of {layout:?} in {:.1?}", begun.elapsed());
}

#[test]
fn a_year_in_chunks_of_100() {
    eight_leave_what_one_leaves(Layout::PLAIN);
}

#[test]
fn every_file_shares_its_first_and_its_last_chunk() {
    eight_leave_what_one_leaves(Layout {
        margin: 48,
        ..Layout::PLAIN
    });
}

#[test]
fn every_file_shares_its_first_and_its_last_shard() {
    eight_leave_what_one_leaves(Layout {
        margin: 48,
        shards: Some(4),
        ..Layout::PLAIN
    });
}

#[test]
fn all_files_share_one_chunk() {
    for format in [3, 2] {
        eight_leave_what_one_leaves(Layout {
            format,
            chunk: 2000,
            margin: 8,
            shards: None,
        });
    }
}

/// Every process writes every file, each in an order of its own.
#[test]
fn everybody_writes_everything() {
    let Some(case) = Case::new(Layout {
        margin: 48,
        ..Layout::PLAIN
    }) else {
        return;
    };
    let reference = case.alone();
    let archive = case.archive("all");
    std::thread::scope(|scope| {
        for process in 0..PROCESSES as u64 {
            let mut files = case.year.files.clone();
            Random(0x2545_f491_4f6c_dd1d + process).shuffle(&mut files);
            let archive = &archive;
            scope.spawn(move || run(&mut write(&files, archive)));
        }
    });
    assert_same(&objects(&archive), &reference, "all by all");
}

/// One file by two processes at once, and once more: what it left the first time stays.
#[test]
fn one_file_twice_is_the_same_as_once() {
    let Some(case) = Case::new(Layout::PLAIN) else {
        return;
    };
    let august = &case.year.files[7];
    let reference = case.archive("once");
    run(&mut write([august], &reference));
    let reference = objects(&reference);
    for round in 0..5 {
        let archive = case.archive(&round.to_string());
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| run(&mut write([august], &archive)));
            }
        });
        assert_same(&objects(&archive), &reference, "at once");
        run(&mut write([august, august], &archive));
        assert_same(&objects(&archive), &reference, "again");
        assert_eq!(leftovers(&archive), 0);
    }
}
