//! Byte shuffle: the first bytes of all elements, then all second bytes, and so on.

pub(super) const ID: u16 = 2;

/// Elements that are put together at once. Measured: loops over so many become vector code,
/// those over fewer are unrolled instead.
const GROUP: usize = 64;

/// Puts the bytes of each element together again. `output` is as long as `input`.
pub(super) fn undo(input: &[u8], element_size: usize, output: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[expect(
            unsafe_code,
            reason = "functions for some machines are unsafe on others"
        )]
        // SAFETY: the machine has what the function was compiled for.
        return unsafe { wide(input, element_size, output) };
    }
    each_size(input, element_size, output);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn wide(input: &[u8], element_size: usize, output: &mut [u8]) {
    each_size(input, element_size, output);
}

#[inline(always)]
fn each_size(input: &[u8], element_size: usize, output: &mut [u8]) {
    match element_size {
        0 | 1 => output.copy_from_slice(input),
        2 => fixed(input, output, |planes, elements| {
            let [a, b] = planes;
            for (element, pair) in elements.iter_mut().zip(pairs(a, b)) {
                *element = pair.to_le_bytes();
            }
        }),
        4 => fixed(input, output, |planes, elements| {
            let [a, b, c, d] = planes;
            for (element, four) in elements.iter_mut().zip(fours([a, b, c, d])) {
                *element = four.to_le_bytes();
            }
        }),
        8 => fixed(input, output, |planes, elements| {
            let [a, b, c, d, e, f, g, h] = planes;
            let (low, high) = (fours([a, b, c, d]), fours([e, f, g, h]));
            for (element, (low, high)) in elements.iter_mut().zip(low.iter().zip(&high)) {
                *element = (u64::from(*low) | u64::from(*high) << 32).to_le_bytes();
            }
        }),
        size => any(input, size, output),
    }
}

type Plane = [u8; GROUP];

#[inline(always)]
fn pairs(a: &Plane, b: &Plane) -> [u16; GROUP] {
    let mut pairs = [0; GROUP];
    for (pair, (a, b)) in pairs.iter_mut().zip(a.iter().zip(b)) {
        *pair = u16::from(*a) | u16::from(*b) << 8;
    }
    pairs
}

#[inline(always)]
fn fours([a, b, c, d]: [&Plane; 4]) -> [u32; GROUP] {
    let mut fours = [0; GROUP];
    let (low, high) = (pairs(a, b), pairs(c, d));
    for (four, (low, high)) in fours.iter_mut().zip(low.iter().zip(&high)) {
        *four = u32::from(*low) | u32::from(*high) << 16;
    }
    fours
}

/// For a size known to the compiler; `whole` puts a group of elements together.
#[inline(always)]
fn fixed<const SIZE: usize>(
    input: &[u8],
    output: &mut [u8],
    whole: impl Fn([&Plane; SIZE], &mut [[u8; SIZE]; GROUP]),
) {
    let count = input.len() / SIZE;
    let planes: [&[u8]; SIZE] = std::array::from_fn(|plane| &input[plane * count..][..count]);
    let (elements, rest) = output.as_chunks_mut::<SIZE>();
    let (groups, last) = elements.as_chunks_mut::<GROUP>();
    let of_planes = planes.map(|plane| plane.as_chunks::<GROUP>().0);
    for (i, group) in groups.iter_mut().enumerate() {
        whole(of_planes.map(|plane| &plane[i]), group);
    }
    for (i, element) in (count - last.len()..).zip(last) {
        *element = planes.map(|plane| plane[i]);
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
            for length in [0, 1, 7, 8, 72, 75, 512, 1100] {
                let data: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
                let count = data.len() / size;
                let mut shuffled: Vec<u8> = (0..size)
                    .flat_map(|plane| data.chunks_exact(size).map(move |chunk| chunk[plane]))
                    .collect();
                shuffled.extend(&data[count * size..]);
                let mut output = vec![0; data.len()];
                undo(&shuffled, size, &mut output);
                assert_eq!(output, data, "size {size}, {length} bytes");
                let mut twin = vec![0; data.len()];
                each_size(&shuffled, size, &mut twin);
                assert_eq!(twin, data, "size {size}, {length} bytes");
            }
        }
    }
}
