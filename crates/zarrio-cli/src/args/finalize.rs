//! `zarrio finalize`.

use std::path::PathBuf;

use clap::Args;

use super::ReadingArgs;
use super::tasks::StripeArgs;

const EXAMPLES: &str = "\
Examples:
  zarrio finalize plan.json
  zarrio finalize plan.json --full
  zarrio finalize plan.json --task-count 40
  zarrio finalize plan.json --json | jq -r .unfinished

Run tasks that are not done again, as 'zarrio run plan.json' does with all of them, or
  zarrio submit plan.json --engine slurm --array \"$(zarrio status --pending-ids plan.json)\"
Exit codes: 0 all is done and as it should be; 3 the archive cannot be read; 6 a task is not
done, or something is not as it should be.";

/// Says whether all tasks of a plan are done, and proves what the archive holds.
///
/// The archive's records tell which files are written, whoever wrote them; the numbers of tasks
/// that are not done are printed as engines take them, such as 3,7-9. Then the archive is
/// looked at as 'zarrio verify --quick' does. Nothing is written, so that it may run at any
/// time, and again.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct FinalizeArgs {
    /// The plan, which 'zarrio plan' has made.
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,

    /// How tasks are counted.
    #[command(flatten)]
    pub(crate) stripes: StripeArgs,

    /// Reads every chunk and takes its numbers and digests again, as 'zarrio verify' does.
    /// Default: structure, names, sizes and the heads of chunks are looked at
    #[arg(long, help_heading = "How thoroughly")]
    pub(crate) full: bool,

    /// How it is done.
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,

    /// Prints the report as JSON to standard output. Default: a table for people
    #[arg(long, help_heading = "What is told")]
    pub(crate) json: bool,
}
