//! Which records still tell what the archive holds, all of them at once.

use std::collections::{HashMap, HashSet};

use super::{Intent, Record, RecordKind, SourceRecord};
use crate::recording::{Standing, name_of};

/// So many records are read in the time in which a file is opened.
const RECORDS_FOR_A_FILE: usize = 1000;

/// What need not be done again: all of what a source had, as it was chosen, is in the archive and
/// nobody has changed it since, or another source was written over it later.
#[derive(Debug, Clone, Default)]
pub struct DoneWork {
    sources: HashMap<(SourceRecord, String), Work>,
}

/// What is known of the work on a source.
#[derive(Debug, Clone)]
struct Work {
    /// How many groups still miss their record.
    missing: u32,
    /// What was written over it later, and whether some of it was begun once more in between.
    over: Option<(String, bool)>,
}

/// Whether a record still tells what all of its region holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stand {
    Stands,
    /// Another source was written over some of it later, by the record of this number.
    Over(usize),
    /// Another source began to be written over it, by one who died.
    Disturbed,
}

impl DoneWork {
    /// Whether it is worth to know what is done: for a few files the records that are about
    /// them are found sooner than all that there are.
    pub(crate) fn is_worth(records: usize, files: usize) -> bool {
        records <= files.saturating_mul(RECORDS_FOR_A_FILE)
    }

    /// Takes what the records and intents of one group tell. A record of data that the machine
    /// may have lost since is not counted, as `survives` says.
    pub(crate) fn take(
        &mut self,
        records: &[Record],
        intents: &[Intent],
        survives: impl Fn(&Record) -> bool,
    ) {
        let mut seen = HashSet::new();
        for (record, stand) in records.iter().zip(standing(records, intents)) {
            let source = record.source.clone();
            let Some(source) = source.filter(|_| record.kind == RecordKind::Region) else {
                continue;
            };
            let key = (source, record.selection.clone());
            let work = self.sources.entry(key.clone()).or_insert(Work {
                missing: record.parts,
                over: None,
            });
            match stand {
                // A group counts once, however many records of the same work it has.
                Stand::Stands if survives(record) && seen.insert(key) => {
                    work.missing = work.missing.saturating_sub(1);
                }
                Stand::Over(later) => {
                    let resumed = |over: &&Record| intents.iter().any(|i| i.resumes(record, over));
                    if let Some(over) = records.get(later).filter(|over| !resumed(over)) {
                        let was_torn = work.over.as_ref().is_some_and(|(_, is_torn)| *is_torn);
                        let is_torn =
                            was_torn || intents.iter().any(|i| i.is_left_of(record, records));
                        work.over = Some((name_of(over), is_torn));
                    }
                }
                Stand::Stands | Stand::Disturbed => {}
            }
        }
    }

    /// What is known of a source, read from the same place with the same options.
    #[must_use]
    pub fn standing(&self, source: &SourceRecord, selection: &str) -> Standing {
        let key = (source.clone(), selection.to_owned());
        match self.sources.get(&key) {
            Some(Work { missing: 0, .. }) => Standing::Done,
            Some(Work {
                over: Some((by, is_torn)),
                ..
            }) => match is_torn {
                true => Standing::Torn(by.clone()),
                false => Standing::Superseded(by.clone()),
            },
            _ => Standing::Open,
        }
    }
}

impl Intent {
    /// Whether a record does not count any more if this work was not finished: another source
    /// may be there in part, or what is there was found to be wrong.
    pub(crate) fn disturbs(&self, record: &Record) -> bool {
        let other = self.failed || !record.is_work_of(self.source.as_ref(), &self.selection);
        other && self.order > record.order && record.meets(&self.parts)
    }

    /// Whether this is the work of a record once more, all of it, begun over another record: then
    /// that one does not say what is there.
    pub(crate) fn resumes(&self, record: &Record, over: &Record) -> bool {
        record.is_work_of(self.source.as_ref(), &self.selection)
            && self.order > over.order
            && over.meets(&self.parts)
            && record.variable_parts().all(|(part, extent)| {
                let mut own = self.parts.iter();
                own.any(|(path, own)| *path == part.path && own.holds(extent))
            })
    }
}

