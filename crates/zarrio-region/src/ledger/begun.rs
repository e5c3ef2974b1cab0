//! Work that is announced, from the side of who does it.
//!
//! A writer claims a name and says what he is going to write, then looks at what others have
//! said. Of two that began at once at least one sees the other, because both spoke before they
//! looked. The one with the greater name gives way; the other one waits until it did, or gives
//! way too when it did not: then that one had begun before.
//!
//! In a directory the claim is a lock, and what is said an object. On an object store both are
//! one entry in the register (see there), put on a condition: one request, before which nobody
//! knows of the work and after which everybody does.

use std::time::{Duration, Instant};

use zarrio_store::{Claim, Key, StoreError, StoreErrorKind};

use super::intent::MOVING;
use super::{Intent, Ledger};
use crate::RegionError;
use crate::pauses::Pauses;

/// How long it is waited for that records are removed which were put together: longer than one who
/// was killed at it is taken for alive.
const PATIENCE_MOVING: Duration = Duration::from_secs(75);
/// How long one that goes first waits for the other to give way.
const PATIENCE: Duration = Duration::from_secs(5);

/// An intent that is announced; withdrawn by [`end`](Self::end). A writer that dies leaves it
/// behind, without its claim.
#[derive(Debug)]
pub(crate) struct Begun<'l, 'a> {
    ledger: &'l Ledger<'a>,
    pub(super) name: String,
    said: Said,
    claim: Box<dyn Claim>,
    /// The greatest order of what others had announced of the same elements.
    others: Option<u64>,
}

/// Where it stands what somebody is going to do.
#[derive(Debug)]
enum Said {
    /// In an object.
    Document(Key),
    /// In this sheet of the register.
    Entry(String),
}

/// How work has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Its record, which names its announcement, was put.
    Recorded,
    /// Nothing tells of it.
    Silent,
}

impl<'a> Ledger<'a> {
    /// Announces work, once nobody else is at work on the same elements with another source.
    ///
    /// # Errors
    /// [`RegionError::Overlap`] when somebody is, and when the store fails.
    pub(crate) fn begin(&self, intent: &Intent) -> Result<Begun<'_, 'a>, RegionError> {
        let name = format!("{}-{}", intent.id, random()?);
        let writes = !intent.parts.is_empty();
        let mut begun = match writes && self.has_register()? {
            true => self.begin_entered(intent, name)?,
            false => self.begin_marked(intent, name)?,
        };
        let heeds = writes || !(self.store.deletes_on_condition() || intent.id == MOVING);
        match heeds.then(|| self.wait_for_others(intent, &begun.name)) {
            None => Ok(begun),
            Some(Ok(others)) => {
                begun.others = others;
                Ok(begun)
            }
            Some(Err(error)) => {
                // What is left of it belongs to nobody, and is no obstacle.
                let _ = begun.end(End::Silent);
                Err(error)
            }
        }
    }

    /// By an entry alone.
    fn begin_entered(&self, intent: &Intent, name: String) -> Result<Begun<'_, 'a>, RegionError> {
        let text = self.text_of(intent)?;
        let document = self.place.key(&format!("intents/{name}.json"));
        let document = document.map_err(cannot_announce())?;
        let (sheet, since) = self.enter_work(intent, &name, &text)?;
        let claim = self.store.claim_entered(&document, &text, since);
        Ok(Begun {
            ledger: self,
            name,
            said: Said::Entry(sheet),
            claim: claim.map_err(cannot_announce())?,
            others: None,
        })
    }

