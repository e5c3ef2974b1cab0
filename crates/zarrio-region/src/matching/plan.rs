//! Brings variables, dimensions and values together.

use std::collections::HashMap;

use zarrio_model::{NodePath, Region, Source, SourceError, VariableSchema};

use super::attributes::compare_encoding;
use super::axis::{Axis, AxisMatch, Fault};
use super::disagreement::Disagreement;
use super::error::MatchError;
use super::held::{Held, Pair, Role, compare};
use super::labels::Labels;
use super::pairs::{Pairs, missing};
use super::roles::Meaning;
use super::side::Side;
use super::{MatchOptions, Matched, MatchedVariable};
use crate::RegionError;
use crate::placement::{Placement, Run};
use crate::time_range::calendar;

/// What makes two dimensions one: name, coordinates and lengths.
type Key<'a> = (&'a str, [Option<&'a NodePath>; 2], [u64; 2]);

/// A dimension that was looked at.
#[derive(Debug)]
struct Known {
    /// Nothing where it cannot be placed, which is then among the disagreements.
    runs: Option<Vec<Run>>,
    /// Whether the archive grows along it.
    grows: bool,
    /// Whether the file covers a part of it only.
    partial: bool,
    /// Whether labels decided.
    labelled: bool,
    /// Those of the archive, where they did and are times, and the name of the calendar.
    times: Option<(Labels, String)>,
}

struct Matcher<'a> {
    source: Side<'a>,
    archive: Side<'a>,
    options: &'a MatchOptions,
    pairs: Pairs<'a>,
    axes: HashMap<Key<'a>, Known>,
    matched: Matched,
}

pub(super) fn match_all(
    source: &dyn Source,
    archive: &dyn Source,
    options: &MatchOptions,
) -> Result<Matched, RegionError> {
    let (from, to) = (Side::new(source), Side::new(archive));
    let mut pairs = Pairs::new(&from, &to, options)?;
    let matched = Matched {
        variables: Vec::new(),
        compared: Vec::new(),
        skipped: Vec::new(),
        notes: std::mem::take(&mut pairs.notes),
    };
    let mut matcher = Matcher {
        source: from,
        archive: to,
        options,
        pairs,
        axes: HashMap::new(),
        matched,
    };
    matcher.check_region();
    for pair in matcher.pairs.matched.clone() {
        for dimension in 0..pair.from.dimensions.len() {
            matcher.find_axis(pair, dimension)?;
        }
    }
    matcher.check_missing();
    for pair in matcher.pairs.matched.clone() {
        matcher.place(pair)?;
    }
    let disagreements = matcher.pairs.disagreements;
    if disagreements.is_empty() {
        return Ok(matcher.matched);
    }
    let file = source.identity().path.clone();
    Err(MatchError {
        file,
        disagreements,
    }
    .into())
}

impl<'a> Matcher<'a> {
    /// Every dimension that a region names must be one of what is written.
    fn check_region(&mut self) {
        let Some(region) = &self.options.region else {
            return;
        };
        let mut known: Vec<String> = Vec::new();
        for name in self.pairs.matched.iter().flat_map(|p| &p.from.dimensions) {
            if !known.contains(name) {
                known.push(name.clone());
            }
        }
        for part in region.parts() {
            if !known.contains(&part.dimension) {
                self.pairs
                    .disagreements
                    .push(Disagreement::RegionDimension {
                        part: part.clone(),
                        known: known.clone(),
                    });
            }
        }
    }

