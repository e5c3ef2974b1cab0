//! `zarrio expire`.

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  zarrio convert gfs.nc rolling.zarr --group cycle/20240101T000000
  zarrio expire rolling.zarr --rolling-archive-hours 24 --dry-run
  zarrio expire rolling.zarr --rolling-archive-hours 24
  zarrio expire rolling.zarr --rolling-archive-hours 72 --min-groups-to-keep 4 --grace 10min

The time of a group is in its name, or else in its attribute cycle_time: 20240101T060000,
2024-01-01T06:00:00 or 20240101060000, in UTC, with or without a Z. Groups without such a time
are never deleted.
Exit codes: 0 done, or nothing to be done; 1 a group could not be deleted; 2 no window is given;
3 there is no archive; 75 a group is being written: run it again.";

/// Deletes groups of a rolling archive that are older than a window.
///
/// Groups within the window stay, the newest ones in any case, and so do groups that hold newer
/// ones. Each is taken out of the metadata of the archive first, so that who opens it later finds
/// all of a group or nothing, and a command that was stopped is finished by the next one.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExpireArgs {
    /// The archive: a directory, or a URL such as s3://bucket/era5.zarr.
    #[arg(value_name = "ARCHIVE")]
    pub(crate) archive: String,

    /// Deletes groups that are older than N hours. Default: the setting
    /// rolling_archive.retention_window
    #[arg(long, value_name = "N")]
    pub(crate) rolling_archive_hours: Option<u64>,

    /// Keeps the N newest groups however old they are. Default: 1
    #[arg(long, value_name = "N")]
    pub(crate) min_groups_to_keep: Option<u32>,

    /// Names the attribute that has the time of a group whose name has none. Default: cycle_time
    #[arg(long, value_name = "NAME")]
    pub(crate) time_reference_attr: Option<String>,

    /// Looks at groups below this one. Default: the root group
    #[arg(long, value_name = "PATH")]
    pub(crate) group: Option<String>,

    /// Waits for readers that have a group open before its data are deleted, when it is no
    /// longer listed: a number with s, min, h or d. Default: 0s
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = super::clean::age, hide_default_value = true)]
    pub(crate) grace: std::time::Duration,

    /// Reckons ages from this moment, such as 2024-01-02T00:00:00Z. Default: now
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,

    /// Makes every step durable before the next one. Default: off
    #[arg(long)]
    pub(crate) fsync: bool,

    /// Tells what would be deleted, and deletes nothing. Default: it is deleted
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Prints what was done as JSON to standard output. Default: lines on standard error
    #[arg(long)]
    pub(crate) json: bool,
}
