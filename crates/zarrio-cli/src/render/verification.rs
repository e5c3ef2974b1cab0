//! What a verification found, for people.

use zarrio_region::{VariableDigest, Verification, VerifiedFile, VerifiedVariable};

use super::date::dates;
use super::figures::{count, grouped, shape};
use super::finding::finding;
use super::number;
use super::table::{Align, Table};
use super::text::wrapped;
use crate::diagnostics::printable;

/// Everything that was looked at and found.
pub(crate) fn verification(archive: &str, report: &Verification, quick: bool) -> String {
    let mut text = String::new();
    for axis in &report.times {
        text.push_str(&printable(&format!(
            "{}: {}, {}\n",
            axis.variable,
            dates(&axis.range),
            count(axis.steps, "step")
        )));
    }
    if !report.variables.is_empty() {
        text.push_str(&variables(&report.variables, quick));
    }
    for file in &report.files {
        text.push_str(&compared(file));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    for found in &report.findings {
        text.push_str(&format!("{}\n", printable(&finding(found))));
    }
    if !report.findings.is_empty() {
        text.push('\n');
    }
    text.push_str(&format!(
        "{}\n",
        printable(&verdict(archive, report, quick))
    ));
    text
}

fn variables(variables: &[VerifiedVariable], quick: bool) -> String {
    let columns = [
        Align::Left,
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
    ];
    let mut table = Table::new(&columns);
    let head = [
        "Variables",
        "shape",
        "chunks",
        "values",
        "missing",
        "unwritten",
        "min",
        "max",
    ];
    table.row(&head[..if quick { 3 } else { 8 }]);
    for variable in variables {
        let value = |value: Option<zarrio_region::Value>| {
            value.map_or_else(String::new, |value| number::value(value.meant))
        };
        let mut cells = vec![
            format!("  {}", variable.path),
            match variable.shape.is_empty() {
                true => "scalar".into(),
                false => shape(&variable.shape),
            },
            grouped(variable.chunks),
        ];
        if !quick {
            cells.extend([
                grouped(variable.values),
                grouped(variable.missing),
                grouped(variable.unwritten),
                value(variable.min),
                value(variable.max),
            ]);
        }
        table.row(cells);
    }
    table.render()
}

fn compared(file: &VerifiedFile) -> String {
    let columns = [
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
    ];
    let mut table = Table::new(&columns);
    let name = printable(&file.file);
    table.row([
        "Compared",
        "values",
        "of others",
        "unreadable",
        "wrong",
        "largest error",
    ]);
    for variable in &file.variables {
        let error = match variable.largest_error {
            Some(error) => number::short(error),
            None if variable.wrong == 0 => "0".into(),
            None => String::new(),
        };
        table.row([
            format!("  {}", variable.variable),
            grouped(variable.compared),
            grouped(variable.skipped),
            grouped(variable.unreadable),
            grouped(variable.wrong),
            error,
        ]);
    }
    let mut text = format!("{name}\n{}", table.render());
    if !file.matched.is_empty() {
        let names = file.matched.join(", ");
        text.push_str(&wrapped(
            &printable(&format!("compared by what they mean: {names}")),
            "  ",
        ));
    }
    text
}

fn verdict(archive: &str, report: &Verification, quick: bool) -> String {
    let mut text = match report.findings.len() as u64 {
        0 if quick => format!("{archive}: every chunk on record is there and may be opened"),
        0 if report.variables.is_empty() && report.files.is_empty() => {
            format!("{archive}: nothing was compared")
        }
        0 if report.variables.is_empty() => format!("{archive} has what the files have"),
        0 => format!("{archive}: nothing is wrong"),
        n => format!("{archive}: {}", count(n, "finding")),
    };
    if report.confirmed > 0 {
        text.push_str(&format!(
            "; {} of {} confirmed",
            count(report.confirmed, "part"),
            count(report.records, "record")
        ));
    }
    if report.without_digest > 0 {
        text.push_str(&format!(
            ", {} of them by counts and extremes alone, having no digest (--sources compares them with their files)",
            grouped(report.without_digest)
        ));
    }
    if report.overlaid > 0 {
        text.push_str(&format!(
            "; {} written over later, in whole or in part (--sources compares what is left of them)",
            count(report.overlaid, "part")
        ));
    }
    if report.share < 1.0 {
        let percent = report.share * 100.0;
        text.push_str(&format!(
            "; {} % of the values were looked at",
            number::short((percent * 10.0).round() / 10.0)
        ));
    }
    text
}

/// A line for each digest.
pub(crate) fn digests(digests: &[VariableDigest]) -> String {
    digests
        .iter()
        .map(|digest| format!("{}  {}\n", digest.digest, printable(&digest.path)))
        .collect()
}
