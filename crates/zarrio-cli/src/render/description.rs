//! The table of `info`.

use zarrio_region::{Description, GroupDescription, VariableDescription};

use super::date::dates;
use super::figures::{bytes, chunked, count, grouped, ratio, ratio_of, shape};
use super::table::{Align, Table};
use super::text::{attribute_lines, wrapped};
use super::tree;
use crate::diagnostics::printable;

/// What a dataset contains, for people.
pub(crate) fn description(name: &str, dataset: &Description, attributes: bool) -> String {
    let mut text = heading(name, dataset);
    if dataset.groups.len() > 1 {
        text.push_str(&groups(dataset));
    }
    for group in &dataset.groups {
        // A group without content of its own stands in the tree already.
        let shown = attributes && !group.attributes.is_empty();
        if is_empty(group) && !shown && dataset.groups.len() > 1 {
            continue;
        }
        text.push_str(&one_group(group, attributes));
    }
    if !dataset.notes.is_empty() {
        text.push_str("\nNotes\n");
        for note in &dataset.notes {
            text.push_str(&wrapped(&printable(note), "  "));
        }
    }
    text
}

/// The first line: what it is and how large.
fn heading(name: &str, dataset: &Description) -> String {
    let mut parts = vec![
        printable(&dataset.format),
        format!("{} raw", bytes(dataset.raw_bytes)),
    ];
    if let Some(stored) = dataset.stored_bytes {
        parts.push(format!("{} stored", bytes(stored)));
    }
    if let Some(factor) = whole_ratio(dataset) {
        parts.push(format!("ratio {}", ratio(factor)));
    }
    format!("{}: {}\n", printable(name), parts.join(", "))
}

/// The ratio of all variables but text, which has no size before compression; none where
/// another size is not known.
fn whole_ratio(dataset: &Description) -> Option<f64> {
    let (mut raw, mut stored) = (0u64, 0u64);
    for variable in dataset.groups.iter().flat_map(|group| &group.variables) {
        if let Some(bytes) = variable.raw_bytes {
            raw = raw.saturating_add(bytes);
            stored = stored.saturating_add(variable.stored_bytes?);
        }
    }
    ratio_of(raw, stored)
}

fn is_empty(group: &GroupDescription) -> bool {
    group.dimensions.is_empty() && group.variables.is_empty() && group.unsupported.is_empty()
}

/// The tree of groups.
fn groups(dataset: &Description) -> String {
    let paths: Vec<&str> = dataset
        .groups
        .iter()
        .map(|group| group.path.as_str())
        .collect();
    let mut table = Table::new(&[Align::Left, Align::Left]);
    for (path, line) in tree::lines(&paths) {
        let variables = dataset
            .groups
            .iter()
            .find(|g| g.path == path)
            .map_or(0, |g| g.variables.len());
        let content = if variables == 0 {
            String::new()
        } else {
            count(variables as u64, "variable")
        };
        table.row([format!("  {line}"), content]);
    }
    format!("\nGroups\n{}", table.render())
}

fn one_group(group: &GroupDescription, attributes: bool) -> String {
    let mut text = String::new();
    if !group.path.is_empty() {
        text.push_str(&format!("\nGroup /{}\n", printable(&group.path)));
    }
    if !group.dimensions.is_empty() {
        let mut table = Table::new(&[Align::Left, Align::Right, Align::Left]);
        for dimension in &group.dimensions {
            let unlimited = if dimension.unlimited { "unlimited" } else { "" };
            table.row([
                &format!("  {}", dimension.name),
                &grouped(dimension.length),
                unlimited,
            ]);
        }
        text.push_str(&format!("\nDimensions\n{}", table.render()));
    }
    text.push_str(&variables(group, attributes));
    if !group.unsupported.is_empty() {
        text.push_str("\nNot convertible\n");
        for variable in &group.unsupported {
            text.push_str(&wrapped(&printable(variable), "  "));
        }
    }
    if attributes && !group.attributes.is_empty() {
        let kind = if group.path.is_empty() {
            "Global attributes"
        } else {
            "Attributes"
        };
        text.push_str(&format!(
            "\n{kind}\n{}",
            attribute_lines(&group.attributes, "  ")
        ));
    }
    text
}

/// Coordinates and data variables in the same columns.
fn variables(group: &GroupDescription, attributes: bool) -> String {
    let left_and_sizes = [
        Align::Left,
        Align::Left,
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Right,
    ];
    let mut table = Table::new(&left_and_sizes);
    let any = |known: fn(&VariableDescription) -> bool| group.variables.iter().any(known);
    let heading = |known: bool, text: &'static str| if known { text } else { "" };
    let stored = heading(any(|v| v.stored_bytes.is_some()), "stored");
    let ratio = heading(any(|v| v.ratio.is_some()), "ratio");
    for (coordinate, title) in [(true, "Coordinates"), (false, "Variables")] {
        let mut members = group
            .variables
            .iter()
            .filter(|v| v.coordinate == coordinate)
            .peekable();
        if members.peek().is_none() {
            continue;
        }
        table.line("");
        table.row([title, "type", "dimensions", "raw", stored, ratio]);
        for variable in members {
            table.row(cells(variable));
            for line in details(variable) {
                table.line(&format!("      {line}"));
            }
            if attributes {
                for line in attribute_lines(&variable.attributes, "      ").lines() {
                    table.line(line);
                }
            }
        }
    }
    table.render()
}

fn cells(variable: &VariableDescription) -> [String; 6] {
    let data_type = match &variable.declared_type {
        Some(declared) => format!("{} ({declared})", variable.data_type),
        None => variable.data_type.clone(),
    };
    let dimensions = if variable.dimensions.is_empty() {
        "scalar".to_owned()
    } else {
        variable.dimensions.join(", ")
    };
    [
        format!("  {}", variable.name),
        data_type,
        dimensions,
        variable.raw_bytes.map(bytes).unwrap_or_default(),
        variable.stored_bytes.map(bytes).unwrap_or_default(),
        variable.ratio.map(ratio).unwrap_or_default(),
    ]
}

/// The lines below a variable: the time that it covers, and how it is stored.
fn details(variable: &VariableDescription) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(range) = &variable.time_range {
        lines.push(format!("{}, calendar {}", dates(range), range.calendar));
    }
    let mut layout = Vec::new();
    // The lengths of an array in one piece stand among the dimensions.
    if let Some(chunks) = &variable.chunks {
        layout.extend(chunked(&variable.shape, chunks));
    }
    if let Some(shards) = &variable.shards {
        layout.push(format!("shards {}", shape(shards)));
    }
    if !variable.codecs.is_empty() {
        layout.push(variable.codecs.join(" + "));
    }
    if !layout.is_empty() {
        lines.push(layout.join(", "));
    }
    lines
}
