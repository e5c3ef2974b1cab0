//! What records and writers say about one variable, the oldest first.

use std::collections::HashMap;

use zarrio_model::VariableSchema;

use crate::ledger::{Extent, Intent, Record, RecordKind, SourceRecord, VariableRecord};

/// Positions along a dimension, as records keep them.
type Ranges = [[u64; 2]];

/// The one position of a variable that does not grow.
const ONCE: &Ranges = &[[0, 1]];

/// The shape of a variable with the dimension along which it grows first. One that does not
/// grow has a dimension of one position instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) shape: Vec<u64>,
    axis: Option<usize>,
}

impl Frame {
    pub(super) fn new(shape: &[u64], axis: Option<usize>) -> Self {
        Self {
            shape: reordered(shape, axis, 1),
            axis,
        }
    }

    /// Lengths along the dimensions of the variable, in the order of the frame.
    pub(super) fn turned(&self, lengths: &[u64]) -> Vec<u64> {
        reordered(lengths, self.axis, 1)
    }

    /// The position of a chunk in the order of the frame.
    pub(super) fn turned_index(&self, index: &[u64]) -> Vec<u64> {
        reordered(index, self.axis, 0)
    }

    /// The elements at one position of the axis.
    pub(super) fn cross_section(&self) -> u64 {
        let lengths = self.shape.iter().skip(1).copied();
        lengths.fold(1, u64::saturating_mul)
    }
}

/// The element of the axis first, or `once` in its place.
fn reordered<T: Copy>(items: &[T], axis: Option<usize>, once: T) -> Vec<T> {
    let first = axis.and_then(|axis| items.get(axis)).copied();
    let rest = items.iter().enumerate().filter(|(i, _)| Some(*i) != axis);
    std::iter::once(first.unwrap_or(once))
        .chain(rest.map(|(_, item)| *item))
        .collect()
}

/// Of what a layer tells. The number is that of the record or the writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Data were written.
    Data(usize),
    /// There are none.
    Gap(usize),
    /// Somebody began to write and has not recorded it.
    Begun(usize),
}

/// What one record or writer says about the variable.
#[derive(Debug, Clone)]
pub(super) struct Layer<'r> {
    pub(super) kind: Kind,
    order: u64,
    /// Equal for layers from one file; none where there is no file.
    pub(super) source: Option<usize>,
    /// The positions along each dimension of the frame.
    pub(super) axes: Vec<&'r Ranges>,
    /// From which dimension on all positions are its own.
    pub(super) whole_from: usize,
    /// Where along the axis all of its values are missing.
    pub(super) all_missing: Vec<[u64; 2]>,
    /// What its record says of the variable.
    pub(super) numbers: Option<&'r VariableRecord>,
}

/// What the layers of all variables are made of.
#[derive(Debug)]
pub(super) struct Told<'r> {
    records: &'r [Record],
    writers: &'r [Intent],
    /// The numbers of the files that records and writers have.
    record_sources: Vec<Option<usize>>,
    writer_sources: Vec<Option<usize>>,
    /// By the path of a variable, the records that are about it.
    by_path: HashMap<&'r str, Vec<(usize, &'r VariableRecord)>>,
}

