//! What stands in a sheet of the register.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Names of objects, and work that was announced by its entry here alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Sheet {
    pub(super) names: BTreeSet<String>,
    /// By the names of their intents.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) work: BTreeMap<String, Entry>,
}

/// Work that its writer has entered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// As it was written: by another version, perhaps, which knows more.
    pub(super) intent: Value,
    /// The record that ends it.
    pub(super) record: String,
    /// A time by the server's clock at which it stood here: that of the change of the sheet before
    /// the one that noted it. Nothing where the sheet was not changed since, whose time it is then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) seen: Option<i64>,
}

/// Work that was found in sheets.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::ledger) struct Entered {
    /// What it says.
    pub(in crate::ledger) text: Vec<u8>,
    /// The record that ends it.
    pub(super) record: String,
    /// A time by the server's clock at which it was there, where there is such a clock.
    pub(in crate::ledger) since: Option<i64>,
    /// The sheets that it stands in.
    pub(in crate::ledger) sheets: Vec<String>,
}

/// What stands in several sheets.
#[derive(Debug, Default)]
pub(in crate::ledger) struct Found {
    pub(in crate::ledger) names: BTreeSet<String>,
    pub(in crate::ledger) work: BTreeMap<String, Entered>,
}

/// A sheet as it lies in the store.
pub(super) struct Stored {
    pub(super) name: String,
    /// What stands in it, if that can be read.
    pub(super) sheet: Option<Sheet>,
    pub(super) modified: Option<i64>,
}

impl Sheet {
    /// Notes when entries were there that stand in the sheet as it was at that time.
    pub(super) fn note(&mut self, before: &Self, modified: Option<i64>) {
        for (name, entry) in &mut self.work {
            if entry.seen.is_none() && before.work.contains_key(name) {
                entry.seen = modified;
            }
        }
    }
}

impl Found {
    /// Takes what stands in a sheet that was changed last at this time.
    pub(super) fn take(&mut self, name: &str, sheet: Sheet, modified: Option<i64>) {
        self.names.extend(sheet.names);
        for (intent, entry) in sheet.work {
            // In an archive that was copied notes are of another server's clock.
            let since = [entry.seen, modified].into_iter().flatten().min();
            let found = self.work.entry(intent).or_insert_with(|| Entered {
                text: entry.intent.to_string().into_bytes(),
                record: entry.record,
                since,
                sheets: Vec::new(),
            });
            found.since = [found.since, since].into_iter().flatten().min();
            found.sheets.push(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seen: Option<i64>) -> Entry {
        Entry {
            intent: serde_json::json!({"order": u64::MAX}),
            record: "records/0.json".into(),
            seen,
        }
    }

    fn sheet(work: &[(&str, Option<i64>)]) -> Sheet {
        let work = work.iter();
        Sheet {
            work: work
                .map(|(name, seen)| ((*name).to_owned(), entry(*seen)))
                .collect(),
            ..Sheet::default()
        }
    }

    #[test]
    fn an_entry_is_as_old_as_the_sheet_was_when_it_was_seen_there_first() {
        // What came while the sheet was read has not been seen before.
        let mut now = sheet(&[("a", Some(5)), ("b", None), ("c", None)]);
        now.note(&sheet(&[("a", Some(5)), ("b", None)]), Some(8));
        assert_eq!(now, sheet(&[("a", Some(5)), ("b", Some(8)), ("c", None)]));
        let mut found = Found::default();
        found.take("wide", now, Some(9));
        let since = |found: &Found| -> Vec<_> { found.work.values().map(|e| e.since).collect() };
        assert_eq!(since(&found), [Some(5), Some(8), Some(9)]);
        // On a server whose clock is behind that of the one it was copied from.
        found.take("3", sheet(&[("a", Some(50))]), Some(4));
        assert_eq!(since(&found), [Some(4), Some(8), Some(9)]);
        assert_eq!(found.work["a"].sheets, ["wide", "3"]);
        let mut found = Found::default();
        found.take("wide", sheet(&[("a", None)]), None);
        assert_eq!(since(&found), [None]);
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        let mut written = sheet(&[("a", Some(5)), ("b", None)]);
        written.names.insert("records/1.json".into());
        let text = serde_json::to_string(&written).unwrap();
        assert_eq!(serde_json::from_str::<Sheet>(&text).unwrap(), written);
        assert!(text.contains(&u64::MAX.to_string()));
        let text = serde_json::to_string(&Sheet::default()).unwrap();
        assert_eq!(text, r#"{"names":[]}"#);
    }
}
