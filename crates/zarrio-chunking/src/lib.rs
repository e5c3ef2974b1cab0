//! Chooses chunk shapes: shapes and wishes in, chunk shapes out. No I/O, no Zarr, no NetCDF.
//!
//! All arrays of a group are planned together, largest first: once a dimension has a chunk
//! length, every other array that has the dimension shares it, because readers such as
//! xarray refuse to work with chunks that differ along a dimension.
//!
//! ```
//! use zarrio_chunking::{Array, Plan, plan};
//! use zarrio_model::config::Chunking;
//!
//! let wishes: Chunking = "time:100,lat:50".parse()?;
//! let wishes: Vec<_> = wishes.iter().collect();
//! let dimensions = ["time".to_string(), "lat".to_string(), "lon".to_string()];
//! let array = Array {
//!     dimensions: &dimensions,
//!     shape: &[744, 361, 720],
//!     element_size: 4,
//!     source_chunks: Some(&[1, 361, 720]),
//!     coordinate: false,
//! };
//! let Plan { shapes, .. } = plan(&[array], &wishes, 16 << 20)?;
//! assert_eq!(shapes, [[100, 50, 720]]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::HashMap;

use thiserror::Error;
use zarrio_model::config::ChunkLength;

/// Coordinates are read whole, at every opening: a chunk of theirs is at least this long.
pub const COORDINATE_CHUNK: u64 = 10_000;

/// An array to be chunked.
#[derive(Debug, Clone, Copy)]
pub struct Array<'a> {
    /// Names of the dimensions, slowest first.
    pub dimensions: &'a [String],
    /// Lengths of the dimensions.
    pub shape: &'a [u64],
    /// Bytes of an element.
    pub element_size: u64,
    /// The chunk shape where the data come from.
    pub source_chunks: Option<&'a [u64]>,
    /// Whether this is the coordinate of its only dimension.
    pub coordinate: bool,
}

/// What [`plan`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// A chunk shape for each array; never zero, never longer than a dimension of length
    /// one or more.
    pub shapes: Vec<Vec<u64>>,
}

/// A wish that no array can fulfil.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChunkingError {
    /// No array has a dimension of this name.
    #[error("there is no dimension {name:?} to chunk; the dimensions are {}", known.join(", "))]
    UnknownDimension {
        /// The name.
        name: String,
        /// The names that exist.
        known: Vec<String>,
    },
}

