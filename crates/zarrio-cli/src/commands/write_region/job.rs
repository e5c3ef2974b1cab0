//! Files on their way into one archive, one after the other or several at once.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use zarrio_model::config::Config;
use zarrio_region::{
    AppendRules, CancelToken, Converter, DoneWork, MatchOptions, RegionError, SourceRecord,
    Standing, WriteRules, ZarrSource, operations, share,
};
use zarrio_store::StoreErrorKind;

use super::outcome::{self, Outcome, Work};
use super::{overlap, place, report, summary};
use crate::commands::{source, writer};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::signals::Watch;
use crate::{location, output, render};

/// What is the same for every file.
pub(in crate::commands) struct Job<'a> {
    /// The archive as the user calls it.
    pub(in crate::commands) name: &'a str,
    pub(in crate::commands) options: MatchOptions,
    pub(in crate::commands) rules: WriteRules,
    /// How files make the archive longer; none where they go into it as it is.
    pub(in crate::commands) append: Option<AppendRules>,
    /// Files that have gone since they were planned, as they were: what is done needs no file.
    pub(in crate::commands) gone: HashMap<PathBuf, SourceRecord>,
    /// How many files are written at once.
    pub(in crate::commands) workers: usize,
    pub(in crate::commands) archive: ZarrSource,
    pub(in crate::commands) config: Config,
    pub(in crate::commands) context: &'a Context,
    /// Stops the writing, and the waiting for locks of the archive.
    pub(in crate::commands) token: CancelToken,
    pub(in crate::commands) dry_run: bool,
    pub(in crate::commands) json: bool,
}

