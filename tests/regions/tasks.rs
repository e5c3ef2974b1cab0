//! Tasks of plans, right and wrong ones, in any order and number.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::case::{Case, Layout};
use super::killer::killed;
use super::objects::{assert_same, objects};
use super::year::{Random, run};
use crate::support::zarrio;

/// A plan of some files for an archive.
fn plan(files: &[PathBuf], archive: &Path, more: &[&str]) -> PathBuf {
    let plan = archive.with_extension("json");
    run(zarrio()
        .arg("plan")
        .args(files)
        .arg(archive)
        .arg("--output")
        .arg(&plan)
        .args(["--quiet", "--overwrite"])
        .args(more));
    plan
}

fn task(plan: &Path, arguments: &[&str]) -> Command {
    let mut command = zarrio();
    command
        .arg("run")
        .arg(plan)
        .args(["--quiet", "--jobs", "1"])
        .args(arguments);
    command
}

fn read(plan: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(plan).unwrap()).unwrap()
}

fn names(task: &Value) -> Vec<String> {
    let files = task["files"].as_array().unwrap().iter();
    let name = |file: &Value| {
        let path = Path::new(file["path"].as_str().unwrap());
        path.file_stem().unwrap().to_str().unwrap().to_owned()
    };
    files.map(name).collect()
}

