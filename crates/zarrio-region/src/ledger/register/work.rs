//! Work that is announced by its entry in the register.
//!
//! One conditional put is the whole announcement: it has the intent, and stands for a lease which
//! nobody has renewed yet. Only work that lasts longer than the time between two renewals gets a
//! lease of its own, an object that its holder makes when it is not there, and renews. The record
//! that ends the work names the entry, and is its end; whoever ends without one strikes the entry.
//! So a short write takes one put before its data and one after.
//!
//! # Why nobody is taken for dead who lives, and nobody dead for alive
//!
//! *Whose time.* A holder counts on his own clock from before the put of the entry, others count by
//! the server's from a time at which the entry was there: that of the last change of its sheet,
//! which the next one who changes the sheet notes beside it. So both err to the safe side, and what
//! is compared are durations, never clocks.
//!
//! *A holder that goes on* makes his lease after 10 seconds, and before 45 or never: others take an
//! entry without a lease over after 60, by making that object themselves, on the condition that it
//! is not there. Of the two one succeeds. If it is the holder, his lease is like any other. If it is
//! not, or if the answer comes after the 45 seconds, he has lost: from then on, as after any time in
//! which he could not renew, he puts nothing more.
//!
//! *A holder that was stopped* finds, before he puts a record, that his time is over and he cannot
//! make the lease any more; or, by a clock that stood still as well, that somebody else has made
//! it; or that his entry is gone, which goes after the lease of who took it over was made, and
//! before it is removed. He looks at the lease first and then at the entry.
//!
//! *Killed before the put of the entry*, or when that was refused: nobody knows of it. *After it*,
//! at whatever instruction until the record: an entry without a record, dead after a minute. Its
//! text becomes an object when that is found out, and is what the intent of any dead writer is.
//! *After the record*: the entry is over, for everybody who looks. The next one who changes the
//! sheet takes it out, and a lease that was left says nothing.
//!
//! *A lost answer of the put*: the sheet is read again, and has the entry, whatever others have
//! changed since; the time counts from before the last look that did not find it there.
//!
//! *Stopped between the look and the put of a chunk*: see
//! [`put_held`](zarrio_store::Store::put_held). *Of a record*: it tells of what was whole before
//! the look, by a number from before it, so that the record of a successor counts, as long as their
//! clocks do not differ by more than half a minute.
//!
//! *Somebody who read the sheet before* knows an entry that may be over by now. After he has made
//! its lease he looks at the sheet and at the record again, and removes what he made.
//!
//! *Two runs of the same work at once* have one record, which names the entry of the one that was
//! put last. The other's entry seems alive for a minute and dead after it: who waits for it waits
//! for nothing, and its text says nothing about records of the same work.
//!
//! *Records that are put together* (see [`moving`](super::moving)): entries that are over are
//! struck before their records go, those that are not keep theirs. *A register that is made anew*
//! takes entries over as they are. A sheet that cannot be read may have had some: it is made anew
//! only when it has rested for so long that who lives has a lease.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;
use zarrio_store::Since;

use super::form::WIDE;
use super::sheet::Stored;
use super::{Entered, Entry, FORM, Found, Register, Sheet, failed, to_bytes};
use crate::RegionError;
use crate::ledger::{Intent, Ledger, Name};

/// What tells of a record which announcement it ends.
#[derive(Deserialize)]
struct Ends {
    #[serde(default)]
    announced: Option<String>,
}

