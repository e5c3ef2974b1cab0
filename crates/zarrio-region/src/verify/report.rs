//! What a verification found.

use std::time::Duration;

use serde::Serialize;

use crate::TimeRange;
use crate::content::{Number, RowSum};
use crate::ledger::SourceRecord;

/// What a verification looked at and found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Verification {
    /// The time that the archive is for.
    pub times: Vec<TimeAxis>,
    /// The variables of the archive, in its order.
    pub variables: Vec<VerifiedVariable>,
    /// Files that were compared point by point.
    pub files: Vec<VerifiedFile>,
    /// Records of the archive that tell of data.
    pub records: u64,
    /// Parts of variables in records whose numbers were taken again and are the same.
    pub confirmed: u64,
    /// Those among them that have no digest: only counts and extremes were compared.
    pub without_digest: u64,
    /// Parts that a later record covers, wholly or in part, so that their numbers say nothing
    /// about what is there now.
    pub overlaid: u64,
    /// Which part of the data was looked at, from 0 to 1.
    pub share: f64,
    /// Everything that is not as it should be.
    pub findings: Vec<Finding>,
    /// What the user should know.
    pub notes: Vec<String>,
    /// Seconds that it took.
    #[serde(serialize_with = "crate::observer::as_seconds")]
    pub elapsed: Duration,
}

/// A time axis of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimeAxis {
    /// The variable with the labels.
    pub variable: String,
    /// The number of labels.
    pub steps: u64,
    /// The first and the last of them.
    #[serde(flatten)]
    pub range: TimeRange,
}

/// A variable of an archive.
#[derive(Debug, Clone, Default, Serialize)]
pub struct VerifiedVariable {
    /// Its path.
    pub path: String,
    /// Its type.
    pub data_type: String,
    /// Its shape.
    pub shape: Vec<u64>,
    /// Chunks that were looked at.
    pub chunks: u64,
    /// Elements that were read.
    pub values: u64,
    /// Those of them that are missing.
    pub missing: u64,
    /// Elements, among those that were read, that nobody wrote yet.
    pub unwritten: u64,
    /// The smallest value that is not missing, as it is stored and as it is meant.
    pub min: Option<Value>,
    /// The largest one.
    pub max: Option<Value>,
}

/// A value of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Value {
    /// As it is stored.
    pub stored: Number,
    /// As it is meant: unpacked.
    pub meant: Number,
}

/// A file that was compared point by point.
#[derive(Debug, Clone, Default, Serialize)]
pub struct VerifiedFile {
    /// Its path.
    pub file: String,
    /// Its variables, in its order.
    pub variables: Vec<Comparison>,
    /// Variables of which only labels and what does not grow were held against the archive.
    pub matched: Vec<String>,
    /// Whether a record of the archive says that it was written, as it is now.
    #[serde(skip)]
    pub is_recorded: bool,
    /// Whether its labels tell where it would be written, which is looked at where it is neither
    /// right nor on record: else it is where it is because the archive has the same labels.
    #[serde(skip)]
    pub is_placed: bool,
}

/// A variable of a file, held against the archive.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Comparison {
    /// Its path.
    pub variable: String,
    /// Elements that were compared, as they are stored.
    pub compared: u64,
    /// Elements that a later file decides, or somebody is writing.
    pub skipped: u64,
    /// Elements in chunks that cannot be read.
    pub unreadable: u64,
    /// Elements that differ.
    pub wrong: u64,
    /// Those of them that are missing on one side only.
    pub missing_wrong: u64,
    /// The largest difference of two values, as they are meant; none for text and where
    /// nothing differs.
    pub largest_error: Option<f64>,
    /// The first element that differs.
    pub first: Option<Difference>,
    /// Chunks with elements that differ, or that cannot be read, by name: the first few.
    pub chunks: Vec<String>,
    /// How many such chunks there are.
    pub wrong_chunks: u64,
    /// All of them, by their indices.
    #[serde(skip)]
    pub(crate) at: Vec<Vec<u64>>,
}

