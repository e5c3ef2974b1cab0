//! The settings of work in tasks.

use zarrio_model::NodePath;
use zarrio_model::config::PartialConfig;

use super::Flags;
use crate::args::{FinalizeArgs, PlanArgs, RunArgs};

impl Flags {
    /// The flags of `plan`.
    pub(crate) fn plan(args: &PlanArgs) -> Self {
        Self::read(|read| PartialConfig {
            group: args.group.as_deref().map(NodePath::parse),
            time_dim: args.place.time_dim.clone(),
            skip_unsupported: args.skip_unsupported.then_some(true),
            reader: read.text("--reader", args.reader.as_deref()),
            ..read.names(args.variables.as_deref(), args.drop_variables.as_deref())
        })
    }

    /// The flags of `run`, into a group that the plan names.
    pub(crate) fn run(args: &RunArgs, group: &str) -> Self {
        Self::read(|read| {
            let partial = PartialConfig {
                group: Some(NodePath::parse(group)),
                packing_enabled: args.packing.then_some(true),
                packing_range_exceeded_action: read
                    .region_action(args.packing_range_exceeded_action.as_deref()),
                ..PartialConfig::default()
            };
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
