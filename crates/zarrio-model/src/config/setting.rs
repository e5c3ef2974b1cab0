//! How a value of each type is read from a tree and written to one.

use std::str::FromStr;

use super::tree::{Node, Value};

/// Why a value was not taken.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    /// Where below the key: `.time`, `[2]`; empty for the value itself.
    pub(crate) below: String,
    /// The line, where it is not the key's own.
    pub(crate) line: Option<usize>,
    /// What is wrong, a lower-case fragment.
    pub(crate) message: String,
}

impl Fault {
    /// A fault of the value itself.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            below: String::new(),
            line: None,
            message: message.into(),
        }
    }

    /// A value of another type than the key has.
    pub(crate) fn wrong_type(expected: &str, got: &Node) -> Self {
        let message = format!("expected {expected}, got {}", got.describe());
        Self {
            below: String::new(),
            line: got.line,
            message,
        }
    }

    /// The same fault, seen from the table that holds the entry.
    pub(crate) fn inside(mut self, entry: &str, line: Option<usize>) -> Self {
        self.below = format!("{entry}{}", self.below);
        self.line = self.line.or(line);
        self
    }
}

/// A type that a configuration key can have.
pub(crate) trait Setting: Sized + Clone + PartialEq {
    /// Reads the value.
    ///
    /// # Errors
    /// All that is wrong with it.
    fn read(node: &Node) -> Result<Self, Vec<Fault>>;

    /// Writes the value so that [`read`](Self::read) gives it back.
    fn write(&self) -> Value;

    /// What holds when a layer has `self` and a higher one `higher`: tables are merged entry
    /// by entry, everything else is replaced.
    fn merge(self, higher: Self) -> Self {
        higher
    }
}

/// The names of the entries of a value that merges entry by entry, as parts of a key.
pub(crate) fn entries(value: &Value) -> Option<impl Iterator<Item = &str>> {
    match value {
        Value::Map(entries) => Some(entries.iter().map(|(name, _)| name.as_str())),
        _ => None,
    }
}

impl Setting for bool {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        // The Python tool reads YAML 1.1, where yes, no, on and off are truth values.
        let word = node.as_text().map(str::to_ascii_lowercase);
        match (&node.value, word.as_deref()) {
            (Value::Bool(value), _) => Ok(*value),
            (_, Some("true" | "yes" | "on")) | (Value::Raw(_), Some("1")) => Ok(true),
            (_, Some("false" | "no" | "off")) | (Value::Raw(_), Some("0")) => Ok(false),
            _ => Err(vec![Fault::wrong_type("true or false", node)]),
        }
    }

    fn write(&self) -> Value {
        Value::Bool(*self)
    }
}

impl Setting for u32 {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        let number = integer(node);
        number.and_then(|n| Self::try_from(n).ok()).ok_or_else(|| {
            vec![Fault::wrong_type(
                "a whole number from 0 to 4294967295",
                node,
            )]
        })
    }

    fn write(&self) -> Value {
        Value::Integer((*self).into())
    }
}

impl Setting for f64 {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        number(node).ok_or_else(|| vec![Fault::wrong_type("a number", node)])
    }

    fn write(&self) -> Value {
        Value::Float(*self)
    }
}

impl Setting for String {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        let text = node.as_text().map(str::to_owned);
        text.ok_or_else(|| vec![Fault::wrong_type("a text", node)])
    }

    fn write(&self) -> Value {
        Value::text(self)
    }
}

/// A whole number, written as one or as the text of the environment.
pub(crate) fn integer(node: &Node) -> Option<i128> {
    match &node.value {
        Value::Integer(value) => Some(*value),
        Value::Raw(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A finite number, written as one or as the text of the environment.
pub(crate) fn number(node: &Node) -> Option<f64> {
    let number = match &node.value {
        Value::Integer(value) => *value as f64,
        Value::Float(value) => *value,
        Value::Raw(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// Reads a type that has a text form: `expected` says what to write.
pub(crate) fn from_text<T>(node: &Node, expected: &str) -> Result<T, Vec<Fault>>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    let text = node
        .as_text()
        .ok_or_else(|| vec![Fault::wrong_type(expected, node)])?;
    text.parse()
        .map_err(|error: T::Err| vec![Fault::new(error.to_string())])
}
