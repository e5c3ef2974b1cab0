//! Groups that somebody began to make within an archive, and that are none yet: no document
//! above names them, and nothing but their own mark tells of them.

use std::collections::HashSet;

use serde::Serialize;
use zarrio_model::{NodePath, Source as _};
use zarrio_store::Children;

use crate::RegionError;
use crate::convert::CancelToken;
use crate::expire::Doomed;
use crate::hierarchy::relative;
use crate::ledger::check_shared;
use crate::output::{CLAIM, Kind, Output, State};
use crate::zarr_source::ZarrSource;

/// How deep groups may nest: deeper is a loop of links or an attack.
pub(crate) const MAX_DEPTH: usize = 64;

/// A group that was begun and is none yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnfinishedGroup {
    /// Its path from the dataset.
    pub path: String,
    /// Whether somebody is at it; else a command was stopped.
    pub running: bool,
}

/// What became of the groups that nobody is at.
#[derive(Debug, Default)]
pub(crate) struct Removed {
    /// Those that were removed, or would be.
    pub(crate) paths: Vec<String>,
    /// How many stay, because somebody is or may be at them.
    pub(crate) kept: u64,
}

/// The groups that were begun within an archive, in the order of their names.
pub(crate) fn unfinished(archive: &ZarrSource) -> Result<Vec<UnfinishedGroup>, RegionError> {
    let mut found = Vec::new();
    for path in begun(archive)? {
        let output = Output::new(archive.store(), &in_store(archive, &path))?;
        found.extend(is_running(&output)?.map(|running| UnfinishedGroup {
            path: path.to_string(),
            running,
        }));
    }
    Ok(found)
}

/// Removes the groups that were begun within an archive and that nobody is at, if `write` says so.
pub(crate) fn remove(archive: &ZarrSource, write: bool) -> Result<Removed, RegionError> {
    let mut removed = Removed::default();
    let groups = unfinished(archive)?;
    // Where locks may not hold between machines, somebody at work seems to be gone.
    let is_certain = groups.is_empty() || check_shared(archive).is_ok();
    for group in groups {
        if group.running || !is_certain {
            removed.kept += 1;
            continue;
        }
        if write {
            let path = in_store(archive, &NodePath::parse(&group.path));
            match Doomed::new(archive.store(), &path, &CancelToken::default()) {
                Ok(doomed) => doomed.delete()?,
                Err(RegionError::Busy { .. } | RegionError::Overlap { .. }) => {
                    removed.kept += 1;
                    continue;
                }
                Err(error) => return Err(error),
            }
        }
        removed.paths.push(group.path);
    }
    Ok(removed)
}

/// The path of a node of the dataset in the store.
fn in_store(archive: &ZarrSource, path: &NodePath) -> NodePath {
    path.below(&NodePath::parse(archive.root().as_str()))
}

fn begun(archive: &ZarrSource) -> Result<Vec<NodePath>, RegionError> {
    let root = NodePath::parse(archive.root().as_str());
    let arrays: HashSet<&NodePath> = archive.schema().variables().map(|v| &v.path).collect();
    let groups: HashSet<&NodePath> = archive.schema().groups().map(|g| &g.path).collect();
    let (mut found, mut open) = (Vec::new(), vec![(root.clone(), 0)]);
    while let Some((group, depth)) = open.pop() {
        for child in children(&Output::new(archive.store(), &group)?)?.prefixes {
            let name = child.as_str().rsplit('/').next().unwrap_or_default();
            if name.starts_with('.') {
                continue;
            }
            let path = group.join(name);
            let own = NodePath::parse(relative(&path, &root).unwrap_or_default());
            if arrays.contains(&own) {
                continue;
            }
            let output = Output::new(archive.store(), &path)?;
            let is_group = groups.contains(&own);
            match is_group
                .then_some(State::Node)
                .map_or_else(|| output.state(), Ok)?
            {
                State::Unfinished => found.push(own),
                // One that the documents above do not name may be one on the way.
                State::Node if depth < MAX_DEPTH && (is_group || output.kind()? != Kind::Array) => {
                    open.push((path, depth + 1));
                }
                _ => {}
            }
        }
    }
    found.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    Ok(found)
}

/// Whether somebody makes a group at a place where one was begun; nothing where it is none that
/// was begun any more.
fn is_running(output: &Output<'_>) -> Result<Option<bool>, RegionError> {
    let claim = match output.claim() {
        Err(RegionError::Busy { .. }) => return Ok(Some(true)),
        // Who may not write here cannot ask, and whoever began counts as alive.
        Err(error) if error.is_refused() => return Ok(Some(true)),
        claim => claim?,
    };
    let mark = output.key(CLAIM)?;
    let Children { objects, prefixes } = children(output)?;
    let is_left = !prefixes.is_empty() || objects.iter().any(|object| object.key != mark);
    if is_left && output.state()? == State::Unfinished {
        drop(claim);
        return Ok(Some(false));
    }
    // It ended between our two looks, and the mark is ours; or the mark is all that there is.
    let failed = || RegionError::store("cannot end the claim of a group");
    claim.withdraw().map_err(failed())?;
    let emptied = output.store().remove_empty(output.place());
    emptied.map_err(failed())?;
    Ok(None)
}

fn children(output: &Output<'_>) -> Result<Children, RegionError> {
    let failed = RegionError::store(format!("cannot list {}", output.location()));
    output.store().list_children(output.place()).map_err(failed)
}
