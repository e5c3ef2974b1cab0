//! What a ledger says about one region.

use std::path::Path;

use serde::{Deserialize, Serialize};
use zarrio_model::SourceIdentity;
use zarrio_store::{FilesystemStore, FsyncMode, Store};

use super::{Extent, Moment};
use crate::content::{Number, RowSum, hash};
use crate::zarr_source::identity;

/// The version of the form of records; a reader refuses a later one.
pub(crate) const FORM: u32 = 1;

/// How the selection of work begins whose positions were given by hand.
pub(crate) const BY_HAND: &str = "region-";

/// Of what a record tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordKind {
    /// A file was written into its place.
    Region,
    /// A dataset was made whole, by a conversion or as a template with what does not grow.
    Dataset,
    /// Somebody declared that there are no data.
    Gap,
}

/// The file that a region was written from, as it was then.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SourceRecord {
    /// The name of the file, without its directory.
    pub name: String,
    /// Where it was: an absolute path, or a URL.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last written to: seconds since 1970 with nine decimals; none where the
    /// file system does not tell.
    pub modified: Option<String>,
    /// What told its states apart where it was on an object store; its time does not count then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// One variable of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VariableRecord {
    /// The path of the variable.
    pub path: String,
    /// Which of the record's extents it fills.
    pub extent: usize,
    /// The number of elements.
    pub values: u64,
    /// Those of them that are missing.
    pub missing: u64,
    /// The smallest and the largest stored value that is not missing.
    pub min: Option<Number>,
    /// See `min`.
    pub max: Option<Number>,
    /// The sum over the rows, from which digests are made; none where rows were cut.
    pub sum: Option<RowSum>,
    /// The dimension along which the archive grows, and the positions along it where all is
    /// missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub axis: Option<String>,
    /// See `axis`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all_missing: Vec<[u64; 2]>,
    /// The objects that were written.
    pub chunks: u64,
    /// Uncompressed bytes.
    pub raw_bytes: u64,
    /// Bytes of the objects; those of shared objects count for each of their writers.
    pub stored_bytes: u64,
}

/// What a ledger says about one region of an archive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The version of this form.
    pub form: u32,
    /// Follows from source, selection and region: the same work has the same name.
    pub id: String,
    /// What was done.
    pub kind: RecordKind,
    /// When it was finished, in nanoseconds since 1970; later than every record and every intent
    /// that it overlaps and knew of. Where records overlap, the one with the greatest number tells
    /// what the archive holds.
    pub order: u64,
    /// When it began.
    pub began: Moment,
    /// When it was finished.
    pub finished: Moment,
    /// Where the data came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceRecord>,
    /// Which part of the source was chosen, and how it was matched: equal for equal options.
    pub selection: String,
    /// Why there are no data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether the data were on the disk before the record was.
    pub durable: bool,
    /// How what was written was checked.
    pub check: String,
    /// The version of zarrio.
    pub version: String,
    /// Who wrote: machine and process.
    pub writer: String,
    /// How many records the same work left: one in each group that has arrays.
    pub parts: u32,
    /// The announcement that it ends, where that was an entry in the register.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announced: Option<String>,
    /// The regions that variables fill.
    pub extents: Vec<Extent>,
    /// What they hold.
    pub variables: Vec<VariableRecord>,
}

/// Whether a path is a URL.
fn is_url(path: &Path) -> bool {
    path.to_str().is_some_and(|text| text.contains("://"))
}

impl SourceRecord {
    /// The record of a source as it was when it was opened.
    #[must_use]
    pub fn new(identity: &SourceIdentity) -> Self {
        let modified = identity
            .modified
            .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let path = match is_url(&identity.path) {
            true => identity.path.clone(),
            false => std::path::absolute(&identity.path).unwrap_or_else(|_| identity.path.clone()),
        };
        let name = identity.path.file_name().unwrap_or_default();
        Self {
            name: name.to_string_lossy().into_owned(),
            path: path.to_string_lossy().into_owned(),
            size: identity.size,
            modified: modified.map(|t| format!("{}.{:09}", t.as_secs(), t.subsec_nanos())),
            version: identity.version.clone(),
        }
    }