fn tasks(plan: &Path) -> Vec<Vec<String>> {
    let plan = read(plan);
    plan["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(names)
        .collect()
}

fn unfinished(plan: &Path) -> String {
    let output = run(zarrio().args(["status", "--pending-ids"]).arg(plan));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn files_that_share_chunks_are_one_task() {
    // January and February together end with a chunk of 236 steps, and so do no others.
    let layout = Layout {
        chunk: 118,
        ..Layout::PLAIN
    };
    let Some(case) = Case::new(layout) else {
        return;
    };
    let archive = case.archive("plan");
    let mut files = case.year.files.clone();
    let found = plan(&files, &archive, &[]);
    let text = std::fs::read(&found).unwrap();
    let first = tasks(&found);
    assert_eq!(first[0], ["2021-01", "2021-02"]);
    assert_eq!(first.iter().map(Vec::len).sum::<usize>(), 12);
    let spans = read(&found);
    let span = |i: usize| spans["tasks"][0]["files"][i]["span"].clone();
    assert_eq!([span(0), span(1)], [json!([0, 124]), json!([124, 236])]);
    // 236 steps of 20 cells, 4 and 2 bytes each.
    assert_eq!(spans["tasks"][0]["bytes"], 236 * 20 * 6);
    // The order in which files are named does not matter, and neither does the time.
    Random(7).shuffle(&mut files);
    plan(&files, &archive, &["--workers", "3"]);
    assert_eq!(std::fs::read(&found).unwrap(), text);

    plan(&files, &archive, &["--tasks", "1"]);
    assert_eq!(tasks(&found).len(), 1);
    plan(&files, &archive, &["--bytes-per-task", "20KiB"]);
    assert_eq!(tasks(&found)[0], ["2021-01", "2021-02"]);
}

#[test]
fn shards_count_as_chunks() {
    let layout = Layout {
        chunk: 236,
        shards: Some(2),
        ..Layout::PLAIN
    };
    let Some(case) = Case::new(layout) else {
        return;
    };
    let found = plan(&case.year.files, &case.archive("plan"), &[]);
    assert_eq!(tasks(&found)[0], ["2021-01", "2021-02"]);
}

/// Every task, twice, some of them killed, in any order and at once, with a plan that has wrong
/// spans, wrong sizes, files in tasks where they do not belong, and files that have two tasks.
#[test]
fn nothing_depends_on_the_plan() {
    let Some(case) = Case::new(Layout::PLAIN) else {
        return;
    };
    let alone = case.alone();
    let archive = case.archive("tasks");
    let found = plan(&case.year.files, &archive, &["--tasks", "6"]);
    let mut wrong = read(&found);
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let tasks = wrong["tasks"].as_array_mut().unwrap();
    let mut files: Vec<Value> = tasks
        .iter()
        .flat_map(|task| task["files"].as_array().unwrap().clone())
        .collect();
    assert_eq!(files.len(), 12);
    let twice = files[random.below(12) as usize].clone();
    files.push(twice);
    random.shuffle(&mut files);
    for (i, file) in files.iter_mut().enumerate() {
        file["span"] = json!([i, 2 * i]);
        file["size"] = json!(1);
    }
    *tasks = files
        .chunks(2)
        .map(|files| json!({"bytes": 0, "memory": 0, "objects": 0, "files": files}))
        .collect();
    let count = tasks.len() as u64;
    std::fs::write(&found, wrong.to_string()).unwrap();
    assert_eq!(unfinished(&found), format!("0-{}", count - 1));

    let mut numbers: Vec<u64> = (0..count).chain(0..count).collect();
    random.shuffle(&mut numbers);
    let mut children = Vec::new();
    for number in &numbers {
        let mut command = task(&found, &["--task-id", &number.to_string()]);
        children.push(command.stderr(Stdio::piped()).spawn().unwrap());
    }
    let mut died = 0;
    for (i, mut child) in children.into_iter().enumerate() {
        if i % 3 == 0 {
            died += u32::from(killed(child, Duration::from_millis(random.below(60))));
        } else {
            let code = child.wait().unwrap().code();
            assert!(matches!(code, Some(0 | 75)), "{code:?}");
        }
    }
    run(&mut task(&found, &["--workers", "3"]));
    assert_same(&objects(&archive), &alone, &format!("{died} were killed"));
    case.assert_complete(&archive, "after the tasks");
    assert_eq!(unfinished(&found), "");
    run(zarrio().arg("finalize").arg(&found).arg("--full"));
}

/// Whoever writes a file, its task is done; and stripes are counted as the tasks in them.
#[test]
fn what_is_done_is_known_from_the_records() {
    let Some(case) = Case::new(Layout::PLAIN) else {
        return;
    };
    let archive = case.archive("known");
    let found = plan(&case.year.files, &archive, &[]);
    let all = tasks(&found);
    let last = all.len() - 1;
    run(zarrio()
        .arg("write-region")
        .args(&case.year.files[..11])
        .arg(&archive)
        .arg("--quiet"));
    assert_eq!(unfinished(&found), last.to_string());
    let report = zarrio()
        .arg("finalize")
        .arg(&found)
        .args(["--json", "--task-count", "2"])
        .output()
        .unwrap();
    assert_eq!(report.status.code(), Some(6));
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert_eq!(report["unfinished"], "1");
    assert_eq!(
        (&report["complete"], &report["clean"]),
        (&json!(false), &json!(true))
    );

    let rest = plan(&case.year.files, &archive, &["--pending"]);
    assert_eq!(tasks(&rest), [["2021-12"]]);
    run(&mut task(&rest, &["--task-id", "0"]));
    case.assert_complete(&archive, "after the rest");
    plan(&case.year.files, &archive, &["--pending"]);
    assert_eq!(tasks(&rest), Vec::<Vec<String>>::new());
}

/// The number comes from the engine, and the exit code tells it what to do.
#[test]
fn engines_hand_out_numbers() {
    let Some(case) = Case::new(Layout::PLAIN) else {
        return;
    };
    let archive = case.archive("engine");
    let found = plan(&case.year.files, &archive, &[]);
    let code = |command: &mut Command| command.output().unwrap().status.code();
    let mut by_index = task(&found, &["--task-id", "auto"]);
    assert_eq!(code(by_index.env("JOB_COMPLETION_INDEX", "0")), Some(0));
    assert!(unfinished(&found).starts_with("1"));
    let mut by_name = task(&found, &["--task-id", "env:MINE", "--task-count", "1"]);
    assert_eq!(code(by_name.env("MINE", "0")), Some(0));
    assert_eq!(unfinished(&found), "");
    // Its file has gone, and the record tells of it all the same.
    let moved = case.directory().join("moved.nc");
    let copy = case.directory().join("copy.nc");
    std::fs::copy(&case.year.files[0], &copy).unwrap();
    let other = case.archive("other");
    let found = plan(std::slice::from_ref(&copy), &other, &[]);
    run(&mut task(&found, &[]));
    std::fs::rename(&copy, &moved).unwrap();
    assert_eq!(unfinished(&found), "");
    assert_eq!(code(&mut task(&found, &[])), Some(0));
    assert_eq!(code(&mut task(&found, &["--force"])), Some(3));
}

/// The picture is drawn again and again until all is there, or nobody looks any more.
#[test]
fn an_archive_is_watched_until_it_is_complete() {
    let Some(case) = Case::new(Layout::PLAIN) else {
        return;
    };
    let archive = case.archive("watched");
    let found = plan(&case.year.files, &archive, &[]);
    let watch = || {
        let mut command = zarrio();
        command.arg("status").arg(&archive).args(["--watch", "1"]);
        command.stdout(Stdio::piped()).spawn().unwrap()
    };
    let mut left = watch();
    let mut first = [0; 100];
    let mut reader = left.stdout.take().unwrap();
    std::io::Read::read_exact(&mut reader, &mut first).unwrap();
    drop(reader);
    assert!(left.wait().unwrap().success());

    let watching = watch();
    std::thread::sleep(Duration::from_millis(100));
    run(&mut task(&found, &[]));
    let output = watching.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let last = text.rsplit("watched.zarr is ").next().unwrap();
    assert!(last.starts_with("complete"), "{text}");
}
