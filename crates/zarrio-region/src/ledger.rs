//! The archive's own record of what was written into it.
//!
//! Every region that is finished leaves one record, an object of its own, so that writers
//! never contend for it. While a region is being written there is an intent, so that two
//! different files for one region are noticed. All of it lies in a directory within one of
//! the archive's arrays: readers list the members of groups and never look there. Every group
//! that has arrays has a ledger of its own, about those arrays alone, so that it does not
//! matter from which group above them they were written.

mod begun;
mod compact;
mod extent;
mod intent;
mod moment;
mod name;
mod reading;
mod record;
mod register;
mod standing;
mod upkeep;

use std::collections::BTreeSet;
use std::sync::{Mutex, OnceLock};

use zarrio_model::{NodePath, Source as _};
use zarrio_store::{Key, Prefix, Store, StoreError};

pub use extent::Extent;
pub use intent::Intent;
pub use moment::Moment;
pub use record::{Record, RecordKind, SourceRecord, VariableRecord};
pub use standing::DoneWork;

pub(crate) use begun::{Begun, End};
pub(crate) use moment::now;
pub(crate) use record::{BY_HAND, FORM};
pub(crate) use standing::{Stand, standing};

use crate::RegionError;
use crate::hierarchy::relative;
use crate::zarr_source::ZarrSource;
use begun::random;
use name::Name;
use register::Register;

/// The directory of the ledger within its array.
const LEDGER: &str = ".zarrio/ledger";
/// The lock that guards the records, beside those of the array's chunks.
const LOCK: &str = ".zarrio/locks";
/// So many records are some of them.
const FEW: usize = 16;

/// The ledger of one group of an archive.
#[derive(Debug)]
pub struct Ledger<'a> {
    store: &'a dyn Store,
    /// The group, as seen from the dataset that is open. In the objects of the ledger stand
    /// names within the group, outside of this module paths from the dataset.
    group: NodePath,
    place: Prefix,
    lock: Key,
    /// The dimension along which the archive grows and its length, as far as they are known.
    axis: Option<(String, u64)>,
    /// The register of names, once it was looked for; none where names are listed.
    register: OnceLock<Option<Register>>,
    /// Names that were entered there.
    entered: Mutex<BTreeSet<String>>,
}

/// Records of a ledger, the oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Records {
    /// Those that could be read.
    pub records: Vec<Record>,
    /// Objects that are no records although their names say so, and why.
    pub damaged: Vec<(String, String)>,
}

/// The array in whose directory a group's own objects lie: the first by its path, which does
/// not depend on the order in which metadata list them.
pub(crate) fn anchor<'p>(
    arrays: impl IntoIterator<Item = &'p NodePath>,
    group: &NodePath,
) -> Option<&'p NodePath> {
    let own = arrays.into_iter().filter(|path| path.parent() == *group);
    own.min_by(|a, b| a.as_str().cmp(b.as_str()))
}

/// Whether writers of one object of an archive can be kept apart in its store.
///
/// # Errors
/// When they cannot, with the reason.
pub(crate) fn check_shared(archive: &ZarrSource) -> Result<(), RegionError> {
    let Some(ledger) = Ledger::all(archive)?.into_iter().next() else {
        return Ok(());
    };
    let checked = ledger.store.check_merge(&ledger.lock);
    checked.map_err(RegionError::store("cannot share chunks with other writers"))
}

impl<'a> Ledger<'a> {
    /// The ledger of a group of an archive; none where it has no arrays.
    ///
    /// # Errors
    /// When the name of an array is none that a store takes.
    pub fn of(archive: &'a ZarrSource, group: &NodePath) -> Result<Option<Self>, RegionError> {
        let Some(first) = anchor(archive.arrays(), group) else {
            return Ok(None);
        };
        Self::at(archive.store(), &archive.place(first)?, group).map(Some)
    }

