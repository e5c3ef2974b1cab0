//! Where a file's data go in an archive, and why not.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "support/given.rs"]
mod given;

#[path = "matching/anywhere.rs"]
mod anywhere;
#[path = "matching/axes.rs"]
mod axes;
#[path = "matching/by_hand.rs"]
mod by_hand;
#[path = "matching/calendars.rs"]
mod calendars;
#[path = "matching/held.rs"]
mod held;
#[path = "matching/structure.rs"]
mod structure;
#[path = "matching/tiles.rs"]
mod tiles;
#[path = "matching/times.rs"]
mod times;

use given::{Data, Given};
use zarrio_model::{NodePath, Source};
use zarrio_region::{
    Disagreement, MatchOptions, Matched, OnDuplicate, OnUnmatched, RegionError, Run, match_source,
};

const HOURS: &str = "hours since 2020-01-01";

/// A dataset with times and one field along them.
fn timed(name: &str, times: Data, units: &str) -> Given {
    let given = Given::new(name).axis("time", times, units);
    let length = given.schema().root.dimensions[0].length;
    given.field("t2m", &[("time", length)])
}

fn hourly(hours: impl IntoIterator<Item = i64>) -> Given {
    timed("file.nc", Data::I64(hours.into_iter().collect()), HOURS)
}

/// Hours 0 to 9 of 2020.
fn archive() -> Given {
    timed("archive", Data::I64((0..10).collect()), HOURS)
}

fn matched(file: &Given, archive: &Given, options: &MatchOptions) -> Matched {
    match_source(file, archive, options).unwrap()
}

/// The disagreements and the whole text with its remedy.
fn refused(file: &Given, archive: &Given, options: &MatchOptions) -> (Vec<Disagreement>, String) {
    let error = match_source(file, archive, options).unwrap_err();
    let hint = error.hint().map(|hint| format!("\nhint: {hint}"));
    let text = format!("{error}{}", hint.unwrap_or_default());
    let RegionError::Match(error) = error else {
        panic!("{error:?}");
    };
    (error.disagreements, text)
}

fn refusal(file: &Given, archive: &Given) -> String {
    refused(file, archive, &MatchOptions::default()).1
}

fn run(archive: u64, source: u64, length: u64) -> Run {
    Run {
        archive,
        source,
        length,
        reversed: false,
    }
}

/// The runs of a variable along a dimension.
fn runs(matched: &Matched, variable: &str, dimension: usize) -> Vec<Run> {
    let found = matched
        .variables
        .iter()
        .find(|v| v.path.as_str() == variable);
    found.unwrap().placement.runs()[dimension].clone()
}

fn time_runs(file: &Given, archive: &Given) -> Vec<Run> {
    runs(&matched(file, archive, &MatchOptions::default()), "t2m", 0)
}

/// What is written, and what was found equal.
fn names(matched: &Matched) -> (Vec<&str>, Vec<&str>) {
    let variables = matched.variables.iter().map(|v| v.path.as_str());
    let compared = matched.compared.iter().map(NodePath::as_str);
    (variables.collect(), compared.collect())
}

fn skipping() -> MatchOptions {
    MatchOptions {
        on_unmatched: OnUnmatched::Skip,
        ..MatchOptions::default()
    }
}

fn first_of_doubled() -> MatchOptions {
    MatchOptions {
        on_duplicate: OnDuplicate::First,
        ..MatchOptions::default()
    }
}
