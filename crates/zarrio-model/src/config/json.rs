//! JSON texts: files, and the values of flags.

use super::lines;
use super::setting::Setting;
use super::tree::{Node, SyntaxError};

/// Reads a JSON document.
pub(crate) fn parse(text: &str) -> Result<Node, Vec<SyntaxError>> {
    let mut node: Node = serde_json::from_str(text).map_err(|error| {
        let line = Some(error.line()).filter(|line| *line > 0);
        vec![SyntaxError {
            line,
            message: without_place(&error.to_string(), " at line "),
        }]
    })?;
    lines::locate(&mut node, text);
    Ok(node)
}

/// Reads a setting from the JSON text of a flag.
pub(crate) fn parse_setting<T: Setting>(text: &str) -> Result<T, String> {
    let node: Node =
        serde_json::from_str(text).map_err(|error| format!("{text:?} is not JSON: {error}"))?;
    T::read(&node).map_err(|faults| {
        let texts = faults
            .iter()
            .map(|fault| match fault.below.trim_start_matches('.') {
                "" => fault.message.clone(),
                below => format!("{below}: {}", fault.message),
            });
        texts.collect::<Vec<_>>().join("; ")
    })
}

/// A message without the line and column that its parser puts at the end.
pub(crate) fn without_place(message: &str, mark: &str) -> String {
    message
        .rsplit_once(mark)
        .map_or(message, |(message, _)| message)
        .to_owned()
}
