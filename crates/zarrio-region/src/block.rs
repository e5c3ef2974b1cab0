//! How a variable is cut into blocks that are read, encoded and forgotten one after the other.
//!
//! A block is a box of whole chunks. Small blocks need little memory, but where a source
//! chunk reaches into several blocks it is decoded once for each; so the shape is searched
//! that decodes the source the fewest times within the memory that is given.

use serde::Serialize;
use zarrio_model::{NodePath, Region};

use crate::scratch::ScratchPlan;

/// Contiguous files are read in runs; a run shorter than this costs as much as one of this
/// length.
const RUN_BYTES: u64 = 1 << 20;

/// To read a source so often is worth a word.
const MANY_READS: f64 = 4.0;

/// How one array is cut into blocks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BlockPlan {
    /// The region of the array that the blocks cover.
    #[serde(skip)]
    bounds: Region,
    /// Where the blocks begin: the bounds' start, moved back to the border of a chunk.
    #[serde(skip)]
    origin: Vec<u64>,
    /// The shape of a block: a multiple of the chunk shape along each dimension, at most
    /// what covers the array.
    pub block_shape: Vec<u64>,
    /// How many times a source chunk is decoded on average; 1 is best.
    pub source_reads: f64,
    /// How the variable is copied to the disk first, where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scratch: Option<ScratchPlan>,
}

/// What a block plan depends on.
#[derive(Debug, Clone, Copy)]
pub struct BlockRequest<'a> {
    /// The region of the array that is written.
    pub bounds: &'a Region,
    /// The shape of the objects that are written.
    pub chunk_shape: &'a [u64],
    /// The shape of the units in which the source is decoded; `None` for contiguous data.
    pub source_chunks: Option<&'a [u64]>,
    /// Bytes of an element.
    pub element_size: u64,
    /// Bytes that a block may have. A single chunk is a block even when it has more.
    pub block_bytes: u64,
}

impl BlockPlan {
    /// The block shape with the least repeated decoding; among equals, the largest; among
    /// those, the one that is longest along the last dimensions.
    #[must_use]
    pub fn new(request: &BlockRequest<'_>) -> Self {
        let n = request.chunk_shape.len();
        let ranges = request.bounds.ranges();
        let origin: Vec<u64> = ranges
            .iter()
            .zip(request.chunk_shape)
            .map(|(r, c)| r.start / c * c)
            .collect();
        let shape: Vec<u64> = ranges
            .iter()
            .zip(&origin)
            .map(|(r, o)| r.end.saturating_sub(*o))
            .collect();
        let run = contiguous_runs(request.element_size, &shape);
        let source = request
            .source_chunks
            .filter(|c| c.len() == n)
            .unwrap_or(&run);
        let candidates: Vec<Vec<Candidate>> = (0..n)
            .map(|d| candidates(shape[d], request.chunk_shape[d], source[d]))
            .collect();

        let mut best = Search {
            chosen: vec![0; n],
            best: vec![0; n],
            best_cost: f64::INFINITY,
            best_elements: 0,
            budget: (request.block_bytes / request.element_size.max(1)).max(1),
        };
        best.descend(&candidates, 0, 1.0, 1);

        Self {
            bounds: request.bounds.clone(),
            origin,
            block_shape: (0..n).map(|d| candidates[d][best.best[d]].length).collect(),
            source_reads: (0..n).map(|d| candidates[d][best.best[d]].cost).product(),
            scratch: None,
        }
    }

    /// What is to be known of a variable that is read many times over.
    pub(crate) fn note(&self, variable: &NodePath) -> Option<String> {
        (self.source_reads >= MANY_READS).then(|| {
            format!(
                "{variable} is read {:.0} times within the memory that there is: give more with --memory, or a directory for a copy with --scratch",
                self.source_reads
            )
        })
    }

    /// No block has more elements.
    pub(crate) fn most_elements(&self) -> u64 {
        self.most_lengths().fold(1, u64::saturating_mul)
    }

    /// No block is longer along a dimension.
    pub(crate) fn most_lengths(&self) -> impl Iterator<Item = u64> {
        let lengths = self.block_shape.iter().zip(self.bounds.shape());
        lengths.map(|(block, bound)| bound.min(*block))
    }

    /// The regions of the blocks, in C order, cut at the bounds.
    pub(crate) fn regions(&self) -> impl Iterator<Item = Region> + '_ {
        boxes(&self.bounds, &self.origin, &self.block_shape)
    }
}

