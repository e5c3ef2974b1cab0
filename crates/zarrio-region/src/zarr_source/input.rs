//! An archive in a directory as what a conversion reads: it has an identity.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use zarrio_model::{
    DatasetSchema, NodePath, Region, Source, SourceError, SourceErrorKind, SourceIdentity,
    StoredPart,
};
use zarrio_store::Store;

use super::ZarrSource;
use crate::RegionError;

/// What is private to zarrio in an archive begins so, and says nothing about its data.
const PRIVATE: &str = ".zarrio";

/// A Zarr archive, or a group in one, that lies in a directory.
///
/// Its size is that of all its objects, and it was modified when the latest of them was: a
/// change to any of them is noticed.
#[derive(Debug)]
pub struct ZarrInput {
    source: ZarrSource,
    identity: SourceIdentity,
}

impl ZarrInput {
    /// Opens the group that lies in a directory, which is the root of the store.
    ///
    /// # Errors
    /// When there is no group, or it cannot be looked at.
    pub fn open(store: Arc<dyn Store>, directory: &Path) -> Result<Self, RegionError> {
        let identity = identity(directory)?;
        let source = ZarrSource::open(store, &NodePath::root())?;
        Ok(Self { source, identity })
    }
}

/// The identity of a directory with all that is in it.
pub(crate) fn identity(directory: &Path) -> Result<SourceIdentity, SourceError> {
    let failed = |path: &Path, error: std::io::Error| {
        SourceError::new(SourceErrorKind::Io, path, "it cannot be looked at").caused_by(error)
    };
    let mut identity = SourceIdentity {
        path: directory.to_owned(),
        size: 0,
        modified: None,
        version: None,
    };
    let mut open: Vec<PathBuf> = vec![directory.to_owned()];
    while let Some(place) = open.pop() {
        let entries = std::fs::read_dir(&place).map_err(|error| failed(&place, error))?;
        for entry in entries {
            let entry = entry.map_err(|error| failed(&place, error))?;
            let path = entry.path();
            if entry.file_name().to_string_lossy().starts_with(PRIVATE) {
                continue;
            }
            let metadata = match std::fs::metadata(&path) {
                Ok(metadata) => metadata,
                // A writer's unfinished object, or one that was deleted this moment.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(failed(&path, error)),
            };
            if metadata.is_dir() {
                open.push(path);
            } else {
                identity.size += metadata.len();
                identity.modified = identity.modified.max(modified(&metadata));
            }
        }
    }
    Ok(identity)
}

fn modified(metadata: &Metadata) -> Option<SystemTime> {
    metadata.modified().ok()
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
        if identity(&self.identity.path)? == self.identity {
            return Ok(());
        }
        let message = "it was changed while it was read";
        let kind = SourceErrorKind::Changed;
        Err(SourceError::new(kind, &self.identity.path, message))
    }
}
