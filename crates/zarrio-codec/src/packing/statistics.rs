//! What packing did to data.

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::{Extent, Packing};

/// What packing did to some elements.
///
/// Errors are measured against what a reader decodes in binary64.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PackStatistics {
    /// What there was.
    pub extent: Extent,
    /// Values beyond the range by more than half a scale, which became its nearest end.
    pub clamped: u64,
    /// The largest error of all values, those beyond the range included.
    pub largest_error: f64,
    /// The sum of the squares of all errors in units of the scale. The root of its mean is
    /// right to two millionths of itself, what decoding rounds off, and 2^-32 of the scale, or
    /// 2^-19 with codes of 32 bits.
    pub squares: f64,
    /// Values whose code means missing: only where an array has that code between others.
    pub collided: u64,
}

impl PackStatistics {
    /// Elements that read as missing from the packed array.
    #[must_use]
    pub fn missing_out(&self) -> u64 {
        self.extent.missing + self.extent.infinite
    }

    /// The root of the mean square error; 0 where there is no value.
    #[must_use]
    pub fn rms_error(&self, packing: &Packing) -> f64 {
        match self.extent.values() {
            0 => 0.0,
            n => (self.squares / n as f64).sqrt() * packing.scale().abs(),
        }
    }

    /// How far the farthest value lies beyond the range; 0 where none is clamped.
    #[must_use]
    pub fn worst_excess(&self, packing: &Packing) -> f64 {
        if self.clamped == 0 {
            return 0.0;
        }
        let range = packing.range();
        let below = range.min - self.extent.min;
        below.max(self.extent.max - range.max)
    }

    /// Both parts together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            extent: self.extent.and(other.extent),
            clamped: self.clamped + other.clamped,
            largest_error: self.largest_error.max(other.largest_error),
            squares: self.squares + other.squares,
            collided: self.collided + other.collided,
        }
    }

    /// The statistics with what needs the packing to be told.
    #[must_use]
    pub fn of<'a>(&'a self, packing: &'a Packing) -> impl Serialize + 'a {
        Told {
            statistics: self,
            packing,
        }
    }
}

struct Told<'a> {
    statistics: &'a PackStatistics,
    packing: &'a Packing,
}

impl Serialize for Told<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (statistics, packing) = (self.statistics, self.packing);
        let Extent { count, missing, .. } = statistics.extent;
        let mut s = serializer.serialize_struct("Packed", 9)?;
        s.serialize_field("bits", &packing.bits())?;
        s.serialize_field("scale", &packing.scale())?;
        s.serialize_field("elements", &count)?;
        s.serialize_field("missing_in", &missing)?;
        s.serialize_field("missing_out", &statistics.missing_out())?;
        s.serialize_field("clamped", &statistics.clamped)?;
        s.serialize_field("worst_excess", &statistics.worst_excess(packing))?;
        s.serialize_field("largest_error", &statistics.largest_error)?;
        // The digits that are the same on every machine.
        let rms_error = format!("{:.5e}", statistics.rms_error(packing));
        s.serialize_field("rms_error", &rms_error.parse::<f64>().ok())?;
        s.end()
    }
}
