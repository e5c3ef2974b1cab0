//! Pipes, signals and logs.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::transcript::{data, tree};
use crate::support::zarrio;

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = zarrio()
        .args(["info", "--json"])
        .arg(data("ocean.nc"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn quiet_says_nothing_and_keeps_the_report() {
    let directory = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        zarrio()
            .arg("convert")
            .arg(data("wind.nc"))
            .args(arguments)
            .current_dir(directory.path())
            .output()
            .unwrap()
    };
    let silent = run(&["a.zarr", "-q", "--progress", "always"]);
    assert!(
        silent.status.success() && silent.stdout.is_empty() && silent.stderr.is_empty(),
        "{silent:?}"
    );
    let report = run(&["b.zarr", "-q", "--json"]);
    assert!(report.stderr.is_empty());
    let report: serde_json::Value = serde_json::from_slice(&report.stdout).unwrap();
    assert_eq!(report["variables"].as_array().unwrap().len(), 6);
    assert_eq!(report["already_done"], false);
}

#[test]
fn json_logs_are_one_object_a_line() {
    let directory = tempfile::tempdir().unwrap();
    let run = |input: &Path, output: &str, more: &[&str]| {
        let out = zarrio()
            .args(["--log-format", "json", "convert"])
            .arg(input)
            .arg(output)
            .args(more)
            .current_dir(directory.path())
            .output()
            .unwrap();
        assert!(out.stdout.is_empty());
        let lines = BufReader::new(out.stderr.as_slice()).lines();
        let events: Vec<serde_json::Value> = lines
            .map(|line| line.unwrap())
            .map(|line| serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}")))
            .collect();
        assert!(
            events
                .iter()
                .all(|event| event["level"].is_string() && event["timestamp"].is_string())
        );
        events
    };
    let events = run(&data("wind.nc"), "a.zarr", &[]);
    let done = events
        .iter()
        .find(|event| event["message"] == "done")
        .expect("the figures");
    for figure in [
        "bytes_in",
        "bytes_out",
        "ratio",
        "mb_per_second",
        "cpu_seconds",
        "peak_memory",
    ] {
        assert!(done[figure].is_number(), "{figure}: {done}");
    }
    let events = run(&data("wind.nc"), "b.zarr", &["-vv", "--progress", "always"]);
    assert!(
        events.iter().any(|event| event["level"] == "DEBUG"),
        "{events:?}"
    );
    let events = run(&data("soundings.nc"), "c.zarr", &[]);
    let error = events
        .iter()
        .find(|event| event["level"] == "ERROR")
        .expect("an error");
    assert_eq!(error["exit_code"], 3);
    assert!(
        error["hint"]
            .as_str()
            .is_some_and(|hint| hint.contains("--drop-variables")),
        "{error}"
    );
    let events = run(&data("soundings.nc"), "d.zarr", &["-q"]);
    assert_eq!(events.len(), 1, "{events:?}");
}

/// Also where the command line or the environment is wrong, before anything is done.
#[test]
fn json_logs_have_errors_of_usage() {
    let check = |arguments: &[&str], log: &str, message: &str, hint: &str| {
        let mut command = zarrio();
        let command = command.env("ZARRIO_LOG", log).args(arguments);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said.lines().count(), 1, "{said}");
        let event: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!(event["level"], "ERROR");
        assert_eq!(event["exit_code"], 2);
        assert_eq!(event["message"], message);
        assert_eq!(event["hint"], hint);
    };
    let help = "the '--help' of the command lists what there is";
    let json = ["--log-format", "json"];
    let with = |arguments: &[&'static str]| [&json[..], arguments].concat();
    check(
        &[
            "convert",
            "a.nc",
            "a.zarr",
            "--chunkin",
            "3",
            "--log-format=json",
        ],
        "",
        "unexpected argument '--chunkin' found",
        "a similar argument exists: '--chunking'",
    );
    check(
        &with(&["convert", "a.nc"]),
        "",
        "the following required arguments were not provided: <OUTPUT>",
        help,
    );
    check(
        &with(&["info", "a.nc", "--progress", "often"]),
        "zarrio=loud",
        "invalid value 'often' for '--progress <WHEN>' [possible values: auto, always, never]",
        help,
    );
    check(
        &with(&["convert", "a.nc", "a.zarr", "--datamesh-token", "x"]),
        "",
        "--datamesh-token is not available in this version, which does not offer Datamesh yet",
        &format!("leave it out; {help}"),
    );
    check(&with(&["config"]), "", "a command is missing", help);
    check(
        &with(&["info", "a.nc"]),
        "zarrio=loud",
        "ZARRIO_LOG is \"zarrio=loud\": error parsing level filter: expected one of \"off\", \"error\", \"warn\", \"info\", \"debug\", \"trace\", or a number 0-5",
        "give a level (error, warn, info, debug, trace) or levels for crates, such as warn,zarrio_region=debug",
    );
}

#[test]
fn steps_and_figures_are_logged_as_text_on_request() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = zarrio();
    command
        .arg("convert")
        .arg(data("ocean.nc"))
        .args(["a.zarr", "-v"]);
    let output = command.current_dir(directory.path()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    for needle in [
        "converting",
        "planned",
        "peak_memory=",
        "cpu_seconds=",
        "converted ",
    ] {
        assert!(said.contains(needle), "no {needle} in {said}");
    }
    assert!(
        !said.contains('\u{1b}'),
        "colours without a terminal: {said}"
    );
}

#[test]
fn a_limit_of_file_sizes_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("noise.nc"), noise()).unwrap();
    let script = "ulimit -f 1; exec \"$0\" convert noise.nc out.zarr";
    let output = Command::new("bash")
        .args(["-c", script])
        .arg(zarrio().get_program())
        .current_dir(directory.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("File too large"), "{said}");
    assert!(said.contains("'ulimit -f'"), "{said}");
    assert_eq!(said.matches("error:").count(), 1, "{said}");
}

