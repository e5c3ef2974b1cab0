//! Copies between boxes of elements that lie in C order.

use std::ops::{Range, RangeInclusive};

use zarrio_codec::prefetch;
use zarrio_model::Region;

/// How many runs ahead of the one that is copied the next ones are asked for.
const AHEAD: usize = 16;
/// Runs of so many bytes. In longer ones the machine sees by itself what comes next.
const FETCHED: RangeInclusive<usize> = 64..=4096;

/// What is no larger and was just put there is in a cache still.
const CACHED: usize = 1 << 20;

/// So much stays in the first cache while it is copied elsewhere.
const NEAR: usize = 8 << 10;

/// A region that is copied from one box to another; both hold all of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Copy<'a> {
    /// What is copied.
    pub(crate) region: &'a Region,
    /// The box that it is copied from.
    pub(crate) from: &'a Region,
    /// The box that it is copied to.
    pub(crate) to: &'a Region,
}

impl Copy<'_> {
    /// From the first to behind the last item that it changes in the box that it is copied to;
    /// an element is `width` items.
    pub(crate) fn extent(&self, width: usize) -> Range<usize> {
        if self.region.is_empty() {
            return 0..0;
        }
        let place = |position: &[u64]| offset(position, &self.to.start(), &self.to.shape()) * width;
        let ranges = self.region.ranges().iter();
        let last: Vec<u64> = ranges.map(|range| range.end - 1).collect();
        place(&self.region.start())..place(&last) + width
    }
}

/// The least range that two are within.
pub(crate) fn hull(a: &Range<usize>, b: &Range<usize>) -> Range<usize> {
    match (a.is_empty(), b.is_empty()) {
        (true, _) => b.clone(),
        (_, true) => a.clone(),
        _ => a.start.min(b.start)..a.end.max(b.end),
    }
}

/// Copies a region; an element is `width` items.
pub(crate) fn gather<T: Clone>(source: &[T], target: &mut [T], copy: &Copy<'_>, width: usize) {
    if copy.region.is_empty() {
        return;
    }
    let shape = copy.region.shape();
    let (from_shape, to_shape) = (copy.from.shape(), copy.to.shape());
    let start = copy.region.start();
    let from = offset(&start, &copy.from.start(), &from_shape) * width;
    let to = offset(&start, &copy.to.start(), &to_shape) * width;

    let (run, outer) = run(&shape, &from_shape, &to_shape, width);
    let rows = Rows {
        next: Some((from, to)),
        index: vec![0; outer],
        shape: &shape,
        from_strides: &strides(&from_shape, width),
        to_strides: &strides(&to_shape, width),
    };
    let size = run * size_of::<T>();
    let is_far = from_shape != shape && FETCHED.contains(&size) && size_of_val(source) > CACHED;
    let mut ahead = is_far.then(|| rows.clone().skip(AHEAD));
    for (from, to) in rows {
        if let Some((next, _)) = ahead.as_mut().and_then(Iterator::next) {
            prefetch(&source[next..next + run]);
        }
        target[to..to + run].clone_from_slice(&source[from..from + run]);
    }
}

/// How long the runs of a region are that are runs in two boxes, and how many dimensions are not
/// within one: trailing dimensions that are whole on both sides make one run.
fn run(shape: &[u64], from: &[u64], to: &[u64], width: usize) -> (usize, usize) {
    let mut run = width;
    let mut outer = shape.len();
    while outer > 0 {
        outer -= 1;
        run *= shape[outer] as usize;
        if shape[outer] != from[outer] || shape[outer] != to[outer] {
            break;
        }
    }
    (run, outer)
}

/// Where runs begin on both sides, in C order.
#[derive(Clone)]
struct Rows<'a> {
    next: Option<(usize, usize)>,
    /// The place of the next one, along the dimensions that are not within a run.
    index: Vec<u64>,
    shape: &'a [u64],
    from_strides: &'a [usize],
    to_strides: &'a [usize],
}

impl Iterator for Rows<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let (from, to) = self.next?;
        let (mut next_from, mut next_to) = (from, to);
        self.next = None;
        // Advances like an odometer.
        for (d, index) in self.index.iter_mut().enumerate().rev() {
            *index += 1;
            next_from += self.from_strides[d];
            next_to += self.to_strides[d];
            if *index < self.shape[d] {
                self.next = Some((next_from, next_to));
                break;
            }
            next_from -= self.from_strides[d] * self.shape[d] as usize;
            next_to -= self.to_strides[d] * self.shape[d] as usize;
            *index = 0;
        }
        Some((from, to))
    }
}

/// Fills a buffer with repetitions of a pattern, or with zeros where there is none.
pub(crate) fn repeat(pattern: &[u8], buffer: &mut [u8]) {
    let mut done = pattern.len().min(buffer.len());
    if done == 0 {
        return buffer.fill(0);
    }
    buffer[..done].copy_from_slice(&pattern[..done]);
    // Whole patterns each time, and twice as many as the time before, as long as what they are
    // copied from stays in the first cache.
    let near = (NEAR / done).max(1) * done;
    while done < buffer.len() {
        let more = done.min(near).min(buffer.len() - done);
        buffer.copy_within(..more, done);
        done += more;
    }
}

