//! The frame: a header, where each block begins, and the blocks, each of one stream or of one
//! for each byte of an element (`README_CHUNK_FORMAT.rst` of C-Blosc 1).

use std::cell::RefCell;

use super::alike::Alike;
use super::change::Kept;
use super::sample::Sample;
use super::shuffle::shuffle;
use super::stream::{Compressor, Way};
use super::together::{Together, most};

pub(super) const HEADER: usize = 16;
/// Where the flags are in it.
pub(super) const FLAGS: usize = 2;
const FORMAT: u8 = 2;
const ZSTD_VERSION: u8 = 1;

pub(super) const SHUFFLED: u8 = 1;
const COPIED: u8 = 1 << 1;
pub(super) const ONE_STREAM: u8 = 1 << 4;
pub(super) const ZSTD: u8 = 4 << 5;

/// Readers take blocks for one stream where an element or a stream is beyond these
/// (`MAX_SPLITS` and `MIN_BUFFERSIZE` of C-Blosc).
pub(super) const MOST_STREAMS: usize = 16;
const SMALLEST: usize = 128;
/// Below this, what a stream costs by itself is more than it brings.
pub(super) const SMALLEST_STREAM: usize = 4 << 10;

/// Readers refuse larger blocks (`BLOSC_MAX_BLOCKSIZE` of C-Blosc).
const LARGEST_FORCED: usize = (i32::MAX as usize - 255 * 4) / 3;

/// The largest blocks and streams that C-Blosc chooses by itself.
const LARGEST_BLOCK: usize = 1 << 20;
const LARGEST_STREAM: usize = 1 << 18;

/// Buffers of a thread above this size are given back after use: what comes next may need the
/// memory.
const KEPT: usize = 16 << 20;

/// For every so many bytes, or a block where that is more, it is found out anew how streams are
/// best compressed. It depends on these bytes alone, so that a change elsewhere leaves them as they
/// are; but for the first ones, which say for all whether streams are apart.
const STRETCH: usize = 1 << 20;

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::new(Memory::default());
}

/// What a thread keeps from frame to frame.
#[derive(Default)]
struct Memory {
    shuffled: Vec<u8>,
    sample: Sample,
    together: Together,
    alike: Alike,
    compressor: Compressor,
}

impl Memory {
    /// Gives back what an unusually large chunk took.
    fn shrink(&mut self) {
        if self.shuffled.capacity() > KEPT {
            self.shuffled = Vec::new();
        }
        self.compressor.shrink(KEPT);
    }
}

/// How many bytes are looked at together where blocks have so many.
pub(super) fn stretch(block: usize) -> usize {
    (STRETCH / block).max(1) * block
}

/// The settings of frames.
#[derive(Debug, Clone)]
pub(super) struct Encoder {
    /// From 1 to 9.
    level: u8,
    /// The bytes of an element that are put apart; 1 where they are not.
    pub(super) element_size: usize,
    /// 0 for one that goes with the level.
    block_size: usize,
    /// How far apart elements are that are next to each other in the chunk.
    distances: Vec<usize>,
}

impl Encoder {
    /// `None` where the C library has to write: what is not compressed, and elements with more
    /// bytes than it splits.
    pub(super) fn new(
        level: u8,
        element_size: usize,
        block_size: usize,
        distances: Vec<usize>,
    ) -> Option<Self> {
        let is_ours = (1..=9).contains(&level) && (1..=MOST_STREAMS).contains(&element_size);
        is_ours.then_some(Self {
            level,
            element_size,
            block_size,
            distances,
        })
    }

    /// The level of Zstandard that C-Blosc takes for one of its own.
    fn zstd_level(&self) -> i32 {
        match self.level {
            9 => 22,
            level => i32::from(level) * 2 - 1,
        }
    }

    /// How long blocks should be at most, by the rule of C-Blosc for compressors whose blocks
    /// are split.
    fn wanted_block(&self) -> usize {
        if self.block_size > 0 {
            return self.block_size.clamp(SMALLEST, LARGEST_FORCED);
        }
        let block: usize = match self.level {
            1 => 32 << 10,
            2 => 64 << 10,
            3 => 128 << 10,
            4 | 5 => 256 << 10,
            6..=8 => 512 << 10,
            _ => 1 << 20,
        };
        let block = block.min(LARGEST_STREAM) * self.element_size;
        block.clamp(64 << 10, LARGEST_BLOCK)
    }

    /// The length of the blocks of so many bytes. All have it but a last one of a few
    /// elements, which is one stream.
    pub(super) fn block(&self, bytes: usize) -> usize {
        let whole = |bytes: usize| bytes / self.element_size * self.element_size;
        match whole(bytes / bytes.div_ceil(self.wanted_block()).max(1)) {
            // Less than an element.
            0 => bytes,
            block => block,
        }
    }

    /// A frame, or `None` where the input is larger than one can hold.
    pub(super) fn encode(&self, input: &[u8]) -> Option<Vec<u8>> {
        self.encode_with(input, None)
    }

    /// What a frame begins with, but for what blocks decide, and its length. `None` where the
    /// input is larger than one can hold.
    pub(super) fn header(&self, input: usize, block: usize) -> Option<[u8; HEADER]> {
        let length = u32::try_from(input).ok()?;
        if length > i32::MAX as u32 - HEADER as u32 {
            return None;
        }
        let shuffled = match self.element_size {
            1 => 0,
            _ => SHUFFLED,
        };
        let flags = ZSTD | shuffled | ONE_STREAM;
        let mut header = [0; HEADER];
        header[..4].copy_from_slice(&[FORMAT, ZSTD_VERSION, flags, self.element_size as u8]);
        header[4..8].copy_from_slice(&length.to_le_bytes());
        header[8..12].copy_from_slice(&(block as u32).to_le_bytes());
        Some(header)
    }

