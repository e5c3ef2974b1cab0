//! Copies between boxes of elements that lie in C order.

use zarrio_model::Region;

/// Copies a chunk out of a block.
///
/// `block` holds `block_region` of the array, `chunk` receives the chunk that begins at the
/// array position `chunk_start` and has the shape `chunk_shape`. What lies outside of the
/// block, beyond the array's end, stays as it is in `chunk`.
pub(crate) fn gather<T: Copy>(
    block: &[T],
    block_region: &Region,
    chunk: &mut [T],
    chunk_start: &[u64],
    chunk_shape: &[u64],
    width: usize,
) {
    let region = Region::new(
        chunk_start
            .iter()
            .zip(chunk_shape)
            .map(|(start, n)| *start..start + n)
            .collect(),
    );
    let shared = region.intersection(block_region);
    if shared.is_empty() {
        return;
    }
    let block_start = block_region.start();
    let (block_shape, shape) = (block_region.shape(), shared.shape());
    let from = offset(&shared.start(), &block_start, &block_shape);
    let to = offset(&shared.start(), chunk_start, chunk_shape);

    // Trailing dimensions that are whole on both sides make one run.
    let n = shape.len();
    let mut run = width;
    let mut outer = n;
    while outer > 0 {
        outer -= 1;
        run *= shape[outer] as usize;
        if shape[outer] != block_shape[outer] || shape[outer] != chunk_shape[outer] {
            break;
        }
    }
    let from_strides = strides(&block_shape, width);
    let to_strides = strides(chunk_shape, width);
    let mut from = from * width;
    let mut to = to * width;
    let mut index = vec![0u64; outer];
    loop {
        chunk[to..to + run].copy_from_slice(&block[from..from + run]);
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

    proptest! {
        #[test]
        fn every_element_arrives_and_padding_stays(
            dims in prop::collection::vec((1u64..7, 1u64..5, 0u64..3), 0..4),
            width in 1usize..4,
        ) {
            let shape: Vec<u64> = dims.iter().map(|d| d.0).collect();
            let chunk_shape: Vec<u64> = dims.iter().map(|d| d.1).collect();
            let start: Vec<u64> = dims.iter().map(|d| (d.2 * d.1).min(d.0 / d.1 * d.1)).collect();
            let block: Vec<usize> =
                (0..shape.iter().product::<u64>() as usize * width).collect();
            let mut chunk =
                vec![usize::MAX; chunk_shape.iter().product::<u64>() as usize * width];
            gather(&block, &Region::full(&shape), &mut chunk, &start, &chunk_shape, width);
            for (i, cell) in crate::block::cells(chunk_shape.clone()).enumerate() {
                let position: Vec<u64> = cell.iter().zip(&start).map(|(c, s)| c + s).collect();
                let inside = position.iter().zip(&shape).all(|(p, n)| p < n);
                for k in 0..width {
                    let expected = if inside {
                        offset(&position, &vec![0; shape.len()], &shape) * width + k
                    } else {
                        usize::MAX
                    };
                    prop_assert_eq!(chunk[i * width + k], expected);
                }
            }
        }
    }
}
