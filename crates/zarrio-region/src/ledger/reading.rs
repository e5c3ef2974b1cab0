//! Reads records, many objects at once.

use std::collections::HashMap;

use zarrio_store::{Key, StoreError, StoreErrorKind};

use super::{Extent, FORM, Ledger, Name, Record, Records};
use crate::RegionError;

/// Fewer objects than this are read one after the other.
const MANY: usize = 8;
/// At most so many threads read.
const THREADS: usize = 16;
/// So many objects are asked for together.
pub(super) const TOGETHER: usize = 256;

/// An object with its key; none where there is none.
type Object = (Key, Option<Vec<u8>>);
/// What an object of the ledger has: records, or why it has none; none where there is no object.
type Found = Option<Result<Vec<Record>, String>>;

impl Ledger<'_> {
    /// Reads what has a wanted name of those that `names` gives, which also says whether some
    /// of them may be those of nothing.
    pub(super) fn read(
        &self,
        names: impl Fn() -> Result<(Vec<String>, bool), RegionError>,
        wanted: impl Fn(&Name) -> bool,
    ) -> Result<Records, RegionError> {
        let mut found = Records::default();
        let mut latest: HashMap<String, Record> = HashMap::new();
        let mut before = Vec::new();
        // An object may be moved into a segment between the listing and the reading.
        for attempt in 0.. {
            let mut vanished = false;
            let (listed, entered) = names()?;
            let segments = listed.iter().filter(|name| name.starts_with("segments/"));
            let segments: Vec<String> = segments.cloned().collect();
            // What is entered may not have been put yet: then it was not moved either.
            if entered && attempt > 0 && segments == before {
                break;
            }
            before = segments;
            found.damaged.clear();
            let is_wanted = |name: &String| {
                let known = Name::parse(name.rsplit('/').next().unwrap_or_default());
                known.is_some_and(|name| wanted(&name))
            };
            let listed: Vec<String> = listed.into_iter().filter(is_wanted).collect();
            for (key, records) in self.objects(&listed)? {
                match records {
                    None => vanished = true,
                    Some(Err(reason)) => found.damaged.push((key.to_string(), reason)),
                    Some(Ok(records)) => {
                        for mut record in records {
                            for variable in &mut record.variables {
                                self.to_path(&mut variable.path);
                            }
                            keep_latest(&mut latest, record);
                        }
                    }
                }
            }
            if !vanished {
                break;
            }
            if attempt >= 3 {
                let message = "records were moved again and again while they were read";
                let kind = StoreErrorKind::Unavailable;
                let error = StoreError::new(kind, self.place.as_str(), message);
                return Err(cannot_read()(error));
            }
        }
        found.records = latest.into_values().collect();
        found
            .records
            .sort_by(|a, b| (a.order, &a.id).cmp(&(b.order, &b.id)));
        found.damaged.sort();
        Ok(found)
    }

    /// What the objects of these names have.
    fn objects(&self, names: &[String]) -> Result<Vec<(Key, Found)>, RegionError> {
        let all = |names: &[String]| {
            let mut found = Vec::with_capacity(names.len());
            for names in names.chunks(TOGETHER) {
                found.extend(self.together(names)?);
            }
            Ok(found)
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = cores.min(THREADS);
        if names.len() < MANY || threads < 2 {
            return all(names);
        }
        // Threads of their own: those of a pool may take up other work while they wait, and that
        // may want a lock that whoever reads here has.
        let parts: Vec<Result<Vec<_>, RegionError>> = std::thread::scope(|scope| {
            let part = names.len().div_ceil(threads);
            let threads: Vec<_> = names
                .chunks(part)
                .map(|names| {
                    let thread =
                        std::thread::Builder::new().spawn_scoped(scope, move || all(names));
                    (thread, names)
                })
                .collect();
            let ended = threads.into_iter().map(|(thread, names)| {
                // Where there is no thread to be had, this one does the work.
                let ended = thread.ok().and_then(|thread| thread.join().ok());
                ended.unwrap_or_else(|| all(names))
            });
            ended.collect()
        });
        let mut found = Vec::with_capacity(names.len());
        for part in parts {
            found.extend(part?);
        }
        Ok(found)
    }

    /// What some objects have that are asked for at once.
    fn together(&self, names: &[String]) -> Result<Vec<(Key, Found)>, RegionError> {
        let named = names.iter().zip(self.get_each(names)?);
        let found = named.map(|(name, (key, bytes))| {
            let records = bytes.map(|bytes| records(name, &bytes));
            (key, records)
        });
        Ok(found.collect())
    }

    /// Some objects, with their keys.
    pub(super) fn get_each(&self, names: &[String]) -> Result<Vec<Object>, RegionError> {
        let keys = names.iter().map(|name| self.place.key(name));
        let keys: Vec<Key> = keys.collect::<Result<_, _>>().map_err(cannot_read())?;
        let objects = self.store.get_each(&keys).map_err(cannot_read())?;
        Ok(keys.into_iter().zip(objects).collect())
    }
}

/// The records of an object, or why it has none.
pub(super) fn records(name: &str, bytes: &[u8]) -> Result<Vec<Record>, String> {
    let records = match name.starts_with("segments/") {
        true => serde_json::from_slice::<Vec<Record>>(bytes),
        false => serde_json::from_slice::<Record>(bytes).map(|record| vec![record]),
    };
    let records = records.map_err(|error| error.to_string())?;
    if let Some(record) = records.iter().find(|record| record.form > FORM) {
        return Err(format!(
            "it was written by zarrio {}, which is newer than this one",
            record.version
        ));
    }
    let mut extents = records.iter().flat_map(|record| &record.extents);
    match extents.all(Extent::is_in_order) {
        true => Ok(records),
        false => Err("it has ranges of positions that end before they begin or overlap".into()),
    }
}

fn cannot_read() -> impl FnOnce(StoreError) -> RegionError {
    RegionError::store("cannot read the archive's records")
}

fn keep_latest(latest: &mut HashMap<String, Record>, record: Record) {
    match latest.get(&record.id) {
        Some(known) if known.order >= record.order => {}
        _ => {
            latest.insert(record.id.clone(), record);
        }
    }
}
