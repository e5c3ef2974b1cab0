//! How the streams of some elements are best compressed, by a sample of them.

use std::ops::Range;

use super::encoder::MOST_STREAMS;
use super::frequency;
use super::repeats::{Finder, Least};
use super::sequences::{LONGEST, Repeats};
use super::shuffle::shuffle;
use super::stream::{Compressor, Way};

/// Pieces of so many elements,
const PIECE: usize = 512;
/// from so many places, for what is land here may be sea there. What repeats at a distance that
/// nobody told is not seen in them; every [`Way`] but [`Way::Repeating`] finds it.
const PIECES: usize = 4;
/// Elements of fewer bytes are compressed in about the time that it takes to look at pieces.
const SMALLEST: usize = 512 << 10;

/// Searching a stream is worth its time where it takes away more than one in so many of the
/// bytes that are searched, beyond what counting does;
const LEAST: usize = 128;
/// at the first level, which is for speed, more than one in so many.
const LEAST_AT_FIRST: usize = 64;
/// There, either is worth its time where it takes away more than one in so many.
const LEAST_OF_ALL: usize = 20;
/// Repetitions of a few bytes are worth their time where they take away more than one in so many
/// beyond what longer ones do.
const MUCH_LESS: usize = 32;
/// What becomes less than one in so many bytes is searched without looking further.
const MUCH: usize = 4;

/// What a stream takes for itself.
const FRAME: usize = 16;
/// About what it takes to say that something is repeated, in half bytes.
const SEQUENCE: usize = 3;

/// How the blocks of some elements are best compressed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice {
    /// For each byte of an element, where these are streams of their own.
    pub(super) ways: [Way; MOST_STREAMS],
    /// Whether they should be: where some need not be searched. Else a search of all of a
    /// block finds in one of them what was in another, as where values are missing.
    pub(super) splits: bool,
}

/// Memory for samples.
#[derive(Default)]
pub(super) struct Sample {
    elements: Vec<u8>,
    shuffled: Vec<u8>,
    /// What is before the elements at some distances.
    before: Vec<(usize, Vec<u8>)>,
    literals: Vec<u8>,
    finder: Finder,
    /// How long the streams are that this is a sample of.
    stream: usize,
}

impl Sample {
    /// Looks at a few of the elements. Where these are few themselves, they are searched.
    /// A stream of a block has `stream` bytes, and `distances` are those at which bytes may be
    /// repeated; none where nobody knows. Whether blocks should be split is told where that is
    /// wanted.
    pub(super) fn choose(
        &mut self,
        elements: &[u8],
        element_size: usize,
        stream: usize,
        distances: &[usize],
        wants_splits: bool,
        compressor: &mut Compressor,
    ) -> Choice {
        let is_fastest = compressor.is_fastest() && element_size > 1;
        let search = match is_fastest {
            true => Way::Skimming,
            false => Way::Searching,
        };
        let mut choice = Choice {
            ways: [search; MOST_STREAMS],
            splits: false,
        };
        if elements.len() < SMALLEST {
            return choice;
        }
        self.stream = stream;
        // A search looks everywhere.
        let distances = match is_fastest && stream <= LONGEST {
            true => distances,
            false => &[],
        };
        self.take(elements, element_size, distances);
        let together = match wants_splits || distances.is_empty() {
            true => compressor.length(&self.shuffled, Way::Searching),
            false => None,
        };
        let together = together.unwrap_or(usize::MAX);
        // It is fast where it finds that much.
        if together <= self.shuffled.len() / MUCH && distances.is_empty() {
            return choice;
        }
        let mut apart = 0;
        let length = PIECES * PIECE;
        for (way, rank) in choice.ways.iter_mut().zip(0..element_size) {
            let part = rank * length..(rank + 1) * length;
            apart += self.choose_way(way, part, compressor);
        }
        choice.splits = apart < together && choice.ways.iter().any(|way| *way != search);
        choice
    }

