//! Many records in few objects.

use std::collections::BTreeSet;

use zarrio_store::StoreErrorKind;

use super::intent::MOVING;
use super::reading::{TOGETHER, records as records_in};
use super::{Begun, Ledger, Name, Record, RecordKind};
use crate::RegionError;
use crate::content::hash;
use crate::zarr_source::ZarrSource;

/// So many records are kept in one object at most.
pub(super) const SEGMENT: usize = 1000;
/// Fewer records than this are left as they are.
const WORTH: usize = 64;

/// What a compaction did, or would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Compacted {
    /// Records that lay in objects of their own.
    pub(crate) records: usize,
    /// Objects of several records that there were before.
    pub(crate) segments: usize,
    /// Objects of several records that there are now.
    pub(crate) written: usize,
}

impl<'a> Ledger<'a> {
    /// Puts the records together into few objects, beside running writers, where there are many in
    /// objects of their own. Nothing that the ledger says is changed by it, and it is announced, or
    /// the records might end up in another archive. `writer` is who does it: machine and process.
    ///
    /// # Errors
    /// When the store fails. What was not moved stays as it was.
    pub(crate) fn compact(
        &self,
        archive: &ZarrSource,
        writer: &str,
    ) -> Result<Compacted, RegionError> {
        if self.names("records")?.len() < WORTH || !self.can_move()? {
            return self.nothing();
        }
        let change = |begun: &Begun<'_, 'a>| self.put_together(Some(begun));
        self.announced_upkeep(archive, writer, MOVING, change)
    }

    fn nothing(&self) -> Result<Compacted, RegionError> {
        let segments = self.names("segments")?.len();
        Ok(Compacted {
            records: 0,
            segments,
            written: segments,
        })
    }

    /// What [`compact`](Self::compact) would do.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn compactable(&self) -> Result<Compacted, RegionError> {
        self.put_together(None)
    }

    /// Whether others can be kept from what is moved.
    fn can_move(&self) -> Result<bool, RegionError> {
        match self.store.check_merge(&self.lock) {
            Ok(()) => Ok(true),
            // Where names are listed for nothing, whoever may look after locks can say so.
            Err(error)
                if error.kind() == StoreErrorKind::Unsupported && !self.store.lists_cheaply() =>
            {
                Ok(false)
            }
            Err(error) => Err(RegionError::store("cannot compact the archive's records")(
                error,
            )),
        }
    }

    fn put_together(&self, begun: Option<&Begun<'_, 'a>>) -> Result<Compacted, RegionError> {
        let failed = || RegionError::store("cannot compact the archive's records");
        let mut busy = BTreeSet::new();
        if let Some(begun) = begun.filter(|_| !self.store.deletes_on_condition()) {
            match self.hold_off(begun)? {
                Some(found) => busy = found,
                None => return self.nothing(),
            }
        }
        let is_idle = |path: &String| {
            let name = Name::parse(path.rsplit('/').next().unwrap_or_default());
            name.is_none_or(|name| !busy.contains(&name.id))
        };
        let names = self.names("")?.into_iter().filter(is_idle);
        let (segments, singles): (Vec<String>, Vec<String>) =
            names.partition(|name| name.starts_with("segments/"));
        let mut compacted = Compacted {
            records: singles.len(),
            segments: segments.len(),
            written: 0,
        };
        if singles.len() < WORTH {
            return Ok(Compacted {
                records: 0,
                written: segments.len(),
                ..compacted
            });
        }
        // What is moved, with the bytes that it had: only those are removed.
        let mut moved: Vec<(String, Vec<u8>)> = Vec::new();
        let mut records: Vec<Record> = Vec::new();
        // What has an object of its own is the later one.
        let names = [singles, segments].concat();
        for names in names.chunks(TOGETHER) {
            for (name, (_, bytes)) in names.iter().zip(self.get_each(names)?) {
                let Some(bytes) = bytes else {
                    continue;
                };
                // What is damaged stays where it is, for somebody to look at, and so does what a
                // later version knows more about.
                if let Ok(read) = records_in(name, &bytes) {
                    records.extend(read);
                    moved.push((name.clone(), bytes));
                }
            }
        }
        records.sort_by(|a, b| (&a.id, b.order).cmp(&(&b.id, a.order)));
        records.dedup_by(|later, first| later.id == first.id);
        records.sort_by_cached_key(|record| {
            let name = Name::new(&record.id, record.axis(), &record.extents);
            // Datasets cover everything: apart from the rest, they would widen every span.
            (
                record.kind == RecordKind::Dataset,
                name.start(),
                record.id.clone(),
            )
        });
        let Some(begun) = begun else {
            compacted.written = records.len().div_ceil(SEGMENT);
            return Ok(compacted);
        };
        let mut kept = Vec::new();
        for part in records.chunks(SEGMENT) {
            let bytes = serde_json::to_vec(part).map_err(|e| RegionError::Archive {
                message: format!("records cannot be written: {e}"),
            })?;
            let id = format!("{:032x}", hash(&bytes));
            let axis = part.iter().find_map(Record::axis);
            let name = Name::new(&id, axis, part.iter().flat_map(|record| &record.extents));
            let name = format!("segments/{name}");
            let key = self.place.key(&name).map_err(failed())?;
            self.store.put(&key, &bytes).map_err(failed())?;
            kept.push(name);
        }
        // All is in two places now, and on the disk, before it is removed from the first.
        self.store.sync().map_err(failed())?;
        moved.retain(|(name, _)| !kept.contains(name));
        if !self.store.deletes_on_condition() {
            let moved: Vec<&String> = moved.iter().map(|(name, _)| name).collect();
            self.remove_moved(&moved, &kept, begun)?;
            compacted.written = kept.len();
            return Ok(compacted);
        }
        for (name, bytes) in moved {
            let key = self.place.key(&name).map_err(failed())?;
            self.store
                .delete_if(&key, &self.lock, &mut |now| now == bytes.as_slice())
                .map_err(failed())?;
        }
        compacted.written = kept.len();
        Ok(compacted)
    }
}
