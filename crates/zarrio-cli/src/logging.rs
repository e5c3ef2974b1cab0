//! The log on standard error: the only subscriber to what the libraries trace.

use std::io;

use indicatif::ProgressBar;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::args::LogFormat;
use crate::diagnostics;
use crate::env;
use crate::failure::Failure;

/// Starts logging.
///
/// # Errors
/// When the environment asks for levels that there are not.
pub(crate) fn start(
    verbose: u8,
    quiet: bool,
    format: LogFormat,
    bar: ProgressBar,
) -> Result<(), Failure> {
    let default = match (quiet, verbose) {
        (true, _) => "off",
        (false, 0) => "warn",
        (false, 1) => "warn,zarrio=info",
        (false, 2) => "info,zarrio=debug",
        (false, _) => "trace",
    };
    // What is a sentence for people is an event for programs; errors always are.
    let default = match (format, quiet, verbose) {
        (LogFormat::Json, true, _) => "error",
        (LogFormat::Json, false, 0) => "warn,zarrio=info",
        _ => default,
    };
    let filter = match env::read(env::LOG) {
        None => EnvFilter::new(default),
        Some(text) => EnvFilter::try_new(&text).map_err(|error| {
            Failure::usage(
                format!("{} is {text:?}: {error}", env::LOG),
                "give a level (error, warn, info, debug, trace) or levels for crates, such as warn,zarrio_region=debug",
            )
        })?,
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Stderr { bar });
    match format {
        LogFormat::Text => builder.with_target(verbose > 1).with_ansi(colours()).init(),
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .init(),
    }
    Ok(())
}

/// Whether standard error shows colours: a terminal, unless the user does not want them.
fn colours() -> bool {
    anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never
}

/// Standard error, below a progress bar that steps aside for every line.
#[derive(Debug, Clone)]
struct Stderr {
    bar: ProgressBar,
}

impl io::Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        self.bar.suspend(|| diagnostics::print(&text));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Stderr {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
