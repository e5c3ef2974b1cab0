//! Appends that are killed.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::appended::{FORMS, Growing, append, assert_on_record, read};
use crate::regions::killer::killed;
use crate::regions::objects::{assert_same, objects};
use crate::regions::year::{Random, run};
use crate::support::{LINK, RENAME, can_trace, strace};

const MONTHS: usize = 6;
/// No round begins after this.
const PATIENCE: Duration = Duration::from_secs(30);

/// Steps before each month.
fn steps(months: usize) -> u64 {
    [124, 112, 124, 120, 124, 120][..months].iter().sum()
}

#[test]
fn a_killed_append_leaves_the_old_archive_or_the_new_one() {
    let Some(growing) = FORMS
        .into_iter()
        .map(Growing::new)
        .collect::<Option<Vec<_>>>()
    else {
        return;
    };
    let references: Vec<_> = growing.iter().map(|case| case.alone(MONTHS)).collect();
    let begun = Instant::now();
    let mut random = Random(0x2f6e_2b1d_9c5a_7e31);
    let (mut kills, mut rounds, mut typical) = (0, 0, 30_000);
    while rounds < growing.len() || begun.elapsed() < PATIENCE && kills < 200 {
        let case = &growing[rounds % growing.len()];
        let archive = case.archive("round");
        for month in 1..MONTHS {
            let file = &case.year.files[month];
            loop {
                let mut command = append(file, &archive);
                if random.below(2) == 0 {
                    command.arg("--fsync");
                }
                let started = Instant::now();
                let child = command.stderr(Stdio::piped()).spawn().unwrap();
                let after = match random.below(4) {
                    0 => Duration::from_secs(120),
                    _ => Duration::from_micros(random.below(typical)),
                };
                let dead = killed(child, after);
                let found =
                    read(&archive).unwrap_or_else(|fault| panic!("{:?}: {fault}", case.form));
                if !dead {
                    assert_eq!(found, steps(month + 1), "{:?}", case.form);
                    typical = started.elapsed().as_micros() as u64 + 1;
                    break;
                }
                kills += 1;
                assert!(
                    found == steps(month) || found == steps(month + 1),
                    "{found} steps in {:?}",
                    case.form
                );
            }
        }
        let when = format!("round {rounds} of {:?}", case.form);
        assert_same(
            &objects(&archive),
            &references[rounds % growing.len()],
            &when,
        );
        assert_on_record(&archive);
        std::fs::remove_dir_all(&archive).unwrap();
        rounds += 1;
    }
    eprintln!(
        "{kills} kills in {rounds} rounds and {:.1?}",
        begun.elapsed()
    );
    assert!(kills >= 10, "{kills} kills");
}

/// What a killed append has left is never taken for data, whatever is appended after it.
fn another_one_goes_on(archive: &Path, case: &Growing, k: u32) {
    // Of the month after next, whose times come later.
    let march = &case.year.files[2];
    run(append(march, archive).arg("--allow-gaps"));
    // The days between are absent; then they come.
    run(&mut append(&case.year.files[1], archive));
    assert_eq!(read(archive), Ok(steps(3)), "{k}");
    assert_on_record(archive);
}

#[test]
fn whatever_call_is_the_last_a_second_run_finishes() {
    if !can_trace() {
        return;
    }
    for form in [FORMS[0], FORMS[1]] {
        let Some(case) = Growing::new(form) else {
            return;
        };
        let reference = case.alone(2);
        let mut seen = [0, 0];
        for calls in [RENAME, LINK, "?unlink,?unlinkat"] {
            for k in 1..100 {
                let archive = case.archive("traced");
                let mut command = append(&case.year.files[1], &archive);
                command.args(["--jobs", "1", "--fsync"]);
                let status = strace(&command, calls, "signal=KILL", k, &[]).status();
                let dead = !status.unwrap().success();
                let found = read(&archive).unwrap_or_else(|fault| panic!("{calls} {k}: {fault}"));
                assert!(
                    [steps(1), steps(2)].contains(&found),
                    "{calls} {k}: {found}"
                );
                assert!(dead || found == steps(2));
                seen[usize::from(found == steps(2))] += 1;
                if k % 3 == 0 && found == steps(1) {
                    another_one_goes_on(&archive, &case, k);
                } else {
                    run(&mut append(&case.year.files[1], &archive));
                    assert_same(&objects(&archive), &reference, &format!("{calls} {k}"));
                    assert_on_record(&archive);
                }
                std::fs::remove_dir_all(&archive).unwrap();
                if !dead {
                    break;
                }
                assert!(k < 99);
            }
        }
        let [before, after] = seen;
        eprintln!("{form:?}: {before} left the old archive, {after} the new one");
        assert!(before > 3 && after > 3, "{before} {after}");
    }
}
