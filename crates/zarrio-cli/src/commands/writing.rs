//! Writing under the eyes of the user, who may stop it.

use zarrio_model::config::Config;
use zarrio_region::{Converter, RegionError};
use zarrio_store::{Requests, Store};

use super::watched;
use crate::context::Context;
use crate::failure::Failure;
use crate::place::{self, Place, Use};

/// Does the work of a converter in the store at `target`, with its progress shown, and tells how
/// many requests that took of a server.
///
/// # Errors
/// Those of the work, and that it was stopped.
pub(super) fn run<T>(
    converter: Converter<'_>,
    target: &Place,
    config: &Config,
    context: &Context,
    work: impl FnOnce(&Converter<'_>, &dyn Store) -> Result<T, RegionError>,
) -> Result<(T, Option<Requests>), Failure> {
    let stopped = format!("stopped before {target} was complete");
    watched::by(converter, context, &stopped, |converter, token, _| {
        let how = Use {
            fsync: place::fsync(config),
            token: Some(token),
            ..Use::default()
        };
        let store = target.open(config, &how)?;
        let done = work(converter, &*store)?;
        Ok((done, store.requests()))
    })
}

/// Tells of a dry run that its plan is carried out already.
pub(super) fn note_done(target: &Place, context: &Context) {
    let done = format!("{target} is already done: nothing would be written");
    context.talk.note(&done);
}
