//! Copies between boxes of elements that lie in C order.

use zarrio_model::Region;

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

/// Copies a region; an element is `width` items.
pub(crate) fn gather<T: Clone>(source: &[T], target: &mut [T], copy: &Copy<'_>, width: usize) {
    if copy.region.is_empty() {
        return;
    }
    let shape = copy.region.shape();
    let (from_shape, to_shape) = (copy.from.shape(), copy.to.shape());
    let start = copy.region.start();
    let mut from = offset(&start, &copy.from.start(), &from_shape) * width;
    let mut to = offset(&start, &copy.to.start(), &to_shape) * width;

    // Trailing dimensions that are whole on both sides make one run.
    let mut run = width;
    let mut outer = shape.len();
    while outer > 0 {
        outer -= 1;
        run *= shape[outer] as usize;
        if shape[outer] != from_shape[outer] || shape[outer] != to_shape[outer] {
            break;
        }
    }
    let from_strides = strides(&from_shape, width);
    let to_strides = strides(&to_shape, width);
    let mut index = vec![0u64; outer];
    loop {
        target[to..to + run].clone_from_slice(&source[from..from + run]);
        // Advances the outer dimensions like an odometer.
        let mut d = outer;
        loop {
            if d == 0 {
                return;
            }
            d -= 1;
            index[d] += 1;
            from += from_strides[d];
            to += to_strides[d];
            if index[d] < shape[d] {
                break;
            }
            from -= from_strides[d] * shape[d] as usize;
            to -= to_strides[d] * shape[d] as usize;
            index[d] = 0;
        }
    }
}

/// Fills a buffer with repetitions of a pattern, or with zeros where there is none.
pub(crate) fn repeat(pattern: &[u8], buffer: &mut [u8]) {
    let mut done = pattern.len().min(buffer.len());
    if done == 0 {
        return buffer.fill(0);
    }
    buffer[..done].copy_from_slice(&pattern[..done]);
    // Whole patterns each time, and twice as many as the time before.
    while done < buffer.len() {
        let more = done.min(buffer.len() - done);
        buffer.copy_within(..more, done);
        done += more;
    }
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
            let ranges = |f: fn(&Axis) -> std::ops::Range<u64>| {
                Region::new(dims.iter().map(f).collect())
            };
            // The region lies three or more from zero, and both boxes reach beyond it.
            let region = ranges(|d| 3 + d.0..3 + d.0 + d.1);
            let from = ranges(|d| 3 + d.0 - d.2..3 + d.0 + d.1 + d.3);
            let to = ranges(|d| 3 + d.0 - d.4..3 + d.0 + d.1 + d.5);
            let source: Vec<usize> = (0..from.num_elements() as usize * width).collect();
            let mut target = vec![usize::MAX; to.num_elements() as usize * width];
            gather(&source, &mut target, &Copy { region: &region, from: &from, to: &to }, width);
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

    #[test]
    fn patterns_fill_buffers() {
        for length in 0..20 {
            for pattern in [&b""[..], b"a", b"abcd"] {
                let mut buffer = vec![b'x'; length];
                repeat(pattern, &mut buffer);
                let mut expected: Vec<u8> = pattern.iter().copied().cycle().take(length).collect();
                expected.resize(length, 0);
                assert_eq!(buffer, expected);
            }
        }
    }
}
