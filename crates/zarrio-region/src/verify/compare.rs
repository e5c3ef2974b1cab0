//! What a source would be stored as, held against what is stored.

use rayon::prelude::*;
use zarrio_model::Region;

use super::history::Owner;
use super::read::{Block, Found, Reader};
use crate::block::cells;
use crate::placement::{Placement, Run};
use crate::recode::Meant;
use crate::transfer::{Elements, Transfer};

/// What a comparison of some elements found.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub(super) compared: u64,
    pub(super) skipped: u64,
    pub(super) unreadable: u64,
    pub(super) wrong: u64,
    pub(super) missing_wrong: u64,
    pub(super) largest_error: Option<f64>,
    /// Position, what was expected and what was found.
    pub(super) first: Option<(Vec<u64>, String, String)>,
    /// Chunks with something wrong.
    pub(super) chunks: Vec<Vec<u64>>,
}

impl Compared {
    pub(super) fn add(mut self, mut other: Self) -> Self {
        self.compared += other.compared;
        self.skipped += other.skipped;
        self.unreadable += other.unreadable;
        self.wrong += other.wrong;
        self.missing_wrong += other.missing_wrong;
        self.largest_error = match (self.largest_error, other.largest_error) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        self.first = match (self.first, other.first) {
            (Some(a), Some(b)) => Some(if b.0 < a.0 { b } else { a }),
            (a, b) => a.or(b),
        };
        self.chunks.append(&mut other.chunks);
        self
    }
}

/// Both sides of a block, and how its elements are looked at.
pub(super) struct Sides<'a> {
    pub(super) reader: &'a Reader<'a>,
    pub(super) transfer: &'a Transfer,
    pub(super) meant: &'a Meant,
    /// What the source would be stored as.
    pub(super) ours: &'a Elements,
    pub(super) theirs: &'a Block,
    /// Disjoint boxes that are to be compared.
    pub(super) boxes: &'a [Region],
}

impl Sides<'_> {
    /// Compares every element of the boxes that the source places, chunk by chunk on all
    /// threads of the pool that calls.
    pub(super) fn compare(&self) -> Compared {
        let chunks = self.theirs.chunks.par_iter();
        chunks
            .map(|(chunk, found)| {
                let region = self.reader.chunk_region(chunk);
                let region = region.intersection(&self.theirs.region);
                let mut compared = Compared::default();
                for part in self.boxes {
                    let part = part.intersection(&region);
                    for part in placed(&self.transfer.placement.within(&part)) {
                        match found {
                            Found::Whole => self.part(&part, &mut compared),
                            _ => compared.unreadable += part.num_elements(),
                        }
                    }
                }
                if compared.wrong + compared.unreadable > 0 {
                    compared.chunks.push(chunk.clone());
                }
                compared
            })
            .reduce(Compared::default, Compared::add)
    }

    fn part(&self, part: &Region, compared: &mut Compared) {
        let block = &self.theirs.region;
        each_row(part, block, |position, offset, length| {
            compared.compared += length as u64;
            match (self.ours, &self.theirs.elements) {
                (Elements::Bytes(ours), Elements::Bytes(theirs)) => {
                    let width = self.reader.array.data_type().size().unwrap_or(1);
                    let range = offset * width..(offset + length) * width;
                    let ours = ours.get(range.clone()).unwrap_or_default();
                    let theirs = theirs.get(range).unwrap_or_default();
                    if ours == theirs {
                        return;
                    }
                    let pairs = ours.chunks_exact(width).zip(theirs.chunks_exact(width));
                    for (i, (ours, theirs)) in pairs.enumerate() {
                        if ours != theirs {
                            self.note_numbers(compared, position, i, ours, theirs);
                        }
                    }
                }
                (Elements::Text(ours), Elements::Text(theirs)) => {
                    let range = offset..offset + length;
                    let ours = ours.get(range.clone()).unwrap_or_default();
                    let theirs = theirs.get(range).unwrap_or_default();
                    for (i, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                        if ours != theirs {
                            note(compared, position, i, || {
                                (format!("{ours:?}"), format!("{theirs:?}"))
                            });
                        }
                    }
                }
                // One side is text and the other is not: the plan does not let it come to that.
                _ => compared.wrong += length as u64,
            }
        });
    }

    fn note_numbers(
        &self,
        compared: &mut Compared,
        position: &[u64],
        i: usize,
        ours: &[u8],
        theirs: &[u8],
    ) {
        match (self.meant.value(ours), self.meant.value(theirs)) {
            (Some(a), Some(b)) => {
                let error = (a - b).abs();
                if !error.is_nan() && compared.largest_error.is_none_or(|most| most < error) {
                    compared.largest_error = Some(error);
                }
            }
            (None, None) => {}
            _ => compared.missing_wrong += 1,
        }
        note(compared, position, i, || {
            let (a, b) = (self.meant.text(ours), self.meant.text(theirs));
            // What means the same may be stored otherwise.
            match a == b {
                false => (a, b),
                true => (bits(&a, ours), bits(&b, theirs)),
            }
        });
    }
}

