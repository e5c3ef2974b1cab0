//! Looks at many files at once.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use zarrio_model::config::Config;
use zarrio_region::{CancelToken, Spotted, TaskPlanner};

use crate::args::PlanArgs;
use crate::commands::source;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::render::figures::count;
use crate::signals::Watch;

/// A look is mostly waiting for the file system.
const PER_CORE: usize = 4;
/// So many files that fail are told in full.
const TOLD: usize = 5;

/// Looks at the files, in their order.
///
/// # Errors
/// When one of them cannot be read or does not match; the others are looked at all the same.
pub(super) fn at_all(
    files: &[PathBuf],
    planner: &TaskPlanner<'_>,
    args: &PlanArgs,
    config: &Config,
    context: &Context,
) -> Result<Vec<Spotted>, Failure> {
    let token = CancelToken::default();
    let watch = Watch::start(context, &token)?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let workers = args.workers.map_or(cores * PER_CORE, usize::from);
    let progress = Progress::start(context).of_files(files.len() as u64);
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<(usize, Result<Spotted, Failure>)>> = Mutex::default();
    let work = || {
        let mut own = Vec::new();
        while let Some((i, file)) = take(&next, files) {
            if token.is_cancelled() {
                return;
            }
            let source = source::open(file, config);
            own.push((i, source.and_then(|source| Ok(planner.look(&*source)?))));
            progress.file_done();
        }
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        found.append(&mut own);
    };
    std::thread::scope(|scope| {
        for _ in 1..workers.min(files.len()) {
            // Where the system gives no more threads, those that there are do the work.
            let spawned = std::thread::Builder::new().spawn_scoped(scope, work);
            if spawned.is_err() {
                break;
            }
        }
        work();
    });
    progress.finish();
    if token.is_cancelled() {
        let error = anyhow::Error::msg("stopped before all files were looked at");
        return Err(Failure::new(watch.exit(), error, None));
    }
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(i, _)| *i);
    let mut spotted = Vec::with_capacity(found.len());
    let mut failed = Vec::new();
    for (_, looked) in found {
        match looked {
            Ok(looked) => spotted.push(looked),
            Err(failure) => failed.push(failure),
        }
    }
    end(failed, files.len(), context)?;
    Ok(spotted)
}

/// The next of several files, for whoever asks first.
fn take<'f>(next: &AtomicUsize, files: &'f [PathBuf]) -> Option<(usize, &'f PathBuf)> {
    let i = next.fetch_add(1, Ordering::Relaxed);
    files.get(i).map(|file| (i, file))
}

/// Says what failed.
fn end(mut failed: Vec<Failure>, files: usize, context: &Context) -> Result<(), Failure> {
    let all = failed.len();
    if files == 1 || all == 0 {
        return failed.pop().map_or(Ok(()), Err);
    }
    // What may be tried again does not tell about the others.
    let permanent = |failure: &&Failure| failure.exit != Exit::Temporary;
    let exit = failed.iter().find(permanent).or(failed.first());
    let exit = exit.map_or(Exit::Failed, |failure| failure.exit);
    let told = failed.iter().take(TOLD);
    told.for_each(|failure| context.talk.failure(failure));
    let files = count(files as u64, "file");
    Err(Failure::new(
        exit,
        anyhow::Error::msg(format!("{all} of {files} cannot be planned")),
        Some("mend them, or leave them out; no plan was written".into()),
    ))
}
