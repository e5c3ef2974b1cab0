//! What a read would take where an archive may be kept: rough figures for comparison.

use serde::Serialize;
use zarrio_chunking::ReadCost;
use zarrio_model::config::Storage;

/// What a kind of storage is taken to do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Price {
    /// Seconds until the first byte of a chunk.
    pub latency: f64,
    /// Bytes a second, decoded, of one reader.
    pub bandwidth: f64,
    /// Chunks that are asked for at once.
    pub at_once: f64,
}

impl Price {
    /// The figures for a kind of storage: assumptions, and no measurement.
    #[must_use]
    pub const fn of(storage: Storage) -> Self {
        let (latency, bandwidth, at_once) = match storage {
            Storage::Local => (0.0002, 1.0e9, 1.0),
            Storage::Server => (0.003, 4.0e8, 1.0),
            Storage::Cloud => (0.04, 1.0e8, 8.0),
        };
        Self {
            latency,
            bandwidth,
            at_once,
        }
    }
}

/// Seconds that a read would take.
#[must_use]
pub fn seconds(cost: &ReadCost, price: Price) -> f64 {
    (cost.chunks * price.latency + cost.bytes / price.bandwidth) / price.at_once
}