/// An element that is not what it should be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The position along each dimension of the archive.
    pub position: Vec<Label>,
    /// What the file has.
    pub expected: String,
    /// What the archive has.
    pub found: String,
}

/// A position along a dimension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Label {
    /// The dimension.
    pub dimension: String,
    /// The position.
    pub position: u64,
    /// What the coordinate says there, where there is one.
    pub label: Option<String>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Finding {
    /// An array that cannot be used.
    Structure {
        /// The variable.
        variable: String,
        /// What is wrong.
        reason: String,
    },
    /// A document of a node that is not what the consolidated metadata say.
    Document {
        /// The object.
        object: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A chunk that records tell of, and that is not there.
    ChunkAbsent {
        /// The variable.
        variable: String,
        /// The name of the chunk within the array.
        chunk: String,
    },
    /// A chunk that cannot be read or decoded.
    ChunkTorn {
        /// The variable.
        variable: String,
        /// The name of the chunk within the array.
        chunk: String,
        /// What is wrong with it.
        reason: String,
    },
    /// What the archive holds is not what was recorded when it was written.
    Numbers {
        /// The variable.
        variable: String,
        /// The file that it was written from.
        file: String,
        /// The numbers that differ: recorded and found.
        differences: Vec<Changed>,
    },
    /// What the archive holds is not what a file has.
    Values {
        /// The file.
        file: String,
        /// What differs.
        #[serde(flatten)]
        comparison: Comparison,
    },
    /// A file cannot be held against the archive at all.
    Unmatched {
        /// The file.
        file: String,
        /// Why, with its causes.
        messages: Vec<String>,
    },
    /// Data that no record tells of.
    Outside {
        /// The variable.
        variable: String,
        /// How many elements are not the fill value.
        elements: u64,
        /// The smallest region that holds them: half-open ranges by dimension.
        region: Vec<(String, u64, u64)>,
        /// The first chunks with such elements, by name.
        chunks: Vec<String>,
        /// How many such chunks there are.
        count: u64,
    },
    /// A file whose writing was begun and not finished.
    Unfinished {
        /// The variable.
        variable: String,
        /// The file.
        file: String,
        /// Who wrote: machine and process.
        writer: String,
        /// Elements that may be of this file or of another one.
        elements: u64,
    },
    /// A record that cannot be read.
    RecordDamaged {
        /// The object.
        object: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A record whose region does not lie in the array that it names, or that contradicts
    /// itself.
    RecordUnfitting {
        /// The file that it is about.
        file: String,
        /// The variable.
        variable: String,
        /// What does not fit.
        reason: String,
    },
    /// A file that was changed or replaced after it was written.
    SourceChanged {
        /// As it was.
        recorded: SourceRecord,
        /// As it is.
        now: SourceRecord,
    },
}

/// A number of a record that is not the one that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Its name: `values`, `missing`, `min`, `max` or `digest`.
    pub number: &'static str,
    /// What the record says.
    pub recorded: String,
    /// What the archive holds.
    pub found: String,
}

impl Verification {
    /// Whether all is as it should be.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

impl Finding {
    /// The variable, where somebody who writes to it could be the reason.
    pub(crate) fn moving(&self) -> Option<&String> {
        match self {
            Self::ChunkAbsent { variable, .. }
            | Self::Numbers { variable, .. }
            | Self::Outside { variable, .. }
            | Self::Unfinished { variable, .. } => Some(variable),
            Self::Values { comparison, .. } => Some(&comparison.variable),
            _ => None,
        }
    }
}

impl Comparison {
    /// Whether every element that was compared is the same.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.wrong == 0 && self.unreadable == 0
    }
}

/// The digest of a variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VariableDigest {
    /// Its path.
    pub path: String,
    /// The digest.
    pub digest: RowSum,
    /// The number of elements.
    pub values: u64,
}
