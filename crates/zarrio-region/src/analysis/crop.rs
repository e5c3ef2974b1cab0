//! A part of one variable as a dataset of its own, held in memory.

use zarrio_model::{
    DatasetSchema, NodePath, Region, Source, SourceError, SourceErrorKind, SourceIdentity,
    VariableSchema,
};

use super::sample::check_chunk;
use crate::RegionError;

/// A box of a variable with its values.
#[derive(Debug)]
pub(super) struct Crop {
    schema: DatasetSchema,
    identity: SourceIdentity,
    element: usize,
    bytes: Vec<u8>,
}

impl Crop {
    /// The largest variable of fixed-size elements, with two dimensions or more if there is
    /// one, cut to about `most` bytes; none where there is no value at all.
    pub(super) fn of_largest(
        source: &dyn Source,
        variables: &[&VariableSchema],
        most: u64,
    ) -> Result<Option<Self>, RegionError> {
        let candidates = variables.iter().filter(|v| {
            let sized = v.data_type.size().is_some() && !v.dimensions.is_empty();
            sized && v.num_elements() > 0 && !v.is_dimension_coordinate()
        });
        let largest = candidates.max_by_key(|v| (v.dimensions.len() > 1, v.raw_bytes()));
        let Some(variable) = largest else {
            return Ok(None);
        };
        check_chunk(source, variable)?;
        let element = variable.data_type.size().unwrap_or(1);
        let shape = cut(&variable.shape, (most / element as u64).max(1));
        let mut bytes = vec![0; shape.iter().product::<u64>() as usize * element];
        source.read(&variable.path, &Region::full(&shape), &mut bytes)?;

        let mut cropped = VariableSchema {
            // Alone at the root, whatever group it comes from.
            path: NodePath::parse(variable.name()),
            shape,
            ..(*variable).clone()
        };
        if let Some(chunks) = &mut cropped.layout.chunks {
            for (chunk, length) in chunks.iter_mut().zip(&cropped.shape) {
                *chunk = (*chunk).clamp(1, *length);
            }
        }
        let mut schema = DatasetSchema::default();
        schema.root.variables.push(cropped);
        Ok(Some(Self {
            schema,
            identity: source.identity().clone(),
            element,
            bytes,
        }))
    }

    /// The variable.
    pub(super) fn variable(&self) -> Option<&VariableSchema> {
        self.schema.root.variables.first()
    }

    /// All values in C order.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A shape of at most so many elements: the longest dimensions are halved.
fn cut(shape: &[u64], elements: u64) -> Vec<u64> {
    let mut shape = shape.to_vec();
    let size = |shape: &[u64]| shape.iter().copied().fold(1, u64::saturating_mul);
    while size(&shape) > elements {
        let Some(longest) = shape.iter_mut().max_by_key(|n| **n).filter(|n| **n > 1) else {
            break;
        };
        *longest = longest.div_ceil(2);
    }
    shape
}

impl Source for Crop {
    fn schema(&self) -> &DatasetSchema {
        &self.schema
    }

    fn identity(&self) -> &SourceIdentity {
        &self.identity
    }

    fn read(&self, path: &NodePath, region: &Region, out: &mut [u8]) -> Result<(), SourceError> {
        let wrong = || {
            let message = format!("the region {region} does not fit the sample");
            SourceError::new(SourceErrorKind::Request, &self.identity.path, message).variable(path)
        };
        let variable = self.schema.variable(path).ok_or_else(wrong)?;
        if !region.fits(&variable.shape)
            || out.len() as u64 != region.num_elements() * self.element as u64
        {
            return Err(wrong());
        }
        let (Some(last), true) = (region.ranges().last(), !region.is_empty()) else {
            return Ok(());
        };
        let row = (last.end - last.start) as usize * self.element;
        let outer = &region.ranges()[..region.ranges().len() - 1];
        let mut index: Vec<u64> = outer.iter().map(|range| range.start).collect();
        for part in out.chunks_exact_mut(row) {
            let lengths = variable.shape.iter();
            let position = index.iter().chain([&last.start]).zip(lengths);
            let offset = position.fold(0, |offset, (i, n)| offset * n + i) as usize;
            let from = offset * self.element;
            part.copy_from_slice(self.bytes.get(from..from + row).ok_or_else(wrong)?);
            for (i, range) in index.iter_mut().zip(outer).rev() {
                *i += 1;
                if *i < range.end {
                    break;
                }
                *i = range.start;
            }
        }
        Ok(())
    }

    fn read_text(&self, path: &NodePath, _: &Region) -> Result<Vec<String>, SourceError> {
        let message = "a sample holds no text";
        Err(SourceError::new(SourceErrorKind::Request, &self.identity.path, message).variable(path))
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_cut_where_they_are_longest() {
        assert_eq!(cut(&[1000, 10, 20], 50_000), [250, 10, 20]);
        assert_eq!(cut(&[3], 100), [3]);
        assert_eq!(cut(&[5, 5], 0), [1, 1]);
        assert_eq!(cut(&[], 1), Vec::<u64>::new());
    }
}
