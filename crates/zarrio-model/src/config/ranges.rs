//! Packing ranges given by hand.

use serde::{Serialize, Serializer};
use thiserror::Error;

use super::json;
use super::setting::{Fault, Setting, number};
use super::tree::{Node, Value};
use crate::NodePath;

/// The values that a packed variable can hold, in the units of the decoded data.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PackingRange {
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
}

impl PackingRange {
    /// Whether both ends are finite and in order; a range of one value is.
    #[must_use]
    pub const fn is_valid(&self) -> bool {
        self.min.is_finite() && self.max.is_finite() && self.min <= self.max
    }
}

/// Packing ranges by variable, in the order in which they were given.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ManualRanges {
    ranges: Vec<(String, PackingRange)>,
}

/// A text that gives no ranges.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}; write for example {EXAMPLE}")]
pub struct ParseRangesError(String);

const EXAMPLE: &str = r#"{"t2m": {"min": 180, "max": 340}}"#;

impl ManualRanges {
    /// The range of a variable, where one was given.
    #[must_use]
    pub fn get(&self, variable: &str) -> Option<PackingRange> {
        self.ranges
            .iter()
            .find(|(name, _)| name == variable)
            .map(|(_, range)| *range)
    }

    /// The range that means the variable at a path: of the whole path, or else of its name.
    #[must_use]
    pub fn of(&self, path: &NodePath) -> Option<PackingRange> {
        self.get(path.as_str()).or_else(|| self.get(path.name()))
    }

    /// Sets the range of a variable.
    pub fn set(&mut self, variable: impl Into<String>, range: PackingRange) {
        let variable = variable.into();
        match self.ranges.iter_mut().find(|(name, _)| *name == variable) {
            Some(entry) => entry.1 = range,
            None => self.ranges.push((variable, range)),
        }
    }

    /// Variables and ranges in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, PackingRange)> {
        self.ranges
            .iter()
            .map(|(name, range)| (name.as_str(), *range))
    }

    /// What is wrong with the ranges, if something is.
    pub(crate) fn check(&self) -> Result<(), String> {
        match self.ranges.iter().find(|(_, range)| !range.is_valid()) {
            None => Ok(()),
            Some((name, PackingRange { min, max })) => Err(format!(
                "the range of {name:?} holds nothing: min is {min}, max is {max}"
            )),
        }
    }
}

impl FromIterator<(String, PackingRange)> for ManualRanges {
    fn from_iter<I: IntoIterator<Item = (String, PackingRange)>>(ranges: I) -> Self {
        let mut all = Self::default();
        for (variable, range) in ranges {
            all.set(variable, range);
        }
        all
    }
}

impl std::str::FromStr for ManualRanges {
    type Err = ParseRangesError;

    /// Reads the JSON of the flag: `{"t2m": {"min": 180, "max": 340}}`.
    fn from_str(text: &str) -> Result<Self, ParseRangesError> {
        json::parse_setting(text).map_err(ParseRangesError)
    }
}

impl Serialize for ManualRanges {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Setting for ManualRanges {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        let entries = match &node.value {
            Value::Map(entries) => entries,
            Value::Raw(text) => {
                return text
                    .parse()
                    .map_err(|e: ParseRangesError| vec![Fault::new(e.to_string())]);
            }
            _ => {
                let expected = "a table of variables, each with min and max";
                return Err(vec![Fault::wrong_type(expected, node)]);
            }
        };
        let mut ranges = Self::default();
        let mut faults = Vec::new();
        for (name, entry) in entries {
            match read_range(entry) {
                Ok(range) => ranges.set(name, range),
                Err(below) => faults.extend(
                    below
                        .into_iter()
                        .map(|fault| fault.inside(&format!(".{name}"), entry.line)),
                ),
            }
        }
        if faults.is_empty() {
            Ok(ranges)
        } else {
            Err(faults)
        }
    }

    fn write(&self) -> Value {
        let end = |name: &str, value: f64| (name.to_owned(), Node::bare(Value::Float(value)));
        let entry = |(name, range): (&str, PackingRange)| {
            let range = Value::Map(vec![end("min", range.min), end("max", range.max)]);
            (name.to_owned(), Node::bare(range))
        };
        Value::Map(self.iter().map(entry).collect())
    }

    fn merge(mut self, higher: Self) -> Self {
        for (variable, range) in higher.ranges {
            self.set(variable, range);
        }
        self
    }
}

fn read_range(node: &Node) -> Result<PackingRange, Vec<Fault>> {
    let Value::Map(ends) = &node.value else {
        return Err(vec![Fault::wrong_type("a table with min and max", node)]);
    };
    let mut range = PackingRange {
        min: f64::NAN,
        max: f64::NAN,
    };
    let mut faults = Vec::new();
    for (name, value) in ends {
        let end = match name.as_str() {
            "min" => &mut range.min,
            "max" => &mut range.max,
            _ => {
                let fault = Fault::new("a range has only min and max");
                faults.push(fault.inside(&format!(".{name}"), value.line));
                continue;
            }
        };
        match number(value) {
            Some(value) => *end = value,
            None => {
                let fault = Fault::wrong_type("a finite number", value);
                faults.push(fault.inside(&format!(".{name}"), value.line));
            }
        }
    }
    if faults.is_empty() && (range.min.is_nan() || range.max.is_nan()) {
        faults.push(Fault::new("a range needs both min and max"));
    }
    if faults.is_empty() {
        Ok(range)
    } else {
        Err(faults)
    }
}
