//! The text of `inspect-inputs`.

use zarrio_region::{Drift, DriftReport, Overlap};

use super::figures::{count, grouped};
use super::text::wrapped;
use crate::diagnostics::printable;

/// So many names of files stand in one sentence.
const SHOWN: usize = 3;

/// Where files differ, for people.
pub(crate) fn drift(report: &DriftReport) -> String {
    let mut text = format!(
        "{}, held against {}\n\n",
        count(report.files as u64, "file"),
        printable(&report.first)
    );
    text.push_str(&time(report));
    if !report.lost.is_empty() {
        text.push_str("\nLabels that are lost\n");
    }
    for lost in &report.lost {
        text.push_str(&wrapped(&printable(&lost.to_string()), "  "));
    }
    section(
        &mut text,
        "Differences that values depend on",
        &report.differences,
        &report.first,
    );
    section(
        &mut text,
        "Chunks and compression",
        &report.layouts,
        &report.first,
    );
    if !report.descriptions.is_empty() {
        text.push_str("\nAttributes that may differ and do\n");
        text.push_str(&wrapped(&printable(&report.descriptions.join(", ")), "  "));
    }
    if report.agrees() {
        text.push_str("\nThe files can be parts of one archive.\n");
    }
    text
}

fn time(report: &DriftReport) -> String {
    let time = &report.time;
    let mut text = format!(
        "Time, {} in {}\n",
        printable(&time.dimension),
        time.calendar
    );
    let (start, end) = (time.start.as_deref(), time.end.as_deref());
    let step = match (&time.step, time.regular) {
        (Some(step), true) => format!(" in steps of {step}"),
        (Some(step), false) => format!(", mostly in steps of {step}"),
        (None, _) => String::new(),
    };
    text.push_str(&format!(
        "  {} from {} to {}{step}\n",
        count(time.labels, "label"),
        start.unwrap_or("nowhere"),
        end.unwrap_or("nowhere"),
    ));
    for gap in &time.gaps {
        text.push_str(&format!(
            "  missing: between {} and {}\n",
            gap.after, gap.before
        ));
    }
    more(&mut text, time.num_gaps, time.gaps.len() as u64, "gap");
    for overlap in &time.overlaps {
        let line = format!("doubled: {}", doubled(overlap));
        text.push_str(&wrapped(&printable(&line), "  "));
    }
    let told = time.overlaps.iter().map(|overlap| overlap.labels).sum();
    more(&mut text, time.num_overlaps, told, "doubled label");
    for file in &report.unsorted {
        text.push_str(&format!(
            "  out of order: the labels of {}\n",
            printable(file)
        ));
    }
    text
}

/// Where labels occur twice.
pub(super) fn doubled(overlap: &Overlap) -> String {
    let Overlap {
        start,
        end,
        labels,
        files: [one, other],
    } = overlap;
    let files = match one == other {
        true => format!("twice in {one}"),
        false => format!("in {one} and in {other}"),
    };
    match labels {
        1 => format!("{start} {files}"),
        n => format!("{start} to {end}, {} {files}", count(*n, "label")),
    }
}

fn more(text: &mut String, all: u64, shown: u64, noun: &str) {
    let rest = all.saturating_sub(shown);
    if rest > 0 {
        let noun = if rest == 1 {
            noun.to_owned()
        } else {
            format!("{noun}s")
        };
        text.push_str(&format!("  and {} more {noun}\n", grouped(rest)));
    }
}

fn section(text: &mut String, title: &str, drifts: &[Drift], first: &str) {
    if drifts.is_empty() {
        return;
    }
    text.push_str(&format!("\n{title}\n"));
    for drift in drifts {
        let shown = drift.files[..drift.files.len().min(SHOWN)].join(", ");
        let files = match drift.files.len().saturating_sub(SHOWN) {
            0 => shown,
            more => format!("{shown} and {} more", grouped(more as u64)),
        };
        let line = format!(
            "{} is {} in {first}, but {} in {files}",
            drift.what, drift.first, drift.others
        );
        text.push_str(&wrapped(&printable(&line), "  "));
    }
}
