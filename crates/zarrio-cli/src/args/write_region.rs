//! `zarrio write-region`.

use clap::Args;
use zarrio_region::NamedRegion;

use super::{EffortArgs, PlaceArgs, RollingArgs, RuleArgs, WrittenArgs};

const EXAMPLES: &str = "\
Examples:
  zarrio create-template 2020-01.nc era5.zarr --global-end 2023-12-31
  zarrio write-region 2020-01.nc era5.zarr
  zarrio write-region 'data/2020-*.nc' era5.zarr
  zarrio write-region 2020-02.nc era5.zarr --dry-run
  ls data/*.nc | xargs -P 8 -I {} zarrio write-region {} era5.zarr --jobs 1
  zarrio write-region patch.nc era5.zarr --region time=0:100,lat=0:50
  zarrio write-region 'data/*.nc' era5.zarr --resume --workers 4

The archive comes first: 'zarrio create-template' makes it for the whole time range. Then any
number of these commands may run at once, on one machine or many, in any order, and again.
Exit codes: 0 done; 3 a file or the archive cannot be read; 4 a file does not match the
archive; 6 what was stored is not what was meant; 7 some files failed, the rest is done; 75
only temporary trouble: run it again.";

/// Writes files into their places in an archive, beside any number of other writers.
///
/// Where a file goes is told by its coordinates: each of its times, and each label along any
/// other dimension, must be exactly one of the archive; nothing is moved to the nearest one.
/// All that can be found wrong is found before the file's first byte is written. A chunk
/// that holds data of others too is merged with them, the metadata of the archive are never
/// written, and a command that was stopped is run again.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct WriteRegionArgs {
    /// The NetCDF files to write, one after the other, or patterns such as 'data/*.nc'; Zarr
    /// archives too, in directories or at URLs.
    #[arg(value_name = "FILE", required = true, num_args = 1..)]
    pub(crate) files: Vec<String>,

    /// The archive: a directory, or a URL such as s3://bucket/era5.zarr.
    #[arg(value_name = "ARCHIVE", required = true)]
    pub(crate) archive: String,

    /// Writes to these positions, half-open and from 0, as in time=0:100,lat=0:50; either end
    /// may be left out. Where there are labels they must agree. Default: the labels decide
    #[arg(long, value_name = "DIM=A:B,...", help_heading = "Where it goes")]
    pub(crate) region: Option<NamedRegion>,

    /// Where the rest is found.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    /// What is written.
    #[command(flatten)]
    pub(crate) written: WrittenArgs,

    /// Skips files that are on record for all that they would write: same name, size and time
    /// of modification. Default: they are written again, with the same bytes
    #[arg(
        long,
        visible_alias = "skip-existing",
        help_heading = "What is there already"
    )]
    pub(crate) resume: bool,

    /// With --resume, reads files that are on record too, and writes those whose values are not
    /// what the record says. Default: name, size and time of modification decide, and the
    /// values only where these differ
    #[arg(long, requires = "resume", help_heading = "What is there already")]
    pub(crate) check_digest: bool,

    /// What is there already.
    #[command(flatten)]
    pub(crate) rules: RuleArgs,

    /// Writes N files at once, which share threads and memory. Default: 1
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u16).range(1..),
        help_heading = "How it is done"
    )]
    pub(crate) workers: Option<u16>,

    /// What becomes of old groups.
    #[command(flatten)]
    pub(crate) rolling: RollingArgs,

    /// How it is done.
    #[command(flatten)]
    pub(crate) effort: EffortArgs,

    /// Trusts locks on file systems where zarrio cannot know that they hold. Right where no
    /// other writer is at work, or all of them are known to exclude each other there; else
    /// data can be lost. Default: chunks that are shared are refused there
    #[arg(long, help_heading = "How it is done")]
    pub(crate) assume_locks: bool,

    /// Prints what would be written where, and writes nothing. Default: the files are written
    #[arg(long, help_heading = "What is told")]
    pub(crate) dry_run: bool,

    /// Prints the report, or with --dry-run the plan, as JSON to standard output. Default:
    /// a line for each file on standard error
    #[arg(long, help_heading = "What is told")]
    pub(crate) json: bool,
}
