//! `zarrio digest`.

use clap::Args;

use super::ReadingArgs;

const EXAMPLES: &str = "\
Examples:
  zarrio digest era5.zarr
  zarrio digest era5.zarr t2m forecast/rain
  diff <(zarrio digest a.zarr) <(zarrio digest b.zarr)";

/// Prints a digest of each variable that depends on its values alone.
///
/// It is the same however an archive is cut into chunks, encoded and stored, so that two
/// archives can be shown to hold the same values. Everything is read for it.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DigestArgs {
    /// The archive: a directory, or a URL such as s3://bucket/era5.zarr.
    #[arg(value_name = "ARCHIVE", required = true)]
    pub(crate) archive: String,

    /// The variables, those of groups with their path. Default: all
    #[arg(value_name = "VARIABLE")]
    pub(crate) variables: Vec<String>,

    /// Looks at this group of the archive. Default: the root group, and all below it
    #[arg(long, value_name = "PATH")]
    pub(crate) group: Option<String>,

    /// How it is done.
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,

    /// Prints the digests as JSON. Default: a line for each variable
    #[arg(long)]
    pub(crate) json: bool,
}
