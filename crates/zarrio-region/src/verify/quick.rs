//! Looks at names, sizes and heads of chunks, and whether the records agree with themselves.

use std::collections::HashMap;

use rayon::prelude::*;
use zarrio_codec::StoredArray;
use zarrio_model::Source as _;
use zarrio_store::ByteRange;

use super::read::Reader;
use super::report::{Finding, VerifiedVariable};
use super::{Verifier, named};
use crate::RegionError;
use crate::block::cells;
use crate::error::with_causes;
use crate::ledger::{Record, VariableRecord};
use crate::recording::name_of;
use crate::zarr_source::is_chunk;

/// So many chunks are named in one finding.
const NAMED: usize = 5;
/// An object that is written again and again is looked at so often, and not judged then.
const LOOKS: usize = 4;

impl Verifier<'_> {
    /// Looks at everything without decoding any chunk.
    pub(super) fn quick(&mut self) -> Result<(), RegionError> {
        let ours = self.is_ours()?;
        let archive = self.archive;
        let (mut findings, mut variables) = (Vec::new(), Vec::new());
        for variable in archive.schema().variables() {
            self.converter.cancel.check()?;
            let reader = match Reader::new(archive, &variable.path) {
                Ok(Some(reader)) => reader,
                Ok(None) => continue,
                Err(error) => {
                    findings.push(super::structure(variable, &error));
                    continue;
                }
            };
            variables.push(self.quick_one(&reader, ours, &mut findings)?);
        }
        for record in &self.history.records {
            for part in &record.variables {
                if let Some(reason) = contradiction(record, part) {
                    findings.push(Finding::RecordUnfitting {
                        file: name_of(record),
                        variable: part.path.clone(),
                        reason,
                    });
                }
            }
        }
        self.report.findings.extend(findings);
        self.report.variables = variables;
        Ok(())
    }

    fn quick_one(
        &self,
        reader: &Reader<'_>,
        ours: bool,
        findings: &mut Vec<Finding>,
    ) -> Result<VerifiedVariable, RegionError> {
        let variable = reader.schema.path.to_string();
        let failed = || RegionError::store(format!("cannot list the chunks of {variable:?}"));
        let objects = archive_objects(reader).map_err(failed())?;
        let holdings = self.history.of(reader.schema);
        let shape = reader.array.shape().iter().zip(reader.array.chunk_shape());
        let grid = shape
            .map(|(length, chunk)| length.div_ceil(*chunk))
            .collect();
        let (mut present, mut outside) = (Vec::new(), Vec::new());
        for chunk in cells(grid) {
            let name = reader.array.chunk_key(&chunk);
            let region = reader.chunk_region(&chunk);
            match objects.get(&name) {
                None if holdings.is_recorded(&region) => findings.push(Finding::ChunkAbsent {
                    variable: variable.clone(),
                    chunk: name,
                }),
                None => {}
                Some(size) => {
                    if ours && !holdings.meets(&region) {
                        outside.push((name.clone(), region));
                    }
                    present.push((name, *size));
                }
            }
        }
        let heads = || -> Result<Vec<_>, RegionError> {
            let torn = present.par_iter().map(|(name, size)| {
                self.converter.cancel.check()?;
                Ok(head(reader, name, *size)?.map(|reason| (name.clone(), reason)))
            });
            torn.filter_map(Result::transpose).collect()
        };
        for (chunk, reason) in self.pool.install(heads)? {
            findings.push(Finding::ChunkTorn {
                variable: variable.clone(),
                chunk,
                reason,
            });
        }
        if let Some((_, first)) = outside.first() {
            findings.push(Finding::Outside {
                variable: variable.clone(),
                elements: outside.iter().map(|(_, r)| r.num_elements()).sum(),
                region: named(reader.schema, first),
                chunks: outside.iter().take(NAMED).map(|(n, _)| n.clone()).collect(),
                count: outside.len() as u64,
            });
        }
        findings.extend(self.history.unfinished(reader.schema, &holdings));
        Ok(VerifiedVariable {
            path: variable,
            data_type: reader.schema.data_type.to_string(),
            shape: reader.schema.shape.clone(),
            chunks: present.len() as u64,
            ..VerifiedVariable::default()
        })
    }
}

/// The chunks of an array and their sizes, by name.
fn archive_objects(reader: &Reader<'_>) -> Result<HashMap<String, u64>, zarrio_store::StoreError> {
    let objects = reader.archive.store().list(&reader.place)?;
    let place = reader.place.as_str();
    let chunks = objects.into_iter().filter_map(|object| {
        let name = object.key.as_str().strip_prefix(place)?;
        let name = name.trim_start_matches('/');
        is_chunk(name).then(|| (name.to_owned(), object.size))
    });
    Ok(chunks.collect())
}

/// Why an object can be no chunk. One that has another size than it had is another one by now, and
/// is looked at again.
fn head(reader: &Reader<'_>, name: &str, mut size: u64) -> Result<Option<String>, RegionError> {
    let failed = || RegionError::store(format!("cannot read chunk {name}"));
    let key = reader.place.key(name).map_err(failed())?;
    let store = reader.archive.store();
    for _ in 0..LOOKS {
        let range = ByteRange::Bounded {
            offset: 0,
            length: size.min(StoredArray::HEAD),
        };
        let fault = match store.get_range(&key, range) {
            Ok(head) => reader
                .array
                .check_head(size, &head.unwrap_or_default())
                .err(),
            Err(error) if error.is_transient() => return Err(failed()(error)),
            Err(error) => Some(format!("it cannot be read: {}", with_causes(&error))),
        };
        let Some(fault) = fault else { return Ok(None) };
        match store.size(&key) {
            Ok(Some(now)) if now != size => size = now,
            // Deleted since it was listed.
            Ok(None) => return Ok(None),
            _ => return Ok(Some(fault)),
        }
    }
    Ok(None)
}

/// What in a record cannot be.
fn contradiction(record: &Record, part: &VariableRecord) -> Option<String> {
    let elements = record.extents.get(part.extent)?.num_elements();
    if part.values > elements {
        return Some(format!(
            "it tells of {} values in a region of {elements}",
            part.values
        ));
    }
    if part.missing > part.values {
        return Some("more values are missing than there are".into());
    }
    let swapped = part
        .min
        .zip(part.max)
        .is_some_and(|(min, max)| max.is_below(min));
    swapped.then(|| "its smallest value is larger than its largest one".into())
}
