//! A Zarr archive as a source, whoever wrote it.

mod chunks;
mod documents;
mod grown;
mod input;
mod meaning;
mod metadata;
mod nodes;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use serde_json::Value;
use zarrio_codec::{CodecError, StoredArray};
use zarrio_model::{
    DataType, DatasetSchema, NodePath, Region, Source, SourceError, SourceErrorKind,
    SourceIdentity, StoredPart, VariableSchema,
};
use zarrio_store::{Prefix, Requests, Store};

use crate::RegionError;
use crate::gather::{Copy, gather, repeat};
use crate::pipeline::is_in_pool;

use chunks::Chunks;
pub(crate) use documents::Doubtful;
pub(crate) use input::identity;

pub use input::ZarrInput;

/// A group of a Zarr archive, format 2 or 3, opened for reading.
#[derive(Debug, Clone)]
pub struct ZarrSource {
    schema: DatasetSchema,
    identity: SourceIdentity,
    store: Arc<dyn Store>,
    place: Prefix,
    /// The metadata document of every array, as it is stored.
    documents: HashMap<NodePath, Value>,
    /// The labels of a coordinate that is about to be written, in native bytes.
    labels: Option<(NodePath, Arc<[u8]>)>,
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
        let path = PathBuf::from(store.location()).join(group.as_str());
        let schema = metadata::schema(&nodes);
        let arrays = nodes.arrays.into_iter();
        Ok(Self {
            schema,
            identity: SourceIdentity {
                path,
                size: 0,
                modified: None,
                version: None,
            },
            documents: arrays.map(|node| (node.path, node.document)).collect(),
            store,
            place,
            labels: None,
        })
    }

    /// The same group as it is now.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn reopen(&self) -> Result<Self, RegionError> {
        Self::open(
            Arc::clone(&self.store),
            &NodePath::parse(self.place.as_str()),
        )
    }

    /// An array with its codecs.
    pub(crate) fn stored_array(&self, variable: &NodePath) -> Result<StoredArray, RegionError> {
        let document = self
            .documents
            .get(variable)
            .ok_or_else(|| RegionError::Archive {
                message: format!(
                    "{}: there is no array {:?}",
                    self.identity.path.display(),
                    variable.as_str()
                ),
            })?;
        Ok(StoredArray::from_document(variable, document)?)
    }

    /// Where an array lies in the store.
    pub(crate) fn place(&self, variable: &NodePath) -> Result<Prefix, RegionError> {
        let failed = || format!("cannot find {:?}", variable.as_str());
        self.place
            .join(variable.as_str())
            .map_err(RegionError::store(failed()))
    }

    /// Where the group that is open lies in the store.
    pub(crate) fn root(&self) -> &Prefix {
        &self.place
    }

    /// The paths of all arrays, also of those whose types cannot be carried.
    pub(crate) fn arrays(&self) -> impl Iterator<Item = &NodePath> {
        self.documents.keys()
    }

    /// How many requests were made of the server that holds the archive, where there is one.
    #[must_use]
    pub fn requests(&self) -> Option<Requests> {
        self.store.requests()
    }

    /// The store that holds the archive.
    pub(crate) fn store(&self) -> &dyn Store {
        self.store.as_ref()
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
            while !path.is_root() && !self.documents.contains_key(&path) {
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

    /// The chunks that a region meets.
    fn chunks(&self, variable: &NodePath, region: &Region) -> Result<Chunks, SourceError> {
        let invalid = |message: &str| {
            self.error(SourceErrorKind::Invalid, message)
                .variable(variable)
        };
        let array = self
            .stored_array(variable)
            .map_err(|e| invalid("its metadata cannot be used").caused_by(e))?;
        if !region.fits(array.shape()) {
            let message = format!("{region} does not lie in an array of {:?}", array.shape());
            return Err(self
                .error(SourceErrorKind::Request, message)
                .variable(variable));
        }
        let place = self
            .place(variable)
            .map_err(|e| invalid("it has no place").caused_by(e))?;
        let ranges = region.ranges().iter().zip(array.chunk_shape());
        let ranges = ranges.map(|(r, c)| r.start / c..r.end.div_ceil(*c).max(r.start / c));
        Ok(Chunks {
            grid: Region::new(ranges.collect()),
            array,
            place,
        })
    }

    /// Calls `take` with every chunk that a region meets: its region, and its object or
    /// `None` where it was never written. Chunks come in any order, on the threads of the pool
    /// that calls; where none does, this one takes them all.
    fn each_chunk(
        &self,
        variable: &NodePath,
        region: &Region,
        take: impl Fn(&StoredArray, &Region, Option<Vec<u8>>) -> Result<(), CodecError> + Sync,
    ) -> Result<(), SourceError> {
        let chunks = self.chunks(variable, region)?;
        let failed = |e| {
            self.error(SourceErrorKind::Io, "a chunk cannot be read")
                .variable(variable)
                .caused_by(e)
        };
        let take = |number: u64, object| {
            take(&chunks.array, &chunks.bounds(number), object).map_err(|e| {
                self.error(SourceErrorKind::Invalid, "a chunk cannot be decoded")
                    .variable(variable)
                    .caused_by(e)
            })
        };
        let numbers = 0..chunks.grid.num_elements();
        if is_in_pool() {
            return numbers.into_par_iter().try_for_each(|number| {
                let object = chunks.key(number).and_then(|key| self.store.get(&key));
                take(number, object.map_err(failed)?)
            });
        }
        let together = chunks.together(self.store.calls_at_once());
        for start in numbers.clone().step_by(together) {
            let numbers = start..numbers.end.min(start + together as u64);
            let keys = numbers.clone().map(|number| chunks.key(number));
            let objects = keys.collect::<Result<Vec<_>, _>>();
            let objects = objects.and_then(|keys| self.store.get_each(&keys));
            for (number, object) in numbers.zip(objects.map_err(failed)?) {
                take(number, object)?;
            }
        }
        Ok(())
    }

    fn error(&self, kind: SourceErrorKind, message: impl Into<String>) -> SourceError {
        SourceError::new(kind, &self.identity.path, message)
    }
}

/// The paths of the arrays in a group; none where it is no group that can be understood.
pub(crate) fn array_paths(store: &dyn Store, place: &Prefix) -> Result<Vec<NodePath>, RegionError> {
    match nodes::read(store, place) {
        Ok(nodes) => Ok(nodes.arrays.into_iter().map(|node| node.path).collect()),
        Err(RegionError::Archive { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Whether the name of an object within an array is that of a chunk: `c/0/1`, `0.1`, `0/1`.
pub(crate) fn is_chunk(name: &str) -> bool {
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
        let request = |what| {
            self.error(SourceErrorKind::Request, what)
                .variable(variable)
        };
        let schema = self
            .schema
            .variable(variable)
            .ok_or_else(|| request("there is no such array"))?;
        let width = schema
            .data_type
            .size()
            .ok_or_else(|| request("it is text, not numbers"))?;
        if out.len() as u64 != region.num_elements().saturating_mul(width as u64) {
            return Err(request("the buffer does not have the size of the region"));
        }
        if let Some(labels) = self.labels_of(variable, region, width) {
            out.copy_from_slice(labels);
            return Ok(());
        }
        let out = Mutex::new(out);
        self.each_chunk(variable, region, |array, bounds, object| {
            let shared = bounds.intersection(region);
            let (part, from) = match object {
                Some(object) => (array.decode(&object)?, bounds),
                // Nothing tells that a chunk that is not there is one that memory can hold.
                None => {
                    let mut part = vec![0; shared.num_elements() as usize * width];
                    repeat(array.fill_bytes(), &mut part);
                    (part, &shared)
                }
            };
            let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
            gather(
                &part,
                &mut out,
                &Copy {
                    region: &shared,
                    from,
                    to: region,
                },
                width,
            );
            Ok(())
        })
    }

    fn read_text(&self, variable: &NodePath, region: &Region) -> Result<Vec<String>, SourceError> {
        let request = |what| {
            self.error(SourceErrorKind::Request, what)
                .variable(variable)
        };
        let schema = self
            .schema
            .variable(variable)
            .ok_or_else(|| request("there is no such array"))?;
        if schema.data_type != DataType::String {
            return Err(request("it is no text"));
        }
        let out = Mutex::new(vec![String::new(); region.num_elements() as usize]);
        self.each_chunk(variable, region, |array, bounds, object| {
            let shared = bounds.intersection(region);
            let (part, from) = match object {
                Some(object) => (array.decode_text(&object)?, bounds),
                None => {
                    let elements = shared.num_elements() as usize;
                    (vec![array.fill_text().to_owned(); elements], &shared)
                }
            };
            let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
            gather(
                &part,
                &mut out,
                &Copy {
                    region: &shared,
                    from,
                    to: region,
                },
                1,
            );
            Ok(())
        })?;
        Ok(out.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn stored_parts(
        &self,
        variable: &NodePath,
        region: &Region,
    ) -> Result<Option<Vec<StoredPart>>, SourceError> {
        let chunks = self.chunks(variable, region)?;
        let full = Region::full(chunks.array.shape());
        let failed = |e| {
            let message = "it cannot be told which chunks there are";
            self.error(SourceErrorKind::Io, message)
                .variable(variable)
                .caused_by(e)
        };
        let numbers = 0..chunks.grid.num_elements();
        let keys = numbers.clone().map(|number| chunks.key(number));
        let keys = keys.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let stored = self.store.exists_each(&keys).map_err(failed)?;
        let parts = numbers.zip(stored).map(|(number, stored)| StoredPart {
            region: chunks.bounds(number).intersection(&full),
            stored,
        });
        Ok(Some(parts.collect()))
    }

    fn unwritten_value(&self, variable: &NodePath) -> Option<Vec<u8>> {
        let array = self.stored_array(variable).ok()?;
        array.data_type().size()?;
        Some(array.fill_bytes().to_vec())
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
