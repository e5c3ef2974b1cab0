//! Which records still tell what the archive holds, all of them at once.

use std::collections::HashMap;

use super::{Intent, Record, RecordKind, SourceRecord};

/// Work that is done: all of what a source had, as it was chosen, is in the archive, and
/// nobody has changed it since.
#[derive(Debug, Clone, Default)]
pub struct DoneWork {
    sources: HashMap<(SourceRecord, String), u32>,
}

impl DoneWork {
    /// What records and intents, with whether their writers live, tell. A record of data that
    /// the machine may have lost since is not counted as long as `survives` says so.
    pub(crate) fn new(
        records: &[Record],
        intents: &[(String, Intent, bool)],
        survives: impl Fn(&Record) -> bool,
    ) -> Self {
        let mut done = Self::default();
        let standing = standing(records, intents);
        for (record, stands) in records.iter().zip(standing) {
            let Some(source) = record.source.clone().filter(|_| stands) else {
                continue;
            };
            if record.kind == RecordKind::Region && survives(record) {
                let key = (source, record.selection.clone());
                let missing = done.sources.entry(key).or_insert(record.parts);
                *missing = missing.saturating_sub(1);
            }
        }
        done
    }

    /// Whether a source is among it, read from the same place with the same options.
    #[must_use]
    pub fn has(&self, source: &SourceRecord, selection: &str) -> bool {
        let key = (source.clone(), selection.to_owned());
        self.sources.get(&key) == Some(&0)
    }
}

/// Whether each of some records, the oldest first, still tells what all of its region holds: no
/// other source was written over any of it later, nor began to be by one who died.
pub(crate) fn standing(records: &[Record], intents: &[(String, Intent, bool)]) -> Vec<bool> {
    // Along the dimension that most have first, only neighbours can meet.
    let mut stands = vec![true; records.len()];
    let mut order: Vec<(u64, u64, usize)> = Vec::with_capacity(records.len());
    for (i, record) in records.iter().enumerate() {
        let (start, end) = span(record);
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
                && !first.has_source(second.source.as_ref())
                && shares(first, second)
            {
                stands[i.min(j)] = false;
            }
        }
        open.push((end, i));
    }
    for (_, intent, _) in intents {
        for (i, record) in records.iter().enumerate() {
            if intent.order > record.order
                && !record.has_source(intent.source.as_ref())
                && record.meets(&intent.parts)
            {
                stands[i] = false;
            }
        }
    }
    stands
}

/// Positions along the first dimensions of all that a record is about. Only those that share
/// one can meet: extents of one variable have the same first dimension.
fn span(record: &Record) -> (u64, u64) {
    let mut all: Option<(u64, u64)> = None;
    for extent in &record.extents {
        let Some(bounds) = extent.bounds() else {
            continue;
        };
        // A scalar meets whatever has the same scalar.
        let (start, end) = match bounds.ranges().first() {
            Some(range) => (range.start, range.end),
            None => (0, u64::MAX),
        };
        all = Some(all.map_or((start, end), |(a, b)| (a.min(start), b.max(end))));
    }
    all.unwrap_or((0, 0))
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
        let variable = VariableRecord {
            path: "t".into(),
            extent: 0,
            values: 0,
            missing: 0,
            min: None,
            max: None,
            sum: None,
            axis: None,
            all_missing: Vec::new(),
            chunks: 0,
            raw_bytes: 0,
            stored_bytes: 0,
        };
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
            }),
            selection: "s".into(),
            reason: None,
            durable: true,
            check: "none".into(),
            version: "0".into(),
            writer: "w".into(),
            parts: 1,
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
            prop_assert_eq!(standing(&records, &[]), expected);
        }
    }

    #[test]
    fn work_is_done_when_every_group_has_its_record() {
        let mut one = record(1, 1, (0, 3));
        let source = one.source.clone().unwrap();
        one.parts = 2;
        let has = |records: &[Record]| DoneWork::new(records, &[], |_| true).has(&source, "s");
        assert!(!has(std::slice::from_ref(&one)));
        assert!(has(&[one.clone(), one.clone()]));
        let lost = DoneWork::new(&[one.clone(), one], &[], |_| false);
        assert!(!lost.has(&source, "s"));
    }

    #[test]
    fn who_died_over_a_record_has_undone_it() {
        let records = [record(5, 1, (0, 3))];
        let intent = |order, source: u8| Intent {
            id: "x".into(),
            began: Moment::from_nanoseconds(order),
            order,
            source: record(0, source, (0, 1)).source,
            writer: "w".into(),
            parts: vec![("t".into(), Extent(vec![("time".into(), vec![[2, 9]])]))],
        };
        for (order, source, stands) in [(6, 2, false), (4, 2, true), (6, 1, true)] {
            let intents = [("i".to_owned(), intent(order, source), false)];
            assert_eq!(standing(&records, &intents), [stands]);
        }
    }
}
