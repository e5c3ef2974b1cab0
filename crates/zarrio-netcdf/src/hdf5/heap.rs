//! The global heap: where texts and lists of any length are stored.

use std::collections::HashMap;

use hdf5_reader::io::Cursor;

use super::fault::{Fault, Outcome};
use super::file::HdfFile;

/// Bytes of heap that are kept for the next reference.
const KEPT_BYTES: usize = 64 << 20;

/// Reads objects of the global heap, and keeps the collections that it read last.
#[derive(Debug)]
pub(super) struct GlobalHeap<'f> {
    file: &'f HdfFile,
    collections: HashMap<u64, Collection>,
    bytes: usize,
}

impl<'f> GlobalHeap<'f> {
    pub(super) fn new(file: &'f HdfFile) -> Self {
        Self {
            file,
            collections: HashMap::new(),
            bytes: 0,
        }
    }

    /// The bytes of one reference: a length, the address of a collection, a number in it.
    pub(super) const fn reference_size(file: &HdfFile) -> usize {
        4 + file.offset_size as usize + 4
    }

    /// The elements that a reference leads to; none for a null reference.
    pub(super) fn get(&mut self, reference: &[u8], element_size: usize) -> Outcome<&[u8]> {
        let mut cursor = Cursor::new(reference);
        let count = cursor.read_u32_le()?;
        let address = cursor.read_offset(self.file.offset_size)?;
        let index = cursor.read_u32_le()?;
        if count == 0 || address == 0 || self.file.is_undefined(address) {
            return Ok(&[]);
        }
        if !self.collections.contains_key(&address) {
            let collection = Collection::read(self.file, address)?;
            if self.bytes.saturating_add(collection.bytes.len()) > KEPT_BYTES {
                self.collections.clear();
                self.bytes = 0;
            }
            self.bytes = self.bytes.saturating_add(collection.bytes.len());
            self.collections.insert(address, collection);
        }
        let length = (count as usize).checked_mul(element_size);
        self.collections
            .get(&address)
            .and_then(|collection| collection.get(index, length?))
            .ok_or_else(|| Fault::invalid("a reference into the global heap leads nowhere"))
    }
}

/// One collection of the heap, with the places of its objects.
#[derive(Debug)]
struct Collection {
    bytes: Vec<u8>,
    objects: HashMap<u16, (usize, usize)>,
}

impl Collection {
    fn read(file: &HdfFile, address: u64) -> Outcome<Self> {
        let prefix = 8 + usize::from(file.length_size);
        let head = file.read_vec(address, prefix)?;
        if head[..5] != *b"GCOL\x01" {
            return Err(Fault::invalid(format!(
                "there is no global heap at byte {address}"
            )));
        }
        let size = Cursor::new(&head[8..]).read_length(file.length_size)?;
        let bytes = file.read_vec(address, usize::try_from(size).unwrap_or(usize::MAX))?;
        let mut objects = HashMap::new();
        let mut cursor = Cursor::new(&bytes);
        cursor.skip(prefix)?;
        while cursor.remaining() >= prefix as u64 {
            let index = cursor.read_u16_le()?;
            if index == 0 {
                break; // The rest is free.
            }
            cursor.skip(6)?;
            let size = cursor.read_length(file.length_size)?;
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            let start = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
            cursor.skip(size)?;
            objects.insert(index, (start, size));
            let padding = size.wrapping_neg() & 7;
            // The last object need not be padded.
            if cursor.skip(padding).is_err() {
                break;
            }
        }
        Ok(Self { bytes, objects })
    }

    fn get(&self, index: u32, length: usize) -> Option<&[u8]> {
        let &(start, size) = self.objects.get(&u16::try_from(index).ok()?)?;
        self.bytes
            .get(start..start.checked_add(size)?)?
            .get(..length)
    }
}