impl Job<'_> {
    /// Writes the files, or says where they would go.
    pub(in crate::commands) fn run(
        &self,
        files: Vec<PathBuf>,
        begun: Instant,
    ) -> Result<(), Failure> {
        let lots: Vec<Range<usize>> = (0..files.len()).map(|i| i..i + 1).collect();
        self.run_lots(files, &lots, begun)
    }

    /// The same where the files of each lot, by their numbers, are written one after the other.
    pub(in crate::commands) fn run_lots(
        &self,
        files: Vec<PathBuf>,
        lots: &[Range<usize>],
        begun: Instant,
    ) -> Result<(), Failure> {
        let outcomes = if self.dry_run {
            let count = files.len();
            let plans = files
                .into_iter()
                .enumerate()
                .map(|(i, file)| self.plan(i, file));
            plans
                .inspect(|outcome| summary::tell(outcome, count, self.context))
                .collect()
        } else {
            let mut outcomes = self.write(&files, lots)?;
            overlap::tell(self, &mut outcomes);
            outcomes
        };
        if self.json {
            output::print_json(&report::Json::new(self, &outcomes, begun))?;
        }
        if !self.dry_run {
            summary::total(self, &outcomes, begun);
        }
        outcome::end(outcomes, self.name, self.dry_run)
    }

    /// Writes the files; what goes wrong with one does not stop the others.
    fn write(&self, files: &[PathBuf], lots: &[Range<usize>]) -> Result<Vec<Outcome>, Failure> {
        let token = self.token.clone();
        let watch = Watch::start(self.context, &token)?;
        // Asked once for all of them: what is on record need not even be opened.
        let done = match self.rules.resume && !self.rules.check_digest {
            true => {
                // Of one that has gone, nothing but the records can tell.
                let count = if self.gone.is_empty() {
                    files.len()
                } else {
                    usize::MAX
                };
                DoneWork::of(&self.archive, &writer::name(), count)?
            }
            false => DoneWork::default(),
        };
        // More at once than the memory has room for would be refused one by one.
        let room = operations(&self.config, &self.archive);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let workers = self.workers.min(lots.len()).min(room).max(1);
        let config = share(&self.config, workers as u64);
        let progress = match workers {
            1 => Progress::start(self.context),
            _ => Progress::start(self.context).of_files(files.len() as u64),
        };
        let next = AtomicUsize::new(0);
        let stopped: Mutex<Option<PathBuf>> = Mutex::default();
        let outcomes: Mutex<Vec<(usize, Outcome)>> = Mutex::default();
        // Who was refused because of another file at the same place, or because of the store,
        // is tried once more when all others are done.
        let again: Mutex<Vec<(usize, &PathBuf)>> = Mutex::default();
        // Behind a file that has to wait an archive cannot grow: that others do not continue it is
        // no more than that either.
        let waiting: Mutex<Option<PathBuf>> = Mutex::default();
        let one = |i: usize, file: &'_ PathBuf, last: bool| -> bool {
            let name = location::name(file);
            progress.next_file(&match (files.len(), workers) {
                (1, _) | (_, 2..) => name,
                (count, _) => format!("{} of {count}, {name}", i + 1),
            });
            let written = match self.standing(file, &done) {
                Standing::Open => {
                    // Not while it is held: others may be at work beside this one.
                    let first = (waiting.lock().unwrap_or_else(PoisonError::into_inner)).clone();
                    match first {
                        Some(first) => Err(outcome::not_tried(file, &first)),
                        None => self.write_one(file, &config, &progress, &token),
                    }
                }
                standing => Ok(Work::Skipped(standing)),
            };
            let exit = written.as_ref().err().map(|failure| failure.exit);
            if exit == Some(Exit::Interrupted) {
                let mut stopped = stopped.lock().unwrap_or_else(PoisonError::into_inner);
                stopped.get_or_insert_with(|| file.clone());
                return false;
            }
            if exit == Some(Exit::Temporary) && !last {
                return true;
            }
            if exit == Some(Exit::Temporary) && self.append.is_some() {
                let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
                waiting.get_or_insert_with(|| file.clone());
            }
            let work = written.map_err(|failure| failure.of_file(file, "written"));
            let file = file.clone();
            let outcome = Outcome { file, work };
            summary::tell(&outcome, files.len(), self.context);
            progress.file_done();
            let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
            outcomes.push((i, outcome));
            false
        };
        let work = || {
            while let Some(lot) = lots.get(next.fetch_add(1, Ordering::Relaxed)) {
                for (i, file) in lot.clone().filter_map(|i| Some((i, files.get(i)?))) {
                    if one(i, file, workers == 1) {
                        let mut again = again.lock().unwrap_or_else(PoisonError::into_inner);
                        again.push((i, file));
                    }
                    if token.is_cancelled() {
                        return;
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..workers {
                // Where the system gives no more threads, those that there are do the work.
                let spawned = std::thread::Builder::new().spawn_scoped(scope, work);
                if spawned.is_err() {
                    break;
                }
            }
            work();
        });
        let mut again = again.into_inner().unwrap_or_else(PoisonError::into_inner);
        again.sort_unstable();
        for (i, file) in again {
            one(i, file, true);
        }
        progress.finish();
        let outcomes = outcomes.into_inner();
        let mut outcomes = outcomes.unwrap_or_else(PoisonError::into_inner);
        outcomes.sort_by_key(|(i, _)| *i);
        let outcomes: Vec<Outcome> = outcomes.into_iter().map(|(_, outcome)| outcome).collect();
        let stopped = stopped.into_inner().unwrap_or_else(PoisonError::into_inner);
        match stopped {
            Some(file) => Err(outcome::stopped(&file, &outcomes, watch.exit())),
            None => Ok(outcomes),
        }
    }

    /// The options, with the memory that a worker may use.
    fn options_of(&self, worker: &Config) -> MatchOptions {
        MatchOptions {
            memory: worker.memory,
            ..self.options.clone()
        }
    }

    /// What is to be done with a file, as far as is known without opening it.
    fn standing(&self, file: &Path, done: &DoneWork) -> Standing {
        match self.on_record(file, done) {
            Standing::Superseded(_) | Standing::Torn(_) if self.rules.force => Standing::Open,
            standing => standing,
        }
    }

    /// What the records tell of a file.
    pub(super) fn on_record(&self, file: &Path, done: &DoneWork) -> Standing {
        let now = source::record(file, &self.config);
        let record = now.or_else(|| self.gone.get(file).cloned());
        let selection = || self.archive.selection(&self.options);
        let standing = record.map(|record| done.standing(&record, &selection()));
        standing.unwrap_or_default()
    }

    fn write_one(
        &self,
        file: &Path,
        config: &Config,
        progress: &Progress,
        token: &CancelToken,
    ) -> Result<Work, Failure> {
        if token.is_cancelled() {
            return Err(RegionError::Interrupted.into());
        }
        let source = source::open(file, config)?;
        tracing::info!(
            target: "zarrio",
            file = %source.identity().path.display(),
            archive = self.name,
            "writing"
        );
        let converter = Converter::new(config.clone())
            .observer(progress)
            .cancel(token.clone())
            .rules(self.rules)
            .writer(writer::name());
        let (archive, options) = (&self.archive, &self.options_of(config));
        let (report, place) = match &self.append {
            None => {
                let report = converter.write_region(&*source, archive, options);
                let report = report.map_err(failure)?;
                let place = place::of(archive, &report.regions)?;
                (report, place)
            }
            Some(rules) => {
                let done = converter.append(&*source, archive, options, rules);
                let (report, longer) = done.map_err(failure)?;
                let place = place::of(&longer, &report.regions)?;
                (report, place)
            }
        };
        Ok(Work::Written { report, place })
    }

    /// Says where a file would go.
    fn plan(&self, number: usize, file: PathBuf) -> Outcome {
        let planned = || -> Result<Work, Failure> {
            let source = source::open(&file, &self.config)?;
            let converter = Converter::new(self.config.clone());
            let (archive, options) = (&self.archive, &self.options_of(&self.config));
            let (plan, place) = match &self.append {
                None => {
                    let plan = converter.plan_region(&*source, archive, options);
                    let plan = plan.map_err(failure)?;
                    let place = place::of(archive, &plan.variables)?;
                    (plan, place)
                }
                Some(rules) => {
                    let planned = converter.plan_append(&*source, archive, options, rules);
                    let (plan, _, longer) = planned.map_err(failure)?;
                    let place = place::of(&longer, &plan.variables)?;
                    (plan, place)
                }
            };
            if !self.json {
                let name = file.display().to_string();
                let gap = if number > 0 { "\n" } else { "" };
                let text = render::region(&name, self.name, &plan, &place);
                output::print(&format!("{gap}{text}"))?;
            }
            let notes = plan.notes.iter();
            notes.for_each(|note| self.context.talk.note(&summary::about(&file, note)));
            Ok(Work::Planned { plan, place })
        };
        let work = planned().map_err(|failure| failure.of_file(&file, "written"));
        Outcome { file, work }
    }
}

