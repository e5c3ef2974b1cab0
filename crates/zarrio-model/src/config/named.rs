//! Settings by variable.

use std::str::FromStr;

use serde::{Serialize, Serializer};
use thiserror::Error;

use super::setting::{Fault, Setting};
use super::tree::{Node, Value};
use crate::NodePath;

/// A setting for some variables, in the order in which they were given: in a file a table, as
/// a flag or environment variable `t2m=0.01,u=0.1`.
#[derive(Debug, Clone, PartialEq)]
pub struct ByVariable<T> {
    entries: Vec<(String, T)>,
}

/// A text that gives no settings by variable.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}; write for example NAME=VALUE,NAME=VALUE")]
pub struct ParseByVariableError(String);

impl<T> Default for ByVariable<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
        }
    }
}

impl<T> ByVariable<T> {
    /// The setting of a variable, where one was given.
    #[must_use]
    pub fn get(&self, variable: &str) -> Option<&T> {
        let entry = self.entries.iter().find(|(name, _)| name == variable);
        entry.map(|(_, value)| value)
    }

    /// The setting that means the variable at a path: of the whole path, or else of its name.
    #[must_use]
    pub fn of(&self, path: &NodePath) -> Option<&T> {
        self.get(path.as_str()).or_else(|| self.get(path.name()))
    }

    /// Sets the setting of a variable.
    pub fn set(&mut self, variable: impl Into<String>, value: T) {
        let variable = variable.into();
        match self.entries.iter_mut().find(|(name, _)| *name == variable) {
            Some(entry) => entry.1 = value,
            None => self.entries.push((variable, value)),
        }
    }

    /// Variables and settings in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.entries
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }

    /// Whether nothing was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<T> FromIterator<(String, T)> for ByVariable<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(entries: I) -> Self {
        let mut all = Self::default();
        for (variable, value) in entries {
            all.set(variable, value);
        }
        all
    }
}

impl<T: Setting> FromStr for ByVariable<T> {
    type Err = ParseByVariableError;

    fn from_str(text: &str) -> Result<Self, ParseByVariableError> {
        let mut all = Self::default();
        for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let error = |reason: String| ParseByVariableError(format!("{part:?}: {reason}"));
            let (name, value) = part
                .split_once('=')
                .map(|(name, value)| (name.trim(), value.trim()))
                .filter(|(name, value)| !name.is_empty() && !value.is_empty())
                .ok_or_else(|| error("it is not of the form NAME=VALUE".into()))?;
            if all.get(name).is_some() {
                return Err(error(format!("{name:?} was given already")));
            }
            let value = T::read(&Node::bare(Value::Raw(value.to_owned())));
            let faults = |faults: Vec<Fault>| {
                let texts: Vec<String> = faults.into_iter().map(|f| f.message).collect();
                error(texts.join("; "))
            };
            all.set(name, value.map_err(faults)?);
        }
        Ok(all)
    }
}

impl<T: Serialize> Serialize for ByVariable<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<T: Setting> Setting for ByVariable<T> {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        let entries = match &node.value {
            Value::Map(entries) => entries,
            Value::Raw(text) => {
                let fault = |error: ParseByVariableError| vec![Fault::new(error.to_string())];
                return text.parse().map_err(fault);
            }
            _ => return Err(vec![Fault::wrong_type("a table of variables", node)]),
        };
        let (mut all, mut faults) = (Self::default(), Vec::new());
        for (name, entry) in entries {
            match T::read(entry) {
                Ok(value) => all.set(name, value),
                Err(below) => faults.extend(
                    below
                        .into_iter()
                        .map(|fault| fault.inside(&format!(".{name}"), entry.line)),
                ),
            }
        }
        if faults.is_empty() {
            Ok(all)
        } else {
            Err(faults)
        }
    }

    fn write(&self) -> Value {
        let entry = |(name, value): (&str, &T)| (name.to_owned(), Node::bare(value.write()));
        Value::Map(self.iter().map(entry).collect())
    }

    fn merge(mut self, higher: Self) -> Self {
        for (variable, value) in higher.entries {
            self.set(variable, value);
        }
        self
    }
}
