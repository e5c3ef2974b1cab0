//! The chunks that are not as they should be, for whoever mends them.

use std::collections::{BTreeMap, BTreeSet};

use super::read::Found;

/// Chunks by variable and position.
#[derive(Debug, Default)]
pub(crate) struct BadChunks(BTreeMap<String, BTreeMap<Vec<u64>, Bad>>);

/// What is wrong with a chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Bad {
    /// There is no object.
    Absent,
    /// There is one that cannot be read, and why.
    Torn(String),
    /// It decodes, and is not what these records tell of.
    Wrong(Vec<usize>),
}

impl Bad {
    pub(crate) fn of(found: &Found) -> Self {
        match found {
            Found::Torn(reason) => Self::Torn(reason.clone()),
            _ => Self::Absent,
        }
    }

    pub(crate) fn wrong(record: usize) -> Self {
        Self::Wrong(vec![record])
    }
}

impl BadChunks {
    pub(crate) fn note(&mut self, variable: &str, chunk: &[u64], bad: Bad) {
        let chunks = self.0.entry(variable.to_owned()).or_default();
        match (chunks.get_mut(chunk), bad) {
            (None, bad) => {
                chunks.insert(chunk.to_vec(), bad);
            }
            (Some(Bad::Wrong(records)), Bad::Wrong(more)) => {
                records.extend(more);
                records.sort_unstable();
                records.dedup();
            }
            // What is not there, or cannot be read, is written anew in any case.
            (Some(Bad::Wrong(_)), bad) => {
                chunks.insert(chunk.to_vec(), bad);
            }
            (Some(_), _) => {}
        }
    }

    /// Leaves out the chunks of some variables that may be right by now.
    pub(crate) fn forget(&mut self, variables: &BTreeSet<String>) {
        for (_, chunks) in self
            .0
            .iter_mut()
            .filter(|(name, _)| variables.contains(*name))
        {
            chunks.retain(|_, bad| matches!(bad, Bad::Torn(_)));
        }
    }

    /// Leaves out all chunks of some variables that are no longer part of the archive.
    pub(crate) fn remove(&mut self, variables: &BTreeSet<String>) {
        self.0.retain(|name, _| !variables.contains(name));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[u64], &Bad)> {
        self.0.iter().flat_map(|(variable, chunks)| {
            let chunks = chunks.iter();
            chunks.map(move |(chunk, bad)| (variable.as_str(), chunk.as_slice(), bad))
        })
    }
}
