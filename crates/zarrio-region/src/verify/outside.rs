//! Data that no record tells of.

use std::collections::BTreeSet;

use zarrio_model::Region;

use super::compare::each_row;
use super::history::Holdings;
use super::named;
use super::read::{self, Block, Reader};
use super::report::Finding;
use crate::transfer::Elements;

/// So many chunks are named in one finding.
const NAMED: usize = 5;

/// Some data in one chunk: the smallest rows that hold them, and how many they are.
pub(super) struct Found {
    chunk: Vec<u64>,
    bounds: Region,
    elements: u64,
}

/// All such data of one variable.
#[derive(Default)]
pub(super) struct Outside {
    elements: u64,
    bounds: Option<Region>,
    chunks: BTreeSet<Vec<u64>>,
}

impl Outside {
    pub(super) fn add(&mut self, found: Found) {
        self.elements += found.elements;
        self.chunks.insert(found.chunk);
        self.bounds = Some(match self.bounds.take() {
            Some(bounds) => hull(&bounds, &found.bounds),
            None => found.bounds,
        });
    }

    pub(super) fn finding(&self, reader: &Reader<'_>) -> Option<Finding> {
        let chunks = self.chunks.iter().take(NAMED);
        Some(Finding::Outside {
            variable: reader.schema.path.to_string(),
            elements: self.elements,
            region: named(reader.schema, self.bounds.as_ref()?),
            chunks: chunks.map(|c| reader.array.chunk_key(c)).collect(),
            count: self.chunks.len() as u64,
        })
    }
}

/// Looks for data in a part of a block that belongs to nobody.
pub(super) fn look(
    reader: &Reader<'_>,
    holdings: &Holdings,
    block: &Block,
    part: &Region,
    outside: &mut Vec<Found>,
) {
    for (chunk, found) in &block.chunks {
        let region = reader.chunk_region(chunk);
        let part = region.intersection(part);
        if *found != read::Found::Whole || part.is_empty() {
            continue;
        }
        let found = match find(reader, block, &part) {
            Some(found) => found,
            // Nobody has to do with this chunk, so that even its fill values are too much.
            None if !holdings.meets(&region) => {
                let elements = part.num_elements();
                (part, elements)
            }
            None => continue,
        };
        outside.push(Found {
            chunk: chunk.clone(),
            bounds: found.0,
            elements: found.1,
        });
    }
}

/// Where elements are not the fill value, in whole rows of a part, and how many.
fn find(reader: &Reader<'_>, block: &Block, part: &Region) -> Option<(Region, u64)> {
    let (mut count, mut bounds) = (0, None);
    let fill = reader.array.fill_bytes();
    let width = reader.array.data_type().size().unwrap_or(1);
    each_row(part, &block.region, |position, offset, length| {
        let found = match &block.elements {
            Elements::Bytes(bytes) => bytes
                .get(offset * width..(offset + length) * width)
                .unwrap_or_default()
                .chunks_exact(width)
                .filter(|element| *element != fill)
                .count() as u64,
            Elements::Text(texts) => texts
                .get(offset..offset + length)
                .unwrap_or_default()
                .iter()
                .filter(|text| *text != reader.array.fill_text())
                .count() as u64,
        };
        if found == 0 {
            return;
        }
        count += found;
        let mut row: Vec<_> = position.iter().map(|p| *p..p + 1).collect();
        if let (Some(last), Some(range)) = (row.last_mut(), part.ranges().last()) {
            last.clone_from(range);
        }
        let row = Region::new(row);
        bounds = Some(match bounds.take() {
            Some(bounds) => hull(&bounds, &row),
            None => row,
        });
    });
    bounds.map(|bounds| (bounds, count))
}

/// The smallest region that holds both.
fn hull(a: &Region, b: &Region) -> Region {
    let ranges = a.ranges().iter().zip(b.ranges());
    Region::new(
        ranges
            .map(|(a, b)| a.start.min(b.start)..a.end.max(b.end))
            .collect(),
    )
}
