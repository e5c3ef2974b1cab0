//! The blocks of a frame that stay as they are when a part of what it holds changes.
//!
//! A file of a day that goes into a chunk of a month changes a few blocks of it. To decompress and
//! compress the others would take most of the time, and give the same bytes.

use std::ops::Range;

use super::encoder::{
    Encoder, FLAGS, HEADER, ONE_STREAM, SHUFFLED, SMALLEST_STREAM, ZSTD, stretch,
};
use crate::stored_array::Changed;

/// How much shorter than its input a frame has to be. Compressors to which little room is left
/// give up sooner: then bytes depend on what is before them.
const ROOM: usize = 256 << 10;

/// Whether there was room for all blocks of a frame.
fn leaves_room(frame: &[u8], input: usize) -> bool {
    frame.len() + ROOM <= input
}

/// A frame that was there before.
#[derive(Debug, Clone, Copy)]
struct Old<'f> {
    frame: &'f [u8],
}

impl<'f> Old<'f> {
    /// `None` where no block can be kept.
    fn new(frame: &'f [u8], input: usize) -> Option<Self> {
        let length = number(frame, HEADER - 4)?;
        let is_whole = length == frame.len() && leaves_room(frame, input);
        is_whole.then_some(Self { frame })
    }

    /// What it says of its blocks.
    fn flags(&self) -> u8 {
        self.frame[FLAGS]
    }

    /// Whether a frame with this header has the same blocks where what they hold is the same.
    fn is_like(&self, header: &[u8]) -> bool {
        // All but the length of the frame.
        self.frame[..HEADER - 4] == header[..HEADER - 4]
    }

    /// A block as it is compressed; `None` where there is none.
    fn block(&self, block: usize) -> Option<&'f [u8]> {
        let (input, length) = (number(self.frame, 4)?, number(self.frame, 8)?);
        let left = input.checked_sub(block.checked_mul(length)?)?;
        let streams = match self.flags() & ONE_STREAM != 0 || left < length {
            true => 1,
            false => usize::from(self.frame[FLAGS + 1]),
        };
        // Nobody stores a stream in more bytes than it has.
        let most = left.min(length) / streams;
        let begin = number(self.frame, HEADER + 4 * block)?;
        let mut end = begin;
        for _ in 0..streams {
            let stream = number(self.frame, end).filter(|stream| *stream <= most)?;
            end = end.checked_add(4)?.checked_add(stream)?;
        }
        self.frame.get(begin..end)
    }

    /// A frame of some of the blocks, which hold so many bytes.
    fn part(&self, blocks: Range<usize>, bytes: usize) -> Option<Vec<u8>> {
        let mut part = self.frame.get(..HEADER)?.to_vec();
        part[4..8].copy_from_slice(&u32::try_from(bytes).ok()?.to_le_bytes());
        part.resize(HEADER + 4 * blocks.len(), 0);
        for (place, block) in (HEADER..).step_by(4).zip(blocks) {
            let begin = part.len() as u32;
            part[place..place + 4].copy_from_slice(&begin.to_le_bytes());
            part.extend_from_slice(self.block(block)?);
        }
        let length = part.len() as u32;
        part[HEADER - 4..HEADER].copy_from_slice(&length.to_le_bytes());
        Some(part)
    }
}

/// What stays of a frame when some of what it holds changes.
#[derive(Debug, Clone)]
pub(super) struct Kept<'f> {
    old: Old<'f>,
    /// The length of its blocks.
    block: usize,
    /// What is made anew, of all that the frame holds.
    anew: Range<usize>,
    /// What of it is needed, which others put where nothing of the old is left.
    needed: [Range<usize>; 2],
    /// Whether all of its blocks are as ours are.
    is_ours: bool,
    /// Whether there is more to make a frame of than what is made anew.
    has_all: bool,
}

impl<'f> Kept<'f> {
    /// Whether the old frame says how blocks are compressed, for nothing has changed of what
    /// that depends on.
    pub(super) fn decides(&self) -> bool {
        self.is_ours && self.anew.start > 0
    }

    /// What has to be there of what the frame held, before it is changed.
    pub(super) fn part(&self) -> Range<usize> {
        self.anew.clone()
    }

