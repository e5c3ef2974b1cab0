//! Reading what is the same on both sides but for its place.

use std::cell::Cell;

use rayon::prelude::*;
use zarrio_model::{Region, Source};

use super::order::parts;
use super::{Look, Order, Transfer, View};
use crate::RegionError;
use crate::gather::{Copy, gather};
use crate::memory::make_room;
use crate::slabs::{cut_axis, slabs};

/// Places that have fewer bytes on average are not worth a list of them.
const LEAST_PLACE: u64 = 4 << 10;
/// Larger slabs go straight to the block: each thread has memory for one that does not. A global
/// map of a quarter of a degree is one.
const LARGEST: u64 = 4 << 20;

thread_local! {
    static SLAB: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
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
        // How many chunks there are along each dimension.
        let chunk_shape = self.array.chunk_shape();
        let counts = region.ranges().iter().zip(chunk_shape);
        let counts: Vec<u64> = counts
            .map(|(range, n)| range.end.div_ceil(*n) - range.start / n)
            .collect();
        // Both they and slabs cut this one, which gives no more pairs than there are of both.
        let axis = cut_axis(region);
        let across = axis.map_or(1, |axis| counts[axis]);
        let all = counts.iter().copied().fold(1, u64::saturating_mul);
        let places = (slabs.len() as u64 + across).saturating_mul(all / across.max(1));
        let by_chunks = bytes(region) / places.max(1) >= LEAST_PLACE
            && slabs.iter().all(|slab| bytes(&slab.from) <= LARGEST);
        let (order, parts) = match by_chunks {
            true => (Order::Chunks, parts(region, chunk_shape)),
            false => (Order::Rows, vec![region.clone()]),
        };
        let mut rest = block;
        for (number, part) in parts.iter().enumerate() {
            let (start, end) = axis.map_or((0, 1), |axis| {
                let range = &part.ranges()[axis];
                (range.start, range.end)
            });
            let along = |slab: &Slab<'_>| axis.map_or(0..1, |axis| slab.to.ranges()[axis].clone());
            let first = slabs.partition_point(|slab| along(slab).end <= start);
            for slab in slabs[first..]
                .iter_mut()
                .take_while(|slab| along(slab).start < end)
            {
                // Before that dimension all have length one.
                let length = bytes(&part.intersection(&slab.to)) as usize;
                let (place, behind) = std::mem::take(&mut rest).split_at_mut(length);
                slab.places.push((number, place));
                rest = behind;
            }
        }
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
        make_room(&mut elements, from.num_elements() as usize * width);
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

/// A region that lies to `there` as it lay to `here`.
fn moved(region: &Region, here: &[u64], there: &[u64]) -> Region {
    let ranges = region.ranges().iter().zip(here.iter().zip(there));
    let moved = ranges.map(|(range, (from, to))| {
        let start = range.start - from + to;
        start..start + (range.end - range.start)
    });
    Region::new(moved.collect())
}
