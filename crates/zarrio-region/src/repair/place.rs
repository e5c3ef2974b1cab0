//! Which chunks can be placed, and which when the labels are whole again that can be mended.

use std::collections::{BTreeMap, BTreeSet};

use zarrio_model::{NodePath, Source as _};

use super::{Left, Planner, is_labels};
use crate::RegionError;
use crate::axis::dimension_coordinate;
use crate::verify::in_group::InGroup;

/// Why a file cannot be placed.
struct Trouble {
    reason: String,
    /// Whether that is because of the archive's labels, not of the file.
    by_labels: bool,
}

/// How the file of a record is placed.
struct Placed<'p> {
    /// Why nobody can tell where it goes now; nothing where that can be told.
    trouble: Option<Trouble>,
    /// The damaged labels by which it is placed.
    damaged: BTreeSet<&'p str>,
}

impl Placed<'_> {
    /// Whether it can be placed when so many chunks of labels are yet to be mended.
    fn can_be(&self, lacking: &BTreeMap<&str, usize>) -> bool {
        let is_whole = |name: &&str| lacking.get(*name).is_none_or(|chunks| *chunks == 0);
        let is_mended = !self.damaged.is_empty() && self.damaged.iter().all(is_whole);
        let trouble = self.trouble.as_ref();
        trouble.is_none_or(|trouble| trouble.by_labels && is_mended)
    }
}

impl<'p> Planner<'p> {
    /// Leaves out what cannot be placed: where labels are damaged, and no file mends them.
    pub(super) fn place(&mut self) -> Result<(), RegionError> {
        let verifier = self.verifier;
        let mut lacking: BTreeMap<&str, usize> = BTreeMap::new();
        for (variable, ..) in verifier.bad.iter() {
            if is_labels(verifier.archive, &NodePath::parse(variable)) {
                *lacking.entry(variable).or_default() += 1;
            }
        }
        if lacking.is_empty() && !verifier.is_blind {
            return Ok(());
        }
        let mut records: BTreeMap<usize, Placed<'p>> = BTreeMap::new();
        for (_, record) in self.chunks.iter().flat_map(|chunk| &chunk.parts) {
            if !records.contains_key(record) {
                let placed = Placed {
                    trouble: self.misplaced(*record)?,
                    damaged: self.damaged(*record, &lacking),
                };
                records.insert(*record, placed);
            }
        }
        // Labels that can be placed may be what others are placed by.
        let mut chosen = vec![false; self.chunks.len()];
        loop {
            let before = chosen.iter().filter(|chosen| **chosen).count();
            let chunks = self.chunks.iter().zip(&mut chosen);
            for (chunk, chosen) in chunks.filter(|(_, chosen)| !**chosen) {
                let mut records = chunk.parts.iter().filter_map(|(_, r)| records.get(r));
                *chosen = records.all(|record| record.can_be(&lacking));
                if *chosen && let Some(chunks) = lacking.get_mut(chunk.variable.as_str()) {
                    *chunks = chunks.saturating_sub(1);
                }
            }
            if chosen.iter().filter(|chosen| **chosen).count() == before {
                break;
            }
        }
        let chunks = std::mem::take(&mut self.chunks);
        for (chunk, chosen) in chunks.into_iter().zip(chosen) {
            let mut records = chunk.parts.iter().filter_map(|(_, r)| records.get(r));
            let trouble = records.find_map(|record| record.trouble.as_ref());
            match trouble.filter(|_| !chosen) {
                None => self.chunks.push(chunk),
                Some(trouble) => self.left.push(Left {
                    what: format!("{}, chunk {}", chunk.variable, chunk.chunk),
                    reason: trouble.reason.clone(),
                }),
            }
        }
        Ok(())
    }

    /// The damaged labels along the dimensions of what a record is about.
    fn damaged(&self, record: usize, damaged: &BTreeMap<&'p str, usize>) -> BTreeSet<&'p str> {
        let archive = self.verifier.archive;
        let variables = self.verifier.history.records[record].variables.iter();
        let variables = variables.filter_map(|variable| {
            let path = NodePath::parse(&variable.path);
            archive.schema().variable(&path)
        });
        let labels = variables.flat_map(|variable| {
            let dimensions = variable.dimensions.iter();
            dimensions.filter_map(|name| dimension_coordinate(archive, &variable.path, name))
        });
        let damaged = labels.filter_map(|labels| damaged.get_key_value(labels.path.as_str()));
        damaged.map(|(name, _)| *name).collect()
    }

    /// Why nobody can tell where the file of a record goes; nothing where that can be told.
    fn misplaced(&self, record: usize) -> Result<Option<Trouble>, RegionError> {
        let trouble = |reason: String, by_labels: bool| Some(Trouble { reason, by_labels });
        let found = &self.verifier.history.records[record];
        let Some(recorded) = &found.source else {
            return Ok(None);
        };
        let source = match self.sources.open(recorded) {
            Ok(source) => source,
            Err(error) => return Ok(trouble(error.to_string(), false)),
        };
        let source = InGroup::new(source, self.verifier.archive, found);
        let placed = self.verifier.placing(self.options).record(&source, found);
        match placed {
            Err(error) if self.verifier.is_about_archive(&error) => Ok(trouble(
                format!("it can be written anew when the labels are there again: {error}"),
                true,
            )),
            Err(error @ RegionError::Source(_)) => Ok(trouble(error.to_string(), false)),
            placed => placed.map(|_| None),
        }
    }
}
