//! What is being written, so that two different files for one region are noticed.
//!
//! A writer first claims a name and puts its intent under it, then looks at those of others.
//! Of two that began at once at least one sees the other, because both put before they
//! looked. The one with the greater name gives way; the other one waits until it did, or
//! gives way too when it did not: then that one had begun before.

use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zarrio_store::{Claim, Key, StoreErrorKind};

use super::{Extent, Ledger, Moment, SourceRecord};
use crate::RegionError;
use crate::pauses::Pauses;

/// The id of what is announced while records are removed that were put together.
pub(super) const MOVING: &str = "moving";
/// How long it is waited for that this is done.
const PATIENCE_MOVING: Duration = Duration::from_secs(60);
/// How long one that goes first waits for the other to give way.
const PATIENCE: Duration = Duration::from_secs(5);
/// A look at a claim holds it for a moment, and another one's look then finds it taken.
const LOOKS: usize = 4;

/// Work that was begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// The id of the record that is to follow.
    pub id: String,
    /// When it began.
    pub began: Moment,
    /// The same in nanoseconds since 1970, and later than every record that was known of the
    /// same elements.
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
    pub parts: Vec<(String, Extent)>,
}

/// What was found of an intent.
pub(crate) type Read = Result<Intent, serde_json::Error>;

/// An intent that is announced; withdrawn by [`end`](Self::end). A writer that dies leaves it
/// behind, without its claim.
#[derive(Debug)]
pub(crate) struct Begun<'l, 'a> {
    ledger: &'l Ledger<'a>,
    pub(super) name: String,
    document: Key,
    claim: Box<dyn Claim>,
}

impl<'a> Ledger<'a> {
    /// Announces work, once nobody else is at work on the same elements with another source.
    ///
    /// # Errors
    /// [`RegionError::Overlap`] when somebody is, and when the store fails.
    pub(crate) fn begin(&self, intent: &Intent) -> Result<Begun<'_, 'a>, RegionError> {
        let failed = || RegionError::store("cannot announce what will be written");
        let name = format!("{}-{}", intent.id, random()?);
        let key = |kind: &str| {
            self.place
                .key(&format!("intents/{name}.{kind}"))
                .map_err(failed())
        };
        let (mark, document) = (key("live")?, key("json")?);
        let text = self.text_of(intent)?;
        let claim = self.store.claim_saying(&mark, &document, Some(&text));
        let claim = claim.map_err(failed())?;
        let Some(claim) = claim else {
            return Err(RegionError::Busy {
                output: self.store.location(),
            });
        };
        let begun = Begun {
            ledger: self,
            name: name.clone(),
            document,
            claim,
        };
        let announced = begun.announce(intent).and_then(|()| {
            if !intent.parts.is_empty() {
                self.enter_work(intent, &name)?;
            } else if self.store.deletes_on_condition() || intent.id == MOVING {
                return Ok(());
            }
            self.wait_for_others(intent, &name)
        });
        match announced {
            Ok(()) => Ok(begun),
            Err(error) => {
                // What is left of it belongs to nobody, and is no obstacle.
                let _ = begun.end();
                Err(error)
            }
        }
    }

    /// What the document of an intent says.
    fn text_of(&self, intent: &Intent) -> Result<Vec<u8>, RegionError> {
        let mut written = intent.clone();
        for (path, _) in &mut written.parts {
            self.to_name(path);
        }
        serde_json::to_vec(&written).map_err(|e| RegionError::Archive {
            message: format!("an intent cannot be written: {e}"),
        })
    }

