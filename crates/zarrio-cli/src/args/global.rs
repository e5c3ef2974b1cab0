//! Options that every command understands, before its name or after it.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

/// What every command understands.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// Reads settings from FILE: TOML, or YAML or JSON with the keys of the Python zarrio, by
    /// its extension. Default: no file
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Says more on standard error: once for the steps and the figures, twice for details.
    /// Default: a short summary
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,

    /// Says nothing but errors. Default: a short summary
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Writes what is said on standard error for people (text) or as one JSON object a line
    /// (json). Default: text
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) log_format: LogFormat,

    /// Sets an option of the object store that a URL names, such as endpoint=URL or
    /// region=NAME; may be given several times. Credentials come from the provider's own
    /// environment variables or profiles. Default: none
    #[arg(long, global = true, value_name = "NAME=VALUE")]
    pub(crate) storage_option: Vec<String>,

    /// Reads files at URLs from copies in DIR, which are made when they are first read, and stay.
    /// Default: they are read in place
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) cache_dir: Option<String>,

    /// Shows a progress bar: auto on a terminal only, always (as lines where there is no
    /// terminal), or never. Default: auto
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) progress: ProgressMode,
}

/// For whom standard error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum LogFormat {
    /// People.
    #[default]
    Text,
    /// Programs.
    Json,
}

/// When progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ProgressMode {
    /// On a terminal.
    #[default]
    Auto,
    /// As a bar on a terminal, as lines elsewhere.
    Always,
    /// Never.
    Never,
}
