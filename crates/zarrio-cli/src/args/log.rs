//! `zarrio log`.

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  zarrio log era5.zarr
  zarrio log era5.zarr | tail
  zarrio log era5.zarr --json | jq -r '.entries[] | select(.force != \"stands\").source.path'";

/// Shows what was written into an archive, one line for each write, the latest last.
///
/// When it was finished, from which file, to which place, and whether it still tells what the
/// archive holds or was superseded by a later write.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LogArgs {
    /// The archive: a directory, or a URL such as s3://bucket/era5.zarr.
    #[arg(value_name = "ARCHIVE")]
    pub(crate) archive: String,

    /// Shows this group of the archive and those below it. Default: the root group
    #[arg(long, value_name = "PATH")]
    pub(crate) group: Option<String>,

    /// Prints everything that the records say as JSON. Default: a line for each write
    #[arg(long)]
    pub(crate) json: bool,
}
