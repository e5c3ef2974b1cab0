//! Zarr metadata documents, written in a stable order so that equal plans give equal bytes.

use serde_json::{Map, Value, json};
use zarrio_model::config::{Checksum, ZarrFormat};
use zarrio_model::{Attributes, DataType};

use crate::attributes::{scalar_to_json, to_json_map};
use crate::{Compression, EncodingPlan};

/// A metadata document and its name within the node: `zarr.json`, `.zarray`, `.zattrs`.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The object's name within the directory of its node.
    pub name: &'static str,
    /// The content.
    pub json: Value,
}

/// The documents of a group, without consolidated metadata.
#[must_use]
pub fn group_documents(attributes: &Attributes, format: ZarrFormat) -> Vec<Document> {
    let attributes = to_json_map(attributes, &[]);
    match format {
        ZarrFormat::V3 => vec![Document {
            name: "zarr.json",
            json: json!({"zarr_format": 3, "node_type": "group", "attributes": attributes}),
        }],
        ZarrFormat::V2 => vec![
            Document {
                name: ".zgroup",
                json: json!({"zarr_format": 2}),
            },
            Document {
                name: ".zattrs",
                json: Value::Object(attributes),
            },
        ],
    }
}

pub(crate) fn array_documents(plan: &EncodingPlan) -> Vec<Document> {
    match plan.format {
        ZarrFormat::V3 => vec![Document {
            name: "zarr.json",
            json: array_v3(plan),
        }],
        ZarrFormat::V2 => {
            let seen = plan.seen();
            let mut attributes = to_json_map(seen.attributes, &["_FillValue", "_ARRAY_DIMENSIONS"]);
            if let Some(foreign) = &seen.fill.foreign {
                let value = foreign.get(0).map(scalar_to_json).unwrap_or_default();
                attributes.insert("_FillValue".into(), value);
            }
            // xarray's and NCZarr's way to name dimensions in format 2.
            attributes.insert("_ARRAY_DIMENSIONS".into(), json!(plan.dimensions));
            vec![
                Document {
                    name: ".zarray",
                    json: array_v2(plan),
                },
                Document {
                    name: ".zattrs",
                    json: Value::Object(attributes),
                },
            ]
        }
    }
}

/// Zarr format 3, "Array metadata".
fn array_v3(plan: &EncodingPlan) -> Value {
    let seen = plan.seen();
    let mut attributes = Map::new();
    let signed = seen.attributes.text("_Unsigned") == Some("false");
    if let Some(fill_value) = seen.fill.to_v3_attribute(signed) {
        attributes.insert("_FillValue".into(), fill_value);
    }
    if let Some(text) = seen.fill.missing_text() {
        attributes.insert("missing_value".into(), text.into());
    }
    attributes.extend(to_json_map(
        seen.attributes,
        &["_FillValue", "_ARRAY_DIMENSIONS"],
    ));
    let first = match plan.data_type {
        DataType::String => json!({"name": "vlen-utf8"}),
        data_type if data_type.size() == Some(1) => json!({"name": "bytes"}),
        _ => json!({"name": "bytes", "configuration": {"endian": "little"}}),
    };
    let codec = plan.compression.to_v3(plan.data_type);
    // Pcodec makes bytes of numbers itself.
    let first = match plan.compression {
        Compression::Pcodec { .. } => None,
        _ => Some(first),
    };
    let checksum = match plan.checksum {
        Checksum::None => None,
        Checksum::Crc32c => Some(json!({"name": "crc32c"})),
    };
    let filter = plan.fixed_scale.as_ref().map(|(fixed, _)| fixed.to_v3());
    let codecs = filter.into_iter().chain(first).chain(codec);
    let codecs: Vec<Value> = codecs.chain(checksum).collect();
    let codecs = match plan.shards {
        None => codecs,
        Some(_) => vec![sharding(&plan.chunk_shape, &codecs)],
    };
    json!({
        "zarr_format": 3,
        "node_type": "array",
        "shape": plan.shape,
        "data_type": seen.data_type.name(),
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": plan.object_shape()}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": seen.fill.to_json(),
        "codecs": codecs,
        "attributes": attributes,
        "dimension_names": plan.dimensions,
    })
}

/// Zarr format 3, "Sharding codec": the index at the end, with a checksum.
fn sharding(chunk_shape: &[u64], codecs: &[Value]) -> Value {
    json!({
        "name": "sharding_indexed",
        "configuration": {
            "chunk_shape": chunk_shape,
            "codecs": codecs,
            "index_codecs": [
                {"name": "bytes", "configuration": {"endian": "little"}},
                {"name": "crc32c"},
            ],
            "index_location": "end",
        }
    })
}

/// Zarr format 2, "Arrays: metadata".
fn array_v2(plan: &EncodingPlan) -> Value {
    let text = plan.data_type == DataType::String;
    // Readers mask whatever equals the fill value, so without a missing value there is none:
    // a genuine zero would vanish.
    let seen = plan.seen();
    let fill_value = if seen.fill.missing {
        seen.fill.to_json()
    } else {
        Value::Null
    };
    let text = text.then(|| json!({"id": "vlen-utf8"}));
    let filter = plan.fixed_scale.as_ref().map(|(fixed, _)| fixed.to_v2());
    let filters: Vec<Value> = text.into_iter().chain(filter).collect();
    json!({
        "zarr_format": 2,
        "shape": plan.shape,
        "chunks": plan.chunk_shape,
        "dtype": dtype_v2(seen.data_type),
        "compressor": plan.compression.to_v2(),
        "fill_value": fill_value,
        "order": "C",
        "filters": if filters.is_empty() { Value::Null } else { filters.into() },
        "dimension_separator": ".",
    })
}

/// A type in NumPy's array protocol, little-endian.
pub(crate) fn dtype_v2(data_type: DataType) -> &'static str {
    match data_type {
        DataType::Int8 => "|i1",
        DataType::UInt8 => "|u1",
        DataType::Int16 => "<i2",
        DataType::UInt16 => "<u2",
        DataType::Int32 => "<i4",
        DataType::UInt32 => "<u4",
        DataType::Int64 => "<i8",
        DataType::UInt64 => "<u8",
        DataType::Float32 => "<f4",
        DataType::Float64 => "<f8",
        DataType::String => "|O",
    }
}

/// The type of an array's elements, by its `zarr.json` or `.zarray`; `None` for types that
/// cannot be carried.
#[must_use]
pub fn stored_type(document: &Value) -> Option<DataType> {
    if let Some(name) = document.get("data_type").and_then(Value::as_str) {
        return DataType::from_name(name);
    }
    let dtype = document.get("dtype")?.as_str()?;
    let filters = document.get("filters").and_then(Value::as_array);
    let text = filters.is_some_and(|filters| filters.iter().any(|f| f["id"] == "vlen-utf8"));
    match numpy_type(dtype) {
        None if text && dtype.ends_with('O') => Some(DataType::String),
        found => found,
    }
}

/// The type that NumPy's array protocol names, whatever its byte order.
pub(crate) fn numpy_type(dtype: &str) -> Option<DataType> {
    Some(match dtype.trim_start_matches(['<', '>', '|']) {
        "i1" => DataType::Int8,
        "u1" => DataType::UInt8,
        "i2" => DataType::Int16,
        "u2" => DataType::UInt16,
        "i4" => DataType::Int32,
        "u4" => DataType::UInt32,
        "i8" => DataType::Int64,
        "u8" => DataType::UInt64,
        "f4" => DataType::Float32,
        "f8" => DataType::Float64,
        _ => return None,
    })
}
