//! What a header consists of.

use zarrio_model::{Attributes, DataType};

/// Why a header cannot be used.
#[derive(Debug)]
pub(super) enum Problem {
    /// The system could not read it.
    Io(std::io::Error),
    /// It breaks the rules of the format: where, and which one.
    Invalid(String),
}

/// The three formats, which differ in the width of their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// CDF-1: offsets of 32 bits.
    Classic,
    /// CDF-2: offsets of 64 bits.
    Offset64,
    /// CDF-5: offsets and counts of 64 bits, and unsigned types.
    Data64,
}

impl Version {
    /// The number in the file's name for itself.
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Classic => 1,
            Self::Offset64 => 2,
            Self::Data64 => 5,
        }
    }
}

/// The type of an element as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Number(DataType),
    Char,
}

impl Type {
    /// The size of an element in bytes.
    pub(super) fn size(self) -> u64 {
        match self {
            Self::Char => 1,
            Self::Number(data_type) => data_type.size().unwrap_or(1) as u64,
        }
    }
}

#[derive(Debug)]
pub(super) struct Dimension {
    pub(super) name: String,
    /// Zero for the record dimension.
    pub(super) length: u64,
}

#[derive(Debug)]
pub(super) struct Variable {
    pub(super) name: String,
    /// Indices of dimensions.
    pub(super) dimensions: Vec<usize>,
    pub(super) attributes: Attributes,
    pub(super) element: Type,
    /// The offset of the first byte.
    pub(super) begin: u64,
}

#[derive(Debug)]
pub(super) struct Header {
    pub(super) version: Version,
    /// The number of records; `None` when the writer left it to be told from the file's size.
    pub(super) records: Option<u64>,
    pub(super) dimensions: Vec<Dimension>,
    pub(super) attributes: Attributes,
    pub(super) variables: Vec<Variable>,
    /// The size of the header in bytes.
    pub(super) end: u64,
}