/// Fills a box with repetitions of a pattern, an element of `width` bytes, but for a region within
/// it.
pub(crate) fn fill_around(
    whole: &mut [u8],
    bounds: &Region,
    region: &Region,
    pattern: &[u8],
    width: usize,
) {
    if region == bounds {
        return;
    }
    if region.is_empty() {
        return repeat(pattern, whole);
    }
    let mut filling = vec![0; (NEAR / width).max(1) * width];
    repeat(pattern, &mut filling);
    let fill = |gap: &mut [u8]| {
        for part in gap.chunks_mut(filling.len()) {
            part.copy_from_slice(&filling[..part.len()]);
        }
    };
    let (shape, lengths) = (region.shape(), bounds.shape());
    let start = offset(&region.start(), &bounds.start(), &lengths) * width;
    let (run, outer) = run(&shape, &lengths, &lengths, width);
    let strides = strides(&lengths, width);
    let rows = Rows {
        next: Some((start, start)),
        index: vec![0; outer],
        shape: &shape,
        from_strides: &strides,
        to_strides: &strides,
    };
    let mut done = 0;
    for (start, _) in rows {
        fill(&mut whole[done..start]);
        done = start + run;
    }
    fill(&mut whole[done..]);
}

/// The C-order offset of `position` in a box that begins at `start` and has `shape`.
fn offset(position: &[u64], start: &[u64], shape: &[u64]) -> usize {
    let steps = position.iter().zip(start).zip(shape);
    steps.fold(0, |offset, ((p, s), n)| {
        offset * *n as usize + (p - s) as usize
    })
}

fn strides(shape: &[u64], width: usize) -> Vec<usize> {
    let mut strides = vec![width; shape.len()];
    for d in (1..shape.len()).rev() {
        strides[d - 1] = strides[d] * shape[d] as usize;
    }
    strides
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Start and length of a region, and how far two boxes reach beyond it on either side.
    type Axis = (u64, u64, u64, u64, u64, u64);

    proptest! {
        #[test]
        fn the_region_arrives_and_the_rest_stays(
            dims in prop::collection::vec((0u64..4, 1u64..5, 0u64..3, 0u64..3, 0u64..3, 0u64..3), 0..4),
            width in 1usize..4,
        ) {
            let ranges = |f: fn(&Axis) -> Range<u64>| {
                Region::new(dims.iter().map(f).collect())
            };
            // The region lies three or more from zero, and both boxes reach beyond it.
            let region = ranges(|d| 3 + d.0..3 + d.0 + d.1);
            let from = ranges(|d| 3 + d.0 - d.2..3 + d.0 + d.1 + d.3);
            let to = ranges(|d| 3 + d.0 - d.4..3 + d.0 + d.1 + d.5);
            let source: Vec<usize> = (0..from.num_elements() as usize * width).collect();
            let mut target = vec![usize::MAX; to.num_elements() as usize * width];
            let copy = Copy { region: &region, from: &from, to: &to };
            gather(&source, &mut target, &copy, width);
            let is_changed = |item: &usize| *item != usize::MAX;
            let first = target.iter().position(is_changed);
            let last = target.iter().rposition(is_changed);
            let changed = first.zip(last).map_or(0..0, |(first, last)| first..last + 1);
            prop_assert_eq!(copy.extent(width), changed);
            for (i, cell) in crate::block::cells(to.shape()).enumerate() {
                let position: Vec<u64> =
                    cell.iter().zip(to.start()).map(|(c, s)| c + s).collect();
                let inside = position.iter().zip(region.ranges()).all(|(p, r)| r.contains(p));
                for k in 0..width {
                    let expected = match inside {
                        true => offset(&position, &from.start(), &from.shape()) * width + k,
                        false => usize::MAX,
                    };
                    prop_assert_eq!(target[i * width + k], expected);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn the_rest_of_a_box_is_filled(
            dims in prop::collection::vec((0u64..4, 0u64..5, 0u64..3, 0u64..3), 0..4),
            width in 1usize..4,
        ) {
            let bounds = Region::new(dims.iter().map(|d| d.0..d.0 + d.1 + d.2 + d.3).collect());
            let region = Region::new(dims.iter().map(|d| d.0 + d.2..d.0 + d.2 + d.1).collect());
            let pattern: Vec<u8> = (1..=width as u8).collect();
            let mut whole = vec![9; bounds.num_elements() as usize * width];
            fill_around(&mut whole, &bounds, &region, &pattern, width);
            for (i, cell) in crate::block::cells(bounds.shape()).enumerate() {
                let position = cell.iter().zip(bounds.start()).map(|(c, s)| c + s);
                let inside = position.zip(region.ranges()).all(|(p, r)| r.contains(&p));
                let element = &whole[i * width..(i + 1) * width];
                let expected = if inside { &[9; 3][..width] } else { &pattern };
                prop_assert_eq!(element, expected);
            }
        }
    }

    #[test]
    fn patterns_fill_buffers() {
        let long: Vec<u8> = (0..=NEAR).map(|i| (i % 251) as u8).collect();
        for length in (0..20).chain([3 * NEAR + 5]) {
            for pattern in [&b""[..], b"a", b"abc", b"abcd", b"abcdefghijkl", &long] {
                let mut buffer = vec![b'x'; length];
                repeat(pattern, &mut buffer);
                let mut expected: Vec<u8> = pattern.iter().copied().cycle().take(length).collect();
                expected.resize(length, 0);
                assert_eq!(buffer, expected);
            }
        }
    }
}
