//! Where the positions along one dimension of a file lie in an archive.

use std::ops::Range;

use zarrio_model::{SourceError, VariableSchema};

use super::compare::read;
use super::disagreement::{Disagreement, Party};
use super::labels::Labels;
use super::lost::lost;
use super::named::NamedRange;
use super::side::Side;
use super::{MatchOptions, SkippedLabels};
use crate::placement::Run;

/// A dimension that a file and an archive share.
#[derive(Debug)]
pub(super) struct Axis<'a> {
    pub(super) name: &'a str,
    /// The coordinate variables, where there are any.
    pub(super) source: Option<&'a VariableSchema>,
    pub(super) archive: Option<&'a VariableSchema>,
    pub(super) source_length: u64,
    pub(super) archive_length: u64,
}

/// What was found along a dimension.
#[derive(Debug, Default)]
pub(super) struct AxisMatch {
    pub(super) runs: Vec<Run>,
    /// The archive's labels, where they decided.
    pub(super) labels: Option<Labels>,
    pub(super) skipped: Option<SkippedLabels>,
    pub(super) notes: Vec<String>,
}

/// Why nothing was found.
#[derive(Debug)]
pub(super) enum Fault {
    Disagreement(Box<Disagreement>),
    Source(SourceError),
}

impl From<Disagreement> for Fault {
    fn from(disagreement: Disagreement) -> Self {
        Self::Disagreement(Box::new(disagreement))
    }
}

impl From<SourceError> for Fault {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl Axis<'_> {
    /// Finds the positions: by labels where both sides have them, else by the region given by
    /// hand, else by the lengths.
    pub(super) fn find(
        &self,
        source: &Side<'_>,
        archive: &Side<'_>,
        options: &MatchOptions,
    ) -> Result<AxisMatch, Fault> {
        let part = options.region.as_ref().and_then(|r| r.get(self.name));
        let region = part.map(|part| self.region(part)).transpose()?;
        let (Some(source_labels), Some(archive_labels)) = (self.source, self.archive) else {
            return self.by_position(region);
        };
        let (from, to, theirs) = (source_labels, archive_labels, archive.source);
        let (source, archive) = read(source, from, archive, to, options.memory)?;
        if options.same_axes && region.is_none() && source.are(&archive) {
            return Ok(AxisMatch {
                labels: Some(archive),
                ..self.whole(0)
            });
        }
        let all = 0..self.archive_length;
        let gone = lost(theirs, to, all.clone(), &archive)?;
        if let Some(first) = gone.first() {
            return Err(Disagreement::Lost {
                dimension: self.name.to_owned(),
                first: first.clone(),
                others: gone.len() - 1,
            }
            .into());
        }
        let within = region.unwrap_or(all);
        let placed = self.compare(&source, &archive, &within, options.coord_tolerance)?;
        let mut found = self.judge(placed, &source, &archive, (part, within), options)?;
        found.labels = Some(archive);
        Ok(found)
    }

    /// The positions that a region by hand means.
    fn region(&self, part: &NamedRange) -> Result<Range<u64>, Disagreement> {
        let range = part.positions(self.archive_length);
        if range.end > self.archive_length || range.start > range.end {
            return Err(Disagreement::RegionBounds {
                part: part.clone(),
                archive_has: self.archive_length,
            });
        }
        let positions = range.end - range.start;
        if positions != self.source_length {
            return Err(Disagreement::RegionLength {
                part: part.clone(),
                start: range.start,
                positions,
                source_has: self.source_length,
            });
        }
        Ok(range)
    }

    fn by_position(&self, region: Option<Range<u64>>) -> Result<AxisMatch, Fault> {
        let labels = match (self.source, self.archive) {
            (Some(_), _) => Some(Party::File),
            (_, Some(_)) => Some(Party::Archive),
            _ => None,
        };
        let by_hand = region.is_some();
        let start = region.map_or(0, |range| range.start);
        if !by_hand && self.source_length != self.archive_length {
            return Err(Disagreement::Length {
                dimension: self.name.to_owned(),
                source_has: self.source_length,
                archive_has: self.archive_length,
                labels,
            }
            .into());
        }
        let note = labels.filter(|_| !by_hand).map(|party| {
            let name = self.name;
            format!("only the {party} has labels along {name:?}, which was placed by position")
        });
        Ok(AxisMatch {
            notes: note.into_iter().collect(),
            ..self.whole(start)
        })
    }

    /// All of the file's positions as they follow each other.
    fn whole(&self, start: u64) -> AxisMatch {
        let run = Run {
            archive: start,
            source: 0,
            length: self.source_length,
            reversed: false,
        };
        AxisMatch {
            runs: Vec::from_iter((run.length > 0).then_some(run)),
            ..AxisMatch::default()
        }
    }
}
