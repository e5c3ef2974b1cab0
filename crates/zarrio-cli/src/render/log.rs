//! What `log` and `declare-gap` tell people.

use zarrio_region::{Force, GapReport, GapVariable, Log, LogEntry, RecordKind};

use super::figures::count;
use super::place::{Extent, Place};
use super::table::{Align, Table};

/// So many variables are named; more are counted.
const NAMED: usize = 3;

/// A line for each write, the latest last.
pub(crate) fn log(log: &Log) -> String {
    if log.entries.is_empty() {
        return "no records of what was written\n".into();
    }
    let mut table = Table::new(&[Align::Left; 7]);
    for entry in &log.entries {
        table.row([
            moment(entry.finished.as_str()),
            what(entry),
            place(entry).to_string(),
            names(&entry.variables),
            force(entry.force).to_owned(),
            entry.writer.clone(),
            entry.version.clone(),
        ]);
    }
    table.render()
}

/// What was declared.
pub(crate) fn gap(archive: &str, report: &GapReport) -> String {
    let names: Vec<String> = report
        .variables
        .iter()
        .map(|variable| variable.path.clone())
        .collect();
    let mut places: Vec<String> = Vec::new();
    for GapVariable { extent, .. } in &report.variables {
        let ranges = |(name, ranges): &(String, Vec<[u64; 2]>)| {
            let ranges = ranges.iter().map(|[a, b]| format!("{a}:{b}"));
            format!("{name}={}", ranges.collect::<Vec<_>>().join("+"))
        };
        let place = extent.0.iter().map(ranges).collect::<Vec<_>>().join(",");
        if !places.contains(&place) {
            places.push(place);
        }
    }
    format!(
        "declared a gap in {archive}: {} at {}: {}",
        self::names(&names),
        places.join(" and "),
        report.reason
    )
}

/// A moment to the second.
fn moment(text: &str) -> String {
    let text = text.trim_end_matches('Z');
    let text = text.split_once('.').map_or(text, |(text, _)| text);
    text.replace('T', " ")
}

fn what(entry: &LogEntry) -> String {
    let name = || match &entry.source {
        Some(source) => source.name.clone(),
        None => "something".into(),
    };
    match entry.kind {
        RecordKind::Region => name(),
        RecordKind::Dataset if entry.source.is_none() => {
            // The labels that 'zarrio extend' makes.
            let reason = entry.reason.as_deref().filter(|reason| *reason != "labels");
            reason.unwrap_or("extended").into()
        }
        RecordKind::Dataset => format!("{} (dataset)", name()),
        RecordKind::Gap => {
            let reason = entry.reason.as_deref().unwrap_or_default();
            format!("declared gap: {reason}")
        }
    }
}

fn place(entry: &LogEntry) -> Place {
    let extents = entry.place.iter().map(|span| Extent {
        dimension: span.dimension.clone(),
        start: span.start,
        end: span.end,
        length: span.length,
        time: span.time.clone(),
    });
    Place(extents.collect())
}

fn names(variables: &[String]) -> String {
    if variables.len() > NAMED {
        count(variables.len() as u64, "variable")
    } else {
        variables.join(", ")
    }
}

fn force(force: Force) -> &'static str {
    match force {
        Force::Stands => "stands",
        Force::PartlySuperseded => "partly superseded",
        Force::Superseded => "superseded",
    }
}