    /// The ledgers of all groups of an archive that have arrays.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn all(archive: &'a ZarrSource) -> Result<Vec<Self>, RegionError> {
        let groups = archive.schema().groups().map(|group| &group.path);
        let ledgers = groups.map(|group| Self::of(archive, group).transpose());
        ledgers.flatten().collect()
    }

    /// The ledger of a group within the directory of an array.
    pub(crate) fn at(
        store: &'a dyn Store,
        array: &Prefix,
        group: &NodePath,
    ) -> Result<Self, RegionError> {
        let failed = || RegionError::store("cannot find the ledger");
        Ok(Self {
            store,
            group: group.clone(),
            place: array.join(LEDGER).map_err(failed())?,
            lock: array.key(LOCK).map_err(failed())?,
            axis: None,
            register: OnceLock::new(),
            entered: Mutex::default(),
        })
    }

    /// The same, for somebody who knows along which dimension the archive grows and how long
    /// that is.
    pub(crate) fn along(mut self, axis: Option<(String, u64)>) -> Self {
        self.axis = axis;
        self
    }

    /// The group, as seen from the dataset.
    #[must_use]
    pub fn group(&self) -> &NodePath {
        &self.group
    }

    /// Every record.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn records(&self) -> Result<Records, RegionError> {
        self.read(|| Ok((self.names("")?, false)), |_| true)
    }

    /// Some of the records, to learn from them what holds of most: those of one segment, or a few.
    ///
    /// # Errors
    /// As [`records`](Self::records).
    pub(crate) fn some(&self) -> Result<Vec<Record>, RegionError> {
        let mut names = self.names("segments")?;
        let few = if names.is_empty() { FEW } else { 1 };
        if names.is_empty() {
            names = self.names("records")?;
        }
        names.sort();
        names.truncate(few);
        let read = self.read(|| Ok((names.clone(), true)), |_| true)?;
        Ok(read.records)
    }

    /// Makes what was put outlive a power cut, where the store was opened for that.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn sync(&self) -> Result<(), RegionError> {
        self.store
            .sync()
            .map_err(RegionError::store("cannot make the records durable"))
    }

    /// Every record that is about one of these parts of variables. A damaged one of the id `own`
    /// is left out: it is going to be replaced.
    ///
    /// # Errors
    /// As [`records`](Self::records), and when a record that may be is damaged: what it says
    /// is needed.
    pub fn meeting(
        &self,
        parts: &[(String, Extent)],
        own: &str,
    ) -> Result<Vec<Record>, RegionError> {
        let extents = || parts.iter().map(|(_, extent)| extent);
        let Records {
            mut records,
            damaged,
        } = self.read(
            || self.names_about(extents()),
            |name| name.may_meet(extents()),
        )?;
        let own = format!("/records/{own}.");
        let mut damaged = damaged
            .into_iter()
            .filter(|(object, _)| !object.contains(&own));
        if let Some((object, reason)) = damaged.next() {
            return Err(RegionError::Ledger {
                object: format!("{}/{object}", self.store.location()),
                reason,
            });
        }
        records.retain(|record| record.meets(parts));
        Ok(records)
    }

    /// Puts a record; one of the same id is replaced.
    ///
    /// # Errors
    /// When the store fails.
    pub fn put(&self, record: &Record) -> Result<(), RegionError> {
        self.put_entered(&name_of(record), || {
            self.put_by(record, |key, bytes| {
                self.store.put_shared(key, &self.lock, bytes)
            })
        })
    }

    /// The same where nobody else knows of the ledger yet.
    pub(crate) fn put_first(&self, record: &Record) -> Result<(), RegionError> {
        self.put_by(record, |key, bytes| self.store.put(key, bytes))?;
        self.found_register(record, &name_of(record))
    }

    /// Puts a record that says the same as the one of its id and order, of another source. One that
    /// was put meanwhile stays.
    pub(crate) fn amend(&self, record: &Record) -> Result<(), RegionError> {
        let merge = |key: &Key, bytes: &[u8]| {
            let amended = &mut |old: Option<&[u8]>| {
                let old = old.map(serde_json::from_slice::<Record>);
                let stays = old.is_some_and(|old| !old.is_ok_and(|old| old.order == record.order));
                (!stays).then(|| bytes.to_vec())
            };
            self.store.merge(key, &self.lock, amended).map(|_| ())
        };
        self.put_entered(&name_of(record), || self.put_by(record, merge))
    }

    /// About how many records there are, as far as names tell.
    pub(crate) fn count(&self) -> Result<usize, RegionError> {
        let segments = self.names("segments")?.len();
        let segments = segments.saturating_mul(compact::SEGMENT);
        Ok(segments.saturating_add(self.names("records")?.len()))
    }

    fn put_by(
        &self,
        record: &Record,
        put: impl FnOnce(&Key, &[u8]) -> Result<(), StoreError>,
    ) -> Result<(), RegionError> {
        let failed = || RegionError::store("cannot record what was written");
        let name = format!("records/{}", name_of(record));
        let key = self.place.key(&name).map_err(failed())?;
        let mut record = record.clone();
        for variable in &mut record.variables {
            self.to_name(&mut variable.path);
        }
        let bytes = serde_json::to_vec(&record).map_err(|e| RegionError::Archive {
            message: format!("a record cannot be written: {e}"),
        })?;
        put(&key, &bytes).map_err(failed())
    }

    /// Makes a path from the dataset a name within the group.
    fn to_name(&self, path: &mut String) {
        if let Some(name) = relative(&NodePath::parse(path), &self.group) {
            *path = name.to_owned();
        }
    }

    /// Makes a name within the group a path from the dataset.
    fn to_path(&self, name: &mut String) {
        *name = self.group.join(name).to_string();
    }

    /// Names of records and segments, as seen from the ledger.
    fn names(&self, below: &str) -> Result<Vec<String>, RegionError> {
        let failed = || RegionError::store("cannot list the archive's records");
        let mut names = Vec::new();
        let places = match below {
            "" => vec!["records", "segments"],
            below => vec![below],
        };
        for place in places {
            let prefix = self.place.join(place).map_err(failed())?;
            self.store
                .each_name(&prefix, &mut |name| names.push(format!("{place}/{name}")))
                .map_err(failed())?;
        }
        Ok(names)
    }
}

/// The name of a record's object.
fn name_of(record: &Record) -> Name {
    Name::new(&record.id, record.axis(), &record.extents)
}
