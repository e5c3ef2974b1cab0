//! The one form into which every configuration text is read before it gets types.

/// A value and where it stood.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    /// What was written.
    pub(crate) value: Value,
    /// The line of its key, counted from 1; `None` where there are no lines.
    pub(crate) line: Option<usize>,
}

/// What TOML, YAML and JSON have in common, and the bare text of the environment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// YAML and JSON can say that a key has no value: as if it were not given.
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    /// The text of an environment variable, of which only the key knows the type.
    Raw(String),
    List(Vec<Node>),
    /// In the order of the text.
    Map(Vec<(String, Node)>),
}

/// What keeps a text from being read, and the line where that shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    pub(crate) line: Option<usize>,
    pub(crate) message: String,
}

impl Node {
    /// A value that stands in no file.
    pub(crate) const fn bare(value: Value) -> Self {
        Self { value, line: None }
    }

    /// The value as an error message names it.
    pub(crate) fn describe(&self) -> String {
        match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Integer(value) => format!("the number {value}"),
            Value::Float(value) => format!("the number {value:?}"),
            Value::Text(text) | Value::Raw(text) => match text.char_indices().nth(60) {
                Some((end, _)) => format!("the text {:?}", format!("{}…", &text[..end])),
                None => format!("the text {text:?}"),
            },
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a table".to_owned(),
        }
    }

    /// A text, whether written as one or found in the environment.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Raw(text) => Some(text),
            _ => None,
        }
    }
}

impl Value {
    /// A text value.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A list of texts.
    pub(crate) fn texts<'a>(texts: impl IntoIterator<Item = &'a String>) -> Self {
        Self::List(
            texts
                .into_iter()
                .map(|text| Node::bare(Self::text(text)))
                .collect(),
        )
    }
}
