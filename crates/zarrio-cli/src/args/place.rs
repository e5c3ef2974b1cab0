//! Where files go in an archive.

use clap::{Args, ValueEnum};

/// How the place of a file is found by its labels.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Where it goes")]
pub(crate) struct PlaceArgs {
    /// Treats a label that the archive does not have as an error, or skips what belongs to it
    /// (skip). Default: error
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        default_value_t,
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) on_unmatched: Unmatched,

    /// Treats a label that a file has twice as an error, or takes the first (first). Default:
    /// error
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        default_value_t,
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) on_duplicate: Duplicate,

    /// Takes coordinates that differ by no more than X for equal; times are always exact.
    /// Default: 0
    #[arg(
        long,
        value_name = "X",
        default_value = "0",
        value_parser = tolerance,
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    pub(crate) coord_tolerance: f64,

    /// Names the dimension along which the archive grows. Default: time, and where there is
    /// none, the one that CF attributes tell
    #[arg(long, value_name = "NAME")]
    pub(crate) time_dim: Option<String>,
}

/// What is done about labels that the archive does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Unmatched {
    /// The file is refused.
    #[default]
    Error,
    /// The others are written.
    Skip,
}

/// What is done about labels that a file has twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Duplicate {
    /// The file is refused.
    #[default]
    Error,
    /// The first is written.
    First,
}

pub(super) fn tolerance(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
        _ => Err("a tolerance is a number from 0 on, such as 0.001".into()),
    }
}
