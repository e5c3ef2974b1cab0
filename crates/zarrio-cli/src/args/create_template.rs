//! `zarrio create-template`.

use clap::Args;

use super::{ArchiveArgs, EffortArgs, PackingArgs, TemplateArgs};

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
    /// and last OUTPUT: where to write the archive, a directory or a URL such as
    /// s3://bucket/era5.zarr.
    #[arg(value_name = "PATH", required = true, num_args = 1..)]
    pub(crate) paths: Vec<String>,

    /// Takes these files too, as a path or a pattern; may be given several times. Default:
    /// none
    #[arg(long, value_name = "PATTERN")]
    pub(crate) from_files: Vec<String>,

    /// What it is like as a whole.
    #[command(flatten)]
    pub(crate) template: TemplateArgs,

    /// Names the time dimension. Default: time, and where there is none, the one that CF
    /// attributes tell
    #[arg(long, value_name = "NAME", help_heading = "A new archive")]
    pub(crate) time_dim: Option<String>,

    /// What is written.
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,

    /// Writes metadata, coordinates and what does not extend along time only. This is the
    /// default
    #[arg(long, conflicts_with = "compute", help_heading = "What is written")]
    pub(crate) metadata_only: bool,

    /// Writes missing values everywhere too, which takes the time and room of the whole
    /// archive. Default: metadata only
    #[arg(long, help_heading = "What is written")]
    pub(crate) compute: bool,

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
