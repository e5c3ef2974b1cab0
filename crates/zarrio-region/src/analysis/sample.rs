//! Values of a dataset, a few from everywhere.

use zarrio_model::{DataType, DatasetSchema, NodePath, Region, Source, VariableSchema, cf};

use super::packing::{PackingOutlook, outlook};
use crate::RegionError;

/// Bytes that are read of one variable of a file.
const PER_VARIABLE: u64 = 8 << 20;
/// Bytes that are read of all variables of a file.
const OF_ALL: u64 = 128 << 20;
/// In so many places.
const PLACES: u64 = 16;
/// A chunk of a source that is larger than this is not decoded for a sample.
const LARGEST_CHUNK: u64 = 256 << 20;

/// The ranges of values in samples of some files.
#[derive(Debug, Default)]
pub(super) struct Samples {
    /// In the order of the first file.
    found: Vec<(NodePath, Range)>,
}

#[derive(Debug, Clone, Copy)]
struct Range {
    min: f64,
    max: f64,
    bytes: u64,
}

impl Samples {
    /// Looks at some places of each floating-point variable. What cannot be read is noted.
    pub(super) fn take(
        &mut self,
        source: &dyn Source,
        variables: &[NodePath],
        notes: &mut Vec<String>,
    ) {
        let mut left = OF_ALL;
        for path in variables {
            // A file may lack what the first one has; that is told elsewhere.
            let Some(variable) = source.schema().variable(path) else {
                continue;
            };
            if !is_candidate(variable) || left == 0 {
                continue;
            }
            match range(source, variable, PER_VARIABLE.min(left)) {
                Ok(Some(range)) => {
                    left = left.saturating_sub(range.bytes);
                    self.add(path, range);
                }
                Ok(None) => {}
                Err(error) => notes.push(format!("the values of {path} stay unknown: {error}")),
            }
        }
    }

    fn add(&mut self, path: &NodePath, range: Range) {
        match self.found.iter_mut().find(|(known, _)| known == path) {
            Some((_, known)) => {
                *known = Range {
                    min: known.min.min(range.min),
                    max: known.max.max(range.max),
                    bytes: known.bytes + range.bytes,
                };
            }
            None => self.found.push((path.clone(), range)),
        }
    }

    /// What packing would bring, for variables of the dataset that all files make.
    pub(super) fn outlooks(&self, whole: &DatasetSchema) -> Vec<PackingOutlook> {
        let one = |(path, range): &(NodePath, Range)| {
            let variable = whole.variable(path)?;
            let size = variable.data_type.size().unwrap_or(1) as u64;
            let all = variable.raw_bytes().unwrap_or(1).max(1);
            Some(PackingOutlook {
                variable: path.to_string(),
                data_type: variable.data_type.to_string(),
                min: range.min,
                max: range.max,
                sampled: (range.bytes as f64 / all as f64).min(1.0),
                bits: outlook(range.min, range.max, size).into(),
            })
        };
        self.found.iter().filter_map(one).collect()
    }
}

fn is_candidate(variable: &VariableSchema) -> bool {
    variable.data_type.is_float() && !variable.dimensions.is_empty()
}

/// The smallest and largest value in some places; none where all are missing.
fn range(
    source: &dyn Source,
    variable: &VariableSchema,
    most: u64,
) -> Result<Option<Range>, RegionError> {
    let size = variable.data_type.size().unwrap_or(1);
    check_chunk(source, variable)?;
    let missing: Vec<f64> = cf::MISSING
        .iter()
        .filter_map(|name| variable.attributes.get(name)?.get(0))
        .flat_map(|value| {
            let bytes = value.to_ne_bytes();
            values(value.data_type(), &bytes).collect::<Vec<_>>()
        })
        .collect();
    let mut found: Option<Range> = None;
    for region in places(&variable.shape, most / PLACES / size as u64) {
        let mut bytes = vec![0; region.num_elements() as usize * size];
        source.read(&variable.path, &region, &mut bytes)?;
        for value in values(variable.data_type, &bytes) {
            if !value.is_finite() || missing.contains(&value) {
                continue;
            }
            let range = found.get_or_insert(Range {
                min: value,
                max: value,
                bytes: 0,
            });
            range.min = range.min.min(value);
            range.max = range.max.max(value);
        }
        if let Some(range) = &mut found {
            range.bytes += bytes.len() as u64;
        }
    }
    Ok(found)
}

/// Refuses what cannot be decoded in bounded memory.
pub(super) fn check_chunk(
    source: &dyn Source,
    variable: &VariableSchema,
) -> Result<(), RegionError> {
    let size = variable.data_type.size().unwrap_or(1) as u64;
    let bytes = variable.layout.chunks.as_ref().map_or(0, |chunks| {
        chunks.iter().copied().fold(size, u64::saturating_mul)
    });
    if bytes <= LARGEST_CHUNK {
        return Ok(());
    }
    Err(RegionError::Unsupported {
        message: format!(
            "{}: {} has chunks of {bytes} bytes, which are too large for a sample",
            source.identity().path.display(),
            variable.path
        ),
        hint: "leave it out with --drop-variables".into(),
    })
}

/// Floating-point numbers; nothing for other types.
fn values(data_type: DataType, bytes: &[u8]) -> Box<dyn Iterator<Item = f64> + '_> {
    match data_type {
        DataType::Float32 => Box::new(
            bytes
                .chunks_exact(4)
                .map(|b| f64::from(bytemuck::pod_read_unaligned::<f32>(b))),
        ),
        DataType::Float64 => Box::new(
            bytes
                .chunks_exact(8)
                .map(bytemuck::pod_read_unaligned::<f64>),
        ),
        _ => Box::new(std::iter::empty()),
    }
}

/// Boxes of about so many elements, spread evenly over an array: all of it where it is small.
fn places(shape: &[u64], elements: u64) -> Vec<Region> {
    if shape.contains(&0) {
        return Vec::new();
    }
    // The fastest dimensions whole, one in part, the others at one position.
    let mut lengths = vec![1; shape.len()];
    let mut room = elements.max(1);
    for (length, &n) in lengths.iter_mut().zip(shape).rev() {
        *length = n.min(room);
        room /= *length;
    }
    let whole: u64 = shape
        .iter()
        .zip(&lengths)
        .map(|(n, l)| n.div_ceil(*l))
        .fold(1, u64::saturating_mul);
    let count = whole.min(PLACES);
    let place = |i: u64| {
        let mut index = (u128::from(i) * u128::from(whole) / u128::from(count)) as u64;
        let mut ranges: Vec<std::ops::Range<u64>> = Vec::with_capacity(shape.len());
        for (length, n) in lengths.iter().zip(shape).rev() {
            let blocks = n.div_ceil(*length);
            let start = index % blocks * length;
            index /= blocks;
            ranges.push(start..(start + length).min(*n));
        }
        ranges.reverse();
        Region::new(ranges)
    };
    (0..count).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn places_lie_within_and_apart(
            shape in prop::collection::vec(1u64..40, 0..4), elements in 1u64..300
        ) {
            let found = places(&shape, elements);
            prop_assert!((1..=PLACES as usize).contains(&found.len()));
            for (i, region) in found.iter().enumerate() {
                prop_assert!(region.fits(&shape) && !region.is_empty());
                prop_assert!(region.num_elements() <= elements);
                for other in &found[..i] {
                    prop_assert!(region.intersection(other).is_empty() || shape.is_empty());
                }
            }
            let all: u64 = shape.iter().product();
            if all <= elements {
                prop_assert_eq!(found, [Region::full(&shape)]);
            }
        }
    }
}
