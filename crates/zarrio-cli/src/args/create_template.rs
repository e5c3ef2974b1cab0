//! `zarrio create-template`.

use clap::Args;

use super::{ArchiveArgs, EffortArgs, PackingArgs};

const EXAMPLES: &str = "\
Examples:
  zarrio create-template 2020.nc era5.zarr --global-start 2020-01-01 --global-end 2023-12-31
  zarrio create-template 2020.nc era5.zarr --global-end 2023-12-31 --freq 1h --dry-run
  zarrio create-template 'data/*.nc' era5.zarr --chunking time:100";

/// Creates an archive for a long time axis, to be filled region by region.
///
/// Writes all metadata, all coordinates and whatever does not extend along time; the rest
/// reads as missing until regions are written. From several files the time axis is the union
/// of theirs, and they must agree in everything else.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = EXAMPLES,
    override_usage = "zarrio create-template [OPTIONS] <TEMPLATE>... <OUTPUT>"
)]
pub(crate) struct CreateTemplateArgs {
    /// TEMPLATE: the NetCDF files to take the structure from, or patterns such as 'data/*.nc';
    /// and last OUTPUT: the directory to write the archive to, as a path or a file:// URL.
    #[arg(value_name = "PATH", required = true, num_args = 1..)]
    pub(crate) paths: Vec<String>,

    /// Takes these files too, as a path or a pattern; may be given several times. Default:
    /// none
    #[arg(long, value_name = "PATTERN")]
    pub(crate) from_files: Vec<String>,

    /// Begins the time axis at this date, or date and time. Default: the first label of the
    /// files
    #[arg(long, value_name = "TIME", help_heading = "The time axis")]
    pub(crate) global_start: Option<String>,

    /// Ends the time axis here, inclusive: 2023-12-31 is the whole day, 2023-12 the whole
    /// month. Default: the last label of the files
    #[arg(long, value_name = "TIME", help_heading = "The time axis")]
    pub(crate) global_end: Option<String>,

    /// Steps of the time axis: 1h, 3h, 15min, 1D, MS (starts of months), ME (ends), YS, or
    /// as in ISO 8601 PT3H, P1M. Default: as the labels of the files tell
    #[arg(long, value_name = "STEP", help_heading = "The time axis")]
    pub(crate) freq: Option<String>,

    /// Names the time dimension. Default: time, and where there is none, the one that CF
    /// attributes tell
    #[arg(long, value_name = "NAME", help_heading = "The time axis")]
    pub(crate) time_dim: Option<String>,

    /// What is written.
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,

    /// Gives a variable that has none a missing value, as which unwritten data read; may be
    /// given several times. Default: unwritten data of such variables read as 0
    #[arg(
        long,
        value_name = "NAME=VALUE",
        allow_hyphen_values = true,
        help_heading = "What is written"
    )]
    pub(crate) fill: Vec<String>,

    /// Writes metadata, coordinates and what does not extend along time only. This is the
    /// default
    #[arg(long, conflicts_with = "compute", help_heading = "What is written")]
    pub(crate) metadata_only: bool,

    /// Writes missing values everywhere too, which takes the time and room of the whole
    /// archive. Default: metadata only
    #[arg(long, help_heading = "What is written")]
    pub(crate) compute: bool,

    /// Refuses an archive that would have more objects. Default: 1000000
    #[arg(long, value_name = "N", help_heading = "What is written")]
    pub(crate) max_objects: Option<u64>,

    /// How values are packed. The range is fixed here for all regions.
    #[command(flatten)]
    pub(crate) packing: PackingArgs,

    /// How it is done.
    #[command(flatten)]
    pub(crate) effort: EffortArgs,

    /// Prints what would be written, and writes nothing. Default: the archive is written
    #[arg(long, help_heading = "What is told")]
    pub(crate) dry_run: bool,

    /// Prints the report, or with --dry-run the plan, as JSON to standard output. Default:
    /// a summary for people on standard error
    #[arg(long, help_heading = "What is told")]
    pub(crate) json: bool,
}
