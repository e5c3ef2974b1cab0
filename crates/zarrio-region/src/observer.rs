//! What the pipeline tells while it works, and what it reports at the end.

use std::time::Duration;

use serde::Serialize;
use zarrio_codec::packing::{PackStatistics, Packing};
use zarrio_model::NodePath;

/// Receives events while an operation runs, from many threads.
///
/// The library never prints; a program draws its progress from these.
pub trait Observer: Sync {
    /// Called for every event. It should return at once: the pipeline waits for it.
    fn on_event(&self, event: &Event<'_>);
}

/// An observer that looks away.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn on_event(&self, _event: &Event<'_>) {}
}

impl<F: Fn(&Event<'_>) + Sync> Observer for F {
    fn on_event(&self, event: &Event<'_>) {
        self(event);
    }
}

/// Something that happened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The work is planned and begins.
    Planned {
        /// Variables that will be written.
        variables: usize,
        /// Objects that will be written.
        chunks: u64,
        /// Uncompressed bytes that will pass; text counts nothing.
        bytes: u64,
    },
    /// A part of a variable was copied to the disk, before its first block is read.
    Copied {
        /// The variable.
        variable: &'a NodePath,
        /// Bytes of the copy that are there.
        done: u64,
        /// Bytes of the copy.
        bytes: u64,
    },
    /// The first block of a variable is being read.
    VariableStarted {
        /// The variable.
        variable: &'a NodePath,
    },
    /// A chunk is stored.
    ChunkWritten {
        /// The variable.
        variable: &'a NodePath,
        /// Uncompressed bytes of the array's elements in it, without padding.
        raw_bytes: u64,
        /// Bytes of the object.
        stored_bytes: u64,
    },
    /// A part of the archive was read and looked at.
    Looked {
        /// Uncompressed bytes; text counts nothing.
        bytes: u64,
    },
    /// Everything is in place; the archive becomes visible.
    Committing,
}

/// What was written for one variable.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VariableReport {
    /// The variable, by its path in the source.
    #[serde(serialize_with = "as_text")]
    pub variable: NodePath,
    /// Chunks stored.
    pub chunks: u64,
    /// Uncompressed bytes, without padding.
    pub raw_bytes: u64,
    /// Bytes of the objects.
    pub stored_bytes: u64,
    /// What packing did to the values, where they were packed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packed: Option<PackReport>,
    /// What rounding to fewer bits did to them, where they were rounded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounded: Option<RoundReport>,
}

/// What rounding to fewer bits did to the values of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RoundReport {
    /// Bits of the significand that were kept.
    pub bits: u32,
    /// Elements that were looked at.
    pub elements: u64,
    /// Those that are missing.
    pub missing: u64,
    /// The largest error.
    pub largest_error: f64,
    /// The root of the mean square error.
    pub rms_error: f64,
}

/// What packing did to the values of a variable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PackReport {
    /// How they are packed.
    pub packing: Packing,
    /// What became of them.
    pub statistics: PackStatistics,
}

impl Serialize for PackReport {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.statistics.of(&self.packing).serialize(serializer)
    }
}

fn as_text<S: serde::Serializer>(path: &NodePath, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(path.as_str())
}

/// What an operation did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ConvertReport {
    /// The archive was already there, made by the same plan from the same source; nothing
    /// was written.
    pub already_done: bool,
    /// What was written, in the order of the source.
    pub variables: Vec<VariableReport>,
    /// The size of the source.
    pub source_bytes: u64,
    /// Uncompressed bytes of all variables.
    pub raw_bytes: u64,
    /// Bytes of all chunk objects.
    pub stored_bytes: u64,
    /// Objects stored, metadata documents included.
    pub objects: u64,
    /// Seconds that the operation took.
    #[serde(serialize_with = "as_seconds")]
    pub elapsed: Duration,
    /// What the user should know: what was left out or changed, one sentence each.
    pub notes: Vec<String>,
    /// Attributes whose NetCDF type JSON cannot tell: `t2m.valid_min: int16`.
    pub untyped_attributes: Vec<String>,
}

pub(crate) fn as_seconds<S: serde::Serializer>(
    time: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}
