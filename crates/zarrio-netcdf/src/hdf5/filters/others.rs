//! Filters whose decoders come from elsewhere.

use std::io::Read;

use blosc_src::{blosc_cbuffer_validate, blosc_decompress_ctx};
use hdf5_reader::filters::{lz4, nbit, scaleoffset, szip};

use super::{Buffer, Expected, Filter, check_ratio};
use crate::hdf5::fault::{Fault, Outcome};

pub(super) const SZIP: u16 = 4;
pub(super) const NBIT: u16 = 5;
pub(super) const SCALE_OFFSET: u16 = 6;
pub(super) const BZIP2: u16 = 307;
pub(super) const BLOSC: u16 = 32001;
pub(super) const LZ4: u16 = 32004;
pub(super) const ZSTD: u16 = 32015;

/// What a block of one repeated byte can come down to, with any of these codecs.
const BEST_RATIO: usize = 1 << 16;
/// The largest chunk that may be stored as one number.
const LARGEST_CONSTANT: usize = 256 << 20;

pub(super) fn undo(
    filter: &Filter,
    zstd: &mut Option<zstd::bulk::Decompressor<'static>>,
    input: &[u8],
    expected: Expected,
    output: &mut Buffer,
) -> Outcome<()> {
    let parameters = &filter.parameters;
    let room = expected.bytes;
    let check = || check_ratio(input, room, BEST_RATIO);
    match filter.id {
        NBIT => {
            check()?;
            output.replace(nbit::decompress_with_limit(input, parameters, room)?);
        }
        SCALE_OFFSET => {
            // A constant chunk takes a few bytes whatever its size.
            if room > LARGEST_CONSTANT {
                check()?;
            }
            output.replace(scaleoffset::decompress_with_limit(input, parameters, room)?);
        }
        SZIP => {
            check()?;
            output.replace(szip::decompress_with_limit(input, parameters, room)?);
        }
        LZ4 => output.replace(lz4::decompress_with_limit(input, room)?),
        BZIP2 => {
            check()?;
            bzip2(input, room, output)?;
        }
        ZSTD => {
            check()?;
            unzstd(zstd, input, room, output)?;
        }
        BLOSC => {
            check()?;
            blosc(input, room, output)?;
        }
        _ => return Err(Fault::unsupported("this filter is not known")),
    }
    Ok(())
}

fn bzip2(input: &[u8], room: usize, output: &mut Buffer) -> Outcome<()> {
    let mut decoder = bzip2::read::BzDecoder::new(input);
    let bytes = output.resize(room)?;
    let mut length = 0;
    while length < room {
        match decoder.read(&mut bytes[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(_) => return Err(Fault::invalid("the stream is damaged")),
        }
    }
    output.truncate(length);
    Ok(())
}

fn unzstd(
    decompressor: &mut Option<zstd::bulk::Decompressor<'static>>,
    input: &[u8],
    room: usize,
    output: &mut Buffer,
) -> Outcome<()> {
    let decompressor = match decompressor {
        Some(decompressor) => decompressor,
        none => none.insert(zstd::bulk::Decompressor::new()?),
    };
    let length = decompressor
        .decompress_to_buffer(input, output.resize(room)?)
        .map_err(|_| Fault::invalid("the stream is damaged"))?;
    output.truncate(length);
    Ok(())
}

#[expect(unsafe_code, reason = "C-Blosc has no safe interface")]
fn blosc(input: &[u8], room: usize, output: &mut Buffer) -> Outcome<()> {
    let mut declared = 0;
    // SAFETY: the pointer and the length are those of `input`; the function reads no
    // further and writes the one number.
    let status =
        unsafe { blosc_cbuffer_validate(input.as_ptr().cast(), input.len(), &raw mut declared) };
    if status < 0 || declared > room {
        return Err(Fault::invalid("the stream is damaged"));
    }
    let bytes = output.resize(room)?;
    // SAFETY: the stream was validated to lie within `input`, `bytes` has room for what it
    // declares to hold, and C-Blosc writes no more than the size that it is given. With a
    // context of its own and one thread the call shares no state.
    let length = unsafe {
        blosc_decompress_ctx(
            input.as_ptr().cast(),
            bytes.as_mut_ptr().cast(),
            bytes.len(),
            1,
        )
    };
    let length = usize::try_from(length).map_err(|_| Fault::invalid("the stream is damaged"))?;
    output.truncate(length);
    Ok(())
}
