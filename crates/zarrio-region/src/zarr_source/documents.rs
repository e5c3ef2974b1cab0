//! The documents of the nodes of an archive, held against its consolidated metadata.

use rayon::prelude::*;
use serde_json::{Map, Value};
use zarrio_codec::StoredArray;
use zarrio_model::NodePath;

use super::ZarrSource;
use super::nodes::{Reader, join};
use crate::RegionError;
use crate::error::with_causes;
use crate::hierarchy::{inline_v3, relative, to_bytes};

/// A document that is not what the consolidated metadata say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Doubtful {
    /// Its name, as seen from the dataset.
    pub(crate) name: String,
    /// What is wrong with it.
    pub(crate) reason: String,
    /// What it should be, where nothing that anybody can read is lost when it is written; else
    /// what is to be done.
    pub(crate) anew: Result<Vec<u8>, &'static str>,
}

/// What is to be done where nobody but people can tell what is right.
const DIFFERS: &str = "where a command was stopped that made the archive longer, run it again; else find out which of them is right, and remove this document and run 'zarrio repair' again, or consolidate anew, in Python with zarr.consolidate_metadata";

/// A document as the consolidated metadata have it.
struct Told {
    name: String,
    document: Value,
    /// Whether that can be used.
    is_whole: bool,
}

impl ZarrSource {
    /// The documents by which a reader that does not use the consolidated metadata finds nothing,
    /// or something else; none where there are no such metadata.
    pub(crate) fn doubtful(&self) -> Result<Vec<Doubtful>, RegionError> {
        let reader = Reader {
            store: self.store.as_ref(),
            place: &self.place,
        };
        let told = told(&reader)?;
        let judged = told.par_iter().map(|told| judge(&reader, told));
        judged.filter_map(Result::transpose).collect()
    }
}

/// Every document that the consolidated metadata tell of.
fn told(reader: &Reader<'_>) -> Result<Vec<Told>, RegionError> {
    let root = NodePath::root();
    let (metadata, pointer) = match reader.document(&root, "zarr.json")? {
        Some(document) => (Some(document), "/consolidated_metadata/metadata"),
        None => (reader.document(&root, ".zmetadata")?, "/metadata"),
    };
    let map = metadata.as_ref().and_then(|d| d.pointer(pointer));
    let Some(map) = map.and_then(Value::as_object) else {
        return Ok(Vec::new());
    };
    let is_v3 = pointer.starts_with("/consolidated");
    let told = map.iter().map(|(name, document)| match is_v3 {
        true => told_v3(&NodePath::parse(name), document, map),
        false => {
            let (path, kind) = name.rsplit_once('/').unwrap_or(("", name));
            let path = NodePath::parse(path);
            let is_array = kind == ".zarray";
            Told {
                name: join(path.as_str(), kind),
                is_whole: is_usable(&path, document, is_array),
                document: document.clone(),
            }
        }
    });
    Ok(told.collect())
}

fn told_v3(path: &NodePath, document: &Value, map: &Map<String, Value>) -> Told {
    let mut whole = document.clone();
    let is_group = document["node_type"] == "group";
    if let Some(group) = whole.as_object_mut().filter(|_| is_group) {
        // In a group's own document stands what lies below it.
        let below = map.iter().filter_map(|(other, document)| {
            let other = NodePath::parse(other);
            Some((relative(&other, path)?.to_owned(), document.clone()))
        });
        group.insert("consolidated_metadata".into(), inline_v3(&below.collect()));
    }
    Told {
        name: join(path.as_str(), "zarr.json"),
        is_whole: is_usable(path, document, !is_group),
        document: whole,
    }
}

fn is_usable(path: &NodePath, document: &Value, is_array: bool) -> bool {
    match is_array {
        true => StoredArray::from_document(path, document).is_ok(),
        false => document.is_object(),
    }
}

/// What is wrong with a document, if anything.
fn judge(reader: &Reader<'_>, told: &Told) -> Result<Option<Doubtful>, RegionError> {
    let anew = || match told.is_whole {
        true => Ok(to_bytes(&told.document)),
        false => Err("the consolidated metadata cannot be used either: restore it from a copy"),
    };
    let failed = || RegionError::store(format!("cannot read {}", told.name));
    let key = reader.place.key(&told.name).map_err(failed())?;
    let (reason, anew) = match reader.store.get(&key) {
        // Format 2 needs no document for no attributes.
        Ok(None) if told.document.as_object().is_some_and(Map::is_empty) => return Ok(None),
        Ok(None) => ("it is not there".to_owned(), anew()),
        Ok(Some(bytes)) => match serde_json::from_slice::<Value>(&bytes) {
            Err(error) => (format!("it cannot be understood: {error}"), anew()),
            Ok(own) => match differences(&own, &told.document) {
                None => return Ok(None),
                Some(names) => (
                    format!("it and the consolidated metadata differ in {names}"),
                    Err(DIFFERS),
                ),
            },
        },
        Err(error) if error.is_transient() => return Err(failed()(error)),
        Err(error) => (
            format!("it cannot be read: {}", with_causes(&error)),
            Err("see that it can be read, then run the command again"),
        ),
    };
    Ok(Some(Doubtful {
        name: told.name.clone(),
        reason,
        anew,
    }))
}

/// The names of the fields in which two documents differ; what groups consolidate is not looked
/// at.
fn differences(own: &Value, told: &Value) -> Option<String> {
    let (Some(own), Some(told)) = (own.as_object(), told.as_object()) else {
        return (own != told).then(|| "all".to_owned());
    };
    let names = own
        .keys()
        .chain(told.keys().filter(|name| !own.contains_key(*name)));
    let names = names.filter(|name| *name != "consolidated_metadata");
    let names = names.filter(|name| own.get(*name) != told.get(*name));
    let names: Vec<&str> = names.map(String::as_str).collect();
    (!names.is_empty()).then(|| names.join(", "))
}