impl Intent {
    /// Whether this is the work of a record once more, all of it, begun over another one of some
    /// records, and none of these is of all of it since: then what it left is there in part.
    pub(crate) fn is_left_of(&self, record: &Record, records: &[Record]) -> bool {
        // Asked of all records, and true of few.
        if !record.is_work_of(self.source.as_ref(), &self.selection) {
            return false;
        }
        let mut others = records.iter().filter(|other| {
            let is_other = !other.is_work_of(self.source.as_ref(), &self.selection);
            other.kind != RecordKind::Gap && is_other && other.order > record.order
        });
        let mut later = records.iter().filter(|later| later.order > self.order);
        others.any(|other| self.resumes(record, other))
            && !later.any(|later| later.kind != RecordKind::Gap && later.holds(&self.parts))
    }
}

/// Whether each of some records, the oldest first, still tells what all of its region holds: no
/// other source was written over any of it later, nor began to be by one who died.
pub(crate) fn standing(records: &[Record], intents: &[Intent]) -> Vec<Stand> {
    let mut stands = vec![Stand::Stands; records.len()];
    let mut order: Vec<(u64, u64, usize)> = Vec::with_capacity(records.len());
    // That of the regions: a dataset has variables along any dimension, and where all regions lie
    // side by side along one, each would be compared with every other.
    let regions = records.iter().filter(|r| r.kind == RecordKind::Region);
    let axis = regions.chain(records).find_map(|record| record.axis());
    for (i, record) in records.iter().enumerate() {
        let (start, end) = span(record, axis);
        order.push((start, end, i));
    }
    order.sort_unstable();
    // Those that may meet what follows; what has ended is dropped as the start moves on.
    let mut open: Vec<(u64, usize)> = Vec::new();
    for (start, end, i) in order {
        open.retain(|(end, _)| *end > start);
        for &(_, j) in &open {
            let (first, second) = (&records[i.min(j)], &records[i.max(j)]);
            if second.kind != RecordKind::Gap
                && !first.is_work_of(second.source.as_ref(), &second.selection)
                && shares(first, second)
            {
                stands[i.min(j)] = match stands[i.min(j)] {
                    Stand::Over(later) => Stand::Over(later.max(i.max(j))),
                    _ => Stand::Over(i.max(j)),
                };
            }
        }
        open.push((end, i));
    }
    for intent in intents {
        for (record, stand) in records.iter().zip(&mut stands) {
            if *stand == Stand::Stands && intent.disturbs(record) {
                *stand = Stand::Disturbed;
            }
        }
    }
    stands
}

/// Positions along a dimension of all that a record is about; everywhere for one that is also
/// about variables without it.
fn span(record: &Record, axis: Option<&str>) -> (u64, u64) {
    let everywhere = (0, u64::MAX);
    let Some(axis) = axis else { return everywhere };
    let spans: Option<Vec<_>> = record.extents.iter().map(|e| e.span(axis)).collect();
    let spans = spans.unwrap_or_default();
    let start = spans.iter().map(|span| span.start).min();
    let end = spans.iter().map(|span| span.end).max();
    start.zip(end).unwrap_or(everywhere)
}

