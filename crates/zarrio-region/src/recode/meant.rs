//! What stored numbers mean, for people and for differences.

use zarrio_model::VariableSchema;

use super::encoding::{Encoding, Meaning, Number, read};

/// What the stored numbers of a variable mean, unpacked.
#[derive(Debug)]
pub(crate) struct Meant(Encoding);

impl Meant {
    pub(crate) fn new(variable: &VariableSchema) -> Self {
        Self(Encoding::new(variable, None))
    }

    /// The value of an element in native byte order; none where it is missing.
    pub(crate) fn value(&self, element: &[u8]) -> Option<f64> {
        match self.0.decode(read(self.0.data_type, element)) {
            Meaning::Value(value) => Some(value.to_f64()),
            _ => None,
        }
    }

    /// An element in native byte order, for people.
    pub(crate) fn text(&self, element: &[u8]) -> String {
        let meaning = self.0.decode(read(self.0.data_type, element));
        match meaning {
            Meaning::Value(Number::Float(v)) => crate::Number::Float(v).to_string(),
            meaning => meaning.to_string(),
        }
    }

    /// The meaning of a stored number that is not missing.
    pub(crate) fn of(&self, stored: crate::Number) -> crate::Number {
        let number = match stored {
            crate::Number::Int(v) => Number::Integer(v),
            crate::Number::Float(v) => Number::Float(v),
        };
        match self.0.decode(number) {
            Meaning::Value(Number::Integer(v)) => crate::Number::Int(v),
            Meaning::Value(Number::Float(v)) => crate::Number::Float(v),
            _ => stored,
        }
    }
}
