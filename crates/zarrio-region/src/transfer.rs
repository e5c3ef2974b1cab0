//! One variable on its way from source to archive.

mod order;
mod read;
mod straight;

use std::collections::BTreeSet;
use std::sync::Arc;

use zarrio_codec::{Changed, StoredArray};
use zarrio_model::{NodePath, Region};
use zarrio_store::Prefix;

use crate::RegionError;
use crate::block::{BlockPlan, cells};
use crate::check::Compared;
use crate::content::Missing;
use crate::gather::{Copy, fill_around, gather, hull, repeat};
use crate::ledger::Extent;
use crate::limits::element_bytes;
use crate::placement::{Placement, Run};
use crate::recode::Recode;
use crate::scatter::each_run;

pub(crate) use order::{Block, Order};
use read::Look;
pub(crate) use read::{Elements, Parts, View};

/// What is read where and written where.
#[derive(Debug)]
pub(crate) struct Transfer {
    /// The variable in the source.
    pub(crate) variable: NodePath,
    /// The array that it goes to.
    pub(crate) array: StoredArray,
    /// Where the array lies in the store.
    pub(crate) place: Prefix,
    /// The names of its dimensions.
    pub(crate) dimensions: Vec<String>,
    /// Which dimension the archive grows along, where it has that.
    pub(crate) axis: Option<usize>,
    /// The stored values that mean missing.
    pub(crate) missing: Missing,
    /// How elements are changed on their way, where the two sides' encodings differ.
    pub(crate) recode: Option<Arc<Recode>>,
    /// Which element goes where.
    pub(crate) placement: Placement,
    /// The parts in which it goes.
    pub(crate) blocks: BlockPlan,
    /// The only chunks that are written, where the archive holds the others already.
    pub(crate) only: Option<BTreeSet<Vec<u64>>>,
}

impl Transfer {
    /// No block has more bytes; none has any where it is text.
    pub(crate) fn most_bytes(&self) -> usize {
        let width = self.array.data_type().size().unwrap_or(0);
        (self.blocks.most_elements() as usize).saturating_mul(width)
    }

    /// No block has more chunks.
    pub(crate) fn most_chunks(&self) -> u64 {
        let lengths = self.blocks.most_lengths().zip(self.array.chunk_shape());
        let chunks = lengths.map(|(length, chunk)| length.div_ceil(*chunk));
        chunks.fold(1, u64::saturating_mul)
    }

    /// Bytes of an element; text has none of a fixed size.
    fn width(&self) -> usize {
        self.array.data_type().size().unwrap_or(1)
    }

    /// Where everything goes.
    pub(crate) fn extent(&self) -> Extent {
        Extent::new(&self.dimensions, &self.placement)
    }

    /// The name of the dimension along which the archive grows.
    pub(crate) fn axis_name(&self) -> Option<String> {
        self.axis
            .and_then(|axis| self.dimensions.get(axis))
            .cloned()
    }

    /// That dimension with the array's length along it.
    pub(crate) fn axis_length(&self) -> Option<(String, u64)> {
        let length = self.array.shape().get(self.axis?)?;
        Some((self.axis_name()?, *length))
    }

    /// What a chunk has in memory, about that where it is text.
    pub(crate) fn chunk_bytes(&self) -> u64 {
        let elements = self.array.chunk_elements() as u64;
        elements.saturating_mul(element_bytes(self.array.data_type()))
    }

    /// The region of a chunk, cut at the array's end.
    pub(crate) fn chunk_region(&self, chunk: &[u64]) -> Region {
        self.chunk_bounds(chunk)
            .intersection(&Region::full(self.array.shape()))
    }

    /// The region of a chunk, beyond the array's end where it is at the edge.
    fn chunk_bounds(&self, chunk: &[u64]) -> Region {
        let lengths = self.array.chunk_shape();
        Region::new(
            chunk
                .iter()
                .zip(lengths)
                .map(|(i, n)| i * n..(i + 1) * n)
                .collect(),
        )
    }

