//! One variable: what records say of each of its elements, held against its chunks.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Serialize;
use zarrio_model::VariableSchema;

use super::chunks::Chunks;
use super::layers::{Frame, Kind, Layer, Told};
use super::paint::{Owner, paint};
use super::stretches::{Class, Stretch, Tally};

/// The chunks of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ChunkCounts {
    /// How many the array has.
    pub total: u64,
    /// Those that the store has.
    pub stored: u64,
    /// Those that records tell of and the store does not have.
    pub lost: u64,
    /// Those that the store has and no record or writer tells of, and those beyond the array.
    pub outside: u64,
}

/// What is known of a variable.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VariableStatus {
    /// Its path from the dataset.
    pub path: String,
    /// The dimension along which it grows; none where it does not.
    pub dimension: Option<String>,
    /// The length of that dimension; 1 where it does not grow.
    pub length: u64,
    /// What there is along it: one stretch after the other, from the first position to the
    /// last. A variable without elements has none.
    pub stretches: Vec<Stretch>,
    /// Its chunks.
    pub chunks: ChunkCounts,
    /// The number of files that its data are from.
    pub sources: u64,
    /// Uncompressed bytes of what was written; 0 for text.
    pub raw_bytes: u64,
    /// Bytes of its chunks, as they were when they were written.
    pub stored_bytes: u64,
    /// `raw_bytes / stored_bytes`.
    pub ratio: Option<f64>,
}

/// Ranges along the axis, by what they are about.
pub(super) type Places<K> = BTreeMap<K, Vec<Range<u64>>>;

/// A variable with what it shares with others.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) status: VariableStatus,
    /// How many elements each record tells of, by its number.
    pub(super) in_force: BTreeMap<usize, u64>,
    /// The same of declared gaps.
    pub(super) in_gap: BTreeMap<usize, u64>,
    /// Where a record stands over an earlier one of another file: the later one, the other.
    pub(super) overlaps: Places<(usize, usize)>,
    /// Where a declared gap stands.
    pub(super) gaps: Places<usize>,
    /// Writers that have not finished something.
    pub(super) writers: BTreeSet<usize>,
    /// Records that are about elements which there are not.
    pub(super) unfit: Vec<usize>,
}

/// Nobody tells of a chunk; a writer does; a record does, which is that of the layer two less.
const UNTOLD: u32 = 0;
const BEGUN: u32 = 1;
const FIRST: u32 = 2;

/// What is gathered on the way.
struct Look<'l, 'r> {
    layers: &'l [Layer<'r>],
    chunks: Option<&'l Chunks>,
    /// Who told of each chunk last.
    told: Vec<u32>,
    lost: BTreeSet<usize>,
    tally: Tally,
    elements: u64,
    in_force: BTreeMap<usize, u64>,
    in_gap: BTreeMap<usize, u64>,
    overlaps: Places<(usize, usize)>,
    gaps: Places<usize>,
    writers: BTreeSet<usize>,
}

/// Looks at a variable; without chunks, all that records tell of counts as stored.
pub(super) fn look(
    variable: &VariableSchema,
    axis: Option<usize>,
    told: &Told<'_>,
    chunks: Option<&Chunks>,
) -> Found {
    let frame = Frame::new(&variable.shape, axis);
    let (layers, unfit) = told.layers(variable, &frame);
    let mut look = Look {
        layers: &layers,
        chunks,
        told: vec![UNTOLD; chunks.map_or(0, Chunks::total)],
        lost: BTreeSet::new(),
        tally: Tally::default(),
        elements: 0,
        in_force: BTreeMap::new(),
        in_gap: BTreeMap::new(),
        overlaps: BTreeMap::new(),
        gaps: BTreeMap::new(),
        writers: BTreeSet::new(),
    };
    paint(&frame.shape, &layers, |bounds, owner| {
        look.take(bounds, owner);
    });
    let sources: BTreeSet<_> = look.in_force.keys().map(|i| told.source_of(*i)).collect();
    let (counts, stored_bytes) = look.count();
    let width = variable.data_type.size().unwrap_or(0) as u64;
    let raw_bytes = look.elements.saturating_mul(width);
    let length = frame.shape.first().copied().unwrap_or(1);
    Found {
        status: VariableStatus {
            path: variable.path.to_string(),
            dimension: axis.and_then(|axis| variable.dimensions.get(axis)).cloned(),
            length,
            stretches: look.tally.stretches(length, frame.cross_section()),
            chunks: counts,
            sources: sources.len() as u64,
            raw_bytes,
            stored_bytes,
            ratio: (raw_bytes > 0 && stored_bytes > 0)
                .then(|| raw_bytes as f64 / stored_bytes as f64),
        },
        in_force: look.in_force,
        in_gap: look.in_gap,
        overlaps: look.overlaps,
        gaps: look.gaps,
        writers: look.writers,
        unfit,
    }
}

