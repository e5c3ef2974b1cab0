//! Which objects of an array are there.

use std::ops::Range;

use zarrio_codec::StoredArray;
use zarrio_store::{Prefix, Store};

use super::layers::Frame;
use crate::RegionError;

/// More chunks than this are not looked at one by one: it would take more memory than a look
/// at an archive should.
const MOST: u64 = 1 << 28;

/// The grid of an array's chunks and those of them that the store has. Chunks are numbered in
/// C order of the frame.
#[derive(Debug)]
pub(super) struct Chunks {
    /// Lengths of chunks along the dimensions of the frame.
    lengths: Vec<u64>,
    grid: Vec<u64>,
    present: Vec<bool>,
    /// Objects with names of chunks that the array does not have.
    pub(super) beyond: u64,
}

impl Chunks {
    /// No chunk of the array yet.
    ///
    /// # Errors
    /// When there are too many.
    pub(super) fn new(frame: &Frame, array: &StoredArray) -> Result<Self, RegionError> {
        let lengths = frame.turned(array.chunk_shape());
        let grid: Vec<u64> = frame
            .shape
            .iter()
            .zip(&lengths)
            .map(|(n, c)| n.div_ceil(*c))
            .collect();
        let total = grid.iter().try_fold(1u64, |total, n| total.checked_mul(*n));
        let Some(total) = total.filter(|total| *total <= MOST) else {
            return Err(RegionError::Archive {
                message: format!(
                    "an array of {grid:?} chunks has more of them than the {MOST} that can be looked at"
                ),
            });
        };
        Ok(Self {
            lengths,
            grid,
            present: vec![false; total as usize],
            beyond: 0,
        })
    }

    /// Notes every chunk that the store has in the place of the array.
    ///
    /// # Errors
    /// When the store cannot be listed.
    pub(super) fn look(
        &mut self,
        store: &dyn Store,
        place: &Prefix,
        frame: &Frame,
        array: &StoredArray,
    ) -> Result<(), RegionError> {
        let names = Names::of(array);
        let failed = RegionError::store("cannot list the chunks of an array");
        let mut index = Vec::new();
        let note = &mut |name: &str| {
            if !names.index(name, &mut index) {
                return;
            }
            match self.number(&frame.turned_index(&index)) {
                Some(number) => self.present[number] = true,
                None => self.beyond += 1,
            }
        };
        store.each_name(place, note).map_err(failed)
    }

    /// How many chunks there should be.
    pub(super) fn total(&self) -> usize {
        self.present.len()
    }

    /// Whether the store has a chunk.
    pub(super) fn has(&self, number: usize) -> bool {
        self.present.get(number).copied().unwrap_or(false)
    }

    /// The number of a chunk; none where the array has no such.
    fn number(&self, index: &[u64]) -> Option<usize> {
        let mut number = 0;
        for (i, n) in index.iter().zip(&self.grid) {
            if i >= n {
                return None;
            }
            number = number * n + i;
        }
        Some(number as usize)
    }

    /// The elements of a chunk, beyond the array's end at its edge.
    pub(super) fn region(&self, number: usize) -> Vec<Range<u64>> {
        let mut rest = number as u64;
        let mut ranges: Vec<Range<u64>> = Vec::with_capacity(self.grid.len());
        for (n, length) in self.grid.iter().zip(&self.lengths).rev() {
            let i = rest % n;
            rest /= n;
            ranges.push(i * length..(i + 1).saturating_mul(*length));
        }
        ranges.reverse();
        ranges
    }

    /// Calls `visit` with the number of every chunk that a box meets.
    pub(super) fn each_in(&self, bounds: &[Range<u64>], visit: &mut impl FnMut(usize)) {
        self.descend(bounds, 0, 0, visit);
    }

    fn descend(
        &self,
        bounds: &[Range<u64>],
        level: usize,
        number: usize,
        visit: &mut impl FnMut(usize),
    ) {
        let (Some(range), Some(length), Some(n)) = (
            bounds.get(level),
            self.lengths.get(level),
            self.grid.get(level),
        ) else {
            visit(number);
            return;
        };
        for i in range.start / length..range.end.div_ceil(*length).min(*n) {
            self.descend(bounds, level + 1, number * *n as usize + i as usize, visit);
        }
    }
}

