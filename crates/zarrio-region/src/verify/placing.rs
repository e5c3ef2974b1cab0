//! Where the elements of a file, or of a record, come from and go.

use std::collections::BTreeSet;
use std::sync::Arc;

use zarrio_model::config::RangeExceededAction;
use zarrio_model::{NodePath, Region, Source, VariableSchema};

use super::in_group::InGroup;
use crate::RegionError;
use crate::axis::axis_of;
use crate::block::{BlockPlan, BlockRequest};
use crate::content::Missing;
use crate::convert::Converter;
use crate::ledger::{Record, RecordKind};
use crate::limits::Limits;
use crate::matching::{MatchOptions, NamedRegion, OnDuplicate, OnUnmatched};
use crate::packing::rounding;
use crate::placement::Placement;
use crate::quantize::Quantization;
use crate::recode::Recode;
use crate::transfer::Transfer;
use crate::zarr_source::ZarrSource;

/// How large blocks are of which only a sample is read.
const SMALL: u64 = 16 << 20;
/// What a text takes on average.
const TEXT_BYTES: u64 = 64;

/// What is needed to place files.
#[derive(Clone, Copy)]
pub(crate) struct Placing<'a> {
    pub(crate) converter: &'a Converter<'a>,
    pub(crate) archive: &'a ZarrSource,
    pub(crate) limits: &'a Limits,
    /// How files are matched.
    pub(crate) options: &'a MatchOptions,
    /// Whether only a sample of the blocks is going to be read.
    pub(crate) small: bool,
}

/// A file's transfers, and the variables of which only the labels were compared.
#[derive(Debug, Default)]
pub(crate) struct Placed {
    pub(crate) transfers: Vec<Transfer>,
    pub(crate) matched: Vec<String>,
}

