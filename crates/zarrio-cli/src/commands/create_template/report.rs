//! What is told when a template is there.

use std::path::PathBuf;

use serde::Serialize;
use zarrio_model::config::Config;
use zarrio_region::{ConvertReport, TemplatePlan, TimeAxisPlan};
use zarrio_store::Requests;

use crate::context::Context;
use crate::location;
use crate::render::{self, RequestCounts, figures};

/// The report of `--json`.
#[derive(Debug, Serialize)]
pub(super) struct Json<'a> {
    input: &'a str,
    output: &'a str,
    group: &'a str,
    zarr_format: u8,
    time: &'a TimeAxisPlan,
    #[serde(skip_serializing_if = "Option::is_none")]
    requests: Option<RequestCounts>,
    #[serde(flatten)]
    report: &'a ConvertReport,
}

impl<'a> Json<'a> {
    pub(super) fn new(
        input: &'a str,
        output: &'a str,
        config: &'a Config,
        plan: &'a TemplatePlan,
        report: &'a ConvertReport,
        requests: Option<Requests>,
    ) -> Self {
        Self {
            input,
            output,
            group: config.group.as_str(),
            zarr_format: config.zarr_format.number(),
            time: &plan.time,
            requests: requests.map(Into::into),
            report,
        }
    }
}

/// The files in a few words.
pub(super) fn inputs(files: &[PathBuf]) -> String {
    match files {
        [] => String::new(),
        [only] => location::name(only),
        [first, .., last] => {
            let (first, last) = (location::name(first), location::name(last));
            format!("{} files from {first} to {last}", files.len())
        }
    }
}

/// Tells the log the figures, and the user the summary and what there is to know.
pub(super) fn tell(
    input: &str,
    output: &str,
    config: &Config,
    plan: &TemplatePlan,
    report: &ConvertReport,
    requests: Option<Requests>,
    context: &Context,
) {
    tracing::info!(
        target: "zarrio",
        input,
        output,
        already_done = report.already_done,
        labels = plan.time.length,
        objects = report.objects,
        bytes_out = report.stored_bytes,
        seconds = report.elapsed.as_secs_f64(),
        requests = requests.map(tracing::field::display),
        "done"
    );
    for note in &report.notes {
        context.talk.note(note);
    }
    let text = summary(input, output, config, plan, report) + &render::requests(requests);
    context.talk.result(&text);
}

fn summary(
    input: &str,
    output: &str,
    config: &Config,
    plan: &TemplatePlan,
    report: &ConvertReport,
) -> String {
    let mut output = output.to_owned();
    if !config.group.is_root() {
        output.push_str(&format!(", group /{}", config.group));
    }
    if report.already_done {
        return format!("{output} is already done: it is what this command would create");
    }
    let time = figures::duration(report.elapsed);
    let variables = figures::count(plan.archive.variables.len() as u64, "variable");
    let mut text = format!("created the template {output} from {input}: {variables} in {time}\n");
    text.push_str(&format!("  time axis: {}\n", render::time_axis(&plan.time)));
    let written = plan.archive.with_blocks().count() as u64;
    text.push_str(&format!(
        "  {} written, {} left to regions; {} stored in {}",
        figures::count(written, "variable"),
        plan.archive.variables.len() as u64 - written,
        figures::bytes(report.stored_bytes),
        figures::count(report.objects, "object"),
    ));
    text + &render::packed(&report.variables)
}