    /// Of that, what is to be decoded: where it is, and a frame of it. `None` where no less than
    /// all can be.
    pub(super) fn frames(&self) -> Option<Vec<(Range<usize>, Vec<u8>)>> {
        if !self.is_ours {
            return None;
        }
        let needed = self.needed.iter().filter(|part| !part.is_empty());
        let frames = needed.map(|part| {
            let blocks = part.start / self.block..part.end.div_ceil(self.block);
            Some((part.clone(), self.old.part(blocks, part.len())?))
        });
        frames.collect()
    }

    /// The same where all of the chunk is there.
    pub(super) fn with_all(self) -> Self {
        Self {
            has_all: true,
            ..self
        }
    }

    /// What the old frame says of its blocks.
    pub(super) fn flags(&self) -> u8 {
        self.old.flags()
    }

    /// A block as it is compressed, if it stays in a frame with such a header.
    pub(super) fn block(&self, number: usize, header: &[u8]) -> Option<&'f [u8]> {
        let stays = !self.is_anew(number) && self.old.is_like(header);
        self.old.block(number).filter(|_| stays)
    }

    /// Whether there is something to make a block of.
    pub(super) fn can_make(&self, number: usize) -> bool {
        self.has_all || self.is_anew(number)
    }

    fn is_anew(&self, number: usize) -> bool {
        self.anew.contains(&(number * self.block))
    }
}

impl Encoder {
    /// The frame of [`encode`](Self::encode), with blocks of an old frame where these are the
    /// same; `None` where they might not be. Of the input only what is made anew is looked at, but
    /// where it is [all there](Kept::with_all).
    pub(super) fn encode_over(&self, input: &[u8], kept: &Kept<'_>) -> Option<Vec<u8>> {
        let frame = self.encode_with(input, Some(kept))?;
        leaves_room(&frame, input.len()).then_some(frame)
    }

    /// What stays of a frame that holds so many bytes, of which some change; `None` where nothing
    /// does.
    pub(super) fn keep<'f>(
        &self,
        frame: &'f [u8],
        input: usize,
        changed: &Changed,
    ) -> Option<Kept<'f>> {
        let Changed {
            range: changed,
            is_replaced,
        } = changed;
        let is_within = changed.start < changed.end && changed.end <= input;
        let old = Old::new(frame, input).filter(|_| is_within)?;
        let block = self.block(input);
        let stretch = stretch(block);
        let mut start = changed.start / stretch * stretch;
        let end = changed.end.next_multiple_of(stretch).min(input);
        // A frame of a short block alone would have another length of blocks.
        if start > 0 && end - start < block {
            start -= stretch;
        }
        let anew = start..end;
        let needed = match is_replaced {
            true => around(&anew, changed, block, input),
            false => [anew.clone(), 0..0],
        };
        if anew == (0..input) && needed[0] == anew {
            return None;
        }
        let mut header = self.header(input, block)?;
        header[FLAGS] = old.flags();
        let is_ours = self.allows(old.flags(), block)
            && old.is_like(&header)
            && (0..input.div_ceil(block)).all(|block| old.block(block).is_some());
        Some(Kept {
            old,
            block,
            anew,
            needed,
            is_ours,
            has_all: false,
        })
    }

    /// Whether a frame with these flags has blocks as ours are.
    fn allows(&self, flags: u8, block: usize) -> bool {
        let (is_shuffled, splits) = (flags & SHUFFLED != 0, flags & ONE_STREAM == 0);
        flags & !(SHUFFLED | ONE_STREAM) == ZSTD
            && is_shuffled <= (self.element_size > 1)
            && splits <= (is_shuffled || self.element_size == 1)
            && splits <= (block / self.element_size >= SMALLEST_STREAM)
    }
}

/// The blocks of a part that are not wholly within a range: those before, and those behind it.
fn around(
    part: &Range<usize>,
    range: &Range<usize>,
    block: usize,
    input: usize,
) -> [Range<usize>; 2] {
    let first = range.start.next_multiple_of(block);
    let mut behind = match range.end == input {
        true => input,
        false => range.end / block * block,
    };
    if behind <= first {
        return [part.clone(), 0..0];
    }
    // A frame of a short block alone would have another length of blocks.
    if (1..block).contains(&(part.end - behind)) {
        behind -= block;
    }
    [part.start..first, behind..part.end]
}

/// A number of four bytes at a place.
fn number(bytes: &[u8], place: usize) -> Option<usize> {
    let bytes = bytes.get(place..)?.first_chunk()?;
    usize::try_from(u32::from_le_bytes(*bytes)).ok()
}