impl<'r> Told<'r> {
    pub(super) fn new(records: &'r [Record], writers: &'r [Intent]) -> Self {
        // The same file wherever it lies.
        let mut known: HashMap<(&str, u64, Option<&str>), usize> = HashMap::new();
        let mut number = |source: Option<&'r SourceRecord>| {
            let source = source?;
            let key = (source.name.as_str(), source.size, source.state());
            let next = known.len();
            Some(*known.entry(key).or_insert(next))
        };
        let record_sources = records.iter().map(|r| number(r.source.as_ref())).collect();
        // What was found not to be what was meant is of no file.
        let sources = writers.iter().enumerate().map(|(i, w)| match w.failed {
            true => Some(usize::MAX - i),
            false => number(w.source.as_ref()),
        });
        let writer_sources = sources.collect();
        let mut by_path: HashMap<&str, Vec<(usize, &VariableRecord)>> = HashMap::new();
        for (i, record) in records.iter().enumerate() {
            for variable in &record.variables {
                let own = by_path.entry(variable.path.as_str()).or_default();
                own.push((i, variable));
            }
        }
        Self {
            records,
            writers,
            record_sources,
            writer_sources,
            by_path,
        }
    }

    /// The file of a record.
    pub(super) fn source_of(&self, record: usize) -> Option<usize> {
        self.record_sources.get(record).copied().flatten()
    }

    /// The layers of a variable, the oldest first, and the numbers of records that are about
    /// elements which the variable does not have.
    pub(super) fn layers(
        &self,
        variable: &VariableSchema,
        frame: &Frame,
    ) -> (Vec<Layer<'r>>, Vec<usize>) {
        let path = variable.path.as_str();
        let (mut layers, mut unfit) = (Vec::new(), Vec::new());
        for &(i, numbers) in self.by_path.get(path).into_iter().flatten() {
            let Some(record) = self.records.get(i) else {
                continue;
            };
            let extent = record.extents.get(numbers.extent);
            let Some(extent) = extent.filter(|extent| fits(extent, variable)) else {
                unfit.push(i);
                continue;
            };
            let kind = match record.kind {
                RecordKind::Gap => Kind::Gap(i),
                RecordKind::Region | RecordKind::Dataset => Kind::Data(i),
            };
            let mut layer = Layer::new(kind, record.order, self.source_of(i), extent, frame);
            layer.all_missing = all_missing(numbers, variable, frame, layer.axes[0]);
            layer.numbers = Some(numbers);
            layers.push(layer);
        }
        for (i, intent) in self.writers.iter().enumerate() {
            let source = self.writer_sources.get(i).copied().flatten();
            let own = intent.parts.iter().filter(|(name, _)| name == path);
            for (_, extent) in own.filter(|(_, extent)| fits(extent, variable)) {
                let kind = Kind::Begun(i);
                layers.push(Layer::new(kind, intent.order, source, extent, frame));
            }
        }
        layers.retain(|layer| layer.axes.iter().all(|ranges| !ranges.is_empty()));
        // A writer that began when a record was finished came after it.
        layers.sort_by_key(|layer| (layer.order, matches!(layer.kind, Kind::Begun(_))));
        (layers, unfit)
    }
}

impl<'r> Layer<'r> {
    fn new(
        kind: Kind,
        order: u64,
        source: Option<usize>,
        extent: &'r Extent,
        frame: &Frame,
    ) -> Self {
        let ranges: Vec<&Ranges> = extent.0.iter().map(|(_, r)| r.as_slice()).collect();
        let axes = reordered(&ranges, frame.axis, ONCE);
        let whole = |d: &usize| matches!(axes[*d], [[0, end]] if *end == frame.shape[*d]);
        let whole_from = axes.len() - (0..axes.len()).rev().take_while(whole).count();
        Self {
            kind,
            order,
            source,
            axes,
            whole_from,
            all_missing: Vec::new(),
            numbers: None,
        }
    }
}

#[cfg(test)]
impl<'r> Layer<'r> {
    pub(super) fn for_test(
        kind: Kind,
        order: u64,
        source: usize,
        axes: Vec<&'r Ranges>,
        whole_from: usize,
    ) -> Self {
        Self {
            kind,
            order,
            source: Some(source),
            axes,
            whole_from,
            all_missing: Vec::new(),
            numbers: None,
        }
    }
}

/// Whether an extent is a part of the variable: ascending ranges along each of its dimensions.
fn fits(extent: &Extent, variable: &VariableSchema) -> bool {
    extent.fits(&variable.shape)
        && extent
            .0
            .iter()
            .zip(&variable.dimensions)
            .all(|((name, _), dimension)| name == dimension)
}

/// Where along the frame's axis all of a record's values are missing.
fn all_missing(
    numbers: &VariableRecord,
    variable: &VariableSchema,
    frame: &Frame,
    positions: &Ranges,
) -> Vec<[u64; 2]> {
    if numbers.missing >= numbers.values {
        return positions.to_vec();
    }
    let axis = frame.axis.and_then(|axis| variable.dimensions.get(axis));
    // What was noted along another dimension tells nothing about this one.
    if axis.is_none() || numbers.axis.as_ref() != axis {
        return Vec::new();
    }
    let ascending = numbers.all_missing.windows(2).all(|p| p[0][1] <= p[1][0]);
    if ascending && numbers.all_missing.iter().all(|[a, b]| a < b) {
        numbers.all_missing.clone()
    } else {
        Vec::new()
    }
}
