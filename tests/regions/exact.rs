//! Writers that are killed, or whose disk fails, at the k-th call of a kind: for every k.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Mutex;

use super::case::{Case, Layout};
use super::objects::{Objects, assert_same, copy, leftovers, objects};
use super::year::{run, write, year};
use crate::support::{LINK, Pair, RENAME, can_trace, compare, python, strace, zarrio};

/// Calls that are disturbed. Where a system does not have one of them, strace leaves it out.
const CALLS: [&str; 5] = ["write", RENAME, "?mkdir,?mkdirat", "fsync", DIRECTORIES];
/// Those that every object needs once: the k-th is that of the k-th object.
const OF_OBJECTS: [&str; 3] = ["write", RENAME, "fsync"];
/// The `fsync` of directories only. A file's comes from another thread, and strace counts
/// by thread: of two k-th calls the first would always hide the second.
const DIRECTORIES: &str = "fsync of directories";
/// What happens to them, and the exit codes that are documented for it.
const ACTIONS: [(&str, &[i32]); 3] = [
    ("signal=KILL", &[137]),
    ("error=EIO", &[1, 75]),
    ("error=ENOSPC", &[1, 75]),
];

/// More calls than this of a kind mean that nothing is ever undisturbed.
const MOST: u32 = 200;

/// The archive before, what is written to it, and what is there after.
struct Work<'a> {
    case: &'a Case,
    base: PathBuf,
    before: Objects,
    after: Objects,
}

impl Work<'_> {
    /// A small write: one thread encodes and stores, and everything is made durable.
    fn command(&self, archive: &Path) -> Command {
        let mut command = write([&self.case.year.files[1]], archive);
        command.args(["--jobs", "1", "--fsync"]);
        command
    }

    /// The same under strace, disturbed at the k-th call.
    fn disturbed(&self, archive: &Path, calls: &str, action: &str, k: u32) -> ExitStatus {
        let plain = self.command(archive);
        let mut command = match calls {
            DIRECTORIES => strace(&plain, "fsync", action, k, &directories(archive)),
            _ => strace(&plain, calls, action, k, &[]),
        };
        command.status().unwrap()
    }

    /// Disturbs the k-th call for every k until nothing is disturbed any more; gives that k
    /// less one, and how many unfinished objects remained.
    fn every(&self, directory: &Path, calls: &str, action: &str, codes: &[i32]) -> (u32, usize) {
        let mut left = 0;
        for k in 1..MOST {
            let when = format!("{action} at call {k} of {calls}");
            let archive = directory.join("archive.zarr");
            copy(&self.base, &archive);
            let status = self.disturbed(&archive, calls, action, k);
            let code = status.code().or_else(|| status.signal().map(|s| 128 + s));
            let found = objects(&archive);
            if code == Some(0) {
                assert_same(&found, &self.after, &format!("{when}: exit code 0"));
                std::fs::remove_dir_all(&archive).unwrap();
                return (k - 1, left);
            }
            assert!(codes.contains(&code.unwrap()), "{when}: {status}");
            // Whatever is there is whole: as before, or as after.
            for (name, object) in &found {
                let known = [self.before.get(name), self.after.get(name)];
                assert!(known.contains(&Some(object)), "{when}: {name} is neither");
            }
            let gone = self.before.keys().find(|name| !found.contains_key(*name));
            assert_eq!(gone, None, "{when}");
            let stored = changed(&self.before, &found);
            // Another thread than that of the chunks announces the work by one object: its
            // first call fails before any chunk's does.
            if OF_OBJECTS.contains(&calls) && k as usize <= changed(&self.before, &self.after) {
                // The announcement is synced with all its new directories.
                let exactly = calls != "fsync";
                assert!(stored < k as usize, "{when}: it went on");
                assert!(
                    !exactly || stored + 1 == k as usize,
                    "{when}: {stored} are stored"
                );
            }
            let readable = self.case.shares(&archive);
            readable.unwrap_or_else(|torn| panic!("{when}: {torn}"));
            let remained = leftovers(&archive);
            assert!(
                action == "signal=KILL" || remained == 0,
                "{when}: {remained}"
            );
            left += remained;

            run(&mut self.command(&archive));
            assert_same(
                &objects(&archive),
                &self.after,
                &format!("{when}, run again"),
            );
            assert_eq!(
                leftovers(&archive),
                remained,
                "{when}: not for a writer to remove"
            );
            std::fs::remove_dir_all(&archive).unwrap();
        }
        panic!("{action}: {MOST} calls of {calls} and no end");
    }
}

