//! Judges chunk lengths that somebody chose.

use std::fmt;

use serde::Serialize;
use zarrio_model::ByteSize;

use crate::dimension::bytes;
use crate::{Dimension, SizeBounds};

/// What the check found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// Whether every dimension that is named exists.
    pub valid: bool,
    /// Bytes of a chunk, cut to the dimensions.
    pub chunk_bytes: u64,
    /// What the user should know.
    pub warnings: Vec<ChunkWarning>,
}

/// Something about chunk lengths that a user should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChunkWarning {
    /// There is no such dimension.
    UnknownDimension {
        /// The name.
        name: String,
    },
    /// Chunks are small: many objects, each with its price.
    TooSmall {
        /// Bytes of a chunk.
        bytes: u64,
        /// What it should have at least.
        least: u64,
    },
    /// Chunks are large: much memory for each, and much to read for a little.
    TooLarge {
        /// Bytes of a chunk.
        bytes: u64,
        /// What it should have at most.
        most: u64,
    },
    /// A chunk is longer than its dimension, and is cut to it.
    LongerThanDimension {
        /// The dimension.
        name: String,
        /// The length of a chunk.
        chunk: u64,
        /// The length of the dimension.
        length: u64,
    },
    /// A long dimension is cut into more than a hundred chunks.
    ManyChunks {
        /// The dimension.
        name: String,
        /// The length of a chunk.
        chunk: u64,
        /// The length of the dimension.
        length: u64,
    },
    /// There are very many objects.
    ManyObjects {
        /// How many.
        objects: u64,
        /// How many there should be at most.
        most: u64,
    },
    /// Files share chunks, so that their writers have to wait for each other.
    SharedChunks {
        /// How many chunks are shared.
        chunks: u64,
        /// How often a chunk is written on average.
        amplification_percent: u64,
    },
}

/// Checks chunk lengths given by name: what they name, and whether chunks are neither small
/// nor large. Dimensions that are not named are whole.
///
/// ```
/// use zarrio_chunking::{ChunkWarning, Dimension, Role, SizeBounds, check};
///
/// let dimensions = [
///     Dimension::new("time", 365, Role::Time),
///     Dimension::new("lat", 180, Role::Y),
///     Dimension::new("lon", 360, Role::X),
/// ];
/// let bounds = SizeBounds::around(50 << 20);
/// let found = check(&[("time", 50), ("lat", 50), ("lon", 50)], &dimensions, 4, bounds);
/// assert!(found.valid);
/// assert_eq!(found.chunk_bytes, 500_000);
/// assert_eq!(found.warnings, [ChunkWarning::TooSmall { bytes: 500_000, least: 1 << 20 }]);
/// ```
#[must_use]
pub fn check(
    chunks: &[(&str, u64)],
    dimensions: &[Dimension],
    element_size: u64,
    bounds: SizeBounds,
) -> Check {
    let mut warnings = Vec::new();
    for (name, _) in chunks {
        if !dimensions.iter().any(|d| d.name == *name) {
            warnings.push(ChunkWarning::UnknownDimension {
                name: (*name).to_owned(),
            });
        }
    }
    let valid = warnings.is_empty();
    let mut shape = Vec::with_capacity(dimensions.len());
    let mut lengths = Vec::new();
    for dimension in dimensions {
        let (length, name) = (dimension.extent(), dimension.name.clone());
        let given = chunks.iter().find(|(name, _)| *name == dimension.name);
        let chunk = given.map_or(length, |(_, chunk)| (*chunk).max(1));
        shape.push(chunk.min(length));
        if chunk > length {
            lengths.push(ChunkWarning::LongerThanDimension {
                name,
                chunk,
                length,
            });
        } else if length > 1000 && chunk < length / 100 {
            lengths.push(ChunkWarning::ManyChunks {
                name,
                chunk,
                length,
            });
        }
    }
    let chunk_bytes = bytes(&shape, element_size);
    warnings.extend(size(chunk_bytes, bounds));
    warnings.extend(lengths);
    Check {
        valid,
        chunk_bytes,
        warnings,
    }
}

