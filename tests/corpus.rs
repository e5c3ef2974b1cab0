//! Every file of a collection of real and of hostile files, where it stands beside the
//! repository (`../shared/corpus`): converted right, or refused in the documented way.

mod index;
mod limited;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use index::{Entry, entries};
use limited::{Ended, run};

use crate::support::{Pair, Verdict, compare, python, repository, skip, zarrio};

const FORMATS: [&str; 2] = ["3", "2"];
/// The file cannot be read: the one way to refuse an input.
const CANNOT_READ: i32 = 3;
/// For a hostile file, and ten times that for a whole one on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Files that end in another way than they should, each for a reason outside of the program.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "compliance-checker__bad_missing_data.nc",
        "an unlimited dimension twice in one variable: netCDF gives uninitialised memory",
    ),
    (
        "hdf5_plugins__h5ex_d_lzf.h5",
        "read by us, but netCDF lacks the filter: nothing to compare",
    ),
];

/// What became of one file in one format.
#[derive(Debug)]
struct Attempt {
    ended: Ended,
    /// Whether variables of types that Zarr does not have were left out.
    skipped: bool,
    archive: PathBuf,
}

impl Attempt {
    fn converted(&self) -> bool {
        self.ended.code == Some(0)
    }
}

fn corpus() -> Option<PathBuf> {
    let corpus = repository().join("../shared/corpus");
    if corpus.join("index.csv").exists() {
        return Some(corpus);
    }
    skip("there is no ../shared/corpus; tests/data alone is converted");
    None
}

fn convert(source: &Path, archive: &Path, format: &str, more: &[&str], hostile: bool) -> Ended {
    let mut command = zarrio();
    command
        .arg("convert")
        .args([source, archive])
        .args(["--zarr-format", format])
        .args(more);
    run(&command, if hostile { PATIENCE } else { 10 * PATIENCE })
}

/// Converts a file; when it has variables that Zarr cannot hold, again without them.
fn attempt(source: &Path, directory: &Path, format: &str, hostile: bool) -> Attempt {
    let name = source.file_name().unwrap().to_string_lossy();
    let archive = directory.join(format!("{name}.v{format}.zarr"));
    let mut ended = convert(source, &archive, format, &[], hostile);
    let mut skipped = false;
    if ended.code == Some(CANNOT_READ) && ended.stderr.contains("--skip-unsupported") {
        ended = convert(source, &archive, format, &["--skip-unsupported"], hostile);
        skipped = true;
    }
    Attempt {
        ended,
        skipped,
        archive,
    }
}

/// Whether a directory would be taken for an archive by any reader.
fn looks_whole(archive: &Path) -> bool {
    ["zarr.json", ".zgroup", ".zmetadata"]
        .iter()
        .any(|name| archive.join(name).exists())
}

