//! TOML texts.

use serde::de::Error as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::tree::{Node, SyntaxError, Value};

/// Reads a TOML document, or tells every error of its syntax.
pub(crate) fn parse(text: &str) -> Result<Node, Vec<SyntaxError>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(errors
            .iter()
            .map(|error| syntax_error(text, error))
            .collect());
    }
    let lines = Lines { text };
    let value = table(document.into_inner(), &lines);
    value
        .map(Node::bare)
        .map_err(|error| vec![syntax_error(text, &error)])
}

fn syntax_error(text: &str, error: &toml::de::Error) -> SyntaxError {
    let line = error.span().map(|span| Lines { text }.at(span.start));
    // Some messages list what was expected on a line of its own.
    SyntaxError {
        line,
        message: error.message().replace('\n', ", "),
    }
}

fn table(table: DeTable<'_>, lines: &Lines<'_>) -> Result<Value, toml::de::Error> {
    let mut entries: Vec<_> = table.into_iter().collect();
    // The parser sorts by name; the order of the text is what the user meant.
    entries.sort_by_key(|(name, _)| name.span().start);
    let entry = |(name, value): (Spanned<_>, Spanned<DeValue<'_>>)| {
        let line = lines.at(name.span().start);
        let name = std::borrow::Cow::into_owned(name.into_inner());
        Ok((
            name,
            Node {
                value: convert(value.into_inner(), lines)?,
                line: Some(line),
            },
        ))
    };
    Ok(Value::Map(
        entries
            .into_iter()
            .map(entry)
            .collect::<Result<_, toml::de::Error>>()?,
    ))
}

fn convert(value: DeValue<'_>, lines: &Lines<'_>) -> Result<Value, toml::de::Error> {
    Ok(match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(digits) => {
            let number = i128::from_str_radix(digits.as_str(), digits.radix());
            Value::Integer(number.map_err(toml::de::Error::custom)?)
        }
        DeValue::Float(digits) => {
            Value::Float(digits.as_str().parse().map_err(toml::de::Error::custom)?)
        }
        DeValue::Boolean(value) => Value::Bool(value),
        // Every key that takes a date takes it as text, and so do attributes.
        DeValue::Datetime(date) => Value::Text(date.to_string()),
        DeValue::Array(items) => {
            let item = |item: Spanned<DeValue<'_>>| {
                let line = Some(lines.at(item.span().start));
                Ok(Node {
                    value: convert(item.into_inner(), lines)?,
                    line,
                })
            };
            Value::List(
                items
                    .into_iter()
                    .map(item)
                    .collect::<Result<_, toml::de::Error>>()?,
            )
        }
        DeValue::Table(inner) => table(inner, lines)?,
    })
}

/// Turns positions into line numbers.
struct Lines<'a> {
    text: &'a str,
}

impl Lines<'_> {
    fn at(&self, position: usize) -> usize {
        let before = self
            .text
            .as_bytes()
            .get(..position)
            .unwrap_or(self.text.as_bytes());
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }
}
