//! Stored values are big-endian.

/// Turns big-endian elements of `size` bytes into native ones, in place.
pub(super) fn to_native(bytes: &mut [u8], size: u64) {
    match size {
        2 => bytes.as_chunks_mut().0.iter_mut().for_each(|value| {
            *value = u16::from_be_bytes(*value).to_ne_bytes();
        }),
        4 => bytes.as_chunks_mut().0.iter_mut().for_each(|value| {
            *value = u32::from_be_bytes(*value).to_ne_bytes();
        }),
        8 => bytes.as_chunks_mut().0.iter_mut().for_each(|value| {
            *value = u64::from_be_bytes(*value).to_ne_bytes();
        }),
        _ => {}
    }
}