impl Placing<'_> {
    /// Where everything of a file goes, what does not grow included.
    pub(crate) fn file(&self, source: &dyn Source) -> Result<Placed, RegionError> {
        self.planned(source, self.options)
    }

    /// Fails where it is not told where a file goes when it is written.
    pub(crate) fn written(&self, source: &dyn Source) -> Result<(), RegionError> {
        let converter = self.converter.as_written();
        let planned = converter.plan_region(source, self.archive, self.options);
        planned.map(|_| ())
    }

    fn planned(&self, source: &dyn Source, options: &MatchOptions) -> Result<Placed, RegionError> {
        let options = MatchOptions {
            same_axes: true,
            ..options.clone()
        };
        let plan = self
            .converter
            .as_written()
            .plan_region(source, self.archive, &options)?;
        // Where a file has labels in another order, what has those labels is not the same
        // element by element.
        let reordered: BTreeSet<String> = plan
            .transfers
            .iter()
            .flat_map(|transfer| transfer.dimensions.iter().zip(transfer.placement.runs()))
            .filter(|(_, runs)| !matches!(runs.as_slice(), [run] if !run.reversed))
            .map(|(dimension, _)| dimension.clone())
            .collect();
        let mut placed = Placed {
            transfers: plan.transfers,
            matched: Vec::new(),
        };
        for transfer in &mut placed.transfers {
            // Of what the archive lacked in part, the rest is the file's as well.
            transfer.only = None;
            self.cut(source, transfer)?;
        }
        for path in plan.compared {
            let node = NodePath::parse(&path);
            let schema = self.archive.schema().variable(&node);
            let is_moved = schema.is_some_and(|variable| {
                variable
                    .dimensions
                    .iter()
                    .any(|name| reordered.contains(name))
            });
            let same = match is_moved {
                true => None,
                false => self.identity(source, &node)?,
            };
            match same {
                Some(transfer) => placed.transfers.push(transfer),
                None => placed.matched.push(path),
            }
        }
        Ok(placed)
    }

    /// Where the parts of a record come from, as far as that can be told from its source:
    /// what is placed otherwise than the record says is left out.
    pub(crate) fn record<S>(
        &self,
        source: &InGroup<S>,
        record: &Record,
    ) -> Result<Placed, RegionError>
    where
        InGroup<S>: Source,
    {
        let mut placed = match record.kind {
            RecordKind::Region => self.region(source, record)?,
            // Where labels do not tell, it may be the same array element by element.
            RecordKind::Dataset => self.region(source, record).unwrap_or_default(),
            RecordKind::Gap => Placed::default(),
        };
        placed.transfers.retain(|transfer| {
            let extent = record.extent_of(transfer.variable.as_str());
            extent.is_some_and(|extent| transfer.extent().holds(extent))
        });
        placed.matched.clear();
        for variable in &record.variables {
            let path = NodePath::parse(&variable.path);
            if placed.transfers.iter().any(|t| t.variable == path) {
                continue;
            }
            match self.identity(source, &path)? {
                Some(transfer) => placed.transfers.push(transfer),
                None => placed.matched.push(variable.path.clone()),
            }
        }
        Ok(placed)
    }

    /// A record does not tell by which options its file was placed; where it lies shows when
    /// the right ones are found.
    fn region(&self, source: &dyn Source, record: &Record) -> Result<Placed, RegionError> {
        let has = |name: &String| source.schema().variable(&NodePath::parse(name)).is_some();
        let names = record.variables.iter().map(|v| v.path.clone());
        if !names.clone().any(|name| has(&name)) {
            return Ok(Placed::default());
        }
        let plain = MatchOptions {
            include: Some(names.collect()),
            exclude: Vec::new(),
            skip_unsupported: true,
            on_unmatched: OnUnmatched::Skip,
            on_duplicate: OnDuplicate::First,
            region: None,
            ..self.options.clone()
        };
        let holds = |placed: &Placed| {
            record.variable_parts().any(|(part, extent)| {
                let mut transfers = placed.transfers.iter();
                transfers.any(|t| t.variable.as_str() == part.path && t.extent().holds(extent))
            })
        };
        let first = self.planned(source, &plain);
        if first.as_ref().is_ok_and(holds) {
            return first;
        }
        let Some(region) = by_hand(record) else {
            return first;
        };
        let second = self.planned(
            source,
            &MatchOptions {
                region: Some(region),
                ..plain
            },
        );
        match second {
            Ok(second) if holds(&second) => Ok(second),
            _ => first,
        }
    }

    /// A variable that is the same array on both sides, element by element, but for the
    /// rounding that the archive says of itself.
    fn identity(
        &self,
        source: &dyn Source,
        path: &NodePath,
    ) -> Result<Option<Transfer>, RegionError> {
        let sides = source.schema().variable(path);
        let sides = sides.zip(self.archive.schema().variable(path));
        let Some((from, to)) = sides.filter(|(from, to)| {
            (&from.shape, &from.dimensions) == (&to.shape, &to.dimensions)
                && units(from) == units(to)
        }) else {
            return Ok(None);
        };
        // What lay beyond the range was decided about when it was written.
        let lossy = rounding(to, &self.converter.config).map(|_| RangeExceededAction::Ignore);
        let recode = match Recode::new(from, to, None, None, lossy) {
            Ok(None) if from.data_type == to.data_type => {
                Quantization::of_archive(to).map(|rounded| Recode::round(from, rounded.bits))
            }
            Ok(Some(recode)) if recode.packed().is_some() => Some(recode),
            _ => return Ok(None),
        };
        let array = self.archive.stored_array(path)?;
        let bounds = Region::full(&to.shape);
        let mut transfer = Transfer {
            dimensions: to.dimensions.clone(),
            axis: axis_of(self.archive, to, self.options.time_dimension.as_deref()),
            missing: Missing::of(&to.attributes),
            blocks: self.limits.blocks(from, &bounds, array.chunk_shape(), 1)?,
            place: self.archive.place(path)?,
            variable: path.clone(),
            placement: Placement::whole(&to.shape),
            only: None,
            array,
            recode: recode.map(Arc::new),
        };
        self.cut(source, &mut transfer)?;
        Ok(Some(transfer))
    }

    /// Cuts a transfer into blocks that leave room for what the archive has of each.
    fn cut(&self, source: &dyn Source, transfer: &mut Transfer) -> Result<(), RegionError> {
        let schema = source.schema().variable(&transfer.variable);
        let (Some(schema), Some(bounds)) = (schema, transfer.placement.bounds()) else {
            return Ok(());
        };
        if self.small {
            let width = schema.data_type.size().map_or(TEXT_BYTES, |n| n as u64);
            transfer.blocks = BlockPlan::new(&BlockRequest {
                bounds: &bounds,
                chunk_shape: transfer.array.chunk_shape(),
                source_chunks: schema.layout.unit(),
                element_size: width,
                block_bytes: SMALL,
            });
            return Ok(());
        }
        let width = |bytes: Option<usize>| bytes.unwrap_or(1) as u64;
        let (from, to) = (
            width(schema.data_type.size()),
            width(transfer.array.data_type().size()),
        );
        let more = match &transfer.recode {
            Some(_) => 3 + 3 * to.div_ceil(from),
            None => 2,
        };
        let chunk = transfer.array.chunk_shape();
        transfer.blocks = self.limits.blocks(schema, &bounds, chunk, more)?;
        Ok(())
    }
}

/// The units in which numbers are told, which no two kinds of labels share.
fn units(variable: &VariableSchema) -> [Option<&str>; 2] {
    ["units", "calendar"].map(|name| variable.attributes.text(name))
}

/// Where a record lies, as somebody would write it; none where it has gaps.
fn by_hand(record: &Record) -> Option<NamedRegion> {
    let mut texts: Vec<String> = Vec::new();
    for extent in &record.extents {
        for (name, ranges) in &extent.0 {
            let [[start, end]] = ranges.as_slice() else {
                return None;
            };
            let text = format!("{name}={start}:{end}");
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
    }
    texts.join(",").parse().ok()
}
