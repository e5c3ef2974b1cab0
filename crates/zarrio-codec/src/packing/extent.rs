//! What a scan of data finds.

use serde::Serialize;

/// What a scan of floating-point data found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Extent {
    /// Elements that were looked at.
    pub count: u64,
    /// Those that are missing: NaN, and the codes for missing.
    pub missing: u64,
    /// Those that are infinite, which no packing can hold.
    pub infinite: u64,
    /// The least of the other values; infinity where there is none.
    pub min: f64,
    /// The greatest of them; minus infinity where there is none.
    pub max: f64,
}

impl Default for Extent {
    /// Nothing was looked at.
    fn default() -> Self {
        Self {
            count: 0,
            missing: 0,
            infinite: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }
}

impl Extent {
    /// The elements that are finite and not missing.
    #[must_use]
    pub fn values(&self) -> u64 {
        self.count - self.missing - self.infinite
    }

    /// Both parts together; the order does not matter.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            missing: self.missing + other.missing,
            infinite: self.infinite + other.infinite,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }
}
