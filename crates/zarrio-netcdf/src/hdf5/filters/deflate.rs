//! Deflate with the zlib wrapper.

use libdeflater::{DecompressionError, Decompressor};

use super::{Buffer, Expected, check_ratio};
use crate::hdf5::fault::{Fault, Outcome};

pub(super) const ID: u16 = 1;
/// No deflate stream is smaller than this fraction of its content.
const BEST_RATIO: usize = 1032;

pub(super) fn undo(
    inflater: &mut Option<Decompressor>,
    input: &[u8],
    expected: Expected,
    output: &mut Buffer,
) -> Outcome<()> {
    let mut room = expected.bytes;
    if expected.exact {
        check_ratio(input, room, BEST_RATIO)?;
    } else {
        room = room.min(input.len().saturating_add(64).saturating_mul(BEST_RATIO));
    }
    let inflater = inflater.get_or_insert_with(Decompressor::new);
    let length = inflater
        .zlib_decompress(input, output.resize(room)?)
        .map_err(|error| {
            Fault::invalid(match error {
                DecompressionError::BadData => "the stream is damaged",
                DecompressionError::InsufficientSpace => "the stream holds more than the chunk",
            })
        })?;
    output.truncate(length);
    Ok(())
}
