//! Finds the nodes of a hierarchy and their metadata documents.

use serde_json::{Map, Value};
use zarrio_model::NodePath;
use zarrio_store::{Prefix, Store};

use crate::RegionError;

/// A group or array with its metadata; attributes apart, as format 2 keeps them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) path: NodePath,
    pub(super) document: Value,
    pub(super) attributes: Map<String, Value>,
}

/// A hierarchy's nodes in the order of their metadata.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Nodes {
    pub(super) format: u64,
    pub(super) groups: Vec<Node>,
    pub(super) arrays: Vec<Node>,
}

/// How deep groups may nest: deeper is a loop of links or an attack.
const MAX_DEPTH: usize = 64;

/// All nodes at and below a place.
pub(super) fn read(store: &dyn Store, place: &Prefix) -> Result<Nodes, RegionError> {
    let reader = Reader { store, place };
    if let Some(root) = reader.document(&NodePath::root(), "zarr.json")? {
        if root["node_type"] != "group" {
            return Err(reader.error("is an array, not a group"));
        }
        let mut nodes = Nodes {
            format: 3,
            groups: Vec::new(),
            arrays: Vec::new(),
        };
        let consolidated = root
            .pointer("/consolidated_metadata/metadata")
            .and_then(Value::as_object);
        nodes.push_v3(NodePath::root(), root.clone());
        match consolidated {
            Some(map) => {
                for (name, document) in map {
                    nodes.push_v3(NodePath::parse(name), document.clone());
                }
            }
            None => reader.walk(&NodePath::root(), 0, &mut |path| {
                let document = reader.document(path, "zarr.json")?;
                let group = document.as_ref().is_some_and(|d| d["node_type"] == "group");
                if let Some(document) = document {
                    nodes.push_v3(path.clone(), document);
                }
                Ok(group)
            })?,
        }
        return reader.not_too_deep(nodes);
    }
    if reader.document(&NodePath::root(), ".zgroup")?.is_some() {
        let mut nodes = Nodes {
            format: 2,
            groups: Vec::new(),
            arrays: Vec::new(),
        };
        let consolidated = reader.document(&NodePath::root(), ".zmetadata")?;
        if let Some(map) = consolidated
            .as_ref()
            .and_then(|d| d["metadata"].as_object())
        {
            let attributes = |path: &str| map.get(&join(path, ".zattrs")).cloned();
            for (name, document) in map {
                let (path, kind) = name.rsplit_once('/').unwrap_or(("", name));
                nodes.push_v2(
                    NodePath::parse(path),
                    kind,
                    document.clone(),
                    attributes(path),
                );
            }
        } else {
            let mut push = |path: &NodePath| {
                let attributes = reader.document(path, ".zattrs")?;
                for kind in [".zgroup", ".zarray"] {
                    if let Some(document) = reader.document(path, kind)? {
                        nodes.push_v2(path.clone(), kind, document, attributes);
                        return Ok(kind == ".zgroup");
                    }
                }
                Ok(false)
            };
            push(&NodePath::root())?;
            reader.walk(&NodePath::root(), 0, &mut push)?;
        }
        return reader.not_too_deep(nodes);
    }
    if reader.document(&NodePath::root(), ".zarray")?.is_some() {
        return Err(reader.error("is an array, not a group"));
    }
    let key = place
        .key(crate::output::CLAIM)
        .map_err(RegionError::store("cannot open"))?;
    let unfinished = store
        .exists(&key)
        .map_err(RegionError::store("cannot open"))?;
    Err(reader.error(if unfinished {
        "is unfinished: its writer was interrupted or is still at work"
    } else {
        "is no Zarr group: it has neither zarr.json nor .zgroup"
    }))
}

pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}/{name}")
    }
}

impl Nodes {
    fn push_v3(&mut self, path: NodePath, document: Value) {
        let attributes = document["attributes"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        let is_group = document["node_type"] == "group";
        let node = Node {
            path,
            document,
            attributes,
        };
        if is_group {
            self.groups.push(node);
        } else {
            self.arrays.push(node);
        }
    }

    fn push_v2(&mut self, path: NodePath, kind: &str, document: Value, attributes: Option<Value>) {
        let attributes = match attributes {
            Some(Value::Object(map)) => map,
            _ => Map::new(),
        };
        let node = Node {
            path,
            document,
            attributes,
        };
        match kind {
            ".zgroup" => self.groups.push(node),
            ".zarray" => self.arrays.push(node),
            _ => {}
        }
    }
}

/// Reads documents.
pub(super) struct Reader<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) place: &'a Prefix,
}

impl Reader<'_> {
    /// Consolidated metadata name what no walk would reach.
    fn not_too_deep(&self, nodes: Nodes) -> Result<Nodes, RegionError> {
        let mut all = nodes.groups.iter().chain(&nodes.arrays);
        match all.any(|node| node.path.as_str().matches('/').count() >= MAX_DEPTH) {
            true => Err(self.error("has groups nested too deep")),
            false => Ok(nodes),
        }
    }

    /// A document; `None` where there is none.
    pub(super) fn document(
        &self,
        path: &NodePath,
        name: &str,
    ) -> Result<Option<Value>, RegionError> {
        self.parsed(path, name, crate::json::parse)
    }

    /// A document of which something is to be written again.
    pub(super) fn document_to_write(
        &self,
        path: &NodePath,
        name: &str,
    ) -> Result<Option<Value>, RegionError> {
        self.parsed(path, name, crate::json::parse_to_change)
    }

    fn parsed(
        &self,
        path: &NodePath,
        name: &str,
        parse: fn(&[u8]) -> serde_json::Result<Value>,
    ) -> Result<Option<Value>, RegionError> {
        let failed = || format!("cannot read the metadata of {}", self.location());
        let name = join(path.as_str(), name);
        let key = self
            .place
            .key(&name)
            .map_err(RegionError::store(failed()))?;
        let Some(bytes) = self.store.get(&key).map_err(RegionError::store(failed()))? else {
            return Ok(None);
        };
        parse(&bytes)
            .map(Some)
            .map_err(|e| self.error(&format!("has a broken document {name}: {e}")))
    }

    /// Calls `visit` for everything below a group, and goes on into what it says is a group.
    fn walk(
        &self,
        group: &NodePath,
        depth: usize,
        visit: &mut dyn FnMut(&NodePath) -> Result<bool, RegionError>,
    ) -> Result<(), RegionError> {
        if depth >= MAX_DEPTH {
            return Err(self.error("has groups nested too deep"));
        }
        let failed = || format!("cannot list {}", self.location());
        let place = match group.is_root() {
            true => self.place.clone(),
            false => self
                .place
                .join(group.as_str())
                .map_err(RegionError::store(failed()))?,
        };
        let children = self
            .store
            .list_children(&place)
            .map_err(RegionError::store(failed()))?;
        for prefix in children.prefixes {
            let name = prefix.as_str().rsplit('/').next().unwrap_or_default();
            let path = group.join(name);
            if visit(&path)? {
                self.walk(&path, depth + 1, visit)?;
            }
        }
        Ok(())
    }

    fn location(&self) -> String {
        if self.place.is_root() {
            self.store.location()
        } else {
            format!("{}/{}", self.store.location(), self.place)
        }
    }

    fn error(&self, what: &str) -> RegionError {
        RegionError::Archive {
            message: format!("{} {what}", self.location()),
        }
    }
}
