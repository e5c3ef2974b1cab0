//! An archive as it is going to be: longer along one dimension.

use std::sync::Arc;

use serde_json::Value;
use zarrio_model::{GroupSchema, NodePath, Region};

use super::ZarrSource;

impl ZarrSource {
    /// The same archive with another length along one dimension of some arrays, each with the
    /// number of that dimension, and with the labels that a coordinate is going to have; without
    /// such, those that are stored.
    pub(crate) fn grown(
        &self,
        members: &[(NodePath, usize)],
        length: u64,
        labels: Option<(NodePath, Vec<u8>)>,
    ) -> Self {
        let mut grown = self.clone();
        for (path, axis) in members {
            let document = grown.documents.get_mut(path);
            if let Some(shape) = document.and_then(|d| d["shape"].get_mut(*axis)) {
                *shape = length.into();
            }
        }
        lengthen(&mut grown.schema.root, members, length);
        grown.labels = labels.map(|(path, labels)| (path, Arc::from(labels)));
        grown
    }

    /// The metadata document of an array.
    pub(crate) fn document(&self, path: &NodePath) -> Option<&Value> {
        self.documents.get(path)
    }

    /// The bytes of labels that are not written yet.
    pub(super) fn labels_of(
        &self,
        variable: &NodePath,
        region: &Region,
        width: usize,
    ) -> Option<&[u8]> {
        let (path, labels) = self.labels.as_ref()?;
        let [range] = region.ranges() else {
            return None;
        };
        let byte = |position: u64| usize::try_from(position).ok()?.checked_mul(width);
        (path == variable).then(|| labels.get(byte(range.start)?..byte(range.end)?))?
    }
}

fn lengthen(group: &mut GroupSchema, members: &[(NodePath, usize)], length: u64) {
    for variable in &mut group.variables {
        let Some((_, axis)) = members.iter().find(|(path, _)| *path == variable.path) else {
            continue;
        };
        if let Some(shape) = variable.shape.get_mut(*axis) {
            *shape = length;
        }
        let name = variable.dimensions.get(*axis);
        for dimension in &mut group.dimensions {
            if Some(&dimension.name) == name {
                dimension.length = length;
            }
        }
    }
    for group in &mut group.groups {
        lengthen(group, members, length);
    }
}
