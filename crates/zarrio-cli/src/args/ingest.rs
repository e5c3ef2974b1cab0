//! `zarrio ingest`.

use clap::Args;

use super::{ArchiveArgs, EffortArgs, PackingArgs, PlaceArgs, RuleArgs, TemplateArgs};

const EXAMPLES: &str = "\
Examples:
  zarrio ingest 'data/*.nc' era5.zarr
  zarrio ingest 'data/*.nc' era5.zarr --chunking time:100 --global-end 2030-12-31 --workers 8
  zarrio ingest 'data/*.nc' era5.zarr --dry-run

It is 'zarrio create-template' from all files, where there is no archive yet, and then 'zarrio
write-region --resume' with all of them. Run it again after a stop, or with further files: what
is on record is skipped. Exit codes: 0 done; 7 some files failed, the rest is done; 75 only
temporary trouble: run it again; others as for those two.";

/// Makes one archive from many files: its template where there is none, then all the regions.
///
/// Several files are written at once. What fails with one file is told at the end, and the
/// others are written all the same; run again, it goes on where it was.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = EXAMPLES,
    override_usage = "zarrio ingest [OPTIONS] <FILE>... <ARCHIVE>"
)]
pub(crate) struct IngestArgs {
    /// FILE: the NetCDF files, or patterns such as 'data/*.nc'; and last ARCHIVE: a directory, or
    /// a URL such as s3://bucket/era5.zarr.
    #[arg(value_name = "PATH", required = true, num_args = 1..)]
    pub(crate) paths: Vec<String>,

    /// The archive that is made.
    #[command(flatten)]
    pub(crate) template: TemplateArgs,

    /// Where each file goes.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    /// What is written.
    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,

    /// How values are packed in an archive that is made.
    #[command(flatten)]
    pub(crate) packing: PackingArgs,

    /// What is there already.
    #[command(flatten)]
    pub(crate) rules: RuleArgs,

    /// Writes N files at once, which share threads and memory. Default: one for each
    /// processor
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u16).range(1..),
        help_heading = "How it is done"
    )]
    pub(crate) workers: Option<u16>,

    /// How it is done.
    #[command(flatten)]
    pub(crate) effort: EffortArgs,

    /// Trusts locks on file systems where zarrio cannot know that they hold. Default: chunks
    /// that are shared are refused there
    #[arg(long, help_heading = "How it is done")]
    pub(crate) assume_locks: bool,

    /// Prints the plan of a new archive, or where each file would go, and writes nothing.
    /// Default: it is done
    #[arg(long, help_heading = "What is told")]
    pub(crate) dry_run: bool,

    /// Prints the report, or with --dry-run the plan, as JSON to standard output. Default: a
    /// summary for people on standard error
    #[arg(long, help_heading = "What is told")]
    pub(crate) json: bool,
}
