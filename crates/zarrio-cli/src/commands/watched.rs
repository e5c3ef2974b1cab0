//! Reading under the eyes of the user, who may stop it.

use zarrio_model::config::Config;
use zarrio_region::{CancelToken, Converter, RegionError};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::signals::Watch;

/// Does work with its progress shown.
///
/// # Errors
/// Those of the work, and that it was stopped.
pub(super) fn run<T>(
    config: &Config,
    context: &Context,
    work: impl FnOnce(&Converter<'_>, &Progress) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let token = CancelToken::default();
    let watch = Watch::start(context.talk.clone(), token.clone()).map_err(|error| {
        let error = anyhow::Error::new(error).context("cannot handle signals");
        Failure::new(Exit::Failed, error, None)
    })?;
    let progress = Progress::start(context);
    let converter = Converter::new(config.clone())
        .observer(&progress)
        .cancel(token);
    let done = work(&converter, &progress);
    progress.finish();
    done.map_err(|failure| match failure.exit {
        Exit::Interrupted => Failure::new(
            watch.exit(),
            RegionError::Interrupted,
            Some("run the same command again; it starts afresh".into()),
        ),
        _ => failure,
    })
}
