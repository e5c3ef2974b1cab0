//! `zarrio status`.

use std::path::PathBuf;

use clap::Args;

use super::tasks::StripeArgs;

const EXAMPLES: &str = "\
Examples:
  zarrio status era5.zarr
  zarrio status era5.zarr --require-complete && ./publish.sh
  zarrio status era5.zarr --json | jq '.variables[] | select(.path == \"t2m\").stretches'
  COLUMNS=200 zarrio status era5.zarr > status.txt
  zarrio status era5.zarr --watch
  zarrio status --pending-ids plan.json

Exit codes: 0 done; 3 there is no archive, or it cannot be read; 6 it is not complete, with
--require-complete.";

/// Shows what an archive has of what it should have, and what is missing.
///
/// For each variable, along the dimension by which the archive grows: what was written, what was
/// written and is all missing, what was declared to have no data, and what is absent. It is
/// computed from the records that writers leave and from the chunks that are there; no chunk is
/// read.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = EXAMPLES,
    override_usage = "zarrio status [OPTIONS] <ARCHIVE>\n       \
                      zarrio status --pending-ids <PLAN>"
)]
pub(crate) struct StatusArgs {
    /// The archive: a directory, or a URL such as s3://bucket/era5.zarr.
    #[arg(value_name = "ARCHIVE", required_unless_present = "pending_ids")]
    pub(crate) archive: Option<String>,

    /// Looks at this group of the archive and those below it. Default: the root group
    #[arg(long, value_name = "PATH")]
    pub(crate) group: Option<String>,

    /// Names the dimension along which the archive grows. Default: time, and where there is
    /// none, the one whose labels are times
    #[arg(long, value_name = "NAME")]
    pub(crate) time_dim: Option<String>,

    /// Ends with exit code 6 where something is absent or a record is damaged; declared gaps
    /// are complete. Default: the code does not depend on it
    #[arg(long)]
    pub(crate) require_complete: bool,

    /// Shows it again every SECONDS until the archive is complete or the command is stopped.
    /// Default of SECONDS: 10
    #[arg(
        long,
        value_name = "SECONDS",
        num_args = 0..=1,
        default_missing_value = "10",
        value_parser = clap::value_parser!(u32).range(1..),
        conflicts_with = "json"
    )]
    pub(crate) watch: Option<u32>,

    /// Prints only the numbers of those tasks of PLAN that are not done, such as 3,7-9, or
    /// nothing. Default: what the archive has
    #[arg(
        long,
        value_name = "PLAN",
        conflicts_with_all = ["archive", "group", "time_dim", "require_complete", "watch", "json"]
    )]
    pub(crate) pending_ids: Option<PathBuf>,

    /// How tasks are counted.
    #[command(flatten)]
    pub(crate) stripes: StripeArgs,

    /// Prints everything as JSON. Default: pictures and tables for people
    #[arg(long)]
    pub(crate) json: bool,
}
