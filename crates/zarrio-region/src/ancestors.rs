//! The groups above a dataset that is not the root of its archive.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use zarrio_codec::group_documents;
use zarrio_model::config::ZarrFormat;
use zarrio_model::{Attributes, NodePath};
use zarrio_store::{Claim, Key, Store};

use crate::RegionError;
use crate::convert::CancelToken;
use crate::hierarchy::{self, Node, relative};
use crate::json::to_bytes;
use crate::output::{Kind, Output, State};
use crate::pauses::Pauses;
use crate::plan::ConvertPlan;

/// How long another writer of the same document is waited for: longer than the lease lasts of
/// one that was killed.
const PATIENCE: Duration = Duration::from_secs(75);

/// The groups from the archive's root down to the parent of the dataset.
pub(crate) struct Ancestors<'a> {
    store: &'a dyn Store,
    cancel: &'a CancelToken,
    format: ZarrFormat,
    group: NodePath,
    paths: Vec<NodePath>,
    /// Documents that were absent and are ours.
    created: RefCell<Vec<Key>>,
}

impl<'a> Ancestors<'a> {
    pub(crate) fn new(
        store: &'a dyn Store,
        plan: &ConvertPlan,
        cancel: &'a CancelToken,
    ) -> Result<Self, RegionError> {
        let mut paths: Vec<NodePath> = plan.group.upwards().skip(1).collect();
        paths.reverse();
        Ok(Self {
            store,
            cancel,
            format: plan.zarr_format,
            group: plan.group.clone(),
            paths,
            created: RefCell::default(),
        })
    }

    /// Whether a dataset may be written below: every ancestor is absent or a group of the
    /// plan's format.
    pub(crate) fn check(&self) -> Result<(), RegionError> {
        for path in &self.paths {
            let output = Output::new(self.store, path)?;
            let refuse = |what: &str| RegionError::OutputExists {
                message: format!("{} is {what}", output.location()),
                hint: "give another output or another --group".into(),
            };
            match settled_state(&output, self.cancel)? {
                State::Absent => {}
                State::Unfinished => return Err(refuse("an unfinished dataset")),
                // A directory on the way to a group that is there already is no stranger.
                State::Foreign if path.is_root() => return Err(refuse("no Zarr archive")),
                State::Foreign => {}
                State::Node => match (self.format, output.kind()?) {
                    (ZarrFormat::V3, Kind::GroupV3) | (ZarrFormat::V2, Kind::GroupV2) => {}
                    (_, Kind::Array) => return Err(refuse("an array")),
                    (ZarrFormat::V3, _) => return Err(refuse("of Zarr format 2, not 3")),
                    (ZarrFormat::V2, _) => return Err(refuse("of Zarr format 3, not 2")),
                },
            }
        }
        Ok(())
    }

    /// Makes the ancestors that are absent.
    pub(crate) fn create(&self) -> Result<(), RegionError> {
        let name = hierarchy::root_document(self.format);
        for path in &self.paths {
            let output = Output::new(self.store, path)?;
            if output.exists(name)? {
                continue;
            }
            // A whole dataset may be about to appear there.
            let claim = claim(&output, self.cancel)?;
            if !output.exists(name)? {
                let key = output.key(name)?;
                let bytes = self.bare();
                output.put(&key, &bytes)?;
                self.created.borrow_mut().push(key);
            }
            claim
                .withdraw()
                .map_err(RegionError::store("cannot end the claim of the archive"))?;
        }
        Ok(())
    }

    /// Removes the ancestors that were made for a dataset that failed, unless others have
    /// changed them.
    pub(crate) fn undo(&self) -> Result<(), RegionError> {
        let failed = || RegionError::store("cannot remove a group that was made in vain");
        for key in self.created.borrow_mut().drain(..).rev() {
            if self.store.get(&key).map_err(failed())?.as_deref() == Some(self.bare().as_slice()) {
                self.store.delete(&key).map_err(failed())?;
            }
        }
        Ok(())
    }

    /// The document of a group of nothing.
    fn bare(&self) -> Vec<u8> {
        let document = group_documents(&Attributes::new(), self.format).swap_remove(0);
        to_bytes(&document.json)
    }

