//! Writes what a source has into its place in an archive.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use zarrio_model::{NodePath, Region, Source, VariableSchema};

use crate::RegionError;
use crate::axis::axis_of;
use crate::block::cells;
use crate::content::Missing;
use crate::convert::Converter;
use crate::exact;
use crate::exclusion::check_there;
use crate::limits::Limits;
use crate::matching::{MatchOptions, Matched, Side, match_source};
use crate::observer::{Event, VariableReport};
use crate::origin;
use crate::packing::{look, notes, rounding};
use crate::pipeline::{Pipeline, pool};
use crate::quantize::Quantization;
use crate::recode::Recode;
use crate::recording::{Recording, Standing, Sums, Written};
use crate::transfer::Transfer;
use crate::zarr_source::ZarrSource;

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
    /// Elements that are written.
    pub elements: u64,
    /// Objects that are written.
    pub chunks: u64,
    /// Those among them that hold more than this source has: they are merged.
    pub shared_chunks: u64,
    /// How many times a source chunk is decoded on average.
    pub source_reads: f64,
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
}

impl Converter<'_> {
    /// What [`write_region`](Self::write_region) would do: compares labels and encodings
    /// and writes nothing.
    ///
    /// # Errors
    /// When source and archive disagree, or the settings do not suffice.
    pub fn plan_region(
        &self,
        source: &dyn Source,
        archive: &ZarrSource,
        options: &MatchOptions,
    ) -> Result<WritePlan, RegionError> {
        let matched = match_source(source, archive, options)?;
        let arrays = matched
            .variables
            .iter()
            .map(|variable| archive.stored_array(&variable.path))
            .collect::<Result<Vec<_>, _>>()?;
        let known = |path: &NodePath| {
            source
                .schema()
                .variable(path)
                .zip(archive.schema().variable(path))
                .ok_or_else(|| RegionError::Archive {
                    message: format!("variable {:?} has gone", path.as_str()),
                })
        };
        let mut sides = Vec::new();
        for variable in &matched.variables {
            sides.push(known(&variable.path)?);
        }
        let limits = Limits::new(&self.config).for_variables(
            sides
                .iter()
                .zip(&arrays)
                .map(|((from, _), array)| (*from, array.chunk_shape())),
        );
        let Matched {
            variables,
            compared,
            mut notes,
            ..
        } = matched;
        let ours = Side::new(archive);
        let (mut planned, mut transfers) = (Vec::new(), Vec::new());
        for ((variable, array), (from, to)) in variables.into_iter().zip(arrays).zip(sides) {
            if let Some(filter) = array.lossy_filter() {
                return Err(RegionError::Lossy {
                    variable: variable.path.to_string(),
                    index: Vec::new(),
                    labels: Vec::new(),
                    reason: format!(
                        "the archive's filter {filter} would change values without a check of its range"
                    ),
                });
            }
            let times = variable.times.as_ref();
            let recode = Recode::new(
                from,
                to,
                times.map(|t| &t.source),
                times.map(|t| &t.archive),
                rounding(to, &self.config).filter(|_| !ours.is_coordinate(&variable.path)),
            )
            .map_err(|reason| RegionError::Lossy {
                variable: variable.path.to_string(),
                index: Vec::new(),
                labels: Vec::new(),
                reason,
            })?;
            // Numbers of the same type are rounded as those that the archive has.
            let rounded = Quantization::of_archive(to).filter(|_| recode.is_none());
            let recode = recode.or_else(|| Some(Recode::round(from, rounded?.bits)));
            let Some(bounds) = variable.placement.bounds() else {
                notes.push(format!(
                    "variable {:?} has no element to write",
                    variable.path.as_str()
                ));
                continue;
            };
            // What is changed, or put together from parts, passes through further buffers.
            let more = match &recode {
                Some(_) => 2 + 2 * width(to).div_ceil(width(from)),
                None if !variable.placement.is_one_run() => 1,
                None => 0,
            };
            let transfer = Transfer {
                dimensions: to.dimensions.clone(),
                axis: axis_of(archive, to, options.time_dimension.as_deref()),
                missing: Missing::of(&to.attributes),
                blocks: limits.blocks(from, &bounds, array.chunk_shape(), more)?,
                place: archive.place(&variable.path)?,
                variable: variable.path.clone(),
                only: variable
                    .lacking
                    .map(|parts| only(&parts, array.chunk_shape())),
                placement: variable.placement,
                array,
                recode: recode.map(Arc::new),
            };
            let (chunks, shared_chunks) = transfer.count_chunks();
            let ranges = bounds.ranges().iter().zip(&to.dimensions);
            planned.push(WriteVariable {
                path: variable.path.to_string(),
                region: ranges
                    .map(|(r, name)| (name.clone(), r.start, r.end))
                    .collect(),
                elements: transfer.num_elements(),
                chunks,
                shared_chunks,
                source_reads: transfer.blocks.source_reads,
                recoded: match variable.encoding {
                    crate::matching::EncodingMatch::Differs(respects)
                        if transfer.recode.is_some() =>
                    {
                        respects
                    }
                    _ => Vec::new(),
                },
            });
            transfers.push(transfer);
        }
        Ok(WritePlan {
            variables: planned,
            compared: compared.iter().map(ToString::to_string).collect(),
            jobs: limits.jobs,
            notes,
            transfers,
        })
    }

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
        let begun = Instant::now();
        let plan = self.plan_region(source, archive, options)?;
        let selection = archive.selection(options);
        let recording = Recording::new(self, source, archive, &plan.transfers, selection)?;
        let (pool, check) = (pool(plan.jobs)?, self.check());
        let pipeline = Pipeline {
            source,
            store: archive.store(),
            observer: self.observer,
            cancel: &self.cancel,
            pool: &pool,
            shared: true,
            only_looks: false,
            check: &check,
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
        let mut standing = recording.standing(self.rules, &known)?;
        // Where the identity does not say that it is the same, or is not trusted, the digest
        // decides.
        let asked = match standing {
            Standing::Open => self.rules.resume && !self.rules.force,
            Standing::Done => self.rules.check_digest,
            Standing::Superseded(_) => false,
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
            let failed = RegionError::store("cannot share chunks with other writers");
            archive.store().check_merge().map_err(failed)?;
        }
        let announced = recording.begin(&known)?;
        // Somebody may have written there between our look and our announcement.
        if !announced.known().is(&known) && plan.transfers.iter().any(|t| t.only.is_some()) {
            // What the archive lacked may be there now, and is to be compared.
            announced.withdraw();
            return self.write_region(source, archive, options);
        }
        let ready = announced.standing(self.rules).and_then(|standing| {
            let groups = plan.transfers.iter().map(|t| t.variable.parent());
            check_there(archive, &groups.collect::<Vec<_>>())?;
            origin::spoil(archive)?;
            Ok(standing)
        });
        match ready {
            Ok(Standing::Superseded(other)) => {
                announced.withdraw();
                return Ok(skipped(Standing::Superseded(other), plan));
            }
            Ok(_) => {}
            Err(error) => {
                announced.withdraw();
                return Err(error);
            }
        }
        match write_announced(&pipeline, archive, &plan) {
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
fn has_sums(
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

/// The chunks that parts of an array meet.
fn only(parts: &[Region], chunk_shape: &[u64]) -> BTreeSet<Vec<u64>> {
    let chunks = |part: &Region| {
        let ranges = part.ranges().iter().zip(chunk_shape);
        let ranges = ranges.map(|(r, c)| r.start / c..r.end.div_ceil(*c));
        let chunks = Region::new(ranges.collect());
        let first = chunks.start();
        cells(chunks.shape()).map(move |cell| cell.iter().zip(&first).map(|(c, f)| c + f).collect())
    };
    parts.iter().flat_map(chunks).collect()
}

/// Bytes of an element; one for text, whose memory is estimated otherwise.
fn width(variable: &VariableSchema) -> u64 {
    variable.data_type.size().unwrap_or(1) as u64
}
