//! Compares sources with the archive point by point.

use zarrio_model::{Source, SourceError};

use super::bad::Bad;
use super::compare::{Compared, Sides, Use, chosen};
use super::history::Owner;
use super::in_group::InGroup;
use super::labels;
use super::options::Sources;
use super::placing::{Placed, Placing};
use super::read::Reader;
use super::report::{Comparison, Difference, Finding, VerifiedFile};
use super::{Verifier, variable};
use crate::RegionError;
use crate::ledger::SourceRecord;
use crate::matching::MatchOptions;
use crate::memory::Buffer;
use crate::observer::Event;
use crate::recode::Meant;
use crate::transfer::{Elements, Parts, Transfer};

/// So many chunks are named of each variable.
const NAMED: usize = 5;

impl Verifier<'_> {
    /// Compares a file with what the archive holds in its place. What a later file decides is
    /// not this one's.
    ///
    /// # Errors
    /// When the file cannot be read, the store is away, or the caller asked to stop. That the
    /// file does not match the archive is told in the report.
    pub fn file(&mut self, source: &dyn Source, options: &MatchOptions) -> Result<(), RegionError> {
        let identity = SourceRecord::new(source.identity());
        let file = source.identity().path.display().to_string();
        let placed = match self.placing(options).file(source) {
            Ok(placed) => placed,
            Err(error) if self.is_about_archive(&error) => {
                self.report.findings.push(unmatched(file, &error));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let known = |transfer: &Transfer| self.history.knows(&transfer.variable, &identity);
        let is_recorded = placed.transfers.iter().any(known);
        if !placed.transfers.is_empty() && !is_recorded {
            self.report.notes.push(format!(
                "the archive has no record of {file} as it is now; all of it is compared"
            ));
        }
        let rule = |transfer: &Transfer, owner: Owner| {
            let mine = match owner {
                Owner::Record(i) => self.history.records[i].has_source(Some(&identity)),
                Owner::Begun(i) => {
                    let begun = self.history.intents[i].0.source.as_ref();
                    begun.is_some_and(|begun| begun.is_same_file(&identity))
                }
                Owner::Torn(_) | Owner::Nobody => true,
            };
            match owner {
                _ if mine => Use::Compare,
                Owner::Record(_) if !known(transfer) => Use::Compare,
                _ => Use::Skip,
            }
        };
        let compared = self.compare(source, &placed, &rule);
        let variables = match compared {
            Err(error @ RegionError::Lossy { .. }) => {
                self.report.findings.push(unmatched(file, &error));
                return Ok(());
            }
            compared => compared?,
        };
        source.check_unchanged()?;
        let is_wrong = variables.iter().any(|c| !c.is_same());
        let is_placed = is_recorded || !is_wrong || self.is_placed(source, options)?;
        for comparison in variables.iter().filter(|c| !c.is_same()) {
            self.report.findings.push(Finding::Values {
                file: file.clone(),
                comparison: comparison.clone(),
            });
        }
        self.report.files.push(VerifiedFile {
            file,
            variables,
            matched: placed.matched,
            is_recorded,
            is_placed,
        });
        match is_wrong {
            true => self.settle(),
            false => Ok(()),
        }
    }

    /// Whether a file goes where it is also when it is written.
    fn is_placed(&self, source: &dyn Source, options: &MatchOptions) -> Result<bool, RegionError> {
        match self.placing(options).written(source) {
            Err(error) if self.is_about_archive(&error) => Ok(false),
            placed => placed.map(|()| true),
        }
    }

    /// Compares what some records tell of with the files that they name, where these are
    /// there unchanged.
    pub(super) fn recorded(
        &mut self,
        sources: &dyn Sources,
        options: &MatchOptions,
        records: &[usize],
        all: bool,
    ) -> Result<(), RegionError> {
        if records.is_empty() {
            return Ok(());
        }
        let work: Vec<(SourceRecord, Vec<usize>)> = self
            .history
            .sources()
            .into_iter()
            .map(|(source, mut own)| {
                own.retain(|i| records.contains(i));
                (source.clone(), own)
            })
            .filter(|(_, own)| !own.is_empty())
            .collect();
        let mut partly: Vec<String> = Vec::new();
        for (recorded, own) in work {
            self.converter.cancel.check()?;
            let now = sources.now(&recorded);
            if now.is_none_or(|now| !now.is_same_file(&recorded)) {
                continue;
            }
            let source = match sources.open(&recorded) {
                Ok(source) => source,
                Err(error) => {
                    self.report
                        .findings
                        .push(unmatched(recorded.path.clone(), &error));
                    continue;
                }
            };
            let mut done = VerifiedFile {
                file: recorded.path.clone(),
                is_recorded: true,
                ..VerifiedFile::default()
            };
            for record in own {
                let found = self.one_record(source.as_ref(), record, options);
                let (variables, left) = match found {
                    Ok(found) => found,
                    Err(error) if self.is_about_archive(&error) => {
                        self.is_blind = true;
                        if all {
                            self.report
                                .findings
                                .push(unmatched(recorded.path.clone(), &error));
                        }
                        continue;
                    }
                    Err(error) => return Err(error),
                };
                partly.extend(
                    left.iter()
                        .map(|name| format!("{name} of {}", recorded.name)),
                );
                for comparison in variables.iter().filter(|c| c.wrong > 0) {
                    for chunk in &comparison.at {
                        self.bad
                            .note(&comparison.variable, chunk, Bad::wrong(record));
                    }
                    self.report.findings.push(Finding::Values {
                        file: recorded.path.clone(),
                        comparison: comparison.clone(),
                    });
                }
                done.variables.extend(variables);
            }
            self.report.files.push(done);
        }
        partly.sort();
        partly.dedup();
        if all && !partly.is_empty() {
            self.report.notes.push(format!(
                "made for the archive and not found in the file as it is: {}",
                partly.join(", ")
            ));
        }
        Ok(())
    }

    fn one_record(
        &self,
        source: &dyn Source,
        record: usize,
        options: &MatchOptions,
    ) -> Result<(Vec<Comparison>, Vec<String>), RegionError> {
        let found = &self.history.records[record];
        let source = InGroup::new(source, self.archive, found);
        let placed = self.placing(options).record(&source, found)?;
        let rule = |_: &Transfer, owner: Owner| match owner == Owner::Record(record) {
            true => Use::Compare,
            false => Use::Ignore,
        };
        let mut compared = self.compare(&source, &placed, &rule)?;
        compared.retain(|c| c.compared + c.unreadable > 0);
        Ok((compared, placed.matched))
    }

    fn compare(
        &self,
        source: &dyn Source,
        placed: &Placed,
        rule: &dyn Fn(&Transfer, Owner) -> Use,
    ) -> Result<Vec<Comparison>, RegionError> {
        self.converter.observer.on_event(&Event::Planned {
            variables: placed.transfers.len(),
            chunks: 0,
            bytes: placed.transfers.iter().map(Transfer::raw_bytes).sum(),
        });
        let transfers = placed.transfers.iter();
        transfers
            .map(|transfer| self.compare_one(source, transfer, rule))
            .collect()
    }

    fn compare_one(
        &self,
        source: &dyn Source,
        transfer: &Transfer,
        rule: &dyn Fn(&Transfer, Owner) -> Use,
    ) -> Result<Comparison, RegionError> {
        let path = &transfer.variable;
        self.converter
            .observer
            .on_event(&Event::VariableStarted { variable: path });
        let mut comparison = Comparison {
            variable: path.to_string(),
            ..Comparison::default()
        };
        let Some(reader) = Reader::new(self.archive, path)? else {
            return Ok(comparison);
        };
        let holdings = self.history.of(reader.schema);
        let meant = Meant::new(reader.schema);
        let mut compared = Compared::default();
        let (mut ours, mut theirs) = (Buffer::default(), Buffer::default());
        let mut parts = Parts::default();
        self.sample.count(0, transfer.placement.num_elements());
        let name = format!("{} {path}", source.identity().path.display());
        for (i, region) in transfer.blocks.regions().enumerate() {
            self.converter.cancel.check()?;
            if self.sample.is_late() {
                break;
            }
            let owners = self.history.owners(&holdings, &region);
            let (boxes, skipped) =
                chosen(owners, &transfer.placement, |owner| rule(transfer, owner));
            compared.skipped += skipped;
            if boxes.is_empty() || !self.sample.takes(&name, i as u64) {
                continue;
            }
            let found = self.pool.install(|| {
                let ours = transfer.read(source, &region, std::mem::take(&mut ours), &mut parts)?;
                let theirs = reader.read(&region, std::mem::take(&mut theirs))?;
                let sides = Sides {
                    reader: &reader,
                    transfer,
                    meant: &meant,
                    ours: &ours,
                    theirs: &theirs,
                    boxes: &boxes,
                };
                let found = sides.compare();
                Ok::<_, RegionError>((found, ours, theirs.elements))
            })?;
            let (found, our_rest, their_rest) = found;
            (ours, theirs) = (buffer(our_rest), buffer(their_rest));
            let seen = found.compared + found.unreadable;
            self.sample.count(seen, 0);
            let width = reader.array.data_type().size().unwrap_or(0) as u64;
            let bytes = seen.saturating_mul(width);
            self.converter.observer.on_event(&Event::Looked { bytes });
            compared = compared.add(found);
        }
        compared.chunks.sort();
        compared.chunks.dedup();
        comparison.compared = compared.compared;
        comparison.skipped = compared.skipped;
        comparison.unreadable = compared.unreadable;
        comparison.wrong = compared.wrong;
        comparison.missing_wrong = compared.missing_wrong;
        comparison.largest_error = compared.largest_error;
        comparison.wrong_chunks = compared.chunks.len() as u64;
        comparison.chunks = compared
            .chunks
            .iter()
            .take(NAMED)
            .map(|chunk| reader.array.chunk_key(chunk))
            .collect();
        comparison.at = compared.chunks;
        comparison.first = compared.first.and_then(|(position, expected, found)| {
            let schema = variable(self.archive, path)?;
            Some(Difference {
                position: labels::at(self.archive, schema, &position),
                expected,
                found,
            })
        });
        Ok(comparison)
    }

    pub(crate) fn placing<'p>(&'p self, options: &'p MatchOptions) -> Placing<'p> {
        Placing {
            converter: self.converter,
            archive: self.archive,
            limits: &self.limits,
            options,
            small: self.sample.is_part(),
        }
    }

    /// Whether an error says that source and archive do not go together, or that the archive
    /// is at fault: then it is something that was found.
    pub(crate) fn is_about_archive(&self, error: &RegionError) -> bool {
        match error {
            RegionError::Match(_) | RegionError::Lossy { .. } | RegionError::Archive { .. } => true,
            RegionError::Codec(_) | RegionError::Chunk { .. } => true,
            RegionError::Source(SourceError { path, .. }) => *path == self.archive.identity().path,
            _ => false,
        }
    }
}

fn buffer(elements: Elements) -> Buffer {
    match elements {
        Elements::Bytes(bytes) => bytes,
        Elements::Text(_) => Buffer::default(),
    }
}

fn unmatched(file: String, error: &dyn std::error::Error) -> Finding {
    let mut messages = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        messages.push(error.to_string());
        cause = error.source();
    }
    messages.dedup();
    Finding::Unmatched { file, messages }
}
