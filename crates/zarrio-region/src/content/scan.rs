//! Goes once over elements in memory.

use rayon::prelude::*;
use zarrio_model::{DataType, Region};

use super::extremes::{real_numbers, whole_numbers};
use super::{Content, Missing, Presence, RowSum};
use crate::placement::{Placement, Run};
use crate::transfer::View;

/// So many elements are one piece of work for a thread. What a thread has just read is no more
/// than one: others would have to fetch it.
const PIECE: u64 = 256 << 10;

/// What is needed to look at the elements of a variable.
#[derive(Debug)]
pub(crate) struct Scan<'a> {
    pub(crate) data_type: DataType,
    pub(crate) missing: &'a Missing,
    /// The shape of the whole variable.
    pub(crate) shape: &'a [u64],
    /// Where positions with values are noted.
    pub(crate) presence: Option<&'a Presence>,
}

/// A row of a block: where it is in the archive, and where its elements begin.
#[derive(Default)]
struct Row {
    position: Vec<u64>,
    offset: usize,
}

impl Scan<'_> {
    /// The content of those elements of a region that are placed; all of them in memory.
    pub(crate) fn content(
        &self,
        elements: View<'_>,
        region: &Region,
        placement: &Placement,
    ) -> Content {
        let placed = placement.within(region);
        let (outer, last) = match placed.runs().split_last() {
            Some((last, outer)) => (outer, last.clone()),
            None => (placed.runs(), vec![Run::ONE]),
        };
        if last.is_empty() {
            return Content::default();
        }
        // The row is seen whole where the archive's last dimension is.
        let length = self.shape.last().copied().unwrap_or(1);
        let whole = last.iter().map(|run| run.length).sum::<u64>() == length;
        let rows = Rows::new(outer, region);
        let piece_rows = (PIECE / length.max(1)).max(1);
        let pieces = rows.count().div_ceil(piece_rows);
        (0..pieces)
            .into_par_iter()
            .map(|piece| {
                let (mut row, mut scratch) = (Row::default(), Vec::new());
                let range = piece * piece_rows..((piece + 1) * piece_rows).min(rows.count());
                range.fold(Content::default(), |sum, index| {
                    rows.find(index, &mut row);
                    let mut content = self.row(elements, &row, &last, region);
                    content.sum = whole.then(|| self.sum(elements, &row, length, &mut scratch));
                    sum.with(content)
                })
            })
            .reduce(Content::default, Content::with)
    }

    /// Counts and extremes of a row.
    fn row(&self, elements: View<'_>, row: &Row, last: &[Run], region: &Region) -> Content {
        let start = region.ranges().last().map_or(0, |range| range.start);
        let mut content = Content::default();
        for run in last {
            let offset = row.offset + (run.archive - start) as usize;
            let range = offset..offset + run.length as usize;
            let found = match elements {
                View::Text(texts) => texts_of(texts.get(range).unwrap_or_default()),
                View::Bytes(bytes) => self.numbers(bytes, range),
            };
            self.note(elements, row, run, offset, &found);
            content = content.with(found);
        }
        content
    }

    /// Notes at which positions along the axis there is something.
    fn note(&self, elements: View<'_>, row: &Row, run: &Run, offset: usize, found: &Content) {
        let Some(presence) = self.presence else {
            return;
        };
        match row.position.get(presence.axis) {
            Some(position) if found.missing < found.values => presence.note(*position),
            Some(_) => {}
            None => {
                // The axis is the row's own.
                for i in 0..run.length {
                    let at = offset + i as usize;
                    let there = match elements {
                        View::Text(_) => true,
                        View::Bytes(bytes) => self.numbers(bytes, at..at + 1).missing == 0,
                    };
                    if there {
                        presence.note(run.archive + i);
                    }
                }
            }
        }
    }

    pub(crate) fn numbers(&self, bytes: &[u8], range: std::ops::Range<usize>) -> Content {
        let width = self.data_type.size().unwrap_or(1);
        let bytes = bytes
            .get(range.start * width..range.end * width)
            .unwrap_or_default();
        let (ints, floats) = (&self.missing.ints, &self.missing.floats);
        match self.data_type {
            DataType::Int8 => whole_numbers(bytes, ints, i8::from_ne_bytes),
            DataType::UInt8 => whole_numbers(bytes, ints, u8::from_ne_bytes),
            DataType::Int16 => whole_numbers(bytes, ints, i16::from_ne_bytes),
            DataType::UInt16 => whole_numbers(bytes, ints, u16::from_ne_bytes),
            DataType::Int32 => whole_numbers(bytes, ints, i32::from_ne_bytes),
            DataType::UInt32 => whole_numbers(bytes, ints, u32::from_ne_bytes),
            DataType::Int64 => whole_numbers(bytes, ints, i64::from_ne_bytes),
            DataType::UInt64 => whole_numbers(bytes, ints, u64::from_ne_bytes),
            DataType::Float32 => real_numbers(bytes, floats, |v| v as f32, f32::from_ne_bytes),
            DataType::Float64 => real_numbers(bytes, floats, |v| v, f64::from_ne_bytes),
            DataType::String => Content::default(),
        }
    }

    /// The sum of one whole row.
    fn sum(&self, elements: View<'_>, row: &Row, length: u64, scratch: &mut Vec<u8>) -> RowSum {
        scratch.clear();
        for position in &row.position {
            scratch.extend_from_slice(&position.to_le_bytes());
        }
        let range = row.offset..row.offset + length as usize;
        match elements {
            View::Text(texts) => {
                for text in texts.get(range).unwrap_or_default() {
                    scratch.extend_from_slice(&(text.len() as u64).to_le_bytes());
                    scratch.extend_from_slice(text.as_bytes());
                }
            }
            View::Bytes(bytes) => {
                let width = self.data_type.size().unwrap_or(1);
                let bytes = bytes.get(range.start * width..range.end * width);
                let begin = scratch.len();
                scratch.extend_from_slice(bytes.unwrap_or_default());
                if cfg!(target_endian = "big") {
                    scratch[begin..]
                        .chunks_exact_mut(width)
                        .for_each(<[u8]>::reverse);
                }
            }
        }
        RowSum::of_row(scratch)
    }
}

