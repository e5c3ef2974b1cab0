//! What is being written, as those see it who look: so that two different files for one region are
//! noticed.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zarrio_store::{Claim, Key, StoreError, StoreErrorKind};

use super::record::is_same_choice;
use super::register::{Entered, Found};
use super::{Extent, Ledger, Moment, SourceRecord};
use crate::RegionError;

/// The id of what is announced while records are removed that were put together.
pub(super) const MOVING: &str = "moving";
/// A look at a claim holds it for a moment, and another one's look then finds it taken.
const LOOKS: usize = 4;

/// Work that was begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// The id of the record that is to follow.
    pub id: String,
    /// When it began.
    pub began: Moment,
    /// The same in nanoseconds since 1970, and later than every record, and every other intent,
    /// that was known of the same elements.
    pub order: u64,
    /// Where the data come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceRecord>,
    /// Which part of the source was chosen, as in a record.
    #[serde(default)]
    pub selection: String,
    /// Whether what was stored was found not to be what was meant: then the region is not what
    /// its own records say either.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
    /// Who writes: machine and process.
    pub writer: String,
    /// The variables and where they go.
    #[serde(with = "grouped")]
    pub parts: Vec<(String, Extent)>,
}

/// Parts in few words: most variables go to the same place, and an entry in the register is
/// written by everybody who enters something else there.
mod grouped {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::Extent;

    pub(super) fn serialize<S: Serializer>(
        parts: &[(String, Extent)],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut groups: Vec<(Vec<&str>, &Extent)> = Vec::new();
        for (path, extent) in parts {
            match groups.iter_mut().find(|(_, known)| *known == extent) {
                Some((paths, _)) => paths.push(path),
                None => groups.push((vec![path], extent)),
            }
        }
        groups.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<(String, Extent)>, D::Error> {
        let groups = Vec::<(Vec<String>, Extent)>::deserialize(deserializer)?;
        let parts = groups.into_iter().flat_map(|(paths, extent)| {
            let parts = paths.into_iter().map(move |path| (path, extent.clone()));
            parts.collect::<Vec<_>>()
        });
        Ok(parts.collect())
    }
}

/// What was found of an intent.
pub(crate) type Read = Result<Intent, serde_json::Error>;

/// An intent that somebody has announced, alive or not.
#[derive(Debug)]
pub(crate) struct Announcement {
    pub(crate) name: String,
    pub(crate) intent: Read,
    /// Its entry, where it has one; it may have no object then.
    pub(super) entered: Option<Entered>,
}

impl Announcement {
    /// The objects of its claim and of what it says.
    fn keys(&self, ledger: &Ledger<'_>) -> Result<(Key, Key), RegionError> {
        let key = |kind| {
            let key = ledger.place.key(&format!("intents/{}.{kind}", self.name));
            key.map_err(cannot_tell())
        };
        Ok((key("live")?, key("json")?))
    }
}

impl Ledger<'_> {
    /// Every intent by its name, and whether its writer is alive. Those that cannot be read are
    /// left out.
    ///
    /// # Errors
    /// When the store fails.
    pub fn intents(&self) -> Result<Vec<(String, Intent, bool)>, RegionError> {
        let mut found = Vec::new();
        for announced in self.announced()? {
            let live = announced.intent.is_ok().then(|| self.is_live(&announced));
            if let (Some(live), Ok(intent)) = (live.transpose()?.flatten(), announced.intent) {
                found.push((announced.name, intent, live));
            }
        }
        Ok(found)
    }

    /// What somebody is at work on, and who it is.
    pub(crate) fn at_work(&self) -> Result<Option<(String, String)>, RegionError> {
        for announced in self.announced()? {
            if self.is_live(&announced)? == Some(true) {
                let Ok(intent) = announced.intent else {
                    return Ok(Some(("something".into(), "an unknown writer".into())));
                };
                let other = intent.source.map(|source| source.path);
                let other = other.unwrap_or_else(|| "its records".to_owned());
                return Ok(Some((other, intent.writer)));
            }
        }
        Ok(None)
    }

