//! The checksum that HDF5 appends to a chunk.

use crate::hdf5::fault::{Fault, Outcome};

pub(super) const ID: u16 = 3;

/// The length of the data before a checksum that is right.
pub(super) fn verify(bytes: &[u8]) -> Outcome<usize> {
    let (data, stored) = bytes
        .split_last_chunk::<4>()
        .ok_or_else(|| Fault::invalid("the chunk is shorter than its checksum"))?;
    let computed = checksum(data);
    // Until version 1.6.2 the library wrote both halves with their bytes exchanged on
    // little-endian machines, and it still accepts that.
    let [a, b, c, d] = *stored;
    if [
        u32::from_le_bytes([a, b, c, d]),
        u32::from_le_bytes([b, a, d, c]),
    ]
    .contains(&computed)
    {
        Ok(data.len())
    } else {
        Err(Fault::invalid("the checksum of a chunk is wrong"))
    }
}

fn checksum(data: &[u8]) -> u32 {
    let fold = |sum: u32| (sum & 0xffff) + (sum >> 16);
    let (mut first, mut second) = (0u32, 0u32);
    // So many words can be added before the second sum overflows.
    for block in data.chunks(720) {
        let (words, rest) = block.as_chunks::<2>();
        for &word in words {
            first += u32::from(u16::from_be_bytes(word));
            second += first;
        }
        if let [last] = rest {
            first = fold(first);
            second = fold(second);
            first += u32::from(*last) << 8;
            second += first;
        }
        first = fold(first);
        second = fold(second);
    }
    fold(second) << 16 | fold(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_byte_is_found() {
        let data: Vec<u8> = (0..1001u32).map(|i| (i * 7 % 251) as u8).collect();
        let mut stored = data.clone();
        stored.extend(checksum(&data).to_le_bytes());
        assert_eq!(verify(&stored).ok(), Some(1001));
        stored[500] ^= 1;
        assert!(verify(&stored).is_err());
        assert!(verify(b"abc").is_err());
    }

    #[test]
    fn the_sums_do_not_overflow() {
        assert_eq!(checksum(&[0xff; 4096]), 0xffff_ffff);
    }
}
