//! `zarrio ingest`.

use clap::Args;

use super::write_region::tolerance;
use super::{ArchiveArgs, Duplicate, EffortArgs, PackingArgs, RuleArgs, Unmatched};

const EXAMPLES: &str = "\
Examples:
  zarrio ingest 'data/*.nc' era5.zarr
  zarrio ingest 'data/*.nc' era5.zarr --chunking time:100 --global-end 2030-12-31 --workers 8
  zarrio ingest 'data/*.nc' era5.zarr --dry-run

It is 'zarrio create-template' from all files, where there is no archive yet, and then 'zarrio
write-region --resume' with all of them. Run it again after a stop, or with further files: what
is on record is skipped. Exit codes: 0 done; 7 some files failed, the rest is done; 75 only
temporary trouble: run it again; others as for those two.";

/// Makes one archive from many files: its template where there is none, then all the regions.
///
/// Several files are written at once. What fails with one file is told at the end, and the
/// others are written all the same; run again, it goes on where it was.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = EXAMPLES,
    override_usage = "zarrio ingest [OPTIONS] <FILE>... <ARCHIVE>"
)]
pub(crate) struct IngestArgs {
    /// FILE: the NetCDF files, or patterns such as 'data/*.nc'; and last ARCHIVE: the directory
    /// of the archive, as a path or a file:// URL.
    #[arg(value_name = "PATH", required = true, num_args = 1..)]
    pub(crate) paths: Vec<String>,

    /// Begins the time axis of a new archive at this date. Default: the first label of the
    /// files
    #[arg(long, value_name = "TIME", help_heading = "A new archive")]
    pub(crate) global_start: Option<String>,

    /// Ends the time axis of a new archive here, inclusive. Default: the last label of the
    /// files
    #[arg(long, value_name = "TIME", help_heading = "A new archive")]
    pub(crate) global_end: Option<String>,

    /// Steps of the time axis of a new archive, such as 1h, MS or PT3H. Default: as the labels
    /// of the files tell
    #[arg(long, value_name = "STEP", help_heading = "A new archive")]
    pub(crate) freq: Option<String>,

    /// Gives a variable of a new archive a missing value; may be given several times. Default:
    /// unwritten data of variables without one read as 0
    #[arg(
        long,
        value_name = "NAME=VALUE",
        allow_hyphen_values = true,
        help_heading = "A new archive"
    )]
    pub(crate) fill: Vec<String>,

    /// Refuses to make an archive that would have more objects. Default: 1000000
    #[arg(long, value_name = "N", help_heading = "A new archive")]
    pub(crate) max_objects: Option<u64>,

    /// Names the time dimension. Default: time, and where there is none, the one that CF
    /// attributes tell
    #[arg(long, value_name = "NAME", help_heading = "Where it goes")]
    pub(crate) time_dim: Option<String>,

    /// Treats a label that the archive does not have as an error, or skips what belongs to it
    /// (skip). Default: error
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        default_value_t,
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = "Where it goes"
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
        hide_possible_values = true,
        help_heading = "Where it goes"
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
        allow_hyphen_values = true,
        help_heading = "Where it goes"
    )]
    pub(crate) coord_tolerance: f64,

    /// What is written.
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,

    /// How values are packed in an archive that is made.
    #[command(flatten)]
    pub(crate) packing: PackingArgs,

    /// What is there already.
    #[command(flatten)]
    pub(crate) rules: RuleArgs,

    /// Writes N files at once, which share threads and memory. Default: one for each
    /// processor
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u16).range(1..),
        help_heading = "How it is done"
    )]
    pub(crate) workers: Option<u16>,

    /// How it is done.
    #[command(flatten)]
    pub(crate) effort: EffortArgs,

    /// Trusts locks on file systems where zarrio cannot know that they hold. Default: chunks
    /// that are shared are refused there
    #[arg(long, help_heading = "How it is done")]
    pub(crate) assume_locks: bool,

    /// Prints the plan of a new archive, or where each file would go, and writes nothing.
    /// Default: it is done
    #[arg(long, help_heading = "What is told")]
    pub(crate) dry_run: bool,

    /// Prints the report, or with --dry-run the plan, as JSON to standard output. Default: a
    /// summary for people on standard error
    #[arg(long, help_heading = "What is told")]
    pub(crate) json: bool,
}