    /// Announcements that cannot be read although their writers are gone, by their objects, and
    /// why.
    pub(crate) fn unreadable(&self) -> Result<Vec<(String, serde_json::Error)>, RegionError> {
        let mut found = Vec::new();
        for announced in self.announced()? {
            let live = announced.intent.is_err().then(|| self.is_live(&announced));
            if let (Some(Some(false)), Err(error)) = (live.transpose()?, announced.intent) {
                found.push((
                    format!("{}/intents/{}.json", self.place, announced.name),
                    error,
                ));
            }
        }
        Ok(found)
    }

    /// Every intent, whether its writer is alive or not.
    pub(crate) fn announced(&self) -> Result<Vec<Announcement>, RegionError> {
        // In this order: what is made from an entry meanwhile is still entered.
        let names = self.names("intents")?;
        self.announced_by(names, self.entered_anywhere()?)
    }

    /// The same of those that may be about some parts of variables.
    pub(crate) fn announced_about(
        &self,
        parts: &[(String, Extent)],
    ) -> Result<Vec<Announcement>, RegionError> {
        let extents = parts.iter().map(|(_, extent)| extent);
        match self.found_about(extents)? {
            Some(Found { names, work }) => {
                let names = names.into_iter();
                let names = names.filter(|name| name.starts_with("intents/"));
                self.announced_by(names.collect(), work)
            }
            None => self.announced(),
        }
    }

    /// The greatest order of what is announced of some parts of variables, also by those who died:
    /// whatever is to count there comes after it.
    pub(crate) fn latest_announced(
        &self,
        parts: &[(String, Extent)],
    ) -> Result<Option<u64>, RegionError> {
        let announced = self.announced_about(parts)?.into_iter();
        let intents = announced.filter_map(|announced| announced.intent.ok());
        let orders = intents.filter(|intent| intent.is_about(parts));
        Ok(orders.map(|intent| intent.order).max())
    }

