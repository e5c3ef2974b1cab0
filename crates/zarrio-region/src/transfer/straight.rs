//! Reading what is the same on both sides but for its place.

use std::cell::Cell;

use rayon::prelude::*;
use zarrio_model::{Region, Source};

use super::order::parts;
use super::{Look, Order, Transfer, View};
use crate::RegionError;
use crate::gather::{Copy, gather};
use crate::memory::Buffer;
use crate::slabs::{cut_axis, slabs};

/// Places that have fewer bytes on average are not worth a list of them.
const LEAST_PLACE: u64 = 4 << 10;
/// Larger slabs go straight to the block: each thread has memory for one that does not. A global
/// map of a quarter of a degree is one.
const LARGEST: u64 = 4 << 20;

thread_local! {
    static SLAB: Cell<Buffer> = Cell::default();
}

/// A part of the source that is read at once.
struct Slab<'b> {
    /// Where it is in the source.
    from: Region,
    /// Where it is in the archive.
    to: Region,
    /// The numbers of the block's parts of which it has something, and the place for it there.
    places: Vec<(usize, &'b mut [u8])>,
}

impl Transfer {
    /// Reads a region of the source into the block for a region of the archive, and has each
    /// slab looked at while it is at hand.
    pub(super) fn read_straight(
        &self,
        source: &dyn Source,
        from: &Region,
        region: &Region,
        block: &mut [u8],
        look: &Look<'_>,
    ) -> Result<Order, RegionError> {
        let width = self.width() as u64;
        let bytes = |region: &Region| region.num_elements().saturating_mul(width);
        let cut = match source.prefers_whole(&self.variable) {
            true => vec![from.clone()],
            false => {
                let schema = source.schema().variable(&self.variable);
                slabs(from, schema.and_then(|v| v.layout.unit()), self.width())
            }
        };
        let (here, there) = (from.start(), region.start());
        let mut slabs: Vec<Slab<'_>> = cut
            .into_iter()
            .map(|from| Slab {
                to: moved(&from, &here, &there),
                from,
                places: Vec::new(),
            })
            .collect();
        let chunk_shape = self.array.chunk_shape();
        let places = most_places(region, chunk_shape, slabs.len() as u64);
        let by_chunks = bytes(region) / places >= LEAST_PLACE
            && slabs.iter().all(|slab| bytes(&slab.from) <= LARGEST);
        let (order, parts) = match by_chunks {
            true => (Order::Chunks, parts(region, chunk_shape)),
            false => (Order::Rows, vec![region.clone()]),
        };
        hand_out(block, &parts, &mut slabs, cut_axis(region), self.width());
        slabs
            .into_par_iter()
            .try_for_each(|slab| self.read_slab(source, slab, &parts, look))?;
        Ok(order)
    }

    fn read_slab(
        &self,
        source: &dyn Source,
        slab: Slab<'_>,
        parts: &[Region],
        look: &Look<'_>,
    ) -> Result<(), RegionError> {
        let Slab {
            from,
            to,
            mut places,
        } = slab;
        if let [(_, place)] = places.as_mut_slice() {
            source.read(&self.variable, &from, place)?;
            look(&to, View::Bytes(place));
            return Ok(());
        }
        let width = self.width();
        let mut elements = SLAB.take();
        elements.resize(from.num_elements() as usize * width)?;
        let read = source.read(&self.variable, &from, &mut elements);
        if read.is_ok() {
            look(&to, View::Bytes(&elements));
            for (part, place) in places {
                let region = parts[part].intersection(&to);
                let copy = Copy {
                    region: &region,
                    from: &to,
                    to: &region,
                };
                gather(&elements, place, &copy, width);
            }
        }
        SLAB.set(elements);
        Ok(read?)
    }
}

/// No more places than these are there for slabs in the chunks of a region; at least one.
fn most_places(region: &Region, chunk_shape: &[u64], slabs: u64) -> u64 {
    let counts = region.ranges().iter().zip(chunk_shape);
    let counts: Vec<u64> = counts
        .map(|(range, n)| range.end.div_ceil(*n) - range.start / n)
        .collect();
    // Both slabs and chunks cut this one, which gives no more pairs than there are of both.
    let across = cut_axis(region).map_or(1, |axis| counts[axis]);
    let all = counts.iter().copied().fold(1, u64::saturating_mul);
    (slabs + across).saturating_mul(all / across.max(1)).max(1)
}

/// Gives each slab its places in a block that has one part after the other. Slabs follow each
/// other along `axis`, before which all dimensions have length one.
fn hand_out<'b>(
    block: &'b mut [u8],
    parts: &[Region],
    slabs: &mut [Slab<'b>],
    axis: Option<usize>,
    width: usize,
) {
    let along = |region: &Region| axis.map_or(0..1, |axis| region.ranges()[axis].clone());
    let mut rest = block;
    for (number, part) in parts.iter().enumerate() {
        let range = along(part);
        let first = slabs.partition_point(|slab| along(&slab.to).end <= range.start);
        let met = slabs[first..].iter_mut();
        for slab in met.take_while(|slab| along(&slab.to).start < range.end) {
            let elements = part.intersection(&slab.to).num_elements() as usize;
            let (place, behind) = std::mem::take(&mut rest).split_at_mut(elements * width);
            slab.places.push((number, place));
            rest = behind;
        }
    }
}

/// A region that lies to `there` as it lay to `here`.
fn moved(region: &Region, here: &[u64], there: &[u64]) -> Region {
    let ranges = region.ranges().iter().zip(here.iter().zip(there));
    let moved = ranges.map(|(range, (from, to))| {
        let start = range.start - from + to;
        start..start + (range.end - range.start)
    });
    Region::new(moved.collect())
}
