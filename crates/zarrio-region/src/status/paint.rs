//! Cuts a variable into boxes in each of which one record or nobody tells what is there.

use std::collections::BTreeSet;
use std::ops::Range;

use super::layers::{Kind, Layer};

/// Who tells what a box holds. The numbers are those of layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// No record is about it.
    Nobody,
    /// It was declared to have no data.
    Gap(usize),
    /// It was written, and over another file's data where `over` is given.
    Data { layer: usize, over: Option<usize> },
    /// Somebody began to write it, and did not finish. Where there was a record before, which
    /// no longer counts, `torn` is set.
    Begun { layer: usize, torn: bool },
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
        let mut begun: Option<usize> = None;
        let mut gap: Option<usize> = None;
        // Writers of how many files; two of them leave a mixture whatever was there before.
        let mut mixed = false;
        for (at, &i) in active.iter().enumerate().rev() {
            let layer = &self.layers[i];
            if layer.whole_from > level {
                return None;
            }
            match layer.kind {
                Kind::Begun(_) => match begun {
                    Some(other) => mixed |= self.layers[other].source != layer.source,
                    None => begun = Some(i),
                },
                Kind::Gap(_) => {
                    if begun.is_none() && gap.is_none() {
                        gap = Some(i);
                    }
                }
                Kind::Data(_) => {
                    let same = |other: usize| self.layers[other].source == layer.source;
                    return Some(match begun {
                        Some(other) if mixed || !same(other) => Owner::Begun {
                            layer: other,
                            torn: true,
                        },
                        _ => Owner::Data {
                            layer: i,
                            over: self.below(&active[..at], layer.source),
                        },
                    });
                }
            }
        }
        Some(match (gap, begun) {
            (Some(layer), _) => Owner::Gap(layer),
            (None, Some(layer)) => Owner::Begun { layer, torn: false },
            (None, None) => Owner::Nobody,
        })
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
                (_, Some(begun)) => Owner::Begun {
                    layer: about[begun],
                    torn: false,
                },
                _ => Owner::Nobody,
            };
        };
        let layer = about[at];
        let other = |i: &&usize| layers[**i].source != layers[layer].source;
        let mut later = about[at..]
            .iter()
            .filter(|i| matches!(layers[**i].kind, Kind::Begun(_)));
        if later.any(|i| other(&i)) {
            return Owner::Begun {
                layer: about[begun.unwrap()],
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
                    assert!(owners.insert(cell, owner).is_none(), "{cell:?} comes twice");
                }
            });
            for cell in (0..7).flat_map(|a| (0..5).map(move |b| (a, b))) {
                let about: Vec<usize> = (0..layers.len())
                    .filter(|i| holds(layers[*i].axes[0], cell.0) && holds(layers[*i].axes[1], cell.1))
                    .collect();
                let (found, mut expected) = (owners[&cell], owner(&layers, &about));
                // Of a box the earlier file may be one that is about a part of it only.
                if let (Owner::Data { over, .. }, Owner::Data { over: wanted, .. }) = (found, &mut expected) {
                    prop_assert!(over.is_some() || wanted.is_none());
                    *wanted = over;
                }
                prop_assert_eq!(found, expected, "{:?}", cell);
            }
        }
    }
}
