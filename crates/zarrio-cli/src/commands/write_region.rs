//! `zarrio write-region`.

mod archive;
mod expected;
mod outcome;
mod place;
mod report;
mod summary;

use std::path::{Path, PathBuf};
use std::time::Instant;

use zarrio_model::config::Config;
use zarrio_region::{
    CancelToken, Converter, MatchOptions, OnDuplicate, OnUnmatched, RegionError, ZarrSource,
};
use zarrio_store::StoreErrorKind;

use self::outcome::{Outcome, Work};
use super::{inputs, source};
use crate::args::{Duplicate, Unmatched, WriteRegionArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::settings::{self, Flags};
use crate::signals::Watch;
use crate::{location, output, render};

pub(crate) fn run(args: &WriteRegionArgs, context: &Context) -> Result<(), Failure> {
    let begun = Instant::now();
    let config = settings::load_available(context, Flags::write_region(args))?.config;
    let target = location::local(&args.archive)?;
    let files = inputs::expand(&args.files)?;
    let archive = archive::open(&target, &config, args.assume_locks)?;
    for note in expected::differences(&archive, &config)? {
        context.talk.note(&note);
    }
    let job = Job {
        args,
        options: options(args, &config),
        archive,
        config,
        context,
    };
    let outcomes = if args.dry_run {
        let count = files.len();
        let plans = files
            .into_iter()
            .enumerate()
            .map(|(i, file)| job.plan(i, file));
        plans
            .inspect(|outcome| summary::tell(outcome, count, context))
            .collect()
    } else {
        job.write(files)?
    };
    if args.json {
        output::print_json(&report::Json::new(args, &job.config, &outcomes, begun))?;
    }
    if !args.dry_run {
        summary::total(args, &job.config, &outcomes, begun, context);
    }
    outcome::end(outcomes, &args.archive, args.dry_run)
}

/// How files are matched with the archive.
fn options(args: &WriteRegionArgs, config: &Config) -> MatchOptions {
    MatchOptions {
        include: config.variables.include.clone(),
        exclude: config.variables.exclude.clone(),
        skip_unsupported: config.skip_unsupported,
        time_dimension: Some(config.time.dim.clone()),
        on_unmatched: match args.on_unmatched {
            Unmatched::Error => OnUnmatched::Error,
            Unmatched::Skip => OnUnmatched::Skip,
        },
        on_duplicate: match args.on_duplicate {
            Duplicate::Error => OnDuplicate::Error,
            Duplicate::First => OnDuplicate::First,
        },
        coord_tolerance: args.coord_tolerance,
        region: args.region.clone(),
    }
}

/// What is the same for every file.
struct Job<'a> {
    args: &'a WriteRegionArgs,
    options: MatchOptions,
    archive: ZarrSource,
    config: Config,
    context: &'a Context,
}

impl Job<'_> {
    /// Writes one file after the other; what goes wrong with one does not stop the others.
    fn write(&self, files: Vec<PathBuf>) -> Result<Vec<Outcome>, Failure> {
        let watch = Watch::start(self.context.talk.clone()).map_err(|error| {
            let error = anyhow::Error::new(error).context("cannot handle signals");
            Failure::new(Exit::Failed, error, None)
        })?;
        let (token, count) = (watch.token(), files.len());
        let progress = Progress::start(self.context);
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(count);
        let mut stopped = None;
        for (i, file) in files.into_iter().enumerate() {
            let name = location::name(&file);
            progress.next_file(&match count {
                1 => name,
                _ => format!("{} of {count}, {name}", i + 1),
            });
            let written = self.write_one(&file, &progress, &token);
            if written.as_ref().is_err_and(|e| e.exit == Exit::Interrupted) {
                stopped = Some(file);
                break;
            }
            let work = written.map_err(|failure| outcome::named(&file, failure));
            let outcome = Outcome { file, work };
            summary::tell(&outcome, count, self.context);
            outcomes.push(outcome);
        }
        progress.finish();
        match stopped {
            Some(file) => Err(outcome::stopped(&file, &outcomes, watch.exit())),
            None => Ok(outcomes),
        }
    }

    fn write_one(
        &self,
        file: &Path,
        progress: &Progress,
        token: &CancelToken,
    ) -> Result<Work, Failure> {
        if token.is_cancelled() {
            return Err(RegionError::Interrupted.into());
        }
        let source = source::open(file, &self.config)?;
        let archive = &self.args.archive;
        tracing::info!(target: "zarrio", file = %file.display(), %archive, "writing");
        let report = Converter::new(self.config.clone())
            .observer(progress)
            .cancel(token.clone())
            .write_region(&source, &self.archive, &self.options)
            .map_err(failure)?;
        let place = place::of(&self.archive, &report.regions)?;
        Ok(Work::Written { report, place })
    }

    /// Says where a file would go.
    fn plan(&self, number: usize, file: PathBuf) -> Outcome {
        let planned = || -> Result<Work, Failure> {
            let source = source::open(&file, &self.config)?;
            let plan = Converter::new(self.config.clone())
                .plan_region(&source, &self.archive, &self.options)
                .map_err(failure)?;
            let place = place::of(&self.archive, &plan.variables)?;
            if !self.args.json {
                let (name, archive) = (file.display().to_string(), &self.args.archive);
                let gap = if number > 0 { "\n" } else { "" };
                let text = render::region(&name, archive, &plan, &place);
                output::print(&format!("{gap}{text}"))?;
            }
            let notes = plan.notes.iter();
            notes.for_each(|note| self.context.talk.note(&summary::about(&file, note)));
            Ok(Work::Planned { plan, place })
        };
        let work = planned().map_err(|failure| outcome::named(&file, failure));
        Outcome { file, work }
    }
}

/// The failure of a write, with what to do about the archive's own troubles.
fn failure(error: RegionError) -> Failure {
    let hint = match &error {
        RegionError::Store { source, .. } => store_hint(source.kind()).map(str::to_owned),
        // The archive decides about chunks.
        RegionError::Memory { least, .. } => Some(format!("give --memory {least} or more")),
        _ => None,
    };
    let mut failure = Failure::from(error);
    if let (Some(hint), Some(problem)) = (hint, failure.problems.first_mut()) {
        problem.hint = Some(hint);
    }
    failure
}

fn store_hint(kind: StoreErrorKind) -> Option<&'static str> {
    match kind {
        StoreErrorKind::Unsupported => Some(
            "this chunk is shared with other files, whose writers could lose each other's data; give --assume-locks if no other writer is at work or if you know that locks hold there, or keep the archive on a file system where they do",
        ),
        StoreErrorKind::ReadOnly => Some(
            "the archive cannot be written from here: mount it for writing, or run the command where it is",
        ),
        StoreErrorKind::PermissionDenied => Some(
            "whoever writes must be allowed to make files in the archive's directories: check their owner and mode",
        ),
        _ => None,
    }
}