    /// Enters the dataset into the consolidated metadata of every ancestor that has such.
    ///
    /// Several datasets of one archive may be written at once, so this is done by one
    /// writer at a time.
    pub(crate) fn list(&self, groups: &[Node], arrays: &[Node]) -> Result<(), RegionError> {
        for path in self.paths.iter().rev() {
            let output = Output::new(self.store, path)?;
            let name = hierarchy::consolidated_document(self.format);
            let has_consolidated = |document: &Option<Value>| {
                document.as_ref().is_some_and(|d| match self.format {
                    ZarrFormat::V3 => d.get("consolidated_metadata").is_some_and(Value::is_object),
                    ZarrFormat::V2 => d.get("metadata").is_some_and(Value::is_object),
                })
            };
            if !has_consolidated(&output.document(name)?) {
                continue;
            }
            let claim = claim(&output, self.cancel)?;
            if let Some(mut document) = output.document(name)? {
                let before = document.clone();
                self.enter(&mut document, path, groups, arrays);
                if document != before {
                    output.put(&output.key(name)?, &to_bytes(&document))?;
                }
            }
            claim
                .withdraw()
                .map_err(RegionError::store("cannot end the claim of the archive"))?;
        }
        Ok(())
    }

    /// Replaces the entries of the dataset in an ancestor's consolidated document.
    fn enter(&self, document: &mut Value, ancestor: &NodePath, groups: &[Node], arrays: &[Node]) {
        let map = match self.format {
            ZarrFormat::V3 => &mut document["consolidated_metadata"]["metadata"],
            ZarrFormat::V2 => &mut document["metadata"],
        };
        let Some(map) = map.as_object_mut() else {
            return;
        };
        let dataset = relative(&self.group, ancestor).unwrap_or_default();
        map.retain(|name, _| {
            name != dataset
                && !name
                    .strip_prefix(dataset)
                    .is_some_and(|rest| rest.starts_with('/'))
        });
        // The groups between the ancestor and the dataset.
        for between in self.paths.iter().filter(|path| **path != *ancestor) {
            if let Some(name) = relative(between, ancestor) {
                let document = group_documents(&Attributes::new(), self.format).swap_remove(0);
                self.insert(map, name, document.name, &document.json, false);
            }
        }
        let below = |node: &Node| node.path.below(&self.group);
        for node in groups.iter().rev().chain(arrays) {
            let path = below(node);
            let Some(name) = relative(&path, ancestor) else {
                continue;
            };
            for document in &node.documents {
                if document.name != ".zmetadata" {
                    self.insert(map, name, document.name, &document.json, true);
                }
            }
        }
    }

    fn insert(
        &self,
        map: &mut Map<String, Value>,
        node: &str,
        document: &str,
        json: &Value,
        replace: bool,
    ) {
        let name = match self.format {
            ZarrFormat::V3 => node.to_owned(),
            ZarrFormat::V2 => format!("{node}/{document}"),
        };
        if replace || !map.contains_key(&name) {
            map.insert(name, hierarchy::entry_v3(json));
        }
    }
}

/// What lies at a place. Another writer may be making the group there this moment.
fn settled_state(output: &Output<'_>, cancel: &CancelToken) -> Result<State, RegionError> {
    let (begun, mut pauses) = (Instant::now(), Pauses::new());
    loop {
        cancel.check()?;
        match output.state()? {
            State::Unfinished if begun.elapsed() < Duration::from_secs(1) => pauses.pause(),
            state => return Ok(state),
        }
    }
}

/// Waits for the claim of a group whose document others may be changing.
pub(crate) fn claim(
    output: &Output<'_>,
    cancel: &CancelToken,
) -> Result<Box<dyn Claim>, RegionError> {
    let (begun, mut pauses) = (Instant::now(), Pauses::new());
    loop {
        cancel.check()?;
        match output.claim() {
            Err(RegionError::Busy { .. }) if begun.elapsed() < PATIENCE => pauses.pause(),
            result => return result,
        }
    }
}
