//! Byte shuffle: the first bytes of all elements, then all second bytes, and so on.

use crate::prefetch::prefetch;

/// Elements whose bytes are put apart at once: enough that the loops become vector code.
const GROUP: usize = 64;

/// How many bytes ahead of those that are put apart the next ones are asked for.
const AHEAD: usize = 2 << 10;

#[cfg(target_arch = "x86_64")]
mod fours;

/// What does not fill an element stays where it is. `output` is as long as `input`.
pub(super) fn shuffle(input: &[u8], element_size: usize, output: &mut [u8]) {
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
    match element_size {
        4 => fours::apart(input, output),
        size => each_size(input, size, output),
    }
}

#[inline(always)]
fn each_size(input: &[u8], element_size: usize, output: &mut [u8]) {
    match element_size {
        2 => fixed::<Two, 2>(input, output),
        4 => fixed::<Four, 4>(input, output),
        8 => fixed::<Eight, 8>(input, output),
        size => any(input, size, output),
    }
}

type Plane = [u8; GROUP];

/// The `map` of arrays is not always part of its caller.
#[inline(always)]
fn each<T: Copy, U: Copy + Default>(from: &[T; GROUP], turn: impl Fn(T) -> U) -> [U; GROUP] {
    let mut into = [U::default(); GROUP];
    for (into, from) in into.iter_mut().zip(from) {
        *into = turn(*from);
    }
    into
}

/// Halves first: a machine does that for many at once.
#[inline(always)]
fn pairs(fours: &[u32; GROUP]) -> [[u16; GROUP]; 2] {
    [
        each(fours, |four| four as u16),
        each(fours, |four| (four >> 16) as u16),
    ]
}

#[inline(always)]
fn bytes(pairs: &[u16; GROUP], low: &mut Plane, high: &mut Plane) {
    for ((low, high), pair) in low.iter_mut().zip(high).zip(pairs) {
        [*low, *high] = pair.to_le_bytes();
    }
}

/// Elements of a size. Types, for a closure or a function that is given may become a call, and
/// what is called is code for any machine.
trait Elements<const SIZE: usize> {
    /// Puts the bytes of a group of them apart.
    fn apart(elements: &[[u8; SIZE]; GROUP], planes: [&mut Plane; SIZE]);
}

struct Two;
struct Four;
struct Eight;

impl Elements<2> for Two {
    #[inline(always)]
    fn apart(elements: &[[u8; 2]; GROUP], [a, b]: [&mut Plane; 2]) {
        bytes(&each(elements, u16::from_le_bytes), a, b);
    }
}

impl Elements<4> for Four {
    #[inline(always)]
    fn apart(elements: &[[u8; 4]; GROUP], [a, b, c, d]: [&mut Plane; 4]) {
        let [low, high] = pairs(&each(elements, u32::from_le_bytes));
        bytes(&low, a, b);
        bytes(&high, c, d);
    }
}

impl Elements<8> for Eight {
    #[inline(always)]
    fn apart(elements: &[[u8; 8]; GROUP], planes: [&mut Plane; 8]) {
        let [a, b, c, d, e, f, g, h] = planes;
        let numbers = each(elements, u64::from_le_bytes);
        for (fours, [a, b, c, d]) in [
            (each(&numbers, |number| number as u32), [a, b, c, d]),
            (each(&numbers, |number| (number >> 32) as u32), [e, f, g, h]),
        ] {
            let [low, high] = pairs(&fours);
            bytes(&low, a, b);
            bytes(&high, c, d);
        }
    }
}

/// For a size known to the compiler.
#[inline(always)]
fn fixed<E: Elements<SIZE>, const SIZE: usize>(input: &[u8], output: &mut [u8]) {
    let (elements, mut planes) = planes(input, output);
    let (groups, last) = elements.as_chunks::<GROUP>();
    for (number, group) in groups.iter().enumerate() {
        if let Some(later) = groups.get(number + AHEAD / size_of_val(group)) {
            prefetch(later);
        }
        let places = planes
            .each_mut()
            .map(|plane| &mut plane.as_chunks_mut::<GROUP>().0[number]);
        E::apart(group, places);
    }
    each_last(last, planes);
}

/// The elements, and where the bytes of each rank go. What fills none is put in its place.
#[inline(always)]
fn planes<'a, const SIZE: usize>(
    input: &'a [u8],
    output: &'a mut [u8],
) -> (&'a [[u8; SIZE]], [&'a mut [u8]; SIZE]) {
    let (elements, rest) = input.as_chunks::<SIZE>();
    let (whole, end) = output.split_at_mut(elements.len() * SIZE);
    end.copy_from_slice(rest);
    let mut planes = whole.chunks_exact_mut(elements.len().max(1));
    let planes = std::array::from_fn(|_| planes.next().unwrap_or_default());
    (elements, planes)
}

/// Puts the last elements apart, one by one.
#[inline(always)]
fn each_last<const SIZE: usize>(last: &[[u8; SIZE]], planes: [&mut [u8]; SIZE]) {
    for (rank, plane) in planes.into_iter().enumerate() {
        let done = plane.len() - last.len();
        for (byte, element) in plane[done..].iter_mut().zip(last) {
            *byte = element[rank];
        }
    }
}

fn any(input: &[u8], size: usize, output: &mut [u8]) {
    let count = input.len() / size;
    let (whole, rest) = input.split_at(count * size);
    for (number, element) in whole.chunks_exact(size).enumerate() {
        for (rank, byte) in element.iter().enumerate() {
            output[rank * count + number] = *byte;
        }
    }
    output[whole.len()..].copy_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_a_rank_stand_together() {
        for size in 1..=17usize {
            for length in [0, 1, 7, 8, 72, 75, 124, 128, 132, 512, 1100, 5001] {
                let input: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
                let mut expected: Vec<u8> = (0..size)
                    .flat_map(|rank| input.chunks_exact(size).map(move |element| element[rank]))
                    .collect();
                expected.extend(input.chunks_exact(size).remainder());
                let (mut output, mut twin) = (vec![0; length], vec![0; length]);
                shuffle(&input, size, &mut output);
                assert_eq!(output, expected, "size {size}, {length} bytes");
                each_size(&input, size, &mut twin);
                assert_eq!(twin, expected, "size {size}, {length} bytes");
            }
        }
    }
}
