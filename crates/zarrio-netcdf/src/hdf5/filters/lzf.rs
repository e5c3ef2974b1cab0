//! LZF, the fast compressor that h5py brings along.

use super::{Buffer, Expected, check_ratio};
use crate::hdf5::fault::{Fault, Outcome};

pub(super) const ID: u16 = 32000;
/// Three bytes can stand for at most 264.
const BEST_RATIO: usize = 88;

pub(super) fn undo(input: &[u8], expected: Expected, output: &mut Buffer) -> Outcome<()> {
    let mut room = expected.bytes;
    if expected.exact {
        check_ratio(input, room, BEST_RATIO)?;
    } else {
        room = room.min(input.len().saturating_add(64).saturating_mul(BEST_RATIO));
    }
    let length = decode(input, output.resize(room)?)
        .ok_or_else(|| Fault::invalid("the stream is damaged"))?;
    output.truncate(length);
    Ok(())
}

/// The length of what was decoded; `None` when the stream is cut short, refers to bytes
/// before its start, or does not fit.
fn decode(mut input: &[u8], output: &mut [u8]) -> Option<usize> {
    let mut length = 0;
    while let Some((&control, rest)) = input.split_first() {
        input = rest;
        if control < 32 {
            // So many bytes as they are.
            let (literal, rest) = input.split_at_checked(usize::from(control) + 1)?;
            output
                .get_mut(length..length + literal.len())?
                .copy_from_slice(literal);
            length += literal.len();
            input = rest;
            continue;
        }
        let mut count = usize::from(control >> 5);
        if count == 7 {
            let (&more, rest) = input.split_first()?;
            count += usize::from(more);
            input = rest;
        }
        let (&low, rest) = input.split_first()?;
        input = rest;
        let distance = (usize::from(control & 0x1f) << 8 | usize::from(low)) + 1;
        let start = length.checked_sub(distance)?;
        let end = length + count + 2;
        if end > output.len() {
            return None;
        }
        // Byte by byte: the copy may overlap what it writes.
        for place in length..end {
            output[place] = output[start + place - length];
        }
        length = end;
    }
    Some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_overlapping_copies() {
        // "ab", then four bytes from two back.
        let mut output = [0; 6];
        assert_eq!(decode(&[1, b'a', b'b', 2 << 5, 1], &mut output), Some(6));
        assert_eq!(&output, b"ababab");
    }

    #[test]
    fn damaged_streams_are_refused() {
        let mut output = [0; 6];
        assert_eq!(decode(&[5, b'a'], &mut output), None, "cut short");
        assert_eq!(decode(&[1 << 5, 0], &mut output), None, "before the start");
        assert_eq!(
            decode(&[0, b'a', 7 << 5, 200, 0], &mut output),
            None,
            "too long"
        );
    }
}
