//! Buffers as large as blocks.

use std::ops::{Deref, DerefMut};

use bytemuck::allocation::try_zeroed_vec;
use zarrio_model::ByteSize;

use crate::RegionError;

/// Bytes whose number changes from use to use, in memory that stays. It is not filled where it is
/// used again: that would take as long as to copy as much, with one thread.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    memory: Vec<u8>,
    /// How many of these there are.
    length: usize,
}

impl Buffer {
    /// Gives it a length. What it holds then means nothing.
    ///
    /// # Errors
    /// When the system has not so much memory for this process.
    pub(crate) fn resize(&mut self, bytes: usize) -> Result<(), RegionError> {
        self.reserve(bytes)?;
        self.length = bytes;
        Ok(())
    }

    /// Gives it the memory for so many bytes, where it has less. What it holds then means
    /// nothing.
    ///
    /// # Errors
    /// As [`resize`](Self::resize).
    pub(crate) fn reserve(&mut self, bytes: usize) -> Result<(), RegionError> {
        if self.memory.len() >= bytes {
            return Ok(());
        }
        // The old one is given back before there is a new one.
        *self = Self::default();
        // The system gives the pages when they are used. To ask for all at once brings nothing, and
        // large ones cost more where it has to get them from elsewhere, as in a virtual machine.
        self.memory = try_zeroed_vec(bytes).map_err(|()| RegionError::NoMemory {
            bytes: ByteSize(bytes as u64),
        })?;
        Ok(())
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.memory[..self.length]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.memory[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOME: usize = 10_000;

    #[test]
    fn buffers_have_the_length_that_was_asked_for_and_keep_their_memory() {
        let mut buffer = Buffer::default();
        for bytes in [0, 1, SOME - 1, SOME, 3 * SOME + 17] {
            buffer.resize(bytes).unwrap();
            assert_eq!(buffer.len(), bytes);
            buffer.fill(1);
        }
        let start = buffer.as_ptr();
        buffer.resize(10).unwrap();
        buffer.resize(2 * SOME).unwrap();
        assert_eq!((buffer.as_ptr(), buffer.len()), (start, 2 * SOME));
        assert!(buffer.iter().all(|byte| *byte == 1), "nothing is filled");
        let mut reserved = Buffer::default();
        reserved.reserve(SOME).unwrap();
        assert_eq!(reserved.len(), 0);
        let start = reserved.as_ptr();
        for bytes in [5, SOME] {
            reserved.resize(bytes).unwrap();
            assert_eq!((reserved.as_ptr(), reserved.len()), (start, bytes));
        }
    }

    #[test]
    fn memory_that_is_not_there_is_an_error() {
        let mut buffer = Buffer::default();
        buffer.resize(10).unwrap();
        for bytes in [usize::MAX, usize::MAX / 2, usize::MAX / 4] {
            let error = buffer.resize(bytes).unwrap_err();
            assert!(matches!(error, RegionError::NoMemory { .. }), "{error}");
        }
        assert_eq!(buffer.len(), 0);
        buffer.resize(10).unwrap();
        assert_eq!(buffer.len(), 10);
    }
}