/// How the objects of an array's chunks are called.
#[derive(Debug)]
struct Names {
    prefix: String,
    separator: char,
    dimensions: usize,
}

impl Names {
    fn of(array: &StoredArray) -> Self {
        let dimensions = array.shape().len();
        let first = array.chunk_key(&vec![0; dimensions]);
        let (prefix, rest) = match first.find('0') {
            Some(at) if dimensions > 0 => first.split_at(at),
            _ => (first.as_str(), ""),
        };
        Self {
            prefix: prefix.to_owned(),
            separator: rest.chars().nth(1).unwrap_or('/'),
            dimensions,
        }
    }

    /// Whether a name is that of a chunk, and which.
    fn index(&self, name: &str, index: &mut Vec<u64>) -> bool {
        index.clear();
        let Some(rest) = name.strip_prefix(self.prefix.as_str()) else {
            return false;
        };
        if self.dimensions == 0 {
            return rest.is_empty();
        }
        for part in rest.split(self.separator) {
            let plain =
                part.bytes().all(|c| c.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
            match part.parse().ok().filter(|_| plain) {
                Some(number) => index.push(number),
                None => return false,
            }
        }
        index.len() == self.dimensions
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zarrio_codec::EncodingPlan;
    use zarrio_model::config::ZarrFormat;
    use zarrio_model::{Attributes, DataType, NativeLayout, NodePath, VariableSchema};

    fn array(shape: &[u64], chunks: &[u64], format: ZarrFormat) -> StoredArray {
        let variable = VariableSchema {
            path: NodePath::parse("v"),
            data_type: DataType::Int16,
            dimensions: (0..shape.len()).map(|i| format!("d{i}")).collect(),
            shape: shape.to_vec(),
            attributes: Attributes::new(),
            layout: NativeLayout::default(),
        };
        let compression = "none".parse().unwrap();
        let plan = EncodingPlan::new(&variable, chunks.to_vec(), compression, format).unwrap();
        StoredArray::new(&plan).unwrap()
    }

    #[test]
    fn names_are_those_of_the_array() {
        for format in [ZarrFormat::V2, ZarrFormat::V3] {
            for shape in [vec![], vec![9], vec![5, 9], vec![5, 9, 4]] {
                let chunks = vec![2; shape.len()];
                let array = array(&shape, &chunks, format);
                let (names, mut index) = (Names::of(&array), Vec::new());
                let wanted: Vec<u64> = (0..shape.len() as u64).map(|i| 10 - i).collect();
                assert!(names.index(&array.chunk_key(&wanted), &mut index));
                assert_eq!(index, wanted);
                for other in [
                    "zarr.json",
                    ".zarray",
                    "c/",
                    "c/00",
                    "0.00",
                    "c/1/x",
                    "1.2.3.4",
                    "",
                ] {
                    assert!(!names.index(other, &mut index), "{other}");
                }
            }
        }
    }

    #[test]
    fn chunks_are_numbered_in_the_frame() {
        let array = array(&[5, 9], &[2, 4], ZarrFormat::V3);
        // It grows along its second dimension: the grid is 3 × 3, that one first.
        let frame = Frame::new(&[5, 9], Some(1));
        let mut chunks = Chunks::new(&frame, &array).unwrap();
        assert_eq!(chunks.total(), 9);
        assert_eq!(chunks.number(&[2, 1]), Some(7));
        assert_eq!(chunks.number(&[3, 0]), None);
        assert_eq!(chunks.region(7), [8..12, 2..4]);
        let mut met = Vec::new();
        chunks.each_in(&[3..5, 2..5], &mut |number| met.push(number));
        assert_eq!(met, [1, 2, 4, 5]);
        let store = zarrio_store::MemoryStore::new();
        for name in [
            "v/c/0/1",
            "v/c/2/2",
            "v/c/3/0",
            "v/zarr.json",
            "v/c/0",
            "w/c/0/0",
        ] {
            store
                .put(&zarrio_store::Key::new(name).unwrap(), b"")
                .unwrap();
        }
        let place = Prefix::new("v").unwrap();
        chunks.look(&store, &place, &frame, &array).unwrap();
        let there: Vec<usize> = (0..9).filter(|number| chunks.has(*number)).collect();
        assert_eq!((there, chunks.beyond), (vec![3, 8], 1));
    }
}
