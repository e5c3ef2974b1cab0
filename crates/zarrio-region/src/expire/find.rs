//! The groups of an archive with their times.

use serde_json::Value;
use zarrio_model::NodePath;
use zarrio_store::{Children, Store};

use super::remove::MARK;
use super::stamp;
use crate::RegionError;
use crate::output::Output;

/// How deep groups may nest: deeper is a loop of links or an attack.
const MAX_DEPTH: usize = 64;

/// A group with a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dated {
    pub(super) path: NodePath,
    /// Seconds since 1970.
    pub(super) time: i64,
    /// The latest time of a group within it.
    pub(super) within: Option<i64>,
}

/// The groups below one.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// Those with a time that lie in no other such.
    pub(super) dated: Vec<Dated>,
    /// Those without a time that hold none with one.
    pub(super) undated: Vec<NodePath>,
    /// Those whose deletion was begun.
    pub(super) begun: Vec<NodePath>,
    /// Places named by a time that hold nothing: what a deletion leaves that ends just before
    /// its end.
    pub(super) empty: Vec<(NodePath, i64)>,
}

/// Looks for groups in the store itself: one that is no longer listed is to be found too.
pub(super) fn groups(
    store: &dyn Store,
    root: &NodePath,
    attribute: &str,
) -> Result<Groups, RegionError> {
    let output = Output::new(store, root)?;
    if attributes(&output)?.is_none() {
        return Err(RegionError::Archive {
            message: format!("{} is no Zarr group", output.location()),
        });
    }
    let mut groups = Groups::default();
    walk(store, root, attribute, 0, &mut groups)?;
    Ok(groups)
}

/// Looks at everything below a group.
fn walk(
    store: &dyn Store,
    group: &NodePath,
    attribute: &str,
    depth: usize,
    groups: &mut Groups,
) -> Result<(), RegionError> {
    let output = Output::new(store, group)?;
    if depth >= MAX_DEPTH {
        return Err(RegionError::Archive {
            message: format!("{} has groups nested too deep", output.location()),
        });
    }
    let failed = RegionError::store(format!("cannot list {}", output.location()));
    let children = store.list_children(output.place()).map_err(failed)?;
    for prefix in children.prefixes {
        let name = prefix.as_str().rsplit('/').next().unwrap_or_default();
        if name.starts_with('.') {
            continue;
        }
        let path = group.join(name);
        let child = Output::new(store, &path)?;
        if child.exists(MARK)? {
            groups.begun.push(path);
            continue;
        }
        let named = stamp::parse(name);
        let Some(attributes) = attributes(&child)? else {
            if let Some(time) = named {
                let failed = RegionError::store(format!("cannot list {}", child.location()));
                let children = store.list_children(child.place()).map_err(failed)?;
                if children == Children::default() {
                    groups.empty.push((path, time));
                }
            }
            continue;
        };
        let time = named.or_else(|| stamp::parse(attributes.get(attribute)?.as_str()?));
        let mut below = Groups::default();
        walk(store, &path, attribute, depth + 1, &mut below)?;
        groups.begun.append(&mut below.begun);
        groups.empty.append(&mut below.empty);
        match time {
            Some(time) => groups.dated.push(Dated {
                path,
                time,
                within: below.dated.iter().map(Dated::latest).max(),
            }),
            None if below.dated.is_empty() && below.undated.is_empty() => groups.undated.push(path),
            None => {
                groups.dated.append(&mut below.dated);
                groups.undated.append(&mut below.undated);
            }
        }
    }
    Ok(())
}

impl Dated {
    /// The latest time of the group and of those within it.
    pub(super) fn latest(&self) -> i64 {
        self.within
            .map_or(self.time, |within| within.max(self.time))
    }
}

/// The attributes of a group; none where it is no group.
fn attributes(output: &Output<'_>) -> Result<Option<Value>, RegionError> {
    if let Some(mut document) = output.document("zarr.json")? {
        let group = document["node_type"] == "group";
        return Ok(group.then(|| document["attributes"].take()));
    }
    if output.exists(".zgroup")? {
        return Ok(Some(output.document(".zattrs")?.unwrap_or_default()));
    }
    Ok(None)
}
