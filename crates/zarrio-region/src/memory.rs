//! Buffers as large as blocks.

use bytemuck::allocation::try_zeroed_vec;
use zarrio_model::ByteSize;

use crate::RegionError;

/// Gives a buffer a length. What it holds then means nothing.
///
/// # Errors
/// When the system has not so much memory for this process.
pub(crate) fn make_room(buffer: &mut Vec<u8>, bytes: usize) -> Result<(), RegionError> {
    reserve(buffer, bytes)?;
    buffer.resize(bytes, 0);
    Ok(())
}

/// Gives a buffer the memory for so many bytes, where it has less. What it holds then means
/// nothing.
///
/// # Errors
/// As [`make_room`].
pub(crate) fn reserve(buffer: &mut Vec<u8>, bytes: usize) -> Result<(), RegionError> {
    if buffer.capacity() >= bytes {
        return Ok(());
    }
    // The old one is given back before there is a new one.
    *buffer = Vec::new();
    // The system gives the pages when they are used. To ask for all at once brings nothing, and
    // large ones cost more where it has to get them from elsewhere, as in a virtual machine.
    *buffer = try_zeroed_vec(bytes).map_err(|()| RegionError::NoMemory {
        bytes: ByteSize(bytes as u64),
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOME: usize = 10_000;

    #[test]
    fn buffers_have_the_length_that_was_asked_for_and_keep_their_memory() {
        let mut buffer = Vec::new();
        for bytes in [0, 1, SOME - 1, SOME, 3 * SOME + 17] {
            make_room(&mut buffer, bytes).unwrap();
            assert_eq!(buffer.len(), bytes);
            buffer.fill(1);
        }
        let start = buffer.as_ptr();
        make_room(&mut buffer, 10).unwrap();
        make_room(&mut buffer, 2 * SOME).unwrap();
        assert_eq!((buffer.as_ptr(), buffer.len()), (start, 2 * SOME));
        let mut reserved = Vec::new();
        reserve(&mut reserved, SOME).unwrap();
        let start = reserved.as_ptr();
        for bytes in [5, SOME] {
            make_room(&mut reserved, bytes).unwrap();
            assert_eq!((reserved.as_ptr(), reserved.len()), (start, bytes));
        }
    }

    #[test]
    fn memory_that_is_not_there_is_an_error() {
        let mut buffer = vec![1; 10];
        for bytes in [usize::MAX, usize::MAX / 2, usize::MAX / 4] {
            let error = make_room(&mut buffer, bytes).unwrap_err();
            assert!(matches!(error, RegionError::NoMemory { .. }), "{error}");
        }
        make_room(&mut buffer, 10).unwrap();
        assert_eq!(buffer.len(), 10);
    }
}
