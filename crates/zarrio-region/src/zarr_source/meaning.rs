//! What metadata documents mean to a reader, whichever program has written them down.
//!
//! Programs leave out what has a default, write 0 or 0.0, and name things in shorter or longer
//! forms. Where it is not certain that two documents contradict each other, they do not.

use serde_json::{Map, Value, json};
use zarrio_codec::StoredArray;
use zarrio_codec::packing::ROUNDING;
use zarrio_model::time::TimeUnits;
use zarrio_model::{DataType, NodePath, cf};

use crate::quantize::{ALGORITHM, BITS};

/// The fields by which a reader of a node finds its values.
const FIELDS: [&str; 16] = [
    "zarr_format",
    "node_type",
    "shape",
    "data_type",
    "dtype",
    "chunk_grid",
    "chunks",
    "chunk_key_encoding",
    "dimension_separator",
    "codecs",
    "compressor",
    "filters",
    "order",
    "fill_value",
    "dimension_names",
    "attributes",
];

/// The attributes by which elements are placed and understood, beside those that say what its
/// numbers mean: by others an archive is only described.
const DECIDING: [&str; 7] = [
    "_ARRAY_DIMENSIONS",
    "calendar",
    "bounds",
    "climatology",
    ROUNDING,
    ALGORITHM,
    BITS,
];

/// Whether a document has all that one of its kind must have.
pub(super) fn is_node(kind: &str, document: &Value) -> bool {
    let has = |names: &[&str]| names.iter().all(|name| document.get(name).is_some());
    match kind {
        ".zattrs" => document.is_object(),
        ".zgroup" => document["zarr_format"] == 2,
        ".zarray" => {
            document["zarr_format"] == 2
                && document["shape"].is_array()
                && has(&["chunks", "dtype", "compressor", "fill_value"])
        }
        _ if document["zarr_format"] != 3 => false,
        _ if document["node_type"] == "group" => true,
        _ => {
            let is_array = document["node_type"] == "array" && document["shape"].is_array();
            let grid = ["data_type", "chunk_grid", "chunk_key_encoding"];
            is_array && has(&grid) && has(&["codecs", "fill_value"])
        }
    }
}

/// The names of the fields in which a document contradicts what was told of it.
pub(super) fn differences(name: &str, own: &Value, told: &Value) -> Vec<String> {
    if name.ends_with(".zattrs") {
        let (Some(own), Some(told)) = (own.as_object(), told.as_object()) else {
            return vec!["all".to_owned()];
        };
        let others = told.keys().filter(|name| !own.contains_key(*name));
        let names = own.keys().chain(others);
        let names = names.filter(|name| match (own.get(*name), told.get(*name)) {
            (Some(own), Some(told)) => !agrees(own, told, true),
            _ => true,
        });
        return names.cloned().collect();
    }
    let differ = |field: &&str| {
        let (mine, other) = (plain(field, own.get(field)), plain(field, told.get(field)));
        match *field {
            "attributes" => !agrees(&mine, &other, true),
            "fill_value" => !agrees(&mine, &other, false) && fills_differ(own, told),
            // Both are the same where there is but one way to go.
            "order" => !agrees(&mine, &other, false) && rank(own) > 1,
            _ => !agrees(&mine, &other, false),
        }
    };
    let names = FIELDS.iter().filter(|field| differ(field));
    names.map(|name| (*name).to_owned()).collect()
}

/// Whether chunks may lie elsewhere, or be read as something else, by a document than by what was
/// told of it, of those that differ in the fields of these names.
pub(super) fn decides(name: &str, fields: &[String], own: &Value, told: &Value) -> bool {
    let of_attributes = |own: &Value, told: &Value| match (own.as_object(), told.as_object()) {
        (Some(own), Some(told)) => {
            let mut names = own.keys().chain(told.keys());
            names.any(|name| attribute_decides(name, own.get(name), told.get(name)))
        }
        (own, told) => own.is_some() || told.is_some(),
    };
    match name.ends_with(".zattrs") {
        true => of_attributes(own, told),
        false => fields.iter().any(|field| {
            field != "attributes" || of_attributes(&own["attributes"], &told["attributes"])
        }),
    }
}

