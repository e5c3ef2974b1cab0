//! Finds from coordinates where a file's data go in an archive.
//!
//! Labels decide, never positions: along every dimension that has a coordinate variable on
//! both sides, each label of the file must be exactly a label of the archive. Everything
//! that can be found wrong is found before a byte is written, and reported together.

mod attributes;
mod axis;
mod cells;
mod compare;
mod disagreement;
mod error;
mod extent;
mod find;
mod geometry;
mod held;
mod integers;
mod judge;
mod labels;
mod locate;
mod lost;
mod named;
mod pairs;
mod parts;
mod plan;
mod remedy;
mod roles;
mod side;
mod tell;
mod values;

use serde::{Deserialize, Serialize};
use zarrio_model::config::MemoryLimit;
use zarrio_model::{NodePath, Region, Source};

pub use attributes::{EncodingMatch, TimeCodings};
pub use disagreement::{Disagreement, Party, Unmatched};
pub use error::MatchError;
pub(crate) use labels::Labels;
pub(crate) use locate::Locator;
pub(crate) use lost::{absent, absent_labels, lost};
pub use named::{NamedRange, NamedRegion, ParseRegionError};
pub(crate) use roles::{Meaning, Roles};
pub(crate) use side::Side;
pub(crate) use tell::labels_at;

use crate::RegionError;
use crate::content::hash;
use crate::describe::TimeRange;
use crate::ledger::BY_HAND;
use crate::placement::Placement;
use crate::zarr_source::ZarrSource;

/// What is done about labels of a file that the archive does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnUnmatched {
    /// The file is refused.
    #[default]
    Error,
    /// The others are placed, and a note counts those that were skipped.
    Skip,
}

/// What is done about labels that a file has more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDuplicate {
    /// The file is refused.
    #[default]
    Error,
    /// The first of each is placed.
    First,
}

/// How a file is matched with an archive.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchOptions {
    /// The only variables to place, with what they need to be understood; all when absent.
    pub include: Option<Vec<String>>,
    /// Variables that are left out, on both sides.
    pub exclude: Vec<String>,
    /// Whether variables of types that cannot be carried are left out with a note.
    pub skip_unsupported: bool,
    /// The dimension along which the archive grows; found by its coordinate where absent.
    pub time_dimension: Option<String>,
    /// What is done about labels that the archive does not have.
    pub on_unmatched: OnUnmatched,
    /// What is done about labels that occur more than once.
    pub on_duplicate: OnDuplicate,
    /// How far apart numbers may be that are one label. Times are always exact.
    pub coord_tolerance: f64,
    /// Positions by hand, for dimensions without labels or to hold the labels against.
    #[serde(skip)]
    pub region: Option<NamedRegion>,
    /// The memory that the labels of an axis may take.
    #[serde(skip)]
    pub memory: MemoryLimit,
    /// Whether an axis that has the archive's own labels, all of them and in their order, lies
    /// where it is although some are doubled, NaN or no times and tell no place. For what is
    /// compared: what is written goes where labels alone decide.
    #[serde(skip)]
    pub same_axes: bool,
}

impl MatchOptions {
    /// Equal for equal options, and short: part of the name of work in an archive's records.
    /// Only what differs from the defaults counts, so that options can come with new versions.
    pub(crate) fn fingerprint(&self, group: &str) -> String {
        let mut text = format!("group={group}");
        let mut add = |name: &str, value: String, default: bool| {
            if !default {
                text.push_str(&format!("\n{name}={value}"));
            }
        };
        let include = self.include.as_ref();
        add("include", format!("{include:?}"), include.is_none());
        add(
            "exclude",
            format!("{:?}", self.exclude),
            self.exclude.is_empty(),
        );
        let skip = self.skip_unsupported;
        add("skip_unsupported", skip.to_string(), !skip);
        let time = self.time_dimension.as_deref().unwrap_or("time");
        add("time", time.to_owned(), time == "time");
        let skip = self.on_unmatched == OnUnmatched::Skip;
        add("on_unmatched", "skip".to_owned(), !skip);
        let first = self.on_duplicate == OnDuplicate::First;
        add("on_duplicate", "first".to_owned(), !first);
        let tolerance = self.coord_tolerance;
        add("tolerance", tolerance.to_string(), tolerance == 0.0);
        let region = self.region.as_ref();
        add("region", format!("{region:?}"), region.is_none());
        let by_hand = if region.is_some() { BY_HAND } else { "" };
        format!("{by_hand}{:016x}", hash(text.as_bytes()) as u64)
    }
}

