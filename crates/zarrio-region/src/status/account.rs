//! What all ledgers of an archive say.

use crate::RegionError;
use crate::ledger::{Intent, Ledger, Record, Records};
use crate::zarr_source::ZarrSource;

/// Records and writers of all groups.
#[derive(Debug, Default)]
pub(crate) struct Account {
    /// The oldest first.
    pub(crate) records: Vec<Record>,
    pub(crate) damaged: Vec<(String, String)>,
    pub(crate) writers: Vec<Intent>,
    /// Announcements of writers that are gone, which cannot be read, and why.
    pub(crate) unreadable: Vec<(String, String)>,
    /// Whether each of the writers lives.
    pub(crate) running: Vec<bool>,
}

impl Account {
    /// Reads it. Writers may go on meanwhile: who is asked first and has ended before the
    /// records are read has left its record there.
    pub(crate) fn read(archive: &ZarrSource) -> Result<Self, RegionError> {
        let ledgers = Ledger::all(archive)?;
        let mut account = Self::default();
        for ledger in &ledgers {
            for (_, intent, running) in ledger.intents()? {
                // Upkeep of the ledger writes nothing.
                if !intent.parts.is_empty() {
                    account.writers.push(intent);
                    account.running.push(running);
                }
            }
            for (object, error) in ledger.unreadable()? {
                let reason = format!(
                    "what a writer announced that is gone, and it cannot be read ({error}): 'zarrio verify --sources' finds what that writer changed, 'zarrio clean' removes this"
                );
                account.unreadable.push((object, reason));
            }
        }
        for ledger in &ledgers {
            let Records { records, damaged } = ledger.records()?;
            account.records.extend(records);
            account.damaged.extend(damaged);
        }
        account
            .records
            .sort_by(|a, b| (a.order, &a.id).cmp(&(b.order, &b.id)));
        Ok(account)
    }
}
