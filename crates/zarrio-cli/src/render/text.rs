//! Texts of any length in lines of a decent one.

use serde_json::{Map, Value};

use crate::diagnostics::printable;

/// Lines are broken to this width.
const WIDTH: usize = 100;

/// A line for each attribute, or more where it is long.
pub(super) fn attribute_lines(attributes: &Map<String, Value>, indent: &str) -> String {
    let mut text = String::new();
    for (name, value) in attributes {
        let value = attribute_text(value);
        let line = printable(&format!("{name}: {}", value.trim_end()));
        text.push_str(&wrapped(&line, indent));
    }
    text
}

/// Texts without quotes, lists with blanks.
fn attribute_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(Value::to_string).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

/// A text broken at blanks, the second line and those that follow further in.
pub(super) fn wrapped(text: &str, indent: &str) -> String {
    wrapped_to(text, indent, WIDTH)
}

/// The same in lines of another width.
pub(super) fn wrapped_to(text: &str, indent: &str, width: usize) -> String {
    let mut out = String::new();
    let mut first = true;
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let hang = if first { "" } else { "  " };
            if !line.is_empty()
                && indent.len() + hang.len() + line.chars().count() + 1 + word.chars().count()
                    > width
            {
                out.push_str(&format!("{indent}{hang}{}\n", line.trim_end()));
                line.clear();
                first = false;
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        let hang = if first { "" } else { "  " };
        out.push_str(format!("{indent}{hang}{line}").trim_end());
        out.push('\n');
        first = false;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_broken_at_blanks() {
        let text = wrapped(&format!("comment: {}", "word ".repeat(40)), "  ");
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert!(
            text.lines()
                .nth(1)
                .is_some_and(|line| line.starts_with("    word")),
            "{text}"
        );
        assert_eq!(wrapped("a\nb", "  "), "  a\n    b\n");
    }
}
