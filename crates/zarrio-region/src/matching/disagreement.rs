//! The ways in which a file and an archive may disagree.

use std::fmt;
use std::ops::Range;

use thiserror::Error;
use zarrio_model::time::{Calendar, TimeError};
use zarrio_model::{DataType, NodePath};

use super::named::NamedRange;

/// The file or the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Party {
    /// The file that is to be written.
    File,
    /// The archive that it is to be written into.
    Archive,
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::File => "file",
            Self::Archive => "archive",
        })
    }
}

/// Labels of a file that an archive does not have.
#[derive(Debug, Clone, PartialEq)]
pub struct Unmatched {
    /// The dimension.
    pub dimension: String,
    /// Whether the labels are places, such as latitudes: numbers of a floating-point type.
    pub places: bool,
    /// The first few, as dates, numbers or texts.
    pub first: Vec<String>,
    /// How many there are.
    pub count: usize,
    /// How many labels the file has.
    pub of: usize,
    /// The labels that the archive has, for people: the range and, where there is one, the
    /// step.
    pub archive: String,
    /// The archive's label nearest to the first; for information only.
    pub nearest: Option<String>,
}

/// One thing in which a file and an archive disagree.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum Disagreement {
    /// Variables that have no place in the archive.
    #[error("the archive has no {}", quoted(names))]
    Unknown { names: Vec<NodePath>, all: bool },
    /// Variables that the file should have.
    #[error("the file has no {}, which the archive has", quoted(names))]
    Missing { names: Vec<NodePath> },
    /// An array of the archive that cannot be written.
    #[error("the archive holds variable {variable:?} as {declared}: {reason}", variable = variable.as_str())]
    Unwritable {
        variable: NodePath,
        declared: String,
        reason: String,
    },
    /// Other dimensions, or the same in another order.
    #[error(
        "variable {variable:?} has dimensions ({}) in the file and ({}) in the archive",
        source_has.join(", "),
        archive_has.join(", "),
        variable = variable.as_str()
    )]
    Dimensions {
        variable: NodePath,
        source_has: Vec<String>,
        archive_has: Vec<String>,
    },
    /// Text in one and numbers in the other.
    #[error(
        "variable {variable:?} is {source_has} in the file and {archive_has} in the archive",
        variable = variable.as_str()
    )]
    Kind {
        variable: NodePath,
        source_has: DataType,
        archive_has: DataType,
    },
    /// Another physical unit.
    #[error(
        "variable {variable:?} has {} in the file and {} in the archive",
        unit(source_has.as_ref()),
        unit(archive_has.as_ref()),
        variable = variable.as_str()
    )]
    Units {
        variable: NodePath,
        source_has: Option<String>,
        archive_has: Option<String>,
    },
    /// An attribute that says where data lie: of a projection, or the direction of an axis.
    #[error(
        "attribute {attribute:?} of {variable:?} is {source_has} in the file and {archive_has} in the archive",
        variable = variable.as_str()
    )]
    Attribute {
        variable: NodePath,
        attribute: String,
        source_has: String,
        archive_has: String,
    },
    /// Another calendar.
    #[error(
        "variable {variable:?} has the calendar {source_has} in the file and {archive_has} in the archive{}",
        if *before_reform { ", and dates before 1582-10-15, where the two differ" } else { "" },
        variable = variable.as_str()
    )]
    Calendar {
        variable: NodePath,
        source_has: Calendar,
        archive_has: Calendar,
        before_reform: bool,
    },
    /// Units of time that cannot be computed with.
    #[error("the times of variable {variable:?} in the {party} cannot be told: {error}", variable = variable.as_str())]
    TimeUnits {
        variable: NodePath,
        party: Party,
        error: TimeError,
    },
    /// Labels that the archive does not have.
    #[error("{0}")]
    Unmatched(Unmatched),
    /// None of the labels is in the archive, and unmatched ones were to be skipped.
    #[error("nothing is left to write: {0}")]
    NothingLeft(Unmatched),
    /// Labels that occur more than once.
    #[error(
        "the {party} has doubled labels along {dimension:?}: {}{}{}",
        pairs(first),
        more(*count, first.len()),
        if *rounded { ", after rounding to float32, the coarser of the two types" } else { "" }
    )]
    Doubled {
        party: Party,
        dimension: String,
        /// Labels with two positions each.
        first: Vec<(String, u64, u64)>,
        count: usize,
        rounded: bool,
    },
    /// Labels of the archive of which nothing is stored.
    #[error(
        "labels of the archive along {dimension:?} are lost: nothing is stored of those at positions {} to {}{}",
        first.start,
        first.end.saturating_sub(1),
        if *others > 0 { " and elsewhere" } else { "" }
    )]
    Lost {
        dimension: String,
        /// The first positions without labels.
        first: Range<u64>,
        /// How many stretches of positions there are besides.
        others: usize,
    },
    /// Floating-point labels that could mean several of the archive's.
    #[error(
        "labels of {dimension:?} are too coarse to be told apart: {label} is known to within {width}, and the archive's step is {step}"
    )]
    Coarse {
        dimension: String,
        label: String,
        width: String,
        step: String,
    },
    /// A tolerance that could match the wrong label.
    #[error(
        "the tolerance {tolerance} is not below half the archive's spacing along {dimension:?}, which is {spacing}"
    )]
    Tolerance {
        dimension: String,
        tolerance: f64,
        spacing: f64,
    },
    /// Other lengths where labels cannot decide.
    #[error(
        "dimension {dimension:?} has length {source_has} in the file and {archive_has} in the archive, and {}",
        match labels {
            Some(party) => format!("only the {party} has labels along it"),
            None => "neither has labels along it".into(),
        }
    )]
    Length {
        dimension: String,
        source_has: u64,
        archive_has: u64,
        labels: Option<Party>,
    },
    /// A region along a dimension that nothing has.
    #[error("{part} names no dimension of what is written; there are {}", known.join(", "))]
    RegionDimension {
        part: NamedRange,
        known: Vec<String>,
    },
    /// A region that does not have the length of the file.
    #[error("{part} is {positions} positions long, and the file has {source_has}")]
    RegionLength {
        part: NamedRange,
        /// The first position.
        start: u64,
        positions: u64,
        source_has: u64,
    },
    /// A region beyond the archive.
    #[error("{part} lies beyond the archive, which has {archive_has} positions")]
    RegionBounds { part: NamedRange, archive_has: u64 },
    /// A region whose labels are not the file's.
    #[error(
        "{part} holds other labels than the file: {label} is not among those of the archive there, {archive}"
    )]
    RegionLabels {
        part: NamedRange,
        /// The first label of the file that is not in the region.
        label: String,
        /// What the archive has in the region.
        archive: String,
    },
    /// A value that the archive holds otherwise.
    #[error(
        "{} {variable:?} differs from what the archive holds{}: {source_has} in the file, {archive_has} in the archive",
        if *coordinate { "coordinate" } else { "variable" },
        place(index),
        variable = variable.as_str()
    )]
    Values {
        variable: NodePath,
        /// Whether it says where others lie.
        coordinate: bool,
        /// Whether the file covers a part of it only.
        partial: bool,
        /// The first difference, as a position in the file.
        index: Vec<u64>,
        source_has: String,
        archive_has: String,
    },
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            dimension,
            places: _,
            first,
            count,
            of,
            archive,
            nearest,
        } = self;
        let labels = if *of == 1 { "label" } else { "labels" };
        let are = if *count == 1 { "is" } else { "are" };
        let shown = first.join(", ");
        let more = more(*count, first.len());
        write!(
            f,
            "{count} of {of} {labels} along {dimension:?} {are} not in the archive: {shown}{more}; the archive has {archive}"
        )?;
        match nearest {
            Some(nearest) => write!(f, " (the one nearest to {} is {nearest})", first[0]),
            None => Ok(()),
        }
    }
}

fn quoted(names: &[NodePath]) -> String {
    let noun = if names.len() == 1 {
        "variable"
    } else {
        "variables"
    };
    let names: Vec<String> = names.iter().map(|n| format!("{:?}", n.as_str())).collect();
    format!("{noun} {}", names.join(", "))
}

fn unit(units: Option<&String>) -> String {
    units.map_or_else(|| "no units".into(), |units| format!("units {units:?}"))
}

fn more(count: usize, shown: usize) -> String {
    match count.saturating_sub(shown) {
        0 => String::new(),
        rest => format!(" and {rest} more"),
    }
}

fn pairs(labels: &[(String, u64, u64)]) -> String {
    let texts = labels
        .iter()
        .map(|(label, a, b)| format!("{label} at positions {a} and {b}"));
    texts.collect::<Vec<_>>().join(", ")
}

fn place(index: &[u64]) -> String {
    match index {
        [] => String::new(),
        index => {
            let index: Vec<String> = index.iter().map(u64::to_string).collect();
            format!(" at [{}]", index.join(", "))
        }
    }
}