    /// The dimension of a variable on both sides, by its coordinates unless they are left
    /// out.
    fn axis(&self, pair: Pair<'a>, dimension: usize) -> Axis<'a> {
        let name = pair.from.dimensions[dimension].as_str();
        let lengths = (pair.from.shape[dimension], pair.to.shape[dimension]);
        let source = self.source.coordinate_of(pair.from, name, lengths.0);
        let archive = self.archive.coordinate_of(pair.to, name, lengths.1);
        let dropped = source.is_some_and(|found| !self.pairs.selected.contains(&found.path));
        Axis {
            name,
            source: source.filter(|_| !dropped),
            archive: archive.filter(|_| !dropped),
            source_length: lengths.0,
            archive_length: lengths.1,
        }
    }

    fn key(axis: &Axis<'a>) -> Key<'a> {
        let path = |variable: Option<&'a VariableSchema>| variable.map(|v| &v.path);
        (
            axis.name,
            [path(axis.source), path(axis.archive)],
            [axis.source_length, axis.archive_length],
        )
    }

    /// Places a dimension when it is met first.
    fn find_axis(&mut self, pair: Pair<'a>, dimension: usize) -> Result<(), SourceError> {
        let axis = self.axis(pair, dimension);
        let key = Self::key(&axis);
        if self.axes.contains_key(&key) {
            return Ok(());
        }
        let mut known = Known {
            runs: None,
            grows: self.grows(&axis, pair.from),
            partial: false,
            labelled: axis.source.is_some() && axis.archive.is_some(),
            times: None,
        };
        let refused = |v: &VariableSchema| self.pairs.refused.contains(&v.path);
        // Labels in other units are not worth a comparison.
        if !axis.source.is_some_and(refused) {
            match axis.find(&self.source, &self.archive, self.options) {
                Ok(mut found) => {
                    let labels = found.labels.take().filter(|l| l.coding().is_some());
                    let calendar = axis.archive.map(|archive| calendar(archive).to_owned());
                    known.times = labels.zip(calendar);
                    let placed: u64 = found.runs.iter().map(|run| run.length).sum();
                    known.partial = placed < axis.archive_length;
                    known.runs = Some(self.take(found));
                }
                Err(Fault::Disagreement(found)) => self.pairs.disagreements.push(*found),
                Err(Fault::Source(error)) => return Err(error),
            }
        }
        self.axes.insert(key, known);
        Ok(())
    }

    fn take(&mut self, found: AxisMatch) -> Vec<Run> {
        self.matched.notes.extend(found.notes);
        self.matched.skipped.extend(found.skipped);
        found.runs
    }

    /// Whether an archive grows along a dimension: it is the one that the options name, its
    /// labels are times, it has none and is unlimited in the file, or its positions are given
    /// by hand.
    fn grows(&self, axis: &Axis<'a>, variable: &VariableSchema) -> bool {
        let is_time = |side: &Side<'a>, coordinate: Option<&'a VariableSchema>| {
            let meaning = coordinate.map(|variable| side.meaning(variable));
            !matches!(meaning, None | Some(Meaning::Quantity(_)))
        };
        let unlabelled = axis.source.is_none() || axis.archive.is_none();
        let region = self.options.region.as_ref();
        self.options.time_dimension.as_deref() == Some(axis.name)
            || region.is_some_and(|region| region.get(axis.name).is_some())
            || is_time(&self.source, axis.source)
            || is_time(&self.archive, axis.archive)
            || (unlabelled && self.source.is_unlimited(variable, axis.name))
    }

    /// Variables along dimensions that grow, or that the file covers in part, must not be
    /// forgotten; all others are in the archive already.
    fn check_missing(&mut self) {
        let wanted = |variable: &&VariableSchema| {
            // Where a dimension has no labels in the file, the lengths have decided.
            !variable.is_dimension_coordinate()
                && variable.dimensions.iter().any(|name| {
                    let mut same = self.axes.iter().filter(|(key, _)| key.0 == name.as_str());
                    same.any(|(_, known)| {
                        known.grows
                            || (known.partial && !self.archive.is_coordinate(&variable.path))
                    })
                })
        };
        let missing = missing(self.source.source, self.archive.source, self.options);
        let names: Vec<NodePath> = missing.filter(wanted).map(|v| v.path.clone()).collect();
        if !names.is_empty() {
            self.pairs
                .disagreements
                .push(Disagreement::Missing { names });
        }
    }

    /// Decides whether a variable is written or compared.
    fn place(&mut self, pair: Pair<'a>) -> Result<(), SourceError> {
        let path = &pair.from.path;
        let axes = (0..pair.from.dimensions.len()).map(|i| Self::key(&self.axis(pair, i)));
        let axes: Vec<&Known> = axes.filter_map(|key| self.axes.get(&key)).collect();
        let runs: Option<Vec<_>> = axes.iter().map(|known| known.runs.clone()).collect();
        let Some(runs) = runs else {
            return Ok(());
        };
        if pair.from.is_dimension_coordinate() && axes.iter().all(|known| known.labelled) {
            self.matched.compared.push(path.clone());
            return Ok(());
        }
        let coordinate = self.source.is_coordinate(path) || self.archive.is_coordinate(path);
        let grows = axes.iter().any(|known| known.grows);
        let partial = axes.iter().any(|known| known.partial);
        let placement = Placement::new(runs);
        let mut lacking = None;
        if !grows {
            let role = Role {
                coordinate,
                partial,
            };
            match compare(&self.source, &self.archive, pair, &placement, role)? {
                Held::Same => {
                    self.matched.compared.push(path.clone());
                    return Ok(());
                }
                Held::Other(difference) => {
                    self.pairs.disagreements.push(difference);
                    return Ok(());
                }
                Held::Lacks(parts) => lacking = Some(parts),
            }
        }
        let bounds = placement.bounds();
        let ranges = bounds.iter().flat_map(Region::ranges);
        let dates = axes.iter().zip(ranges).map(|(known, range)| {
            let (labels, calendar) = known.times.as_ref()?;
            labels.time_range(range.clone(), calendar)
        });
        let dates = dates.collect();
        self.matched.variables.push(MatchedVariable {
            path: path.clone(),
            placement,
            encoding: compare_encoding(pair.from, pair.to, pair.times),
            times: pair.times,
            lacking,
            dates,
        });
        Ok(())
    }
}
