//! Work under the eyes of the user, who may stop it.

use zarrio_model::config::Config;
use zarrio_region::{CancelToken, Converter};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::signals::Watch;

/// Does work that only reads, with its progress shown.
///
/// # Errors
/// Those of the work, and that it was stopped.
pub(super) fn run<T>(
    config: &Config,
    context: &Context,
    work: impl FnOnce(&Converter<'_>, &Progress) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let converter = Converter::new(config.clone());
    by(
        converter,
        context,
        "interrupted",
        |converter, _, progress| work(converter, progress),
    )
}

/// Does the work of a converter, with its progress shown.
///
/// # Errors
/// Those of the work, and that it was stopped.
pub(super) fn by<T>(
    converter: Converter<'_>,
    context: &Context,
    stopped: &str,
    work: impl FnOnce(&Converter<'_>, &CancelToken, &Progress) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let token = CancelToken::default();
    let watch = Watch::start(context, &token)?;
    let progress = Progress::start(context);
    let converter = converter.observer(&progress).cancel(token.clone());
    let done = work(&converter, &token, &progress);
    progress.finish();
    done.map_err(|failure| match failure.exit {
        Exit::Interrupted => Failure::new(
            watch.exit(),
            anyhow::Error::msg(stopped.to_owned()),
            Some("run the same command again; it starts afresh".into()),
        ),
        _ => failure,
    })
}
