//! Zarr metadata as a dataset schema.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value};
use zarrio_codec::packing::FixedScale;
use zarrio_codec::stored_type;
use zarrio_model::{
    AttributeValue, Attributes, DataType, DatasetSchema, Dimension, GroupSchema, NativeLayout,
    NodePath, Scalar, UnsupportedVariable, VariableSchema,
};

use super::nodes::{Node, Nodes};

/// The schema of a hierarchy. Arrays of types that cannot be carried are listed as such.
pub(super) fn schema(nodes: &Nodes) -> DatasetSchema {
    DatasetSchema {
        format: format!("Zarr format {}", nodes.format),
        root: group(nodes, &NodePath::root()),
        notes: Vec::new(),
    }
}

fn group(nodes: &Nodes, path: &NodePath) -> GroupSchema {
    let children = |node: &&Node| !node.path.is_root() && node.path.parent() == *path;
    let mut schema = GroupSchema {
        path: path.clone(),
        ..GroupSchema::default()
    };
    if let Some(node) = nodes.groups.iter().find(|node| node.path == *path) {
        schema.attributes = attributes(&node.attributes, &[]);
    }
    for node in nodes.arrays.iter().filter(children) {
        match variable(nodes.format, node) {
            Ok(variable) => {
                for (name, &length) in variable.dimensions.iter().zip(&variable.shape) {
                    if !schema.dimensions.iter().any(|d| d.name == *name) {
                        let name = name.clone();
                        schema.dimensions.push(Dimension {
                            name,
                            length,
                            unlimited: false,
                        });
                    }
                }
                schema.variables.push(variable);
            }
            Err(unsupported) => schema.unsupported.push(unsupported),
        }
    }
    schema.groups = nodes
        .groups
        .iter()
        .filter(children)
        .map(|node| group(nodes, &node.path))
        .collect();
    schema
}