/// Does the work for each item on every core; in the order of the items.
fn on_every_core<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    let result = work(item);
                    results.lock().unwrap().push((index, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap();
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[test]
fn every_file_is_converted_right_or_refused_in_words() {
    let (Some(corpus), Some(python)) = (corpus(), python()) else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let jobs: Vec<(Entry, &str)> = entries(&corpus)
        .into_iter()
        .flat_map(|e| FORMATS.map(|f| (e.clone(), f)))
        .collect();
    let attempts = on_every_core(&jobs, |(entry, format)| {
        attempt(
            &corpus.join(&entry.file),
            directory.path(),
            format,
            entry.hostile,
        )
    });
    let pairs: Vec<Pair> = jobs
        .iter()
        .zip(&attempts)
        // What the Python readers cannot make sense of cannot be held against them.
        .filter(|((entry, _), attempt)| attempt.converted() && entry.readable)
        .map(|((entry, _), attempt)| Pair {
            source: corpus.join(&entry.file),
            archive: attempt.archive.clone(),
            skipped: attempt.skipped,
        })
        .collect();
    let halves: Vec<&[Pair]> = pairs.chunks(pairs.len().div_ceil(2).max(1)).collect();
    let verdicts: BTreeMap<PathBuf, Verdict> =
        on_every_core(&halves, |half| compare(&python, half))
            .into_iter()
            .flatten()
            .collect();

    let mut faults = Vec::new();
    let mut table = String::new();
    for ((entry, format), attempt) in jobs.iter().zip(&attempts) {
        let verdict = verdicts.get(&attempt.archive);
        let exception = EXCEPTIONS.iter().find(|(file, _)| *file == entry.file);
        let fault = fault(entry, attempt, verdict).filter(|_| exception.is_none());
        let result = match (attempt.ended.code, verdict) {
            (Some(0), Some(verdict)) => verdict.status.clone(),
            (Some(0), None) => "converted".to_owned(),
            (Some(code), _) => format!("exit {code}"),
            (None, _) => "killed".to_owned(),
        };
        let words = attempt
            .ended
            .stderr
            .lines()
            .find(|line| line.starts_with("error"));
        let words = exception.map_or(words.unwrap_or_default(), |(_, reason)| *reason);
        let words = words.replace('|', "/");
        let marks = [
            (entry.hostile, " (hostile)"),
            (attempt.skipped, " (without unsupported variables)"),
            (fault.is_some(), " **fault**"),
        ];
        let marks: String = marks
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, text)| *text)
            .collect();
        let _ = writeln!(
            table,
            "| {}{marks} | {format} | {result} | {words} |",
            entry.file
        );
        if let Some(fault) = fault {
            faults.push(format!("{} to format {format}: {fault}", entry.file));
        }
    }
    report(&jobs, &attempts, &verdicts, &table);
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// What is wrong with what became of a file.
fn fault(entry: &Entry, attempt: &Attempt, verdict: Option<&Verdict>) -> Option<String> {
    let ended = &attempt.ended;
    let last = ended.stderr.lines().rev().take(4).collect::<Vec<_>>();
    match ended.code {
        None => return Some(format!("ended by {}; {last:?}", ended.how)),
        Some(0 | CANNOT_READ) => {}
        Some(code) => return Some(format!("exit code {code}: {last:?}")),
    }
    if ended.stderr.contains("panicked") {
        return Some(format!("panicked: {last:?}"));
    }
    if attempt.converted() {
        // What netCDF's own library cannot read through, it cannot be the measure of.
        return verdict
            .filter(|v| !(entry.hostile && v.status == "unreadable"))
            .and_then(Verdict::fault);
    }
    if looks_whole(&attempt.archive) {
        return Some("what is left looks like an archive".to_owned());
    }
    if !ended.stderr.contains("error") {
        return Some(format!("refused without a reason: {last:?}"));
    }
    entry
        .convertible
        .then(|| format!("xarray converts it, we do not: {last:?}"))
}

/// The summary on screen, and the table for people in the target directory.
fn report(
    jobs: &[(Entry, &str)],
    attempts: &[Attempt],
    verdicts: &BTreeMap<PathBuf, Verdict>,
    table: &str,
) {
    let mut summary = String::new();
    for hostile in [false, true] {
        let these = || {
            jobs.iter()
                .zip(attempts)
                .filter(move |((entry, _), _)| entry.hostile == hostile)
        };
        let equal = |archive| verdicts.get(archive).is_some_and(|v| v.status == "equal");
        let slowest = these()
            .map(|(_, attempt)| attempt.ended.took)
            .max()
            .unwrap_or_default();
        let _ = writeln!(
            summary,
            "{}: {} conversions, {} succeeded, {} of {} compared are equal, {} refused, \
             the longest took {:.1} s",
            if hostile {
                "hostile files"
            } else {
                "real files"
            },
            these().count(),
            these().filter(|(_, attempt)| attempt.converted()).count(),
            these()
                .filter(|(_, attempt)| equal(&attempt.archive))
                .count(),
            these()
                .filter(|(_, attempt)| verdicts.contains_key(&attempt.archive))
                .count(),
            these()
                .filter(|(_, attempt)| attempt.ended.code == Some(CANNOT_READ))
                .count(),
            slowest.as_secs_f64(),
        );
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let path = target.join("corpus-report.md");
    let document = format!(
        "{summary}\n| file | format | result | words |\n| --- | --- | --- | --- |\n{table}"
    );
    std::fs::write(&path, document).unwrap();
    println!("{summary}the table: {}", path.display());
}

/// Whatever labels a file has, doubled, NaN or never written.
#[test]
fn what_was_converted_is_the_file() {
    let Some(corpus) = corpus() else { return };
    let directory = tempfile::tempdir().unwrap();
    let all = entries(&corpus);
    let ends = on_every_core(&all, |entry| {
        let source = corpus.join(&entry.file);
        let attempt = attempt(&source, directory.path(), "3", entry.hostile);
        let mut command = zarrio();
        command.arg("verify").args([&attempt.archive, &source]);
        command.args(attempt.skipped.then_some("--skip-unsupported"));
        attempt.converted().then(|| run(&command, 10 * PATIENCE))
    });
    let ends: Vec<_> = all.iter().zip(&ends).collect();
    let faults: Vec<_> = ends
        .iter()
        .filter_map(|(entry, ended)| Some((&entry.file, ended.as_ref()?)))
        .filter(|(_, ended)| ended.code != Some(0))
        .map(|(file, ended)| format!("{file}: {ended:?}"))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// `info` reads what the converter does not, and must stand the same.
#[test]
fn info_of_a_hostile_file_ends_well() {
    let Some(corpus) = corpus() else { return };
    let hostile: Vec<Entry> = entries(&corpus).into_iter().filter(|e| e.hostile).collect();
    assert!(hostile.len() > 50);
    let ends = on_every_core(&hostile, |entry| {
        let mut command = zarrio();
        command.arg("info").arg(corpus.join(&entry.file));
        run(&command, PATIENCE)
    });
    let faults: Vec<_> = hostile
        .iter()
        .zip(&ends)
        .filter(|(_, e)| !matches!(e.code, Some(0 | CANNOT_READ)) || e.stderr.contains("panicked"))
        .map(|(entry, ended)| format!("{}: {ended:?}", entry.file))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Whatever a file holds, it is described and planned for, or refused with a reason.
#[test]
fn every_file_is_analyzed() {
    let Some(corpus) = corpus() else { return };
    let all = entries(&corpus);
    let ends = on_every_core(&all, |entry| {
        let mut command = zarrio();
        command.arg("analyze").arg(corpus.join(&entry.file));
        run(&command, PATIENCE)
    });
    let fault = |entry: &Entry, ended: &Ended| match ended.code {
        _ if ended.stderr.contains("panicked") => true,
        Some(0) => false,
        // What xarray converts can be described too.
        Some(CANNOT_READ) => entry.convertible || !ended.stderr.contains("error"),
        _ => true,
    };
    let faults: Vec<_> = all
        .iter()
        .zip(&ends)
        .filter(|(entry, ended)| fault(entry, ended))
        .map(|(entry, ended)| format!("{}: {ended:?}", entry.file))
        .collect();
    let done = ends.iter().filter(|ended| ended.code == Some(0)).count();
    println!("{done} of {} files were analyzed", all.len());
    assert!(done > 100, "{done}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
