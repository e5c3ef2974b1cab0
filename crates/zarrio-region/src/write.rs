//! Writes what a source has into its place in an archive.

mod plan;

use std::time::{Duration, Instant};

use serde::Serialize;
use zarrio_model::Source;

use crate::RegionError;
use crate::append::Grown;
use crate::convert::Converter;
use crate::describe::TimeRange;
use crate::exact;
use crate::exclusion::check_there;
use crate::growth::Growth;
use crate::ledger::check_shared;
use crate::limits::Limits;
use crate::matching::MatchOptions;
use crate::observer::{Event, VariableReport};
use crate::origin;
use crate::packing::{look, notes};
use crate::pipeline::{Pipeline, pool};
use crate::recording::{Recording, Standing, Sums, WriteRules, Written};
use crate::scratch::check_room;
use crate::transfer::Transfer;
use crate::zarr_source::ZarrSource;

pub(crate) use plan::Scope;

/// What will be written where; printable.
#[derive(Debug, Serialize)]
pub struct WritePlan {
    /// Variables in the order of the source.
    pub variables: Vec<WriteVariable>,
    /// Variables that the archive holds already, found equal.
    pub compared: Vec<String>,
    /// Threads that decode and encode.
    pub jobs: u64,
    /// What the user should know.
    pub notes: Vec<String>,
    #[serde(skip)]
    pub(crate) transfers: Vec<Transfer>,
}

/// A variable that will be written.
#[derive(Debug, Clone, Serialize)]
pub struct WriteVariable {
    /// Its path, the same on both sides.
    pub path: String,
    /// The smallest region of the archive that holds everything: half-open ranges by
    /// dimension.
    pub region: Vec<(String, u64, u64)>,
    /// The labels at both ends of it along each dimension, where they are times that were
    /// compared.
    #[serde(skip)]
    pub dates: Vec<Option<TimeRange>>,
    /// Elements that are written.
    pub elements: u64,
    /// Objects that are written.
    pub chunks: u64,
    /// Those among them that hold more than this source has: they are merged.
    pub shared_chunks: u64,
    /// How many times a source chunk is decoded on average.
    pub source_reads: f64,
    /// Bytes of the copy of the variable that is made on the disk first, where one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copied_bytes: Option<u64>,
    /// In which respects the encodings differ; values are changed where nothing is lost.
    pub recoded: Vec<String>,
}

/// What a write did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct WriteReport {
    /// What was written, in the order of the source.
    pub variables: Vec<VariableReport>,
    /// The region of each of them, as in the plan.
    pub regions: Vec<WriteVariable>,
    /// Variables that the archive holds already, found equal.
    pub compared: Vec<String>,
    /// The size of the source.
    pub source_bytes: u64,
    /// Uncompressed bytes that were written.
    pub raw_bytes: u64,
    /// Bytes of the objects that were written.
    pub stored_bytes: u64,
    /// Seconds that the operation took.
    #[serde(serialize_with = "crate::observer::as_seconds")]
    pub elapsed: Duration,
    /// What the user should know.
    pub notes: Vec<String>,
    /// What the archive's records said about it before: nothing was written where it stood
    /// there already.
    pub standing: Standing,
    /// How the archive grew, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grown: Option<Grown>,
}

/// How a region is written.
pub(crate) struct Write<'w> {
    /// What is done about what is on record already.
    pub(crate) rules: WriteRules,
    /// What of the source is written; all where nothing is said.
    pub(crate) scope: Option<&'w Scope>,
    /// How the archive grows before and after.
    pub(crate) growth: Option<&'w Growth<'w>>,
}