impl Ledger<'_> {
    /// Whether there is a register, in which work can be entered.
    pub(in crate::ledger) fn has_register(&self) -> Result<bool, RegionError> {
        Ok(self.register()?.is_some())
    }

    /// Announces work by an entry, together with the name of the record that is to follow. Gives
    /// the sheet, and a moment before the entry was there.
    pub(in crate::ledger) fn enter_work(
        &self,
        intent: &Intent,
        name: &str,
        text: &[u8],
    ) -> Result<(String, Since), RegionError> {
        let extents = intent.parts.iter().map(|(_, extent)| extent);
        let axis = self.axis.as_ref().map(|(name, _)| name.as_str());
        let record = Name::new(&intent.id, axis, extents);
        let sheet = self
            .register()?
            .map_or(WIDE.to_owned(), |r| r.sheet_of(&record));
        let record = format!("records/{record}");
        let entry = Entry {
            intent: parsed(text)?,
            record: record.clone(),
            seen: None,
        };
        // It may have come there by a try of which no answer came: then after the last time that
        // it was looked for in vain, and that was after the try before.
        let mut tried = Since::now();
        let mut since = tried;
        let entered = self.change(&sheet, &mut |sheet| {
            if !sheet.work.contains_key(name) {
                since = tried;
                sheet.work.insert(name.to_owned(), entry.clone());
            }
            sheet.names.insert(record.clone());
            tried = Since::now();
        });
        if let Err(error) = entered {
            // It may be there all the same.
            let _ = self.strike(&sheet, name);
            return Err(error);
        }
        self.have_entered([record]);
        Ok((sheet, since))
    }

    /// Changes what an entry says; `false` when it is gone.
    pub(in crate::ledger) fn reword(
        &self,
        sheet: &str,
        name: &str,
        text: &[u8],
    ) -> Result<bool, RegionError> {
        let intent = parsed(text)?;
        self.alter(sheet, &mut |sheet| match sheet.work.get_mut(name) {
            Some(entry) => {
                entry.intent = intent.clone();
                true
            }
            None => false,
        })
    }

    /// Takes out an entry.
    pub(in crate::ledger) fn strike(&self, sheet: &str, name: &str) -> Result<(), RegionError> {
        let mut strike = |sheet: &mut Sheet| sheet.work.remove(name).is_some();
        self.alter(sheet, &mut strike).map(|_| ())
    }

    pub(in crate::ledger) fn has_entry(
        &self,
        sheet: &str,
        name: &str,
    ) -> Result<bool, RegionError> {
        let (sheet, _) = self.sheet(&self.sheet_key(sheet)?)?;
        Ok(sheet.work.contains_key(name))
    }

    /// Changes a sheet if there is something to change.
    fn alter(
        &self,
        sheet: &str,
        alter: &mut dyn FnMut(&mut Sheet) -> bool,
    ) -> Result<bool, RegionError> {
        let key = self.sheet_key(sheet)?;
        let mut altered = |old: Option<&[u8]>| {
            let mut sheet = serde_json::from_slice::<Sheet>(old?).ok()?;
            alter(&mut sheet).then(|| to_bytes(&sheet).ok())?
        };
        let merged = self.store.merge(&key, &self.lock, &mut altered);
        merged.map_err(failed())
    }

    /// Those of some entries whose records were put.
    pub(in crate::ledger) fn ended(
        &self,
        work: &BTreeMap<String, Entered>,
    ) -> Result<BTreeSet<String>, RegionError> {
        let records: Vec<String> = work
            .values()
            .map(|entered| entered.record.clone())
            .collect();
        let found = self.get_each(&records)?.into_iter();
        let ended = work.keys().zip(found).filter(|(name, (_, record))| {
            let record = record.as_ref();
            let ends = record.and_then(|record| serde_json::from_slice::<Ends>(record).ok());
            ends.is_some_and(|ends| ends.announced.as_ref() == Some(name))
        });
        Ok(ended.map(|(name, _)| name.clone()).collect())
    }

    /// Whether work is entered still, and not at its end.
    pub(in crate::ledger) fn still_stands(
        &self,
        name: &str,
        entered: &Entered,
    ) -> Result<bool, RegionError> {
        let found = self.found_in(entered.sheets.iter().cloned())?;
        if !found.work.contains_key(name) {
            return Ok(false);
        }
        let alone = BTreeMap::from([(name.to_owned(), entered.clone())]);
        Ok(self.ended(&alone)?.is_empty())
    }

    /// The work that is entered in any sheet that there is.
    pub(in crate::ledger) fn entered_anywhere(
        &self,
    ) -> Result<BTreeMap<String, Entered>, RegionError> {
        let mut found = Found::default();
        for stored in self.sheets()? {
            match stored.sheet {
                Some(sheet) => found.take(&stored.name, sheet, stored.modified),
                None => tracing::warn!(ledger = %self.place, sheet = stored.name, "cannot be read"),
            }
        }
        Ok(found.work)
    }

    /// Every sheet that there is.
    fn sheets(&self) -> Result<Vec<Stored>, RegionError> {
        let names = self
            .names("register")?
            .into_iter()
            .filter(|name| name != FORM);
        let name = |name: String| {
            let name = name.strip_prefix("register/")?.strip_suffix(".json")?;
            Some(name.to_owned())
        };
        let names: Vec<String> = names.filter_map(name).collect();
        let keys = names.iter().map(|name| self.sheet_key(name));
        let keys: Vec<_> = keys.collect::<Result<_, _>>()?;
        let dated = self.store.get_each_dated(&keys).map_err(failed())?;
        let sheets = names.into_iter().zip(dated).filter_map(|(name, dated)| {
            let (bytes, modified) = dated?;
            Some(Stored {
                name,
                sheet: serde_json::from_slice(&bytes).ok(),
                modified,
            })
        });
        Ok(sheets.collect())
    }

    /// The sheets of a register that is made anew, with the work that is to stand elsewhere in it,
    /// and empty ones for those that cannot be read.
    pub(super) fn placed(
        &self,
        register: &Register,
    ) -> Result<BTreeMap<String, Sheet>, RegionError> {
        let mut placed: BTreeMap<String, Sheet> = BTreeMap::new();
        for stored in self.sheets()? {
            let Stored {
                name,
                sheet,
                modified,
            } = stored;
            let Some(sheet) = sheet else {
                let key = self.sheet_key(&name)?;
                // Who was entered there has made a lease by then, which is listed.
                if !self.store.has_rested(&key).map_err(failed())? {
                    let message = format!("{key} is damaged; in a minute it can be made anew");
                    return Err(self.unavailable(&message));
                }
                placed.entry(name).or_default();
                continue;
            };
            for (intent, mut entry) in sheet.work {
                let place = self.place_in(register, &entry.record);
                // The wide one is read by all.
                if place != name && name != WIDE {
                    entry.seen = entry.seen.or(modified);
                    placed.entry(place).or_default().work.insert(intent, entry);
                }
            }
        }
        Ok(placed)
    }

    /// Takes out the entries whose records were put.
    pub(super) fn strike_ended(&self) -> Result<(), RegionError> {
        let work = self.entered_anywhere()?;
        let ended = self.ended(&work)?;
        let sheets = ended.iter().filter_map(|name| work.get(name));
        let sheets: BTreeSet<&String> = sheets.flat_map(|entered| &entered.sheets).collect();
        for sheet in sheets {
            let mut strike = |sheet: &mut Sheet| {
                let before = sheet.work.len();
                sheet.work.retain(|name, _| !ended.contains(name));
                sheet.work.len() < before
            };
            self.alter(sheet, &mut strike)?;
        }
        Ok(())
    }
}

fn parsed(text: &[u8]) -> Result<Value, RegionError> {
    serde_json::from_slice(text).map_err(|e| RegionError::Archive {
        message: format!("an intent cannot be entered: {e}"),
    })
}
