//! Objects that several writers change, by puts that carry a condition.

use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use object_store::{PutMode, UpdateVersion};

use super::{Found, RemoteStore, failure};
use crate::{Key, Merge, Prefix, Store, StoreError, StoreErrorKind};

/// How long a change is tried while others change the same object.
const PATIENCE: Duration = Duration::from_secs(120);
const SHORTEST_NAP: Duration = Duration::from_millis(5);
const LONGEST_NAP: Duration = Duration::from_secs(1);

/// Remembers beside the locks of file systems that a server passed the trial.
const ANSWER: &str = "conditions.json";
/// How many try at once whether only one wins.
const RACERS: usize = 8;
const ROUNDS: usize = 3;

impl RemoteStore {
    /// Changes an object: read, merge, put if it is still what was read, and again when it is
    /// not.
    pub(super) fn change(&self, key: &Key, merge: &mut Merge<'_>) -> Result<bool, StoreError> {
        let begun = Instant::now();
        let mut nap = SHORTEST_NAP;
        loop {
            let found = self.find(key)?;
            let old = found.as_ref().map(|found| found.bytes.as_ref());
            let Some(new) = merge(old) else {
                return Ok(false);
            };
            if old == Some(new.as_slice()) {
                return Ok(true);
            }
            let new = Bytes::from(new);
            let mode = self.only_if(key, found)?;
            if self.put_if(key, &new, &mode)?.is_ok() {
                return Ok(true);
            }
            // The answer to our own success may have been lost, and the request made again.
            if self.find(key)?.is_some_and(|found| found.bytes == new) {
                return Ok(true);
            }
            self.pause(key, begun, &mut nap)?;
        }
    }

    /// Puts a whole object in place of whatever is there, unless a claim has ended.
    ///
    /// On the condition that the object is the one that was there, or absent, before the claim was
    /// looked at: whoever takes the place of who holds it puts his own after that. Most objects
    /// are new. Who meets one that is not asks before he sends the next one.
    pub(super) fn replace(
        &self,
        key: &Key,
        bytes: &[u8],
        holds: &mut dyn FnMut() -> bool,
    ) -> Result<bool, StoreError> {
        if !self.conditions_hold() {
            return match holds() {
                true => self.put(key, bytes).map(|()| true),
                false => Ok(false),
            };
        }
        let (begun, mut nap) = (Instant::now(), SHORTEST_NAP);
        let bytes = Bytes::copy_from_slice(bytes);
        let mut asks = self.replaces.load(Ordering::Relaxed);
        loop {
            let found = match asks {
                true => self.meta(key)?,
                false => None,
            };
            let mode = match found {
                Some(meta) => self.unless_changed(
                    key,
                    UpdateVersion {
                        e_tag: meta.e_tag,
                        version: meta.version,
                    },
                )?,
                None => PutMode::Create,
            };
            self.replaces
                .store(mode != PutMode::Create, Ordering::Relaxed);
            if !holds() {
                return Ok(false);
            }
            if self.put_if(key, &bytes, &mode)?.is_ok() {
                return Ok(true);
            }
            // Another one, or our own, of which no answer came: put again, it is the same.
            if asks {
                self.pause(key, begun, &mut nap)?;
            }
            asks = true;
        }
    }

    /// The condition that an object is still what was found.
    pub(super) fn only_if(&self, key: &Key, found: Option<Found>) -> Result<PutMode, StoreError> {
        match found {
            None => Ok(PutMode::Create),
            Some(Found { version, .. }) => self.unless_changed(key, version),
        }
    }

    fn unless_changed(&self, key: &Key, version: UpdateVersion) -> Result<PutMode, StoreError> {
        match version.e_tag.is_some() {
            true => Ok(PutMode::Update(version)),
            false => {
                Err(self.unsupported(key.as_str(), "it does not tell versions of objects apart"))
            }
        }
    }

    fn pause(&self, key: &Key, begun: Instant, nap: &mut Duration) -> Result<(), StoreError> {
        let give_up = |kind, message: &str| {
            Err(StoreError::new(
                kind,
                self.shown(key.as_str()),
                message.to_owned(),
            ))
        };
        if self.stop.is_asked() {
            return give_up(
                StoreErrorKind::Interrupted,
                "stopped while others changed it",
            );
        }
        if begun.elapsed() > PATIENCE {
            return give_up(
                StoreErrorKind::Unavailable,
                "cannot change it: others do so all the time",
            );
        }
        std::thread::sleep(jittered(*nap));
        *nap = LONGEST_NAP.min(*nap * 2);
        Ok(())
    }

    fn unsupported(&self, key: &str, why: &str) -> StoreError {
        let message = format!("cannot share objects between writers here: {why}");
        StoreError::new(StoreErrorKind::Unsupported, self.shown(key), message)
    }

    /// Whether it is known already that conditional puts hold.
    pub(super) fn conditions_hold(&self) -> bool {
        let known = self.conditions.lock();
        let known = known.unwrap_or_else(PoisonError::into_inner);
        matches!(*known, Some(Ok(())))
    }

    /// Whether conditional puts hold, by trying. A server that passed is remembered in `place`.
    pub(super) fn check_conditions(&self, place: &Prefix) -> Result<(), StoreError> {
        self.check_writable(place.as_str())?;
        // Held for as long as the trial takes: threads that ask meanwhile wait for its answer.
        let mut known = self
            .conditions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match &*known {
            Some(Ok(())) => return Ok(()),
            Some(Err(message)) => {
                let (kind, place) = (StoreErrorKind::Unsupported, self.shown(place.as_str()));
                return Err(StoreError::new(kind, place, message.clone()));
            }
            None => {}
        }
        let answer = self.find_conditions(place);
        *known = match &answer {
            Ok(()) => Some(Ok(())),
            Err(error) if error.kind() == StoreErrorKind::Unsupported => {
                Some(Err(error.message().to_owned()))
            }
            // It may be found out the next time.
            Err(_) => None,
        };
        answer
    }