impl Converter<'_> {
    /// Writes what a source has into its place in an archive, beside any number of others
    /// that do the same.
    ///
    /// Where the data go is told by their labels. A chunk that holds more than the source
    /// has is merged under the lock of its object, so no other writer's data are lost; the
    /// metadata of the archive are never written. An interrupted run leaves whole objects,
    /// old or new; running it again finishes the work, with the same bytes.
    ///
    /// # Errors
    /// When the plan fails, the source cannot be read, a value has no place in the
    /// archive's encoding, or the store fails.
    pub fn write_region(
        &self,
        source: &dyn Source,
        archive: &ZarrSource,
        options: &MatchOptions,
    ) -> Result<WriteReport, RegionError> {
        let write = Write {
            rules: self.rules,
            scope: None,
            growth: None,
        };
        self.write(source, archive, options, &write)
    }

    /// Writes a region, in an archive that may be about to grow.
    pub(crate) fn write(
        &self,
        source: &dyn Source,
        archive: &ZarrSource,
        options: &MatchOptions,
        write: &Write<'_>,
    ) -> Result<WriteReport, RegionError> {
        let begun = Instant::now();
        let rules = write.rules;
        let plan = self.plan_within(source, archive, options, write.scope)?;
        let planned = plan.transfers.iter();
        let planned = planned.map(|transfer| (&transfer.variable, &transfer.blocks));
        check_room(self.scratch(), planned)?;
        let mut selection = archive.selection(options);
        if write.scope.is_some_and(|scope| scope.partial) {
            // All of the file is not done when this is.
            selection.push_str("-part");
        }
        let recording = Recording::new(self, source, archive, &plan.transfers, selection)?;
        let (pool, check) = (pool(plan.jobs)?, self.check());
        let pipeline = Pipeline {
            source,
            store: archive.store(),
            observer: self.observer,
            cancel: &self.cancel,
            pool: &pool,
            scratch: self.scratch(),
            memory: Limits::new(&self.config).memory,
            shared: true,
            only_looks: false,
            check: &check,
            hold: &|| Ok(()),
        };
        let skipped = |standing, plan: WritePlan| WriteReport {
            source_bytes: source.identity().size,
            standing,
            regions: plan.variables,
            compared: plan.compared,
            notes: plan.notes,
            elapsed: begun.elapsed(),
            ..WriteReport::default()
        };
        let known = recording.known()?;
        let mut standing = recording.standing(rules, &known)?;
        // Where the identity does not say that it is the same, or is not trusted, the digest
        // decides.
        let asked = match standing {
            Standing::Open => rules.resume && !rules.force,
            Standing::Done => rules.check_digest,
            Standing::Superseded(_) | Standing::Torn(_) => false,
        };
        if asked {
            standing = match recording.sums(&known)? {
                Some(sums) if has_sums(&pipeline, &plan.transfers, &sums)? => {
                    // It is done with or without that.
                    if let Err(error) = recording.remember(archive, &known) {
                        tracing::warn!(%error, "a file that holds what is on record is not noted");
                    }
                    Standing::Done
                }
                _ => Standing::Open,
            };
        }
        if standing != Standing::Open {
            return Ok(skipped(standing, plan));
        }
        self.observer.on_event(&Event::Planned {
            variables: plan.variables.len(),
            chunks: plan.variables.iter().map(|v| v.chunks).sum(),
            bytes: plan.transfers.iter().map(Transfer::raw_bytes).sum(),
        });
        exact::check(&pipeline, &plan.transfers)?;
        look(source, &plan.transfers, &pool, &self.cancel)?;
        if plan
            .variables
            .iter()
            .any(|variable| variable.shared_chunks > 0)
        {
            check_shared(archive)?;
        }
        let announced = recording.begin(&known)?;
        // Somebody may have written there between our look and our announcement.
        if !announced.known().is(&known) && plan.transfers.iter().any(|t| t.only.is_some()) {
            // What the archive lacked may be there now, and is to be compared.
            announced.withdraw();
            return self.write(source, archive, options, write);
        }
        let ready = announced.standing(rules).and_then(|standing| {
            let groups: Vec<_> = plan.transfers.iter().map(|t| t.variable.parent()).collect();
            check_there(archive, &groups)?;
            origin::spoil(archive)?;
            Ok(standing)
        });
        match ready {
            Ok(standing @ (Standing::Superseded(_) | Standing::Torn(_))) => {
                announced.withdraw();
                return Ok(skipped(standing, plan));
            }
            Ok(_) => {}
            Err(error) => {
                announced.withdraw();
                return Err(error);
            }
        }
        let work = || {
            write.growth.map_or(Ok(()), Growth::clear)?;
            let held = Pipeline {
                hold: &|| announced.hold(),
                ..pipeline
            };
            let written = write_announced(&held, archive, &plan)?;
            write.growth.map_or(Ok(()), Growth::commit)?;
            Ok(written)
        };
        match work() {
            Ok(written) => {
                announced.finish(&written)?;
                let variables: Vec<VariableReport> =
                    written.into_iter().map(|w| w.report).collect();
                let packed = notes(&variables, &self.config);
                Ok(WriteReport {
                    raw_bytes: variables.iter().map(|v| v.raw_bytes).sum(),
                    stored_bytes: variables.iter().map(|v| v.stored_bytes).sum(),
                    source_bytes: source.identity().size,
                    standing,
                    regions: plan.variables,
                    compared: plan.compared,
                    notes: plan.notes.into_iter().chain(packed).collect(),
                    elapsed: begun.elapsed(),
                    variables,
                    grown: None,
                })
            }
            Err(error) => {
                announced.give_up(&error);
                Err(error)
            }
        }
    }
}

/// Whether what the transfers would write has these sums of rows.
pub(crate) fn has_sums(
    pipeline: &Pipeline<'_>,
    transfers: &[Transfer],
    sums: &Sums,
) -> Result<bool, RegionError> {
    let looking = Pipeline {
        only_looks: true,
        ..*pipeline
    };
    let found = looking.run(transfers)?;
    pipeline.source.check_unchanged()?;
    let same = |written: &Written| {
        let sum = sums.get(written.report.variable.as_str());
        sum.is_some() && written.content.sum == sum.copied()
    };
    Ok(found.iter().all(same))
}

/// Writes the data; what is returned is durable where that was asked for.
fn write_announced(
    pipeline: &Pipeline<'_>,
    archive: &ZarrSource,
    plan: &WritePlan,
) -> Result<Vec<Written>, RegionError> {
    let written = pipeline.run(&plan.transfers)?;
    pipeline.source.check_unchanged()?;
    archive
        .store()
        .sync()
        .map_err(RegionError::store("cannot make the data durable"))?;
    Ok(written)
}
