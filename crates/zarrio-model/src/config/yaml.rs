//! YAML texts.

use super::json::without_place;
use super::lines;
use super::tree::{Node, SyntaxError, Value};

/// Reads a YAML document; an empty one is an empty table.
pub(crate) fn parse(text: &str) -> Result<Node, Vec<SyntaxError>> {
    let mut node: Node = serde_yaml_ng::from_str(text).map_err(|error| {
        let line = error.location().map(|location| location.line());
        vec![SyntaxError {
            line,
            message: without_place(&error.to_string(), " at line "),
        }]
    })?;
    if node.value == Value::Null {
        node.value = Value::Map(Vec::new());
    }
    lines::locate(&mut node, text);
    Ok(node)
}
