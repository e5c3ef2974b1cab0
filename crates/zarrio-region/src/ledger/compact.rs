//! Many records in few objects.

use super::{FORM, Ledger, Name, Record, RecordKind};
use crate::RegionError;
use crate::content::hash;

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

impl Ledger<'_> {
    /// Whether there are many records in objects of their own.
    pub(crate) fn is_scattered(&self) -> Result<bool, RegionError> {
        Ok(self.store.deletes_on_condition() && self.names("records")?.len() >= WORTH)
    }

    /// Puts the records together into few objects, beside running writers; `write` not set,
    /// only tells what would be done. Nothing that the ledger says is changed by it. Whoever lets
    /// it write has announced so, or the records might end up in another archive.
    ///
    /// # Errors
    /// When the store fails. What was not moved stays as it was.
    pub(crate) fn compact(&self, write: bool) -> Result<Compacted, RegionError> {
        let failed = || RegionError::store("cannot compact the archive's records");
        let names = self.names("")?;
        let (segments, singles): (Vec<String>, Vec<String>) = names
            .into_iter()
            .partition(|name| name.starts_with("segments/"));
        let mut compacted = Compacted {
            records: singles.len(),
            segments: segments.len(),
            written: 0,
        };
        // Between the look at a record and its removal it may be put again.
        if singles.len() < WORTH || !self.store.deletes_on_condition() {
            return Ok(Compacted {
                records: 0,
                written: segments.len(),
                ..compacted
            });
        }
        if write {
            // Before anything is put: what is in two places should not stay so.
            self.store.check_merge(&self.lock).map_err(failed())?;
        }
        // What is moved, with the bytes that it had: only those are removed.
        let mut moved: Vec<(String, Vec<u8>)> = Vec::new();
        let mut records: Vec<Record> = Vec::new();
        // What has an object of its own is the later one.
        for name in singles.iter().chain(&segments) {
            let key = self.place.key(name).map_err(failed())?;
            let Some(bytes) = self.store.get(&key).map_err(failed())? else {
                continue;
            };
            let read = match name.starts_with("segments/") {
                true => serde_json::from_slice::<Vec<Record>>(&bytes),
                false => serde_json::from_slice::<Record>(&bytes).map(|record| vec![record]),
            };
            // What is damaged stays where it is, for somebody to look at, and so does what a
            // later version knows more about.
            let known = |records: &Vec<Record>| records.iter().all(|record| record.form <= FORM);
            if let Some(read) = read.ok().filter(known) {
                records.extend(read);
                moved.push((name.clone(), bytes));
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
        if !write {
            compacted.written = records.len().div_ceil(SEGMENT);
            return Ok(compacted);
        }
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
        for (name, bytes) in moved.iter().filter(|(name, _)| !kept.contains(name)) {
            let key = self.place.key(name).map_err(failed())?;
            self.store
                .delete_if(&key, &self.lock, &mut |now| now == bytes.as_slice())
                .map_err(failed())?;
        }
        compacted.written = kept.len();
        Ok(compacted)
    }
}
