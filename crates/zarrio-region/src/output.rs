//! Where a new dataset goes: what lies there already, who may write, what must go first.

use serde_json::Value;
use zarrio_model::NodePath;
use zarrio_store::{Claim, Key, Prefix, Store};

use crate::RegionError;

/// Claimed while a dataset is written, and left behind by a writer that was killed: the
/// mark of an unfinished dataset.
pub(crate) const CLAIM: &str = ".zarrio-writing";

/// Documents that make a place a node of a Zarr hierarchy.
const NODE_DOCUMENTS: [&str; 4] = ["zarr.json", ".zgroup", ".zarray", ".zmetadata"];

/// The place of a new dataset.
#[derive(Debug)]
pub(crate) struct Output<'a> {
    store: &'a dyn Store,
    place: Prefix,
}

/// What lies at an output's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing.
    Absent,
    /// What a killed writer left.
    Unfinished,
    /// A Zarr group or array.
    Node,
    /// Something that is not ours.
    Foreign,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    GroupV3,
    GroupV2,
    Array,
}

impl<'a> Output<'a> {
    pub(crate) fn new(store: &'a dyn Store, group: &NodePath) -> Result<Self, RegionError> {
        let place = Prefix::new(group.as_str()).map_err(RegionError::store(format!(
            "cannot write to group {:?}",
            group.as_str()
        )))?;
        Ok(Self { store, place })
    }

    /// The place of a dataset that is known to be there.
    pub(crate) fn at(store: &'a dyn Store, place: Prefix) -> Self {
        Self { store, place }
    }

    /// Where in the store it is.
    pub(crate) fn place(&self) -> &Prefix {
        &self.place
    }

    /// The store that the dataset is in.
    pub(crate) fn store(&self) -> &'a dyn Store {
        self.store
    }

    /// The output for people: the store's location and the group.
    pub(crate) fn location(&self) -> String {
        match self.place.is_root() {
            true => self.store.location(),
            false => format!("{}/{}", self.store.location(), self.place),
        }
    }

    /// The key of an object of the dataset.
    pub(crate) fn key(&self, name: &str) -> Result<Key, RegionError> {
        self.place
            .key(name)
            .map_err(RegionError::store(format!("cannot write {name:?}")))
    }

    /// The place of a node of the dataset.
    pub(crate) fn node(&self, path: &NodePath) -> Result<Prefix, RegionError> {
        if path.is_root() {
            return Ok(self.place.clone());
        }
        let failed = || format!("cannot write {:?}", path.as_str());
        self.place
            .join(path.as_str())
            .map_err(RegionError::store(failed()))
    }

    pub(crate) fn state(&self) -> Result<State, RegionError> {
        let claimed = self.exists(CLAIM)?;
        for name in NODE_DOCUMENTS {
            // Consolidated metadata of format 2 are written before what makes the group.
            if self.exists(name)? && !(claimed && name == ".zmetadata") {
                return Ok(State::Node);
            }
        }
        if claimed {
            return Ok(State::Unfinished);
        }
        let empty = self
            .store
            .is_empty(&self.place)
            .map_err(self.cannot("look at"))?;
        Ok(if empty { State::Absent } else { State::Foreign })
    }

    /// What the node here is.
    pub(crate) fn kind(&self) -> Result<Kind, RegionError> {
        if let Some(document) = self.document("zarr.json")? {
            return Ok(match document["node_type"] == "array" {
                true => Kind::Array,
                false => Kind::GroupV3,
            });
        }
        let is_array = self.document(".zarray")?.is_some();
        Ok(if is_array { Kind::Array } else { Kind::GroupV2 })
    }

    /// The exclusive right to write here.
    pub(crate) fn claim(&self) -> Result<Box<dyn Claim>, RegionError> {
        let claimed = self
            .store
            .claim(&self.key(CLAIM)?)
            .map_err(self.cannot("claim"))?;
        claimed.ok_or_else(|| RegionError::Busy {
            output: self.location(),
        })
    }

    /// Removes what lies here but the claim, first of all what makes it a node: from then
    /// on no reader takes the rest for a dataset.
    pub(crate) fn clear(&self) -> Result<(), RegionError> {
        for name in NODE_DOCUMENTS {
            let key = self.key(name)?;
            self.store.delete(&key).map_err(self.cannot("replace"))?;
        }
        self.store.sync().map_err(self.cannot("replace"))?;
        let children = self
            .store
            .list_children(&self.place)
            .map_err(self.cannot("replace"))?;
        let claim = self.key(CLAIM)?;
        for object in children.objects.iter().filter(|object| object.key != claim) {
            self.store
                .delete(&object.key)
                .map_err(self.cannot("replace"))?;
        }
        for prefix in &children.prefixes {
            self.store
                .delete_prefix(prefix)
                .map_err(self.cannot("replace"))?;
        }
        Ok(())
    }

    /// A JSON document of the dataset; `None` where it is absent or none.
    pub(crate) fn document(&self, name: &str) -> Result<Option<Value>, RegionError> {
        let bytes = self
            .store
            .get(&self.key(name)?)
            .map_err(self.cannot("look at"))?;
        Ok(bytes.and_then(|bytes| crate::json::parse_to_change(&bytes).ok()))
    }

    pub(crate) fn put(&self, key: &Key, bytes: &[u8]) -> Result<(), RegionError> {
        self.store
            .put(key, bytes)
            .map_err(RegionError::store(format!("cannot write {key}")))
    }

    pub(crate) fn put_each(&self, objects: &[(Key, Vec<u8>)]) -> Result<(), RegionError> {
        let failed = RegionError::store("cannot write the documents of the arrays");
        self.store.put_each(objects).map_err(failed)
    }

    pub(crate) fn sync(&self) -> Result<(), RegionError> {
        self.store.sync().map_err(self.cannot("make durable"))
    }

    pub(crate) fn exists(&self, name: &str) -> Result<bool, RegionError> {
        self.store
            .exists(&self.key(name)?)
            .map_err(self.cannot("look at"))
    }

    fn cannot(&self, action: &str) -> impl FnOnce(zarrio_store::StoreError) -> RegionError {
        RegionError::store(format!("cannot {action} {}", self.location()))
    }
}