    fn wait_for_others(&self, intent: &Intent, name: &str) -> Result<(), RegionError> {
        let (begun, mut pauses) = (Instant::now(), Pauses::new());
        loop {
            let mut obstacle = None;
            for (other, found) in self.announced_about(&intent.parts)? {
                // Whether somebody is alive is asked only of those who matter: it takes time.
                let found = found.ok();
                let moves =
                    |found: &Intent| found.id == MOVING && !self.store.deletes_on_condition();
                let matters = other != name
                    && found.as_ref().is_none_or(|found| {
                        moves(found) || (!is_same(intent, found) && intent.meets(found))
                    });
                if matters && self.is_live(&other)? == Some(true) {
                    obstacle = Some((other, found));
                    break;
                }
            }
            let Some((other, found)) = obstacle else {
                return Ok(());
            };
            let moves = found.as_ref().is_some_and(|found| found.id == MOVING);
            let gives_up = match moves {
                true => begun.elapsed() >= PATIENCE_MOVING,
                false => other.as_str() < name || begun.elapsed() >= PATIENCE,
            };
            if gives_up {
                let source = found.as_ref().and_then(|found| found.source.as_ref());
                return Err(RegionError::Overlap {
                    other: match source {
                        Some(source) => source.path.clone(),
                        None if moves => "the archive's records".to_owned(),
                        None => "another file".to_owned(),
                    },
                    writer: found.map_or_else(|| "an unknown writer".to_owned(), |f| f.writer),
                });
            }
            pauses.pause();
        }
    }

    /// Every intent by its name, and whether its writer is alive. Those that cannot be read are
    /// left out.
    ///
    /// # Errors
    /// When the store fails.
    pub fn intents(&self) -> Result<Vec<(String, Intent, bool)>, RegionError> {
        let mut found = Vec::new();
        for (name, intent) in self.announced()? {
            if let (Ok(intent), Some(live)) = (intent, self.is_live(&name)?) {
                found.push((name, intent, live));
            }
        }
        Ok(found)
    }

