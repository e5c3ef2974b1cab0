//! Which of several layers lies on top, element by element.
//!
//! Whoever writes later covers what was written before. Here layers are extents in the order
//! in which they were laid, and a region is cut into boxes of one topmost layer each.

use std::ops::Range;

use zarrio_model::Region;

use crate::ledger::Extent;

/// Extents of one variable, a later one over the earlier ones.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    extents: Vec<Extent>,
    index: Index,
}

/// Layers by where they lie along one dimension, so that few of thousands are looked at.
#[derive(Debug, Default)]
struct Index {
    axis: usize,
    /// Range and layer, ascending by start.
    spans: Vec<(Range<u64>, usize)>,
    /// The greatest end up to each of them.
    reach: Vec<u64>,
}

impl Layers {
    /// The layers in the order in which they were laid. All have the same dimensions.
    pub(crate) fn new(extents: Vec<Extent>) -> Self {
        Self {
            index: Index::new(&extents),
            extents,
        }
    }

    /// Those that share an element with a region, the oldest first.
    pub(crate) fn meeting(&self, region: &Region) -> Vec<usize> {
        let mut found = self.index.candidates(region);
        found.retain(|layer| meets(&self.extents[*layer], region));
        found.sort_unstable();
        found
    }

    /// Disjoint boxes that together are the region, each with the layer on top of it. A box
    /// is no smaller along a dimension than what lies there needs, the last dimensions
    /// before the first ones.
    pub(crate) fn cut(&self, region: &Region) -> Vec<(Region, Option<usize>)> {
        self.cut_below(region, self.extents.len())
    }

    /// The same with all layers that lie over each box, the oldest first.
    pub(crate) fn stacks(&self, region: &Region) -> Vec<(Region, Vec<usize>)> {
        let mut stacks = Vec::new();
        let mut open = vec![(region.clone(), self.extents.len(), Vec::new())];
        while let Some((part, end, over)) = open.pop() {
            for (part, layer) in self.cut_below(&part, end) {
                let mut stack = over.clone();
                match layer {
                    None => {
                        stack.reverse();
                        stacks.push((part, stack));
                    }
                    Some(layer) => {
                        stack.push(layer);
                        open.push((part, layer, stack));
                    }
                }
            }
        }
        stacks
    }

    /// As [`cut`](Self::cut), as if only the layers below a number had been laid.
    fn cut_below(&self, region: &Region, end: usize) -> Vec<(Region, Option<usize>)> {
        let mut boxes = Vec::new();
        let mut bare = vec![region.clone()];
        let below = |layer: &usize| *layer < end;
        for layer in self.meeting(region).into_iter().filter(below).rev() {
            let mut rest = Vec::new();
            for part in bare {
                split(&self.extents[layer], part, 0, &mut |covered, part| {
                    if covered {
                        boxes.push((part, Some(layer)));
                    } else {
                        rest.push(part);
                    }
                });
            }
            bare = rest;
        }
        boxes.extend(bare.into_iter().map(|part| (part, None)));
        boxes.retain(|(part, _)| !part.is_empty());
        boxes
    }
}

impl Index {
    fn new(extents: &[Extent]) -> Self {
        let span = |extent: &Extent, axis: usize| {
            let mut ranges = extent.ranges(axis);
            let first = ranges.next()?;
            let end = ranges.last().map_or(first.end, |last| last.end);
            Some(first.start..end)
        };
        let dimensions = extents.first().map_or(0, |extent| extent.0.len());
        // The first dimension along which they differ tells them apart best.
        let differs = |axis: &usize| {
            let first = extents.first().and_then(|extent| span(extent, *axis));
            extents.iter().any(|extent| span(extent, *axis) != first)
        };
        let axis = (0..dimensions).find(differs).unwrap_or(0);
        let mut spans: Vec<(Range<u64>, usize)> = extents
            .iter()
            .enumerate()
            .filter_map(|(layer, extent)| match extent.0.len() {
                0 => Some((0..1, layer)),
                _ => Some((span(extent, axis)?, layer)),
            })
            .collect();
        spans.sort_by_key(|(span, layer)| (span.start, *layer));
        let mut end = 0;
        let reach = spans.iter().map(|(span, _)| {
            end = span.end.max(end);
            end
        });
        Self {
            axis,
            reach: reach.collect(),
            spans,
        }
    }

    fn candidates(&self, region: &Region) -> Vec<usize> {
        let range = region.ranges().get(self.axis).cloned().unwrap_or(0..1);
        let end = self
            .spans
            .partition_point(|(span, _)| span.start < range.end);
        let mut found = Vec::new();
        for i in (0..end).rev() {
            if self.reach[i] <= range.start {
                break;
            }
            if self.spans[i].0.end > range.start {
                found.push(self.spans[i].1);
            }
        }
        found
    }
}

fn meets(extent: &Extent, region: &Region) -> bool {
    extent.0.len() == region.dimensionality()
        && region.ranges().iter().enumerate().all(|(axis, range)| {
            let mut own = extent.ranges(axis);
            own.any(|own| own.start < range.end && range.start < own.end)
        })
}

