//! The file: positioned reads, and the sizes that its superblock declares.

use std::ops::Range;

use hdf5_reader::error::Error;
use hdf5_reader::io::Cursor;
use hdf5_reader::storage::{Storage, StorageBuffer};
use hdf5_reader::superblock::Superblock;

use super::fault::{Fault, Outcome};
use crate::data::Data;

/// The longest piece of metadata that is read at once.
///
/// A length in a damaged file may be as long as the file itself; nothing that HDF5 writes
/// comes near this.
const LONGEST_METADATA: usize = 1 << 30;

/// An HDF5 file whose addresses count from its superblock, as all addresses in it do.
#[derive(Debug)]
pub(super) struct HdfFile {
    data: Data,
    /// Where the superblock stands: behind the user block, if there is one.
    base: u64,
    /// Bytes from there to the end of the file.
    length: u64,
    /// Bytes of an address.
    pub(super) offset_size: u8,
    /// Bytes of a length.
    pub(super) length_size: u8,
    /// The address of the root group's object header.
    pub(super) root: u64,
}

impl HdfFile {
    /// Reads the superblock of a file of `length` bytes.
    pub(super) fn new(data: Data, length: u64) -> Outcome<Self> {
        let mut this = Self {
            data,
            base: 0,
            length,
            offset_size: 8,
            length_size: 8,
            root: u64::MAX,
        };
        let superblock = Superblock::parse_from_storage(&this)?;
        for (what, size) in [
            ("addresses", superblock.offset_size),
            ("lengths", superblock.length_size),
        ] {
            if !matches!(size, 2 | 4 | 8) {
                return Err(Fault::invalid(format!("{what} of {size} bytes")));
            }
        }
        let is_undefined = |address| Cursor::is_undefined_offset(address, superblock.offset_size);
        if !is_undefined(superblock.driver_info_address) && superblock.version < 2 {
            // Not called unsupported: netCDF-C opens single files only, and so is no help.
            return Err(Fault::invalid(
                "it is one of several files that make up an HDF5 file: join them with `h5repart`",
            ));
        }
        this.base = superblock.base_address;
        this.length = length.saturating_sub(this.base);
        // As the HDF5 library does: a file shorter than it says has lost its end.
        let end = superblock.eof_address;
        if !is_undefined(end) && end > this.length.saturating_add(this.base) {
            return Err(Fault::invalid(format!(
                "the file is cut short: it has {length} bytes and should have {end}"
            )));
        }
        this.offset_size = superblock.offset_size;
        this.length_size = superblock.length_size;
        this.root = superblock.root_object_header_address()?;
        Ok(this)
    }

    /// Whether an address is the one that means "nowhere".
    pub(super) fn is_undefined(&self, address: u64) -> bool {
        Cursor::is_undefined_offset(address, self.offset_size)
    }

    /// Fails when `length` bytes at `address` are not all in the file.
    pub(super) fn check_range(&self, address: u64, length: u64) -> Outcome<()> {
        match address.checked_add(length) {
            Some(end) if end <= self.length => Ok(()),
            _ => Err(Fault::invalid(format!(
                "the file is cut short or damaged: {length} bytes at {address} reach beyond its end"
            ))),
        }
    }

    /// Fills `out` with the bytes at `address`.
    pub(super) fn read_into(&self, address: u64, out: &mut [u8]) -> Outcome<()> {
        self.check_range(address, out.len() as u64)?;
        let position = self.base.checked_add(address).ok_or_else(overflow)?;
        Ok(self.data.read_exact_at(out, position)?)
    }

    /// Whether it may be faster to ask for several parts together.
    pub(super) const fn is_remote(&self) -> bool {
        self.data.is_remote()
    }

    /// The bytes of the first of some parts, by address and length, where they are asked for
    /// together; nothing of those that are not in the file.
    pub(super) fn read_together(&self, parts: &[(u64, u64)]) -> Outcome<Option<Vec<Vec<u8>>>> {
        let part = |&(address, length): &(u64, u64)| {
            let is_there = self.check_range(address, length).is_ok();
            let length = if is_there { length } else { 0 };
            let start = self.base.saturating_add(address);
            start..start.saturating_add(length)
        };
        let part = |asked| {
            Some(part(asked))
                .filter(|part| !part.is_empty())
                .unwrap_or(0..0)
        };
        let parts: Vec<Range<u64>> = parts.iter().map(part).collect();
        Ok(self.data.read_together(&parts)?)
    }

    /// The bytes of a piece of metadata.
    pub(super) fn read_vec(&self, address: u64, length: usize) -> Outcome<Vec<u8>> {
        self.check_range(address, length as u64)?;
        if length > LONGEST_METADATA {
            return Err(Fault::invalid(format!("metadata of {length} bytes")));
        }
        let mut bytes = zeroed(length)?;
        self.read_into(address, &mut bytes)?;
        Ok(bytes)
    }
}

impl Storage for HdfFile {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_range(&self, offset: u64, len: usize) -> Result<StorageBuffer, Error> {
        match self.read_vec(offset, len) {
            Ok(bytes) => Ok(StorageBuffer::from_vec(bytes)),
            Err(Fault::Io(error)) => Err(std::io::Error::new(error.kind(), error).into()),
            Err(Fault::Invalid(message) | Fault::Unsupported(message)) => {
                Err(Error::InvalidData(message))
            }
        }
    }
}

/// A buffer of zeros, or an error where there is no memory for it.
pub(super) fn zeroed(length: usize) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    resize(&mut bytes, length)?;
    Ok(bytes)
}

/// Makes a buffer `length` bytes long, or fails where there is no memory for it.
pub(super) fn resize(bytes: &mut Vec<u8>, length: usize) -> Outcome<()> {
    let missing = length.saturating_sub(bytes.len());
    bytes
        .try_reserve_exact(missing)
        .map_err(|_| Fault::invalid(format!("there is no memory for {length} bytes")))?;
    bytes.resize(length, 0);
    Ok(())
}

/// A number that the file declares is beyond what fits.
pub(super) fn overflow() -> Fault {
    Fault::invalid("a size or an address is beyond 64 bits")
}

/// The product of lengths from the file.
pub(super) fn product(lengths: &[u64]) -> Outcome<u64> {
    // Zero first, so that an empty array is empty whatever its other lengths are.
    if lengths.contains(&0) {
        return Ok(0);
    }
    lengths
        .iter()
        .try_fold(1u64, |product, &length| product.checked_mul(length))
        .ok_or_else(overflow)
}
