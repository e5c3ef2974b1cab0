//! The report of `--json`, and what all files came to.

use std::time::Instant;

use serde::Serialize;
use zarrio_region::{Standing, WritePlan, WriteReport};

use super::Job;
use super::outcome::{Outcome, Work};
use crate::diagnostics;
use crate::failure::Failure;
use crate::render::{Place, RequestCounts};

/// The report of `--json`.
#[derive(Debug, Serialize)]
pub(super) struct Json<'a> {
    archive: &'a str,
    group: &'a str,
    done: usize,
    failed: usize,
    raw_bytes: u64,
    stored_bytes: u64,
    elapsed: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    requests: Option<RequestCounts>,
    files: Vec<File<'a>>,
}

/// A file of the report.
#[derive(Debug, Serialize)]
struct File<'a> {
    file: String,
    #[serde(flatten)]
    state: State<'a>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
enum State<'a> {
    Written {
        place: &'a Place,
        #[serde(flatten)]
        report: &'a WriteReport,
    },
    /// Nothing was to be done: it is on record, or was written over later.
    Skipped {
        standing: Standing,
    },
    Planned {
        place: &'a Place,
        #[serde(flatten)]
        plan: &'a WritePlan,
    },
    Failed {
        exit_code: u8,
        errors: Vec<Error>,
    },
}

#[derive(Debug, Serialize)]
struct Error {
    /// The message and its causes.
    messages: Vec<String>,
    hint: Option<String>,
}

impl<'a> Json<'a> {
    pub(super) fn new(job: &'a Job<'_>, outcomes: &'a [Outcome], begun: Instant) -> Self {
        let sums = Sums::of(outcomes);
        Self {
            archive: job.name,
            group: job.config.group.as_str(),
            done: sums.done,
            failed: outcomes.len() - sums.done,
            raw_bytes: sums.raw_bytes,
            stored_bytes: sums.stored_bytes,
            elapsed: begun.elapsed().as_secs_f64(),
            requests: job.archive.requests().map(Into::into),
            files: outcomes.iter().map(File::new).collect(),
        }
    }
}

impl<'a> File<'a> {
    fn new(outcome: &'a Outcome) -> Self {
        let state = match &outcome.work {
            Ok(Work::Skipped(standing)) => State::Skipped {
                standing: standing.clone(),
            },
            Ok(Work::Written { report, .. }) if report.standing != Standing::Open => {
                State::Skipped {
                    standing: report.standing.clone(),
                }
            }
            Ok(Work::Written { report, place }) => State::Written { place, report },
            Ok(Work::Planned { plan, place }) => State::Planned { place, plan },
            Err(failure) => failed(failure),
        };
        Self {
            file: outcome.file.display().to_string(),
            state,
        }
    }
}

fn failed(failure: &Failure) -> State<'static> {
    let errors = failure.problems.iter().map(|problem| Error {
        messages: diagnostics::messages(problem),
        hint: problem.hint.clone(),
    });
    State::Failed {
        exit_code: failure.exit.code(),
        errors: errors.collect(),
    }
}

/// What was written of all files.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// Files that did not fail.
    pub(super) done: usize,
    pub(super) raw_bytes: u64,
    pub(super) stored_bytes: u64,
    pub(super) chunks: u64,
    /// Those that hold data of others too.
    pub(super) shared_chunks: u64,
    /// Files that were on record already.
    pub(super) on_record: usize,
    /// Files over which others were written later.
    pub(super) superseded: usize,
}

impl Sums {
    pub(super) fn of(outcomes: &[Outcome]) -> Self {
        let mut sums = Self::default();
        for outcome in outcomes {
            sums.done += usize::from(outcome.work.is_ok());
            let standing = match &outcome.work {
                Ok(Work::Written { report, .. }) => &report.standing,
                Ok(Work::Skipped(standing)) => standing,
                _ => &Standing::Open,
            };
            sums.on_record += usize::from(*standing == Standing::Done);
            let superseded = matches!(standing, Standing::Superseded(_) | Standing::Torn(_));
            sums.superseded += usize::from(superseded);
            if let Ok(Work::Written { report, .. }) = &outcome.work
                && report.standing == Standing::Open
            {
                sums.raw_bytes += report.raw_bytes;
                sums.stored_bytes += report.stored_bytes;
                sums.chunks += report.regions.iter().map(|v| v.chunks).sum::<u64>();
                sums.shared_chunks += report.regions.iter().map(|v| v.shared_chunks).sum::<u64>();
            }
        }
        sums
    }
}
