//! A region in parts that are looked at while a core still has them at hand.
//!
//! To look at a block once all of it is there means to fetch it from the memory once more.

use zarrio_model::Region;

/// So many bytes stay in a cache that a core has for itself.
const NEAR: u64 = 256 << 10;

/// Cuts a region into parts that follow each other in C order, none of which cuts a row: all
/// elements along the last dimension. It is cut along its first dimension that is longer than
/// one, where units of the source end, of which `unit` is the shape: none is decoded for two
/// parts. Each part is as small as that allows, and no smaller than a cache.
pub(crate) fn slabs(region: &Region, unit: Option<&[u64]>, element_size: usize) -> Vec<Region> {
    let lengths = region.shape();
    let Some(axis) = cut_axis(region) else {
        return vec![region.clone()];
    };
    let layer = lengths[axis + 1..].iter();
    let layer = layer
        .copied()
        .fold(element_size as u64, u64::saturating_mul);
    let unit = unit.filter(|unit| unit.len() == lengths.len());
    let unit = unit.map_or(1, |unit| unit[axis].max(1));
    let step = NEAR
        .div_ceil(layer.saturating_mul(unit).max(1))
        .saturating_mul(unit);
    let whole = &region.ranges()[axis];
    let mut slabs = Vec::new();
    let mut start = whole.start;
    while start < whole.end {
        let end = (start / step + 1).saturating_mul(step).min(whole.end);
        let mut ranges = region.ranges().to_vec();
        ranges[axis] = start..end;
        slabs.push(Region::new(ranges));
        start = end;
    }
    slabs
}

/// The dimension along which a region is cut; `None` where it is one row, or none.
pub(crate) fn cut_axis(region: &Region) -> Option<usize> {
    let lengths = region.shape();
    let outer = lengths.len().saturating_sub(1);
    lengths[..outer].iter().position(|length| *length > 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn slabs_are_the_region_in_its_order_and_cut_no_unit_and_no_row(
            dims in prop::collection::vec((0u64..30, 1u64..300, 1u64..20), 0..4),
            element_size in 1usize..9,
            has_units in any::<bool>(),
        ) {
            let region = Region::new(dims.iter().map(|d| d.0..d.0 + d.1).collect());
            let unit: Vec<u64> = dims.iter().map(|d| d.2).collect();
            let slabs = slabs(&region, has_units.then_some(&unit), element_size);
            let ends = |slab: &Region| slab.ranges().iter().map(|r| r.end).collect::<Vec<_>>();
            prop_assert_eq!(slabs[0].start(), region.start());
            prop_assert_eq!(ends(&slabs[slabs.len() - 1]), ends(&region));
            let elements: u64 = slabs.iter().map(Region::num_elements).sum();
            prop_assert_eq!(elements, region.num_elements());
            let changes = |axis: usize| slabs.iter().any(|s| s.ranges()[axis] != region.ranges()[axis]);
            let cut: Vec<usize> = (0..dims.len()).filter(|axis| changes(*axis)).collect();
            prop_assert!(cut.len() <= 1);
            let Some(axis) = cut.first().copied() else { return Ok(()) };
            // What comes before is one layer, so that slabs follow each other in memory.
            prop_assert!(dims[..axis].iter().all(|d| d.1 == 1));
            prop_assert!(axis + 1 < dims.len());
            let layer = region.num_elements() / dims[axis].1 * element_size as u64;
            for pair in slabs.windows(2) {
                // As small as can be, but for what begins or ends within a unit.
                let length = pair[0].ranges()[axis].clone().count() as u64;
                let unit = if has_units { unit[axis] } else { 1 };
                prop_assert!(length <= unit || (length - unit) * layer < NEAR);
                let (end, start) = (pair[0].ranges()[axis].end, pair[1].ranges()[axis].start);
                prop_assert_eq!(end, start);
                prop_assert!(start.is_multiple_of(unit));
            }
        }
    }

    #[test]
    fn a_map_for_each_step_is_a_slab() {
        let region = Region::new(vec![200..300, 0..181, 0..360]);
        let maps = slabs(&region, Some(&[1, 181, 360]), 4);
        assert_eq!(maps.len(), 50, "two of 255 KiB each");
        let steps = slabs(&region, Some(&[100, 10, 10]), 4);
        assert_eq!(steps, [region]);
    }
}