/// Boxes of a shape that begin at an origin, no later than the bounds: those that meet the
/// bounds, in C order, cut there.
pub(crate) fn boxes<'b>(
    bounds: &'b Region,
    origin: &'b [u64],
    shape: &'b [u64],
) -> impl Iterator<Item = Region> + 'b {
    let ranges = bounds.ranges().iter().zip(origin).zip(shape);
    let grid = ranges.map(|((range, origin), length)| match range.is_empty() {
        true => 0,
        false => (range.end - origin).div_ceil(*length),
    });
    cells(grid.collect()).map(move |cell| {
        let starts = cell.iter().zip(shape).zip(origin);
        let ranges = starts.map(|((i, length), origin)| {
            let start = origin + i * length;
            start..start.saturating_add(*length)
        });
        Region::new(ranges.collect()).intersection(bounds)
    })
}

/// The cells of a grid in C order; one cell for a grid of no dimensions.
pub(crate) fn cells(grid: Vec<u64>) -> impl Iterator<Item = Vec<u64>> {
    let mut next = (!grid.contains(&0)).then(|| vec![0; grid.len()]);
    std::iter::from_fn(move || {
        let current = next.clone()?;
        let mut cell = current.clone();
        next = (0..grid.len()).rev().find_map(|d| {
            cell[d] += 1;
            if cell[d] < grid[d] {
                return Some(cell.clone());
            }
            cell[d] = 0;
            None
        });
        Some(current)
    })
}

/// The position in the array of an element of a region.
pub(crate) fn position(mut index: u64, region: &Region) -> Vec<u64> {
    let mut position = region.start();
    for (start, length) in position.iter_mut().zip(region.shape()).rev() {
        *start += index % length.max(1);
        index /= length.max(1);
    }
    position
}

/// A block length along one dimension.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    length: u64,
    /// How many times a source chunk is met by blocks of this length, on average.
    cost: f64,
}

