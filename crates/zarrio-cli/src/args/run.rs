//! `zarrio run`.

use std::path::PathBuf;

use clap::Args;

use super::tasks::StripeArgs;
use super::{EffortArgs, RoundingArgs, RuleArgs};

const EXAMPLES: &str = "\
Examples:
  zarrio run plan.json
  zarrio run plan.json --workers 8
  zarrio run plan.json --task-id 17
  zarrio run plan.json --task-id 3 --task-count 40
  zarrio run plan.json --task-id \"$SLURM_ARRAY_TASK_ID\" --jobs 1 --memory 1GiB
  zarrio run plan.json --task-id auto
  seq 0 99 | parallel -j 8 --retries 3 --joblog log zarrio run plan.json --task-id {}

Exit codes: 0 done, or already done; 75 temporary trouble, and those of signals (130, 137,
143): run it again; 3, 4, 7 and all others: do not, before somebody has looked.";

/// Does the tasks of a plan, or one of them.
///
/// Each file goes to the place that its labels tell, as with 'zarrio write-region --resume':
/// what is on record is skipped, so that any task may run at any time, twice, and beside any
/// other. With --task-id one task is done, as engines that hand out numbers want it; what fails
/// with one file does not stop the others.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RunArgs {
    /// The plan, which 'zarrio plan' has made.
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,

    /// Does task N only, from 0; or the one whose number a variable of the environment has
    /// (env:NAME), or that of the engine that is found (auto). Default: all tasks
    #[arg(long, value_name = "N", help_heading = "Which tasks")]
    pub(crate) task_id: Option<String>,

    /// How tasks are counted.
    #[command(flatten)]
    pub(crate) stripes: StripeArgs,

    /// How values become packed ones.
    #[command(flatten)]
    pub(crate) rounding: RoundingArgs,

    /// What is there already.
    #[command(flatten)]
    pub(crate) rules: RuleArgs,

    /// Does N tasks at once, which share threads and memory. Default: one for each processor
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

    /// Prints where each file would go, and writes nothing. Default: the files are written
    #[arg(long, help_heading = "What is told")]
    pub(crate) dry_run: bool,

    /// Prints the report, or with --dry-run the plan of each file, as JSON to standard output.
    /// Default: a line for each file on standard error
    #[arg(long, help_heading = "What is told")]
    pub(crate) json: bool,
}
