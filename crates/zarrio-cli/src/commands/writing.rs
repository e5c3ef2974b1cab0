//! Writing under the eyes of the user, who may stop it.

use zarrio_model::config::Config;
use zarrio_region::{CancelToken, Converter, RegionError};
use zarrio_store::{Requests, Store};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::place::{self, Place, Use};
use crate::progress::Progress;
use crate::signals::Watch;

/// Does the work of a converter in the store at `target`, with its progress shown, and tells how
/// many requests that took of a server.
///
/// # Errors
/// Those of the work, and that it was stopped.
pub(super) fn run<'c, T>(
    converter: &Converter<'c>,
    target: &Place,
    config: &Config,
    context: &Context,
    work: impl FnOnce(&Converter<'_>, &dyn Store) -> Result<T, RegionError>,
) -> Result<(T, Option<Requests>), Failure> {
    let token = CancelToken::default();
    let how = Use {
        fsync: place::fsync(config),
        token: Some(&token),
        ..Use::default()
    };
    let store = target.open(config, &how)?;
    let watch = Watch::start(context.talk.clone(), token.clone()).map_err(|error| {
        let error = anyhow::Error::new(error).context("cannot handle signals");
        Failure::new(Exit::Failed, error, None)
    })?;
    let progress = Progress::start(context);
    let watched = converter.clone().observer(&progress).cancel(token.clone());
    let done = work(&watched, &*store);
    progress.finish();
    let requests = store.requests();
    done.map(|done| (done, requests))
        .map_err(|error| match error {
            RegionError::Interrupted => Failure::new(
                watch.exit(),
                anyhow::Error::msg(format!("stopped before {target} was complete")),
                Some("run the same command again; it starts afresh".into()),
            ),
            error => error.into(),
        })
}
