//! Writers that are killed at any time and started again.

use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::case::{Case, Layout};
use super::objects::{assert_same, leftovers, objects};
use super::year::{Random, write};

const WRITERS: u64 = 8;
const KILLS: u64 = 200;
/// No round begins after this.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whether a process was still alive after a while, and killed. One that ended by itself
/// must have succeeded.
pub(crate) fn killed(mut child: Child, after: Duration) -> bool {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status}: {:?}", child.wait_with_output());
            return false;
        }
        if begun.elapsed() >= after {
            child.kill().unwrap();
            // It may have ended just before.
            return !child.wait().unwrap().success();
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

#[test]
fn killed_writers_lose_nothing_and_readers_see_nothing_torn() {
    let layouts = [
        Layout {
            margin: 48,
            ..Layout::PLAIN
        },
        Layout {
            chunk: 2000,
            margin: 8,
            ..Layout::PLAIN
        },
        Layout {
            margin: 48,
            shards: Some(4),
            ..Layout::PLAIN
        },
        Layout {
            format: 2,
            margin: 48,
            ..Layout::PLAIN
        },
    ];
    let Some(cases) = layouts
        .into_iter()
        .map(Case::new)
        .collect::<Option<Vec<_>>>()
    else {
        return;
    };
    let references: Vec<_> = cases.iter().map(Case::alone).collect();
    let begun = Instant::now();
    let (kills, reads) = (AtomicU64::new(0), AtomicU64::new(0));
    // How long a writer takes that is left alone.
    let typical = AtomicU64::new(20_000);
    let (mut rounds, mut left) = (0, 0);
    while rounds == 0 || (kills.load(Ordering::Relaxed) < KILLS && begun.elapsed() < PATIENCE) {
        let which = rounds as usize % cases.len();
        let (case, layout) = (&cases[which], &cases[which].layout);
        let archive = case.archive(&rounds.to_string());
        let files: Mutex<Vec<PathBuf>> = Mutex::new(case.year.files.clone());
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let seen = case.shares(&archive);
                    reads.fetch_add(1, Ordering::Relaxed);
                    seen.unwrap_or_else(|torn| panic!("a reader of {layout:?}: {torn}"));
                }
            });
            let writers: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    let mut random =
                        Random(0xd1b5_4a32_d192_ed03 ^ (rounds * WRITERS + writer + 1));
                    let (files, archive, kills, typical) = (&files, &archive, &kills, &typical);
                    scope.spawn(move || {
                        loop {
                            let next = files.lock().unwrap().pop();
                            let Some(file) = next else { return };
                            let mut command = write([&file], archive);
                            if random.below(2) == 0 {
                                // Objects stay unfinished for longer.
                                command.arg("--fsync");
                            }
                            let child = command.stderr(Stdio::piped()).spawn();
                            let started = Instant::now();
                            let after = match random.below(4) {
                                // Not always, so that the round comes to its end.
                                0 => Duration::from_secs(120),
                                _ => Duration::from_micros(
                                    random.below(typical.load(Ordering::Relaxed) + 1),
                                ),
                            };
                            if killed(child.unwrap(), after) {
                                kills.fetch_add(1, Ordering::Relaxed);
                                // Another may take it first, and long after.
                                files.lock().unwrap().insert(0, file);
                            } else {
                                let took = started.elapsed().as_micros() as u64;
                                typical.store(took, Ordering::Relaxed);
                            }
                        }
                    })
                })
                .collect();
            let failed = writers.into_iter().filter_map(|w| w.join().err()).count();
            done.store(true, Ordering::Relaxed);
            assert!(reader.join().is_ok() && failed == 0, "round {rounds}");
        });
        left += leftovers(&archive);
        let when = format!("round {rounds} of {layout:?}");
        assert_same(&objects(&archive), &references[which], &when);
        case.assert_complete(&archive, &when);
        std::fs::remove_dir_all(&archive).unwrap();
        rounds += 1;
    }
    let (kills, reads) = (kills.into_inner(), reads.into_inner());
    eprintln!(
        "{kills} kills in {rounds} rounds and {:.1?}, {left} unfinished objects left, {reads} readings",
        begun.elapsed()
    );
    assert!(kills >= 10 && reads > 0, "{kills} kills, {reads} readings");
}
