//! Streams of which we say ourselves what is repeated in them.
//!
//! A search for what is repeated anywhere before takes most of the time of a fast compressor.
//! Bytes of one rank of a field are mostly repeated where one looks without a search: the byte
//! before, the row before, the step before. Zstandard then only writes it down.

use std::ffi::c_int;
use std::ptr::NonNull;

use zstd::zstd_safe::zstd_sys::{
    ZSTD_CCtx, ZSTD_CCtx_setParameter, ZSTD_Sequence, ZSTD_cParameter, ZSTD_compressSequences,
    ZSTD_createCCtx, ZSTD_freeCCtx, ZSTD_isError,
};

use super::repeats::{Finder, Least};

/// No block of Zstandard's format is longer (RFC 8878, 3.1.1.2.4).
const BLOCK: usize = 128 << 10;

/// No header of a frame is longer (3.1.1.1). Where there is less room, Zstandard 1.5.7 writes
/// beyond it: it does not ask whether the header was written.
const HEADER: usize = 18;

/// Of longer streams the sequences might take more memory than a thread should: they have up to
/// three times as many bytes.
pub(super) const LONGEST: usize = 4 << 20;

/// The names of Zstandard's parameters that are no part of its stable interface.
const LITERALS: ZSTD_cParameter = ZSTD_cParameter::ZSTD_c_experimentalParam5;
const DELIMITERS: ZSTD_cParameter = ZSTD_cParameter::ZSTD_c_experimentalParam11;
const VALIDATES: ZSTD_cParameter = ZSTD_cParameter::ZSTD_c_experimentalParam12;
const KEEPS_DISTANCES: ZSTD_cParameter = ZSTD_cParameter::ZSTD_c_experimentalParam19;

/// All that is set: the fastest level; literals by how often they are; blocks where we say; it is
/// checked that sequences are within what was before, though not that bytes are the same there; and
/// a distance that was there before takes no room.
const PARAMETERS: [(ZSTD_cParameter, c_int); 6] = [
    (ZSTD_cParameter::ZSTD_c_compressionLevel, 1),
    (ZSTD_cParameter::ZSTD_c_minMatch, 4),
    (LITERALS, 1),
    (DELIMITERS, 1),
    (VALIDATES, 1),
    (KEEPS_DISTANCES, 1),
];

/// What is taken for repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Repeats {
    /// How many bytes before the same ones are.
    pub(super) distance: usize,
    /// How many there are at least.
    pub(super) least: Least,
}

/// Compresses by sequences of ours.
pub(super) struct Sequences {
    context: NonNull<ZSTD_CCtx>,
    finder: Finder,
    sequences: Vec<ZSTD_Sequence>,
}

impl Sequences {
    /// `None` where there is no memory for it.
    #[expect(unsafe_code, reason = "these functions are C")]
    pub(super) fn new() -> Option<Self> {
        // SAFETY: gives a context of its own, or null.
        let context = NonNull::new(unsafe { ZSTD_createCCtx() })?;
        let this = Self {
            context,
            finder: Finder::default(),
            sequences: Vec::new(),
        };
        for (parameter, value) in PARAMETERS {
            // SAFETY: the context is alive, and no frame is begun.
            let set = unsafe { ZSTD_CCtx_setParameter(context.as_ptr(), parameter, value) };
            is_no_error(set).then_some(())?;
        }
        Some(this)
    }

