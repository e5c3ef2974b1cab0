//! The plan of `create-template --dry-run`.

use zarrio_region::{TemplatePlan, TimeAxisPlan};

use super::figures::{bytes, count, grouped};
use super::plan::{chunks, variables};
use crate::diagnostics::printable;

/// What a template would be, for people.
pub(crate) fn template(input: &str, output: &str, plan: &TemplatePlan) -> String {
    let archive = &plan.archive;
    let mut text = format!(
        "{} would make the template {}",
        printable(input),
        printable(output)
    );
    if !archive.group.is_root() {
        text.push_str(&format!(", group /{}", printable(archive.group.as_str())));
    }
    text.push_str(&format!(
        "\ntime axis: {}\n",
        printable(&time_axis(&plan.time))
    ));
    let dimensions: Vec<String> = plan
        .dimensions
        .iter()
        .map(|d| format!("{} {}", printable(&d.name), grouped(d.length)))
        .collect();
    text.push_str(&format!("dimensions: {}\n", dimensions.join(", ")));
    text.push_str(&format!(
        "when full: {}, {} in {}, {} raw; one writer needs --memory {} or more\n",
        count(archive.variables.len() as u64, "variable"),
        count(archive.num_chunks(), "chunk"),
        count(plan.objects, "object"),
        bytes(plan.raw_bytes),
        plan.writer_memory,
    ));
    let written = archive.with_blocks();
    let now = written.map(|(variable, _)| variable.encoding.num_objects());
    text.push_str(&format!(
        "written now: the metadata and {}\n",
        count(now.fold(0, u64::saturating_add), "chunk")
    ));
    if !archive.variables.is_empty() {
        text.push_str(&format!("\n{}{}", variables(archive), chunks(archive)));
    }
    for shared in &plan.shared_chunks {
        let line = format!(
            "\nchunks of {} along time ({}): {} within one, which its writers share: {}\n",
            grouped(shared.chunk),
            shared.variables.join(", "),
            if shared.cuts.len() == 1 {
                "a file ends or begins".to_owned()
            } else {
                format!("files end or begin {} times", shared.cuts.len())
            },
            shared.summary(),
        );
        text.push_str(&printable(&line));
    }
    text
}

/// `744 steps of 1h from 2020-01-01T00:00:00 to 2020-01-31T23:00:00 (calendar standard)`
pub(crate) fn time_axis(time: &TimeAxisPlan) -> String {
    let mut text = count(time.length, "label");
    if let (Some(first), Some(last)) = (&time.first, &time.last) {
        text.push_str(&format!(" from {first} to {last}"));
    }
    if let Some(step) = time.freq {
        text.push_str(&format!(" in steps of {step}"));
    }
    format!("{text}, {} ({})", time.units, time.calendar)
}
