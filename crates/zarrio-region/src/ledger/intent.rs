//! What is being written, so that two different files for one region are noticed.
//!
//! A writer first claims a name and puts its intent under it, then looks at those of others.
//! Of two that began at once at least one sees the other, because both put before they
//! looked. The one with the greater name gives way; the other one waits until it did, or
//! gives way too when it did not: then that one had begun before.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use zarrio_store::{Claim, Key, StoreErrorKind};

use super::{Extent, Ledger, Moment, SourceRecord};
use crate::RegionError;

/// How long one that goes first waits for the other to give way.
const PATIENCE: Duration = Duration::from_secs(5);
const NAP: Duration = Duration::from_millis(20);
/// A look at a claim holds it for a moment, and another one's look then finds it taken.
const LOOKS: usize = 4;

/// Work that was begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// The id of the record that is to follow.
    pub id: String,
    /// When it began.
    pub began: Moment,
    /// The same in nanoseconds since 1970.
    pub order: u64,
    /// Where the data come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceRecord>,
    /// Who writes: machine and process.
    pub writer: String,
    /// The variables and where they go.
    pub parts: Vec<(String, Extent)>,
}

/// An intent that is announced; withdrawn by [`end`](Self::end). A writer that dies leaves it
/// behind, without its claim.
#[derive(Debug)]
pub(crate) struct Begun<'l, 'a> {
    ledger: &'l Ledger<'a>,
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
        let claim = self.store.claim(&mark).map_err(failed())?;
        let Some(claim) = claim else {
            return Err(RegionError::Busy {
                output: self.store.location(),
            });
        };
        let begun = Begun {
            ledger: self,
            document,
            claim,
        };
        let mut written = intent.clone();
        for (path, _) in &mut written.parts {
            self.to_name(path);
        }
        let bytes = serde_json::to_vec(&written).map_err(|e| RegionError::Archive {
            message: format!("an intent cannot be written: {e}"),
        })?;
        let announced = self
            .store
            .put(&begun.document, &bytes)
            .map_err(failed())
            .and_then(|()| self.wait_for_others(intent, &name));
        match announced {
            Ok(()) => Ok(begun),
            Err(error) => {
                // What is left of it belongs to nobody, and is no obstacle.
                let _ = begun.end();
                Err(error)
            }
        }
    }

    fn wait_for_others(&self, intent: &Intent, name: &str) -> Result<(), RegionError> {
        let begun = Instant::now();
        loop {
            let others = self.intents()?;
            let obstacle = others.iter().find(|(other, found, live)| {
                *live
                    && other != name
                    && !is_same(intent, found)
                    && intent.parts.iter().any(|(path, extent)| {
                        found
                            .parts
                            .iter()
                            .any(|(other, own)| other == path && own.meets(extent))
                    })
            });
            let Some((other, found, _)) = obstacle else {
                return Ok(());
            };
            if other.as_str() < name || begun.elapsed() >= PATIENCE {
                let source = found.source.as_ref();
                return Err(RegionError::Overlap {
                    other: source.map_or_else(|| found.id.clone(), |s| s.path.clone()),
                    writer: found.writer.clone(),
                });
            }
            std::thread::sleep(NAP);
        }
    }

    /// Every intent by its name, and whether its writer is alive.
    ///
    /// # Errors
    /// When the store fails.
    pub fn intents(&self) -> Result<Vec<(String, Intent, bool)>, RegionError> {
        let failed = || RegionError::store("cannot read what is being written");
        let mut found = Vec::new();
        for path in self.names("intents")? {
            let Some(name) = path.strip_suffix(".json") else {
                continue;
            };
            let key = self.place.key(&path).map_err(failed())?;
            let Some(bytes) = self.store.get(&key).map_err(failed())? else {
                continue;
            };
            // Objects are whole: what is no intent was damaged later, and tells nothing.
            let Ok(mut intent) = serde_json::from_slice::<Intent>(&bytes) else {
                continue;
            };
            for (path, _) in &mut intent.parts {
                self.to_path(path);
            }
            let mark = self.place.key(&format!("{name}.live")).map_err(failed())?;
            let claim = match self.abandoned(&mark) {
                // Who may not write here cannot ask, and whoever began counts as alive.
                Err(error) if is_refused(&error) => None,
                result => result?,
            };
            match claim {
                None => found.push((base(name), intent, true)),
                Some(claim) if self.store.exists(&key).map_err(failed())? => {
                    drop(claim);
                    found.push((base(name), intent, false));
                }
                // It was withdrawn between our two looks, and we have just made its mark anew.
                Some(claim) => claim.withdraw().map_err(failed())?,
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    }

    /// The claim of a writer that is gone.
    fn abandoned(&self, mark: &Key) -> Result<Option<Box<dyn Claim>>, RegionError> {
        for look in 0..LOOKS {
            if look > 0 {
                std::thread::sleep(Duration::from_millis(1 << look));
            }
            let claim = self.store.claim(mark);
            if let Some(claim) = claim.map_err(RegionError::store("cannot tell who is writing"))? {
                return Ok(Some(claim));
            }
        }
        Ok(None)
    }

    /// Removes the intents of writers that are gone, if `remove` says so of them.
    pub(crate) fn forget(
        &self,
        remove: impl Fn(&Intent) -> bool,
    ) -> Result<Vec<Intent>, RegionError> {
        let failed = || RegionError::store("cannot remove what a writer left");
        let mut forgotten = Vec::new();
        for (name, intent, live) in self.intents()? {
            if live || !remove(&intent) {
                continue;
            }
            let mark = self
                .place
                .key(&format!("intents/{name}.live"))
                .map_err(failed())?;
            let document = self
                .place
                .key(&format!("intents/{name}.json"))
                .map_err(failed())?;
            if let Some(claim) = self.store.claim(&mark).map_err(failed())? {
                self.store.delete(&document).map_err(failed())?;
                claim.withdraw().map_err(failed())?;
                forgotten.push(intent);
            }
        }
        Ok(forgotten)
    }
}

impl Begun<'_, '_> {
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
    one.id == other.id || (one.source.is_some() && one.source == other.source)
}

/// The name of an intent, from that of its object.
fn base(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

/// What tells apart two writers of the same.
fn random() -> Result<String, RegionError> {
    let mut bits = [0u8; 8];
    getrandom::fill(&mut bits).map_err(|e| RegionError::Archive {
        message: format!("cannot get random numbers: {e}"),
    })?;
    Ok(format!("{:016x}", u64::from_le_bytes(bits)))
}
