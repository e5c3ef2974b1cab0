//! From which source a dataset was made, so that a command that is run again sees that its
//! work is done.
//!
//! A file is known by its name, size and time of modification: data that were moved to
//! another directory or machine are the same data. But members of an ensemble, unpacked
//! beside each other, may have all three in common, and one must not pass for the other. So
//! the directory is recorded as well, and a file that still lies there is another than ours.
//! Contents are not read, which would take as long as to convert them.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde_json::{Value, json};
use zarrio_model::{NodePath, Source, SourceIdentity};
use zarrio_store::Key;

use crate::RegionError;
use crate::hierarchy::{self, Node};
use crate::json::to_bytes;
use crate::output::Output;
use crate::plan::ConvertPlan;
use crate::zarr_source::ZarrSource;

/// The record within the first array. Our own objects lie in a directory within an array:
/// readers list the members of groups and never look there.
const RECORD: &str = ".zarrio/source.json";
/// The field of the record that says where the source lay.
const DIRECTORY: &str = "directory";

/// What an output is to who would write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Match {
    /// Something else.
    Other,
    /// What would be written.
    Same,
    /// A template with the same documents and times, from another state of a file, or from another
    /// one.
    Touched,
}

/// The record of a dataset's source.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Origin {
    /// Where it lies; a dataset without arrays has none.
    name: Option<String>,
    /// The source's file.
    file: PathBuf,
    record: Value,
}

impl Origin {
    pub(crate) fn new(plan: &ConvertPlan, source: &SourceIdentity) -> Self {
        let paths = plan.variables.iter().map(|v| v.encoding.path());
        let first = first(paths);
        let modified = source
            .modified
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let mut record = json!({
            "name": source.path.file_name().map(|name| name.to_string_lossy()),
            "size": source.size,
            "modified": modified.map(|t| format!("{}.{:09}", t.as_secs(), t.subsec_nanos())),
        });
        if let Some(version) = &source.version {
            record["version"] = version.as_str().into();
        }
        if let Some(directory) = directory(&source.path) {
            record[DIRECTORY] = directory.into();
        }
        if let Some(mark) = &plan.mark {
            record["mark"] = mark.clone();
        }
        Self {
            name: first.map(|path| format!("{path}/{RECORD}")),
            file: source.path.clone(),
            record,
        }
    }

    pub(crate) fn put(&self, output: &Output<'_>) -> Result<(), RegionError> {
        let Some(name) = &self.name else {
            return Ok(());
        };
        output.put(&output.key(name)?, &to_bytes(&self.record))
    }

    /// Whether a record is of this source.
    fn is_of(&self, mut record: Value) -> bool {
        let mut ours = self.record.clone();
        let [then, now] = [&mut record, &mut ours].map(|record| {
            let map = record.as_object_mut()?;
            map.shift_remove(DIRECTORY)
        });
        record == ours && (then == now || !self.has_another(then.as_ref()))
    }

    /// Whether a file of our name still lies in a directory and is another one; also where
    /// that cannot be told.
    fn has_another(&self, directory: Option<&Value>) -> bool {
        let (Some(directory), Some(name)) =
            (directory.and_then(Value::as_str), self.file.file_name())
        else {
            return false;
        };
        match std::fs::metadata(Path::new(directory).join(name)) {
            Ok(other) => std::fs::metadata(&self.file).map_or(true, |ours| {
                (ours.dev(), ours.ino()) != (other.dev(), other.ino())
            }),
            Err(error) => !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory),
        }
    }

    /// Whether the output holds what the plan would write from this source.
    ///
    /// The documents of all nodes are compared, except that `history` names the time of
    /// its run.
    pub(crate) fn matches(
        &self,
        output: &Output<'_>,
        plan: &ConvertPlan,
        groups: &[Node],
    ) -> Result<Match, RegionError> {
        let Some(name) = &self.name else {
            return Ok(Match::Other);
        };
        let Some(record) = output.document(name)? else {
            return Ok(Match::Other);
        };
        let is_template = record
            .get("mark")
            .is_some_and(|mark| self.record.get("mark") == Some(mark));
        let as_file = match self.is_of(record) {
            true => Match::Same,
            false if is_template => Match::Touched,
            false => return Ok(Match::Other),
        };
        let document = hierarchy::consolidated_document(plan.zarr_format);
        let Some(mut found) = output.document(document)? else {
            return Ok(Match::Other);
        };
        // The root document may be there and the one that makes it a group not yet.
        if output
            .document(hierarchy::root_document(plan.zarr_format))?
            .is_none()
        {
            return Ok(Match::Other);
        }
        let expected = groups
            .last()
            .and_then(|root| root.documents.iter().find(|d| d.name == document))
            .map(|document| document.json.clone());
        let Some(mut expected) = expected else {
            return Ok(Match::Other);
        };
        let history = |json: &mut Value| -> Option<Value> {
            let attributes = match json.get_mut("attributes") {
                Some(attributes) => attributes,
                None => json.get_mut("metadata")?.get_mut(".zattrs")?,
            };
            attributes.as_object_mut()?.shift_remove("history")
        };
        let before = history(&mut found);
        history(&mut expected);
        let continued = match (&plan.source_history, before) {
            (Some(source), Some(Value::String(text))) => text.starts_with(source.as_str()),
            (Some(_), _) => false,
            (None, _) => true,
        };
        Ok(match continued && found == expected {
            true => as_file,
            false => Match::Other,
        })
    }
}

/// The array that has the record: the first by its path, whatever order metadata have.
fn first<'p>(arrays: impl Iterator<Item = &'p NodePath>) -> Option<&'p NodePath> {
    arrays.min_by(|a, b| a.as_str().cmp(b.as_str()))
}

/// The directory of a file, whatever way leads there.
fn directory(file: &Path) -> Option<String> {
    let directory = match file.parent()? {
        here if here.as_os_str().is_empty() => Path::new("."),
        directory => directory,
    };
    Some(directory.canonicalize().ok()?.to_str()?.to_owned())
}

/// Notes that an archive no longer holds what its source had, because regions of others are
/// being written into it. A template is not changed by that: it has no data of its own.
pub(crate) fn spoil(archive: &ZarrSource) -> Result<(), RegionError> {
    match read(archive)? {
        Some((key, record)) if record.get("mark").is_none() => archive
            .store()
            .delete(&key)
            .map_err(RegionError::store(LOOKING)),
        _ => Ok(()),
    }
}

/// Whether an archive is a template whose chunks were all written at once, with nothing in
/// them.
pub(crate) fn is_computed(archive: &ZarrSource) -> Result<bool, RegionError> {
    let record = read(archive)?;
    Ok(record.is_some_and(|(_, record)| record["mark"]["computed"] == true))
}

const LOOKING: &str = "cannot look at the archive's record of its source";

fn read(archive: &ZarrSource) -> Result<Option<(Key, Value)>, RegionError> {
    let Some(first) = first(archive.schema().variables().map(|v| &v.path)) else {
        return Ok(None);
    };
    let failed = || RegionError::store(LOOKING);
    let key = archive.place(first)?.key(RECORD).map_err(failed())?;
    let bytes = archive.store().get(&key).map_err(failed())?;
    Ok(bytes.map(|bytes| (key, serde_json::from_slice(&bytes).unwrap_or_default())))
}
