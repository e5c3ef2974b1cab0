//! Plans all arrays of a dataset together.
//!
//! The largest arrays come first: once a dimension has a chunk length, every other array that
//! has the dimension shares it, because readers such as xarray refuse to work with chunks
//! that differ along a dimension.

use std::collections::HashMap;

use thiserror::Error;
use zarrio_model::ByteSize;
use zarrio_model::config::{AccessMix, AccessPattern, ChunkLength, Storage};

use crate::classic::classic_lengths;
use crate::dimension::bytes;
use crate::shards::propose;
use crate::{ChunkPlan, ChunkRequest, Dimension, FileSteps, Role, source};

/// Coordinates are read whole, at every opening: a chunk of theirs is at least this long.
pub const COORDINATE_CHUNK: u64 = 10_000;

/// An array to be chunked.
#[derive(Debug, Clone, Copy)]
pub struct Array<'a> {
    /// Names of the dimensions, slowest first.
    pub dimensions: &'a [String],
    /// Lengths of the dimensions.
    pub shape: &'a [u64],
    /// Roles of the dimensions; one that is missing is [`Role::Other`].
    pub roles: &'a [Role],
    /// Bytes of an element.
    pub element_size: u64,
    /// The chunk shape where the data come from.
    pub source_chunks: Option<&'a [u64]>,
    /// Whether this is the coordinate of its only dimension.
    pub coordinate: bool,
}

/// How chunk lengths are found where none is given by hand.
#[derive(Debug, Clone, PartialEq)]
pub enum Method {
    /// The source's own chunks, joined along the slowest dimension up to the target size;
    /// contiguous data cut along their longest dimensions.
    Source,
    /// The lengths of the Python zarrio for the dimensions of all arrays together and the
    /// element size of the first that is no coordinate.
    Classic(AccessPattern),
    /// The cheapest for a pattern.
    Optimal(AccessMix),
}

/// What holds for all arrays of a dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Planning {
    /// How lengths are found.
    pub method: Method,
    /// The size of a chunk that is aimed at.
    pub target: ByteSize,
    /// Where the archive is kept.
    pub storage: Option<Storage>,
    /// How the archive is filled.
    pub files: FileSteps,
}

/// What [`plan`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// A chunk shape for each array; never zero, never longer than a dimension of length
    /// one or more.
    pub shapes: Vec<Vec<u64>>,
    /// Those that were planned for a pattern, with their reasons, largest arrays first.
    pub plans: Vec<ArrayPlan>,
    /// The shards that are proposed for each array.
    pub shards: Vec<Option<Vec<u64>>>,
}

/// A plan and the arrays that have it.
#[derive(Debug, Clone, PartialEq)]
pub struct ArrayPlan {
    /// Positions of the arrays; they have the same dimensions.
    pub arrays: Vec<usize>,
    /// Their plan.
    pub plan: ChunkPlan,
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
    /// A shard that would end within a chunk.
    #[error(
        "a shard of {shard} along {dimension} ends within a chunk of {chunk}; the next is {}",
        shard.saturating_add(*chunk - 1) / chunk * chunk
    )]
    CutByShard {
        /// The dimension.
        dimension: String,
        /// The length that was given.
        shard: u64,
        /// The length of a chunk.
        chunk: u64,
    },
}

/// A dimension is its name and length: groups may give one name to two lengths.
type Settled<'a> = HashMap<(&'a str, u64), u64>;