    /// Puts a better way in place of a search of one stream of the sample, where there is one.
    /// Gives about how long the stream becomes.
    fn choose_way(
        &mut self,
        way: &mut Way,
        part: Range<usize>,
        compressor: &mut Compressor,
    ) -> usize {
        let all = part.len();
        let stream = &self.shuffled[part.clone()];
        if stream.iter().all(|byte| *byte == stream[0]) {
            *way = Way::Counting;
            return FRAME;
        }
        let counted = FRAME + frequency::length(stream);
        let searched = compressor.length(stream, *way).unwrap_or(usize::MAX);
        let is_fastest = *way == Way::Skimming;
        let little = match is_fastest {
            true => all / LEAST_AT_FIRST,
            false => all / LEAST,
        };
        let is_good = |length: usize| length <= searched.saturating_add(little);
        let mut least = searched.min(counted).min(all);
        if is_good(counted) {
            *way = Way::Counting;
        }
        if !is_fastest {
            return least;
        }
        let mut repeats = |least| {
            let repeats = self.repeats(part.clone(), least);
            repeats.filter(|(_, length)| is_good(*length))
        };
        let (eight, four) = (repeats(Least::Eight), repeats(Least::Four));
        // Longer ones are found and written faster.
        let most = four.map_or(all, |(_, length)| length + all / MUCH_LESS);
        if let Some((repeats, repeated)) = eight.filter(|(_, length)| *length <= most).or(four) {
            // Where there are few, counting finds those at any distance.
            if repeated.saturating_add(little) <= counted {
                *way = Way::Repeating(repeats);
            }
            least = least.min(repeated);
        }
        if all - least < all / LEAST_OF_ALL {
            *way = Way::Storing;
        }
        least
    }

    /// Takes pieces of the elements, and for each distance the elements that are so far before
    /// those.
    fn take(&mut self, elements: &[u8], element_size: usize, distances: &[usize]) {
        let piece = PIECE * element_size;
        // Nothing is before the first elements of a stream.
        let most = (elements.len() / PIECES / element_size).min(self.stream / 2);
        let distances = distances
            .iter()
            .copied()
            .filter(|distance| *distance <= most);
        let furthest = distances.clone().max().unwrap_or(0);
        let first = furthest * element_size;
        let step = (elements.len() - first - piece) / (PIECES - 1) / element_size * element_size;
        let mut take = |distance: usize, shuffled: &mut Vec<u8>| {
            self.elements.clear();
            for number in 0..PIECES {
                let start = first + number * step - distance * element_size;
                self.elements.extend_from_slice(&elements[start..][..piece]);
            }
            shuffled.resize(self.elements.len(), 0);
            shuffle(&self.elements, element_size, shuffled);
        };
        take(0, &mut self.shuffled);
        self.before
            .resize_with(distances.clone().count(), Default::default);
        for (distance, (told, before)) in distances.zip(&mut self.before) {
            *told = distance;
            take(distance, before);
        }
    }

    /// At which distance most is repeated in a stream of the sample, and about how long it becomes
    /// when that is used.
    fn repeats(&mut self, part: Range<usize>, least: Least) -> Option<(Repeats, usize)> {
        let here = &self.shuffled[part.clone()];
        let mut best: Option<(u64, usize, &Vec<u8>)> = None;
        for (distance, before) in &self.before {
            let found = self.finder.find(here, &before[part.clone()], least);
            let saved: usize = found.map(|found| 2 * found.len() - SEQUENCE).sum();
            // So much of a stream has something at that distance before it.
            let saved = saved as u64 * (self.stream - distance) as u64 / self.stream as u64;
            if saved > best.map_or(0, |(most, ..)| most) {
                best = Some((saved, *distance, before));
            }
        }
        let (_, distance, before) = best?;
        let (mut done, mut sequences) = (0, 0);
        self.literals.clear();
        for found in self.finder.find(here, &before[part.clone()], least) {
            self.literals.extend_from_slice(&here[done..found.start]);
            done = found.end;
            sequences += SEQUENCE;
        }
        self.literals.extend_from_slice(&here[done..]);
        let literals = frequency::length(&self.literals);
        let repeats = Repeats { distance, least };
        let length = FRAME + literals + sequences / 2;
        // The first ones are as they are.
        let first = part.len().saturating_sub(length) * distance / self.stream;
        Some((repeats, length + first))
    }
}
