//! The log on standard error: the only subscriber to what the libraries trace.

use std::io;

use indicatif::ProgressBar;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::args::LogFormat;
use crate::diagnostics::{self, Talk};
use crate::env;
use crate::failure::Failure;

/// Starts logging. Where it fails the log is as if the environment asked for nothing, so that
/// the failure can be told.
///
/// # Errors
/// When the environment asks for levels that there are not.
pub(crate) fn start(verbose: u8, talk: &Talk) -> Result<(), Failure> {
    let (quiet, format) = (talk.quiet, talk.format);
    // What is a sentence for people is an event for programs; errors always are. A certificate
    // that is not believed is told once, and not with every attempt.
    let default = match (format, quiet, verbose) {
        (LogFormat::Text, true, _) => "off",
        (LogFormat::Json, true, _) => "error,rustls_platform_verifier=off",
        (LogFormat::Text, false, 0) => "warn,rustls_platform_verifier=off",
        (_, false, 0 | 1) => "warn,rustls_platform_verifier=off,zarrio=info",
        (_, false, 2) => "info,zarrio=debug",
        (_, false, _) => "trace",
    };
    let asked = env::read(env::LOG).map(|text| {
        EnvFilter::try_new(&text).map_err(|error| {
            Failure::usage(
                format!("{} is {text:?}: {error}", env::LOG),
                "give a level (error, warn, info, debug, trace) or levels for crates, such as warn,zarrio_region=debug",
            )
        })
    });
    let (filter, started) = match asked {
        Some(Ok(filter)) => (filter, Ok(())),
        Some(Err(failure)) => (EnvFilter::new(default), Err(failure)),
        None => (EnvFilter::new(default), Ok(())),
    };
    let bar = talk.bar.clone();
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
    started
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