/// Gives every part of a region that an extent covers, and every part that it does not.
fn split(extent: &Extent, part: Region, axis: usize, give: &mut dyn FnMut(bool, Region)) {
    if axis == part.dimensionality() {
        return give(true, part);
    }
    let range = part.ranges()[axis].clone();
    let with = |range: Range<u64>| {
        let mut ranges = part.ranges().to_vec();
        ranges[axis] = range;
        Region::new(ranges)
    };
    let mut next = range.start;
    for own in extent.ranges(axis) {
        let (start, end) = (own.start.max(next), own.end.min(range.end));
        if start >= end {
            continue;
        }
        if next < start {
            give(false, with(next..start));
        }
        split(extent, with(start..end), axis + 1, give);
        next = end;
    }
    if next < range.end {
        give(false, with(next..range.end));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::block::cells;

    const SHAPE: [u64; 3] = [6, 4, 5];

    fn extent(axes: &[(Vec<bool>, bool)]) -> Extent {
        let ranges = |wanted: &[bool], all: bool, length: u64| -> Vec<[u64; 2]> {
            if all {
                return vec![[0, length]];
            }
            let mut ranges: Vec<[u64; 2]> = Vec::new();
            for position in (0..length).filter(|i| wanted[*i as usize]) {
                match ranges.last_mut() {
                    Some(last) if last[1] == position => last[1] += 1,
                    _ => ranges.push([position, position + 1]),
                }
            }
            ranges
        };
        let axes = axes.iter().zip(SHAPE).enumerate();
        Extent(
            axes.map(|(i, ((wanted, all), length))| {
                (format!("d{i}"), ranges(wanted, *all, length))
            })
            .collect(),
        )
    }

    fn holds(extent: &Extent, cell: &[u64]) -> bool {
        let mut axes = cell.iter().enumerate();
        axes.all(|(axis, position)| extent.ranges(axis).any(|range| range.contains(position)))
    }

    proptest! {
        #[test]
        fn every_element_has_the_latest_layer(
            layers in prop::collection::vec(
                prop::collection::vec(
                    (prop::collection::vec(any::<bool>(), 6), any::<bool>()), 3),
                0..6,
            ),
            start in prop::collection::vec(0u64..4, 3),
            length in prop::collection::vec(0u64..6, 3),
        ) {
            let extents: Vec<Extent> = layers.iter().map(|axes| extent(axes)).collect();
            let ranges = start.iter().zip(&length).zip(SHAPE);
            let region = Region::new(
                ranges.map(|((s, l), n)| *s.min(&n)..(s + l).min(n).max(*s.min(&n))).collect(),
            );
            let layers = Layers::new(extents.clone());
            let boxes = layers.cut(&region);
            let first = region.start();
            let mut seen = 0;
            for cell in cells(region.shape()) {
                let cell: Vec<u64> = cell.iter().zip(&first).map(|(c, f)| c + f).collect();
                let expected = extents.iter().rposition(|extent| holds(extent, &cell));
                let owners: Vec<_> = boxes
                    .iter()
                    .filter(|(part, _)| {
                        part.ranges().iter().zip(&cell).all(|(range, p)| range.contains(p))
                    })
                    .map(|(_, owner)| *owner)
                    .collect();
                prop_assert_eq!(owners, vec![expected]);
                seen += 1;
            }
            let total: u64 = boxes.iter().map(|(part, _)| part.num_elements()).sum();
            prop_assert_eq!(total, seen);
            let mut seen = 0;
            for (part, stack) in layers.stacks(&region) {
                for cell in cells(part.shape()) {
                    let cell = cell.iter().zip(part.start());
                    let cell: Vec<u64> = cell.map(|(c, f)| c + f).collect();
                    let over: Vec<usize> =
                        (0..extents.len()).filter(|i| holds(&extents[*i], &cell)).collect();
                    prop_assert_eq!(&stack, &over);
                    seen += 1;
                }
            }
            prop_assert_eq!(total, seen);
            let meeting: Vec<usize> = (0..extents.len())
                .filter(|i| !region.is_empty() && meets(&extents[*i], &region))
                .collect();
            if !region.is_empty() {
                prop_assert_eq!(layers.meeting(&region), meeting);
            }
        }
    }

    #[test]
    fn a_scalar_has_the_latest_layer() {
        let layers = Layers::new(vec![Extent(vec![]), Extent(vec![])]);
        let scalar = Region::full(&[]);
        assert_eq!(layers.cut(&scalar), [(scalar.clone(), Some(1))]);
        assert_eq!(layers.stacks(&scalar), [(scalar.clone(), vec![0, 1])]);
        assert_eq!(Layers::default().cut(&scalar), [(scalar, None)]);
    }

    #[test]
    fn rows_that_nobody_cuts_stay_whole() {
        let whole = Extent(vec![("y".into(), vec![[0, 9]]), ("x".into(), vec![[0, 9]])]);
        let tile = Extent(vec![("y".into(), vec![[3, 4]]), ("x".into(), vec![[2, 5]])]);
        let layers = Layers::new(vec![whole, tile]);
        let rows: u64 = layers
            .cut(&Region::full(&[9, 9]))
            .iter()
            .filter(|(part, _)| part.ranges()[1] == (0..9))
            .map(|(part, _)| part.shape()[0])
            .sum();
        assert_eq!(rows, 8);
    }
}
