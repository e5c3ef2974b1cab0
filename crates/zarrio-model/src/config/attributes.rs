//! Global attributes that the user adds to the archive.

use serde::{Serialize, Serializer};
use serde_json::{Map, Number, Value as Json};
use thiserror::Error;

use super::json;
use super::setting::{Fault, Setting};
use super::tree::{Node, Value};

/// Attributes that are added to those of the source, in the order in which they were given.
///
/// They are JSON without null, and their whole numbers fit into 64 bits, so that TOML can
/// write them and every Zarr reader can read them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExtraAttributes {
    entries: Map<String, Json>,
}

/// A text or value that gives no attributes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}; write for example {EXAMPLE}")]
pub struct ParseAttributesError(String);

const EXAMPLE: &str = r#"{"title": "Reanalysis", "version": 2}"#;

impl ExtraAttributes {
    /// The attributes of a JSON object.
    ///
    /// # Errors
    /// When a value is null, or a whole number beyond 64 bits.
    pub fn new(entries: Map<String, Json>) -> Result<Self, ParseAttributesError> {
        json::parse_setting(&Json::Object(entries).to_string()).map_err(ParseAttributesError)
    }

    /// Names and values.
    #[must_use]
    pub const fn as_map(&self) -> &Map<String, Json> {
        &self.entries
    }
}

impl std::str::FromStr for ExtraAttributes {
    type Err = ParseAttributesError;

    /// Reads the JSON of the flag: `{"title": "Reanalysis"}`.
    fn from_str(text: &str) -> Result<Self, ParseAttributesError> {
        json::parse_setting(text).map_err(ParseAttributesError)
    }
}

impl Serialize for ExtraAttributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.entries.serialize(serializer)
    }
}

impl Setting for ExtraAttributes {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        match &node.value {
            Value::Map(_) => match to_json(node)? {
                Json::Object(entries) => Ok(Self { entries }),
                _ => Err(vec![Fault::wrong_type("a table of attributes", node)]),
            },
            Value::Raw(text) => text
                .parse()
                .map_err(|error: ParseAttributesError| vec![Fault::new(error.to_string())]),
            _ => Err(vec![Fault::wrong_type("a table of attributes", node)]),
        }
    }

    fn write(&self) -> Value {
        from_json(&Json::Object(self.entries.clone()))
    }

    fn merge(mut self, higher: Self) -> Self {
        self.entries.extend(higher.entries);
        self
    }
}

fn to_json(node: &Node) -> Result<Json, Vec<Fault>> {
    Ok(match &node.value {
        Value::Null => return Err(vec![Fault::new("an attribute cannot be null")]),
        Value::Bool(value) => Json::Bool(*value),
        Value::Integer(value) => {
            let value = i64::try_from(*value)
                .map_err(|_| vec![Fault::wrong_type("a number of 64 bits", node)])?;
            Json::Number(value.into())
        }
        Value::Float(value) => Json::Number(
            Number::from_f64(*value)
                .ok_or_else(|| vec![Fault::wrong_type("a finite number", node)])?,
        ),
        Value::Text(text) | Value::Raw(text) => Json::String(text.clone()),
        Value::List(items) => {
            let place =
                |(i, item)| to_json(item).map_err(|faults| inside(faults, &format!("[{i}]"), item));
            Json::Array(
                items
                    .iter()
                    .enumerate()
                    .map(place)
                    .collect::<Result<_, _>>()?,
            )
        }
        Value::Map(entries) => {
            let mut map = Map::new();
            let mut faults = Vec::new();
            for (name, entry) in entries {
                match to_json(entry) {
                    Ok(value) => drop(map.insert(name.clone(), value)),
                    Err(below) => faults.extend(inside(below, &format!(".{name}"), entry)),
                }
            }
            if !faults.is_empty() {
                return Err(faults);
            }
            Json::Object(map)
        }
    })
}

fn inside(faults: Vec<Fault>, entry: &str, node: &Node) -> Vec<Fault> {
    faults
        .into_iter()
        .map(|fault| fault.inside(entry, node.line))
        .collect()
}

fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match number.as_i64() {
            Some(value) => Value::Integer(value.into()),
            None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::text(text),
        Json::Array(items) => Value::List(
            items
                .iter()
                .map(|item| Node::bare(from_json(item)))
                .collect(),
        ),
        Json::Object(entries) => Value::Map(
            entries
                .iter()
                .map(|(name, value)| (name.clone(), Node::bare(from_json(value))))
                .collect(),
        ),
    }
}
