//! Finds the lines of keys in texts whose parser does not tell them.

use super::tree::{Node, Value};

/// Gives every entry of the tree the line of its key in `text`, as far as it can be found.
///
/// Keys are looked for in the order of the tree, each after the one before it, so that equal
/// names in different tables keep apart.
pub(crate) fn locate(root: &mut Node, text: &str) {
    let mut search = Search {
        text,
        position: 0,
        line: 1,
    };
    search.walk(root);
}

struct Search<'a> {
    text: &'a str,
    /// How far the text was read.
    position: usize,
    /// The line of that position.
    line: usize,
}

impl Search<'_> {
    fn walk(&mut self, node: &mut Node) {
        match &mut node.value {
            Value::Map(entries) => {
                for (name, entry) in entries {
                    entry.line = self.find(name);
                    self.walk(entry);
                }
            }
            Value::List(items) => {
                for item in items {
                    self.walk(item);
                }
            }
            _ => {}
        }
    }

    /// The line of the next place where `name` stands as a key.
    fn find(&mut self, name: &str) -> Option<usize> {
        let rest = self.text.get(self.position..)?;
        if name.is_empty() {
            return None;
        }
        let mut from = 0;
        let (start, end) = loop {
            let start = from + rest.get(from..)?.find(name)?;
            let end = start + name.len();
            if is_key(&rest[..start], &rest[end..]) {
                break (start, end);
            }
            from = end;
        };
        let line = self.line + newlines(&rest[..start]);
        self.line += newlines(&rest[..end]);
        self.position += end;
        Some(line)
    }
}

/// Whether what stands between two texts is a key: nothing but space, an opening or a quote
/// before it on its line, and a colon after it.
fn is_key(before: &str, after: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default();
    if line.trim_start().starts_with('#') {
        return false;
    }
    let quote = line.chars().next_back().filter(|c| matches!(c, '"' | '\''));
    let (line, after) = match quote {
        None => (line, after),
        Some(quote) => match after.strip_prefix(quote) {
            None => return false,
            Some(after) => (&line[..line.len() - 1], after),
        },
    };
    let line = line.trim_end();
    let opened = line.is_empty() || line.ends_with(['{', ',', '[', '-', '?']);
    opened && after.trim_start_matches([' ', '\t']).starts_with(':')
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
#[cfg(feature = "files")]
mod tests {
    use super::*;

    fn line_of(text: &str, path: &[&str]) -> Option<usize> {
        let mut root: Node = serde_yaml_ng::from_str(text).unwrap();
        locate(&mut root, text);
        let mut node = &root;
        for name in path {
            let Value::Map(entries) = &node.value else {
                panic!("{name} is in no table")
            };
            node = &entries.iter().find(|(entry, _)| entry == name).unwrap().1;
        }
        node.line
    }

    #[test]
    fn equal_names_in_different_tables_keep_apart() {
        let text = "# time: 1\nchunking:\n  time: 100\n  lat: 5\ntime:\n  dim: time\n";
        assert_eq!(line_of(text, &["chunking", "time"]), Some(3));
        assert_eq!(line_of(text, &["time"]), Some(5));
        assert_eq!(line_of(text, &["time", "dim"]), Some(6));
    }

    #[test]
    fn flow_style_and_json_are_read() {
        let text = "{\n  \"jobs\": 4, \"chunking\": {\n \"time\" : 1,\n \"lat\": 2}\n}";
        assert_eq!(line_of(text, &["jobs"]), Some(2));
        assert_eq!(line_of(text, &["chunking"]), Some(2));
        assert_eq!(line_of(text, &["chunking", "time"]), Some(3));
        assert_eq!(line_of(text, &["chunking", "lat"]), Some(4));
    }

    #[test]
    fn a_name_that_is_written_otherwise_has_no_line() {
        assert_eq!(
            line_of("\"jo\\u0062s\": 4\nmemory: auto\n", &["jobs"]),
            None
        );
        assert_eq!(
            line_of("\"jo\\u0062s\": 4\nmemory: auto\n", &["memory"]),
            Some(2)
        );
    }
}
