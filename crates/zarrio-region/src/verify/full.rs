//! Reads everything, or a sample of it, once.

use std::collections::BTreeMap;

use rayon::prelude::*;
use zarrio_model::{Region, Source as _, VariableSchema};

use super::Verifier;
use super::bad::Bad;
use super::history::{Holdings, Owner};
use super::numbers::{Counts, Tally};
use super::outside::{self, Outside};
use super::read::{Block, Found, Reader};
use super::report::{Finding, Value, VerifiedVariable};
use super::sample::rank;
use crate::RegionError;
use crate::content::{Content, Missing, Scan};
use crate::memory::Buffer;
use crate::observer::Event;
use crate::placement::{Placement, Run};
use crate::recode::Meant;
use crate::transfer::Elements;

/// One variable under examination.
struct Task<'r> {
    reader: Reader<'r>,
    holdings: Holdings,
    missing: Missing,
    /// Whether data that no record tells of are to be told.
    ours: bool,
    tally: Tally,
    chunks: u64,
    /// Chunks that are not whole although a record tells of them.
    bad: BTreeMap<Vec<u64>, Found>,
    outside: Outside,
}

/// What was seen in one block.
struct Seen {
    contents: Vec<(Owner, Content)>,
    unreadable: Vec<(Owner, u64)>,
    bad: Vec<(Vec<u64>, Found)>,
    outside: Vec<outside::Found>,
}

impl Verifier<'_> {
    /// Looks at every variable; gives the records whose numbers are not those that were found.
    pub(super) fn full(&mut self) -> Result<Vec<usize>, RegionError> {
        let ours = self.is_ours()?;
        let archive = self.archive;
        let mut tasks: Vec<Task<'_>> = Vec::new();
        let mut findings = Vec::new();
        for variable in archive.schema().variables() {
            match Reader::new(archive, &variable.path) {
                Ok(Some(reader)) => tasks.push(Task::new(
                    reader,
                    self.history.of(variable),
                    Missing::of(&variable.attributes),
                    ours,
                )),
                Ok(None) => {}
                Err(error) => findings.push(super::structure(variable, &error)),
            }
        }
        let bytes = VariableSchema::raw_bytes_of(tasks.iter().map(|t| t.reader.schema));
        self.converter.observer.on_event(&Event::Planned {
            variables: tasks.len(),
            chunks: tasks
                .iter()
                .map(Task::num_chunks)
                .fold(0, u64::saturating_add),
            bytes,
        });
        if self.sample.is_part() {
            self.some(&mut tasks)?;
        } else {
            for task in &mut tasks {
                self.all_of(task)?;
            }
        }
        let (mut counts, mut wrong) = (Counts::default(), Vec::new());
        for task in &tasks {
            let path = &task.reader.schema.path;
            task.findings(self, &mut findings);
            for (chunk, found) in &task.bad {
                self.bad.note(path.as_str(), chunk, Bad::of(found));
            }
            if !self.sample.is_part() {
                wrong.extend(
                    task.tally
                        .judge(&self.history, path, &mut counts, &mut findings),
                );
            }
        }
        self.report.confirmed += counts.confirmed;
        self.report.without_digest += counts.without_digest;
        self.report.overlaid += counts.overlaid;
        self.report.variables = tasks.iter().map(Task::report).collect();
        self.report.findings.extend(findings);
        wrong.sort_unstable();
        wrong.dedup();
        Ok(wrong)
    }

    /// Reads a variable in blocks of whole rows.
    fn all_of(&self, task: &mut Task<'_>) -> Result<(), RegionError> {
        let variable = &task.reader.schema.path;
        self.converter
            .observer
            .on_event(&Event::VariableStarted { variable });
        let mut buffer = Buffer::default();
        for region in task.reader.rows(&self.limits)?.regions() {
            self.converter.cancel.check()?;
            let (seen, rest) = self.pool.install(|| {
                let block = task.reader.read(&region, std::mem::take(&mut buffer))?;
                let seen = task.look(self, &block);
                Ok::<_, RegionError>((seen, block.into_buffer()))
            })?;
            buffer = rest;
            self.looked(task, &region);
            task.take(seen);
        }
        task.chunks = task.num_chunks();
        Ok(())
    }

    /// Reads single chunks here and there.
    fn some(&self, tasks: &mut [Task<'_>]) -> Result<(), RegionError> {
        let mut pieces: Vec<(u64, usize, u64)> = Vec::new();
        for (i, task) in tasks.iter().enumerate() {
            let name = task.reader.schema.path.as_str();
            self.sample.count(0, task.reader.schema.num_elements());
            let chosen = (0..task.num_chunks()).filter(|piece| self.sample.takes(name, *piece));
            pieces.extend(chosen.map(|piece| (rank(name, piece), i, piece)));
        }
        // Mixed, so that what is done when the time is over is a fair sample.
        pieces.sort_unstable();
        let many = (self.limits.jobs as usize).max(1);
        for batch in pieces.chunks(many) {
            self.converter.cancel.check()?;
            if self.sample.is_late() {
                break;
            }
            let seen = self.pool.install(|| {
                let work = batch.par_iter().map(|(_, i, piece)| {
                    let task = &tasks[*i];
                    let region = task.reader.chunk_region(&task.chunk(*piece));
                    let block = task.reader.read(&region, Buffer::default())?;
                    self.looked(task, &region);
                    Ok::<_, RegionError>((*i, region.num_elements(), task.look(self, &block)))
                });
                work.collect::<Result<Vec<_>, _>>()
            })?;
            for (i, elements, seen) in seen {
                self.sample.count(elements, 0);
                tasks[i].chunks += 1;
                tasks[i].take(seen);
            }
        }
        Ok(())
    }

    fn looked(&self, task: &Task<'_>, region: &Region) {
        let width = task.reader.array.data_type().size().unwrap_or(0) as u64;
        let bytes = region.num_elements().saturating_mul(width);
        self.converter.observer.on_event(&Event::Looked { bytes });
    }
}

