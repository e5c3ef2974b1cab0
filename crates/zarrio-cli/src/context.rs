//! What every command has at hand.

use std::path::PathBuf;

use crate::args::{GlobalArgs, LogFormat, ProgressMode};
use crate::diagnostics::Talk;
use crate::failure::Failure;
use crate::{logging, progress};

/// The global options, with logging started.
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
    /// Starts logging.
    ///
    /// # Errors
    /// When the environment asks for levels that there are not.
    pub(crate) fn new(global: &GlobalArgs) -> Result<Self, Failure> {
        let (quiet, format) = (global.quiet, global.log_format);
        let bar = progress::hidden_bar();
        logging::start(global.verbose, quiet, format, bar.clone())?;
        Ok(Self {
            config: global.config.clone(),
            storage_options: global.storage_option.clone(),
            cache_dir: global.cache_dir.clone(),
            verbose: global.verbose,
            progress: global.progress,
            talk: Talk { quiet, format, bar },
        })
    }

    /// Whether what is said on standard error is for people.
    pub(crate) fn for_people(&self) -> bool {
        !self.talk.quiet && self.talk.format == LogFormat::Text
    }
}