fn note(
    compared: &mut Compared,
    position: &[u64],
    i: usize,
    texts: impl FnOnce() -> (String, String),
) {
    compared.wrong += 1;
    let mut at = position.to_vec();
    if let Some(last) = at.last_mut() {
        *last += i as u64;
    }
    if compared
        .first
        .as_ref()
        .is_none_or(|(first, ..)| at < *first)
    {
        let (expected, found) = texts();
        compared.first = Some((at, expected, found));
    }
}

/// `0 (stored as 0x80000000)`
fn bits(text: &str, element: &[u8]) -> String {
    let mut bytes = element.to_vec();
    if cfg!(target_endian = "little") {
        bytes.reverse();
    }
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{text} (stored as 0x{digits})")
}

/// The boxes of a placement in the archive.
pub(super) fn placed(placement: &Placement) -> Vec<Region> {
    let runs = placement.runs();
    cells(runs.iter().map(|runs| runs.len() as u64).collect())
        .map(|cell| {
            let chosen = cell.iter().zip(runs);
            Region::new(
                chosen
                    .map(|(i, runs)| runs.get(*i as usize).map_or(0..0, Run::archive_range))
                    .collect(),
            )
        })
        .collect()
}

/// Calls with every row of a part of a block: where it begins in the archive, its offset in
/// the block, and its length.
pub(crate) fn each_row(part: &Region, block: &Region, mut visit: impl FnMut(&[u64], usize, usize)) {
    if part.is_empty() {
        return;
    }
    let length = part.shape().last().copied().unwrap_or(1);
    let mut rows = part.shape();
    if let Some(last) = rows.last_mut() {
        *last = 1;
    }
    let (first, start, lengths) = (part.start(), block.start(), block.shape());
    for row in cells(rows) {
        let position: Vec<u64> = row.iter().zip(&first).map(|(r, f)| r + f).collect();
        let steps = position.iter().zip(&start).zip(&lengths);
        let offset = steps.fold(0, |offset, ((p, s), n)| offset * n + (p - s));
        visit(&position, offset as usize, length as usize);
    }
}

/// Of which elements a comparison is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// They are compared.
    Compare,
    /// They are another's: counted, and not compared.
    Skip,
    /// They are not looked at.
    Ignore,
}

/// The boxes of a region that are compared, and how many placed elements are skipped.
pub(super) fn chosen(
    owners: Vec<(Region, Owner)>,
    placement: &Placement,
    rule: impl Fn(Owner) -> Use,
) -> (Vec<Region>, u64) {
    let (mut boxes, mut skipped) = (Vec::new(), 0);
    for (part, owner) in owners {
        let elements = || placement.within(&part).num_elements();
        match rule(owner) {
            Use::Compare if elements() > 0 => boxes.push(part),
            Use::Skip => skipped += elements(),
            _ => {}
        }
    }
    (boxes, skipped)
}
