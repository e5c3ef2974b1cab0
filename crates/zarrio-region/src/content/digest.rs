//! A digest of a variable that does not depend on how it is cut, encoded or stored.
//!
//! A row is all elements along the last dimension at one position of the others; a scalar is
//! one row. The sum of a variable is the sum modulo 2^128 over its rows of XXH3-128 (seed 0)
//! of: the position along each dimension but the last, as 64-bit little-endian integers,
//! then the elements in order, little-endian, every bit as it is stored; a text as the
//! number of its bytes in UTF-8, a 64-bit little-endian integer, and the bytes. So sums of
//! disjoint regions that do not cut rows add up.
//!
//! The digest of a variable is XXH3-128 of its sum (16 bytes, little-endian), the name of its
//! type and those of its attributes that say what its numbers mean.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use twox_hash::XxHash3_128;
use zarrio_codec::attribute_meaning;
use zarrio_model::{VariableSchema, cf};

/// The sum of the hashes of rows, modulo 2^128; as text 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RowSum(u128);

impl RowSum {
    /// The sum of one row, given the bytes that are hashed for it.
    pub(crate) fn of_row(bytes: &[u8]) -> Self {
        Self(hash(bytes))
    }

    /// The sum over the rows of both.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }
}

/// A row that comes in pieces.
pub(crate) struct RowHash(XxHash3_128);

impl RowHash {
    /// The row at a position along each dimension but the last.
    pub(crate) fn new(position: &[u64]) -> Self {
        let mut hash = XxHash3_128::new();
        for position in position {
            hash.write(&position.to_le_bytes());
        }
        Self(hash)
    }

    /// The next elements, in native byte order.
    pub(crate) fn numbers(&mut self, bytes: &[u8], width: usize) {
        if cfg!(target_endian = "big") {
            let mut bytes = bytes.to_vec();
            bytes
                .chunks_exact_mut(width.max(1))
                .for_each(<[u8]>::reverse);
            return self.0.write(&bytes);
        }
        self.0.write(bytes);
    }

    /// The next texts.
    pub(crate) fn texts(&mut self, texts: &[String]) {
        for text in texts {
            self.0.write(&(text.len() as u64).to_le_bytes());
            self.0.write(text.as_bytes());
        }
    }

    /// What the row adds to the sum.
    pub(crate) fn finish(self) -> RowSum {
        RowSum(self.0.finish_128())
    }
}

/// XXH3-128 with seed 0.
pub(crate) fn hash(bytes: &[u8]) -> u128 {
    XxHash3_128::oneshot(bytes)
}

/// The digest of a variable whose rows all together have this sum.
#[must_use]
pub(crate) fn variable_digest(variable: &VariableSchema, sum: RowSum) -> RowSum {
    let mut bytes = sum.0.to_le_bytes().to_vec();
    bytes.extend_from_slice(variable.data_type.name().as_bytes());
    for name in cf::MEANING {
        if let Some(value) = variable.attributes.get(name) {
            bytes.push(0);
            bytes.extend_from_slice(name.as_bytes());
            bytes.push(b'=');
            bytes.extend_from_slice(attribute_meaning(value).to_string().as_bytes());
        }
    }
    RowSum(hash(&bytes))
}

impl fmt::Display for RowSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for RowSum {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}

impl Serialize for RowSum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RowSum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use zarrio_model::{AttributeValue, Attributes, DataType, NativeLayout, NodePath};

    use super::*;

    /// The vectors that the documentation gives.
    #[test]
    fn vectors() {
        let scalar = RowSum::of_row(&1.5f32.to_le_bytes());
        let mut first = 0u64.to_le_bytes().to_vec();
        first.extend([1i16, 2, 3].iter().flat_map(|v| v.to_le_bytes()));
        let mut second = 1u64.to_le_bytes().to_vec();
        second.extend([4i16, 5, -1].iter().flat_map(|v| v.to_le_bytes()));
        let rows = RowSum::of_row(&first).with(RowSum::of_row(&second));
        let mut text = 2u64.to_le_bytes().to_vec();
        text.extend(b"ab");
        let text = RowSum::of_row(&text);
        assert_eq!(
            [scalar, rows, text].map(|sum| sum.to_string()),
            [
                "8418c44901680acd4657d66061f9bc57",
                "8caefae6a1293f0636bdbb7ea2df0325",
                "25a212f2233721086f8c63c1ad107f4b"
            ]
        );
        let mut attributes = Attributes::new();
        attributes.set("_FillValue", AttributeValue::Int16(vec![-1]));
        attributes.set("long_name", "not counted");
        let variable = VariableSchema {
            path: NodePath::parse("v"),
            data_type: DataType::Int16,
            dimensions: vec!["y".into(), "x".into()],
            shape: vec![2, 3],
            attributes,
            layout: NativeLayout::default(),
        };
        assert_eq!(
            variable_digest(&variable, rows).to_string(),
            "bfc22f4aeb58fff9c51bfa7169773e95"
        );
        assert_eq!(rows.to_string().parse(), Ok(rows));
        let mut pieces = RowHash::new(&[1]);
        pieces.numbers(&4i16.to_ne_bytes(), 2);
        pieces.numbers(&[5i16, -1].map(i16::to_ne_bytes).concat(), 2);
        let first = RowSum::of_row(&first);
        assert_eq!(first.with(pieces.finish()), rows);
    }
}
