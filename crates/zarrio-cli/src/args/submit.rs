//! `zarrio submit`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::tasks::StripeArgs;

const EXAMPLES: &str = "\
Examples:
  zarrio submit plan.json --engine slurm
  zarrio submit plan.json --engine slurm --partition main --time 2:00:00 --array-limit 50
  zarrio submit plan.json --engine slurm --cpus 4 --dry-run
  zarrio submit plan.json --engine slurm --array \"$(zarrio status --pending-ids plan.json)\"
  zarrio submit plan.json --engine slurm -- --check encoded --fsync
  zarrio submit /data/plan.json --engine kubernetes --image zarrio:1 --volume data:/data

What stands behind -- is given to 'zarrio run'. Exit codes: 0 it is submitted; 1 the engine
refused it; 2 the command line is wrong; 3 the plan or the archive cannot be read.";

/// Hands the tasks of a plan to a batch system.
///
/// For Slurm an array job is written and submitted, and 'zarrio finalize' behind it, which says
/// what is not done. A task that ends with temporary trouble or is killed is queued again, up to
/// three times. For Kubernetes an Indexed Job is made, by kubectl. zarrio needs no part of itself
/// running meanwhile.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SubmitArgs {
    /// The plan, which 'zarrio plan' has made.
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,

    /// The batch system: slurm or kubernetes.
    #[arg(long, value_name = "ENGINE", value_enum, hide_possible_values = true)]
    pub(crate) engine: Engine,

    /// How tasks are counted.
    #[command(flatten)]
    pub(crate) stripes: StripeArgs,

    /// Submits these tasks only, as in 3,7-9; nothing where there are none. Default: all
    #[arg(long, value_name = "IDS", help_heading = "Which tasks")]
    pub(crate) array: Option<String>,

    /// Runs at most N tasks at once. Default: the engine decides
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..),
        help_heading = "Which tasks"
    )]
    pub(crate) array_limit: Option<u32>,

    /// Runs this container image, which has zarrio in it; for Kubernetes. Default: none
    #[arg(long, value_name = "IMAGE", help_heading = "Containers")]
    pub(crate) image: Option<String>,

    /// Makes the job in this namespace; for Kubernetes. Default: that of kubectl
    #[arg(long, value_name = "NAME", help_heading = "Containers")]
    pub(crate) namespace: Option<String>,

    /// Mounts a persistent volume claim, such as data:/data; may be given several times; for
    /// Kubernetes. Default: none
    #[arg(long, value_name = "CLAIM:/PATH", help_heading = "Containers")]
    pub(crate) volume: Vec<String>,

    /// Puts what a secret has into the environment, such as the credentials of an object store;
    /// may be given several times; for Kubernetes. Default: none
    #[arg(long, value_name = "NAME", help_heading = "Containers")]
    pub(crate) secret: Vec<String>,

    /// Says where the plan is in the container; for Kubernetes. Default: where it is here
    #[arg(long, value_name = "PATH", help_heading = "Containers")]
    pub(crate) plan_path: Option<String>,

    /// Asks for this partition, of Slurm. Default: that of the site
    #[arg(long, value_name = "NAME", help_heading = "What a task gets")]
    pub(crate) partition: Option<String>,

    /// Asks for this time, as Slurm writes it. Default: that of the site
    #[arg(long, value_name = "TIME", help_heading = "What a task gets")]
    pub(crate) time: Option<String>,

    /// Asks for this memory, such as 4GiB, of which three quarters are given to buffers.
    /// Default: what the plan tells for so many processors
    #[arg(long, value_name = "SIZE", help_heading = "What a task gets")]
    pub(crate) mem: Option<zarrio_model::ByteSize>,

    /// Asks for N processors, and uses as many threads. Default: 1
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        hide_default_value = true,
        value_parser = clap::value_parser!(u32).range(1..),
        help_heading = "What a task gets"
    )]
    pub(crate) cpus: u32,

    /// Gives the engine a further option, such as --account=climate; may be given several
    /// times. Default: none
    #[arg(
        long,
        value_name = "OPTION",
        allow_hyphen_values = true,
        help_heading = "What a task gets"
    )]
    pub(crate) engine_option: Vec<String>,

    /// Runs COMMAND in a job of its own before the tasks, such as a create-template; they start
    /// when it has succeeded. Default: nothing
    #[arg(long, value_name = "COMMAND", help_heading = "How it is done")]
    pub(crate) before: Option<String>,

    /// Starts zarrio by COMMAND, such as 'apptainer exec zarrio.sif zarrio'. Default: this
    /// program, by its path
    #[arg(long, value_name = "COMMAND", help_heading = "How it is done")]
    pub(crate) program: Option<String>,

    /// Puts scripts and logs into DIR. Default: a directory beside the plan, named after it
    #[arg(long, value_name = "DIR", help_heading = "How it is done")]
    pub(crate) logs: Option<PathBuf>,

    /// Prints the scripts, or the manifest, and submits nothing. Default: they are submitted
    #[arg(long, help_heading = "What is told")]
    pub(crate) dry_run: bool,

    /// Options of 'zarrio run' for every task.
    #[arg(value_name = "OPTIONS", last = true, allow_hyphen_values = true)]
    pub(crate) run_options: Vec<String>,
}

/// A batch system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// Slurm.
    Slurm,
    /// Kubernetes.
    Kubernetes,
}
