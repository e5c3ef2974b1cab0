//! How a command reads.

use clap::Args;

/// How a command reads.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReadingArgs {
    /// Reads files by the Rust reader, the netCDF C library (c), or by the first and, what that
    /// one does not support, by the second (auto). Choose rust for files that you do not trust.
    /// Default: auto
    #[arg(long, value_name = "READER", help_heading = "How it is done")]
    pub(crate) reader: Option<String>,

    /// Uses at most N threads to decode and encode. Default: one for each processor
    #[arg(
        long,
        value_name = "N",
        allow_hyphen_values = true,
        help_heading = "How it is done"
    )]
    pub(crate) jobs: Option<String>,

    /// Keeps all buffers together within SIZE, such as 512MiB. Default: 1GiB, or a quarter of
    /// the machine's memory if that is less
    #[arg(long, value_name = "SIZE", help_heading = "How it is done")]
    pub(crate) memory: Option<String>,
}