    /// Elements that go over.
    pub(crate) fn num_elements(&self) -> u64 {
        match &self.only {
            None => self.placement.num_elements(),
            Some(only) => only
                .iter()
                .map(|chunk| {
                    self.placement
                        .num_elements_within(&self.chunk_region(chunk))
                })
                .fold(0, u64::saturating_add),
        }
    }

    /// Uncompressed bytes that go over; text counts nothing.
    pub(crate) fn raw_bytes(&self) -> u64 {
        let width = self.array.data_type().size().unwrap_or(0) as u64;
        self.num_elements().saturating_mul(width)
    }

    /// The indices of the chunks in which the source places something within a region, in C
    /// order.
    pub(crate) fn chunks(&self, region: &Region) -> Vec<Vec<u64>> {
        let axes = self.placement.chunks(region, self.array.chunk_shape());
        let chunks = cells(axes.iter().map(|axis| axis.len() as u64).collect()).map(|cell| {
            let axes = cell.iter().zip(&axes);
            axes.map(|(i, axis)| axis[*i as usize].0).collect()
        });
        match &self.only {
            None => chunks.collect(),
            Some(only) => chunks.filter(|chunk| only.contains(chunk)).collect(),
        }
    }

    /// Whether anything is written within a region.
    pub(crate) fn has(&self, region: &Region) -> bool {
        self.placement.num_elements_within(region) > 0
    }

    /// How many chunks are written, and how many of them hold more than the source has.
    pub(crate) fn count_chunks(&self) -> (u64, u64) {
        if let Some(only) = &self.only {
            let shared = only.iter().filter(|chunk| !self.is_whole(chunk));
            return (only.len() as u64, shared.count() as u64);
        }
        // Each axis for itself, because their product may be millions.
        let (shape, lengths) = (self.array.shape(), self.array.chunk_shape());
        let axes = self.placement.chunks(&Region::full(shape), lengths);
        let product = |counts: Vec<u64>| counts.into_iter().fold(1, u64::saturating_mul);
        let whole = axes.iter().zip(shape).zip(lengths).map(|((axis, n), c)| {
            let is_whole = |(i, placed): &&(u64, u64)| *placed == (n - i * c).min(*c);
            axis.iter().filter(is_whole).count() as u64
        });
        let whole = product(whole.collect());
        let all = product(axes.iter().map(|axis| axis.len() as u64).collect());
        (all, all.saturating_sub(whole))
    }

    /// Whether the source places every element that a chunk has within the array.
    pub(crate) fn is_whole(&self, chunk: &[u64]) -> bool {
        self.placement.covers(&self.chunk_region(chunk))
    }

    /// Whether all elements of a chunk lie within the array.
    pub(crate) fn is_inside(&self, chunk: &[u64]) -> bool {
        self.chunk_bounds(chunk).fits(self.array.shape())
    }