fn shares(one: &Record, other: &Record) -> bool {
    one.variable_parts().any(|(variable, extent)| {
        other
            .extent_of(&variable.path)
            .is_some_and(|theirs| extent.meets(theirs))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Extent, FORM, Moment, VariableRecord};
    use proptest::prelude::*;

    fn record(order: u64, source: u8, range: (u64, u64)) -> Record {
        let variable = VariableRecord::nothing("t");
        Record {
            form: FORM,
            id: order.to_string(),
            kind: RecordKind::Region,
            order,
            began: Moment::from_nanoseconds(order),
            finished: Moment::from_nanoseconds(order),
            source: Some(SourceRecord {
                name: source.to_string(),
                path: source.to_string(),
                size: 1,
                modified: None,
                version: None,
            }),
            selection: "s".into(),
            reason: None,
            durable: true,
            check: "none".into(),
            version: "0".into(),
            writer: "w".into(),
            parts: 1,
            announced: None,
            extents: vec![Extent(vec![("time".into(), vec![[range.0, range.1]])])],
            variables: vec![variable],
        }
    }

    proptest! {
        #[test]
        fn a_record_stands_until_another_source_overlaps_it_later(
            parts in prop::collection::vec((0u8..3, 0u64..20, 1u64..6), 0..12),
        ) {
            let records: Vec<Record> = (0..)
                .zip(parts)
                .map(|(i, (source, start, length))| record(i, source, (start, start + length)))
                .collect();
            let expected: Vec<bool> = records
                .iter()
                .enumerate()
                .map(|(i, record)| {
                    let mut later = records[i + 1..].iter();
                    !later.any(|other| !other.has_source(record.source.as_ref()) && shares(record, other))
                })
                .collect();
            let found: Vec<bool> = standing(&records, &[])
                .into_iter()
                .map(|stand| stand == Stand::Stands)
                .collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn work_is_done_when_every_group_has_its_record() {
        let mut one = record(1, 1, (0, 3));
        let source = one.source.clone().unwrap();
        one.parts = 2;
        let has = |groups: &[&[Record]], survives: bool| {
            let mut done = DoneWork::default();
            groups
                .iter()
                .for_each(|records| done.take(records, &[], |_| survives));
            done.standing(&source, "s") == Standing::Done
        };
        let group = std::slice::from_ref(&one);
        assert!(!has(&[group], true));
        assert!(
            !has(&[&[one.clone(), one.clone()]], true),
            "twice in one group"
        );
        assert!(has(&[group, group], true));
        assert!(!has(&[group, group], false));
    }

    #[test]
    fn few_files_are_asked_about_one_by_one() {
        assert!(DoneWork::is_worth(900, 1) && DoneWork::is_worth(10_000, 24));
        assert!(!DoneWork::is_worth(10_000, 1));
    }

    #[test]
    fn work_over_which_another_was_written_is_known() {
        let records = [
            record(1, 1, (0, 3)),
            record(2, 2, (2, 5)),
            record(3, 3, (2, 3)),
        ];
        let mut done = DoneWork::default();
        done.take(&records, &[], |_| true);
        let of = |i: usize| done.standing(records[i].source.as_ref().unwrap(), "s");
        assert_eq!(of(0), Standing::Superseded("3".into()));
        assert_eq!(of(1), Standing::Superseded("3".into()));
        assert_eq!(of(2), Standing::Done);
        let other = done.standing(records[2].source.as_ref().unwrap(), "other");
        assert_eq!(other, Standing::Open);
    }

    #[test]
    fn what_is_superseded_is_open_again_when_all_of_it_was_begun_again() {
        let records = [record(1, 1, (0, 5)), record(2, 2, (0, 5))];
        let source = records[0].source.clone().unwrap();
        for (order, end, open) in [(3, 5, true), (3, 4, false), (1, 5, false)] {
            let intent = Intent {
                id: "x".into(),
                began: Moment::from_nanoseconds(order),
                order,
                source: Some(source.clone()),
                selection: "s".into(),
                failed: false,
                writer: "w".into(),
                parts: vec![("t".into(), Extent(vec![("time".into(), vec![[0, end]])]))],
            };
            let mut done = DoneWork::default();
            done.take(&records, &[intent], |_| true);
            let expected = match open {
                true => Standing::Open,
                false => Standing::Superseded("2".into()),
            };
            assert_eq!(done.standing(&source, "s"), expected, "{order} {end}");
        }
    }

    #[test]
    fn who_died_over_a_record_has_undone_it() {
        let records = [record(5, 1, (0, 3))];
        let intent = |order, source: u8| Intent {
            id: "x".into(),
            began: Moment::from_nanoseconds(order),
            order,
            source: record(0, source, (0, 1)).source,
            selection: "s".into(),
            failed: false,
            writer: "w".into(),
            parts: vec![("t".into(), Extent(vec![("time".into(), vec![[2, 9]])]))],
        };
        for (order, source, stands) in [(6, 2, false), (4, 2, true), (6, 1, true)] {
            let mut intent = intent(order, source);
            let found = |intent: &Intent| standing(&records, std::slice::from_ref(intent));
            let expected = |stands| {
                [if stands {
                    Stand::Stands
                } else {
                    Stand::Disturbed
                }]
            };
            assert_eq!(found(&intent), expected(stands));
            intent.failed = true;
            assert_eq!(
                found(&intent),
                expected(order < 5),
                "what failed is not right"
            );
        }
    }
}
