//! A plan: chunk lengths, what they cost, and what there is to know about them.

use serde::Serialize;
use zarrio_model::ByteSize;
use zarrio_model::config::{AccessMix, AccessPattern, ChunkStrategy};

use crate::check::size;
use crate::shards::{product, propose};
use crate::{ChunkRequest, ChunkWarning, Cost, Dimension, ShardPlan, SizeBounds, Weights, search};

/// A chunk shape with its cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Layout {
    /// The chunk lengths.
    pub chunks: Vec<u64>,
    /// What they cost.
    pub cost: Cost,
}

/// A chunk shape, planned.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChunkPlan {
    /// The dimensions.
    pub dimensions: Vec<Dimension>,
    /// The chunk length along each: never zero, never longer than the dimension.
    pub chunks: Vec<u64>,
    /// How it was found.
    #[serde(serialize_with = "word")]
    pub strategy: ChunkStrategy,
    /// What it was planned for.
    #[serde(serialize_with = "text")]
    pub pattern: AccessMix,
    /// The size of a chunk that was aimed at.
    pub target: ByteSize,
    /// Bytes of a chunk before compression, of the array with the largest elements.
    pub chunk_bytes: u64,
    /// Chunks of one array.
    pub num_chunks: u64,
    /// What reading costs.
    pub cost: Cost,
    /// The chunks where the data come from, and what they cost.
    pub source: Option<Layout>,
    /// Chunks that more than one file has a part of.
    pub shared_chunks: u64,
    /// How often a chunk is written on average when every file is written by itself.
    pub write_amplification: f64,
    /// Bytes that a writer needs for each thread at least: a chunk before and after
    /// compression.
    pub writer_memory: u64,
    /// Shards that are proposed.
    pub shards: Option<ShardPlan>,
    /// What the user should know.
    pub warnings: Vec<ChunkWarning>,
}

impl ChunkPlan {
    /// Whether a whole array is smaller than a chunk should be at least, so that its chunks
    /// do not matter.
    #[must_use]
    pub fn is_small(&self) -> bool {
        let bytes = self.num_chunks.saturating_mul(self.chunk_bytes);
        bytes <= SizeBounds::around(self.target.0).least
    }
}

fn word<S: serde::Serializer>(value: &ChunkStrategy, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(value.as_str())
}

fn text<S: serde::Serializer>(value: &AccessMix, s: S) -> Result<S::Ok, S::Error> {
    s.collect_str(value)
}

impl ChunkRequest {
    /// The cheapest shape within the bounds of size.
    ///
    /// Equal requests give equal plans, and the order of the dimensions plays no role. Where
    /// what is settled leaves no shape within the bounds, the one that exceeds them least
    /// is taken.
    #[must_use]
    pub fn optimal(&self) -> ChunkPlan {
        self.judged(ChunkStrategy::Optimal, search::cheapest(self))
    }

    /// The shape that the Python zarrio gives, cut to the dimensions.
    #[must_use]
    pub fn classic(&self, pattern: AccessPattern) -> ChunkPlan {
        self.judged(ChunkStrategy::Classic, self.classic_shape(pattern))
    }

    /// The cost of a shape of somebody's choice, cut to the dimensions.
    #[must_use]
    pub fn cost(&self, chunks: &[u64]) -> Cost {
        let cut: Vec<u64> = self
            .dimensions
            .iter()
            .zip(chunks)
            .map(|(d, c)| (*c).clamp(1, d.extent()))
            .collect();
        let penalty = search::penalty(self, &cut);
        let weights = Weights::mixed(&self.pattern);
        let (element, target) = (self.mean_element(), self.target.0 as f64);
        Cost::new(&self.dimensions, &cut, element, penalty, &weights, target)
    }

    /// A shape with all that there is to say about it.
    pub(crate) fn judged(&self, strategy: ChunkStrategy, chunks: Vec<u64>) -> ChunkPlan {
        let counts: Vec<u64> = self
            .dimensions
            .iter()
            .zip(&chunks)
            .map(|(d, c)| d.extent().div_ceil(*c))
            .collect();
        let num_chunks = product(&counts);
        let chunk_bytes = self.chunk_bytes(&chunks);
        let (mut shared_chunks, mut write_amplification) = (0, 1.0);
        if let Some(d) = self.record() {
            let (chunk, length) = (chunks[d], self.dimensions[d].extent());
            let others = num_chunks / counts[d].max(1);
            shared_chunks = self
                .files
                .shared_chunks(chunk, length)
                .saturating_mul(others);
            write_amplification = self.files.amplification(chunk, length);
        }
        let shards = propose(self, &chunks);
        let mut warnings: Vec<ChunkWarning> = size(chunk_bytes, self.bounds)
            // What is small as a whole needs no remedy.
            .filter(|warning| {
                let small = matches!(warning, ChunkWarning::TooSmall { .. });
                !small || num_chunks.saturating_mul(chunk_bytes) > self.bounds.least
            })
            .into_iter()
            .collect();
        if num_chunks > self.max_objects {
            warnings.push(ChunkWarning::ManyObjects {
                objects: num_chunks,
                most: self.max_objects,
            });
        }
        if shared_chunks > 0 {
            warnings.push(ChunkWarning::SharedChunks {
                chunks: shared_chunks,
                amplification_percent: (write_amplification * 100.0).round() as u64,
            });
        }
        let source = self.source_layout().map(|chunks| Layout {
            cost: self.cost(&chunks),
            chunks,
        });
        ChunkPlan {
            cost: self.cost(&chunks),
            source,
            dimensions: self.dimensions.clone(),
            strategy,
            pattern: self.pattern.clone(),
            target: self.target,
            chunk_bytes,
            num_chunks,
            shared_chunks,
            write_amplification,
            writer_memory: chunk_bytes.saturating_mul(2),
            shards,
            warnings,
            chunks,
        }
    }

    /// The chunks where the data come from, as they are.
    fn source_layout(&self) -> Option<Vec<u64>> {
        let one = |d: &Dimension| Some(d.source_chunk?.clamp(1, d.extent()));
        let shape: Option<Vec<u64>> = self.dimensions.iter().map(one).collect();
        shape.filter(|shape| !shape.is_empty())
    }
}