/// A chunk shape for each array.
///
/// Where a wish gives a length, it holds. Elsewhere the source's own chunks are kept,
/// joined along the slowest dimension until a chunk has about `target_bytes`, so that each
/// source chunk is read once; contiguous data are cut along their longest dimensions until
/// a chunk has at most `target_bytes`.
///
/// # Errors
/// When a wish names a dimension that no array has.
pub fn plan(
    arrays: &[Array<'_>],
    wishes: &[(&str, ChunkLength)],
    target_bytes: u64,
) -> Result<Plan, ChunkingError> {
    for (name, _) in wishes {
        if !arrays
            .iter()
            .any(|array| array.dimensions.iter().any(|d| d == name))
        {
            let mut known: Vec<String> = Vec::new();
            for dimension in arrays.iter().flat_map(|array| array.dimensions) {
                if !known.contains(dimension) {
                    known.push(dimension.clone());
                }
            }
            return Err(ChunkingError::UnknownDimension {
                name: (*name).to_owned(),
                known,
            });
        }
    }

    let mut largest_first: Vec<usize> = (0..arrays.len()).collect();
    largest_first
        .sort_by_key(|&i| std::cmp::Reverse(bytes(arrays[i].shape, arrays[i].element_size)));
    let mut shapes = vec![Vec::new(); arrays.len()];
    // A dimension is its name and length: groups may give one name to two lengths.
    let mut settled: HashMap<(&str, u64), u64> = HashMap::new();
    for i in largest_first {
        let array = &arrays[i];
        if array.coordinate {
            let length = array.shape.first().copied().unwrap_or(1);
            let longest = (target_bytes / array.element_size.max(1)).max(COORDINATE_CHUNK);
            shapes[i] = vec![length.min(longest).max(1); array.shape.len()];
            continue;
        }
        let fixed: Vec<Option<u64>> = array
            .dimensions
            .iter()
            .zip(array.shape)
            .map(|(name, &length)| {
                let wish = wishes
                    .iter()
                    .find(|(wished, _)| wished == name)
                    .map(|(_, wish)| *wish);
                match wish {
                    Some(ChunkLength::Length(n)) => Some(n.get().min(length).max(1)),
                    Some(ChunkLength::Full) => Some(length.max(1)),
                    _ => settled.get(&(name.as_str(), length)).copied(),
                }
            })
            .collect();
        shapes[i] = shape(array, &fixed, target_bytes);
        for ((name, &length), &chunk) in array.dimensions.iter().zip(array.shape).zip(&shapes[i]) {
            settled.entry((name, length)).or_insert(chunk);
        }
    }
    Ok(Plan { shapes })
}

/// The chunk shape of one array, some of whose lengths are fixed.
fn shape(array: &Array<'_>, fixed: &[Option<u64>], target_bytes: u64) -> Vec<u64> {
    let source = array
        .source_chunks
        .filter(|chunks| chunks.len() == array.shape.len());
    let mut chunk: Vec<u64> = (0..array.shape.len())
        .map(|d| {
            let length = array.shape[d].max(1);
            fixed[d].unwrap_or_else(|| source.map_or(length, |chunks| chunks[d].clamp(1, length)))
        })
        .collect();
    let free = |d: &usize| fixed[*d].is_none();
    let size = |chunk: &[u64]| bytes(chunk, array.element_size);

    if source.is_some() {
        while let Some(d) = (0..chunk.len())
            .filter(free)
            .find(|&d| chunk[d] < array.shape[d])
        {
            let mut longer = chunk.clone();
            longer[d] = (chunk[d] * 2).min(array.shape[d]);
            if size(&longer) > target_bytes {
                break;
            }
            chunk = longer;
        }
    }
    // What is too large is halved where it is longest; a large source chunk may stay up to
    // twice the target, since cutting it would make every writer decode it twice.
    let limit = if source.is_some() {
        target_bytes.saturating_mul(2)
    } else {
        target_bytes
    };
    while size(&chunk) > limit {
        let longest = (0..chunk.len()).filter(free).max_by_key(|&d| (chunk[d], d));
        match longest.filter(|&d| chunk[d] > 1) {
            Some(d) => {
                // Parts of equal length leave no thin remainder.
                let parts = array.shape[d].div_ceil(chunk[d]) * 2;
                chunk[d] = array.shape[d].div_ceil(parts).clamp(1, chunk[d] - 1);
            }
            None => break,
        }
    }
    chunk
}

fn bytes(shape: &[u64], element_size: u64) -> u64 {
    shape
        .iter()
        .copied()
        .fold(element_size.max(1), u64::saturating_mul)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(n: usize) -> Vec<String> {
        ["time", "depth", "lat", "lon", "member"]
            .iter()
            .take(n)
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn arrays_share_chunk_lengths_and_coordinates_stay_long() {
        let (three, one) = (names(3), names(1));
        let big = Array {
            dimensions: &three,
            shape: &[8760, 100, 200],
            element_size: 4,
            source_chunks: Some(&[1, 100, 200]),
            coordinate: false,
        };
        let series = Array {
            dimensions: &one,
            shape: &[8760],
            element_size: 4,
            source_chunks: Some(&[512]),
            coordinate: false,
        };
        let time = Array {
            coordinate: true,
            element_size: 8,
            ..series
        };
        let plan = plan(&[time, series, big], &[], 1 << 20).unwrap();
        assert_eq!(plan.shapes, [vec![8760], vec![8], vec![8, 100, 200]]);
    }

    #[test]
    fn an_unknown_dimension_lists_the_known_ones() {
        let dims = names(2);
        let array = Array {
            dimensions: &dims,
            shape: &[1, 1],
            element_size: 1,
            source_chunks: None,
            coordinate: false,
        };
        let error = plan(&[array], &[("tme", ChunkLength::Full)], 1).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("the dimensions are time, depth")
        );
    }

    proptest! {
        #[test]
        fn chunks_fit_their_dimensions_and_the_target(
            dims in prop::collection::vec((0u64..5000, prop::option::of(1u64..6000)), 0..5),
            chunked: bool,
            element_size in prop::sample::select(vec![1u64, 2, 4, 8]),
            target in 1u64..1 << 24,
        ) {
            let dimensions = names(dims.len());
            let shape: Vec<u64> = dims.iter().map(|d| d.0).collect();
            let source: Vec<u64> = shape.iter().map(|n| n / 3 + 1).collect();
            let array = Array {
                dimensions: &dimensions,
                shape: &shape,
                element_size,
                source_chunks: chunked.then_some(source.as_slice()),
                coordinate: false,
            };
            let wishes: Vec<(&str, ChunkLength)> = dims.iter().zip(&dimensions)
                .filter_map(|(d, name)| Some((name.as_str(), ChunkLength::of(d.1?)?)))
                .collect();
            let first = plan(&[array], &wishes, target).unwrap();
            prop_assert_eq!(&first, &plan(&[array], &wishes, target).unwrap());
            let chunk = &first.shapes[0];
            for ((c, n), d) in chunk.iter().zip(&shape).zip(&dims) {
                prop_assert!(*c >= 1 && *c <= (*n).max(1));
                if let Some(wish) = d.1 {
                    prop_assert_eq!(*c, wish.min(*n).max(1));
                }
            }
            let free_left = chunk.iter().zip(&dims).any(|(c, d)| d.1.is_none() && *c > 1);
            prop_assert!(bytes(chunk, element_size) <= target * 2 || !free_left);
        }
    }
}
