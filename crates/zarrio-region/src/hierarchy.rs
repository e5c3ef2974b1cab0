//! The metadata documents of a dataset, with consolidated metadata.
//!
//! Every group's document carries the documents of all that lies below it, so that a
//! reader opens any group with one request (format 3: `consolidated_metadata` in
//! `zarr.json`, as zarr-python writes it; format 2: `.zmetadata`).

use serde_json::{Map, Value, json};
use zarrio_codec::{Document, group_documents};
use zarrio_model::NodePath;
use zarrio_model::config::ZarrFormat;

use crate::plan::ConvertPlan;

/// The name of a group's consolidated document in format 2.
const ZMETADATA: &str = ".zmetadata";

/// A node of the hierarchy with its documents.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    /// The path from the root of the dataset.
    pub(crate) path: NodePath,
    /// The documents in the order in which they are written; the last one makes the node
    /// exist.
    pub(crate) documents: Vec<Document>,
}

/// The arrays of a plan, in the order of the source.
pub(crate) fn arrays(plan: &ConvertPlan) -> Vec<Node> {
    plan.variables
        .iter()
        .map(|variable| Node {
            path: variable.encoding.path().clone(),
            documents: reversed(variable.encoding.documents()),
        })
        .collect()
}

/// The groups of a plan with their consolidated metadata: children first, the root last.
pub(crate) fn groups(plan: &ConvertPlan, arrays: &[Node]) -> Vec<Node> {
    let bare: Vec<Node> = plan
        .groups
        .iter()
        .map(|group| Node {
            path: group.path.clone(),
            documents: reversed(group_documents(&group.attributes, plan.zarr_format)),
        })
        .collect();
    let mut groups: Vec<Node> = bare
        .iter()
        .map(|group| {
            let below = |node: &&Node| is_below(&node.path, &group.path);
            let nodes: Vec<&Node> = bare
                .iter()
                .filter(below)
                .chain(arrays.iter().filter(below))
                .collect();
            consolidated(group, &nodes, plan.zarr_format)
        })
        .collect();
    groups.reverse();
    groups
}

/// Documents are made with the defining one first and written with it last.
fn reversed(mut documents: Vec<Document>) -> Vec<Document> {
    documents.reverse();
    documents
}

fn is_below(path: &NodePath, group: &NodePath) -> bool {
    path != group && relative(path, group).is_some()
}

/// A path as seen from a group above it.
pub(crate) fn relative<'p>(path: &'p NodePath, group: &NodePath) -> Option<&'p str> {
    if group.is_root() {
        return Some(path.as_str());
    }
    path.as_str()
        .strip_prefix(group.as_str())?
        .strip_prefix('/')
}

/// A group's node with the documents of all nodes below it.
fn consolidated(group: &Node, below: &[&Node], format: ZarrFormat) -> Node {
    let mut documents = group.documents.clone();
    match format {
        ZarrFormat::V3 => {
            let mut metadata = Map::new();
            for node in below {
                let name = relative(&node.path, &group.path).unwrap_or_default();
                for document in &node.documents {
                    metadata.insert(name.to_owned(), entry_v3(&document.json));
                }
            }
            for document in &mut documents {
                document.json["consolidated_metadata"] = inline_v3(&metadata);
            }
        }
        ZarrFormat::V2 => {
            let mut metadata = Map::new();
            for document in &group.documents {
                metadata.insert(document.name.to_owned(), document.json.clone());
            }
            for node in below {
                let name = relative(&node.path, &group.path).unwrap_or_default();
                for document in &node.documents {
                    metadata.insert(format!("{name}/{}", document.name), document.json.clone());
                }
            }
            let json = json!({"zarr_consolidated_format": 1, "metadata": metadata});
            documents.insert(
                0,
                Document {
                    name: ZMETADATA,
                    json,
                },
            );
        }
    }
    Node {
        path: group.path.clone(),
        documents,
    }
}

/// A node's entry in consolidated metadata; a format 2 document is its own.
///
/// zarr-python expects a group's entry to say that it holds nothing of its own: what lies
/// below it stands beside it in the same map.
pub(crate) fn entry_v3(document: &Value) -> Value {
    let mut document = document.clone();
    if document
        .get("node_type")
        .is_some_and(|kind| kind == "group")
    {
        document["consolidated_metadata"] = inline_v3(&Map::new());
    }
    document
}

/// What a group's document of format 3 consolidates.
pub(crate) fn inline_v3(metadata: &Map<String, Value>) -> Value {
    json!({"kind": "inline", "must_understand": false, "metadata": metadata})
}

/// The document by which a reader tells that a group exists; it is written last.
pub(crate) fn root_document(format: ZarrFormat) -> &'static str {
    match format {
        ZarrFormat::V3 => "zarr.json",
        ZarrFormat::V2 => ".zgroup",
    }
}

/// The document that holds the consolidated metadata of a group.
pub(crate) fn consolidated_document(format: ZarrFormat) -> &'static str {
    match format {
        ZarrFormat::V3 => "zarr.json",
        ZarrFormat::V2 => ZMETADATA,
    }
}
