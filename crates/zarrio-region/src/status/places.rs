//! What is told of several variables at once.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use serde::Serialize;

use super::Account;
use super::layers::Told;
use super::variable::Found;
use crate::describe::TimeRange;
use crate::ledger::{Moment, Record};
use crate::recording::name_of;

/// A stretch of an axis that is the same for some variables.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    /// The variables.
    pub variables: Vec<String>,
    /// The dimension; none for variables that do not grow.
    pub dimension: Option<String>,
    /// The first position.
    pub start: u64,
    /// The position behind the last one.
    pub end: u64,
    /// The labels at both ends, where they are times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeRange>,
}

impl Place {
    /// Whether another one of the same variables begins where this one ends.
    fn is_before(&self, next: &Self) -> bool {
        (&self.variables, &self.dimension, self.end)
            == (&next.variables, &next.dimension, next.start)
    }
}

/// A declared gap that stands: no data were written there later.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeclaredGap {
    /// Why there are no data.
    pub reason: String,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
}

/// A file that was written over another one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileOverlap {
    /// The file that tells what the archive holds.
    pub later: String,
    /// The one that was there before.
    pub earlier: String,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
}

/// A file that data of the archive are from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceStatus {
    /// Where it was.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last written to.
    pub modified: Option<String>,
    /// When it was written into the archive, at last.
    pub finished: Moment,
}

/// Somebody who began to write.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Writer {
    /// Whether it is at work; else it is gone, and what it wrote is not whole.
    pub running: bool,
    /// Which file it writes.
    pub source: Option<String>,
    /// When it began.
    pub began: Moment,
    /// Machine and process.
    pub writer: String,
    /// The variables.
    pub variables: Vec<String>,
}

/// Puts together what was found of each variable.
pub(super) struct Shared<'s> {
    pub(super) account: &'s Account,
    pub(super) told: &'s Told<'s>,
    pub(super) found: &'s [Found],
}

type Key<'s, K> = (K, Option<&'s str>, u64, u64);

impl<'s> Shared<'s> {
    /// Each place with all variables that it is the same for, by what it is about.
    fn places<K: Ord + Copy + 's>(
        &self,
        of: impl Fn(&'s Found) -> &'s BTreeMap<K, Vec<Range<u64>>>,
    ) -> Vec<(K, Place)> {
        let mut order: Vec<Key<'s, K>> = Vec::new();
        let mut places: BTreeMap<Key<'s, K>, Vec<String>> = BTreeMap::new();
        for found in self.found {
            let dimension = found.status.dimension.as_deref();
            for (about, ranges) in of(found) {
                for range in ranges {
                    let key = (*about, dimension, range.start, range.end);
                    let variables = places.entry(key).or_insert_with(|| {
                        order.push(key);
                        Vec::new()
                    });
                    variables.push(found.status.path.clone());
                }
            }
        }
        order.sort_by_key(|(about, dimension, start, end)| (*dimension, *start, *end, *about));
        let place = |key: Key<'s, K>| {
            let (about, dimension, start, end) = key;
            let place = Place {
                variables: places.remove(&key).unwrap_or_default(),
                dimension: dimension.map(str::to_owned),
                start,
                end,
                time: None,
            };
            (about, place)
        };
        order.into_iter().map(place).collect()
    }

    /// Neighbours with one reason are one gap.
    pub(super) fn gaps(&self) -> Vec<DeclaredGap> {
        let mut gaps: Vec<DeclaredGap> = Vec::new();
        for (record, place) in self.places(|found| &found.gaps) {
            let reason = self.account.records[record].reason.clone();
            let reason = reason.unwrap_or_default();
            match gaps.last_mut() {
                Some(last) if last.reason == reason && last.place.is_before(&place) => {
                    last.place.end = place.end;
                }
                _ => gaps.push(DeclaredGap { reason, place }),
            }
        }
        gaps
    }

    pub(super) fn overlaps(&self) -> Vec<FileOverlap> {
        let places = self.places(|found| &found.overlaps).into_iter();
        let overlap = |((later, earlier), place): ((usize, usize), Place)| FileOverlap {
            later: name_of(&self.account.records[later]),
            earlier: name_of(&self.account.records[earlier]),
            place,
        };
        places.map(overlap).collect()
    }

    /// Files of records that tell what some element is, in the order in which they were
    /// written.
    pub(super) fn sources(&self) -> Vec<SourceStatus> {
        let mut latest: HashMap<usize, usize> = HashMap::new();
        for record in self.found.iter().flat_map(|found| found.in_force.keys()) {
            if let Some(source) = self.told.source_of(*record) {
                let known = latest.entry(source).or_insert(*record);
                *known = (*known).max(*record);
            }
        }
        let mut records: Vec<usize> = latest.into_values().collect();
        records.sort_unstable();
        let records = records.into_iter().map(|i| &self.account.records[i]);
        let status = |record: &Record| {
            let source = record.source.clone()?;
            Some(SourceStatus {
                path: source.path,
                size: source.size,
                modified: source.modified,
                finished: record.finished.clone(),
            })
        };
        records.filter_map(status).collect()
    }

    /// Those that write, and those that are gone and left something that nobody has finished.
    pub(super) fn writers(&self) -> Vec<Writer> {
        let all = self.account.writers.iter().zip(&self.account.running);
        let matters = |(i, _): &(usize, (_, &bool))| {
            let matter = |found: &Found| found.writers.contains(i);
            self.account.running[*i] || self.found.iter().any(matter)
        };
        all.enumerate()
            .filter(matters)
            .map(|(_, (intent, running))| Writer {
                running: *running,
                source: intent.source.as_ref().map(|source| source.path.clone()),
                began: intent.began.clone(),
                writer: intent.writer.clone(),
                variables: intent.parts.iter().map(|(path, _)| path.clone()).collect(),
            })
            .collect()
    }
}
