//! `zarrio config`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

const EXAMPLES: &str = "\
Examples:
  zarrio config show
  zarrio config show --config zarrio.toml
  zarrio config init zarrio.toml";

const SHOW_EXAMPLES: &str = "\
Examples:
  zarrio config show
  ZARRIO_JOBS=4 zarrio config show --config zarrio.toml";

const INIT_EXAMPLES: &str = "\
Examples:
  zarrio config init
  zarrio config init era5.toml";

/// Shows the configuration or writes a file to start from.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES, subcommand_value_name = "COMMAND", arg_required_else_help = true)]
pub(crate) struct ConfigArgs {
    /// What is to be done.
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

/// The commands about the configuration.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Prints the configuration as TOML, with the origin of each value.
    ///
    /// Built-in defaults are overlaid by the file of --config, that by the environment
    /// (ZARRIO_...), and that by flags.
    #[command(after_help = SHOW_EXAMPLES)]
    Show,
    Init(InitArgs),
}

/// Writes a commented configuration file with every key and its default.
///
/// An existing file is never replaced.
#[derive(Debug, Clone, Args)]
#[command(after_help = INIT_EXAMPLES)]
pub(crate) struct InitArgs {
    /// The file to write; - prints it to standard output. Default: zarrio.toml
    #[arg(
        value_name = "FILE",
        default_value = "zarrio.toml",
        hide_default_value = true
    )]
    pub(crate) file: PathBuf,
}
