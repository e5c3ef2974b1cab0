//! From codes back to numbers.

use zarrio_model::DataType;

use super::Packing;

/// Decodes as many codes as there are on both sides.
pub(super) fn unpack(packing: &Packing, codes: &[u8], out: &mut [f64]) {
    match packing.data_type {
        DataType::Int8 => decode(packing, codes, out, |b: [u8; 1]| {
            i8::from_ne_bytes(b).into()
        }),
        DataType::UInt8 => decode(packing, codes, out, |b: [u8; 1]| {
            u8::from_ne_bytes(b).into()
        }),
        DataType::Int16 => decode(packing, codes, out, |b| i16::from_ne_bytes(b).into()),
        DataType::UInt16 => decode(packing, codes, out, |b| u16::from_ne_bytes(b).into()),
        DataType::Int32 => decode(packing, codes, out, |b| i32::from_ne_bytes(b).into()),
        _ => decode(packing, codes, out, |b| u32::from_ne_bytes(b).into()),
    }
}

#[inline(always)]
fn decode<const N: usize>(
    packing: &Packing,
    codes: &[u8],
    out: &mut [f64],
    read: impl Fn([u8; N]) -> f64,
) {
    // No code is NaN: where nothing means missing, nothing is.
    let missing = packing.missing.map_or(f64::NAN, |code| code as f64);
    let (scale, offset) = (packing.scale, packing.offset);
    let (codes, _) = codes.as_chunks::<N>();
    for (code, value) in codes.iter().zip(out) {
        let code = read(*code);
        *value = if code == missing {
            f64::NAN
        } else {
            code * scale + offset
        };
    }
}
