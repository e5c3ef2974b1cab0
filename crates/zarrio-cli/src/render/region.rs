//! The table of `write-region --dry-run`.

use zarrio_region::{WritePlan, WriteVariable};

use super::figures::{bytes, count, grouped};
use super::place::Place;
use super::table::{Align, Table};
use super::text::wrapped;
use crate::diagnostics::printable;

/// Where a file would go, for people.
pub(crate) fn region(file: &str, archive: &str, plan: &WritePlan, place: &Place) -> String {
    let (file, archive) = (printable(file), printable(archive));
    if plan.variables.is_empty() {
        let mut text = format!("{file} has nothing to write to {archive}\n");
        text.push_str(&compared(plan));
        return text;
    }
    let sum = |of: fn(&WriteVariable) -> u64| {
        let all = plan.variables.iter().map(of);
        all.fold(0, u64::saturating_add)
    };
    let mut text = format!("{file} would go to {archive}\n");
    text.push_str(&wrapped(&printable(&place.to_string()), "  "));
    text.push_str(&format!(
        "  {}, {}, {} of them shared, with {}\n\n",
        count(plan.variables.len() as u64, "variable"),
        count(sum(|v| v.chunks), "chunk"),
        grouped(sum(|v| v.shared_chunks)),
        count(plan.jobs, "thread"),
    ));
    text.push_str(&variables(plan));
    text.push_str(&compared(plan));
    text
}

fn variables(plan: &WritePlan) -> String {
    let columns = [
        Align::Left,
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Right,
    ];
    let mut table = Table::new(&columns);
    table.row(["Variables", "region", "elements", "chunks", "shared"]);
    for variable in &plan.variables {
        table.row([
            format!("  {}", variable.path),
            positions(variable),
            grouped(variable.elements),
            grouped(variable.chunks),
            grouped(variable.shared_chunks),
        ]);
        for detail in details(variable) {
            let lines = wrapped(&detail, "      ");
            lines.lines().for_each(|line| table.line(line));
        }
    }
    table.render()
}

/// `time=0:744, lat=0:50`
fn positions(variable: &WriteVariable) -> String {
    let ranges = variable.region.iter();
    let texts: Vec<String> = ranges
        .map(|(name, start, end)| format!("{name}={start}:{end}"))
        .collect();
    if texts.is_empty() {
        "scalar".into()
    } else {
        texts.join(", ")
    }
}

/// What is not plain about a variable.
fn details(variable: &WriteVariable) -> Vec<String> {
    let mut lines = Vec::new();
    let lengths = variable.region.iter().map(|(_, a, b)| b - a);
    let box_size = lengths.fold(1, u64::saturating_mul);
    if variable.elements < box_size {
        lines.push("in several runs, with positions between them that are left alone".into());
    }
    if !variable.recoded.is_empty() {
        lines.push(format!(
            "encoded as the archive does it: {}",
            variable.recoded.join(", ")
        ));
    }
    if variable.source_reads > 1.005 {
        lines.push(format!("reads the file {:.2} times", variable.source_reads));
    }
    if let Some(copied) = variable.copied_bytes {
        lines.push(format!("copied to the disk first ({})", bytes(copied)));
    }
    lines
}

/// What is in the archive already.
fn compared(plan: &WritePlan) -> String {
    if plan.compared.is_empty() {
        return String::new();
    }
    let text = format!(
        "in the archive already, and equal: {}",
        plan.compared.join(", ")
    );
    wrapped(&printable(&text), "")
}
