//! The settings of work in tasks.

use zarrio_model::NodePath;
use zarrio_model::config::PartialConfig;

use super::Flags;
use crate::args::{FinalizeArgs, PlanArgs, RunArgs};

impl Flags {
    /// The flags of `plan`.
    pub(crate) fn plan(args: &PlanArgs) -> Self {
        Self::read(|read| PartialConfig {
            time_dim: args.place.time_dim.clone(),
            reader: read.text("--reader", args.reader.as_deref()),
            ..read.chosen(&args.chosen)
        })
    }

    /// The flags of `run`, into a group that the plan names.
    pub(crate) fn run(args: &RunArgs, group: &str) -> Self {
        Self::read(|read| {
            let partial = PartialConfig {
                group: Some(NodePath::parse(group)),
                ..PartialConfig::default()
            };
            let partial = read.rounding(partial, &args.rounding);
            read.effort(partial, &args.effort)
        })
    }

    /// The flags of `finalize`, of a group that the plan names.
    pub(crate) fn finalize(args: &FinalizeArgs, group: &str) -> Self {
        Self::read(|read| {
            let partial = PartialConfig {
                group: Some(NodePath::parse(group)),
                ..PartialConfig::default()
            };
            read.reading(partial, &args.reading)
        })
    }
}
