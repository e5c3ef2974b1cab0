//! What every command has at hand.

use std::path::PathBuf;

use crate::args::{GlobalArgs, LogFormat, ProgressMode};
use crate::diagnostics::Talk;

/// The global options.
#[derive(Debug)]
pub(crate) struct Context {
    /// The configuration file.
    pub(crate) config: Option<PathBuf>,
    /// Options of object stores, as they were given.
    pub(crate) storage_options: Vec<String>,
    /// Where copies of files at URLs are kept.
    pub(crate) cache_dir: Option<String>,
    /// How much is said.
    pub(crate) verbose: u8,
    /// When progress is shown.
    pub(crate) progress: ProgressMode,
    /// Where everything is said.
    pub(crate) talk: Talk,
}

impl Context {
    pub(crate) fn new(global: &GlobalArgs) -> Self {
        Self {
            config: global.config.clone(),
            storage_options: global.storage_option.clone(),
            cache_dir: global.cache_dir.clone(),
            verbose: global.verbose,
            progress: global.progress,
            talk: Talk::new(global.quiet, global.log_format),
        }
    }

    /// Whether what is said on standard error is for people.
    pub(crate) fn for_people(&self) -> bool {
        !self.talk.quiet && self.talk.format == LogFormat::Text
    }
}
