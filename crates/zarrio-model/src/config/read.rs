//! Turns a tree, or the environment, into one layer.

use std::collections::BTreeMap;

use super::setting::{Fault, entries};
use super::suggest::closest;
use super::table::{KEYS, Key, key};
use super::tree::{Node, Value};
use super::{Origin, PartialConfig, Problem, Warning};

/// One layer as it was read, with all that was found on the way.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) partial: PartialConfig,
    /// The place of every key, and of every entry of a table that merges.
    pub(crate) origins: BTreeMap<String, Origin>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) warnings: Vec<Warning>,
    /// Under which name, and where, each key was first given.
    pub(super) given: BTreeMap<&'static str, (String, Origin)>,
}

/// Another name for a key.
pub(crate) struct Alias {
    pub(crate) path: &'static str,
    pub(crate) key: &'static str,
    pub(crate) doc: &'static str,
    /// Turns the value of the alias into one of the key.
    convert: fn(&Node) -> Result<Node, Fault>,
}

/// The other names that files of the Python tool use.
pub(crate) static ALIASES: &[Alias] = &[
    Alias {
        path: "target_chunk_size_mb",
        key: "target_chunk_size",
        doc: "The same in MiB, as a whole number; 0 leaves it open.",
        convert: mebibytes,
    },
    Alias {
        path: "retries_on_missing",
        key: "missing_data.retries_on_missing",
        doc: "The same as missing_data.retries_on_missing.",
        convert: unchanged,
    },
    Alias {
        path: "missing_check_vars",
        key: "missing_data.missing_check_vars",
        doc: "The same as missing_data.missing_check_vars.",
        convert: unchanged,
    },
];

/// Tables that may be given as one value, and the key that it then sets.
const SHORTHANDS: [(&str, &str); 3] = [
    ("compression", "compression.method"),
    ("variables", "variables.include"),
    ("packing", "packing.enabled"),
];

/// Keys of the Python tool that mean nothing here.
const IGNORED: [(&str, &str); 4] = [
    (
        "remote_files.engine",
        "there is one way to read remote files",
    ),
    ("remote_files.cache_local", "remote files are read in place"),
    ("remote_files.cache_dir", "remote files are read in place"),
    (
        "missing_data.check_vars",
        "missing_data.missing_check_vars says which variables are checked",
    ),
];

/// Names that people write, for keys that are called otherwise.
const OTHER_NAMES: [(&str, &str); 5] = [
    ("drop_variables", "variables.exclude"),
    ("variables.drop", "variables.exclude"),
    ("compressor", "compression.method"),
    ("chunks", "chunking"),
    ("attributes", "attrs"),
];

fn unchanged(node: &Node) -> Result<Node, Fault> {
    Ok(node.clone())
}

fn mebibytes(node: &Node) -> Result<Node, Fault> {
    let count = super::setting::integer(node).and_then(|n| u64::try_from(n).ok());
    let value = match count.map(|count| count.checked_mul(1 << 20)) {
        Some(Some(0)) => Value::Null,
        Some(Some(bytes)) => Value::Integer(bytes.into()),
        _ => return Err(Fault::wrong_type("a whole number of MiB", node)),
    };
    Ok(Node {
        value,
        line: node.line,
    })
}

impl Reading {
    /// Reads the tree of a file; `place` makes an origin of a line.
    pub(crate) fn file(root: &Node, place: &dyn Fn(Option<usize>) -> Origin) -> Self {
        let mut reading = Self::default();
        match &root.value {
            Value::Map(entries) => reading.table("", entries, place),
            _ => reading.fault("", place(root.line), &Fault::wrong_type("a table", root)),
        }
        reading
    }

    fn table(
        &mut self,
        prefix: &str,
        entries: &[(String, Node)],
        place: &dyn Fn(Option<usize>) -> Origin,
    ) {
        for (name, node) in entries {
            let path = if prefix.is_empty() {
                name.clone()
            } else {
                format!("{prefix}.{name}")
            };
            self.entry(&path, node, place);
        }
    }

    fn entry(&mut self, path: &str, node: &Node, place: &dyn Fn(Option<usize>) -> Origin) {
        let origin = place(node.line);
        let shorthand = SHORTHANDS.iter().find(|(table, _)| *table == path);
        if let Some(key) = key(path) {
            self.assign(key, path, node, place);
        } else if let Some(alias) = ALIASES.iter().find(|alias| alias.path == path) {
            self.alias(alias, path, node, place);
        } else if let Some((_, reason)) = IGNORED.iter().find(|(key, _)| *key == path) {
            if node.value != Value::Null {
                self.warnings.push(Warning::Ignored {
                    key: path.to_owned(),
                    origin,
                    reason,
                });
            }
        } else if path == "datamesh" {
            // What the Python tool's own settings say by default asks for nothing.
            let asks = match &node.value {
                Value::Null => false,
                Value::Map(entries) => entries.iter().any(|(name, node)| {
                    node.value != Value::Null
                        && !matches!(name.as_str(), "service" | "use_zarr_client")
                }),
                _ => true,
            };
            if asks {
                let fault = Fault::new("datamesh is not supported");
                self.fault(path, origin, &fault);
                self.remedy("remove the table and give a path or URL instead");
            }
        } else if is_table(path) {
            match (&node.value, shorthand) {
                (Value::Map(entries), _) => self.table(path, entries, place),
                (Value::Null, _) => {}
                (_, Some((_, target))) => {
                    if let Some(key) = key(target) {
                        self.assign(key, path, node, place);
                    }
                }
                _ => self.fault(path, origin, &Fault::wrong_type("a table", node)),
            }
        } else {
            self.unknown(path, origin);
        }
    }

