//! The documents of the nodes of an archive, held against its consolidated metadata.

use rayon::ThreadPool;
use rayon::prelude::*;
use serde_json::{Map, Value};
use zarrio_model::NodePath;
use zarrio_store::Key;

use super::ZarrSource;
use super::meaning::{decides, differences, is_grown, is_node};
use super::nodes::{Reader, join};
use crate::RegionError;
use crate::convert::CancelToken;
use crate::error::with_causes;
use crate::hierarchy::{inline_v3, relative};
use crate::json::{as_read, parse, to_bytes};

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
    /// Whether it is what a growth leaves between its steps.
    pub(crate) is_grown: bool,
    /// Whether by the one chunks may lie elsewhere, or be read as something else, than by the
    /// other.
    pub(crate) decides: bool,
}

/// What is to be done where nobody but people can tell what is right.
const DIFFERS: &str = "find out which of them is right, and remove this document and run 'zarrio repair' again, or consolidate anew, in Python with zarr.consolidate_metadata";

/// A document as the consolidated metadata have it.
struct Told {
    name: String,
    key: Key,
    document: Value,
    /// Whether that can be used.
    is_whole: bool,
}

impl ZarrSource {
    /// The documents by which a reader that does not use the consolidated metadata finds nothing,
    /// or something else; none where there are no such metadata.
    pub(crate) fn doubtful(
        &self,
        pool: &ThreadPool,
        cancel: &CancelToken,
    ) -> Result<Vec<Doubtful>, RegionError> {
        let reader = Reader {
            store: self.store.as_ref(),
            place: &self.place,
        };
        let told = told(&reader)?;
        let judge = |told: &Told| {
            cancel.check()?;
            judge(&reader, told)
        };
        pool.install(|| {
            let judged = told.par_iter().map(judge);
            judged.filter_map(Result::transpose).collect()
        })
    }
}

/// Every document that the consolidated metadata tell of. What they name besides is nothing that
/// a reader looks for, or no place in the archive.
fn told(reader: &Reader<'_>) -> Result<Vec<Told>, RegionError> {
    let root = NodePath::root();
    let read = |name| reader.document_to_write(&root, name);
    let (metadata, pointer) = match read("zarr.json")? {
        Some(document) => (Some(document), "/consolidated_metadata/metadata"),
        None => (read(".zmetadata")?, "/metadata"),
    };
    let map = metadata.as_ref().and_then(|d| d.pointer(pointer));
    let Some(map) = map.and_then(Value::as_object) else {
        return Ok(Vec::new());
    };
    let is_v3 = pointer.starts_with("/consolidated");
    let told = map.iter().filter_map(|(name, document)| {
        let (path, kind) = match is_v3 {
            true => (name.as_str(), "zarr.json"),
            false => name.rsplit_once('/').unwrap_or(("", name)),
        };
        let path = NodePath::parse(path);
        // The root of format 3 is what tells all this.
        if !matches!(kind, ".zarray" | ".zgroup" | ".zattrs") && (!is_v3 || path.is_root()) {
            return None;
        }
        let name = join(path.as_str(), kind);
        Some(Told {
            key: reader.place.key(&name).ok()?,
            is_whole: is_node(kind, document),
            document: match is_v3 {
                true => own_v3(&path, document, map),
                false => document.clone(),
            },
            name,
        })
    });
    Ok(told.collect())
}

/// A node's own document of format 3: in that of a group stands what lies below it.
fn own_v3(path: &NodePath, document: &Value, map: &Map<String, Value>) -> Value {
    let mut whole = document.clone();
    let is_group = document["node_type"] == "group";
    if let Some(group) = whole.as_object_mut().filter(|_| is_group) {
        let below = map.iter().filter_map(|(other, document)| {
            let other = NodePath::parse(other);
            Some((relative(&other, path)?.to_owned(), document.clone()))
        });
        group.insert("consolidated_metadata".into(), inline_v3(&below.collect()));
    }
    whole
}

/// What is wrong with a document, if anything.
fn judge(reader: &Reader<'_>, told: &Told) -> Result<Option<Doubtful>, RegionError> {
    let anew = || match told.is_whole {
        true => Ok(to_bytes(&told.document)),
        false => Err("the consolidated metadata cannot be used either: restore it from a copy"),
    };
    let failed = || RegionError::store(format!("cannot read {}", told.name));
    let (mut grown, mut deciding) = (false, true);
    let (reason, anew) = match reader.store.get(&told.key) {
        // Format 2 needs no document for no attributes.
        Ok(None) if told.document.as_object().is_some_and(Map::is_empty) => return Ok(None),
        Ok(None) => ("it is not there".to_owned(), anew()),
        Ok(Some(bytes)) => match parse(&bytes) {
            Err(error) => (format!("it cannot be understood: {error}"), anew()),
            Ok(own) => {
                let document = as_read(&told.document);
                let names = differences(&told.name, &own, &document);
                if names.is_empty() {
                    return Ok(None);
                }
                grown = names == ["shape"] && is_grown(&own, &document);
                deciding = decides(&told.name, &names, &own, &document);
                let names = names.join(", ");
                (
                    format!("it and the consolidated metadata differ in {names}"),
                    Err(DIFFERS),
                )
            }
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
        is_grown: grown,
        decides: deciding,
    }))
}
