//! Removing records that were put together, where a store removes nothing on a condition.
//!
//! Between the look at a record and its removal a writer may put it again. So whoever removes
//! says so before he looks, in the sheet that all writers read, and looks then who is at work;
//! and writers announce themselves before they look. Of two at once at least one sees the other:
//! the records of those who are at work stay where they are, and those who come later wait.

use std::collections::{BTreeMap, BTreeSet};

use zarrio_store::Key;

use super::super::Begun;
use super::super::intent::MOVING;
use super::super::upkeep::UPKEEP;
use super::form::WIDE;
use super::{Ledger, Name, RegionError, Sheet, failed, to_bytes};

/// So many objects are removed at a time, each time after a look whether that may still be done.
const AT_A_TIME: usize = 1000;

impl<'a> Ledger<'a> {
    /// Keeps writers who come from now on from putting records, as long as `begun` is announced.
    /// Gives the ids of those that may be put all the same, by writers who were there before;
    /// nothing where that cannot be told.
    pub(in crate::ledger) fn hold_off(
        &self,
        begun: &Begun<'_, 'a>,
    ) -> Result<Option<BTreeSet<String>>, RegionError> {
        if self.register()?.is_none() {
            return Ok(None);
        }
        self.enter([format!("intents/{}.json", begun.name)], WIDE)?;
        // What names these entries is going to be where they are not looked for.
        self.strike_ended()?;
        let mut busy = BTreeSet::new();
        for announced in self.announced()? {
            if announced.name == begun.name || self.is_live(&announced)? != Some(true) {
                continue;
            }
            match announced.intent {
                Ok(intent) if ![UPKEEP, MOVING].contains(&intent.id.as_str()) => {
                    busy.insert(intent.id);
                }
                _ => {
                    tracing::info!(ledger = %self.place, "somebody else changes its records");
                    return Ok(None);
                }
            }
        }
        Ok(Some(busy))
    }

    /// Removes what is in segments now, which others find from then on.
    pub(in crate::ledger) fn remove_moved(
        &self,
        removed: &[&String],
        segments: &[String],
        begun: &Begun<'_, 'a>,
    ) -> Result<(), RegionError> {
        let Some(register) = self.register()? else {
            return Ok(());
        };
        let sheet_of = |name: &str| self.place_in(register, name);
        for segment in segments {
            self.enter([segment.clone()], &sheet_of(segment))?;
        }
        for names in removed.chunks(AT_A_TIME) {
            let keys = names.iter().map(|name| self.place.key(name));
            let keys: Vec<Key> = keys.collect::<Result<_, _>>().map_err(failed())?;
            begun.check()?;
            self.store.delete_each(&keys).map_err(failed())?;
        }
        // What is entered may be absent, but everybody would look for it. Who waits for us has
        // entered what he is going to put together with his announcement.
        let mut sheets: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for name in removed {
            sheets.entry(sheet_of(name)).or_default().insert(name);
        }
        for (sheet, gone) in sheets {
            let key = self.sheet_key(&sheet)?;
            let mut strike = |old: Option<&[u8]>| {
                let mut sheet = serde_json::from_slice::<Sheet>(old?).ok()?;
                let announced = sheet.names.iter().filter_map(|name| announced(name));
                let announced = announced.chain(sheet.work.keys().map(String::as_str));
                let waits = announced.filter_map(|name| name.rsplit_once('-'));
                let waits: BTreeSet<String> = waits.map(|(id, _)| id.to_owned()).collect();
                sheet.names.retain(|name| {
                    let is_awaited = Name::parse(base(name)).is_some_and(|n| waits.contains(&n.id));
                    is_awaited || !gone.contains(name.as_str())
                });
                to_bytes(&sheet).ok()
            };
            let merged = self.store.merge(&key, &self.lock, &mut strike);
            merged.map_err(failed())?;
        }
        Ok(())
    }
}

/// The name of an announcement, by that of its object.
fn announced(name: &str) -> Option<&str> {
    name.strip_prefix("intents/")?.strip_suffix(".json")
}

/// The last part of a name.
fn base(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}
