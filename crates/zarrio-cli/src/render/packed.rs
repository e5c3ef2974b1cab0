//! What packing did to the values of variables.

use zarrio_region::{PackReport, RoundReport, VariableReport};

use super::figures::{grouped, short};

/// A line for each variable that was packed or rounded, each after a line break.
pub(crate) fn packed(variables: &[VariableReport]) -> String {
    let lines = variables.iter().filter_map(|variable| {
        let packed = variable.packed.as_ref().map(line);
        let line = packed.or_else(|| variable.rounded.as_ref().map(rounded))?;
        Some(format!("\n  {}: {line}", variable.variable))
    });
    lines.collect()
}

/// `rounded to 9 bits, off by 0.25 at most and 0.11 on average (RMS)`
fn rounded(report: &RoundReport) -> String {
    format!(
        "rounded to {} bits, off by {} at most and {} on average (RMS)",
        report.bits,
        short(report.largest_error),
        short(report.rms_error),
    )
}

/// `packed into 16 bits, error at most 0.00114, 0.00066 on average (RMS), 12 missing`
fn line(packed: &PackReport) -> String {
    let PackReport {
        packing,
        statistics,
    } = packed;
    let mut text = format!(
        "packed into {} bits, off by {} at most and {} on average (RMS)",
        packing.bits(),
        short(statistics.largest_error),
        short(statistics.rms_error(packing)),
    );
    match (statistics.extent.missing, statistics.missing_out()) {
        (0, 0) => {}
        (before, after) if before == after => {
            text.push_str(&format!(", {} missing", grouped(after)));
        }
        (before, after) => text.push_str(&format!(
            ", {} missing where {} were",
            grouped(after),
            grouped(before)
        )),
    }
    if statistics.clamped > 0 {
        text.push_str(&format!(
            ", {} beyond the range by up to {}",
            grouped(statistics.clamped),
            short(statistics.worst_excess(packing))
        ));
    }
    text
}
