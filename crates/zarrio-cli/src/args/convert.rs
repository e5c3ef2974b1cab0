//! `zarrio convert`.

use clap::Args;

use super::{ArchiveArgs, EffortArgs, PackingArgs, RollingArgs};

const EXAMPLES: &str = r#"Examples:
  zarrio convert era5.nc era5.zarr
  zarrio convert era5.nc era5.zarr --chunking time:100,lat:50,lon:100 --compression zstd:5
  zarrio convert era5.nc era5.zarr --variables t2m,u10 --dry-run
  zarrio convert era5.nc era5.zarr --packing --packing-exclude tp
  zarrio convert era5.nc era5.zarr --packing --packing-manual-ranges '{"t2m":{"min":180,"max":340}}'"#;

/// Converts a NetCDF file, or a Zarr archive, to a new Zarr archive.
///
/// Values, types and attributes are carried as the file stores them. The archive becomes
/// visible when it is complete; a run that was stopped leaves nothing that looks whole, and
/// the same command starts afresh.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ConvertArgs {
    /// The NetCDF file to read: classic, 64-bit offset, CDF-5 or NetCDF-4; or a Zarr archive. A
    /// path, or a URL such as s3://bucket/era5.nc.
    #[arg(value_name = "INPUT")]
    pub(crate) input: String,

    /// Where to write the archive: a directory, or a URL such as s3://bucket/era5.zarr.
    #[arg(value_name = "OUTPUT")]
    pub(crate) output: String,

    /// What is written.
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,

    /// How values are packed.
    #[command(flatten)]
    pub(crate) packing: PackingArgs,

    /// What becomes of old groups.
    #[command(flatten)]
    pub(crate) rolling: RollingArgs,

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
