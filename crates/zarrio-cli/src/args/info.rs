//! `zarrio info`.

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  zarrio info era5.nc
  zarrio info era5.zarr --attributes
  zarrio info rolling.zarr --group cycle/20240101T000000
  zarrio info era5.zarr --json | jq .raw_bytes";

/// Shows what a NetCDF file or a Zarr archive contains.
///
/// Dimensions, coordinates with the time they cover, and variables with their types, chunks,
/// codecs and sizes.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct InfoArgs {
    /// The NetCDF file, or a Zarr archive or a group in one: a path, or a URL such as
    /// s3://bucket/era5.zarr.
    #[arg(value_name = "PATH")]
    pub(crate) path: String,

    /// Shows this group of an archive and those below it. Default: the root group
    #[arg(long, value_name = "PATH")]
    pub(crate) group: Option<String>,

    /// Shows the attributes of variables and groups too. Default: they are left out of the
    /// table
    #[arg(long)]
    pub(crate) attributes: bool,

    /// Prints everything, attributes included, as JSON. Default: a table for people
    #[arg(long)]
    pub(crate) json: bool,

    /// Reads a NetCDF file by the Rust reader, the netCDF C library (c), or by the first and,
    /// what that one does not support, by the second (auto). Default: auto
    #[arg(long, value_name = "READER")]
    pub(crate) reader: Option<String>,
}
