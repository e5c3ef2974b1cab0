//! The flags of packing.

use zarrio_model::config::{
    ByVariable, ParseByVariableError, PartialConfig, RangeExceededAction, parse_names,
};

use super::{Flags, Reader};
use crate::args::PackingArgs;
use crate::failure::Failure;

const ACTION: &str = "--packing-range-exceeded-action";

impl Reader<'_> {
    /// How values are packed, over what is known already.
    pub(super) fn packing(&mut self, partial: PartialConfig, args: &PackingArgs) -> PartialConfig {
        PartialConfig {
            packing_enabled: args.packing.then_some(true),
            packing_bits: self.text("--packing-bits", args.packing_bits.as_deref()),
            packing_representation: self.text(
                "--packing-representation",
                args.packing_representation.as_deref(),
            ),
            packing_manual_ranges: self.text(
                "--packing-manual-ranges",
                args.packing_manual_ranges.as_deref(),
            ),
            packing_auto_buffer_factor: self.with(
                "--packing-auto-buffer-factor",
                args.packing_auto_buffer_factor.as_deref(),
                number,
            ),
            packing_exclude: self.with(
                "--packing-exclude",
                args.packing_exclude.as_deref(),
                parse_names,
            ),
            packing_precision: self.text("--precision", args.precision.as_deref()),
            quantization_keep_bits: self.text("--keep-bits", args.keep_bits.as_deref()),
            quantization_significant_digits: self
                .text("--significant-digits", args.significant_digits.as_deref()),
            quantization_keep_information: self.with(
                "--keep-information",
                args.keep_information.as_deref(),
                levels,
            ),
            packing_range_exceeded_action: self
                .text(ACTION, args.packing_range_exceeded_action.as_deref()),
            packing_check_range_exceeded: args.packing_check_range_exceeded,
            ..partial
        }
    }

    /// What a region does with values beyond the range.
    pub(super) fn region_action(&mut self, text: Option<&str>) -> Option<RangeExceededAction> {
        self.with(ACTION, text, |text| match text.parse() {
            Ok(RangeExceededAction::Widen) => Err(
                "a region cannot widen what the archive has; write error, warn or ignore"
                    .to_owned(),
            ),
            Ok(action) => Ok(action),
            Err(error) => Err(error.to_string()),
        })
    }
}

/// `0.99` for all variables, or levels by variable.
fn levels(text: &str) -> Result<ByVariable<f64>, ParseByVariableError> {
    match text.trim().parse::<f64>() {
        Ok(_) => format!("*={text}").parse(),
        Err(_) => text.parse(),
    }
}

fn number(text: &str) -> Result<f64, String> {
    let number = text.trim().parse::<f64>().ok();
    number
        .filter(|number| number.is_finite() && *number >= 0.0)
        .ok_or_else(|| format!("expected a number from 0 on, got {text:?}"))
}

/// A flag that says how something is packed, without asking for it.
pub(super) fn of_flags(flags: &Flags) -> Option<&'static str> {
    let given = &flags.partial;
    let how = [
        (given.packing_bits.is_some(), "--packing-bits"),
        (
            given.packing_manual_ranges.is_some(),
            "--packing-manual-ranges",
        ),
        (
            given.packing_auto_buffer_factor.is_some(),
            "--packing-auto-buffer-factor",
        ),
        (given.packing_exclude.is_some(), "--packing-exclude"),
        (
            given.packing_representation.is_some() && given.packing_precision.is_none(),
            "--packing-representation",
        ),
    ];
    how.iter().find(|(given, _)| *given).map(|(_, flag)| *flag)
}

/// The answer to such a flag where nothing is packed.
pub(super) fn of_no_use(flag: &str) -> Failure {
    Failure::usage(
        format!("{flag} says how variables are packed, and none is"),
        "give --packing too, or leave it out",
    )
}
