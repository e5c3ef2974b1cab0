//! Cuts a variable into boxes in each of which one record or nobody tells what is there.

use std::collections::BTreeSet;
use std::ops::Range;

use super::layers::{Kind, Layer};

/// Who tells what a box holds. The numbers are those of layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owner {
    /// No record is about it.
    Nobody,
    /// It was declared to have no data.
    Gap(usize),
    /// It was written, and over another file's data where `over` is given.
    Data { layer: usize, over: Option<usize> },
    /// Some began to write it, and did not finish: of each file the last, the latest first. Where
    /// there was a record before, which no longer counts, `torn` is set.
    Begun { layers: Vec<usize>, torn: bool },
}

/// What the walk needs.
struct Walk<'w, 'r, F> {
    shape: &'w [u64],
    layers: &'w [Layer<'r>],
    visit: F,
}

/// Calls `visit` with boxes that together are all of a variable of this shape, and the owner of
/// each: along the first dimension in ascending order.
pub(super) fn paint(shape: &[u64], layers: &[Layer<'_>], visit: impl FnMut(&[Range<u64>], Owner)) {
    if shape.contains(&0) {
        return;
    }
    let mut walk = Walk {
        shape,
        layers,
        visit,
    };
    // Where along the first dimension which layer begins or ends.
    let mut borders: Vec<(u64, bool, usize)> = Vec::new();
    for (i, layer) in layers.iter().enumerate() {
        for [start, end] in layer.axes.first().copied().unwrap_or_default() {
            borders.extend([(*start, true, i), (*end, false, i)]);
        }
    }
    borders.sort_unstable();
    let (mut active, mut position) = (BTreeSet::new(), 0);
    let mut list: Vec<usize> = Vec::new();
    let mut bounds = Vec::with_capacity(shape.len());
    for (at, begins, layer) in
        borders.into_iter().map(Some).chain([None]).map(|border| {
            border.unwrap_or((shape.first().copied().unwrap_or(0), false, usize::MAX))
        })
    {
        if at > position {
            list.clear();
            list.extend(&active);
            bounds.push(position..at);
            walk.descend(1, &mut bounds, &list);
            bounds.pop();
            position = at;
        }
        if begins {
            active.insert(layer);
        } else {
            active.remove(&layer);
        }
    }
}

impl<F: FnMut(&[Range<u64>], Owner)> Walk<'_, '_, F> {
    /// Goes on with a box whose first `level` dimensions are cut, and with the layers that all
    /// of it meets along these.
    fn descend(&mut self, level: usize, bounds: &mut Vec<Range<u64>>, active: &[usize]) {
        if let Some(owner) = self.settled(level, active) {
            let cut = bounds.len();
            bounds.extend(self.shape.iter().skip(level).map(|length| 0..*length));
            (self.visit)(bounds, owner);
            bounds.truncate(cut);
            return;
        }
        let ranges = |i: &usize| self.layers[*i].axes[level];
        let mut cuts = vec![0, self.shape[level]];
        cuts.extend(active.iter().flat_map(ranges).flatten());
        cuts.sort_unstable();
        cuts.dedup();
        for cut in cuts.windows(2) {
            let (start, end) = (cut[0], cut[1]);
            let met: Vec<usize> = active
                .iter()
                .copied()
                .filter(|i| holds(self.layers[*i].axes[level], start))
                .collect();
            bounds.push(start..end);
            self.descend(level + 1, bounds, &met);
            bounds.pop();
        }
    }

    /// The owner of a box that is cut along its first `level` dimensions, if it has but one.
    fn settled(&self, level: usize, active: &[usize]) -> Option<Owner> {
        let mut begun: Vec<usize> = Vec::new();
        let mut gap: Option<usize> = None;
        for (at, &i) in active.iter().enumerate().rev() {
            let layer = &self.layers[i];
            if layer.whole_from > level {
                return None;
            }
            match layer.kind {
                Kind::Begun(_) => begun.push(i),
                Kind::Gap(_) => {
                    if begun.is_empty() && gap.is_none() {
                        gap = Some(i);
                    }
                }
                Kind::Data(_) => {
                    // What is written again from the same file changes nothing, unless another
                    // one was begun before.
                    let same = |other: &usize| self.layers[*other].source == layer.source;
                    while begun.last().is_some_and(same) {
                        begun.pop();
                    }
                    return Some(match begun.is_empty() {
                        true => Owner::Data {
                            layer: i,
                            over: self.below(&active[..at], layer.source),
                        },
                        false => Owner::Begun {
                            layers: self.last_of_each(begun),
                            torn: true,
                        },
                    });
                }
            }
        }
        Some(match gap {
            Some(layer) => Owner::Gap(layer),
            None if begun.is_empty() => Owner::Nobody,
            None => Owner::Begun {
                layers: self.last_of_each(begun),
                torn: false,
            },
        })
    }

    /// Of some layers, the latest first, the last of each file.
    fn last_of_each(&self, mut layers: Vec<usize>) -> Vec<usize> {
        let mut known = BTreeSet::new();
        layers.retain(|i| known.insert(self.layers[*i].source));
        layers
    }

    /// The latest of some layers that tells of data of another file.
    fn below(&self, layers: &[usize], source: Option<usize>) -> Option<usize> {
        let other = |i: &&usize| {
            let layer = &self.layers[**i];
            matches!(layer.kind, Kind::Data(_)) && layer.source != source
        };
        layers.iter().rev().find(other).copied()
    }
}

/// Whether a position lies in one of some ascending ranges.
fn holds(ranges: &[[u64; 2]], position: u64) -> bool {
    let next = ranges.partition_point(|[_, end]| *end <= position);
    ranges
        .get(next)
        .is_some_and(|[start, _]| *start <= position)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A kind with a number of a source, and positions along two dimensions of 7 and 5.
    type Told = (u8, usize, Vec<[u64; 2]>, Vec<[u64; 2]>);

    fn ranges(length: u64) -> impl Strategy<Value = Vec<[u64; 2]>> {
        let some = prop::collection::btree_set(0..=length, 2..5).prop_map(|borders| {
            let borders: Vec<u64> = borders.into_iter().collect();
            borders
                .chunks_exact(2)
                .map(|pair| [pair[0], pair[1]])
                .collect()
        });
        prop_oneof![some, Just(vec![[0, length]])]
    }

    /// Of those that began something the last of each file, the latest first.
    fn last(layers: &[Layer<'_>], about: &[usize]) -> Vec<usize> {
        let is_begun = |i: &usize| matches!(layers[*i].kind, Kind::Begun(_));
        let begun: Vec<usize> = about.iter().copied().filter(is_begun).collect();
        let is_last = |(at, i): &(usize, &usize)| {
            let mut later = begun[at + 1..].iter();
            later.all(|later| layers[*later].source != layers[**i].source)
        };
        let last = begun.iter().enumerate().filter(is_last).map(|(_, i)| *i);
        last.rev().collect()
    }

    /// The rules, for one element and the layers that are about it.
    fn owner(layers: &[Layer<'_>], about: &[usize]) -> Owner {
        let data = about
            .iter()
            .rposition(|i| matches!(layers[*i].kind, Kind::Data(_)));
        let begun = about
            .iter()
            .rposition(|i| matches!(layers[*i].kind, Kind::Begun(_)));
        let Some(at) = data else {
            let gap = about
                .iter()
                .rposition(|i| matches!(layers[*i].kind, Kind::Gap(_)));
            return match (gap, begun) {
                (Some(gap), begun) if begun.is_none_or(|begun| begun < gap) => {
                    Owner::Gap(about[gap])
                }
                (_, Some(_)) => Owner::Begun {
                    layers: last(layers, about),
                    torn: false,
                },
                _ => Owner::Nobody,
            };
        };
        let layer = about[at];
        let other = |i: &&usize| layers[**i].source != layers[layer].source;
        let is_begun = |i: &usize| matches!(layers[*i].kind, Kind::Begun(_));
        let first = about[at..].iter().position(|i| is_begun(i) && other(&i));
        if let Some(first) = first {
            return Owner::Begun {
                layers: last(layers, &about[at + first..]),
                torn: true,
            };
        }
        let mut earlier = about[..at]
            .iter()
            .filter(|i| matches!(layers[**i].kind, Kind::Data(_)));
        Owner::Data {
            layer,
            over: earlier.rfind(other).copied(),
        }
    }

    proptest! {
        #[test]
        fn every_element_has_the_owner_that_the_rules_give(
            told in prop::collection::vec((0u8..4, 0usize..3, ranges(7), ranges(5)), 0..7),
        ) {
            let shape = [7, 5];
            let layer = |(i, (kind, source, first, second)): (usize, &Told)| {
                let axes: Vec<Vec<[u64; 2]>> = vec![first.clone(), second.clone()];
                let whole = |d: usize| axes[d] == [[0, shape[d]]];
                (match kind {
                    0 | 1 => Kind::Data(i),
                    2 => Kind::Gap(i),
                    _ => Kind::Begun(i),
                }, *source, match (whole(0), whole(1)) {
                    (true, true) => 0,
                    (false, true) => 1,
                    _ => 2,
                })
            };
            let layers: Vec<Layer<'_>> = told.iter().enumerate().map(|(i, one)| {
                let (kind, source, whole_from) = layer((i, one));
                let axes = vec![one.2.as_slice(), one.3.as_slice()];
                Layer::for_test(kind, i as u64, source, axes, whole_from)
            }).collect();
            let mut owners = std::collections::BTreeMap::new();
            let mut last = 0;
            paint(&shape, &layers, |bounds, owner| {
                assert!(bounds[0].start >= last);
                last = bounds[0].start;
                for cell in bounds[0].clone().flat_map(|a| bounds[1].clone().map(move |b| (a, b))) {
                    assert!(owners.insert(cell, owner.clone()).is_none(), "{cell:?} comes twice");
                }
            });
            for cell in (0..7).flat_map(|a| (0..5).map(move |b| (a, b))) {
                let about: Vec<usize> = (0..layers.len())
                    .filter(|i| holds(layers[*i].axes[0], cell.0) && holds(layers[*i].axes[1], cell.1))
                    .collect();
                let (found, mut expected) = (owners[&cell].clone(), owner(&layers, &about));
                // Of a box the earlier file may be one that is about a part of it only.
                if let (Owner::Data { over, .. }, Owner::Data { over: wanted, .. }) =
                    (&found, &mut expected)
                {
                    prop_assert!(over.is_some() || wanted.is_none());
                    *wanted = *over;
                }
                prop_assert_eq!(found, expected, "{:?}", cell);
            }
        }
    }
}