/// A chunk shape for each array.
///
/// Where a wish gives a length, it holds. Arrays that have the same dimensions are planned
/// as one, and all arrays share the lengths of the dimensions that they share; coordinates
/// are kept in long chunks of their own.
///
/// ```
/// use zarrio_chunking::{Array, FileSteps, Method, Planning, Role, plan};
/// use zarrio_model::ByteSize;
/// use zarrio_model::config::Chunking;
///
/// let wishes: Chunking = "time:100,lat:50".parse()?;
/// let wishes: Vec<_> = wishes.iter().collect();
/// let dimensions = ["time".to_string(), "lat".to_string(), "lon".to_string()];
/// let array = Array {
///     dimensions: &dimensions,
///     shape: &[744, 361, 720],
///     roles: &[Role::Time, Role::Y, Role::X],
///     element_size: 4,
///     source_chunks: Some(&[1, 361, 720]),
///     coordinate: false,
/// };
/// let planning = Planning {
///     method: Method::Source,
///     target: ByteSize(16 << 20),
///     storage: None,
///     files: FileSteps::Unknown,
/// };
/// assert_eq!(plan(&[array], &wishes, &planning)?.shapes, [[100, 50, 720]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When a wish names a dimension that no array has.
pub fn plan(
    arrays: &[Array<'_>],
    wishes: &[(&str, ChunkLength)],
    planning: &Planning,
) -> Result<Plan, ChunkingError> {
    check_names(arrays, wishes)?;
    let target = planning.target.0;
    let mut shapes = vec![Vec::new(); arrays.len()];
    let mut shards = vec![None; arrays.len()];
    for (shape, array) in shapes.iter_mut().zip(arrays).filter(|(_, a)| a.coordinate) {
        let length = array.shape.first().copied().unwrap_or(1);
        let longest = (target / array.element_size.max(1)).max(COORDINATE_CHUNK);
        *shape = vec![length.min(longest).max(1); array.shape.len()];
    }

    let mut plans = Vec::new();
    let mut settled = match &planning.method {
        Method::Classic(pattern) => classic_settled(arrays, *pattern, target),
        Method::Source | Method::Optimal(_) => Settled::new(),
    };
    for members in classes(arrays) {
        let Some(first) = members.first().map(|&i| &arrays[i]) else {
            continue;
        };
        let fixed = fixed(first, wishes, &settled);
        match &planning.method {
            Method::Source => {
                for &i in &members {
                    // A smaller array of the class follows the one before it.
                    let fixed = self::fixed(&arrays[i], wishes, &settled);
                    shapes[i] = source::shape(&arrays[i], &fixed, target);
                    settle(&mut settled, &arrays[i], &shapes[i]);
                    let pattern = AccessPattern::Balanced.into();
                    let request = request(arrays, &[i], &[], planning, pattern);
                    shards[i] = propose(&request, &shapes[i]).map(|plan| plan.shape);
                }
                continue;
            }
            Method::Classic(pattern) => {
                let request = request(arrays, &members, &fixed, planning, (*pattern).into());
                plans.push((members, request.classic(*pattern)));
            }
            Method::Optimal(mix) => {
                let request = request(arrays, &members, &fixed, planning, mix.clone());
                plans.push((members, request.optimal()));
            }
        }
        if let Some((members, plan)) = plans.last() {
            for &i in members {
                shapes[i].clone_from(&plan.chunks);
                shards[i] = plan.shards.as_ref().map(|shards| shards.shape.clone());
            }
            settle(&mut settled, first, &plan.chunks);
        }
    }
    let plans = plans
        .into_iter()
        .map(|(arrays, plan)| ArrayPlan { arrays, plan });
    Ok(Plan {
        shapes,
        plans: plans.collect(),
        shards,
    })
}

fn check_names(arrays: &[Array<'_>], wishes: &[(&str, ChunkLength)]) -> Result<(), ChunkingError> {
    let mut known: Vec<&String> = Vec::new();
    for dimension in arrays.iter().flat_map(|array| array.dimensions) {
        if !known.contains(&dimension) {
            known.push(dimension);
        }
    }
    match wishes
        .iter()
        .find(|(name, _)| !known.iter().any(|k| k == name))
    {
        None => Ok(()),
        Some((name, _)) => Err(ChunkingError::UnknownDimension {
            name: (*name).to_owned(),
            known: known.into_iter().cloned().collect(),
        }),
    }
}

/// Arrays that have the same dimensions, the largest first.
fn classes(arrays: &[Array<'_>]) -> Vec<Vec<usize>> {
    let mut largest_first: Vec<usize> = (0..arrays.len())
        .filter(|&i| !arrays[i].coordinate)
        .collect();
    largest_first
        .sort_by_key(|&i| std::cmp::Reverse(bytes(arrays[i].shape, arrays[i].element_size)));
    let mut classes: Vec<Vec<usize>> = Vec::new();
    let mut places = HashMap::new();
    for i in largest_first {
        let place = *places
            .entry((arrays[i].dimensions, arrays[i].shape))
            .or_insert(classes.len());
        match classes.get_mut(place) {
            Some(class) => class.push(i),
            None => classes.push(vec![i]),
        }
    }
    classes
}

/// The lengths that are given or shared.
fn fixed(
    array: &Array<'_>,
    wishes: &[(&str, ChunkLength)],
    settled: &Settled<'_>,
) -> Vec<Option<u64>> {
    let one = |(name, &length): (&String, &u64)| {
        let wish = wishes.iter().find(|(wished, _)| wished == name);
        match wish.map(|(_, wish)| *wish) {
            Some(ChunkLength::Length(n)) => Some(n.get().min(length).max(1)),
            Some(ChunkLength::Full) => Some(length.max(1)),
            _ => settled.get(&(name.as_str(), length)).copied(),
        }
    };
    array.dimensions.iter().zip(array.shape).map(one).collect()
}

fn settle<'a>(settled: &mut Settled<'a>, array: &Array<'a>, shape: &[u64]) {
    for ((name, &length), &chunk) in array.dimensions.iter().zip(array.shape).zip(shape) {
        settled.entry((name, length)).or_insert(chunk);
    }
}

/// The classic lengths are those of the dataset: of all its dimensions at once, in the order
/// in which arrays name them.
fn classic_settled<'a>(arrays: &[Array<'a>], pattern: AccessPattern, target: u64) -> Settled<'a> {
    let mut dimensions: Vec<(&str, u64)> = Vec::new();
    for array in arrays {
        for (name, &length) in array.dimensions.iter().zip(array.shape) {
            if !dimensions.contains(&(name.as_str(), length)) {
                dimensions.push((name, length));
            }
        }
    }
    let first = arrays.iter().find(|array| !array.coordinate);
    let element_size = first.map_or(4, |array| array.element_size);
    let lengths = classic_lengths(&dimensions, element_size, pattern, target);
    let cut =
        |((name, length), chunk): ((&'a str, u64), u64)| ((name, length), chunk.min(length).max(1));
    dimensions.into_iter().zip(lengths).map(cut).collect()
}

/// The request for arrays of one class.
fn request(
    arrays: &[Array<'_>],
    members: &[usize],
    fixed: &[Option<u64>],
    planning: &Planning,
    pattern: AccessMix,
) -> ChunkRequest {
    let array = members.first().map(|&i| &arrays[i]);
    let dimension = |array: &Array<'_>, d: usize, name: &String| {
        let source = array.source_chunks.filter(|c| c.len() == array.shape.len());
        Dimension {
            source_chunk: source.map(|chunks| chunks[d]),
            fixed: fixed.get(d).copied().flatten(),
            ..Dimension::new(
                name,
                array.shape.get(d).copied().unwrap_or(1),
                array.roles.get(d).copied().unwrap_or(Role::Other),
            )
        }
    };
    let dimensions = array.map(|array| {
        let each = array.dimensions.iter().enumerate();
        each.map(|(d, name)| dimension(array, d, name)).collect()
    });
    ChunkRequest {
        element_sizes: members.iter().map(|&i| arrays[i].element_size).collect(),
        pattern,
        storage: planning.storage,
        files: planning.files.clone(),
        ..ChunkRequest::new(dimensions.unwrap_or_default(), 1).with_target(planning.target)
    }
}
