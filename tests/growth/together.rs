//! Several processes that make one archive longer, beside region writers.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use super::appended::{FORMS, Growing, append, assert_on_record, read};
use crate::regions::objects::{assert_same, objects};
use crate::regions::year::{Random, run, write};

/// Runs a command until it is not only in temporary trouble.
fn insist(mut command: Command) {
    for _ in 0..100 {
        let output = command.output().unwrap();
        match output.status.code() {
            Some(0) => return,
            Some(75) => {}
            _ => panic!("{command:?}: {output:?}"),
        }
    }
    panic!("{command:?} never ends well");
}

#[test]
fn appenders_and_region_writers_lose_nothing() {
    for form in FORMS {
        let Some(case) = Growing::new(form) else {
            return;
        };
        let reference = case.alone(12);
        let archive = case.archive("together");
        let appended: Mutex<Vec<PathBuf>> = Mutex::new(vec![case.year.files[0].clone()]);
        std::thread::scope(|scope| {
            // Two that append the same files in the same order.
            let (case, archive, appended) = (&case, &archive, &appended);
            let appenders: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(move || {
                        for file in &case.year.files[1..] {
                            insist(append(file, archive));
                            appended.lock().unwrap().push(file.clone());
                        }
                    })
                })
                .collect();
            // Two that write again what is there.
            for seed in 1..3 {
                scope.spawn(move || {
                    let mut random = Random(seed * 0x9e37_79b9);
                    while appended.lock().unwrap().len() < 23 {
                        let files = appended.lock().unwrap().clone();
                        let file = &files[random.below(files.len() as u64) as usize];
                        insist(write([file], archive));
                    }
                });
            }
            for appender in appenders {
                appender.join().unwrap();
            }
        });
        assert_eq!(read(&archive), Ok(1460), "{form:?}");
        assert_same(&objects(&archive), &reference, &format!("{form:?}"));
        assert_on_record(&archive);
    }
}

#[test]
fn who_extends_gives_way_to_who_appends() {
    let Some(case) = Growing::new(FORMS[0]) else {
        return;
    };
    let archive = case.archive("extended");
    let mut extend = crate::support::zarrio();
    extend
        .arg("extend")
        .arg(&archive)
        .args(["--global-end", "2021-12-31", "--quiet"]);
    std::thread::scope(|scope| {
        scope.spawn(|| insist(append(&case.year.files[1], &archive)));
        scope.spawn(|| insist(extend));
    });
    for file in &case.year.files[1..] {
        run(&mut append(file, &archive));
    }
    assert_eq!(read(&archive), Ok(1460));
    assert_on_record(&archive);
}
