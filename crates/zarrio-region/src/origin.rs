//! From which source a dataset was made, so that a command that is run again sees that its
//! work is done.

use std::time::UNIX_EPOCH;

use serde_json::{Value, json};
use zarrio_model::{NodePath, Source, SourceIdentity};

use crate::RegionError;
use crate::hierarchy::{self, Node};
use crate::output::Output;
use crate::plan::ConvertPlan;
use crate::zarr_source::ZarrSource;

/// The record within the first array. Our own objects lie in a directory within an array:
/// readers list the members of groups and never look there.
const RECORD: &str = ".zarrio/source.json";

/// The record of a dataset's source.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Origin {
    /// Where it lies; a dataset without arrays has none.
    name: Option<String>,
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
        if let Some(mark) = &plan.mark {
            record["mark"] = mark.clone();
        }
        Self {
            name: first.map(|path| format!("{path}/{RECORD}")),
            record,
        }
    }

    pub(crate) fn put(&self, output: &Output<'_>) -> Result<(), RegionError> {
        let Some(name) = &self.name else {
            return Ok(());
        };
        output.put(&output.key(name)?, &hierarchy::to_bytes(&self.record))
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
    ) -> Result<bool, RegionError> {
        let Some(name) = &self.name else {
            return Ok(false);
        };
        if output.document(name)?.as_ref() != Some(&self.record) {
            return Ok(false);
        }
        let document = hierarchy::consolidated_document(plan.zarr_format);
        let Some(mut found) = output.document(document)? else {
            return Ok(false);
        };
        // The root document may be there and the one that makes it a group not yet.
        if output
            .document(hierarchy::root_document(plan.zarr_format))?
            .is_none()
        {
            return Ok(false);
        }
        let expected = groups
            .last()
            .and_then(|root| root.documents.iter().find(|d| d.name == document))
            .map(|document| document.json.clone());
        let Some(mut expected) = expected else {
            return Ok(false);
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
        Ok(continued && found == expected)
    }
}

/// The array that has the record: the first by its path, whatever order metadata have.
fn first<'p>(arrays: impl Iterator<Item = &'p NodePath>) -> Option<&'p NodePath> {
    arrays.min_by(|a, b| a.as_str().cmp(b.as_str()))
}

/// Notes that an archive no longer holds what its source had, because regions of others are
/// being written into it. A template is not changed by that: it has no data of its own.
pub(crate) fn spoil(archive: &ZarrSource) -> Result<(), RegionError> {
    let Some(first) = first(archive.schema().variables().map(|v| &v.path)) else {
        return Ok(());
    };
    let failed = || RegionError::store("cannot look at the archive's record of its source");
    let key = archive.place(first)?.key(RECORD).map_err(failed())?;
    let Some(bytes) = archive.store().get(&key).map_err(failed())? else {
        return Ok(());
    };
    let record: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if record.get("mark").is_none() {
        archive.store().delete(&key).map_err(failed())?;
    }
    Ok(())
}