/// Whether an attribute differs that says how elements are placed or understood.
fn attribute_decides(name: &str, own: Option<&Value>, told: Option<&Value>) -> bool {
    let is_same = match (own, told) {
        (Some(own), Some(told)) => agrees(own, told, true),
        _ => own.is_none() && told.is_none(),
    };
    let is_time = |units: Option<&Value>| {
        let units = units.and_then(Value::as_str);
        units.is_some_and(TimeUnits::is_time)
    };
    let is_deciding = match name {
        "units" => is_time(own) || is_time(told),
        _ => cf::MEANING.contains(&name) || DECIDING.contains(&name),
    };
    is_deciding && !is_same
}

/// Whether an array is longer along one dimension than was told: so it is between the steps of a
/// growth.
pub(super) fn is_grown(own: &Value, told: &Value) -> bool {
    let (Some(own), Some(told)) = (own["shape"].as_array(), told["shape"].as_array()) else {
        return false;
    };
    let mut changed = own.iter().zip(told).filter(|(own, told)| own != told);
    let is_longer = |(own, told): (&Value, &Value)| own.as_u64() > told.as_u64();
    own.len() == told.len() && changed.next().is_some_and(is_longer) && changed.next().is_none()
}

fn rank(document: &Value) -> usize {
    document["shape"].as_array().map_or(0, Vec::len)
}

/// Whether unwritten parts read as something else. What zarrio does not know it does not judge.
fn fills_differ(own: &Value, told: &Value) -> bool {
    let array = |document| StoredArray::from_document(&NodePath::root(), document);
    match (array(own), array(told)) {
        (Ok(own), Ok(told)) if own.data_type() == DataType::String => {
            own.fill_text() != told.fill_text()
        }
        (Ok(own), Ok(told)) => own.fill_bytes() != told.fill_bytes(),
        _ => false,
    }
}

/// A field in the one form that is compared, with what it is when it is not there.
fn plain(field: &str, value: Option<&Value>) -> Value {
    let value = value.cloned().unwrap_or_default();
    match (field, &value) {
        ("attributes", Value::Null) => Value::Object(Map::new()),
        ("dimension_separator", Value::Null) => ".".into(),
        ("order", Value::Null) => "C".into(),
        ("filters", Value::Array(filters)) if filters.is_empty() => Value::Null,
        ("dimension_names", Value::Array(names)) if names.iter().all(Value::is_null) => Value::Null,
        // Of a byte there is no order.
        ("dtype", Value::String(name)) if matches!(name.get(1..), Some("i1" | "u1" | "b1")) => {
            name[1..].into()
        }
        ("chunk_key_encoding", encoding) => {
            let name = named(encoding);
            let default = if name == "v2" { "." } else { "/" };
            let separator = encoding.pointer("/configuration/separator");
            json!([name, separator.and_then(Value::as_str).unwrap_or(default)])
        }
        _ => value,
    }
}

/// The name of what is told by its name alone, or by that and more.
fn named(value: &Value) -> &Value {
    value.get("name").unwrap_or(value)
}

/// Whether two values are the same, numbers by what they are. Else than exactly, what only one of
/// two objects has is what the other leaves out because that is usual.
fn agrees(one: &Value, other: &Value, exactly: bool) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || ((a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64())
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| agrees(a, b, exactly))
        }
        (Value::Object(a), Value::Object(b)) if exactly => {
            let same = |(name, a)| b.get(name).is_some_and(|b| agrees(a, b, true));
            a.len() == b.len() && a.iter().all(same)
        }
        (Value::Object(a), Value::Object(b)) => a.iter().all(|(name, a)| {
            let b = b.get(name).unwrap_or(&Value::Null);
            a.is_null() || b.is_null() || name == "must_understand" || agrees(a, b, false)
        }),
        (Value::Object(_), Value::String(_)) | (Value::String(_), Value::Object(_)) if !exactly => {
            named(one) == named(other)
        }
        _ => one == other,
    }
}