    /// The record of a file of which only the path is known.
    pub(crate) fn named(path: &Path) -> Self {
        Self::new(&SourceIdentity {
            path: path.to_owned(),
            size: 0,
            modified: None,
            version: None,
        })
    }

    /// What tells its states apart.
    #[must_use]
    pub(crate) fn state(&self) -> Option<&str> {
        self.version.as_deref().or(self.modified.as_deref())
    }

    /// The record of a file as it is now; none where it cannot be looked at.
    #[must_use]
    pub fn of_file(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        if metadata.is_dir() {
            let store = FilesystemStore::open(path, FsyncMode::Never).ok()?;
            return Self::of_archive(&store, path);
        }
        Some(Self::new(&SourceIdentity {
            path: path.to_owned(),
            size: metadata.len(),
            modified: metadata.modified().ok(),
            version: None,
        }))
    }

    /// The record of an archive that is the root of its store, as it is now; none where it
    /// cannot be looked at.
    #[must_use]
    pub fn of_archive(store: &dyn Store, path: &Path) -> Option<Self> {
        Some(Self::new(&identity(store, path).ok()?))
    }

    /// Whether both are one file, by name, size and time or version, wherever it lies.
    #[must_use]
    pub fn is_same_file(&self, other: &Self) -> bool {
        (&self.name, self.size, self.state()) == (&other.name, other.size, other.state())
    }
}

impl Record {
    /// The name of work on these extents from a source.
    #[must_use]
    pub(crate) fn id_of(
        source: Option<&SourceRecord>,
        selection: &str,
        variables: &[(String, Extent)],
    ) -> String {
        let source = source.map(|s| (&s.name, s.size, s.state()));
        let text = serde_json::json!([source, selection, variables]).to_string();
        format!("{:032x}", hash(text.as_bytes()))
    }

    /// The extent that a variable fills; none where the record is not about it.
    #[must_use]
    pub fn extent_of(&self, variable: &str) -> Option<&Extent> {
        let found = self.variables.iter().find(|v| v.path == variable)?;
        self.extents.get(found.extent)
    }

    /// Whether both are about an element of the same variable.
    #[must_use]
    pub(crate) fn meets(&self, variables: &[(String, Extent)]) -> bool {
        variables
            .iter()
            .any(|(path, extent)| self.extent_of(path).is_some_and(|own| own.meets(extent)))
    }

    /// Whether the record is about every element of these.
    #[must_use]
    pub(crate) fn holds(&self, variables: &[(String, Extent)]) -> bool {
        variables
            .iter()
            .all(|(path, extent)| self.extent_of(path).is_some_and(|own| own.holds(extent)))
    }

    /// The dimension along which most of it grows, for those who look for neighbours.
    #[must_use]
    pub(crate) fn axis(&self) -> Option<&str> {
        self.variables.iter().find_map(|v| v.axis.as_deref())
    }

    /// The variables with their extents.
    pub(crate) fn variable_parts(&self) -> impl Iterator<Item = (&VariableRecord, &Extent)> {
        self.variables
            .iter()
            .filter_map(|v| Some((v, self.extents.get(v.extent)?)))
    }

    /// Whether the record is one of this source. Where positions were given by hand, the same
    /// file at other positions is other work.
    #[must_use]
    pub(crate) fn is_work_of(&self, source: Option<&SourceRecord>, selection: &str) -> bool {
        self.has_source(source) && is_same_choice(&self.selection, selection)
    }

    /// Whether both have the same source, or both have none.
    #[must_use]
    pub(crate) fn has_source(&self, source: Option<&SourceRecord>) -> bool {
        match (&self.source, source) {
            (Some(a), Some(b)) => a.is_same_file(b),
            (None, None) => true,
            _ => false,
        }
    }
}

/// Whether two choices of the same file go to the same place. Where positions were given by hand,
/// others are another place.
pub(super) fn is_same_choice(one: &str, other: &str) -> bool {
    let by_hand = |selection: &str| selection.starts_with(BY_HAND);
    one == other || !(by_hand(one) || by_hand(other))
}