    /// The object of a chunk: the elements of the block where the source places them, those
    /// of `old` elsewhere, beyond the array's end too; the fill value where there is no old
    /// object, so that equal data make equal bytes. What was encoded is decoded again and
    /// compared where that is wanted, and all of an old object wherever anything is.
    pub(crate) fn encode(
        &self,
        chunk: &[u64],
        block: &Block,
        old: Option<&[u8]>,
        compared: Compared,
        scratch: &mut Vec<u8>,
    ) -> Result<Vec<u8>, RegionError> {
        let check = compared == Compared::Encoded;
        let bounds = self.chunk_bounds(chunk);
        let whole = self.is_whole(chunk);
        let (region, elements) = self.part(chunk, block);
        let (object, same) = match elements {
            View::Bytes(bytes) if region == bounds && whole => {
                let object = self.array.encode(bytes)?;
                let same = !check || self.array.decode(&object)? == bytes;
                (object, same)
            }
            View::Bytes(bytes) => {
                let width = self.width();
                let put = |chunk: &mut [u8]| {
                    self.each_placed(&bounds, &region, |copy| gather(bytes, chunk, copy, width));
                };
                let changed = old.map(|old| {
                    let (mut range, mut bytes) = (0..0, 0);
                    self.each_placed(&bounds, &region, |copy| {
                        range = hull(&range, &copy.extent(width));
                        bytes += copy.region.num_elements() as usize * width;
                    });
                    let changed = Changed {
                        is_replaced: bytes == range.len(),
                        range,
                    };
                    // Damage behind the array's end must not outlive the writing of all before it.
                    let all = whole || compared != Compared::Never;
                    self.array.change(old, &changed, all, scratch, put)
                });
                let (object, part) = match changed {
                    // All that it has for a whole one is what lies behind the array's end.
                    Some(Err(error)) if !whole => {
                        return Err(RegionError::chunk(&self.array, chunk, error));
                    }
                    Some(Ok(changed)) => changed,
                    _ => {
                        scratch.resize(self.array.chunk_elements() * width, 0);
                        let fill = self.array.fill_bytes();
                        match self.placed_at_once(&bounds.intersection(&region)) {
                            Some(placed) => fill_around(scratch, &bounds, &placed, fill, width),
                            None => repeat(fill, scratch),
                        }
                        put(scratch);
                        (self.array.encode(scratch)?, 0..scratch.len())
                    }
                };
                let same =
                    !check || self.array.decode(&object)?.get(part.clone()) == scratch.get(part);
                (object, same)
            }
            View::Text(texts) => {
                let mut chunk_texts = match old.map(|old| self.array.decode_text(old)) {
                    Some(Err(error)) if !whole => {
                        return Err(RegionError::chunk(&self.array, chunk, error));
                    }
                    Some(Ok(old)) => old,
                    _ => vec![self.array.fill_text().to_owned(); self.array.chunk_elements()],
                };
                self.each_placed(&bounds, &region, |copy| {
                    gather(texts, &mut chunk_texts, copy, 1);
                });
                let texts: Vec<&str> = chunk_texts.iter().map(String::as_str).collect();
                let object = self.array.encode_text(&texts)?;
                let same = !check || self.array.decode_text(&object)? == texts;
                (object, same)
            }
        };
        if same {
            Ok(object)
        } else {
            Err(self.unlike(chunk, "what was encoded does not decode to what it was"))
        }
    }

    /// Whether an object holds the elements of a block that the source places in a chunk.
    pub(crate) fn is_in(&self, chunk: &[u64], block: &Block, object: &[u8]) -> bool {
        let bounds = self.chunk_bounds(chunk);
        let (region, elements) = self.part(chunk, block);
        // Put in their places once more, they change nothing where they are there already.
        match elements {
            View::Bytes(bytes) => {
                let width = self.width();
                self.array.decode(object).is_ok_and(|found| {
                    let mut meant = found.clone();
                    self.each_placed(&bounds, &region, |copy| {
                        gather(bytes, &mut meant, copy, width);
                    });
                    meant == found
                })
            }
            View::Text(texts) => self.array.decode_text(object).is_ok_and(|found| {
                let mut meant = found.clone();
                self.each_placed(&bounds, &region, |copy| gather(texts, &mut meant, copy, 1));
                meant == found
            }),
        }
    }

    /// The error of a chunk that is not what it should be.
    pub(crate) fn unlike(&self, chunk: &[u64], reason: &str) -> RegionError {
        RegionError::Check {
            variable: self.variable.to_string(),
            chunk: self.array.chunk_key(chunk),
            reason: reason.to_owned(),
        }
    }

    /// What the source places within a region, where that is a box.
    fn placed_at_once(&self, region: &Region) -> Option<Region> {
        let placed = self.placement.within(region);
        let ranges = placed.runs().iter().map(|runs| match runs.as_slice() {
            [run] => Some(run.archive_range()),
            _ => None,
        });
        Some(Region::new(ranges.collect::<Option<_>>()?))
    }

    /// Every box of elements that the source places in both a chunk and a block.
    fn each_placed(&self, chunk: &Region, block: &Region, mut copy: impl FnMut(&Copy<'_>)) {
        let placement = self.placement.within(&chunk.intersection(block));
        each_run(&placement, |runs| {
            let region = Region::new(runs.iter().map(Run::archive_range).collect());
            copy(&Copy {
                region: &region,
                from: block,
                to: chunk,
            });
        });
    }
}