    /// Puts a compressed stream behind what there is; `None` where it is too long, or there is no
    /// room for what becomes of it.
    #[expect(unsafe_code, reason = "these functions are C")]
    pub(super) fn compress(
        &mut self,
        stream: &[u8],
        repeats: Repeats,
        place: &mut Vec<u8>,
    ) -> Option<usize> {
        let room = place.spare_capacity_mut();
        if room.len() < HEADER || stream.len() > LONGEST {
            return None;
        }
        self.find(stream, repeats);
        // SAFETY: the context is alive and used by nobody else; each pointer is of a slice of as
        // many elements as it is told. The sequences make up the stream, block by block, and
        // none reaches before its start.
        let length = unsafe {
            ZSTD_compressSequences(
                self.context.as_ptr(),
                room.as_mut_ptr().cast(),
                room.len(),
                self.sequences.as_ptr(),
                self.sequences.len(),
                stream.as_ptr().cast(),
                stream.len(),
            )
        };
        if !is_no_error(length) || length > room.len() {
            return None;
        }
        // SAFETY: so many bytes were written behind the others, and there is room for them.
        unsafe { place.set_len(place.len() + length) };
        Some(length)
    }

    /// Each sequence is bytes as they are and then repeated ones; a last one without these ends
    /// a block.
    fn find(&mut self, stream: &[u8], repeats: Repeats) {
        self.sequences.clear();
        let mut start = 0;
        while start < stream.len() {
            let end = stream.len().min(start + BLOCK);
            let mut done = start;
            let sequence = |literals: usize, repeated: usize| ZSTD_Sequence {
                // None of them reaches a u32.
                offset: if repeated > 0 {
                    repeats.distance as u32
                } else {
                    0
                },
                litLength: literals as u32,
                matchLength: repeated as u32,
                rep: 0,
            };
            let first = end.min(start.max(repeats.distance));
            let before = first.saturating_sub(repeats.distance);
            let here = &stream[first..end];
            let before = &stream[before..][..here.len()];
            let found = self.finder.find(here, before, repeats.least);
            self.sequences.extend(found.map(|found| {
                let literals = first + found.start - done;
                done = first + found.end;
                sequence(literals, found.len())
            }));
            self.sequences.push(sequence(end - done, 0));
            start = end;
        }
    }
}

impl Drop for Sequences {
    #[expect(unsafe_code, reason = "these functions are C")]
    fn drop(&mut self) {
        // SAFETY: the context is alive, and nobody uses it any more.
        unsafe { ZSTD_freeCCtx(self.context.as_ptr()) };
    }
}

#[expect(unsafe_code, reason = "these functions are C")]
fn is_no_error(code: usize) -> bool {
    // SAFETY: looks at a number.
    unsafe { ZSTD_isError(code) == 0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn every_reader_of_zstandard_reads_it(
            runs in prop::collection::vec((any::<u8>(), 1..3000usize), 1..200),
            distance in prop_oneof![Just(1usize), Just(100), 1..70_000usize],
            is_short in any::<bool>(),
        ) {
            let runs = runs.into_iter();
            let mut stream: Vec<u8> = runs.flat_map(|(byte, n)| std::iter::repeat_n(byte, n)).collect();
            // The same again, at that distance and at others.
            let again = stream[..distance.min(stream.len())].to_vec();
            stream.extend_from_slice(&again);
            stream.extend_from_slice(&again);
            let least = if is_short { Least::Four } else { Least::Eight };
            let mut sequences = Sequences::new().unwrap();
            let mut place = Vec::with_capacity(2 * stream.len() + 1000);
            place.extend_from_slice(b"before");
            let length = sequences.compress(&stream, Repeats { distance, least }, &mut place);
            prop_assert_eq!(length, Some(place.len() - 6));
            prop_assert_eq!(&place[..6], b"before");
            let read = zstd::bulk::decompress(&place[6..], stream.len()).unwrap();
            prop_assert!(read == stream);
            // Where there is no room, nothing is there.
            for room in [0, 1, HEADER, length.unwrap() / 2, length.unwrap() - 1] {
                let mut place = Vec::with_capacity(room);
                let short = sequences.compress(&stream, Repeats { distance, least }, &mut place);
                prop_assert_eq!(place.len(), short.unwrap_or(0));
                prop_assert!(place.capacity() >= HEADER || short.is_none());
            }
        }
    }
}