    pub(super) fn encode_with(&self, input: &[u8], kept: Option<&Kept<'_>>) -> Option<Vec<u8>> {
        let block = self.block(input.len());
        let header = self.header(input.len(), block)?;
        MEMORY.with_borrow_mut(|memory| {
            let mut frame = Vec::with_capacity(HEADER + input.len());
            frame.extend_from_slice(&header);
            let done = self.blocks(input, block, kept, &mut frame, memory);
            if done.is_none() {
                // Of a chunk of which blocks are kept the input may have a part only.
                if kept.is_some() {
                    return None;
                }
                frame[FLAGS] |= COPIED;
                frame.truncate(HEADER);
                frame.extend_from_slice(input);
            }
            let length = frame.len() as u32;
            frame[12..HEADER].copy_from_slice(&length.to_le_bytes());
            memory.shrink();
            Some(frame)
        })
    }

    /// Puts the blocks behind the header; `None` where the frame would be no shorter than with
    /// a copy of the input, for which it has room.
    fn blocks(
        &self,
        input: &[u8],
        block: usize,
        kept: Option<&Kept<'_>>,
        frame: &mut Vec<u8>,
        memory: &mut Memory,
    ) -> Option<()> {
        let Memory {
            shuffled,
            sample,
            together,
            alike,
            compressor,
        } = memory;
        if input.len() < SMALLEST {
            return None;
        }
        compressor.set_level(self.zstd_level());
        let stretch = stretch(block);
        let mut choose = |from: usize, compressor: &mut Compressor| {
            let elements = &input[from..input.len().min(from + stretch)];
            let stream = block / self.element_size;
            sample.choose(
                elements,
                self.element_size,
                stream,
                &self.distances,
                // The first one decides that for all.
                from == 0,
                compressor,
            )
        };
        let mut choice = None;
        if let Some(kept) = kept.filter(|kept| kept.decides()) {
            frame[FLAGS] = kept.flags();
        } else {
            let (_, first) = choice.insert((0, choose(0, compressor)));
            if first.splits && block / self.element_size >= SMALLEST_STREAM {
                frame[FLAGS] &= !ONE_STREAM;
            }
        }
        let splits = frame[FLAGS] & ONE_STREAM == 0;
        let begins = HEADER + input.len().div_ceil(block) * 4;
        if begins > frame.capacity() {
            return None;
        }
        frame.resize(begins, 0);
        let elements = Way::Elements(self.element_size);
        let mut put = |start: usize, bytes: &[u8], frame: &mut _, compressor: &mut Compressor| {
            let first = start / stretch * stretch;
            let mut ways = || match choice {
                Some((chosen, choice)) if chosen == first => choice.ways,
                _ => choice.insert((first, choose(first, compressor))).1.ways,
            };
            let (stream, way) = match self.element_size {
                1 => (bytes, ways()[0]),
                size => {
                    shuffled.resize(block.max(shuffled.len()), 0);
                    let place = &mut shuffled[..bytes.len()];
                    shuffle(bytes, size, place);
                    (&*place, Way::Searching)
                }
            };
            // A last block is one stream.
            if !splits || bytes.len() < block {
                return compressor.put(stream, way, frame);
            }
            let streams = stream.chunks(block / self.element_size);
            let mut streams = streams.zip(ways());
            streams.try_for_each(|(stream, way)| compressor.put(stream, way, frame))
        };
        for (number, bytes) in input.chunks(block).enumerate() {
            let (begin, start) = (frame.len(), number * block);
            frame[HEADER + 4 * number..][..4].copy_from_slice(&(begin as u32).to_le_bytes());
            let is_apart = frame[FLAGS] & SHUFFLED != 0;
            // Readers go by what a frame says of all of its blocks: the first one decides.
            let decides = number == 0
                && is_apart
                && kept.is_none_or(|kept| !kept.decides())
                && block <= KEPT
                && together.may_be_better(
                    &input[..input.len().min(stretch)],
                    block,
                    self.element_size,
                    compressor,
                );
            let kept = kept.filter(|_| !decides);
            if let Some(block) = kept.and_then(|kept| kept.block(number, frame)) {
                if block.len() > frame.capacity() - begin {
                    return None;
                }
                frame.extend_from_slice(block);
                continue;
            }
            if kept.is_some_and(|kept| !kept.can_make(number)) {
                return None;
            }
            if self.element_size > 1 && !is_apart {
                compressor.put(bytes, elements, frame)?;
                continue;
            }
            // The first one is a part of the sample that says whether streams are apart.
            let may_be_alike = splits && is_apart && number > 0 && bytes.len() == block;
            if may_be_alike && alike.put(bytes, self.element_size, frame, compressor) {
                continue;
            }
            let done = put(start, bytes, frame, compressor);
            let length = done.map_or(bytes.len(), |()| frame.len() - begin);
            if decides && compressor.replace(bytes, elements, frame, begin, most(length)) {
                frame[FLAGS] = (frame[FLAGS] | ONE_STREAM) & !SHUFFLED;
            } else {
                done?;
            }
        }
        (frame.len() < HEADER + input.len()).then_some(())
    }
}
