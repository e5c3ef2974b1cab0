//! The documents by which an archive is longer.

use std::collections::BTreeSet;
use std::ops::Range;

use serde_json::Value;
use zarrio_model::NodePath;

use super::axis::RecordAxis;
use crate::RegionError;
use crate::ancestors::claim;
use crate::convert::Converter;
use crate::hierarchy::relative;
use crate::json::to_bytes;
use crate::output::Output;
use crate::zarr_source::ZarrSource;

/// Says in all documents that the arrays have this length: first in those of the arrays, the
/// coordinate's last; then in the consolidated ones of the groups, those above last.
pub(super) fn commit(
    converter: &Converter<'_>,
    archive: &ZarrSource,
    axis: &RecordAxis,
    length: u64,
) -> Result<(), RegionError> {
    let durable = || RegionError::store("cannot make the metadata durable");
    let store = archive.store();
    let coordinate = |path: &NodePath| *path == axis.coordinate;
    let mut members: Vec<_> = axis.members.iter().collect();
    members.sort_by_key(|(path, _)| coordinate(path));
    for (path, number) in members {
        let output = Output::at(store, archive.place(path)?);
        let (name, mut document) = own(archive, path)?;
        if set(&mut document, *number, length) {
            output.put(&output.key(name)?, &to_bytes(&document))?;
        }
    }
    store.sync().map_err(durable())?;
    for group in groups(archive, axis) {
        let output = Output::new(store, &group)?;
        if changes(&output, archive, axis, &group, length)?.is_none() {
            continue;
        }
        // Who adds a group to the archive changes the same document.
        let claim = claim(&output, &converter.cancel)?;
        if let Some((name, document)) = changes(&output, archive, axis, &group, length)? {
            output.put(&output.key(name)?, &to_bytes(&document))?;
        }
        let failed = RegionError::store("cannot end the claim of the archive");
        claim.withdraw().map_err(failed)?;
    }
    store.sync().map_err(durable())
}

/// The shortest and the longest length that documents give to the archive, where they do not
/// agree: a killed writer was giving it the longest.
///
/// # Errors
/// When they disagree in a way that is none of ours.
pub(super) fn unfinished(
    archive: &ZarrSource,
    axis: &RecordAxis,
) -> Result<Option<Range<u64>>, RegionError> {
    let lengths = axis.members.iter().map(|(path, number)| {
        let length = own(archive, path)?.1["shape"][*number].as_u64();
        Ok((path, length.unwrap_or(0)))
    });
    let lengths: Vec<(&NodePath, u64)> = lengths.collect::<Result<_, RegionError>>()?;
    let coordinate = lengths.iter().find(|(path, _)| **path == axis.coordinate);
    let coordinate = coordinate.map_or(0, |(_, length)| *length);
    if let Some((path, length)) = lengths.iter().find(|(_, length)| *length < coordinate) {
        return Err(axis.cannot(&format!(
            "its labels are {coordinate}, and {:?} has {length} positions along it: another program has left it so",
            path.as_str()
        )));
    }
    let mut doubtful = axis.length..axis.length;
    let mut take = |length: Option<u64>| {
        let length = length.unwrap_or(axis.length);
        doubtful = doubtful.start.min(length)..doubtful.end.max(length);
    };
    lengths.iter().for_each(|(_, length)| take(Some(*length)));
    for group in groups(archive, axis) {
        let output = Output::new(archive.store(), &group)?;
        let Some((_, mut document)) = consolidated(&output)? else {
            continue;
        };
        for (path, number) in &axis.members {
            let entry = entry(&mut document, archive, path, &group);
            take(entry.and_then(|entry| entry["shape"][*number].as_u64()));
        }
    }
    Ok((!doubtful.is_empty()).then_some(doubtful))
}

/// The document of an array and its name.
fn own(archive: &ZarrSource, path: &NodePath) -> Result<(&'static str, Value), RegionError> {
    let output = Output::at(archive.store(), archive.place(path)?);
    for name in ["zarr.json", ".zarray"] {
        if let Some(document) = output.document(name)? {
            return Ok((name, document));
        }
    }
    Err(RegionError::Archive {
        message: format!("{} has no metadata of an array", output.location()),
    })
}

/// Every group from the arrays up to the root of the store; those below first.
fn groups(archive: &ZarrSource, axis: &RecordAxis) -> Vec<NodePath> {
    let root = NodePath::parse(archive.root().as_str());
    let mut groups = BTreeSet::new();
    for (path, _) in &axis.members {
        groups.extend(path.below(&root).upwards().skip(1));
    }
    let mut groups: Vec<NodePath> = groups.into_iter().collect();
    let depth = |path: &NodePath| path.as_str().split('/').filter(|p| !p.is_empty()).count();
    groups.sort_by_key(|path| std::cmp::Reverse(depth(path)));
    groups
}

/// The document of a group that holds those of what lies below it; none where it has no such.
fn consolidated(output: &Output<'_>) -> Result<Option<(&'static str, Value)>, RegionError> {
    for (name, map) in [
        ("zarr.json", "/consolidated_metadata/metadata"),
        (".zmetadata", "/metadata"),
    ] {
        let document = output.document(name)?;
        if let Some(document) = document.filter(|d| d.pointer(map).is_some_and(Value::is_object)) {
            return Ok(Some((name, document)));
        }
    }
    Ok(None)
}

/// What such a document says of an array.
fn entry<'d>(
    document: &'d mut Value,
    archive: &ZarrSource,
    path: &NodePath,
    group: &NodePath,
) -> Option<&'d mut Value> {
    let path = path.below(&NodePath::parse(archive.root().as_str()));
    let name = relative(&path, group)?.to_owned();
    match document.get("consolidated_metadata") {
        Some(_) => document["consolidated_metadata"]["metadata"].get_mut(name),
        None => document["metadata"].get_mut(format!("{name}/.zarray")),
    }
}

/// The consolidated document of a group with the new length; none where nothing changes.
fn changes(
    output: &Output<'_>,
    archive: &ZarrSource,
    axis: &RecordAxis,
    group: &NodePath,
    length: u64,
) -> Result<Option<(&'static str, Value)>, RegionError> {
    let Some((name, mut document)) = consolidated(output)? else {
        return Ok(None);
    };
    let mut changed = false;
    for (path, number) in &axis.members {
        let entry = entry(&mut document, archive, path, group);
        changed |= entry.is_some_and(|entry| set(entry, *number, length));
    }
    Ok(changed.then_some((name, document)))
}

/// Sets one length of an array's shape; gives whether it was another.
fn set(document: &mut Value, number: usize, length: u64) -> bool {
    let known = document
        .get_mut("shape")
        .and_then(|shape| shape.get_mut(number));
    known.is_some_and(|known| {
        let changed = known.as_u64() != Some(length);
        *known = length.into();
        changed
    })
}
