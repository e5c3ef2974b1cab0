//! The numbers of records, taken again.

use std::collections::HashMap;

use super::history::{History, Owner};
use super::report::{Changed, Finding};
use crate::content::Content;
use crate::ledger::VariableRecord;
use crate::recording::name_of;
use zarrio_model::NodePath;

/// Contents by whom they belong to.
#[derive(Debug, Default)]
pub(super) struct Tally {
    contents: HashMap<Owner, Content>,
    /// Elements by owner that could not be read.
    unreadable: HashMap<Owner, u64>,
}

/// What became of the parts of records.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) confirmed: u64,
    pub(super) without_digest: u64,
    pub(super) overlaid: u64,
}

impl Tally {
    pub(super) fn add(&mut self, owner: Owner, content: Content) {
        let sum = self.contents.entry(owner).or_default();
        *sum = sum.with(content);
    }

    pub(super) fn add_unreadable(&mut self, owner: Owner, elements: u64) {
        *self.unreadable.entry(owner).or_default() += elements;
    }

    /// Contents by owner.
    pub(super) fn all(&self) -> impl Iterator<Item = (Owner, Content)> + '_ {
        self.contents
            .iter()
            .map(|(owner, content)| (*owner, *content))
    }

    pub(super) fn of(&self, owner: Owner) -> Content {
        self.contents.get(&owner).copied().unwrap_or_default()
    }

    /// Holds what was found against what was recorded. Gives the records that say
    /// otherwise, or cannot be judged.
    pub(super) fn judge(
        &self,
        history: &History,
        variable: &NodePath,
        counts: &mut Counts,
        findings: &mut Vec<Finding>,
    ) -> Vec<usize> {
        let mut wrong = Vec::new();
        for (i, record) in history.records.iter().enumerate() {
            let Some(part) = history.part(i, variable) else {
                continue;
            };
            let extent = record.extents.get(part.extent);
            let elements = extent.map_or(0, crate::Extent::num_elements);
            let owner = Owner::Record(i);
            let found = self.of(owner);
            if self.unreadable.contains_key(&owner) {
                // That is told with the chunk. What else is wrong, the numbers cannot tell.
                wrong.push(i);
                continue;
            }
            // Of a variable that the archive lacked in part, a record tells of that part.
            if found.values < elements || part.values < elements {
                counts.overlaid += 1;
                continue;
            }
            let differences = differences(part, &found);
            if differences.is_empty() {
                counts.confirmed += 1;
                counts.without_digest += u64::from(part.sum.is_none() || found.sum.is_none());
                continue;
            }
            wrong.push(i);
            findings.push(Finding::Numbers {
                variable: variable.to_string(),
                file: name_of(record),
                differences,
            });
        }
        wrong
    }
}

/// The numbers that differ.
fn differences(recorded: &VariableRecord, found: &Content) -> Vec<Changed> {
    let mut differences = Vec::new();
    let mut check = |number, recorded: Option<String>, found: Option<String>| {
        if recorded != found {
            let text = |number: Option<String>| number.unwrap_or_else(|| "none".into());
            differences.push(Changed {
                number,
                recorded: text(recorded),
                found: text(found),
            });
        }
    };
    let count = |n: u64| Some(n.to_string());
    let number = |n: Option<crate::Number>| n.map(|n| n.to_string());
    check("values", count(recorded.values), count(found.values));
    check("missing", count(recorded.missing), count(found.missing));
    check("min", number(recorded.min), number(found.min));
    check("max", number(recorded.max), number(found.max));
    if let (Some(a), Some(b)) = (recorded.sum, found.sum) {
        check("digest", Some(a.to_string()), Some(b.to_string()));
    }
    differences
}
