//! The report of `analyze`.

use zarrio_model::NodePath;
use zarrio_model::config::Config;
use zarrio_region::{Analysis, PackingOutlook, TimeAnalysis};

use super::description::description;
use super::drift::doubled;
use super::figures::{bytes, count, grouped};
use super::table::{Align, Table};
use super::text::wrapped;
use crate::diagnostics::printable;

/// So many files, gaps and overlaps are listed.
const SHOWN: usize = 5;

/// What files are like and what is recommended for them, for people.
pub(crate) fn analysis(name: &str, analysis: &Analysis, config: &Config) -> String {
    let mut text = description(name, &analysis.description, false);
    text.push_str(&roles(analysis));
    if let Some(time) = &analysis.time {
        text.push_str(&time_axis(time));
    }
    text.push_str(&chunking(analysis, config));
    text.push_str(&packing(&analysis.packing));
    text.push_str(&compression(analysis));
    text
}

fn roles(analysis: &Analysis) -> String {
    if analysis.dimensions.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Left]);
    table.row(["Roles of dimensions", "length", "role"]);
    for dimension in &analysis.dimensions {
        table.row([
            &format!("  {}", dimension.name),
            &grouped(dimension.length),
            dimension.role.as_str(),
        ]);
    }
    format!("\n{}", table.render())
}

fn time_axis(time: &TimeAnalysis) -> String {
    let mut text = format!("\nTime axis ({})\n", printable(&time.coordinate));
    let mut line = |line: &str| text.push_str(&wrapped(&printable(line), "  "));
    if let (Some(start), Some(end)) = (&time.start, &time.end) {
        line(&format!(
            "{} from {start} to {end}, calendar {}",
            count(time.labels, "label"),
            time.calendar
        ));
    }
    line(&match (&time.step, time.regular) {
        (Some(step), true) => format!("regular, in steps of {step}"),
        (Some(step), false) => format!("irregular, most often in steps of {step}"),
        (None, _) => "no step".to_owned(),
    });
    if time.num_gaps > 0 {
        line(&format!("{}:", count(time.num_gaps, "gap")));
        for gap in time.gaps.iter().take(SHOWN) {
            line(&format!("  {} to {}", gap.after, gap.before));
        }
    }
    if time.num_overlaps > 0 {
        line(&format!("{} twice:", count(time.num_overlaps, "label")));
        for overlap in time.overlaps.iter().take(SHOWN) {
            line(&format!("  {}", doubled(overlap)));
        }
    }
    if time.files.len() > 1 {
        let mut table = Table::new(&[Align::Left, Align::Right, Align::Right, Align::Left]);
        table.row(["  file", "size", "labels", "from"]);
        for file in time.files.iter().take(SHOWN) {
            table.row([
                &format!("  {}", file.path),
                &bytes(file.bytes),
                &grouped(file.labels),
                file.start.as_deref().unwrap_or_default(),
            ]);
        }
        if time.files.len() > SHOWN {
            table.line(&format!("  and {} more", time.files.len() - SHOWN));
        }
        text.push_str(&table.render());
    }
    text
}

/// The largest variables' chunks for each pattern, and in full what is recommended.
fn chunking(analysis: &Analysis, config: &Config) -> String {
    let mut table = Table::new(&[
        Align::Left,
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
    ]);
    table.row([
        "Chunking", "chunks", "number", "each", "series", "map", "region",
    ]);
    let mut largest = "";
    for chunks in &analysis.chunking {
        let Some(first) = chunks.plans.first() else {
            continue;
        };
        largest = first.variables.first().map_or("", |path| path.as_str());
        let plan = &first.plan;
        let lengths: Vec<String> = plan
            .dimensions
            .iter()
            .zip(&plan.chunks)
            .map(|(dimension, chunk)| format!("{}:{chunk}", dimension.name))
            .collect();
        let [series, map, region] = plan.cost.reads().map(|cost| bytes(cost.bytes as u64));
        table.row([
            format!("  {} {}", chunks.strategy, chunks.pattern),
            lengths.join(","),
            grouped(plan.num_chunks),
            bytes(plan.chunk_bytes),
            series,
            map,
            region,
        ]);
    }
    if largest.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}", table.render());
    text.push_str(&wrapped(
        &format!(
            "chunks of {}, and the bytes of those that a series at a point, a map at an instant and a region over a period touch",
            printable(largest)
        ),
        "  ",
    ));
    let pattern = config.access_pattern.to_string();
    let plans = analysis.plans("optimal", &pattern).iter();
    for planned in plans.filter(|planned| !planned.plan.is_small()).take(SHOWN) {
        let names: Vec<&str> = planned.variables.iter().map(NodePath::as_str).collect();
        text.push_str(&format!(
            "\nRecommended for {}\n",
            printable(&names.join(", "))
        ));
        for line in planned.plan.to_string().lines() {
            text.push_str(&format!("  {}\n", printable(line)));
        }
    }
    text
}

fn packing(outlooks: &[PackingOutlook]) -> String {
    if outlooks.is_empty() {
        return String::new();
    }
    let columns = [Align::Left, Align::Left, Align::Right, Align::Right];
    let more = [Align::Right, Align::Right, Align::Right, Align::Right];
    let mut table = Table::new(&[columns, more].concat());
    table.row([
        "Packing", "type", "smallest", "largest", "bits", "step", "error", "saving",
    ]);
    for outlook in outlooks {
        for (i, packed) in outlook.bits.iter().enumerate() {
            let once = |text: String| if i == 0 { text } else { String::new() };
            table.row([
                once(format!("  {}", outlook.variable)),
                once(outlook.data_type.clone()),
                once(number(outlook.min)),
                once(number(outlook.max)),
                packed.bits.to_string(),
                number(packed.step),
                number(packed.largest_error),
                format!("{}x", packed.saving),
            ]);
        }
    }
    let sampled = outlooks
        .iter()
        .map(|outlook| outlook.sampled)
        .fold(1.0, f64::min);
    let mut text = format!("\n{}", table.render());
    if sampled < 1.0 {
        text.push_str(&wrapped(
            &format!(
                "ranges are those of a sample, at least {} % of each variable: true ones may be wider",
                number(sampled * 100.0)
            ),
            "  ",
        ));
    }
    text
}

fn compression(analysis: &Analysis) -> String {
    let mut text = "\nCompression\n  recommended: blosc:zstd:1:shuffle:1MiB, which is small and fast for most data; --run-tests\n  measures others on these\n".to_owned();
    let description = &analysis.description;
    if let Some(stored) = description.stored_bytes
        && stored > 0
    {
        let of = match analysis.files {
            1 => "now",
            _ => "now, the first file",
        };
        text.push_str(&format!(
            "  {of}: {} stored, {:.2} times smaller than before compression\n",
            bytes(stored),
            description.raw_bytes as f64 / stored as f64
        ));
    }
    text
}

/// Four digits, in the shorter of the two ways to write them.
fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || (0.001..100_000.0).contains(&size) {
        let text = format!("{value:.4}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        return text.to_owned();
    }
    format!("{value:.3e}")
}
