//! `zarrio plan`.

use std::path::PathBuf;

use clap::Args;

use super::{ChosenArgs, PlaceArgs};

const EXAMPLES: &str = "\
Examples:
  zarrio create-template 'data/*.nc' era5.zarr
  zarrio plan 'data/*.nc' era5.zarr -o plan.json
  zarrio plan --list files.txt era5.zarr -o plan.json --tasks 500
  zarrio plan 'data/*.nc' era5.zarr -o rest.json --pending
  zarrio run plan.json
  zarrio run plan.json --task-id 17

The plan is JSON, with a task on each line: 'head', 'wc -l' and 'jq' can look at it. Exit
codes: 0 done; 2 the plan is there already; 3 a file or the archive cannot be read; 4 a file
does not match the archive.";

/// Cuts the writing of many files into tasks, for workers on one machine or on many.
///
/// Each file's times are looked at, to put files that share a chunk or a shard into one task
/// where that can be. The archive is there already, by 'zarrio create-template'. What follows is
/// 'zarrio run' for each task, in any order, at once, and again; nothing goes wrong when files
/// change or tasks run twice, because each writes its files by their labels, as 'zarrio
/// write-region --resume' does.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = EXAMPLES,
    override_usage = "zarrio plan [OPTIONS] --output <PLAN> <FILE>... <ARCHIVE>\n       \
                      zarrio plan [OPTIONS] --output <PLAN> --list <LIST> <ARCHIVE>"
)]
pub(crate) struct PlanArgs {
    /// FILE: the NetCDF files, or patterns such as 'data/*.nc'; and last ARCHIVE: a directory, or
    /// a URL such as s3://bucket/era5.zarr.
    #[arg(value_name = "PATH", required = true, num_args = 1..)]
    pub(crate) paths: Vec<String>,

    /// Reads further names of files from LIST, one on each line; - is standard input. Default:
    /// those of the command line
    #[arg(long, value_name = "LIST")]
    pub(crate) list: Vec<String>,

    /// Writes the plan to PLAN; - is standard output. Paths of what lies below its directory
    /// are kept relative to it, so that both can be mounted elsewhere
    #[arg(short, long, value_name = "PLAN", required = true)]
    pub(crate) output: PathBuf,

    /// Replaces a plan that is there. Default: that is an error
    #[arg(long)]
    pub(crate) overwrite: bool,

    /// Gives each task N files, whatever chunks they share with others. Default: one, or several
    /// that share chunks
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u64).range(1..),
        group = "size",
        help_heading = "Which tasks"
    )]
    pub(crate) files_per_task: Option<u64>,

    /// Makes at most N tasks, about equal in bytes. Default: as many as there are files, or fewer
    /// where some share chunks
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u64).range(1..),
        group = "size",
        help_heading = "Which tasks"
    )]
    pub(crate) tasks: Option<u64>,

    /// Gives a task files until they have SIZE before compression, such as 10GiB. Default: one
    /// file, or several that share chunks
    #[arg(
        long,
        value_name = "SIZE",
        group = "size",
        help_heading = "Which tasks"
    )]
    pub(crate) bytes_per_task: Option<zarrio_model::ByteSize>,

    /// Leaves out files that are on record, as 'zarrio write-region --resume' does. Default:
    /// all files
    #[arg(long, help_heading = "Which tasks")]
    pub(crate) pending: bool,

    /// How places are found.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    /// Which variables.
    #[command(flatten)]
    pub(crate) chosen: ChosenArgs,

    /// Reads files by the Rust reader, the netCDF C library (c), or by the first and, what that
    /// one does not support, by the second (auto). Default: auto
    #[arg(long, value_name = "READER", help_heading = "How it is done")]
    pub(crate) reader: Option<String>,

    /// Looks at N files at once. Default: four for each processor
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u16).range(1..),
        help_heading = "How it is done"
    )]
    pub(crate) workers: Option<u16>,

    /// Prints what was planned, without the tasks, as JSON to standard output. Default: a
    /// summary for people on standard error
    #[arg(long, help_heading = "What is told")]
    pub(crate) json: bool,
}