/// The lengths worth trying: one chunk, doublings, lengths that end on source chunks, all.
fn candidates(length: u64, chunk: u64, source: u64) -> Vec<Candidate> {
    let source = source.max(1);
    let chunks = length.div_ceil(chunk).max(1);
    let mut counts = vec![1, chunks];
    let mut count = 2;
    while count < chunks {
        counts.push(count);
        count = count.saturating_mul(2);
    }
    // Multiples of the least common multiple never cut a source chunk in two.
    let common = source / gcd(source, chunk);
    for factor in [1, 2, 4, 8, 16, 64] {
        if let Some(aligned) = common.checked_mul(factor).filter(|count| *count < chunks) {
            counts.push(aligned);
        }
    }
    counts.sort_unstable();
    counts.dedup();
    let cost = |block: u64| {
        let sources = length.div_ceil(source).max(1);
        // Each boundary of blocks that is no boundary of source chunks is met twice.
        let blocks = length.div_ceil(block).max(1);
        let cut = if block.is_multiple_of(source) {
            0
        } else {
            let aligned = source / gcd(source, block % source).max(1);
            (blocks - 1) - (blocks - 1) / aligned.max(1)
        };
        (sources + cut) as f64 / sources as f64
    };
    counts
        .into_iter()
        .map(|count| chunk.saturating_mul(count))
        .map(|block| Candidate {
            length: block,
            cost: cost(block),
        })
        .collect()
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Contiguous data as if they lay in chunks of one run each.
fn contiguous_runs(element_size: u64, shape: &[u64]) -> Vec<u64> {
    let mut runs = vec![1; shape.len()];
    let mut bytes = element_size;
    for (run, &length) in runs.iter_mut().zip(shape).rev() {
        if bytes >= RUN_BYTES {
            break;
        }
        *run = length.clamp(1, (RUN_BYTES / bytes.max(1)).max(1));
        bytes = bytes.saturating_mul(*run);
        if *run < length {
            break;
        }
    }
    runs
}

/// A depth-first search over one candidate for each dimension.
struct Search {
    chosen: Vec<usize>,
    best: Vec<usize>,
    best_cost: f64,
    best_elements: u64,
    budget: u64,
}

impl Search {
    fn descend(&mut self, candidates: &[Vec<Candidate>], d: usize, cost: f64, elements: u64) {
        // A partial cost only grows: what is no better already cannot become better.
        if cost > self.best_cost {
            return;
        }
        if d == candidates.len() {
            let better = cost < self.best_cost
                || elements > self.best_elements
                || (elements == self.best_elements && self.later(candidates));
            if better {
                self.best.clone_from(&self.chosen);
                self.best_cost = cost;
                self.best_elements = elements;
            }
            return;
        }
        // The first candidate of a dimension is one chunk, the smallest block there is.
        let rest = candidates[d + 1..].iter().map(|c| c[0].length);
        let rest = rest.fold(1, u64::saturating_mul);
        for (i, candidate) in candidates[d].iter().enumerate() {
            let elements = elements.saturating_mul(candidate.length);
            if i > 0 && elements.saturating_mul(rest) > self.budget {
                break;
            }
            self.chosen[d] = i;
            self.descend(candidates, d + 1, cost * candidate.cost, elements);
        }
        self.chosen[d] = 0;
    }

    /// Whether the chosen block is longer than the best one along the last dimension in
    /// which they differ.
    fn later(&self, candidates: &[Vec<Candidate>]) -> bool {
        let lengths = |chosen: &[usize]| -> Vec<u64> {
            chosen
                .iter()
                .zip(candidates)
                .rev()
                .map(|(i, c)| c[*i].length)
                .collect()
        };
        lengths(&self.chosen) > lengths(&self.best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plan(
        shape: &[u64],
        chunk_shape: &[u64],
        source_chunks: Option<&[u64]>,
        block_bytes: u64,
    ) -> BlockPlan {
        BlockPlan::new(&BlockRequest {
            bounds: &Region::full(shape),
            chunk_shape,
            source_chunks,
            element_size: 4,
            block_bytes,
        })
    }

    #[test]
    fn positions_are_in_c_order() {
        let region = Region::new(vec![2..4, 0..3]);
        assert_eq!(position(4, &region), [3, 1]);
    }

    #[test]
    fn maps_to_series_reads_once_when_a_band_of_chunks_fits() {
        let (shape, chunks) = ([744, 361, 720], [100, 50, 100]);
        let ample = plan(&shape, &chunks, Some(&[1, 361, 720]), 256 << 20);
        assert_eq!(ample.source_reads, 1.0);
        assert!(ample.block_shape[1] >= 361 && ample.block_shape[2] >= 720);
        let scarce = plan(&shape, &chunks, Some(&[1, 361, 720]), 32 << 20);
        assert!(scarce.source_reads > 1.0 && scarce.source_reads <= 8.0);
    }

    #[test]
    fn scalars_and_empty_arrays() {
        let scalar = plan(&[], &[], None, 1 << 20);
        assert_eq!(scalar.regions().collect::<Vec<_>>(), [Region::full(&[])]);
        assert_eq!(plan(&[0, 5], &[1, 5], None, 1 << 20).regions().count(), 0);
    }

    proptest! {
        #[test]
        fn blocks_cover_the_array_once_and_keep_the_budget(
            dims in prop::collection::vec((1u64..40, 1u64..12, 1u64..12), 1..4),
            block_bytes in 4u64..4000,
        ) {
            let shape: Vec<u64> = dims.iter().map(|d| d.0).collect();
            let chunks: Vec<u64> = dims.iter().map(|d| d.1.min(d.0)).collect();
            let source: Vec<u64> = dims.iter().map(|d| d.2).collect();
            let plan = plan(&shape, &chunks, Some(&source), block_bytes);
            let total: u64 = plan.regions().map(|r| r.num_elements()).sum();
            let most = plan.regions().map(|r| r.num_elements()).max();
            prop_assert_eq!(most, Some(plan.most_elements()));
            prop_assert_eq!(total, shape.iter().product::<u64>());
            let chunk: u64 = chunks.iter().product();
            let block: u64 = plan.block_shape.iter().product();
            prop_assert!(block * 4 <= block_bytes || block == chunk);
            for (b, c) in plan.block_shape.iter().zip(&chunks) {
                prop_assert_eq!(b % c, 0);
            }
            // The predicted cost is the counted one.
            let met: u64 = plan.regions().map(|r| {
                r.ranges().iter().zip(&source)
                    .map(|(r, s)| (r.end - 1) / s - r.start / s + 1).product::<u64>()
            }).sum();
            let sources: u64 = shape.iter().zip(&source).map(|(l, s)| l.div_ceil(*s)).product();
            prop_assert!((plan.source_reads - met as f64 / sources as f64).abs() < 1e-9);
        }
    }
}