/// What is to be said about the size of a chunk.
pub(crate) fn size(bytes: u64, bounds: SizeBounds) -> Option<ChunkWarning> {
    if bytes < bounds.least {
        let least = bounds.least;
        Some(ChunkWarning::TooSmall { bytes, least })
    } else if bytes > bounds.most {
        let most = bounds.most;
        Some(ChunkWarning::TooLarge { bytes, most })
    } else {
        None
    }
}

impl ChunkWarning {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::UnknownDimension { .. } => "name a dimension that there is".to_owned(),
            Self::TooSmall { .. } => "make chunks longer, or keep several in a shard".to_owned(),
            Self::TooLarge { .. } => "make chunks shorter along the longest dimension".to_owned(),
            Self::LongerThanDimension { length, name, .. } => {
                format!("write {name}:{length}, or {name}:full")
            }
            Self::ManyChunks { name, length, .. } => {
                format!("write {name}:{} or more", (length / 100).max(1))
            }
            Self::ManyObjects { .. } => {
                "make chunks larger, or keep several in a shard".to_owned()
            }
            Self::SharedChunks { .. } => {
                "let several files be written by one process, or chunk along time by a divisor or a multiple of the steps of a file".to_owned()
            }
        }
    }
}

impl fmt::Display for ChunkWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownDimension { name } => write!(f, "there is no dimension {name:?}"),
            Self::TooSmall { bytes, least } => write!(
                f,
                "chunks of {} are below the least size of {}",
                ByteSize(*bytes),
                ByteSize(*least)
            ),
            Self::TooLarge { bytes, most } => write!(
                f,
                "chunks of {} are above the largest size of {}",
                ByteSize(*bytes),
                ByteSize(*most)
            ),
            Self::LongerThanDimension {
                name,
                chunk,
                length,
            } => write!(
                f,
                "chunks of {chunk} along {name:?} are cut to its length, {length}"
            ),
            Self::ManyChunks {
                name,
                chunk,
                length,
            } => write!(
                f,
                "chunks of {chunk} cut the {length} of {name:?} into {}",
                length.div_ceil(*chunk)
            ),
            Self::ManyObjects { objects, most } => {
                write!(f, "{objects} objects are more than {most}")
            }
            Self::SharedChunks {
                chunks,
                amplification_percent,
            } => write!(
                f,
                "{chunks} chunks are shared by several files: written file by file, a chunk is written {}.{:02} times",
                amplification_percent / 100,
                amplification_percent % 100
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    #[test]
    fn what_is_wrong_is_told_with_numbers() {
        let dimensions = [
            Dimension::new("time", 3650, Role::Time),
            Dimension::new("lat", 180, Role::Y),
            Dimension::new("lon", 360, Role::X),
        ];
        let bounds = SizeBounds::around(50 << 20);
        let found = check(
            &[("time", 1000), ("lat", 1), ("lon", 1)],
            &dimensions,
            4,
            bounds,
        );
        assert_eq!((found.valid, found.chunk_bytes), (true, 4000));
        assert_eq!(found.warnings.len(), 1, "{found:?}");

        let short = [
            Dimension::new("time", 365, Role::Time),
            Dimension::new("lat", 180, Role::Y),
            Dimension::new("lon", 360, Role::X),
        ];
        // Two warnings: small, and longer than the dimension.
        let found = check(&[("time", 1000), ("lat", 1), ("lon", 1)], &short, 4, bounds);
        assert_eq!((found.valid, found.chunk_bytes), (true, 1460));
        let texts: Vec<String> = found.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "chunks of 1.43KiB are below the least size of 1MiB",
                "chunks of 1000 along \"time\" are cut to its length, 365"
            ]
        );

        let found = check(&[("tme", 9), ("time", 20)], &dimensions, 400, bounds);
        assert!(!found.valid);
        assert_eq!(
            found.warnings,
            [
                ChunkWarning::UnknownDimension { name: "tme".into() },
                ChunkWarning::TooLarge {
                    bytes: 20 * 180 * 360 * 400,
                    most: 100 << 20
                },
                ChunkWarning::ManyChunks {
                    name: "time".into(),
                    chunk: 20,
                    length: 3650
                },
            ]
        );
        assert!(
            found
                .warnings
                .iter()
                .all(|warning| !warning.remedy().is_empty())
        );
    }
}
