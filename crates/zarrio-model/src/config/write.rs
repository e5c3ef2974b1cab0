//! Writes a configuration: as TOML, as data, and as a commented file of defaults.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::table::KEYS;
use super::tree::{Node, Value};
use super::{Config, Origin, Resolved};

/// A key, its value and where that comes from, as `zarrio config show` prints them.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ShownSetting {
    /// The key with dots, as TOML has it; tables that merge appear entry by entry, as
    /// `chunking.time` or `compression.variables."a/b"`.
    pub key: String,
    /// The value in TOML; `None` where it was left open.
    pub value: Option<String>,
    /// Where the value comes from.
    pub origin: Origin,
}

impl Config {
    /// A TOML file that gives this very configuration.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        let mut table = "";
        let (top, inner): (Vec<_>, Vec<_>) = KEYS
            .iter()
            .filter_map(|key| Some((key.path, (key.resolved)(self)?)))
            .partition(|(path, value)| !path.contains('.') && !matches!(value, Value::Map(_)));
        for (path, value) in &top {
            line(&mut text, path, value);
        }
        for (path, value) in &inner {
            match (path.split_once('.'), value) {
                (Some((head, name)), _) => {
                    if head != table {
                        table = head;
                        header(&mut text, head);
                    }
                    line(&mut text, name, value);
                }
                (None, Value::Map(entries)) if !entries.is_empty() => {
                    header(&mut text, path);
                    for (name, node) in entries {
                        line(&mut text, &key_text(name), &node.value);
                    }
                }
                (None, _) => {}
            }
        }
        text
    }

    /// A commented TOML file that lists every key with its default.
    #[must_use]
    pub const fn default_toml() -> &'static str {
        include_str!("default.toml")
    }
}

impl Resolved {
    /// Every key with its value and origin, in the order of the files.
    #[must_use]
    pub fn show(&self) -> Vec<ShownSetting> {
        let mut shown = Vec::new();
        for key in KEYS {
            let mut push = |key: String, name: &str, value: Option<&Value>| {
                shown.push(ShownSetting {
                    key,
                    value: value.map(inline),
                    origin: self.provenance(name),
                });
            };
            match (key.resolved)(&self.config) {
                Some(Value::Map(entries)) if !entries.is_empty() => {
                    for (name, node) in &entries {
                        let shown = format!("{}.{}", key.path, key_text(name));
                        let name = format!("{}.{name}", key.path);
                        push(shown, &name, Some(&node.value));
                    }
                }
                value => push(key.path.to_owned(), key.path, value.as_ref()),
            }
        }
        shown
    }
}

fn header(text: &mut String, table: &str) {
    text.push_str(&format!("\n[{table}]\n"));
}

fn line(text: &mut String, name: &str, value: &Value) {
    text.push_str(&format!("{name} = {}\n", inline(value)));
}

/// A name as a TOML key: bare where it can be.
fn key_text(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// A value on one line of TOML.
fn inline(value: &Value) -> String {
    match value {
        // TOML has no null, and no setting that is written holds one.
        Value::Null => quoted(""),
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Float(value) => float(*value),
        Value::Text(text) | Value::Raw(text) => quoted(text),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(|item| inline(&item.value)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Map(entries) => {
            let entry = |(name, node): &(String, Node)| {
                format!("{} = {}", key_text(name), inline(&node.value))
            };
            format!(
                "{{ {} }}",
                entries.iter().map(entry).collect::<Vec<_>>().join(", ")
            )
        }
    }
}

/// A floating-point number, which has a point where it is whole.
fn float(value: f64) -> String {
    match value.fract() == 0.0 {
        true => format!("{value}.0"),
        false => value.to_string().to_lowercase(),
    }
}

/// A basic string, of a text of several lines, too.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

impl Serialize for Config {
    /// The tables and keys of the TOML form.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut root: Vec<(String, Node)> = Vec::new();
        for key in KEYS {
            let Some(value) = (key.resolved)(self) else {
                continue;
            };
            let node = Node::bare(value);
            let Some((table, name)) = key.path.split_once('.') else {
                root.push((key.path.to_owned(), node));
                continue;
            };
            match root.last_mut() {
                Some((
                    last,
                    Node {
                        value: Value::Map(entries),
                        ..
                    },
                )) if last == table => {
                    entries.push((name.to_owned(), node));
                }
                _ => {
                    let entries = Value::Map(vec![(name.to_owned(), node)]);
                    root.push((table.to_owned(), Node::bare(entries)));
                }
            }
        }
        Value::Map(root).serialize(serializer)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Integer(value) => match i64::try_from(*value) {
                Ok(value) => serializer.serialize_i64(value),
                Err(_) => serializer.serialize_i128(*value),
            },
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(text) | Self::Raw(text) => serializer.serialize_str(text),
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&item.value)?;
                }
                list.end()
            }
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (name, node) in entries {
                    map.serialize_entry(name, &node.value)?;
                }
                map.end()
            }
        }
    }
}
