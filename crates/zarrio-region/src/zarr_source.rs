//! A Zarr archive as a source, whoever wrote it.

mod metadata;
mod nodes;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use zarrio_model::{
    DatasetSchema, NodePath, Region, Source, SourceError, SourceErrorKind, SourceIdentity,
    VariableSchema,
};
use zarrio_store::{Prefix, Store, ZarrsStorage};
use zarrs::array::{Array, ArrayBytes, ArrayMetadata, ArraySubset};

use crate::RegionError;

pub(crate) use metadata::attribute;

/// A group of a Zarr archive, format 2 or 3, opened for reading.
pub struct ZarrSource {
    schema: DatasetSchema,
    identity: SourceIdentity,
    store: Arc<dyn Store>,
    place: Prefix,
    arrays: HashMap<NodePath, Array<ZarrsStorage>>,
}

impl std::fmt::Debug for ZarrSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ZarrSource")
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

impl ZarrSource {
    /// Opens a group: its consolidated metadata where it has such, else every document
    /// below it.
    ///
    /// # Errors
    /// When there is no group, or a document cannot be read.
    pub fn open(store: Arc<dyn Store>, group: &NodePath) -> Result<Self, RegionError> {
        let place = Prefix::new(group.as_str()).map_err(RegionError::store("cannot open"))?;
        let nodes = nodes::read(store.as_ref(), &place)?;
        let location = PathBuf::from(store.location()).join(group.as_str());
        let schema = metadata::schema(&nodes);
        let storage = Arc::new(ZarrsStorage::new(Arc::clone(&store)));
        let mut arrays = HashMap::new();
        for variable in schema.variables() {
            let Some(node) = nodes.arrays.iter().find(|node| node.path == variable.path) else {
                continue;
            };
            let path = format!("/{}", variable.path.below(group));
            let metadata: Result<ArrayMetadata, _> = serde_json::from_value(node.document.clone());
            let array = metadata
                .map_err(|e| e.to_string())
                .and_then(|metadata| {
                    Array::new_with_metadata(Arc::clone(&storage), &path, metadata)
                        .map_err(|e| e.to_string())
                })
                .map_err(|reason| RegionError::Archive {
                    message: format!("{}: array {path:?}: {reason}", location.display()),
                })?;
            arrays.insert(variable.path.clone(), array);
        }
        let identity = SourceIdentity {
            path: location,
            size: 0,
            modified: None,
        };
        Ok(Self {
            schema,
            identity,
            store,
            place,
            arrays,
        })
    }

    /// The same source with every variable's stored bytes, which takes a listing of the
    /// whole archive.
    ///
    /// # Errors
    /// When the store cannot be listed.
    pub fn with_stored_bytes(mut self) -> Result<Self, RegionError> {
        let objects = self
            .store
            .list(&self.place)
            .map_err(RegionError::store("cannot list"))?;
        let mut bytes: HashMap<NodePath, u64> = HashMap::new();
        for object in objects {
            let Some(name) = object.key.as_str().strip_prefix(self.place.as_str()) else {
                continue;
            };
            self.identity.size += object.size;
            // The array is the longest parent that is one; the rest is the chunk's name.
            let mut path = NodePath::parse(name).parent();
            while !path.is_root() && !self.arrays.contains_key(&path) {
                path = path.parent();
            }
            let within = NodePath::parse(name);
            let chunk = within
                .as_str()
                .strip_prefix(path.as_str())
                .unwrap_or_default();
            if is_chunk(chunk.trim_start_matches('/')) {
                *bytes.entry(path).or_default() += object.size;
            }
        }
        set_stored_bytes(&mut self.schema.root, &bytes);
        Ok(self)
    }

    fn array(&self, variable: &NodePath) -> Result<&Array<ZarrsStorage>, SourceError> {
        self.arrays.get(variable).ok_or_else(|| {
            self.error(SourceErrorKind::Request, "there is no such array")
                .variable(variable)
        })
    }

    fn retrieve(
        &self,
        variable: &NodePath,
        region: &Region,
    ) -> Result<ArrayBytes<'static>, SourceError> {
        let array = self.array(variable)?;
        if !region.fits(array.shape()) {
            let message = format!("{region} does not lie in an array of {:?}", array.shape());
            return Err(self
                .error(SourceErrorKind::Request, message)
                .variable(variable));
        }
        let subset = ArraySubset::new_with_ranges(region.ranges());
        array.retrieve_array_subset(&subset).map_err(|e| {
            self.error(SourceErrorKind::Invalid, "cannot read its chunks")
                .variable(variable)
                .caused_by(e)
        })
    }

    fn error(&self, kind: SourceErrorKind, message: impl Into<String>) -> SourceError {
        SourceError::new(kind, &self.identity.path, message)
    }
}

/// Whether the name of an object within an array is that of a chunk: `c/0/1`, `0.1`, `0/1`.
fn is_chunk(name: &str) -> bool {
    let name = name.strip_prefix("c/").unwrap_or(name);
    name == "c"
        || (!name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_digit() || c == '.' || c == '/'))
}

fn set_stored_bytes(group: &mut zarrio_model::GroupSchema, bytes: &HashMap<NodePath, u64>) {
    for VariableSchema { path, layout, .. } in &mut group.variables {
        layout.stored_bytes = Some(bytes.get(path).copied().unwrap_or(0));
    }
    for group in &mut group.groups {
        set_stored_bytes(group, bytes);
    }
}

impl Source for ZarrSource {
    fn schema(&self) -> &DatasetSchema {
        &self.schema
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
        let unexpected = |what| {
            self.error(SourceErrorKind::Request, what)
                .variable(variable)
        };
        let bytes = self.retrieve(variable, region)?;
        let bytes = bytes
            .into_fixed()
            .map_err(|_| unexpected("it is text, not numbers"))?;
        if bytes.len() != out.len() {
            return Err(unexpected(
                "the buffer does not have the size of the region",
            ));
        }
        out.copy_from_slice(&bytes);
        Ok(())
    }

    fn read_text(&self, variable: &NodePath, region: &Region) -> Result<Vec<String>, SourceError> {
        let bytes = self.retrieve(variable, region)?;
        let (bytes, offsets) = bytes
            .into_variable()
            .map_err(|_| {
                self.error(SourceErrorKind::Request, "it is no text")
                    .variable(variable)
            })?
            .into_parts();
        offsets
            .windows(2)
            .map(|ends| {
                let text = bytes.get(ends[0]..ends[1]).unwrap_or_default();
                String::from_utf8(text.to_vec()).map_err(|e| {
                    self.error(SourceErrorKind::Invalid, "a text is no UTF-8")
                        .variable(variable)
                        .caused_by(e)
                })
            })
            .collect()
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        // An archive is many objects; there is nothing that stands for all of them.
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::is_chunk;

    #[test]
    fn chunks_are_told_from_documents() {
        for name in ["c", "c/0/1", "0.1", "0/12", "0"] {
            assert!(is_chunk(name), "{name}");
        }
        for name in ["zarr.json", ".zarray", ".zarrio/source.json", ""] {
            assert!(!is_chunk(name), "{name}");
        }
    }
}