/// The rows of a block at the placed positions of all dimensions but the last.
struct Rows<'r> {
    axes: Vec<Axis<'r>>,
    start: Vec<u64>,
    lengths: Vec<u64>,
}

/// The placed positions along one dimension, which may be many more than there are runs.
struct Axis<'r> {
    runs: &'r [Run],
    /// How many positions there are up to the end of each run.
    ends: Vec<u64>,
}

impl<'r> Rows<'r> {
    fn new(outer: &'r [Vec<Run>], region: &Region) -> Self {
        Self {
            axes: outer.iter().map(|runs| Axis::new(runs)).collect(),
            start: region.start(),
            lengths: region.shape(),
        }
    }

    fn count(&self) -> u64 {
        self.axes.iter().map(Axis::len).product()
    }

    /// The row of a number, in C order.
    fn find(&self, index: u64, row: &mut Row) {
        row.position.resize(self.axes.len(), 0);
        let mut rest = index;
        for (d, axis) in self.axes.iter().enumerate().rev() {
            let n = axis.len();
            row.position[d] = axis.position(rest % n);
            rest /= n;
        }
        let places = row.position.iter().zip(&self.start).zip(&self.lengths);
        let offset = places.fold(0, |offset, ((p, s), n)| offset * n + (p - s));
        row.offset = (offset * self.lengths.last().copied().unwrap_or(1)) as usize;
    }
}

impl<'r> Axis<'r> {
    fn new(runs: &'r [Run]) -> Self {
        let mut end = 0;
        let ends = runs.iter().map(|run| {
            end += run.length;
            end
        });
        Self {
            ends: ends.collect(),
            runs,
        }
    }

    fn len(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// The position of a number below the length.
    fn position(&self, number: u64) -> u64 {
        let run = self.ends.partition_point(|end| *end <= number);
        let before = run.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.runs[run].archive + (number - before)
    }
}

fn texts_of(texts: &[String]) -> Content {
    Content {
        values: texts.len() as u64,
        ..Content::default()
    }
}
