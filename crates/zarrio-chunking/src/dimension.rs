//! A dimension as the planner sees it.

use serde::Serialize;

use crate::Role;

/// A dimension of the arrays that are planned together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dimension {
    /// The name.
    pub name: String,
    /// The length in elements, of the whole archive.
    pub length: u64,
    /// What readers do along it.
    pub role: Role,
    /// The length of a chunk where the data come from.
    pub source_chunk: Option<u64>,
    /// The chunk length, where it is settled already.
    pub fixed: Option<u64>,
}

impl Dimension {
    /// A dimension of which nothing else is known.
    #[must_use]
    pub fn new(name: impl Into<String>, length: u64, role: Role) -> Self {
        Self {
            name: name.into(),
            length,
            role,
            source_chunk: None,
            fixed: None,
        }
    }

    /// The length that chunks are made for: a dimension without elements may grow.
    pub(crate) fn extent(&self) -> u64 {
        self.length.max(1)
    }
}

/// The bytes of a block of elements.
pub(crate) fn bytes(shape: &[u64], element_size: u64) -> u64 {
    shape
        .iter()
        .copied()
        .fold(element_size.max(1), u64::saturating_mul)
}
