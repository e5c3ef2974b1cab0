//! What a plan is made for.

use serde::Serialize;
use zarrio_model::ByteSize;
use zarrio_model::config::{AccessMix, AccessPattern, Storage};

use crate::classic::classic_lengths;
use crate::dimension::bytes;
use crate::{Dimension, FileSteps};

/// Above so many objects, shards are proposed.
pub const MAX_OBJECTS: u64 = 100_000;

/// Between which sizes a chunk should lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SizeBounds {
    /// Bytes that a chunk has at least, where the array has so many.
    pub least: u64,
    /// Bytes that it has at most.
    pub most: u64,
}

impl SizeBounds {
    /// The bounds that the Python zarrio recommends: from a fiftieth of the target, and
    /// 1 MiB at least, to twice the target. Below a target of 2 MiB, from half of it.
    #[must_use]
    pub fn around(target_bytes: u64) -> Self {
        Self {
            least: (target_bytes / 50).max(1 << 20).min(target_bytes / 2),
            most: target_bytes.saturating_mul(2),
        }
    }
}

/// Arrays that have the same dimensions, and what is wanted of their chunks.
///
/// ```
/// use zarrio_chunking::{ChunkRequest, Dimension, FileSteps, Role};
///
/// let request = ChunkRequest {
///     pattern: "temporal=0.7,spatial=0.3".parse()?,
///     files: FileSteps::Each(24),
///     ..ChunkRequest::new(vec![
///         Dimension::new("time", 8760, Role::Time),
///         Dimension::new("site", 5000, Role::X),
///     ], 8)
/// };
/// let plan = request.optimal();
/// assert!(plan.chunks[0] % 24 == 0 || 24 % plan.chunks[0] == 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ChunkRequest {
    /// The dimensions, slowest first, with the lengths of the whole archive.
    pub dimensions: Vec<Dimension>,
    /// Bytes of an element of each array, as stored: packed where packing is on.
    pub element_sizes: Vec<u64>,
    /// What readers do.
    pub pattern: AccessMix,
    /// The size of a chunk that is best where nothing else decides.
    pub target: ByteSize,
    /// Between which sizes chunks are looked for.
    pub bounds: SizeBounds,
    /// Where the archive is kept.
    pub storage: Option<Storage>,
    /// How the archive is filled.
    pub files: FileSteps,
    /// Above so many objects, shards are proposed.
    pub max_objects: u64,
}

impl ChunkRequest {
    /// The default wishes for one array: balanced, about 50 MiB.
    #[must_use]
    pub fn new(dimensions: Vec<Dimension>, element_size: u64) -> Self {
        let target = ByteSize(50 << 20);
        Self {
            dimensions,
            element_sizes: vec![element_size],
            pattern: AccessPattern::Balanced.into(),
            target,
            bounds: SizeBounds::around(target.0),
            storage: None,
            files: FileSteps::Unknown,
            max_objects: MAX_OBJECTS,
        }
    }

    /// The same for another target size, with the bounds around it.
    #[must_use]
    pub fn with_target(self, target: ByteSize) -> Self {
        Self {
            target,
            bounds: SizeBounds::around(target.0),
            ..self
        }
    }

    /// The lengths of the classic strategy, cut to the dimensions; what is settled stays.
    pub(crate) fn classic_shape(&self, pattern: AccessPattern) -> Vec<u64> {
        let dimensions: Vec<(&str, u64)> = self
            .dimensions
            .iter()
            .map(|d| (d.name.as_str(), d.length))
            .collect();
        let first = self.element_sizes.first().copied().unwrap_or(4);
        let lengths = classic_lengths(&dimensions, first, pattern, self.target.0);
        self.settled(&lengths)
    }

    /// The shape where the data come from, cut to the dimensions; what is settled stays.
    pub(crate) fn source_shape(&self) -> Option<Vec<u64>> {
        let shape: Option<Vec<u64>> = self.dimensions.iter().map(|d| d.source_chunk).collect();
        shape.map(|shape| self.settled(&shape))
    }

    /// A shape within the dimensions, with what is settled in its place.
    pub(crate) fn settled(&self, shape: &[u64]) -> Vec<u64> {
        let one = |(d, c): (&Dimension, &u64)| d.fixed.unwrap_or(*c).clamp(1, d.extent());
        self.dimensions.iter().zip(shape).map(one).collect()
    }

    /// The position of the dimension along which files follow each other.
    pub(crate) fn record(&self) -> Option<usize> {
        let is_time = |d: &Dimension| d.role == crate::Role::Time;
        self.dimensions.iter().position(is_time)
    }

    /// Bytes of the largest element.
    pub(crate) fn largest_element(&self) -> u64 {
        self.element_sizes.iter().copied().max().unwrap_or(1).max(1)
    }

    /// Bytes of the smallest element.
    pub(crate) fn smallest_element(&self) -> u64 {
        self.element_sizes.iter().copied().min().unwrap_or(1).max(1)
    }

    /// Bytes of an element on average.
    pub(crate) fn mean_element(&self) -> f64 {
        let sum = self
            .element_sizes
            .iter()
            .copied()
            .fold(0, u64::saturating_add);
        (sum as f64 / self.element_sizes.len().max(1) as f64).max(1.0)
    }

    /// Bytes of a chunk of the array with the largest elements.
    pub(crate) fn chunk_bytes(&self, shape: &[u64]) -> u64 {
        bytes(shape, self.largest_element())
    }
}
