//! Environment variables: every key has one.

use super::read::{ALIASES, Reading};
use super::suggest::closest;
use super::table::KEYS;
use super::tree::{Node, Value};
use super::{Origin, Warning};

/// An environment variable that zarrio reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentVariable {
    /// Its name: `ZARRIO_PACKING_BITS`.
    pub name: String,
    /// The key that it sets; `None` for those that are no part of the configuration.
    pub key: Option<&'static str>,
    /// What it does, in one sentence.
    pub doc: &'static str,
}

/// Variables that steer the program but are no settings: the command line reads them itself.
const OTHERS: [(&str, &str); 1] = [(
    "ZARRIO_LOG",
    "What is logged, as a filter such as zarrio=debug; wins over -v and -q.",
)];

/// The name of the old tool's variable, and the one that replaces it.
const OLD: (&str, &str) = (
    "ZARRIFY_TARGET_CHUNK_SIZE_MB",
    "ZARRIO_TARGET_CHUNK_SIZE_MB",
);

/// Variables of the test suites and of packagers, which nobody should be warned about.
const PRIVATE: [&str; 2] = ["ZARRIO_TEST_", "ZARRIO_BENCH_"];

/// Every environment variable that zarrio reads, for documentation.
#[must_use]
pub fn environment_variables() -> Vec<EnvironmentVariable> {
    let keys = KEYS.iter().map(|key| EnvironmentVariable {
        name: key.variable(),
        key: Some(key.path),
        doc: key.doc,
    });
    let aliases = ALIASES.iter().map(|alias| EnvironmentVariable {
        name: variable(alias.path),
        key: Some(alias.key),
        doc: alias.doc,
    });
    let others = OTHERS.iter().map(|(name, doc)| EnvironmentVariable {
        name: (*name).to_owned(),
        key: None,
        doc,
    });
    let old = EnvironmentVariable {
        name: OLD.0.to_owned(),
        key: Some("target_chunk_size"),
        doc: "Deprecated; use ZARRIO_TARGET_CHUNK_SIZE_MB.",
    };
    keys.chain(aliases).chain([old]).chain(others).collect()
}

fn variable(path: &str) -> String {
    format!("ZARRIO_{}", path.to_ascii_uppercase().replace('.', "_"))
}

/// Reads the layer of the environment; variables that are not ours are passed over, and an
/// empty one is as good as none.
pub(crate) fn read(pairs: &[(String, String)]) -> Reading {
    let mut reading = Reading::default();
    let find = |name: &str| {
        let pair = pairs
            .iter()
            .find(|(n, value)| n == name && !value.trim().is_empty());
        pair.map(|(_, value)| Node::bare(Value::Raw(value.clone())))
    };
    for key in KEYS {
        let name = key.variable();
        if let Some(node) = find(&name) {
            reading.assign(key, key.path, &node, &|_| from(&name));
        }
    }
    for alias in ALIASES {
        let name = variable(alias.path);
        if let Some(node) = find(&name) {
            reading.alias(alias, alias.path, &node, &|_| from(&name));
        }
    }
    if let Some(node) = find(OLD.0) {
        reading.warnings.push(Warning::Deprecated {
            name: OLD.0.to_owned(),
            instead: OLD.1.to_owned(),
            origin: from(OLD.0),
        });
        // Whoever sets both is on the way from the old name to the new one.
        if reading.partial.target_chunk_size.is_none()
            && let Some(alias) = ALIASES.iter().find(|alias| variable(alias.path) == OLD.1)
        {
            reading.alias(alias, alias.path, &node, &|_| from(OLD.0));
        }
    }
    let known = environment_variables();
    for (name, _) in pairs {
        let ours = name.starts_with("ZARRIO_") && !PRIVATE.iter().any(|p| name.starts_with(p));
        if ours && !known.iter().any(|variable| variable.name == *name) {
            // No error: Kubernetes sets such names for a service that is called zarrio.
            let names = known.iter().map(|variable| variable.name.as_str());
            let suggestion = closest_variable(name, names);
            reading.warnings.push(Warning::UnknownVariable {
                name: name.clone(),
                suggestion,
            });
        }
    }
    reading
}

/// The prefix that all share says nothing about likeness.
fn closest_variable<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let tail = |name: &'a str| name.strip_prefix("ZARRIO_").map(str::to_ascii_lowercase);
    let tails: Vec<String> = names.filter_map(tail).collect();
    let wanted = name.strip_prefix("ZARRIO_")?;
    let tail = closest(wanted, tails.iter().map(String::as_str))?;
    Some(format!("ZARRIO_{}", tail.to_ascii_uppercase()))
}

fn from(variable: &str) -> Origin {
    Origin::Environment {
        variable: variable.to_owned(),
    }
}
