//! Goes once over elements in memory.

use std::ops::Range;

use rayon::prelude::*;
use zarrio_model::{DataType, Region};

use super::extremes::{real_numbers, whole_numbers};
use super::{Content, Missing, Presence, RowSum};
use crate::placement::{Placement, Run};
use crate::transfer::View;

/// So many elements are one piece of work for a thread. What a thread has just read is no more
/// than one: others would have to fetch it.
const PIECE: u64 = 256 << 10;

/// So many elements are counted at once: their rows are summed while they are in the first cache.
const STRETCH: u64 = 4 << 10;

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

/// Elements that are looked at, with what is the same for all their rows.
struct Look<'l> {
    elements: View<'l>,
    /// What is placed along the last dimension.
    last: &'l [Run],
    region: &'l Region,
    /// Whether rows in turn are counted as if they were one.
    joins: bool,
    /// Whether rows are seen whole, and summed.
    sums: bool,
}

/// A row of a block: where it is in the archive, and where its elements begin.
#[derive(Default)]
struct Row {
    position: Vec<u64>,
    offset: usize,
}

impl Row {
    /// Goes to the next one along the last of its dimensions.
    fn advance(&mut self, length: usize) {
        if let Some(position) = self.position.last_mut() {
            *position += 1;
        }
        self.offset += length;
    }
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
        let look = Look {
            elements,
            last: &last,
            region,
            // Rows in turn are one run of memory where all that the region has of them is placed,
            // and they are at one position of the axis where that is not what they differ in.
            joins: match last.as_slice() {
                [run] => Some(run.archive_range()) == region.ranges().last().cloned(),
                _ => false,
            } && self
                .presence
                .is_none_or(|presence| presence.axis + 1 < outer.len()),
            sums: whole,
        };
        let piece_rows = (PIECE / length.max(1)).max(1);
        let stretch_rows = (STRETCH / length.max(1)).max(1);
        let pieces = rows.count().div_ceil(piece_rows);
        (0..pieces)
            .into_par_iter()
            .map(|piece| {
                let (mut row, mut scratch) = (Row::default(), Vec::new());
                let mut content = Content::default();
                let mut next = piece * piece_rows;
                let end = (next + piece_rows).min(rows.count());
                while next < end {
                    rows.find(next, &mut row);
                    let count = rows.in_turn(next).min(stretch_rows).min(end - next);
                    content = content.with(self.stretch(&look, &mut row, count, &mut scratch));
                    next += count;
                }
                content
            })
            .reduce(Content::default, Content::with)
    }

    /// The content of a row and those that follow it, all in one run of rows.
    fn stretch(
        &self,
        look: &Look<'_>,
        row: &mut Row,
        count: u64,
        scratch: &mut Vec<u8>,
    ) -> Content {
        let length = look.region.shape().last().copied().unwrap_or(1) as usize;
        let mut content = Content::default();
        if look.joins {
            let range = row.offset..row.offset + length * count as usize;
            content = self.elements(look.elements, range);
            if let Some(presence) = self.presence
                && let Some(position) = row.position.get(presence.axis)
                && content.missing < content.values
            {
                presence.note(*position);
            }
        }
        let mut sum = RowSum::default();
        for _ in 0..count {
            if !look.joins {
                content = content.with(self.row(look, row));
            }
            if look.sums {
                sum = sum.with(self.sum(look.elements, row, length, scratch));
            }
            row.advance(length);
        }
        content.sum = look.sums.then_some(sum);
        content
    }

    /// Counts and extremes of a row.
    fn row(&self, look: &Look<'_>, row: &Row) -> Content {
        let start = look.region.ranges().last().map_or(0, |range| range.start);
        let mut content = Content::default();
        for run in look.last {
            let offset = row.offset + (run.archive - start) as usize;
            let found = self.elements(look.elements, offset..offset + run.length as usize);
            self.note(look.elements, row, run, offset, &found);
            content = content.with(found);
        }
        content
    }

    /// Counts and extremes of elements.
    fn elements(&self, elements: View<'_>, range: Range<usize>) -> Content {
        match elements {
            View::Text(texts) => texts_of(texts.get(range).unwrap_or_default()),
            View::Bytes(bytes) => self.numbers(bytes, range),
        }
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

    /// The numbers of some elements, counted from the first one of `bytes`.
    pub(crate) fn numbers(&self, bytes: &[u8], range: Range<usize>) -> Content {
        let width = self.data_type.size().unwrap_or(1);
        let bytes = bytes.get(range.start * width..range.end * width);
        debug_assert!(bytes.is_some(), "{range:?} are there");
        let bytes = bytes.unwrap_or_default();
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
    fn sum(&self, elements: View<'_>, row: &Row, length: usize, scratch: &mut Vec<u8>) -> RowSum {
        scratch.clear();
        for position in &row.position {
            scratch.extend_from_slice(&position.to_le_bytes());
        }
        let range = row.offset..row.offset + length;
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

    /// How many rows from this number on are one after the other in the archive.
    fn in_turn(&self, index: u64) -> u64 {
        self.axes
            .last()
            .map_or(1, |axis| axis.in_turn(index % axis.len()))
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

    /// How many positions from that of a number on are in one run.
    fn in_turn(&self, number: u64) -> u64 {
        let run = self.ends.partition_point(|end| *end <= number);
        self.ends[run] - number
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Number;
    use super::*;
    use crate::block::cells;

    /// Element by element.
    fn simply(values: &[i16], region: &Region, placed: &Placement, shape: &[u64]) -> Content {
        let last = placed.runs().last();
        let width = last.map_or(1, |runs| runs.iter().map(|run| run.length).sum());
        let whole = width == shape.last().copied().unwrap_or(1);
        let mut content = Content::default();
        let mut rows = std::collections::BTreeMap::<Vec<u64>, Vec<u8>>::new();
        for (cell, value) in cells(region.shape()).zip(values) {
            let position: Vec<u64> = cell
                .iter()
                .zip(region.start())
                .map(|(c, s)| c + s)
                .collect();
            let there = |(at, runs): (&u64, &Vec<Run>)| {
                runs.iter().any(|run| run.archive_range().contains(at))
            };
            if !position.iter().zip(placed.runs()).all(there) {
                continue;
            }
            let number = Number::Int((*value).into());
            let has = *value != 7;
            content.values += 1;
            content.missing += u64::from(!has);
            if has {
                content.min = content
                    .min
                    .filter(|m| !number.is_below(*m))
                    .or(Some(number));
                content.max = content.max.filter(|m| !m.is_below(number)).or(Some(number));
            }
            let outer = position.split_last().map_or(&[][..], |(_, outer)| outer);
            let row = rows
                .entry(outer.to_vec())
                .or_insert_with(|| outer.iter().flat_map(|p| p.to_le_bytes()).collect());
            row.extend_from_slice(&value.to_le_bytes());
        }
        let sum = rows.values().map(|row| RowSum::of_row(row));
        let sum = sum.fold(RowSum::default(), RowSum::with);
        content.sum = (whole || rows.is_empty()).then_some(sum);
        content
    }

    /// Where a dimension begins in the archive, how long a run there is, what lies before a second
    /// one and how long that is, and how long the rest of the dimension.
    type Axis = (u64, u64, u64, u64, u64);

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn all_that_is_placed_is_counted_and_summed(
            axes in prop::collection::vec((0u64..2, 1u64..4, 0u64..2, 0u64..3, 0u64..2), 0..4),
            axis in prop::option::of(0usize..4),
            all in any::<bool>(),
            long in any::<bool>(),
            values in prop::collection::vec(prop_oneof![Just(7i16), any::<i16>()], 1..50),
        ) {
            let mut axes: Vec<Axis> = axes;
            if let (true, Some(last)) = (long, axes.last_mut()) {
                // So that a stretch has a few rows only.
                last.1 += 900;
            }
            let runs = |a: &Axis| {
                let run = |archive, length| Run { source: 0, archive, length, reversed: false };
                let both = [run(a.0, a.1), run(a.0 + a.1 + a.2, a.3)];
                both.into_iter().filter(|run| run.length > 0).collect::<Vec<_>>()
            };
            let end = |a: &Axis| a.0 + a.1 + a.2 + a.3 + a.4;
            let shape: Vec<u64> = axes.iter().map(end).collect();
            let placed = match all {
                true => Placement::whole(&shape),
                false => Placement::new(axes.iter().map(runs).collect()),
            };
            let region = Region::full(&shape);
            let values: Vec<i16> =
                values.into_iter().cycle().take(region.num_elements() as usize).collect();
            let axis = axis.filter(|axis| *axis < axes.len());
            let presence = axis.map(|axis| Presence::new(axis, &(0..shape[axis])));
            let scan = Scan {
                data_type: DataType::Int16,
                missing: &Missing { ints: vec![7], floats: Vec::new() },
                shape: &shape,
                presence: presence.as_ref(),
            };
            let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_ne_bytes()).collect();
            let found = scan.content(View::Bytes(&bytes), &region, &placed);
            prop_assert_eq!(found, simply(&values, &region, &placed, &shape));
            if let (Some(presence), Some(axis)) = (&presence, axis) {
                for at in 0..shape[axis] {
                    let mut layer = region.ranges().to_vec();
                    layer[axis] = at..at + 1;
                    let layer = placed.within(&Region::new(layer));
                    let has = layer.runs().iter().all(|runs| !runs.is_empty())
                        && cells(region.shape()).zip(&values).any(|(cell, value)| {
                            let within = |(c, runs): (&u64, &Vec<Run>)| {
                                runs.iter().any(|run| run.archive_range().contains(c))
                            };
                            *value != 7 && cell.iter().zip(layer.runs()).all(within)
                        });
                    let position = at..at + 1;
                    let absent = presence.absent_in(std::slice::from_ref(&position));
                    prop_assert_eq!(absent.is_empty(), has, "{}", at);
                }
            }
        }
    }
}
