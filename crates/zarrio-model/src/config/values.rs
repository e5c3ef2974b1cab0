//! Settings that are one number or a word in its place.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use thiserror::Error;

use super::setting::{Fault, Setting, from_text, integer};
use super::tree::{Node, Value};
use crate::{ByteSize, NodePath};

/// A text that a setting does not take: `expected` says what it takes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected {expected}, got {text:?}")]
pub struct ParseValueError {
    /// What was written.
    pub text: String,
    /// What could have been written.
    pub expected: &'static str,
}

/// The version of the Zarr format that archives are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ZarrFormat {
    /// Zarr format 2.
    V2,
    /// Zarr format 3.
    V3,
}

impl ZarrFormat {
    const EXPECTED: &'static str = "2 or 3";

    /// The number of the version.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::V2 => 2,
            Self::V3 => 3,
        }
    }
}

impl fmt::Display for ZarrFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

impl FromStr for ZarrFormat {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, ParseValueError> {
        match text.trim() {
            "2" => Ok(Self::V2),
            "3" => Ok(Self::V3),
            _ => Err(ParseValueError {
                text: text.to_owned(),
                expected: Self::EXPECTED,
            }),
        }
    }
}

impl Setting for ZarrFormat {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        match integer(node) {
            Some(2) => Ok(Self::V2),
            Some(3) => Ok(Self::V3),
            _ => Err(vec![Fault::wrong_type(Self::EXPECTED, node)]),
        }
    }

    fn write(&self) -> Value {
        Value::Integer(self.number().into())
    }
}

/// How many blocks are worked on at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Jobs {
    /// One for each core.
    Auto,
    /// This many.
    Count(NonZeroU32),
}

impl Jobs {
    const EXPECTED: &'static str = "\"auto\" or a number of threads up to 1024 (0 for all cores)";
    /// More threads take time and memory, and bring nothing on any machine there is.
    const MOST: u32 = 1024;

    fn of(count: u32) -> Option<Self> {
        (count <= Self::MOST).then_some(count.into())
    }

    /// The number on a machine with `cores` cores; at least one.
    #[must_use]
    pub fn resolve(self, cores: usize) -> usize {
        match self {
            Self::Auto => cores.max(1),
            Self::Count(count) => usize::try_from(count.get()).unwrap_or(usize::MAX),
        }
    }
}

impl From<u32> for Jobs {
    /// 0 stands for all cores.
    fn from(count: u32) -> Self {
        NonZeroU32::new(count).map_or(Self::Auto, Self::Count)
    }
}

impl fmt::Display for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.pad("auto"),
            Self::Count(count) => count.fmt(f),
        }
    }
}

impl FromStr for Jobs {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, ParseValueError> {
        let word = text.trim();
        if word.eq_ignore_ascii_case("auto") {
            return Ok(Self::Auto);
        }
        let count = word.parse().ok().and_then(Self::of);
        count.ok_or_else(|| ParseValueError {
            text: text.to_owned(),
            expected: Self::EXPECTED,
        })
    }
}

impl Setting for Jobs {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        match &node.value {
            Value::Integer(count) => u32::try_from(*count)
                .ok()
                .and_then(Self::of)
                .ok_or_else(|| vec![Fault::wrong_type(Self::EXPECTED, node)]),
            _ => from_text(node, Self::EXPECTED),
        }
    }

    fn write(&self) -> Value {
        match self {
            Self::Auto => Value::text("auto"),
            Self::Count(count) => Value::Integer(count.get().into()),
        }
    }
}

/// How much memory a command may use for data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum MemoryLimit {
    /// 1 GiB, or a quarter of the machine's memory where that is less.
    #[default]
    Auto,
    /// This much.
    Limit(ByteSize),
}

impl MemoryLimit {
    const EXPECTED: &'static str = "\"auto\" or a size such as \"512MiB\"";

    /// The limit on a machine with this much memory.
    #[must_use]
    pub fn resolve(self, machine: ByteSize) -> ByteSize {
        match self {
            Self::Auto => ByteSize((machine.0 / 4).min(1 << 30)),
            Self::Limit(size) => size,
        }
    }
}

impl fmt::Display for MemoryLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.pad("auto"),
            Self::Limit(size) => size.fmt(f),
        }
    }
}

impl FromStr for MemoryLimit {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, ParseValueError> {
        if text.trim().eq_ignore_ascii_case("auto") {
            return Ok(Self::Auto);
        }
        // No block fits into nothing.
        let size = text
            .parse::<ByteSize>()
            .ok()
            .filter(|size| size.0 > 0)
            .map(Self::Limit);
        size.ok_or_else(|| ParseValueError {
            text: text.to_owned(),
            expected: Self::EXPECTED,
        })
    }
}

impl Setting for MemoryLimit {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        match &node.value {
            Value::Integer(_) => positive_size(node, Self::EXPECTED).map(Self::Limit),
            _ => from_text(node, Self::EXPECTED),
        }
    }

    fn write(&self) -> Value {
        match self {
            Self::Auto => Value::text("auto"),
            Self::Limit(size) => Value::text(*size),
        }
    }
}

/// Bits of a packed integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PackingBits {
    /// `int8`
    Bits8,
    /// `int16`
    Bits16,
    /// `int32`
    Bits32,
}

impl PackingBits {
    const EXPECTED: &'static str = "8, 16 or 32";

    /// The number of bits.
    #[must_use]
    pub const fn bits(self) -> u8 {
        match self {
            Self::Bits8 => 8,
            Self::Bits16 => 16,
            Self::Bits32 => 32,
        }
    }

    /// The integer of this number of bits, where values are packed into such.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            8 => Some(Self::Bits8),
            16 => Some(Self::Bits16),
            32 => Some(Self::Bits32),
            _ => None,
        }
    }
}

impl fmt::Display for PackingBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bits().fmt(f)
    }
}

impl FromStr for PackingBits {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, ParseValueError> {
        let bits = text.trim().parse().ok().and_then(Self::from_bits);
        bits.ok_or_else(|| ParseValueError {
            text: text.to_owned(),
            expected: Self::EXPECTED,
        })
    }
}

impl Setting for PackingBits {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        let bits = integer(node).and_then(|bits| u8::try_from(bits).ok());
        bits.and_then(Self::from_bits)
            .ok_or_else(|| vec![Fault::wrong_type(Self::EXPECTED, node)])
    }

    fn write(&self) -> Value {
        Value::Integer(self.bits().into())
    }
}

/// A size above zero, as a number of bytes or a text with a unit.
fn positive_size(node: &Node, expected: &str) -> Result<ByteSize, Vec<Fault>> {
    let size = match &node.value {
        Value::Integer(bytes) => u64::try_from(*bytes).ok().map(ByteSize),
        _ => node.as_text().and_then(|text| text.parse().ok()),
    };
    size.filter(|size| size.0 > 0)
        .ok_or_else(|| vec![Fault::wrong_type(expected, node)])
}

impl Setting for ByteSize {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        positive_size(node, "a size above zero such as \"64MiB\"")
    }

    fn write(&self) -> Value {
        Value::text(*self)
    }
}

impl Setting for NodePath {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        String::read(node).map(|text| Self::parse(&text))
    }

    fn write(&self) -> Value {
        Value::text(self.as_str())
    }
}
