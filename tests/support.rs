//! What the tests share: the program, the Python readers, skipping aloud.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use serde_json::{Value, json};

/// The program under test.
pub(crate) fn zarrio() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zarrio"));
    // Settings of the developer must not change what is tested.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ZARRIO_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// The root of the repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Does some work on each of many things, so many at once.
pub(crate) fn shared_out<T: Send>(workers: usize, things: Vec<T>, work: impl Fn(T) + Sync) {
    let things = Mutex::new(things);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let next = things.lock().unwrap().pop();
                    let Some(thing) = next else { return };
                    work(thing);
                }
            });
        }
    });
}

/// The files of `tests/data`, sorted.
pub(crate) fn data_files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(repository().join("tests/data")).unwrap();
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "nc" || e == "nc4"))
        .collect();
    files.sort();
    assert!(files.len() >= 8, "{files:?}");
    files
}

/// The name of a file without its directory.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Says why a test checks less than it could, past the capture of test output.
pub(crate) fn skip(reason: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {reason}");
}

/// Whether a program can be started; skips aloud where not.
pub(crate) fn have(program: &str) -> bool {
    let found = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !found {
        skip(&format!("there is no {program}"));
    }
    found
}

/// The interpreter with the readers. Without one, tests that need it skip aloud, or fail
/// where `ZARRIO_REQUIRE_PYTHON` is set, as `scripts/test` does.
pub(crate) fn python() -> Option<PathBuf> {
    let path = std::env::var_os("ZARRIO_PYTHON")
        .map_or_else(|| repository().join(".venv/bin/python"), PathBuf::from);
    if path.exists() {
        return Some(path);
    }
    let message = format!(
        "no Python readers at {}; scripts/test installs them",
        path.display()
    );
    assert!(
        std::env::var_os("ZARRIO_REQUIRE_PYTHON").is_none_or(|v| v != "1"),
        "{message}"
    );
    skip(&message);
    None
}

/// A file and the archive made from it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pair {
    pub(crate) source: PathBuf,
    pub(crate) archive: PathBuf,
    /// Whether variables of a type that Zarr does not have were left out on purpose.
    pub(crate) skipped: bool,
}

/// What the readers say about an archive.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    /// `equal`, `different`, `unreadable` (the source, to the readers), `failed`, or `crashed`
    /// when the readers died.
    pub(crate) status: String,
    pub(crate) differences: Vec<String>,
    pub(crate) variables: u64,
}

impl Verdict {
    /// What is wrong; `None` when all is equal.
    pub(crate) fn fault(&self) -> Option<String> {
        if self.status == "equal" {
            return None;
        }
        let shown: Vec<_> = self
            .differences
            .iter()
            .take(8)
            .map(String::as_str)
            .collect();
        let more = self.differences.len() - shown.len();
        Some(format!(
            "{}: {} (and {more} more)",
            self.status,
            shown.join("; ")
        ))
    }
}

/// Lets xarray and zarr-python compare archives with their sources; by path of the archive.
///
/// A library that crashes on one pair takes only that pair with it.
pub(crate) fn compare(python: &Path, pairs: &[Pair]) -> BTreeMap<PathBuf, Verdict> {
    let mut verdicts = BTreeMap::new();
    let mut rest = pairs;
    while let Some(first) = rest.first() {
        for (archive, verdict) in compare_once(python, rest) {
            verdicts.insert(archive, verdict);
        }
        if !verdicts.contains_key(&first.archive) {
            let crashed = Verdict {
                status: "crashed".into(),
                differences: vec![],
                variables: 0,
            };
            verdicts.insert(first.archive.clone(), crashed);
        }
        let done = rest
            .iter()
            .take_while(|pair| verdicts.contains_key(&pair.archive))
            .count();
        rest = &rest[done..];
    }
    verdicts
}

fn compare_once(python: &Path, pairs: &[Pair]) -> Vec<(PathBuf, Verdict)> {
    let list: Vec<_> = pairs
        .iter()
        .map(|p| json!({"source": p.source, "archive": p.archive, "skipped": p.skipped}))
        .collect();
    let mut child = Command::new(python)
        .arg(repository().join("tests/interop/compare.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input
        .write_all(Value::from(list).to_string().as_bytes())
        .unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(!complaint.contains("Traceback"), "{complaint}");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .map(|report| {
            let differences = report["differences"].as_array().unwrap();
            let verdict = Verdict {
                status: report["status"].as_str().unwrap().to_owned(),
                differences: differences
                    .iter()
                    .map(|d| d.as_str().unwrap().to_owned())
                    .collect(),
                variables: report["variables"].as_u64().unwrap(),
            };
            (PathBuf::from(report["archive"].as_str().unwrap()), verdict)
        })
        .collect()
}

/// Runs a script of `tests/interop` that works with the program and makes more checks than so
/// many; fails with the faults that it finds.
pub(crate) fn check_by(python: &Path, script: &str, directory: &Path, least: usize) {
    let output = Command::new(python)
        .arg(repository().join("tests/interop").join(script))
        .arg(env!("CARGO_BIN_EXE_zarrio"))
        .arg(directory)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let text = String::from_utf8(output.stdout).unwrap();
    let checks: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(checks.len() > least, "{text}");
    let faults: Vec<String> = checks
        .iter()
        .filter_map(|check| Some(format!("{}: {}", check["check"], check["fault"].as_str()?)))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The calls by which an object gets its name.
pub(crate) const RENAME: &str = "?rename,?renameat,?renameat2";
/// The calls by which it does where others may have made one of this name.
pub(crate) const LINK: &str = "?link,?linkat";

/// A command under strace, disturbed at the k-th call on some paths, or on any when none
/// are given.
pub(crate) fn strace(
    plain: &Command,
    calls: &str,
    action: &str,
    k: u32,
    paths: &[PathBuf],
) -> Command {
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qq", "-o", "/dev/null"])
        .args(["-e", &format!("trace={calls}")])
        .args(["-e", &format!("inject={calls}:{action}:when={k}")])
        .args(paths.iter().flat_map(|path| [Path::new("-P"), path]))
        .arg(plain.get_program())
        .args(plain.get_args())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// Whether strace can be had, and may look into processes; skips aloud where not.
pub(crate) fn can_trace() -> bool {
    if !have("strace") {
        return false;
    }
    let traced = Command::new("strace")
        .args(["-f", "-o", "/dev/null", "true"])
        .output()
        .unwrap();
    if !traced.status.success() {
        let said = String::from_utf8_lossy(&traced.stderr).into_owned();
        skip(&format!("strace may not trace processes: {}", said.trim()));
    }
    traced.status.success()
}
