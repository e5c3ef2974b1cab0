//! Lists of variable names.

use serde::{Serialize, Serializer};
use thiserror::Error;

use super::setting::{Fault, Setting};
use super::tree::{Node, Value};

/// A list of names that says nothing, or too much.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum ParseNamesError {
    /// Two commas in a row, or an empty name.
    #[error("{text:?} contains an empty name")]
    Empty { text: String },
    /// A name that stands twice.
    #[error("{name:?} is given twice")]
    Doubled { name: String },
}

/// The names in a text such as `t2m, u10`: separated by commas, blanks around them dropped.
///
/// An empty text is an empty list.
///
/// # Errors
/// When a name is empty or stands twice.
pub fn parse_names(text: &str) -> Result<Vec<String>, ParseNamesError> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
    check_names(&names)?;
    Ok(names)
}

/// Refuses empty and doubled names.
pub(super) fn check_names(names: &[String]) -> Result<(), ParseNamesError> {
    for (i, name) in names.iter().enumerate() {
        if name.is_empty() {
            return Err(ParseNamesError::Empty {
                text: names.join(","),
            });
        }
        if names[..i].contains(name) {
            return Err(ParseNamesError::Doubled { name: name.clone() });
        }
    }
    Ok(())
}

impl Setting for Vec<String> {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        let names = match &node.value {
            Value::List(items) => {
                let texts = items.iter().map(|item| match &item.value {
                    Value::Text(text) => Ok(text.clone()),
                    _ => Err(Fault::wrong_type("a name", item)),
                });
                let names = texts
                    .collect::<Result<Self, Fault>>()
                    .map_err(|fault| vec![fault])?;
                check_names(&names).map(|()| names)
            }
            Value::Text(text) | Value::Raw(text) => parse_names(text),
            _ => return Err(vec![Fault::wrong_type("a list of names", node)]),
        };
        names.map_err(|error| vec![Fault::new(error.to_string())])
    }

    fn write(&self) -> Value {
        Value::texts(self)
    }
}

/// All variables, or some by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VariableChoice {
    /// Written `all`.
    All,
    /// These.
    Names(Vec<String>),
}

impl VariableChoice {
    /// Whether a variable is meant.
    #[must_use]
    pub fn contains(&self, variable: &str) -> bool {
        match self {
            Self::All => true,
            Self::Names(names) => names.iter().any(|name| name == variable),
        }
    }
}

impl std::str::FromStr for VariableChoice {
    type Err = ParseNamesError;

    /// `all`, or names between commas.
    fn from_str(text: &str) -> Result<Self, ParseNamesError> {
        match text.trim() {
            "all" => Ok(Self::All),
            names => parse_names(names).map(Self::Names),
        }
    }
}

impl Setting for VariableChoice {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        match &node.value {
            Value::Text(text) | Value::Raw(text) if text.trim() == "all" => Ok(Self::All),
            Value::List(_) | Value::Raw(_) => {
                let names = Vec::read(node)?;
                let checked = check_names(&names).map(|()| Self::Names(names));
                checked.map_err(|error| vec![Fault::new(error.to_string())])
            }
            _ => Err(vec![Fault::wrong_type("\"all\" or a list of names", node)]),
        }
    }

    fn write(&self) -> Value {
        match self {
            Self::All => Value::text("all"),
            Self::Names(names) => Value::texts(names),
        }
    }
}

impl Serialize for VariableChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::Names(names) => names.serialize(serializer),
        }
    }
}
