//! Removing what killed writers have left, and putting records together.

use std::time::Duration;

use serde::Serialize;

use crate::RegionError;
use crate::ledger::{Intent, Ledger, Record};
use crate::zarr_source::ZarrSource;

/// What was removed and put together, or would be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Cleaned {
    /// Unfinished objects, by where they lie.
    pub unfinished: Vec<String>,
    /// Their bytes.
    pub unfinished_bytes: u64,
    /// Unfinished objects that are young, or that somebody holds.
    pub kept: u64,
    /// Announcements of writers that died, whose work was done since or that cannot be read.
    pub intents: usize,
    /// Records that had objects of their own.
    pub records: usize,
    /// Objects that have them now.
    pub segments: usize,
}

/// Removes unfinished objects that are older than a time and that nobody holds, and the
/// announcements of dead writers whose work was recorded later; puts the records together in
/// few objects. Beside running writers, and without a change of what the archive says; with
/// `write` not set, only tells what would be done. `writer` is who cleans: machine and process.
///
/// # Errors
/// When the store fails, or the archive is being replaced.
pub fn clean(
    archive: &ZarrSource,
    older_than: Duration,
    write: bool,
    writer: &str,
) -> Result<Cleaned, RegionError> {
    let failed = RegionError::store("cannot remove unfinished objects");
    let swept = archive.store().sweep(archive.root(), older_than, write);
    let swept = swept.map_err(failed)?;
    let mut cleaned = Cleaned {
        unfinished_bytes: swept.removed.iter().map(|object| object.size).sum(),
        unfinished: swept
            .removed
            .into_iter()
            .map(|object| object.name)
            .collect(),
        kept: swept.kept,
        ..Cleaned::default()
    };
    for ledger in Ledger::all(archive)? {
        // In this order: what is announced after the first look may be about records that the
        // second one has not seen.
        let intents = ledger.intents()?;
        let records = ledger.records()?.records;
        let settled = intents.into_iter();
        let settled: Vec<String> = settled
            .filter(|(_, intent, live)| !live && is_settled(intent, &records))
            .map(|(name, _, _)| name)
            .collect();
        cleaned.intents += if write {
            ledger.remove_marks()?;
            ledger.forget(ledger.announced()?, |name, intent| match intent {
                Ok(_) => settled.iter().any(|known| known == name),
                Err(error) => is_cut(error),
            })?
        } else {
            let unreadable = ledger.unreadable()?;
            let cut = unreadable.iter().filter(|(_, error)| is_cut(error));
            settled.len() + cut.count()
        };
        let compacted = match write {
            true => ledger.compact(archive, writer)?,
            false => ledger.compactable()?,
        };
        cleaned.records += compacted.records;
        cleaned.segments += compacted.written;
    }
    Ok(cleaned)
}

/// Whether an announcement is none, as a power cut leaves them; not one of a later version.
fn is_cut(error: &serde_json::Error) -> bool {
    !error.is_data()
}

/// Whether an announcement tells nothing any more: later records hold all that it was about, or
/// nobody else had written there, so that what is missing is missing with or without it.
fn is_settled(intent: &Intent, records: &[Record]) -> bool {
    let later = |record: &&Record| record.order > intent.order;
    let held = intent.parts.iter().all(|part| {
        let part = std::slice::from_ref(part);
        records
            .iter()
            .filter(later)
            .any(|record| record.holds(part))
    });
    let disturbs = records.iter().any(|record| intent.disturbs(record));
    held || !disturbs
}
