//! What every command has at hand.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::args::{GlobalArgs, LogFormat, ProgressMode};
use crate::diagnostics::Talk;
use crate::failure::Failure;
use crate::{env, logging, progress};

/// The global options, settled from flags and environment, with logging started.
#[derive(Debug)]
pub(crate) struct Context {
    /// The configuration file.
    pub(crate) config: Option<PathBuf>,
    /// How much is said.
    pub(crate) verbose: u8,
    /// When progress is shown.
    pub(crate) progress: ProgressMode,
    /// Where everything is said.
    pub(crate) talk: Talk,
}

impl Context {
    /// Settles the options and starts logging.
    ///
    /// # Errors
    /// When the environment holds a value that is none.
    pub(crate) fn new(global: &GlobalArgs) -> Result<Self, Failure> {
        let format = word(global.log_format, env::LOG_FORMAT)?;
        let progress = word(global.progress, env::PROGRESS)?;
        let bar = progress::hidden_bar();
        logging::start(global.verbose, global.quiet, format, bar.clone())?;
        Ok(Self {
            config: global
                .config
                .clone()
                .or_else(|| env::read(env::CONFIG).map(PathBuf::from)),
            verbose: global.verbose,
            progress,
            talk: Talk {
                quiet: global.quiet,
                format,
                bar,
            },
        })
    }

    /// Whether what is said on standard error is for people.
    pub(crate) fn for_people(&self) -> bool {
        !self.talk.quiet && self.talk.format == LogFormat::Text
    }
}

/// The flag, or else the environment variable, or else the default.
fn word<T: ValueEnum + Default>(flag: Option<T>, variable: &str) -> Result<T, Failure> {
    if let Some(value) = flag {
        return Ok(value);
    }
    let Some(text) = env::read(variable) else {
        return Ok(T::default());
    };
    T::from_str(&text, true).map_err(|_| {
        let words = T::value_variants()
            .iter()
            .filter_map(ValueEnum::to_possible_value);
        let words: Vec<String> = words.map(|word| word.get_name().to_owned()).collect();
        Failure::usage(
            format!("{variable}: {text:?} is not among the possible values"),
            format!("set it to one of {}, or unset it", words.join(", ")),
        )
    })
}