/// How many objects are other than before.
fn changed(before: &Objects, found: &Objects) -> usize {
    let same = |(name, object): &(&String, &Vec<u8>)| before.get(*name) == Some(*object);
    found.len() - found.iter().filter(same).count()
}

/// An archive's directories as they will be in the end, and the one that holds it.
fn directories(archive: &Path) -> Vec<PathBuf> {
    let mut all = vec![archive.parent().unwrap().to_owned(), archive.to_owned()];
    for array in ["temperature", "rain"] {
        let chunks = archive.join(array).join("c");
        all.extend([archive.join(array), chunks.clone()]);
        for chunk in 0..=40 {
            let chunk = chunks.join(chunk.to_string());
            all.extend([chunk.join("0"), chunk]);
        }
    }
    all
}

#[test]
fn whatever_call_fails_a_second_run_leaves_the_same_bytes() {
    if !can_trace() {
        return;
    }
    // February has a chunk of its own between two that it shares.
    let Some(case) = Case::new(Layout {
        chunk: 40,
        ..Layout::PLAIN
    }) else {
        return;
    };
    let (base, done) = (case.archive("base"), case.directory().join("done.zarr"));
    run(&mut write(
        [&case.year.files[0], &case.year.files[2]],
        &base,
    ));
    copy(&base, &done);
    let mut work = Work {
        case: &case,
        before: objects(&base),
        base,
        after: BTreeMap::new(),
    };
    run(&mut work.command(&done));
    work.after = objects(&done);
    assert_eq!(
        work.after.len(),
        work.before.len() + 2,
        "two chunks are new"
    );

    let all = CALLS
        .iter()
        .flat_map(|calls| ACTIONS.map(|action| (*calls, action)));
    let queue = Mutex::new(all.collect::<Vec<_>>());
    let counts = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for worker in 0..3 {
            let (work, queue, counts) = (&work, &queue, &counts);
            let place = case.directory().join(worker.to_string());
            scope.spawn(move || {
                std::fs::create_dir(&place).unwrap();
                loop {
                    let next = queue.lock().unwrap().pop();
                    let Some((calls, (action, codes))) = next else {
                        return;
                    };
                    let (k, left) = work.every(&place, calls, action, codes);
                    eprintln!("{action} at each of {k} calls of {calls}, {left} unfinished left");
                    counts.lock().unwrap().push((calls, action, k, left));
                }
            });
        }
    });
    for (calls, action, k, left) in counts.into_inner().unwrap() {
        // Three objects of each variable, and more directories.
        assert!(k >= 6, "only {k} calls of {calls}");
        let unfinished = action == "signal=KILL" && OF_OBJECTS.contains(&calls);
        assert_eq!(left > 0, unfinished, "{action} at {calls} left {left}");
    }
}

/// What killed writers have left is in nobody's way: the Python readers see what the source
/// holds, without a warning.
#[test]
fn other_readers_do_not_see_unfinished_objects() {
    if !can_trace() {
        return;
    }
    let Some((python, year)) = python().zip(year()) else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    for format in ["3", "2"] {
        let archive = directory.path().join(format!("{format}.zarr"));
        let february = &year.files[1];
        run(zarrio()
            .arg("create-template")
            .args([february, &archive])
            .args(["--chunking", "time:40", "--zarr-format", format, "--quiet"]));
        let mut command = write([february], &archive);
        command.args(["--jobs", "1"]);
        for (calls, k) in [(RENAME, 1), (LINK, 1), (LINK, 2)] {
            let status = strace(&command, calls, "signal=KILL", k, &[]).status();
            assert!(!status.unwrap().success());
        }
        run(&mut command);
        assert_eq!(leftovers(&archive), 3);
        let pair = Pair {
            source: february.clone(),
            archive,
            skipped: false,
        };
        for verdict in compare(&python, &[pair]).values() {
            assert_eq!(verdict.fault(), None);
            assert_eq!(verdict.variables, 5);
        }
    }
}