    /// By an object and a claim of it.
    fn begin_marked(&self, intent: &Intent, name: String) -> Result<Begun<'_, 'a>, RegionError> {
        let key = |kind: &str| {
            let key = self.place.key(&format!("intents/{name}.{kind}"));
            key.map_err(cannot_announce())
        };
        let (mark, document) = (key("live")?, key("json")?);
        let text = self.text_of(intent)?;
        let claim = self.store.claim_saying(&mark, &document, Some(&text));
        let Some(claim) = claim.map_err(cannot_announce())? else {
            return Err(RegionError::Busy {
                output: self.store.location(),
            });
        };
        let begun = Begun {
            ledger: self,
            name,
            said: Said::Document(document),
            claim,
            others: None,
        };
        let announced = begun.announce(intent);
        match announced.and_then(|()| match intent.parts.is_empty() {
            true => Ok(()),
            false => self.distrust(),
        }) {
            Ok(()) => Ok(begun),
            Err(error) => {
                let _ = begun.end(End::Silent);
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

    /// Waits until nobody else is at work on the same elements. Gives the greatest order of what is
    /// announced of them nevertheless, such as by those who died.
    fn wait_for_others(&self, intent: &Intent, name: &str) -> Result<Option<u64>, RegionError> {
        let (begun, mut pauses) = (Instant::now(), Pauses::new());
        loop {
            let (mut obstacle, mut order) = (None, None);
            for other in self.announced_about(&intent.parts)? {
                // Whether somebody is alive is asked only of those who matter: it takes time.
                let found = other.intent.as_ref().ok();
                let met = found.filter(|found| other.name != name && intent.meets(found));
                order = order.max(met.map(|found| found.order));
                let moves =
                    |found: &Intent| found.id == MOVING && !self.store.deletes_on_condition();
                let matters = other.name != name
                    && found.is_none_or(|found| {
                        moves(found) || (!is_same(intent, found) && intent.meets(found))
                    });
                if matters && self.is_live(&other)? == Some(true) {
                    obstacle = Some((other.name, other.intent.ok()));
                    break;
                }
            }
            let Some((other, found)) = obstacle else {
                return Ok(order);
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
}

impl Begun<'_, '_> {
    /// Tells others, also of a power cut, what is going to be written.
    pub(crate) fn announce(&self, intent: &Intent) -> Result<(), RegionError> {
        let text = self.ledger.text_of(intent)?;
        if let Said::Entry(sheet) = &self.said {
            if !self.ledger.reword(sheet, &self.name, &text)? {
                return Err(taken_for_dead(self.gone()));
            }
            return self.claim.say(&text).map(|_| ()).map_err(cannot_announce());
        }
        if self.claim.say(&text).map_err(cannot_announce())? {
            return Ok(());
        }
        let store = self.ledger.store;
        if let Said::Document(document) = &self.said {
            store.put(document, &text).map_err(cannot_announce())?;
        }
        store.sync().map_err(cannot_announce())
    }

    /// The greatest order of what others, dead ones too, had announced of the same elements.
    pub(crate) fn others(&self) -> Option<u64> {
        self.others
    }

    /// The name by which its record is to name it, where that ends it.
    pub(crate) fn entry(&self) -> Option<&str> {
        matches!(self.said, Said::Entry(_)).then_some(self.name.as_str())
    }

    /// Makes sure that others still take this writer for alive: a lease may have run out, and
    /// then somebody may have replaced what was written.
    pub(crate) fn check(&self) -> Result<(), RegionError> {
        self.claim.check().map_err(taken_for_dead)?;
        match &self.said {
            // In this order: who takes it over makes the lease first, and strikes the entry when
            // he has done.
            Said::Entry(sheet) if !self.ledger.has_entry(sheet, &self.name)? => {
                Err(taken_for_dead(self.gone()))
            }
            _ => Ok(()),
        }
    }

    /// The same, before each of many changes: without a request where it is certain without one.
    pub(crate) fn hold(&self) -> Result<(), RegionError> {
        self.claim.hold().map_err(taken_for_dead)
    }

    /// The work is given up, and its announcement stays to tell so.
    pub(crate) fn abandon(self) {
        drop(self.claim);
    }

    /// The work is done, or given up.
    pub(crate) fn end(self, end: End) -> Result<(), RegionError> {
        let failed = || RegionError::store("cannot withdraw what was announced");
        // In this order: what is announced without its claim would seem to be a dead writer's.
        match &self.said {
            Said::Document(document) => {
                self.ledger.store.delete(document).map_err(failed())?;
            }
            Said::Entry(sheet) if end == End::Silent => self.ledger.strike(sheet, &self.name)?,
            Said::Entry(_) => {}
        }
        self.claim.withdraw().map_err(failed())
    }

    fn gone(&self) -> StoreError {
        let message = format!("the entry of {} is gone", self.name);
        StoreError::new(
            StoreErrorKind::Unavailable,
            self.ledger.store.location(),
            message,
        )
    }
}

fn cannot_announce() -> impl FnOnce(StoreError) -> RegionError {
    RegionError::store("cannot announce what will be written")
}

fn taken_for_dead(error: StoreError) -> RegionError {
    RegionError::store("others took this process for dead; run the command again")(error)
}

/// Whether both write the same: then it does not matter who is first.
fn is_same(one: &Intent, other: &Intent) -> bool {
    let chosen = |intent: &Intent| (intent.source.clone(), intent.selection.clone());
    one.id == other.id || (one.source.is_some() && chosen(one) == chosen(other))
}

/// What tells apart two writers of the same.
pub(super) fn random() -> Result<String, RegionError> {
    let mut bits = [0u8; 8];
    getrandom::fill(&mut bits).map_err(|e| RegionError::Archive {
        message: format!("cannot get random numbers: {e}"),
    })?;
    Ok(format!("{:016x}", u64::from_le_bytes(bits)))
}