impl Look<'_, '_> {
    fn take(&mut self, bounds: &[Range<u64>], owner: Owner) {
        let Some((positions, across)) = bounds.split_first() else {
            return;
        };
        let elements = volume(across);
        match owner {
            Owner::Nobody => {}
            Owner::Gap(i) => {
                self.tally.add(positions.clone(), Class::Gap, elements);
                if let Some(Kind::Gap(record)) = self.kind(i) {
                    let all = elements.saturating_mul(positions.end - positions.start);
                    let known = self.in_gap.entry(record).or_default();
                    *known = known.saturating_add(all);
                    extend(self.gaps.entry(record).or_default(), positions);
                }
            }
            Owner::Begun { layers, torn } => {
                self.tally.add(positions.clone(), Class::Begun, elements);
                for layer in layers {
                    if let Some(Kind::Begun(writer)) = self.kind(layer) {
                        self.writers.insert(writer);
                    }
                }
                self.mark(bounds, BEGUN, torn);
            }
            Owner::Data { layer, over } => self.data(bounds, elements, layer, over),
        }
    }

    fn data(&mut self, bounds: &[Range<u64>], elements: u64, layer: usize, over: Option<usize>) {
        let (Some(positions), Some(Kind::Data(record))) = (bounds.first(), self.kind(layer)) else {
            return;
        };
        self.tally.add(positions.clone(), Class::Data, elements);
        let all = elements.saturating_mul(positions.end - positions.start);
        self.elements = self.elements.saturating_add(all);
        let known = self.in_force.entry(record).or_default();
        *known = known.saturating_add(all);
        if let Some(Kind::Data(earlier)) = over.and_then(|i| self.kind(i)) {
            extend(
                self.overlaps.entry((record, earlier)).or_default(),
                positions,
            );
        }
        let layers = self.layers;
        let missing = layers.get(layer).map_or(&[][..], |l| &l.all_missing);
        let first = missing.partition_point(|[_, end]| *end <= positions.start);
        for [start, end] in missing.iter().skip(first) {
            if *start >= positions.end {
                break;
            }
            let both = (*start).max(positions.start)..(*end).min(positions.end);
            self.tally.add(both, Class::AllMissing, elements);
        }
        let mark = u32::try_from(layer).unwrap_or(u32::MAX - FIRST) + FIRST;
        self.mark(bounds, mark, true);
    }

    /// Notes who told of the chunks of a box, and which of them are lost, if records tell of
    /// them.
    fn mark(&mut self, bounds: &[Range<u64>], by: u32, recorded: bool) {
        let Some(chunks) = self.chunks else {
            return;
        };
        chunks.each_in(bounds, &mut |number| {
            if let Some(told) = self.told.get_mut(number) {
                *told = (*told).max(by);
            }
            if !recorded || chunks.has(number) {
                return;
            }
            self.lost.insert(number);
            if by >= FIRST {
                let region = chunks.region(number);
                let shared: Vec<Range<u64>> = bounds
                    .iter()
                    .zip(&region)
                    .map(|(a, b)| a.start.max(b.start)..a.end.min(b.end))
                    .collect();
                if let Some((positions, across)) = shared.split_first() {
                    self.tally
                        .add(positions.clone(), Class::Lost, volume(across));
                }
            }
        });
    }

    fn kind(&self, layer: usize) -> Option<Kind> {
        self.layers.get(layer).map(|layer| layer.kind)
    }

    /// The chunks, and the bytes of those that are there: of each what objects of its last
    /// writer had on average.
    fn count(&self) -> (ChunkCounts, u64) {
        let Some(chunks) = self.chunks else {
            return (ChunkCounts::default(), 0);
        };
        let mut counts = ChunkCounts {
            total: chunks.total() as u64,
            lost: self.lost.len() as u64,
            outside: chunks.beyond,
            stored: chunks.beyond,
        };
        let mut of_layer = vec![0u64; self.layers.len()];
        for (number, told) in self.told.iter().enumerate() {
            if !chunks.has(number) {
                continue;
            }
            counts.stored += 1;
            counts.outside += u64::from(*told == UNTOLD);
            let layer = told.checked_sub(FIRST).map(|layer| layer as usize);
            if let Some(count) = layer.and_then(|layer| of_layer.get_mut(layer)) {
                *count += 1;
            }
        }
        let bytes = self.layers.iter().zip(of_layer).map(|(layer, count)| {
            let numbers = layer.numbers.filter(|numbers| numbers.chunks > 0);
            numbers.map_or(0.0, |n| {
                n.stored_bytes as f64 / n.chunks as f64 * count as f64
            })
        });
        (counts, bytes.sum::<f64>().round() as u64)
    }
}

/// The number of elements of a box, saturating.
fn volume(bounds: &[Range<u64>]) -> u64 {
    let lengths = bounds
        .iter()
        .map(|range| range.end.saturating_sub(range.start));
    lengths.fold(1, u64::saturating_mul)
}

/// Adds a range that begins where the last one does or later.
fn extend(ranges: &mut Vec<Range<u64>>, range: &Range<u64>) {
    match ranges.last_mut() {
        Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
        _ => ranges.push(range.clone()),
    }
}
