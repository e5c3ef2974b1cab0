//! Which tasks of a plan are meant.

use clap::Args;

/// How tasks are counted.
#[derive(Debug, Clone, Args)]
pub(crate) struct StripeArgs {
    /// Counts in K stripes, each about as many tasks of the plan that follow each other, as for
    /// engines that do not take so many tasks. Default: each task by itself, and for submit 1,000
    /// stripes where there are more tasks than that
    #[arg(
        long,
        value_name = "K",
        value_parser = clap::value_parser!(u64).range(1..=1_000_000),
        help_heading = "Which tasks"
    )]
    pub(crate) task_count: Option<u64>,
}