/// The failure of a write, with what to do about the archive's own troubles.
fn failure(error: RegionError) -> Failure {
    let hint = match &error {
        RegionError::Store { source, .. } => {
            let is_remote = source.path().contains("://");
            store_hint(source.kind(), is_remote).map(str::to_owned)
        }
        RegionError::Range { variable, excess } => {
            let range = excess.needed();
            Some(format!(
                "the archive's packing is fixed: one that holds all of it is made by create-template with --packing-manual-ranges '{{\"{variable}\":{{\"min\":{},\"max\":{}}}}}'; or store the nearest end with --packing-range-exceeded-action warn",
                range.min, range.max
            ))
        }
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

fn store_hint(kind: StoreErrorKind, is_remote: bool) -> Option<&'static str> {
    match kind {
        StoreErrorKind::Unsupported if is_remote => Some(
            "make an archive whose chunks end where files end, or keep it on a server that keeps conditional writes",
        ),
        StoreErrorKind::Unsupported => Some(
            "this chunk is shared with other files, whose writers could lose each other's data; give --assume-locks if no other writer is at work or if you know that locks hold there, or keep the archive on a file system where they do",
        ),
        StoreErrorKind::ReadOnly => Some(
            "the archive cannot be written from here: mount it for writing, or run the command where it is",
        ),
        StoreErrorKind::PermissionDenied if !is_remote => Some(
            "whoever writes must be allowed to make files in the archive's directories: check their owner and mode",
        ),
        _ => None,
    }
}
