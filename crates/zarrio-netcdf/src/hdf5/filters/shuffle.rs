//! Byte shuffle: the first bytes of all elements, then all second bytes, and so on.

pub(super) const ID: u16 = 2;

/// Puts the bytes of each element together again. `output` is as long as `input`.
pub(super) fn undo(input: &[u8], element_size: usize, output: &mut [u8]) {
    match element_size {
        0 | 1 => output.copy_from_slice(input),
        2 => fixed::<2>(input, output),
        4 => fixed::<4>(input, output),
        8 => fixed::<8>(input, output),
        size => any(input, size, output),
    }
}

/// For a size known to the compiler, which then works on many elements at once.
fn fixed<const SIZE: usize>(input: &[u8], output: &mut [u8]) {
    let count = input.len() / SIZE;
    let planes: [&[u8]; SIZE] = std::array::from_fn(|plane| &input[plane * count..][..count]);
    let (elements, rest) = output.as_chunks_mut::<SIZE>();
    for (i, element) in elements.iter_mut().enumerate().take(count) {
        for (plane, byte) in planes.iter().zip(element) {
            *byte = plane[i];
        }
    }
    // What does not fill an element was left where it was.
    rest.copy_from_slice(&input[count * SIZE..]);
}

fn any(input: &[u8], size: usize, output: &mut [u8]) {
    let count = input.len() / size;
    let whole = count * size;
    for plane in 0..size.min(whole) {
        let bytes = &input[plane * count..][..count];
        for (byte, place) in bytes.iter().zip(output[plane..].iter_mut().step_by(size)) {
            *place = *byte;
        }
    }
    output[whole..].copy_from_slice(&input[whole..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_gives_back_the_elements() {
        for size in 1..=9usize {
            for length in [0, 1, 7, 8, 72, 75] {
                let data: Vec<u8> = (0..length).collect();
                let count = data.len() / size;
                let mut shuffled: Vec<u8> = (0..size)
                    .flat_map(|plane| data.chunks_exact(size).map(move |chunk| chunk[plane]))
                    .collect();
                shuffled.extend(&data[count * size..]);
                let mut output = vec![0; data.len()];
                undo(&shuffled, size, &mut output);
                assert_eq!(output, data, "size {size}, {length} bytes");
            }
        }
    }
}