    fn find_conditions(&self, place: &Prefix) -> Result<(), StoreError> {
        let answer = place.key(ANSWER)?;
        // An archive may have been copied from another server, whose answer is none of this one.
        let held = format!("{{\"conditional_puts\":true,\"server\":{:?}}}", self.server);
        if self.get(&answer)?.as_deref() == Some(held.as_bytes()) {
            return Ok(());
        }
        let mut trials = Vec::new();
        let result = self.try_conditions(place, &mut trials);
        for trial in trials {
            // What stays is tiny, and `clean` would be in its right to remove it.
            let _ = self.delete(&trial);
        }
        result?;
        self.put(&answer, held.as_bytes())
    }

    fn try_conditions(&self, place: &Prefix, trials: &mut Vec<Key>) -> Result<(), StoreError> {
        let mut fresh = || {
            let key = place.key(&format!("trial-{}", random()?))?;
            trials.push(key.clone());
            Ok::<_, StoreError>(key)
        };
        let held = |answer: bool, why: &str| match answer {
            true => Ok(()),
            false => Err(self.unsupported(place.as_str(), why)),
        };
        let put = |key: &Key, bytes: &'static [u8], mode| self.carried_out(key, bytes, &mode);

        let key = fresh()?;
        held(
            put(&key, b"1", PutMode::Create)?,
            "it refuses to make an object that must not exist",
        )?;
        held(
            !put(&key, b"2", PutMode::Create)?,
            "it ignores the condition that an object must not exist",
        )?;
        let first = self.version(&key)?;
        held(
            put(&key, b"3", PutMode::Update(first.clone()))?,
            "it refuses to replace an object on the condition that it is unchanged",
        )?;
        held(
            !put(&key, b"4", PutMode::Update(first))?,
            "it ignores the condition that an object is unchanged",
        )?;
        held(
            self.get(&key)?.as_deref() == Some(b"3"),
            "it replaced an object though it refused to",
        )?;

        for _ in 0..ROUNDS {
            let key = fresh()?;
            held(
                self.one_wins(&key, &PutMode::Create)?,
                "several at once make an object that must not exist",
            )?;
            let version = self.version(&key)?;
            held(
                self.one_wins(&key, &PutMode::Update(version))?,
                "several at once replace one state of an object",
            )?;
        }
        Ok(())
    }

    fn version(&self, key: &Key) -> Result<UpdateVersion, StoreError> {
        let found = self.find(key)?;
        match self.only_if(key, found)? {
            PutMode::Update(version) => Ok(version),
            _ => {
                Err(self.unsupported(key.as_str(), "an object is gone right after it was written"))
            }
        }
    }

    /// Whether a put on a condition was carried out; asked again where the answer was lost.
    fn carried_out(
        &self,
        key: &Key,
        bytes: &'static [u8],
        mode: &PutMode,
    ) -> Result<bool, StoreError> {
        for _ in 0..=self.retries {
            match self.put_if(key, &Bytes::from_static(bytes), mode)? {
                Ok(_) => return Ok(true),
                Err(cause) if failure::is_conflict(&cause) => {
                    return Ok(self.get(key)?.as_deref() == Some(bytes));
                }
                Err(_) if self.get(key)?.as_deref() == Some(bytes) => return Ok(true),
                Err(_) => {}
            }
        }
        Err(StoreError::new(
            StoreErrorKind::Unavailable,
            self.shown(key.as_str()),
            "cannot try whether writers can share objects: no answer comes",
        ))
    }

    /// Whether of several puts at once exactly one succeeds. Not all learn what became of theirs:
    /// the answer of the one may be lost.
    fn one_wins(&self, key: &Key, mode: &PutMode) -> Result<bool, StoreError> {
        // Unlike what is there: of equal contents servers make equal versions.
        let word = |racer: usize| Bytes::from(format!("{racer} {mode:?}"));
        let won = Mutex::new(Ok(0));
        std::thread::scope(|scope| {
            for racer in 0..RACERS {
                let won = &won;
                scope.spawn(move || {
                    let result = self.put_if(key, &word(racer), mode);
                    let mut won = won.lock().unwrap_or_else(PoisonError::into_inner);
                    match (result, won.as_mut()) {
                        (Ok(Ok(_)), Ok(count)) => *count += 1,
                        (Err(error), _) => *won = Err(error),
                        _ => {}
                    }
                });
            }
        });
        let won: usize = won.into_inner().unwrap_or_else(PoisonError::into_inner)?;
        let left = self.get(key)?;
        let by_one = (0..RACERS).any(|racer| left.as_deref() == Some(&*word(racer)));
        Ok(won <= 1 && by_one)
    }
}

/// Between half and the whole of a duration, so that those who met do not meet again.
pub(super) fn jittered(nap: Duration) -> Duration {
    let mut bits = [0u8; 4];
    let part = match getrandom::fill(&mut bits) {
        Ok(()) => f64::from(u32::from_le_bytes(bits)) / f64::from(u32::MAX),
        Err(_) => 1.0,
    };
    nap.mul_f64(0.5 + part / 2.0)
}

/// 128 random bits in letters.
pub(super) fn random() -> Result<String, StoreError> {
    let mut bits = [0u8; 16];
    getrandom::fill(&mut bits).map_err(|error| {
        let message = format!("cannot get random numbers: {error}");
        StoreError::new(StoreErrorKind::Io, "object store", message)
    })?;
    Ok(format!("{:032x}", u128::from_le_bytes(bits)))
}
