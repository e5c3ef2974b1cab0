//! Proves that an archive holds what it should: that every chunk opens, that the numbers of
//! its records can be taken again, and that it is what its sources are, point by point.

pub(crate) mod bad;
mod compare;
mod full;
pub(crate) mod history;
pub(crate) mod in_group;
mod labels;
mod numbers;
mod options;
mod outside;
pub(crate) mod placing;
mod points;
mod quick;
pub(crate) mod read;
mod report;
mod sample;
mod times;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rayon::ThreadPool;
use zarrio_model::{NodePath, Source as _, VariableSchema};

pub(crate) use compare::each_row;
pub use options::{Sources, VerifyOptions};
pub use report::{
    Changed, Comparison, Difference, Finding, Label, TimeAxis, Value, VariableDigest, Verification,
    VerifiedFile, VerifiedVariable,
};

pub(crate) use full::whole;

use crate::RegionError;
use crate::convert::Converter;
use crate::ledger::SourceRecord;
use crate::limits::Limits;
use crate::matching::MatchOptions;
use crate::pipeline::pool;
use crate::zarr_source::{Doubtful, ZarrSource};
use bad::BadChunks;
use history::History;
use sample::Sample;

/// Documents that are not as they should be, and data without a record, are looked at once more
/// after this time: who makes an archive longer writes one after the other.
pub(crate) const AGAIN: Duration = Duration::from_secs(1);

/// An archive under examination; made by [`Converter::verifier`].
pub struct Verifier<'a> {
    pub(crate) converter: &'a Converter<'a>,
    pub(crate) archive: &'a ZarrSource,
    pub(crate) options: VerifyOptions,
    pub(crate) history: History,
    pub(crate) limits: Limits,
    pub(crate) pool: ThreadPool,
    /// The chunks that are not as they should be.
    pub(crate) bad: BadChunks,
    /// The documents that are not what the consolidated metadata say.
    pub(crate) documents: Vec<Doubtful>,
    /// The variables that may be something else than what the archive is opened by says.
    pub(crate) unsettled: BTreeSet<NodePath>,
    /// Whether files could not be compared because of what is wrong with the archive's labels.
    pub(crate) is_blind: bool,
    /// How many of the findings have been looked at once more.
    settled: usize,
    sample: Sample,
    begun: Instant,
    report: Verification,
}

impl std::fmt::Debug for Verifier<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl<'a> Converter<'a> {
    /// Begins to examine an archive.
    ///
    /// # Errors
    /// When its records cannot be read, or the settings do not suffice.
    pub fn verifier(
        &'a self,
        archive: &'a ZarrSource,
        options: VerifyOptions,
    ) -> Result<Verifier<'a>, RegionError> {
        let begun = Instant::now();
        let mut arrays = Vec::new();
        for variable in archive.schema().variables() {
            // What cannot be used is told later, by its name.
            if let Ok(array) = archive.stored_array(&variable.path) {
                arrays.push((variable, array.chunk_shape().to_vec()));
            }
        }
        let arrays = arrays.iter().map(|(v, shape)| (*v, shape.as_slice()));
        let limits = Limits::new(&self.config).for_variables(arrays);
        Ok(Verifier {
            converter: self,
            archive,
            history: History::read(archive)?,
            pool: pool(limits.jobs)?,
            limits,
            bad: BadChunks::default(),
            documents: Vec::new(),
            unsettled: BTreeSet::new(),
            is_blind: false,
            settled: 0,
            sample: Sample::new(&options, begun),
            options,
            begun,
            report: Verification {
                share: 1.0,
                ..Verification::default()
            },
        })
    }
}

