//! The flags of rolling archives.

use zarrio_model::NodePath;
use zarrio_model::config::{PartialConfig, RetentionWindow};

use super::{Flags, Reader};
use crate::args::{ExpireArgs, RollingArgs};

const HOURS: &str = "--rolling-archive-hours";

impl Flags {
    /// The flags of `expire`.
    pub(crate) fn expire(args: &ExpireArgs) -> Self {
        Self::read(|read| {
            let partial = PartialConfig {
                group: args.group.as_deref().map(NodePath::parse),
                rolling_archive_min_groups_to_keep: args.min_groups_to_keep,
                rolling_archive_time_reference_attr: args.time_reference_attr.clone(),
                fsync: args.fsync.then_some(true),
                ..PartialConfig::default()
            };
            read.window(partial, args.rolling_archive_hours)
        })
    }
}

impl Reader<'_> {
    /// What becomes of old groups, over what is known already.
    pub(super) fn rolling(&mut self, partial: PartialConfig, args: &RollingArgs) -> PartialConfig {
        self.window(partial, args.rolling_archive_hours)
    }

    fn window(&mut self, partial: PartialConfig, hours: Option<u64>) -> PartialConfig {
        let text = hours.map(|hours| hours.to_string());
        let window = self.with(HOURS, text.as_deref(), |_| {
            RetentionWindow::from_hours(hours.unwrap_or_default())
        });
        PartialConfig {
            rolling_archive_enabled: window.map(|_| true),
            rolling_archive_retention_window: window,
            ..partial
        }
    }
}