    fn announced_by(
        &self,
        names: Vec<String>,
        mut work: BTreeMap<String, Entered>,
    ) -> Result<Vec<Announcement>, RegionError> {
        for ended in self.ended(&work)? {
            work.remove(&ended);
        }
        let names: Vec<String> = names.into_iter().filter(|n| n.ends_with(".json")).collect();
        let mut found = Vec::new();
        for (path, (_, bytes)) in names.iter().zip(self.get_each(&names)?) {
            let Some(bytes) = bytes else {
                continue;
            };
            let name = base(path.trim_end_matches(".json"));
            let entered = work.remove(&name);
            found.push(self.announcement(name, &bytes, entered));
        }
        for (name, entered) in work {
            let text = entered.text.clone();
            found.push(self.announcement(name, &text, Some(entered)));
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    fn announcement(&self, name: String, text: &[u8], entered: Option<Entered>) -> Announcement {
        let mut intent = first::<Intent>(text);
        for (path, _) in intent.iter_mut().flat_map(|intent| &mut intent.parts) {
            self.to_path(path);
        }
        Announcement {
            name,
            intent,
            entered,
        }
    }

    /// Whether the writer of an intent is alive; none where the intent is gone meanwhile.
    pub(crate) fn is_live(&self, announced: &Announcement) -> Result<Option<bool>, RegionError> {
        let (mark, document) = announced.keys(self)?;
        let claim = match self.abandoned(announced, &mark, &document) {
            // Who may not write here cannot ask, and whoever began counts as alive.
            Err(error) if is_refused(&error) => return Ok(Some(true)),
            result => result?,
        };
        let Some(claim) = claim else {
            return Ok(Some(true));
        };
        let has_object = self.store.exists(&document).map_err(cannot_tell())?;
        let stands = match &announced.entered {
            Some(entered) => self.still_stands(&announced.name, entered)?,
            None => has_object,
        };
        if stands && has_object {
            drop(claim);
            return Ok(Some(false));
        }
        // It was withdrawn between our two looks, and we have just made its mark anew; or the mark
        // is all that an entry has here.
        claim.withdraw().map_err(cannot_tell())?;
        Ok(stands.then_some(false))
    }

    /// The claim of a writer that is gone.
    fn abandoned(
        &self,
        announced: &Announcement,
        mark: &Key,
        document: &Key,
    ) -> Result<Option<Box<dyn Claim>>, RegionError> {
        for look in 0..LOOKS {
            if look > 0 {
                std::thread::sleep(Duration::from_millis(1 << look));
            }
            let claim = self.claim_of(announced, mark, document)?;
            if claim.is_some() {
                return Ok(claim);
            }
        }
        Ok(None)
    }

    fn claim_of(
        &self,
        announced: &Announcement,
        mark: &Key,
        document: &Key,
    ) -> Result<Option<Box<dyn Claim>>, RegionError> {
        let claim = match &announced.entered {
            Some(Entered { text, since, .. }) => {
                self.store.claim_left(mark, document, text, *since)
            }
            None => self.store.claim_saying(mark, document, None),
        };
        claim.map_err(cannot_tell())
    }

    /// Removes those of some announcements whose writers are gone, if `remove` says so of them;
    /// gives how many there were.
    pub(crate) fn forget(
        &self,
        announced: Vec<Announcement>,
        remove: impl Fn(&str, &Read) -> bool,
    ) -> Result<usize, RegionError> {
        let failed = || RegionError::store("cannot remove what a writer left");
        let mut forgotten = 0;
        for announced in announced {
            if !remove(&announced.name, &announced.intent) {
                continue;
            }
            let (mark, document) = announced.keys(self)?;
            if let Some(claim) = self.claim_of(&announced, &mark, &document)? {
                // In this order: an entry without its object would seem to be of somebody alive.
                let sheets = announced.entered.iter().flat_map(|e| &e.sheets);
                for sheet in sheets {
                    self.strike(sheet, &announced.name)?;
                }
                self.store.delete(&document).map_err(failed())?;
                claim.withdraw().map_err(failed())?;
                forgotten += 1;
            }
        }
        Ok(forgotten)
    }

    /// Removes the marks of writers that died before they announced anything, or after they had
    /// withdrawn it.
    pub(crate) fn remove_marks(&self) -> Result<(), RegionError> {
        let names = self.names("intents")?;
        for mark in names.iter().filter_map(|name| name.strip_suffix(".live")) {
            if !names
                .iter()
                .any(|name| name.strip_suffix(".json") == Some(mark))
            {
                // A writer that is about to announce something holds it.
                self.is_live(&self.announcement(base(mark), b"", None))?;
            }
        }
        Ok(())
    }
}

impl Intent {
    /// Whether both are about an element of one variable.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.is_about(&other.parts)
    }

    /// Whether it is about an element of some parts of variables.
    fn is_about(&self, parts: &[(String, Extent)]) -> bool {
        self.parts.iter().any(|(path, extent)| {
            let theirs = parts.iter().find(|(name, _)| name == path);
            theirs.is_some_and(|(_, own)| own.meets(extent))
        })
    }

    /// Whether both are work on the same file.
    pub(crate) fn is_work_of(&self, other: &Self) -> bool {
        let sources = self.source.as_ref().zip(other.source.as_ref());
        let is_same = sources.is_some_and(|(own, theirs)| own.is_same_file(theirs));
        self.id == other.id || (is_same && is_same_choice(&self.selection, &other.selection))
    }
}

fn cannot_tell() -> impl FnOnce(StoreError) -> RegionError {
    RegionError::store("cannot tell who is writing")
}

/// Whether the store only may be read.
fn is_refused(error: &RegionError) -> bool {
    let RegionError::Store { source, .. } = error else {
        return false;
    };
    matches!(
        source.kind(),
        StoreErrorKind::ReadOnly | StoreErrorKind::PermissionDenied
    )
}

/// The first value of a JSON document, behind which a store may have something of its own.
fn first<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter();
    match values.next() {
        Some(value) => value,
        // Nothing at all, which has an error of its own.
        None => serde_json::from_slice(bytes),
    }
}

/// The name of an intent, from that of its object.
fn base(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().to_owned()
}
