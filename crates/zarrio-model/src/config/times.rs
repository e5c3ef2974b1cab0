//! Settings that are times.

use super::setting::{Fault, Setting, from_text};
use super::tree::{Node, Value};
use crate::time::{Frequency, TimeBound};

impl Setting for TimeBound {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        from_text(
            node,
            "a date such as \"2000-01-31\" or \"2000-01-31T06:00:00\"",
        )
    }

    fn write(&self) -> Value {
        Value::text(self.as_str())
    }
}

impl Setting for Frequency {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        from_text(
            node,
            "a time step such as \"1h\", \"1D\", \"MS\" or \"PT3H\"",
        )
    }

    fn write(&self) -> Value {
        Value::text(self.to_string())
    }
}
