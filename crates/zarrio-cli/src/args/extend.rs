//! `zarrio extend`.

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  zarrio extend era5.zarr --global-end 2030-12-31
  zarrio extend era5.zarr --global-end 2030 --dry-run
  zarrio extend single.zarr --global-end 2025-01-31 --freq 1h

Exit codes: 0 done, or the archive reaches as far already; 2 it has no step; 3 it cannot be read;
4 its coordinate cannot tell the times; 75 another process is making it longer: run it again.";

/// Makes an archive longer, for regions that are yet to be written.
///
/// Its times go on in their step to the given end, and everything along them reads as missing
/// there until 'zarrio write-region' brings the data. Readers see the old archive or the new
/// one, and region writers may be at work meanwhile.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExtendArgs {
    /// The archive: a directory, or a URL such as s3://bucket/era5.zarr.
    #[arg(value_name = "ARCHIVE")]
    pub(crate) archive: String,

    /// Goes on to this date, which belongs to it with its whole day, month or year
    #[arg(long, value_name = "DATE")]
    pub(crate) global_end: String,

    /// Goes on in this step, as in 1h, 15min, 1D, MS or PT3H. Default: that of the archive's
    /// times
    #[arg(long, value_name = "STEP")]
    pub(crate) freq: Option<String>,

    /// Names the dimension along which the archive grows. Default: time, and where there is
    /// none, the one that CF attributes tell
    #[arg(long, value_name = "NAME")]
    pub(crate) append_dim: Option<String>,

    /// The same, as the Python zarrio has it. Default: --append-dim
    #[arg(long, value_name = "NAME", hide = true, conflicts_with = "append_dim")]
    pub(crate) time_dim: Option<String>,

    /// Extends this group of the archive. Default: the root group
    #[arg(long, value_name = "PATH")]
    pub(crate) group: Option<String>,

    /// Makes every object durable before the command says that it is done. Default: off
    #[arg(long)]
    pub(crate) fsync: bool,

    /// Trusts locks on file systems where zarrio cannot know that they hold. Default: there,
    /// nothing is done
    #[arg(long)]
    pub(crate) assume_locks: bool,

    /// Says how long the archive would be, and writes nothing. Default: it is made longer
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Prints what was done as JSON to standard output. Default: a line on standard error
    #[arg(long)]
    pub(crate) json: bool,
}