    /// Reads the value of an alias into its key.
    pub(crate) fn alias(
        &mut self,
        alias: &Alias,
        path: &str,
        node: &Node,
        place: &dyn Fn(Option<usize>) -> Origin,
    ) {
        if node.value == Value::Null {
            return;
        }
        match ((alias.convert)(node), key(alias.key)) {
            (Ok(node), Some(key)) => self.assign(key, path, &node, place),
            (Err(fault), _) => self.fault(path, place(node.line), &fault),
            (Ok(_), None) => {}
        }
    }

    /// Reads a value, which stands under the name `path`, into a key.
    pub(crate) fn assign(
        &mut self,
        key: &'static Key,
        path: &str,
        node: &Node,
        place: &dyn Fn(Option<usize>) -> Origin,
    ) {
        if node.value == Value::Null {
            return;
        }
        let origin = place(node.line);
        let mut fresh = PartialConfig::default();
        if let Err(faults) = (key.read)(node, &mut fresh) {
            for fault in faults {
                let origin = fault
                    .line
                    .map_or_else(|| origin.clone(), |line| place(Some(line)));
                self.fault(path, origin, &fault);
            }
            return;
        }
        if let Some((other, first)) = self.given.get(key.path) {
            if (key.get)(&fresh) != (key.get)(&self.partial) {
                let message = format!("it is the same setting as {other} ({first})");
                self.fault(
                    path,
                    origin,
                    &Fault::new(format!("{message}, with another value")),
                );
                self.remedy("keep one of the two");
            }
            return;
        }
        self.given
            .insert(key.path, (path.to_owned(), origin.clone()));
        let line_of = |entry: &str| match &node.value {
            Value::Map(entries) => entries.iter().find(|(name, _)| name == entry)?.1.line,
            _ => node.line,
        };
        match (key.get)(&fresh).as_ref().and_then(entries) {
            None => drop(self.origins.insert(key.path.to_owned(), origin)),
            Some(names) => {
                for name in names {
                    let origin = place(line_of(name).or(node.line));
                    self.origins.insert(format!("{}.{name}", key.path), origin);
                }
            }
        }
        self.partial = std::mem::take(&mut self.partial).overlay(fresh);
    }

    fn fault(&mut self, path: &str, origin: Origin, fault: &Fault) {
        self.problems.push(Problem {
            key: format!("{path}{}", fault.below),
            origin,
            message: fault.message.clone(),
            remedy: None,
        });
    }

    fn remedy(&mut self, remedy: &str) {
        if let Some(problem) = self.problems.last_mut() {
            problem.remedy = Some(remedy.to_owned());
        }
    }

    fn unknown(&mut self, path: &str, origin: Origin) {
        self.fault(path, origin, &Fault::new("unknown key"));
        if let Some(name) = suggestion(path) {
            self.remedy(&format!("did you mean {name}?"));
        } else {
            self.remedy("`zarrio config init` writes a file with every key");
        }
    }
}

/// Whether some key begins with this table.
fn is_table(path: &str) -> bool {
    let inside = |key: &str| {
        key.strip_prefix(path)
            .is_some_and(|rest| rest.starts_with('.'))
    };
    KEYS.iter().any(|key| inside(key.path)) || IGNORED.iter().any(|(key, _)| inside(key))
}

/// The key that someone who wrote `path` probably meant.
fn suggestion(path: &str) -> Option<&'static str> {
    if let Some((_, name)) = OTHER_NAMES.iter().find(|(other, _)| *other == path) {
        return Some(name);
    }
    let tables = KEYS
        .iter()
        .filter_map(|key| Some(key.path.split_once('.')?.0));
    let keys = KEYS
        .iter()
        .map(|key| key.path)
        .chain(ALIASES.iter().map(|alias| alias.path));
    // A key in the wrong table: `bits` at the top, `time.chunking`.
    let last = path.rsplit('.').next().unwrap_or(path);
    let moved = KEYS
        .iter()
        .filter(|key| key.path.rsplit('.').next() == Some(last));
    let mut moved = moved.map(|key| key.path);
    closest(path, keys.chain(tables)).or_else(|| moved.next())
}
