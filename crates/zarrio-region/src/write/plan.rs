//! What a write of regions will do.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use zarrio_model::{NodePath, Region, Source, VariableSchema};

use super::{WritePlan, WriteVariable};
use crate::RegionError;
use crate::axis::axis_of;
use crate::block::cells;
use crate::check;
use crate::content::Missing;
use crate::convert::Converter;
use crate::limits::Limits;
use crate::matching::{EncodingMatch, MatchOptions, Matched, Side, match_source};
use crate::packing::rounding;
use crate::quantize::Quantization;
use crate::recode::Recode;
use crate::transfer::Transfer;
use crate::zarr_source::ZarrSource;

/// The only positions along one dimension at which anything is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    /// The dimension.
    pub(crate) dimension: String,
    /// The positions, in ascending order.
    pub(crate) ranges: Vec<Range<u64>>,
    /// Whether that leaves out some of what the source has.
    pub(crate) partial: bool,
}

impl Scope {
    /// Leaves out what lies elsewhere.
    fn cut(&self, matched: &mut Matched, archive: &ZarrSource) {
        matched.variables.retain_mut(|variable| {
            let schema = archive.schema().variable(&variable.path);
            let mut names = schema.into_iter().flat_map(|schema| &schema.dimensions);
            let Some(axis) = names.position(|name| *name == self.dimension) else {
                return true;
            };
            variable.placement = variable.placement.at(axis, &self.ranges);
            variable.dates.clear();
            variable.placement.num_elements() > 0
        });
    }
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
        self.plan_within(source, archive, options, None)
    }

    /// The same for a part of what the source has.
    pub(crate) fn plan_within(
        &self,
        source: &dyn Source,
        archive: &ZarrSource,
        options: &MatchOptions,
        scope: Option<&Scope>,
    ) -> Result<WritePlan, RegionError> {
        check::check_names(&self.config, archive)?;
        let mut matched = match_source(source, archive, options)?;
        if let Some(scope) = scope {
            scope.cut(&mut matched, archive);
        }
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
                blocks: limits.blocks_or_copy(from, &bounds, array.chunk_shape(), more)?,
                place: archive.place(&variable.path)?,
                variable: variable.path.clone(),
                only: variable
                    .lacking
                    .map(|parts| only(&parts, array.chunk_shape())),
                placement: variable.placement,
                array,
                recode: recode.map(Arc::new),
            };
            notes.extend(transfer.blocks.note(&transfer.variable));
            let (chunks, shared_chunks) = transfer.count_chunks();
            let ranges = bounds.ranges().iter().zip(&to.dimensions);
            planned.push(WriteVariable {
                path: variable.path.to_string(),
                region: ranges
                    .map(|(r, name)| (name.clone(), r.start, r.end))
                    .collect(),
                dates: variable.dates,
                elements: transfer.num_elements(),
                chunks,
                shared_chunks,
                source_reads: transfer.blocks.source_reads,
                copied_bytes: transfer.blocks.scratch.as_ref().map(|copy| copy.bytes),
                recoded: match variable.encoding {
                    EncodingMatch::Differs(respects) if transfer.recode.is_some() => respects,
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
