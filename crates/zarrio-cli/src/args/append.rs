//! `zarrio append`.

use clap::{Args, ValueEnum};

use super::{EffortArgs, RollingArgs, WrittenArgs};

const EXAMPLES: &str = "\
Examples:
  zarrio convert 2020-01.nc era5.zarr
  zarrio append 2020-02.nc era5.zarr
  zarrio append 'data/2020-*.nc' era5.zarr
  zarrio append 2020-05.nc era5.zarr --dry-run
  zarrio append 2020-05.nc era5.zarr --allow-gaps
  zarrio append corrected.nc era5.zarr --overlap replace

Files are appended one after the other, in the order of their times, and readers see each of them
whole or not at all. A command that was stopped is run again.
Exit codes: 0 done, or already done; 3 a file or the archive cannot be read; 4 a file does not
continue the archive, or does not match it; 6 what was stored is not what was meant; 7 some files
failed, the rest is done; 75 another process is appending, or other temporary trouble: run it
again.";

/// Adds files to an archive, which becomes longer.
///
/// Times beyond the archive's last one are put at its end; times that it has go to their places,
/// as 'zarrio write-region' writes them. Variables that are left out get no data there. Readers
/// see the archive as it was until all of a file is there. Any number of region writers may be at
/// work meanwhile, and one command that makes the archive longer.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AppendArgs {
    /// The NetCDF files to append, in any order, or patterns such as 'data/*.nc'; Zarr archives
    /// too, in directories or at URLs.
    #[arg(value_name = "FILE", required = true, num_args = 1..)]
    pub(crate) files: Vec<String>,

    /// The archive: a directory, or a URL such as s3://bucket/era5.zarr.
    #[arg(value_name = "ARCHIVE", required = true)]
    pub(crate) archive: String,

    /// Names the dimension along which the archive grows; its labels are times. Default: time,
    /// and where there is none, the one that CF attributes tell
    #[arg(long, value_name = "NAME", help_heading = "Where it goes")]
    pub(crate) append_dim: Option<String>,

    /// The same, as the Python zarrio has it. Default: --append-dim
    #[arg(long, value_name = "NAME", hide = true, conflicts_with = "append_dim")]
    pub(crate) time_dim: Option<String>,

    /// Treats times that the archive has already, with other values, as an error; keeps what is
    /// there (keep), takes the file's values (replace), or does so if the file is newer than
    /// those whose values are there (replace-if-newer). Default: error, except where the values
    /// are equal or this very file is on record
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        default_value_t,
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = "Where it goes"
    )]
    pub(crate) overlap: OverlapChoice,

    /// Leaves times between the archive's end and the file without data, to be appended later.
    /// Default: a gap is an error; an archive without a regular step has none
    #[arg(long, help_heading = "Where it goes")]
    pub(crate) allow_gaps: bool,

    /// Takes coordinates that differ by no more than X for equal; times are always exact.
    /// Default: 0
    #[arg(
        long,
        value_name = "X",
        default_value = "0",
        value_parser = super::place::tolerance,
        hide_default_value = true,
        allow_hyphen_values = true,
        help_heading = "Where it goes"
    )]
    pub(crate) coord_tolerance: f64,

    /// What is written.
    #[command(flatten)]
    pub(crate) written: WrittenArgs,

    /// Skips files that are on record for all that they would write, without opening them: same
    /// name, size and time of modification. Default: they are opened, and left alone then
    #[arg(
        long,
        visible_alias = "skip-existing",
        help_heading = "What is there already"
    )]
    pub(crate) resume: bool,

    /// What becomes of old groups.
    #[command(flatten)]
    pub(crate) rolling: RollingArgs,

    /// How it is done.
    #[command(flatten)]
    pub(crate) effort: EffortArgs,

    /// Trusts locks on file systems where zarrio cannot know that they hold. Right where no
    /// other writer is at work, or all of them are known to exclude each other there; else
    /// data can be lost. Default: there, nothing is appended
    #[arg(long, help_heading = "How it is done")]
    pub(crate) assume_locks: bool,

    /// Prints what would be written where, and writes nothing: each file as if it were the only
    /// one. Default: the files are appended
    #[arg(long, help_heading = "What is told")]
    pub(crate) dry_run: bool,

    /// Prints the report, or with --dry-run the plan, as JSON to standard output. Default:
    /// a line for each file on standard error
    #[arg(long, help_heading = "What is told")]
    pub(crate) json: bool,
}

/// What is done about times that the archive has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum OverlapChoice {
    /// Other values are an error.
    #[default]
    Error,
    /// What is there stays.
    Keep,
    /// The file's values are taken.
    Replace,
    /// They are where the file is newer.
    ReplaceIfNewer,
}
