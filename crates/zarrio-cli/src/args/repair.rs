//! `zarrio repair`.

use clap::Args;

use super::ReadingArgs;
use super::place::tolerance;

const EXAMPLES: &str = "\
Examples:
  zarrio repair era5.zarr --dry-run
  zarrio repair era5.zarr
  zarrio repair era5.zarr /backup/2020-01.nc

Exit codes: 0 all is as it should be now; 6 something cannot be mended; 75 temporary trouble:
run it again.";

/// Writes chunks anew that are torn, absent or wrong, from the files that they came from.
///
/// The archive is verified first, and what will be written is told before it is. Files are
/// looked for where they were when they were written; those that lie elsewhere now are given
/// by hand. A chunk that cannot be read is written only when the files of all records that
/// tell of it are at hand, and one that can be read keeps whatever is right in it.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RepairArgs {
    /// The archive: a directory, or a URL such as s3://bucket/era5.zarr.
    #[arg(value_name = "ARCHIVE", required = true)]
    pub(crate) archive: String,

    /// Recorded files that lie elsewhere now, or patterns; they are known by name, size and
    /// time. Default: files are where they were
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<String>,

    /// Tells what would be written, and writes nothing. Default: it is written
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Compares with every recorded file point by point, which also finds what the records
    /// have no digest of. Default: only where the records say that something is wrong
    #[arg(long)]
    pub(crate) sources: bool,

    /// Takes coordinates that differ by no more than X for equal, as when the files were
    /// written. Default: 0
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

    /// Mends this group of the archive. Default: the root group, and all below it
    #[arg(long, value_name = "PATH")]
    pub(crate) group: Option<String>,

    /// How it is done.
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,

    /// Makes what is written durable before the command says that it is done. Default: that is
    /// left to the operating system
    #[arg(long, help_heading = "How it is done")]
    pub(crate) fsync: bool,

    /// Trusts locks on file systems where zarrio cannot know that they hold. Default: nothing
    /// is written there
    #[arg(long, help_heading = "How it is done")]
    pub(crate) assume_locks: bool,

    /// Prints what was done as JSON to standard output. Default: sentences for people
    #[arg(long)]
    pub(crate) json: bool,
}
