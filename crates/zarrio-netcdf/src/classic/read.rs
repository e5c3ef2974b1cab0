//! Reading hyperslabs by positioned reads, from as many threads as the pool has.

use std::io;

use rayon::prelude::*;
use zarrio_model::Region;

use super::layout::Place;
use super::values::to_native;
use crate::data::Data;

/// Bytes of the file that one thread takes on at a time.
const PIECE: usize = 4 << 20;

/// Bytes that are read at once: few enough to be in the cache still when they are swapped.
const BLOCK: usize = 256 << 10;

/// A gap that is rather read than jumped over: a system call costs as much.
const GAP: u64 = 8 << 10;

/// Bytes that are read at once when gaps are read along.
const SPAN: u64 = 256 << 10;

/// Fills `out` with a region that fits the place, in native byte order.
pub(super) fn read(data: &Data, place: &Place, region: &Region, out: &mut [u8]) -> io::Result<()> {
    if out.is_empty() {
        return Ok(());
    }
    let runs = Runs::of(place, region);
    let pieces = runs.pieces(out);
    let read = |(piece, out): (Piece, &mut [u8])| runs.read(data, &piece, out, place.size);
    match pieces.len() {
        1 => pieces.into_iter().try_for_each(read),
        _ => pieces.into_par_iter().try_for_each(read),
    }
}

/// Stretches of consecutive bytes, all of one length, in the order of the output.
#[derive(Debug)]
struct Runs {
    begin: u64,
    /// Numbers and distances of the runs along each dimension, slowest first.
    lengths: Vec<u64>,
    strides: Vec<u64>,
    bytes: usize,
}

/// What one thread reads: several runs, or a part of one.
#[derive(Debug)]
struct Piece {
    first: u64,
    count: u64,
    /// Bytes of the run that come before the part.
    skip: u64,
}

impl Runs {
    /// Splits a region into runs that are as long as can be.
    fn of(place: &Place, region: &Region) -> Self {
        let starts = region.start();
        let mut lengths = region.shape();
        let mut strides = place.strides.clone();
        let begin = starts
            .iter()
            .zip(&strides)
            .map(|(start, stride)| start * stride)
            .sum::<u64>();
        let mut run = place.size;
        // A dimension joins the run when its neighbours touch.
        while let (Some(&length), Some(&stride)) = (lengths.last(), strides.last()) {
            if stride != run && length > 1 {
                break;
            }
            run *= length;
            lengths.pop();
            strides.pop();
        }
        let bytes = usize::try_from(run).unwrap_or(usize::MAX);
        Self {
            begin: place.begin + begin,
            lengths,
            strides,
            bytes,
        }
    }

    /// Splits the output into what each thread is to read.
    fn pieces<'a>(&self, mut out: &'a mut [u8]) -> Vec<(Piece, &'a mut [u8])> {
        let mut pieces = Vec::new();
        let at_once = self.at_once();
        let mut done = 0_usize;
        while !out.is_empty() {
            let skip = done % self.bytes;
            // Runs are whole elements, and so is the size of a piece.
            let length = if self.bytes > PIECE {
                PIECE.min(self.bytes - skip)
            } else {
                (at_once * self.bytes).min(out.len())
            };
            let (head, tail) = out.split_at_mut(length);
            let piece = Piece {
                first: (done / self.bytes) as u64,
                count: length.div_ceil(self.bytes) as u64,
                skip: skip as u64,
            };
            pieces.push((piece, head));
            done += length;
            out = tail;
        }
        pieces
    }

    /// The number of runs for one thread, by what reading each of them costs.
    fn at_once(&self) -> usize {
        let distance = self.strides.last().map_or(0, |&stride| stride.min(GAP));
        let cost = self
            .bytes
            .max(usize::try_from(distance).unwrap_or(usize::MAX));
        (PIECE / cost).max(1)
    }

    fn offset(&self, mut run: u64) -> u64 {
        let mut offset = self.begin;
        for (&length, &stride) in self.lengths.iter().zip(&self.strides).rev() {
            offset += run % length * stride;
            run /= length;
        }
        offset
    }

    /// Reads a piece, whose elements have `size` bytes.
    fn read(&self, data: &Data, piece: &Piece, out: &mut [u8], size: u64) -> io::Result<()> {
        let end = piece.first + piece.count;
        let mut run = piece.first;
        let mut out = out;
        let mut buffer = Vec::new();
        while run < end {
            let start = self.offset(run);
            // Takes along the runs that follow close by.
            let mut last = run;
            let mut last_offset = start;
            while last + 1 < end {
                let next = self.offset(last + 1);
                let gap = next.checked_sub(last_offset + self.bytes as u64);
                if gap.is_none_or(|gap| gap > GAP) || next - start > SPAN {
                    break;
                }
                (last, last_offset) = (last + 1, next);
            }
            let count = (last - run + 1) as usize;
            let taken = (count * self.bytes).min(out.len());
            let (head, tail) = std::mem::take(&mut out).split_at_mut(taken);
            if count == 1 {
                let mut offset = start + piece.skip;
                for block in head.chunks_mut(BLOCK) {
                    data.read_exact_at(block, offset)?;
                    to_native(block, size);
                    offset += block.len() as u64;
                }
            } else {
                let span = (last_offset - start) as usize + self.bytes;
                buffer.resize(span, 0);
                data.read_exact_at(&mut buffer[..span], start)?;
                for (index, bytes) in head.chunks_exact_mut(self.bytes).enumerate() {
                    let from = (self.offset(run + index as u64) - start) as usize;
                    bytes.copy_from_slice(&buffer[from..from + self.bytes]);
                }
                to_native(head, size);
            }
            out = tail;
            run = last + 1;
        }
        Ok(())
    }
}
