//! The table of `convert --dry-run`.

use serde_json::Value;
use zarrio_model::NodePath;
use zarrio_region::{ConvertPlan, PlannedChunks, VariablePlan};

use super::figures::{bytes, chunked, count, grouped, shape};
use super::table::{Align, Table};
use crate::diagnostics::printable;

/// What a conversion would write, for people.
pub(crate) fn plan(input: &str, output: &str, plan: &ConvertPlan) -> String {
    let mut text = format!("{} would become {}", printable(input), printable(output));
    if !plan.group.is_root() {
        text.push_str(&format!(", group /{}", printable(plan.group.as_str())));
    }
    text.push_str(&format!(
        "\n{}, {}, {}, with {} within {}\n",
        count(plan.variables.len() as u64, "variable"),
        count(plan.num_chunks(), "chunk"),
        format_args!("{} raw", bytes(plan.raw_bytes())),
        count(plan.jobs, "thread"),
        bytes(plan.memory.0),
    ));
    if !plan.variables.is_empty() {
        text.push_str(&format!("\n{}{}", variables(plan), chunks(plan)));
    }
    text
}

/// Why chunks that were planned have their shapes; nothing where one
/// chunk holds all, or could.
pub(super) fn chunks(plan: &ConvertPlan) -> String {
    let mut text = String::new();
    for PlannedChunks { variables, plan } in &plan.planned_chunks {
        if plan.num_chunks > 1 && !plan.is_small() {
            let names: Vec<&str> = variables.iter().map(NodePath::as_str).collect();
            let names = printable(&names.join(", "));
            text.push_str(&format!(
                "\nChunks of {names}\n{}",
                printable(&plan.to_string())
            ));
        }
    }
    text
}

/// A table of the variables.
pub(super) fn variables(plan: &ConvertPlan) -> String {
    let columns = [
        Align::Left,
        Align::Left,
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Right,
    ];
    let mut table = Table::new(&columns);
    table.row(["Variables", "type", "dimensions", "raw", "chunks", "each"]);
    for variable in &plan.variables {
        let encoding = &variable.encoding;
        let told = serde_json::to_value(encoding).unwrap_or_default();
        table.row([
            format!("  {}", encoding.path()),
            encoding.data_type().to_string(),
            dimensions(&told),
            encoding
                .data_type()
                .size()
                .map(|_| bytes(variable.raw_bytes()))
                .unwrap_or_default(),
            grouped(encoding.num_chunks()),
            encoding
                .chunk_bytes()
                .map(|n| bytes(n as u64))
                .unwrap_or_default(),
        ]);
        table.line(&format!("      {}", details(variable, &told)));
    }
    table.render()
}

fn dimensions(told: &Value) -> String {
    let names = told["dimensions"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if names.is_empty() {
        return "scalar".into();
    }
    names
        .iter()
        .filter_map(Value::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

/// The line below a variable: how it is cut and compressed, and read.
fn details(variable: &VariablePlan, told: &Value) -> String {
    let encoding = &variable.encoding;
    let mut parts = Vec::new();
    parts.extend(chunked(encoding.shape(), encoding.chunk_shape()));
    if let Some(shards) = encoding.shards() {
        let objects = count(encoding.num_objects(), "object");
        parts.push(format!("{objects}: shards {}", shape(shards)));
    }
    if let Some(compression) = told["compression"].as_str() {
        parts.push(compression.to_owned());
    }
    if let Some(checksum) = told["checksum"].as_str() {
        parts.push(checksum.to_owned());
    }
    if let Some(bits) = variable.kept_bits {
        parts.push(format!("rounded to {bits} bits"));
    }
    if let Some(plan) = &variable.packing {
        parts.push(format!(
            "packed: {} (from {})",
            plan.packing, plan.range_from
        ));
    }
    let reads = variable.blocks.as_ref().map(|blocks| blocks.source_reads);
    if let Some(reads) = reads.filter(|reads| *reads > 1.005) {
        parts.push(format!("reads the source {reads:.2} times"));
    }
    let copy = variable
        .blocks
        .as_ref()
        .and_then(|blocks| blocks.scratch.as_ref());
    if let Some(copy) = copy {
        parts.push(format!("copied to the disk first ({})", bytes(copy.bytes)));
    }
    parts.join(", ")
}