impl Verifier<'_> {
    /// Examines the archive by itself: its structure, every chunk, and its records. Recorded
    /// files are matched by the time dimension and the tolerance of the options.
    ///
    /// # Errors
    /// When the store is away or the caller asked to stop; what is wrong with the archive is
    /// told in the report.
    pub fn archive(
        &mut self,
        sources: &dyn Sources,
        options: &MatchOptions,
    ) -> Result<(), RegionError> {
        self.report.times = times::of(self.archive);
        self.documents()?;
        self.records();
        self.changed(sources);
        let wrong = match self.options.quick {
            true => {
                self.quick()?;
                Vec::new()
            }
            false => self.full()?,
        };
        if self.options.sources {
            let all = (0..self.history.records.len()).collect::<Vec<_>>();
            self.recorded(sources, options, &all, true)?;
        } else {
            // Where something is wrong is worth a look at what it was written from.
            self.recorded(sources, options, &wrong, false)?;
        }
        self.settle()
    }

    /// Takes back what was found in variables that somebody has begun to write to since the
    /// records were read: it may be about what is there now. A chunk that cannot be decoded is
    /// torn whoever writes.
    fn settle(&mut self) -> Result<(), RegionError> {
        if self.report.findings.iter().all(|f| f.moving().is_none()) {
            return Ok(());
        }
        let is_outside = |finding: &Finding| matches!(finding, Finding::Outside { .. });
        if self.report.findings.iter().any(is_outside) {
            // The labels by which an archive is longer are recorded after they are there.
            self.converter.cancel.sleep(AGAIN)?;
        }
        self.removed()?;
        let changed = self.history.changed(&History::read(self.archive)?);
        let findings = &mut self.report.findings;
        // Those of files before stood when nobody had begun to write.
        let mut found = findings.split_off(self.settled);
        let before = found.len();
        found.retain(|finding| finding.moving().is_none_or(|name| !changed.contains(name)));
        let is_less = found.len() < before;
        findings.append(&mut found);
        self.settled = findings.len();
        if is_less {
            let names: Vec<&str> = changed.iter().map(String::as_str).collect();
            self.report.notes.push(format!(
                "these were written to meanwhile, so that not all of them could be judged; run the command again: {}",
                names.join(", ")
            ));
            self.bad.forget(&changed);
        }
        Ok(())
    }

    /// Takes back what was found in variables that the archive does not have any more, as where
    /// groups expire: these leave its documents before anything of them is deleted.
    fn removed(&mut self) -> Result<(), RegionError> {
        let now = self.archive.reopen()?;
        let found = self.report.findings.iter().filter_map(Finding::moving);
        let found = found.filter(|name| now.schema().variable(&NodePath::parse(name)).is_none());
        let gone: BTreeSet<String> = found.cloned().collect();
        if gone.is_empty() {
            return Ok(());
        }
        let findings = &mut self.report.findings;
        let stays = |finding: &Finding| finding.moving().is_none_or(|name| !gone.contains(name));
        let before = findings.iter().take(self.settled);
        self.settled = before.filter(|finding| stays(finding)).count();
        findings.retain(stays);
        let names: Vec<&str> = gone.iter().map(String::as_str).collect();
        self.report.notes.push(format!(
            "these were removed from the archive meanwhile, and are not judged: {}",
            names.join(", ")
        ));
        self.bad.remove(&gone);
        Ok(())
    }

    /// Everything that was found.
    #[must_use]
    pub fn finish(mut self) -> Verification {
        self.report.elapsed = self.begun.elapsed();
        if self.sample.is_part() {
            self.report.share = self.sample.share();
        }
        if self.sample.is_over() {
            self.report.notes.push(
                "the time was over before everything was looked at; what was is a sample of all"
                    .into(),
            );
        }
        self.report
    }

    /// Documents that other readers take, and that are not what the archive is opened by.
    fn documents(&mut self) -> Result<(), RegionError> {
        let doubtful = || self.archive.doubtful(&self.pool, &self.converter.cancel);
        self.documents = doubtful()?;
        if self.documents.is_empty() {
            return Ok(());
        }
        self.converter.cancel.sleep(AGAIN)?;
        let now = doubtful()?;
        self.documents.retain(|document| now.contains(document));
        let notes = &mut self.report.notes;
        self.documents.retain(|document| {
            if document.is_grown {
                notes.push(format!(
                    "{} has more positions than the consolidated metadata, by which zarrio reads: the archive is being made longer, or a command that made it so was stopped (run that again), or another program did not consolidate",
                    document.name
                ));
            }
            !document.is_grown
        });
        let documents = self.documents.iter();
        let contradicting = documents.filter(|d| d.anew.is_err() && d.decides);
        let variables = contradicting.map(|d| NodePath::parse(&d.name).parent());
        self.unsettled = variables.collect();
        let later = History::read(self.archive)?;
        let mut intents = self.history.intents.iter().chain(&later.intents);
        let is_beside = intents.any(|(_, live)| *live);
        if is_beside || !self.history.changed(&later).is_empty() {
            let before = self.documents.len();
            self.documents.retain(|document| document.anew.is_ok());
            if self.documents.len() < before {
                self.report.notes.push(
                    "documents that differ from the consolidated metadata are not judged while files are written; run the command again"
                        .into(),
                );
            }
        }
        let findings = self.documents.iter().map(|document| Finding::Document {
            object: document.name.clone(),
            reason: document.reason.clone(),
        });
        self.report.findings.extend(findings);
        Ok(())
    }

    /// What is wrong with the records themselves.
    fn records(&mut self) {
        let history = &self.history;
        self.report.records = history.records.len() as u64;
        let findings = &mut self.report.findings;
        for (object, reason) in &history.damaged {
            findings.push(Finding::RecordDamaged {
                object: object.clone(),
                reason: reason.clone(),
            });
        }
        for (file, variable) in &history.unfitting {
            findings.push(Finding::RecordUnfitting {
                file: file.clone(),
                variable: variable.clone(),
                reason: "the archive has no such array, or not this region of it".into(),
            });
        }
        for (begun, live) in &history.intents {
            if *live {
                let file = begun.source.as_ref().map_or(&begun.id, |s| &s.path);
                self.report.notes.push(format!(
                    "{file} is being written now, by {}; where it goes nothing is judged",
                    begun.writer
                ));
            }
        }
        if history.has_grown {
            self.report.notes.push(
                "the archive has been made longer since it was opened: what lies behind its end then is not looked at"
                    .into(),
            );
        }
        for group in self.archive.schema().groups() {
            for other in &group.unsupported {
                self.report.notes.push(format!(
                    "{} is left out: {}: {}",
                    other.path, other.declared_type, other.reason
                ));
            }
        }
        if history.records.is_empty() && history.damaged.is_empty() {
            self.report.notes.push(
                "the archive has no records of what was written, so nothing can be held against them"
                    .into(),
            );
        }
    }

    /// Files that are not what they were when they were written.
    fn changed(&mut self, sources: &dyn Sources) {
        let mut absent: BTreeSet<String> = BTreeSet::new();
        let mut changed: Vec<(SourceRecord, SourceRecord)> = Vec::new();
        for (recorded, records) in self.history.sources() {
            // Of a file that was written again as it is now, the records before say nothing.
            let again = |now: &SourceRecord| {
                let mut later = self.history.records.iter().enumerate();
                later.any(|(i, r)| {
                    records.last().is_some_and(|last| i > *last) && r.has_source(Some(now))
                })
            };
            match sources.now(recorded) {
                None => {
                    absent.insert(recorded.path.clone());
                }
                Some(now) if recorded.is_same_file(&now) || again(&now) => {}
                Some(now) => changed.push((recorded.clone(), now)),
            }
        }
        let findings = changed.into_iter();
        self.report
            .findings
            .extend(findings.map(|(recorded, now)| Finding::SourceChanged { recorded, now }));
        let note = match absent.len() {
            0 => return,
            1 => "1 file that was written is no longer where it was".to_owned(),
            n => format!("{n} files that were written are no longer where they were"),
        };
        self.report.notes.push(note);
    }

    /// Whether records are to be expected at all: an archive of another program has none.
    fn is_ours(&self) -> Result<bool, RegionError> {
        if !self.history.records.is_empty() || !self.history.damaged.is_empty() {
            return Ok(true);
        }
        for variable in self.archive.schema().variables() {
            let failed = || RegionError::store("cannot look for records");
            let place = self.archive.place(&variable.path)?;
            let private = place.join(".zarrio").map_err(failed())?;
            if !self.archive.store().is_empty(&private).map_err(failed())? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn structure(variable: &VariableSchema, error: &RegionError) -> Finding {
    Finding::Structure {
        variable: variable.path.to_string(),
        reason: error.to_string(),
    }
}

/// Positions by dimension.
fn named(variable: &VariableSchema, region: &zarrio_model::Region) -> Vec<(String, u64, u64)> {
    let ranges = variable.dimensions.iter().zip(region.ranges());
    ranges
        .map(|(name, range)| (name.clone(), range.start, range.end))
        .collect()
}

/// A variable of the archive by its path.
fn variable<'v>(archive: &'v ZarrSource, path: &NodePath) -> Option<&'v VariableSchema> {
    archive.schema().variable(path)
}