impl<'r> Task<'r> {
    fn new(reader: Reader<'r>, holdings: Holdings, missing: Missing, ours: bool) -> Self {
        Self {
            reader,
            holdings,
            missing,
            ours,
            tally: Tally::default(),
            chunks: 0,
            bad: BTreeMap::new(),
            outside: Outside::default(),
        }
    }

    fn grid(&self) -> Vec<u64> {
        let lengths = self.reader.array.shape().iter();
        let chunks = lengths.zip(self.reader.array.chunk_shape());
        chunks
            .map(|(length, chunk)| length.div_ceil(*chunk))
            .collect()
    }

    fn num_chunks(&self) -> u64 {
        self.grid().into_iter().fold(1, u64::saturating_mul)
    }

    /// The chunk of a number, in C order.
    fn chunk(&self, number: u64) -> Vec<u64> {
        let mut rest = number;
        let grid = self.grid();
        let mut chunk: Vec<u64> = grid
            .iter()
            .rev()
            .map(|n| {
                let index = rest % n;
                rest /= n;
                index
            })
            .collect();
        chunk.reverse();
        chunk
    }

    /// Looks at a block; all of it is in memory.
    fn look(&self, verifier: &Verifier<'_>, block: &Block) -> Seen {
        let mut seen = Seen {
            contents: Vec::new(),
            unreadable: Vec::new(),
            bad: Vec::new(),
            outside: Vec::new(),
        };
        for (chunk, found) in &block.chunks {
            let bad = match found {
                Found::Whole => false,
                Found::Torn(_) => true,
                Found::Absent => self.holdings.is_recorded(&self.reader.chunk_region(chunk)),
            };
            if bad {
                seen.bad.push((chunk.clone(), found.clone()));
            }
        }
        let scan = Scan {
            data_type: self.reader.array.data_type(),
            missing: &self.missing,
            shape: self.reader.array.shape(),
            presence: None,
        };
        for (part, owner) in verifier.history.owners(&self.holdings, &block.region) {
            let unreadable: u64 = seen
                .bad
                .iter()
                .map(|(chunk, _)| self.reader.chunk_region(chunk).intersection(&part))
                .map(|region| region.num_elements())
                .sum();
            if unreadable > 0 {
                seen.unreadable.push((owner, unreadable));
                continue;
            }
            if owner == Owner::Nobody && self.ours {
                // What nobody wrote has no values worth a look but those that should not be.
                outside::look(
                    &self.reader,
                    &self.holdings,
                    block,
                    &part,
                    &mut seen.outside,
                );
                let content = Content {
                    values: part.num_elements(),
                    ..Content::default()
                };
                seen.contents.push((owner, content));
                continue;
            }
            let content = scan.content(block.elements.view(), &block.region, &whole(&part));
            seen.contents.push((owner, content));
        }
        seen
    }

    fn take(&mut self, seen: Seen) {
        for (owner, content) in seen.contents {
            self.tally.add(owner, content);
        }
        for (owner, elements) in seen.unreadable {
            self.tally.add_unreadable(owner, elements);
        }
        self.bad.extend(seen.bad);
        for found in seen.outside {
            self.outside.add(found);
        }
    }

    fn findings(&self, verifier: &Verifier<'_>, findings: &mut Vec<Finding>) {
        let variable = self.reader.schema.path.to_string();
        for (chunk, found) in &self.bad {
            let (variable, chunk) = (variable.clone(), self.reader.array.chunk_key(chunk));
            findings.push(match found {
                Found::Torn(reason) => Finding::ChunkTorn {
                    variable,
                    chunk,
                    reason: reason.clone(),
                },
                _ => Finding::ChunkAbsent { variable, chunk },
            });
        }
        let history = &verifier.history;
        findings.extend(history.unfinished(self.reader.schema, &self.holdings));
        findings.extend(self.outside.finding(&self.reader));
    }

    fn report(&self) -> VerifiedVariable {
        let meant = Meant::new(self.reader.schema);
        let value = |stored| Value {
            stored,
            meant: meant.of(stored),
        };
        let unwritten = match self.ours {
            true => self.tally.of(Owner::Nobody),
            false => Content::default(),
        };
        let written = self.tally.all();
        let written = written.filter(|(owner, _)| !self.ours || *owner != Owner::Nobody);
        let written = written.fold(Content::default(), |sum, (_, content)| sum.with(content));
        VerifiedVariable {
            path: self.reader.schema.path.to_string(),
            data_type: self.reader.schema.data_type.to_string(),
            shape: self.reader.schema.shape.clone(),
            chunks: self.chunks,
            values: written.values + unwritten.values,
            missing: written.missing,
            unwritten: unwritten.values,
            min: written.min.map(value),
            max: written.max.map(value),
        }
    }
}

impl Block {
    /// The buffer, to be filled again.
    fn into_buffer(self) -> Buffer {
        match self.elements {
            Elements::Bytes(bytes) => bytes,
            Elements::Text(_) => Buffer::default(),
        }
    }
}

/// A region as if a source placed all of it.
pub(crate) fn whole(part: &Region) -> Placement {
    let run = |range: &std::ops::Range<u64>| {
        vec![Run {
            archive: range.start,
            source: range.start,
            length: range.end - range.start,
            reversed: false,
        }]
    };
    Placement::new(part.ranges().iter().map(run).collect())
}
