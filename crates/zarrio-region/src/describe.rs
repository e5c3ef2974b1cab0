//! What a dataset contains, for `info`.

use std::collections::HashSet;

use serde::Serialize;
use zarrio_codec::attribute_to_json;
use zarrio_model::{Attributes, GroupSchema, Source, SourceError, VariableSchema, cf};

/// A dataset described.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Description {
    /// The format, for people: `NetCDF-4`, `Zarr format 3`.
    pub format: String,
    /// Groups, parents first.
    pub groups: Vec<GroupDescription>,
    /// Bytes of all variables before compression; text counts nothing.
    pub raw_bytes: u64,
    /// Bytes as stored, where every variable's are known.
    pub stored_bytes: Option<u64>,
    /// What the reader left out or had to change.
    pub notes: Vec<String>,
}

/// A group described.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupDescription {
    /// The path; empty for the root.
    pub path: String,
    /// The dimensions that the group declares or its variables use, in order.
    pub dimensions: Vec<DimensionDescription>,
    /// Coordinates first, then data variables, each in the order of the file.
    pub variables: Vec<VariableDescription>,
    /// Variables that cannot be carried.
    pub unsupported: Vec<String>,
    /// The attributes, as an archive would hold them.
    pub attributes: serde_json::Map<String, serde_json::Value>,
}

/// A dimension described.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DimensionDescription {
    /// The name.
    pub name: String,
    /// The length.
    pub length: u64,
    /// Whether the source lets it grow.
    pub unlimited: bool,
}

/// A variable described.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VariableDescription {
    /// The name within the group.
    pub name: String,
    /// Whether CF makes it a coordinate: of its own dimension's name, or named in a
    /// `coordinates`, `bounds` or `grid_mapping` attribute.
    pub coordinate: bool,
    /// The element type.
    pub data_type: String,
    /// The type of the file where it differs: `char`, `enum`.
    pub declared_type: Option<String>,
    /// The dimensions.
    pub dimensions: Vec<String>,
    /// Their lengths.
    pub shape: Vec<u64>,
    /// The chunk shape, where the data are chunked.
    pub chunks: Option<Vec<u64>>,
    /// The shard shape, where chunks are kept in shards.
    pub shards: Option<Vec<u64>>,
    /// The codecs or filters, for people.
    pub codecs: Vec<String>,
    /// Bytes before compression; none for text.
    pub raw_bytes: Option<u64>,
    /// Bytes as stored, where known.
    pub stored_bytes: Option<u64>,
    /// `raw_bytes / stored_bytes`.
    pub ratio: Option<f64>,
    /// First and last time, for coordinate variables of time.
    pub time_range: Option<TimeRange>,
    /// The attributes, as an archive would hold them.
    pub attributes: serde_json::Map<String, serde_json::Value>,
}

/// The time that a coordinate covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimeRange {
    /// The first label, ISO 8601.
    pub first: String,
    /// The last label, ISO 8601.
    pub last: String,
    /// The CF calendar.
    pub calendar: String,
}

use crate::time_range::time_range;

/// Describes a dataset: reads its metadata and the two ends of every time coordinate.
///
/// # Errors
/// When a time coordinate cannot be read.
pub fn describe(source: &dyn Source) -> Result<Description, SourceError> {
    let schema = source.schema();
    let mut groups = Vec::new();
    for group in schema.groups() {
        groups.push(describe_group(source, group)?);
    }
    let stored: Option<u64> = schema.variables().map(|v| v.layout.stored_bytes).sum();
    Ok(Description {
        format: schema.format.clone(),
        groups,
        raw_bytes: VariableSchema::raw_bytes_of(schema.variables()),
        stored_bytes: stored,
        notes: schema.notes.clone(),
    })
}

fn describe_group(
    source: &dyn Source,
    group: &GroupSchema,
) -> Result<GroupDescription, SourceError> {
    let mut dimensions: Vec<DimensionDescription> = Vec::new();
    for dimension in &group.dimensions {
        dimensions.push(DimensionDescription {
            name: dimension.name.clone(),
            length: dimension.length,
            unlimited: dimension.unlimited,
        });
    }
    let mut named = HashSet::new();
    for variable in &group.variables {
        let texts = cf::NAMING
            .iter()
            .filter_map(|name| variable.attributes.text(name));
        named.extend(
            texts
                .flat_map(str::split_whitespace)
                .map(|n| n.trim_end_matches(':')),
        );
    }
    let mut variables = Vec::new();
    for variable in &group.variables {
        let coordinate = variable.is_dimension_coordinate() || named.contains(variable.name());
        variables.push(describe_variable(source, variable, coordinate)?);
    }
    variables.sort_by_key(|variable| !variable.coordinate);
    Ok(GroupDescription {
        path: group.path.to_string(),
        dimensions,
        variables,
        unsupported: group
            .unsupported
            .iter()
            .map(|u| format!("{} ({}): {}", u.path.name(), u.declared_type, u.reason))
            .collect(),
        attributes: to_json(&group.attributes),
    })
}

fn describe_variable(
    source: &dyn Source,
    variable: &VariableSchema,
    coordinate: bool,
) -> Result<VariableDescription, SourceError> {
    let raw_bytes = variable.raw_bytes();
    let stored_bytes = variable.layout.stored_bytes;
    let ratio = match (raw_bytes, stored_bytes) {
        (Some(raw), Some(stored)) if raw > 0 && stored > 0 => Some(raw as f64 / stored as f64),
        _ => None,
    };
    let is_time = coordinate && variable.dimensions.len() == 1;
    Ok(VariableDescription {
        name: variable.name().to_owned(),
        coordinate,
        data_type: variable.data_type.to_string(),
        declared_type: variable.layout.declared_type.clone(),
        dimensions: variable.dimensions.clone(),
        shape: variable.shape.clone(),
        chunks: variable.layout.chunks.clone(),
        shards: variable.layout.shards.clone(),
        codecs: variable.layout.codecs.clone(),
        raw_bytes,
        stored_bytes,
        ratio,
        time_range: if is_time {
            time_range(source, variable, 0..variable.num_elements())?
        } else {
            None
        },
        attributes: to_json(&variable.attributes),
    })
}

fn to_json(attributes: &Attributes) -> serde_json::Map<String, serde_json::Value> {
    let values = attributes
        .iter()
        .map(|(n, v)| (n.to_owned(), attribute_to_json(v)));
    values.collect()
}
