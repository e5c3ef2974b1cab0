//! `zarrio analyze`.

use std::path::PathBuf;

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  zarrio analyze era5.nc
  zarrio analyze 'data/*.nc' --access-pattern temporal --output era5.toml
  zarrio analyze era5.nc --run-tests --budget 60
  zarrio analyze era5.nc --interactive";

/// Describes files and recommends chunks, packing and compression.
///
/// Several files are those of one archive: their time axis is looked at as a whole. Nothing is
/// written but what --output names.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AnalyzeArgs {
    /// The NetCDF files, or patterns such as 'data/*.nc'; or one Zarr archive.
    #[arg(value_name = "INPUT", required = true, num_args = 1..)]
    pub(crate) inputs: Vec<String>,

    /// Tells what each choice is predicted to cost where archives are kept. Default: only what
    /// is read
    #[arg(long, help_heading = "What is looked at")]
    pub(crate) test_performance: bool,

    /// Measures codecs and chunks here, on a sample of the data and with small archives in the
    /// directory for temporary files. Default: nothing is measured
    #[arg(long, help_heading = "What is looked at")]
    pub(crate) run_tests: bool,

    /// Measures for about so many seconds. Default: 20
    #[arg(
        long,
        value_name = "SECONDS",
        requires = "run_tests",
        value_parser = clap::value_parser!(u32).range(1..=86_400),
        help_heading = "What is looked at"
    )]
    pub(crate) budget: Option<u32>,

    /// Looks only at these variables, and the coordinates and bounds that belong to them.
    /// Default: all
    #[arg(long, value_name = "NAME,...", help_heading = "What is looked at")]
    pub(crate) variables: Option<String>,

    /// Leaves these variables out. Default: none
    #[arg(long, value_name = "NAME,...", help_heading = "What is looked at")]
    pub(crate) drop_variables: Option<String>,

    /// Names the time dimension. Default: time, and where there is none, the one that CF
    /// attributes tell
    #[arg(long, value_name = "NAME", help_heading = "What is looked at")]
    pub(crate) time_dim: Option<String>,

    /// Reads files by the Rust reader, the netCDF C library (c), or by the first and, what that
    /// one does not support, by the second (auto). Default: auto
    #[arg(long, value_name = "READER", help_heading = "What is looked at")]
    pub(crate) reader: Option<String>,

    /// Recommends chunks for series at a place (temporal), maps (spatial) or both (balanced),
    /// or for a mixture such as temporal=0.7,spatial=0.3. Default: balanced
    #[arg(long, value_name = "PATTERN", help_heading = "What is recommended")]
    pub(crate) access_pattern: Option<String>,

    /// Recommends for a disk (local), a file server (server) or an object store (cloud).
    /// Default: --target-chunk-size decides
    #[arg(long, value_name = "WHERE", help_heading = "What is recommended")]
    pub(crate) storage: Option<String>,

    /// Recommends chunks of about this size before compression. Default: 50MiB, or what
    /// --storage says
    #[arg(long, value_name = "SIZE", help_heading = "What is recommended")]
    pub(crate) target_chunk_size: Option<String>,

    /// The same as a number of MiB, as the Python zarrio has it. Default: 50
    #[arg(
        long,
        value_name = "N",
        hide = true,
        conflicts_with = "target_chunk_size"
    )]
    pub(crate) target_chunk_size_mb: Option<String>,

    /// Asks what is wanted, and writes a configuration for it. Needs a terminal. Default:
    /// nothing is asked
    #[arg(
        short,
        long,
        conflicts_with = "json",
        help_heading = "What is recommended"
    )]
    pub(crate) interactive: bool,

    /// Writes what is recommended as a configuration file that convert and create-template
    /// take with --config. Default: it is only shown
    #[arg(long, value_name = "FILE", help_heading = "What is recommended")]
    pub(crate) output: Option<PathBuf>,

    /// Prints everything as JSON to standard output. Default: tables for people
    #[arg(long, help_heading = "What is recommended")]
    pub(crate) json: bool,
}
