//! Deletes groups so that no reader takes a part of one for the whole.

use std::time::Duration;

use serde_json::Value;
use zarrio_model::NodePath;
use zarrio_store::{Claim, Store};

use crate::RegionError;
use crate::ancestors;
use crate::convert::CancelToken;
use crate::exclusion::nobody_writes;
use crate::hierarchy::relative;
use crate::json::to_bytes;
use crate::output::{CLAIM, Output};

/// In a group whose deletion was begun, until the end of it.
pub(super) const MARK: &str = ".zarrio-expiring";
/// The documents of a group; the first ones make it one.
const DOCUMENTS: [&str; 4] = ["zarr.json", ".zgroup", ".zmetadata", ".zattrs"];

/// A group that is about to be deleted, which nobody else may write to.
pub(super) struct Doomed<'s> {
    output: Output<'s>,
    claim: Box<dyn Claim>,
}

impl<'s> Doomed<'s> {
    /// Marks a group and takes it out of the documents of all groups above it, from the root
    /// on: who opens the archive from now on does not find it there.
    ///
    /// # Errors
    /// When somebody writes to it, and when the store fails.
    pub(super) fn new(
        store: &'s dyn Store,
        path: &NodePath,
        cancel: &CancelToken,
    ) -> Result<Self, RegionError> {
        let output = Output::new(store, path)?;
        let claim = output.claim()?;
        // Who begins to write regions looks for our claim after announcing it.
        if let Err(error) = nobody_writes(&output).and_then(|()| nobody_converts(&output)) {
            let _ = claim.withdraw();
            return Err(error);
        }
        output.put(&output.key(MARK)?, b"{}\n")?;
        output.sync()?;
        let above: Vec<NodePath> = path.upwards().skip(1).collect();
        for group in above.iter().rev() {
            forget(&Output::new(store, group)?, group, path, cancel)?;
        }
        output.sync()?;
        Ok(Self { output, claim })
    }

    /// Deletes the group's documents, and then all else.
    pub(super) fn delete(self) -> Result<(), RegionError> {
        let Self { output, claim } = self;
        let store = output.store();
        let failed = || RegionError::store(format!("cannot delete {}", output.location()));
        for name in DOCUMENTS {
            store.delete(&output.key(name)?).map_err(failed())?;
        }
        output.sync()?;
        let children = store.list_children(output.place()).map_err(failed())?;
        for prefix in &children.prefixes {
            store.delete_prefix(prefix).map_err(failed())?;
        }
        let last = [output.key(MARK)?, output.key(CLAIM)?];
        for object in children.objects.iter().filter(|o| !last.contains(&o.key)) {
            store.delete(&object.key).map_err(failed())?;
        }
        // What those have left who died while they deleted this.
        store
            .sweep(output.place(), Duration::ZERO, true)
            .map_err(failed())?;
        output.sync()?;
        store.delete(&last[0]).map_err(failed())?;
        claim.withdraw().map_err(failed())?;
        // Somebody may have begun to make a group there again.
        store.remove_empty(output.place()).map_err(failed())?;
        output.sync()
    }
}

/// Fails while somebody makes a group below.
fn nobody_converts(output: &Output<'_>) -> Result<(), RegionError> {
    let failed = || RegionError::store("cannot tell who writes below");
    let mut marks = Vec::new();
    let mut keep = |name: &str| {
        if name
            .strip_suffix(CLAIM)
            .is_some_and(|place| place.ends_with('/'))
        {
            marks.push(name.to_owned());
        }
    };
    output
        .store()
        .each_name(output.place(), &mut keep)
        .map_err(failed())?;
    for mark in marks {
        let key = output.key(&mark)?;
        match output.store().claim(&key).map_err(failed())? {
            // Whoever left it died, and what was made goes with the group.
            Some(claim) => claim.withdraw().map_err(failed())?,
            None => {
                return Err(RegionError::Busy {
                    output: format!("{}/{mark}", output.location()),
                });
            }
        }
    }
    Ok(())
}

/// Takes a group and all below it out of the consolidated document of a group above it.
fn forget(
    output: &Output<'_>,
    group: &NodePath,
    path: &NodePath,
    cancel: &CancelToken,
) -> Result<(), RegionError> {
    if without(output, group, path)?.is_none() {
        return Ok(());
    }
    // Who adds a group changes the same document.
    let claim = ancestors::claim(output, cancel)?;
    if let Some((name, document)) = without(output, group, path)? {
        output.put(&output.key(name)?, &to_bytes(&document))?;
    }
    let failed = RegionError::store("cannot end the claim of the archive");
    claim.withdraw().map_err(failed)
}

/// The document without the group; none where it does not have it.
fn without(
    output: &Output<'_>,
    group: &NodePath,
    path: &NodePath,
) -> Result<Option<(&'static str, Value)>, RegionError> {
    let Some(name) = relative(path, group) else {
        return Ok(None);
    };
    for (document, pointer) in [
        ("zarr.json", "/consolidated_metadata/metadata"),
        (".zmetadata", "/metadata"),
    ] {
        let Some(mut found) = output.document(document)? else {
            continue;
        };
        let Some(map) = found.pointer_mut(pointer).and_then(Value::as_object_mut) else {
            continue;
        };
        let before = map.len();
        map.retain(|key, _| {
            key != name
                && !key
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('/'))
        });
        if map.len() < before {
            return Ok(Some((document, found)));
        }
    }
    Ok(None)
}
