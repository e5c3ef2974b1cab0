//! Reading what is the same on both sides but for its place.

use std::cell::Cell;

use rayon::prelude::*;
use zarrio_model::{Region, Source};

use super::order::parts;
use super::{Look, Order, Transfer, View};
use crate::RegionError;
use crate::gather::{Copy, gather};
use crate::memory::make_room;
use crate::slabs::{NEAR, slabs};

/// Smaller chunks are not worth a list of where each slab goes.
const LEAST_CHUNK: u64 = 64 << 10;

thread_local! {
    static SLAB: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A part of the source that is read at once.
struct Slab<'b> {
    /// Where it is in the source.
    from: Region,
    /// Where it is in the archive.
    to: Region,
    /// What it has of each part of the block, and the place for it there.
    places: Vec<(Region, &'b mut [u8])>,
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
        let width = self.array.data_type().size().unwrap_or(1);
        let bytes = |region: &Region| region.num_elements().saturating_mul(width as u64);
        let schema = source.schema().variable(&self.variable);
        let unit = schema.and_then(|variable| variable.layout.unit());
        let cut = match source.prefers_whole(&self.variable) {
            true => vec![from.clone()],
            false => slabs(from, unit, width),
        };
        // As much as there is for a unit between two filters.
        let most = unit.map_or(0, |unit| bytes(&Region::full(unit)));
        let are_near = cut.iter().all(|slab| bytes(slab) <= most.max(2 * NEAR));
        let (here, there) = (from.start(), region.start());
        let mut slabs: Vec<Slab<'_>> = cut
            .into_iter()
            .map(|from| Slab {
                to: moved(&from, &here, &there),
                from,
                places: Vec::new(),
            })
            .collect();
        let (order, parts) = match are_near && self.chunk_bytes() >= LEAST_CHUNK {
            true => (Order::Chunks, parts(region, self.array.chunk_shape())),
            false => (Order::Rows, vec![region.clone()]),
        };
        let mut rest = block;
        for part in &parts {
            // Slabs follow each other along one dimension, and before it all have length one.
            for slab in &mut slabs {
                let place = part.intersection(&slab.to);
                let (bytes, behind) =
                    std::mem::take(&mut rest).split_at_mut(bytes(&place) as usize);
                if !place.is_empty() {
                    slab.places.push((place, bytes));
                }
                rest = behind;
            }
        }
        slabs
            .into_par_iter()
            .try_for_each(|slab| self.read_slab(source, slab, look))?;
        Ok(order)
    }

    fn read_slab(
        &self,
        source: &dyn Source,
        slab: Slab<'_>,
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
        let width = self.array.data_type().size().unwrap_or(1);
        let mut elements = SLAB.take();
        make_room(&mut elements, from.num_elements() as usize * width);
        let read = source.read(&self.variable, &from, &mut elements);
        if read.is_ok() {
            look(&to, View::Bytes(&elements));
            for (region, place) in places {
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
