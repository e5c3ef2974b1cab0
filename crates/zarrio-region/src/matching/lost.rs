//! Labels of an archive that are not there.
//!
//! A chunk that is not stored reads as its fill value. Where it has several labels, they would
//! all be the same one, which labels are not: they are lost.

use std::ops::Range;

use zarrio_model::{Region, Source, SourceError, VariableSchema};

use super::labels::Labels;
use super::values::{Packing, Values};

/// The positions whose labels are lost, of those at `positions`, which have been read.
pub(crate) fn lost(
    source: &dyn Source,
    variable: &VariableSchema,
    positions: Range<u64>,
    labels: &Labels,
) -> Result<Vec<Range<u64>>, SourceError> {
    let Some(unwritten) = source.unwritten_value(&variable.path) else {
        return Ok(Vec::new());
    };
    let unwritten = Labels::new(
        Values::of_bytes(variable, &unwritten),
        Packing::of(&variable.attributes),
        None,
    );
    let is_unwritten = |index: usize| {
        let (a, b) = (labels.real(index), unwritten.real(0));
        a == b || a.zip(b).is_some_and(|(a, b)| a.is_nan() && b.is_nan())
    };
    // Most labels tell by themselves that they are there, and a store need not be asked.
    let all = 0..labels.len();
    let suspect = match all.len() {
        1 => is_unwritten(0),
        _ => (1..all.end).any(|index| is_unwritten(index - 1) && is_unwritten(index)),
    };
    if !suspect {
        return Ok(Vec::new());
    }
    absent(source, variable, positions)
}

/// Labels in more chunks than these are not looked for: any number of them is easily claimed.
const MOST_CHUNKS: u64 = 1 << 16;

/// The same of all labels of an input, where there are few enough chunks to look for.
pub(crate) fn absent_labels(
    source: &dyn Source,
    labels: &VariableSchema,
) -> Result<Vec<Range<u64>>, SourceError> {
    let count = labels.num_elements();
    let chunks = match labels.layout.unit() {
        None | Some([] | [0 | 1]) => 0,
        Some([chunk, ..]) => count.div_ceil(*chunk),
    };
    match (1..=MOST_CHUNKS).contains(&chunks) {
        true => absent(source, labels, 0..count),
        false => Ok(Vec::new()),
    }
}

/// The positions of which nothing is stored where a chunk holds several labels.
pub(crate) fn absent(
    source: &dyn Source,
    variable: &VariableSchema,
    positions: Range<u64>,
) -> Result<Vec<Range<u64>>, SourceError> {
    let region = Region::new(std::iter::once(positions).collect());
    let parts = source.stored_parts(&variable.path, &region)?;
    let gone = parts.into_iter().flatten().filter(|part| !part.stored);
    let gone = gone.flat_map(|part| part.region.ranges().to_vec());
    let mut lost: Vec<Range<u64>> = Vec::new();
    for range in gone.filter(|range| range.end - range.start > 1) {
        match lost.last_mut().filter(|last| last.end == range.start) {
            Some(last) => last.end = range.end,
            None => lost.push(range),
        }
    }
    Ok(lost)
}