#[test]
fn signals_leave_nothing_that_looks_whole() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let directory = tempfile::tempdir().unwrap();
        let input = directory.path().join("noise.nc");
        std::fs::write(&input, noise()).unwrap();
        let mut child = slow(directory.path());
        wait_for(&directory.path().join("out.zarr/v/zarr.json"));
        send(signal, &child);
        let mut said = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{said}");
        assert!(said.contains("run the same command again"), "{said}");
        let left = tree(&directory.path().join("out.zarr"));
        assert!(!left.iter().any(|name| name == "zarr.json"), "{left:?}");

        // The same command, less thorough, starts afresh without a flag.
        let again = zarrio()
            .args(["convert", "noise.nc", "out.zarr", "--compression", "none"])
            .current_dir(directory.path())
            .output()
            .unwrap();
        assert!(again.status.success(), "{again:?}");
    }
}

#[test]
fn a_second_signal_ends_at_once() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("noise.nc"), noise()).unwrap();
    let mut child = slow(directory.path());
    wait_for(&directory.path().join("out.zarr/v/zarr.json"));
    send("INT", &child);
    send("INT", &child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!directory.path().join("out.zarr/zarr.json").exists());
}

#[test]
fn measurements_that_are_stopped_leave_no_directory() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("noise.nc"), noise()).unwrap();
    let temporary = directory.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let mut child = zarrio()
        .args(["analyze", "noise.nc", "--run-tests", "--budget", "600"])
        .args(["--progress", "always"])
        .current_dir(directory.path())
        .env("TMPDIR", &temporary)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    while !said.contains("trying") {
        assert_ne!(lines.read_line(&mut said).unwrap(), 0, "{said}");
    }
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 1);
    send("INT", &child);
    lines.read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    assert!(said.contains("stopped before all was tried"), "{said}");
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
}

/// A conversion that takes long.
fn slow(directory: &Path) -> Child {
    zarrio()
        .args([
            "convert",
            "noise.nc",
            "out.zarr",
            "--compression",
            "zstd:22",
            "--chunking",
            "y:64",
        ])
        .args(["--jobs", "1"])
        .current_dir(directory)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// A CDF-1 file with one variable of random bytes, which are slow to compress.
pub(super) fn noise() -> Vec<u8> {
    const ROWS: u32 = 2048;
    const COLUMNS: u32 = 1024;
    let mut file = b"CDF\x01\0\0\0\0".to_vec();
    let mut word = |n: u32| file.extend(n.to_be_bytes());
    let name = |text: u8| u32::from_be_bytes([text, 0, 0, 0]);
    // Two dimensions, no global attributes, one variable: double v(y, x).
    for n in [
        10,
        2,
        1,
        name(b'y'),
        ROWS,
        1,
        name(b'x'),
        COLUMNS,
        0,
        0,
        11,
        1,
    ] {
        word(n);
    }
    for n in [
        1,
        name(b'v'),
        2,
        0,
        1,
        0,
        0,
        6,
        ROWS * COLUMNS * 8,
        8 + 21 * 4,
    ] {
        word(n);
    }
    let begin = file.len();
    assert_eq!(begin, 8 + 22 * 4);
    file[begin - 4..].copy_from_slice(&(begin as u32).to_be_bytes());
    let mut state = 88_172_645_463_325_252u64;
    for _ in 0..ROWS * COLUMNS {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // Any bits will do but those of NaN.
        file.extend((state >> 2).to_be_bytes());
    }
    file
}

pub(super) fn send(signal: &str, child: &Child) {
    let status = Command::new("kill")
        .arg(format!("-{signal}"))
        .arg(child.id().to_string())
        .status();
    assert!(status.unwrap().success());
}

pub(super) fn wait_for(path: &Path) {
    let begun = Instant::now();
    while !path.exists() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "{} never came",
            path.display()
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}
