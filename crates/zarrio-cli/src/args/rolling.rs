//! Options of rolling archives.

use clap::Args;

/// What becomes of old groups after a write.
#[derive(Debug, Clone, Args)]
pub(crate) struct RollingArgs {
    /// Deletes groups of the archive that are older than N hours when all is written, as
    /// 'zarrio expire' does; those of the last N hours stay, and the newest one. Default: the
    /// settings of rolling_archive decide
    #[arg(long, value_name = "N", help_heading = "What is there already")]
    pub(crate) rolling_archive_hours: Option<u64>,
}
