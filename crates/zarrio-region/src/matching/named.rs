//! Regions as people write them: `time=0:100,lat=0:50`.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use thiserror::Error;

/// Half-open ranges of archive positions by the names of their dimensions.
///
/// `10:` goes on to the end of the archive, `:50` begins at its start and `:` is all of it,
/// as in Python. There is no step and there are no positions from the end.
///
/// ```
/// use zarrio_region::NamedRegion;
///
/// let region: NamedRegion = "time=10:, lat=0:50".parse()?;
/// assert_eq!(region.to_string(), "time=10:,lat=0:50");
/// # Ok::<(), zarrio_region::ParseRegionError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct NamedRegion {
    parts: Vec<NamedRange>,
}

/// The range of one dimension.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NamedRange {
    /// The dimension.
    pub dimension: String,
    /// The first position; that of the archive where there is none.
    pub start: Option<u64>,
    /// The position behind the last one; the archive's length where there is none.
    pub end: Option<u64>,
}

/// A text that is no region.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{part:?} is no part of a region: {reason}; write dimension=start:end, such as time=0:100")]
pub struct ParseRegionError {
    /// The part between two commas.
    pub part: String,
    /// What is wrong with it, a lower-case fragment.
    pub reason: &'static str,
}

impl NamedRegion {
    /// The ranges in the order in which they were given.
    #[must_use]
    pub fn parts(&self) -> &[NamedRange] {
        &self.parts
    }

    /// The range of a dimension.
    #[must_use]
    pub fn get(&self, dimension: &str) -> Option<&NamedRange> {
        self.parts.iter().find(|part| part.dimension == dimension)
    }
}

impl NamedRange {
    /// The positions that are meant in an archive of this length; they may lie beyond it.
    #[must_use]
    pub fn positions(&self, length: u64) -> Range<u64> {
        self.start.unwrap_or(0)..self.end.unwrap_or(length)
    }
}

impl FromStr for NamedRange {
    type Err = ParseRegionError;

    fn from_str(text: &str) -> Result<Self, ParseRegionError> {
        let error = |reason| ParseRegionError {
            part: text.trim().to_owned(),
            reason,
        };
        let position = |text: &str| match text.trim() {
            "" => Ok(None),
            number if number.starts_with('-') => Err(error("positions count from 0")),
            number => number
                .parse()
                .map(Some)
                .map_err(|_| error("a position is a whole number")),
        };
        let (name, range) = text
            .split_once('=')
            .ok_or_else(|| error("it has no \"=\""))?;
        let (start, end) = range
            .split_once(':')
            .ok_or_else(|| error("it has no \":\""))?;
        if name.trim().is_empty() {
            return Err(error("it names no dimension"));
        }
        if end.contains(':') {
            return Err(error("a region has no step"));
        }
        let (start, end) = (position(start)?, position(end)?);
        if end.is_some_and(|end| end <= start.unwrap_or(0)) {
            return Err(error("it is empty"));
        }
        Ok(Self {
            dimension: name.trim().to_owned(),
            start,
            end,
        })
    }
}

impl FromStr for NamedRegion {
    type Err = ParseRegionError;

    fn from_str(text: &str) -> Result<Self, ParseRegionError> {
        let mut region = Self::default();
        for part in text.split(',') {
            let range: NamedRange = part.parse()?;
            if region.get(&range.dimension).is_some() {
                return Err(ParseRegionError {
                    part: part.trim().to_owned(),
                    reason: "its dimension is given twice",
                });
            }
            region.parts.push(range);
        }
        Ok(region)
    }
}

impl fmt::Display for NamedRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |position: Option<u64>| position.map(|p| p.to_string()).unwrap_or_default();
        write!(
            f,
            "{}={}:{}",
            self.dimension,
            text(self.start),
            text(self.end)
        )
    }
}

impl fmt::Display for NamedRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, part) in self.parts.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            write!(f, "{comma}{part}")?;
        }
        Ok(())
    }
}