    /// What somebody is at work on, and who it is.
    pub(crate) fn at_work(&self) -> Result<Option<(String, String)>, RegionError> {
        for (name, intent) in self.announced()? {
            if self.is_live(&name)? == Some(true) {
                let Ok(intent) = intent else {
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
        for (name, intent) in self.announced()? {
            if let Err(error) = intent
                && self.is_live(&name)? == Some(false)
            {
                found.push((format!("{}/intents/{name}.json", self.place), error));
            }
        }
        Ok(found)
    }

    /// Every intent by its name, whether its writer is alive or not; an error for one that
    /// cannot be read.
    pub(crate) fn announced(&self) -> Result<Vec<(String, Read)>, RegionError> {
        self.announced_by(self.names("intents")?)
    }

    /// The same of those that may be about some parts of variables.
    pub(crate) fn announced_about(
        &self,
        parts: &[(String, Extent)],
    ) -> Result<Vec<(String, Read)>, RegionError> {
        let extents = parts.iter().map(|(_, extent)| extent);
        self.announced_by(self.names_about("intents", extents)?.0)
    }

    fn announced_by(&self, names: Vec<String>) -> Result<Vec<(String, Read)>, RegionError> {
        let failed = || RegionError::store("cannot read what is being written");
        let mut found = Vec::new();
        for path in names {
            let Some(name) = path.strip_suffix(".json") else {
                continue;
            };
            let key = self.place.key(&path).map_err(failed())?;
            let Some(bytes) = self.store.get(&key).map_err(failed())? else {
                continue;
            };
            let mut intent = first::<Intent>(&bytes);
            for (path, _) in intent.iter_mut().flat_map(|intent| &mut intent.parts) {
                self.to_path(path);
            }
            found.push((base(name), intent));
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    }

    /// Whether the writer of an intent is alive; none where the intent is gone meanwhile.
    pub(super) fn is_live(&self, name: &str) -> Result<Option<bool>, RegionError> {
        let failed = || RegionError::store("cannot tell who is writing");
        let key = |kind| self.place.key(&format!("intents/{name}.{kind}"));
        let (mark, document) = (
            key("live").map_err(failed())?,
            key("json").map_err(failed())?,
        );
        let claim = match self.abandoned(&mark, &document) {
            // Who may not write here cannot ask, and whoever began counts as alive.
            Err(error) if is_refused(&error) => None,
            result => result?,
        };
        match claim {
            None => Ok(Some(true)),
            Some(claim) if self.store.exists(&document).map_err(failed())? => {
                drop(claim);
                Ok(Some(false))
            }
            // It was withdrawn between our two looks, and we have just made its mark anew.
            Some(claim) => claim.withdraw().map_err(failed()).map(|()| None),
        }
    }

    /// The claim of a writer that is gone.
    fn abandoned(&self, mark: &Key, document: &Key) -> Result<Option<Box<dyn Claim>>, RegionError> {
        for look in 0..LOOKS {
            if look > 0 {
                std::thread::sleep(Duration::from_millis(1 << look));
            }
            let claim = self.store.claim_saying(mark, document, None);
            if let Some(claim) = claim.map_err(RegionError::store("cannot tell who is writing"))? {
                return Ok(Some(claim));
            }
        }
        Ok(None)
    }

    /// Removes those of some announcements whose writers are gone, if `remove` says so of them;
    /// gives how many there were.
    pub(crate) fn forget(
        &self,
        announced: Vec<(String, Read)>,
        remove: impl Fn(&str, &Read) -> bool,
    ) -> Result<usize, RegionError> {
        let failed = || RegionError::store("cannot remove what a writer left");
        let mut forgotten = 0;
        for (name, intent) in announced {
            if !remove(&name, &intent) {
                continue;
            }
            let key = |kind| self.place.key(&format!("intents/{name}.{kind}"));
            let (mark, document) = (
                key("live").map_err(failed())?,
                key("json").map_err(failed())?,
            );
            let claim = self.store.claim_saying(&mark, &document, None);
            if let Some(claim) = claim.map_err(failed())? {
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
                self.is_live(&base(mark))?;
            }
        }
        Ok(())
    }
}

impl Intent {
    /// Whether both are about an element of one variable.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.parts.iter().any(|(path, extent)| {
            let theirs = other.parts.iter().find(|(name, _)| name == path);
            theirs.is_some_and(|(_, own)| own.meets(extent))
        })
    }
}

impl Begun<'_, '_> {
    /// Tells others, also of a power cut, what is going to be written.
    pub(crate) fn announce(&self, intent: &Intent) -> Result<(), RegionError> {
        let failed = || RegionError::store("cannot announce what will be written");
        let text = self.ledger.text_of(intent)?;
        if self.claim.say(&text).map_err(failed())? {
            return Ok(());
        }
        let store = self.ledger.store;
        store.put(&self.document, &text).map_err(failed())?;
        store.sync().map_err(failed())
    }

    /// Makes sure that others still take this writer for alive: a lease may have run out, and
    /// then somebody may have replaced what was written.
    pub(crate) fn check(&self) -> Result<(), RegionError> {
        let failed = RegionError::store("others took this process for dead; run the command again");
        self.claim.check().map_err(failed)
    }

    /// The work is given up, and its announcement stays to tell so.
    pub(crate) fn abandon(self) {
        drop(self.claim);
    }

    /// The work is done, or given up.
    pub(crate) fn end(self) -> Result<(), RegionError> {
        let failed = || RegionError::store("cannot withdraw what was announced");
        // In this order: a document without its mark would seem to be that of a dead writer.
        self.ledger.store.delete(&self.document).map_err(failed())?;
        self.claim.withdraw().map_err(failed())
    }
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

/// Whether both write the same: then it does not matter who is first.
fn is_same(one: &Intent, other: &Intent) -> bool {
    let chosen = |intent: &Intent| (intent.source.clone(), intent.selection.clone());
    one.id == other.id || (one.source.is_some() && chosen(one) == chosen(other))
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

/// What tells apart two writers of the same.
pub(super) fn random() -> Result<String, RegionError> {
    let mut bits = [0u8; 8];
    getrandom::fill(&mut bits).map_err(|e| RegionError::Archive {
        message: format!("cannot get random numbers: {e}"),
    })?;
    Ok(format!("{:016x}", u64::from_le_bytes(bits)))
}
