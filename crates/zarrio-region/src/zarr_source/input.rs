//! An archive as what a conversion reads: it has an identity.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use zarrio_model::{
    DatasetSchema, NodePath, Region, Source, SourceError, SourceErrorKind, SourceIdentity,
    StoredPart,
};
use zarrio_store::{Prefix, Store};

use super::ZarrSource;
use crate::RegionError;
use crate::matching::absent_labels;

/// What is private to zarrio in an archive begins so, and says nothing about its data.
const PRIVATE: &str = ".zarrio";

/// A Zarr archive, or a group in one, that is the root of its store.
///
/// Its size is that of all its objects, and it was modified when the latest of them was: a
/// change to any of them is noticed.
#[derive(Debug)]
pub struct ZarrInput {
    source: ZarrSource,
    identity: SourceIdentity,
}

impl ZarrInput {
    /// Opens the group at the root of a store, which people know by `path`.
    ///
    /// # Errors
    /// When there is no group, or it cannot be listed.
    pub fn open(store: Arc<dyn Store>, path: &Path) -> Result<Self, RegionError> {
        // First: what is changed behind it is noticed.
        let identity = identity(&*store, path)?;
        let mut source = ZarrSource::open(store, &NodePath::root())?;
        let notes = notes(&source)?;
        source.schema.notes.extend(notes);
        Ok(Self { source, identity })
    }
}

/// Says where nothing is stored of an archive's labels: they read as one value, which labels are
/// not, but no one can tell whether there ever were others.
fn notes(source: &ZarrSource) -> Result<Vec<String>, SourceError> {
    let mut notes = Vec::new();
    let labels = source.schema().variables();
    for variable in labels.filter(|v| v.is_dimension_coordinate()) {
        let gone = absent_labels(source, variable)?;
        if let Some(Range { start, end }) = gone.first() {
            let elsewhere = if gone.len() > 1 { " and elsewhere" } else { "" };
            notes.push(format!(
                "nothing is stored of the labels of {:?} at positions {start} to {}{elsewhere}, which read as what is missing: if there were others, the archive has lost them",
                variable.path.as_str(),
                end - 1
            ));
        }
    }
    Ok(notes)
}

/// The identity of an archive with all that is in it.
pub(crate) fn identity(store: &dyn Store, path: &Path) -> Result<SourceIdentity, SourceError> {
    let objects = store.list(&Prefix::root()).map_err(|error| {
        let message = "it cannot be listed, so that nobody could tell whether it changes";
        SourceError::new(SourceErrorKind::Io, path, message).caused_by(error)
    })?;
    let mut identity = SourceIdentity {
        path: path.to_owned(),
        size: 0,
        modified: None,
        version: None,
    };
    let private = |key: &str| key.split('/').any(|name| name.starts_with(PRIVATE));
    for object in objects.iter().filter(|o| !private(o.key.as_str())) {
        identity.size += object.size;
        identity.modified = identity.modified.max(object.modified);
    }
    Ok(identity)
}

impl Source for ZarrInput {
    fn schema(&self) -> &DatasetSchema {
        self.source.schema()
    }

    fn identity(&self) -> &SourceIdentity {
        &self.identity
    }

    fn read(
        &self,
        variable: &NodePath,
        region: &Region,
        out: &mut [u8],
    ) -> Result<(), SourceError> {
        self.source.read(variable, region, out)
    }

    fn read_text(&self, variable: &NodePath, region: &Region) -> Result<Vec<String>, SourceError> {
        self.source.read_text(variable, region)
    }

    fn stored_parts(
        &self,
        variable: &NodePath,
        region: &Region,
    ) -> Result<Option<Vec<StoredPart>>, SourceError> {
        self.source.stored_parts(variable, region)
    }

    fn unwritten_value(&self, variable: &NodePath) -> Option<Vec<u8>> {
        self.source.unwritten_value(variable)
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        if identity(self.source.store(), &self.identity.path)? == self.identity {
            return Ok(());
        }
        let message = "it was changed while it was read";
        let kind = SourceErrorKind::Changed;
        Err(SourceError::new(kind, &self.identity.path, message))
    }
}

#[cfg(test)]
mod tests {
    use zarrio_store::{Key, MemoryStore};

    use super::*;

    #[test]
    fn labels_are_looked_for_where_there_can_be_some() {
        for (shape, chunk, notes) in [(40_u64, 10_u64, 1), (4, 1, 0), (1_u64 << 53, 2_u64, 0)] {
            let store = Arc::new(MemoryStore::new());
            let put = |key: &str, bytes: &[u8]| store.put(&Key::new(key).unwrap(), bytes).unwrap();
            put("zarr.json", br#"{"zarr_format": 3, "node_type": "group"}"#);
            let document = serde_json::json!({
                "zarr_format": 3, "node_type": "array", "shape": [shape], "data_type": "int64",
                "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [chunk]}},
                "chunk_key_encoding": {"name": "default"}, "fill_value": 0,
                "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
                "dimension_names": ["x"],
            });
            put("x/zarr.json", document.to_string().as_bytes());
            let input = ZarrInput::open(store.clone(), Path::new("a.zarr")).unwrap();
            assert_eq!(input.schema().notes.len(), notes, "{shape} {chunk}");
        }
    }

    #[test]
    fn a_change_of_anything_but_our_own_is_noticed() {
        let store = Arc::new(MemoryStore::new());
        let put = |key: &str, bytes: &[u8]| store.put(&Key::new(key).unwrap(), bytes).unwrap();
        put("zarr.json", br#"{"zarr_format": 3, "node_type": "group"}"#);
        put("a/c/0", b"12");
        let path = Path::new("s3://bucket/a.zarr");
        let input = ZarrInput::open(store.clone(), path).unwrap();
        assert_eq!(input.identity().path, path);
        put("a/.zarrio/ledger/records/x", b"more");
        input.check_unchanged().unwrap();
        put("a/c/0", b"123");
        let error = input.check_unchanged().unwrap_err();
        assert_eq!(error.kind, SourceErrorKind::Changed);
    }
}