impl ZarrSource {
    /// The name that a choice of options has in this archive's records.
    #[must_use]
    pub fn selection(&self, options: &MatchOptions) -> String {
        options.fingerprint(self.root().as_str())
    }
}

/// Where the data of a file go.
#[derive(Debug, Clone, PartialEq)]
pub struct Matched {
    /// What is to be written, in the order of the file.
    pub variables: Vec<MatchedVariable>,
    /// Variables that the archive holds already, found equal: coordinates and whatever does
    /// not grow.
    pub compared: Vec<NodePath>,
    /// Labels that were skipped, by dimension.
    pub skipped: Vec<SkippedLabels>,
    /// What a person should know, one sentence each.
    pub notes: Vec<String>,
}

/// A variable that is to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchedVariable {
    /// Its path, the same in file and archive.
    pub path: NodePath,
    /// Where its elements go.
    pub placement: Placement,
    /// Whether its values can be carried as they are stored.
    pub encoding: EncodingMatch,
    /// How times are coded on both sides, where its values are times.
    pub times: Option<TimeCodings>,
    /// Where it does not grow: the parts of the archive's variable that are yet to be
    /// written. The archive holds the others, as the file has them.
    pub lacking: Option<Vec<Region>>,
    /// The archive's labels at both ends of where it goes along each dimension, where they are
    /// times and decided.
    pub dates: Vec<Option<TimeRange>>,
}

/// Labels of a file that are not in the archive and were skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedLabels {
    /// The dimension.
    pub dimension: String,
    /// The first few.
    pub first: Vec<String>,
    /// How many there are.
    pub count: usize,
    /// How many labels the file has.
    pub of: usize,
}

/// Finds where the data of a file go in an archive, given as the group to write into.
///
/// Reads coordinates and what does not grow, each once and never more than a few rows at a
/// time of what is no coordinate; nothing that grows is read.
///
/// - Times are compared as instants, whatever unit, epoch and type code them: integers
///   exactly, a floating-point label as the one archive label within one unit in its last
///   place. Calendars must be the same; `standard` and `proleptic_gregorian` are where all
///   the file's labels lie after their dates have become one, from 1582-10-15 on.
/// - Numbers are compared after rounding to the coarser of the two types; NaN is no label.
/// - Without coordinates on both sides lengths must be equal, or positions given by hand.
/// - What does not grow is compared, and placed where the archive has nothing of it yet:
///   where a part [is not stored](Source::stored_parts), or all of it is missing. Where the
///   file covers a tile only, other tiles may have brought a part in which this one's
///   elements are still missing, or read as unwritten ones do.
///
/// # Errors
/// [`RegionError::Match`] with everything that disagrees; also when a variable that is named
/// does not exist, or one of the sides cannot be read.
///
/// ```no_run
/// # fn f(file: &dyn zarrio_model::Source, archive: &dyn zarrio_model::Source)
/// # -> Result<(), zarrio_region::RegionError> {
/// use zarrio_region::{MatchOptions, match_source};
///
/// let options = MatchOptions {
///     region: "lat=0:50".parse().ok(),
///     ..MatchOptions::default()
/// };
/// for variable in match_source(file, archive, &options)?.variables {
///     let bounds = variable.placement.bounds();
///     // Write the variable there.
/// }
/// # Ok(())
/// # }
/// ```
pub fn match_source(
    source: &dyn Source,
    archive: &dyn Source,
    options: &MatchOptions,
) -> Result<Matched, RegionError> {
    plan::match_all(source, archive, options)
}
