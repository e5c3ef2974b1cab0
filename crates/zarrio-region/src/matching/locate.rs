//! Where many files lie in one archive: a quick look at each, for plans.
//!
//! What is found is good enough to put files into groups. Whoever writes a file looks at all of
//! its labels again.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use zarrio_model::{Source, SourceError, VariableSchema};

use super::axis::Axis;
use super::find::{Index, find};
use super::labels::Labels;
use super::pairs::is_named;
use super::roles::Meaning;
use super::side::Side;
use super::{MatchOptions, OnUnmatched, match_source};
use crate::RegionError;
use crate::zarr_source::ZarrSource;

/// The labels of an archive, read once for all files.
#[derive(Debug)]
pub(crate) struct Locator<'a> {
    archive: &'a ZarrSource,
    side: Side<'a>,
    options: &'a MatchOptions,
    /// By the path of the coordinate variable; filled when it is asked for first.
    labels: HashMap<&'a str, OnceLock<Known>>,
}

/// The labels of a dimension of the archive.
#[derive(Debug)]
struct Known {
    labels: Option<Labels>,
    /// In order, where they are times.
    times: Option<Index<i128>>,
}

/// The part of an archive's variable that a file fills.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    /// The variable as the file has it.
    pub(crate) from: &'a VariableSchema,
    /// Ranges of positions in the archive, along its dimensions.
    pub(crate) ranges: Vec<Range<u64>>,
}

impl<'a> Locator<'a> {
    pub(crate) fn new(archive: &'a ZarrSource, options: &'a MatchOptions) -> Self {
        let coordinates = archive.schema().variables();
        let coordinates = coordinates.filter(|v| v.is_dimension_coordinate());
        Self {
            archive,
            side: Side::new(archive),
            options,
            labels: coordinates
                .map(|variable| (variable.path.as_str(), OnceLock::new()))
                .collect(),
        }
    }

    /// The parts that a file fills, as far as its variables are in the archive.
    ///
    /// # Errors
    /// When the file does not match the archive along some dimension, or cannot be read.
    pub(crate) fn locate<'s>(&self, source: &'s dyn Source) -> Result<Vec<Part<'s>>, RegionError> {
        match self.quick(source)? {
            Some(parts) => Ok(parts),
            // What is unusual, or wrong, the thorough comparison knows and says.
            None => self.thorough(source),
        }
    }

    /// Nothing where a dimension is not found in the simple way.
    fn quick<'s>(&self, source: &'s dyn Source) -> Result<Option<Vec<Part<'s>>>, SourceError> {
        let from_side = Side::new(source);
        let mut known: HashMap<(&str, u64), Range<u64>> = HashMap::new();
        let mut parts = Vec::new();
        for from in source.schema().variables() {
            let included = self.options.include.as_deref();
            if included.is_some_and(|names| !is_named(names, &from.path))
                || is_named(&self.options.exclude, &from.path)
            {
                continue;
            }
            let Some(to) = self.side.source.schema().variable(&from.path) else {
                continue;
            };
            if from.dimensions != to.dimensions {
                return Ok(None);
            }
            let mut ranges = Vec::with_capacity(from.dimensions.len());
            for (i, name) in from.dimensions.iter().enumerate() {
                let key = (name.as_str(), from.shape[i]);
                let range = match known.get(&key) {
                    Some(range) => range.clone(),
                    None => {
                        let sides = (&from_side, from, to, i);
                        let Some(range) = self.along(sides)? else {
                            return Ok(None);
                        };
                        known.insert(key, range.clone());
                        range
                    }
                };
                ranges.push(range);
            }
            parts.push(Part { from, ranges });
        }
        Ok(Some(parts))
    }

    /// The positions of one dimension of a variable.
    fn along<'s>(
        &self,
        (source, from, to, dimension): (&Side<'s>, &'s VariableSchema, &'a VariableSchema, usize),
    ) -> Result<Option<Range<u64>>, SourceError> {
        let name = from.dimensions[dimension].as_str();
        let (length, all) = (from.shape[dimension], to.shape[dimension]);
        let theirs = source.coordinate_of(from, name, length);
        let ours = self.side.coordinate_of(to, name, all);
        let (Some(theirs), Some(ours)) = (theirs, ours) else {
            return Ok((length == all).then_some(0..all));
        };
        let coding = match (source.meaning(theirs), self.side.meaning(ours)) {
            (Meaning::Time(coding), Meaning::Time(_)) => Some(coding),
            (Meaning::Quantity(_), Meaning::Quantity(_)) => None,
            _ => return Ok(None),
        };
        // A file that has all of a dimension that is not the one of the files.
        if coding.is_none() && length == all {
            return Ok(Some(0..all));
        }
        let Some(known) = self.known(ours) else {
            return Ok(None);
        };
        let Some(our_labels) = &known.labels else {
            return Ok(None);
        };
        let labels = Labels::read(source.source, theirs, coding, self.options.memory)?;
        let found = match (&known.times, labels.times()) {
            (Some(index), Some(times)) => find(&times, index),
            _ => {
                let axis = Axis {
                    name,
                    source: Some(theirs),
                    archive: Some(ours),
                    source_length: length,
                    archive_length: all,
                };
                let tolerance = self.options.coord_tolerance;
                match axis.compare(&labels, our_labels, &(0..all), tolerance) {
                    Ok(placed) => placed.found,
                    Err(_) => return Ok(None),
                }
            }
        };
        if !found.unmatched.is_empty() && self.options.on_unmatched == OnUnmatched::Error {
            return Ok(None);
        }
        let ends = found.pairs.first().zip(found.pairs.last());
        Ok(Some(
            ends.map_or(0..0, |((first, _), (last, _))| *first..last + 1),
        ))
    }

    fn known(&self, ours: &'a VariableSchema) -> Option<&Known> {
        let known = self.labels.get(ours.path.as_str())?;
        Some(known.get_or_init(|| {
            let coding = match self.side.meaning(ours) {
                Meaning::Time(coding) => Some(coding),
                _ => None,
            };
            let labels = Labels::read(self.side.source, ours, coding, self.options.memory).ok();
            let times = labels.as_ref().and_then(Labels::times);
            Known {
                times: times.map(Index::new),
                labels,
            }
        }))
    }

    fn thorough<'s>(&self, source: &'s dyn Source) -> Result<Vec<Part<'s>>, RegionError> {
        let matched = match_source(source, self.archive, self.options)?;
        let parts = matched.variables.into_iter().filter_map(|variable| {
            Some(Part {
                from: source.schema().variable(&variable.path)?,
                ranges: variable.placement.bounds()?.ranges().to_vec(),
            })
        });
        Ok(parts.collect())
    }
}