fn variable(format: u64, node: &Node) -> Result<VariableSchema, UnsupportedVariable> {
    let document = &node.document;
    let numbers = |value: &Value| -> Option<Vec<u64>> {
        value.as_array()?.iter().map(Value::as_u64).collect()
    };
    let declared = match format {
        3 => document["data_type"].as_str().map(str::to_owned),
        _ => document["dtype"].as_str().map(str::to_owned),
    };
    let declared = declared.unwrap_or_else(|| "a structured type".into());
    let unsupported = |reason: &str| UnsupportedVariable {
        path: node.path.clone(),
        declared_type: declared.clone(),
        reason: reason.into(),
    };
    let data_type =
        stored_type(document).ok_or_else(|| unsupported("this type cannot be carried"))?;
    let shape = numbers(&document["shape"]).ok_or_else(|| unsupported("it has no shape"))?;

    let mut layout = NativeLayout::default();
    let mut attributes = attributes(&node.attributes, &["_ARRAY_DIMENSIONS"]);
    let names = if format == 3 {
        let grid = numbers(&document["chunk_grid"]["configuration"]["chunk_shape"]);
        let codecs = document["codecs"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        (layout.chunks, layout.shards, layout.codecs) = codecs_v3(codecs, grid);
        if data_type.is_float() {
            decode_fill_value(&mut attributes);
        } else if attributes.text("_Unsigned") == Some("false") {
            unsigned_fill_value(&mut attributes, data_type);
        }
        document.get("dimension_names")
    } else {
        layout.chunks = numbers(&document["chunks"]);
        let filters = document["filters"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let all = filters
            .iter()
            .chain(Some(&document["compressor"]).filter(|c| c.is_object()));
        layout.codecs = all.map(|codec| codec_text(&codec["id"], codec)).collect();
        // In format 2 the fill value is what means missing.
        if let Some(fill_value) = fill_value_v2(&document["fill_value"], data_type) {
            attributes.set("_FillValue", fill_value);
        }
        node.attributes.get("_ARRAY_DIMENSIONS")
    };
    let names = names
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let dimensions = (0..shape.len())
        .map(|i| match names.get(i).and_then(Value::as_str) {
            Some(name) => name.to_owned(),
            None => format!("dim_{i}"),
        })
        .collect();
    let variable = VariableSchema {
        path: node.path.clone(),
        data_type,
        dimensions,
        shape,
        attributes,
        layout,
    };
    let Some(fixed) = FixedScale::of(document) else {
        return Ok(variable);
    };
    // What its chunks hold, as if attributes told how to read it.
    if variable.is_packed() {
        return Err(unsupported(
            "its values are scaled by a filter and by attributes",
        ));
    }
    let fill = variable.attributes.get("_FillValue").and_then(|v| v.get(0));
    let missing = match fill {
        Some(Scalar::Float64(fill)) => same(fixed.data_type(), fill, fixed.fill_value()),
        Some(Scalar::Int64(fill)) => fill as f64 == fixed.fill_value(),
        _ => false,
    };
    match fixed.packing(missing) {
        Ok(packing) => Ok(packing.schema(&variable)),
        Err(_) => Err(unsupported("its filter has no scale")),
    }
}

/// Whether two numbers are one in a type.
fn same(data_type: DataType, a: f64, b: f64) -> bool {
    match data_type {
        DataType::Float32 => (a as f32).to_bits() == (b as f32).to_bits(),
        _ => a.to_bits() == b.to_bits(),
    }
}

type CodecsV3 = (Option<Vec<u64>>, Option<Vec<u64>>, Vec<String>);

/// Chunk shape, shard shape and codecs for people; what is in shards is what counts.
fn codecs_v3(codecs: &[Value], grid: Option<Vec<u64>>) -> CodecsV3 {
    let sharding = codecs
        .iter()
        .find(|codec| codec["name"] == "sharding_indexed");
    if let Some(configuration) = sharding.map(|codec| &codec["configuration"]) {
        let inner = configuration["chunk_shape"].as_array();
        let chunks = inner.and_then(|shape| shape.iter().map(Value::as_u64).collect());
        let codecs = configuration["codecs"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        return (chunks, grid, codecs_v3(codecs, None).2);
    }
    let plain = |codec: &&Value| !matches!(codec["name"].as_str(), Some("bytes" | "vlen-utf8"));
    let texts = codecs.iter().filter(plain);
    let texts = texts.map(|codec| codec_text(&codec["name"], &codec["configuration"]));
    (grid, None, texts.collect())
}

/// A codec for people: `blosc zstd 1 shuffle`.
fn codec_text(name: &Value, configuration: &Value) -> String {
    let name = name.as_str().unwrap_or("?");
    let mut text = name.trim_start_matches("numcodecs.").to_owned();
    for key in ["cname", "clevel", "level", "shuffle"] {
        match &configuration[key] {
            Value::String(value) => text += &format!(" {value}"),
            Value::Number(value) if key == "shuffle" => {
                text += [" noshuffle", " shuffle", " bitshuffle"]
                    .get(value.as_u64().unwrap_or(9) as usize)
                    .unwrap_or(&"");
            }
            Value::Number(value) => text += &format!(" {value}"),
            _ => {}
        }
    }
    text
}

/// xarray keeps a floating-point `_FillValue` as base64 of the little-endian binary64.
fn decode_fill_value(attributes: &mut Attributes) {
    let decoded = attributes
        .text("_FillValue")
        .and_then(|text| BASE64.decode(text).ok())
        .and_then(|bytes| <[u8; 8]>::try_from(bytes).ok())
        .map(f64::from_le_bytes);
    if let Some(value) = decoded {
        attributes.set("_FillValue", AttributeValue::Float64(vec![value]));
    }
}

/// Beside unsigned integers that are read as signed ones stands the signed `_FillValue`.
fn unsigned_fill_value(attributes: &mut Attributes, data_type: DataType) {
    let value = attributes.get("_FillValue").and_then(|v| v.get(0));
    let Some(Scalar::Int64(value)) = value else {
        return;
    };
    // Others are not what it stands for.
    let value = match data_type {
        DataType::UInt8 => i8::try_from(value).map(|v| v.cast_unsigned().into()),
        DataType::UInt16 => i16::try_from(value).map(|v| v.cast_unsigned().into()),
        DataType::UInt32 => i32::try_from(value).map(|v| v.cast_unsigned().into()),
        DataType::UInt64 => Ok(value.cast_unsigned()),
        _ => return,
    };
    let Ok(value) = value else {
        return;
    };
    attributes.set("_FillValue", AttributeValue::UInt64(vec![value]));
}

fn fill_value_v2(value: &Value, data_type: DataType) -> Option<AttributeValue> {
    match value {
        Value::String(_) if data_type.is_float() => {
            Some(AttributeValue::Float64(vec![number(value)?]))
        }
        Value::String(_) | Value::Number(_) => Some(AttributeValue::from(value)),
        _ => None,
    }
}

fn attributes(map: &Map<String, Value>, without: &[&str]) -> Attributes {
    map.iter()
        .filter(|(name, _)| !without.contains(&name.as_str()))
        .map(|(name, value)| {
            let codes = (name == "missing_value").then(|| codes(value)).flatten();
            let known = codes.map(AttributeValue::Float64);
            (
                name.clone(),
                known.unwrap_or_else(|| AttributeValue::from(value)),
            )
        })
        .collect()
}

/// A list of numbers of which some are no numbers of JSON, as Python writes a `missing_value` of
/// NaN beside others.
fn codes(value: &Value) -> Option<Vec<f64>> {
    let list = value.as_array()?;
    let is_mixed = list.iter().any(Value::is_string) && list.iter().any(Value::is_number);
    let codes = list.iter().map(number);
    codes.collect::<Option<_>>().filter(|_| is_mixed)
}

/// A number, also one of those that are texts in JSON.
fn number(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some("NaN") => Some(f64::NAN),
        Some("Infinity") => Some(f64::INFINITY),
        Some("-Infinity") => Some(f64::NEG_INFINITY),
        Some(_) => None,
        None => value.as_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As xarray writes what a file masks.
    #[test]
    fn no_numbers_beside_numbers_are_numbers_of_a_missing_value() {
        let map = serde_json::json!({
            "missing_value": ["NaN", -999.0, "-Infinity"], "other": ["NaN", 1], "title": ["NaN", "b"],
        });
        let found = attributes(map.as_object().unwrap(), &[]);
        let Some(AttributeValue::Float64(codes)) = found.get("missing_value") else {
            panic!("{found:?}")
        };
        assert!(codes[0].is_nan() && codes[1..] == [-999.0, f64::NEG_INFINITY]);
        assert_eq!(
            found.get("other"),
            Some(&AttributeValue::Json(map["other"].clone()))
        );
        let texts = AttributeValue::TextList(vec!["NaN".into(), "b".into()]);
        assert_eq!(found.get("title"), Some(&texts));
    }

    #[test]
    fn only_what_stands_for_an_unsigned_number_becomes_one() {
        for (number, expected) in [
            (-56, Some(200)),
            (100, Some(100)),
            (300, None),
            (-999, None),
        ] {
            let mut attributes = Attributes::default();
            attributes.set("_FillValue", AttributeValue::Int64(vec![number]));
            let given = attributes.get("_FillValue").cloned();
            unsigned_fill_value(&mut attributes, DataType::UInt8);
            let expected = expected.map(|number| AttributeValue::UInt64(vec![number]));
            assert_eq!(attributes.get("_FillValue"), expected.or(given).as_ref());
        }
    }
}
