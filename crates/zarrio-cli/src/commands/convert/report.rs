//! What is told at the end of a conversion.

use std::time::Duration;

use serde::Serialize;
use zarrio_model::config::Config;
use zarrio_region::ConvertReport;
use zarrio_store::Requests;

use super::usage;
use crate::args::ConvertArgs;
use crate::context::Context;
use crate::render::{self, RequestCounts, figures};

/// The least time that makes a speed.
const LEAST_TIME: Duration = Duration::from_millis(100);

/// The report of `--json`.
#[derive(Debug, Serialize)]
pub(super) struct Json<'a> {
    input: &'a str,
    output: &'a str,
    group: &'a str,
    zarr_format: u8,
    ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requests: Option<RequestCounts>,
    #[serde(flatten)]
    report: &'a ConvertReport,
}

impl<'a> Json<'a> {
    pub(super) fn new(
        args: &'a ConvertArgs,
        config: &'a Config,
        report: &'a ConvertReport,
        requests: Option<Requests>,
    ) -> Self {
        Self {
            input: &args.input,
            output: &args.output,
            group: config.group.as_str(),
            zarr_format: config.zarr_format.number(),
            ratio: figures::ratio_of(report.raw_bytes, report.stored_bytes),
            requests: requests.map(Into::into),
            report,
        }
    }
}

/// Tells the log the figures, and the user the summary and what there is to know.
pub(super) fn tell(
    args: &ConvertArgs,
    config: &Config,
    report: &ConvertReport,
    requests: Option<Requests>,
    context: &Context,
) {
    tracing::info!(
        target: "zarrio",
        input = %args.input,
        output = %args.output,
        already_done = report.already_done,
        variables = report.variables.len(),
        objects = report.objects,
        bytes_in = report.source_bytes,
        bytes_raw = report.raw_bytes,
        bytes_out = report.stored_bytes,
        ratio = figures::ratio_of(report.raw_bytes, report.stored_bytes),
        seconds = report.elapsed.as_secs_f64(),
        mb_per_second = figures::megabytes_per_second(report.raw_bytes, report.elapsed),
        cpu_seconds = usage::cpu_seconds(),
        peak_memory = usage::peak_memory(),
        requests = requests.map(tracing::field::display),
        "done"
    );
    for note in &report.notes {
        context.talk.note(note);
    }
    if context.verbose > 0 && !report.untyped_attributes.is_empty() {
        let list = report.untyped_attributes.join(", ");
        context.talk.note(&format!(
            "the archive keeps the value but not the type of the attributes {list}"
        ));
    }
    // The figures are in the log already.
    if context.for_people() {
        let text = summary(args, config, report) + &render::requests(requests);
        context.talk.result(&text);
    }
}

fn summary(args: &ConvertArgs, config: &Config, report: &ConvertReport) -> String {
    let mut output = args.output.clone();
    if !config.group.is_root() {
        output.push_str(&format!(", group /{}", config.group));
    }
    if report.already_done {
        return format!("{output} is already done: it holds what this command would write");
    }
    let time = figures::duration(report.elapsed);
    let variables = figures::count(report.variables.len() as u64, "variable");
    let mut text = format!(
        "converted {} to {output}: {variables} in {time}\n",
        args.input
    );
    let sizes = format!(
        "  file {}, data {}, stored {} in {}",
        figures::bytes(report.source_bytes),
        figures::bytes(report.raw_bytes),
        figures::bytes(report.stored_bytes),
        figures::count(report.objects, "object"),
    );
    text.push_str(&sizes);
    if let Some(ratio) = figures::ratio_of(report.raw_bytes, report.stored_bytes) {
        text.push_str(&format!(", ratio {}", figures::ratio(ratio)));
    }
    // Below, the figure would tell how long it takes to start.
    if report.elapsed >= LEAST_TIME {
        let speed = figures::speed(report.raw_bytes, report.elapsed);
        text.push_str(&format!(", {speed}"));
    }
    text + &render::packed(&report.variables)
}
