//! The dimension along which an archive grows.

use std::ops::Range;

use zarrio_model::time::{Instant, TimeCoding};
use zarrio_model::{DataType, NodePath, Region, Source as _, VariableSchema};

use super::labels::continued;
use crate::RegionError;
use crate::limits::Limits;
use crate::matching::{Disagreement, absent};
use crate::template::{TimeDimension, coding, infer, read_labels, settle, shown};
use crate::zarr_source::ZarrSource;

/// A label in memory: its interval, its instant, its bytes.
const BYTES_PER_LABEL: u64 = 128;
/// So many labels may be in any case.
const LEAST_LABELS: u64 = 1 << 20;

/// The dimension along which an archive grows.
#[derive(Debug, Clone)]
pub(crate) struct RecordAxis {
    /// Its name.
    pub(crate) name: String,
    /// The variable that has its labels.
    pub(crate) coordinate: NodePath,
    /// How that codes them.
    pub(crate) coding: TimeCoding,
    /// The type of the labels.
    pub(crate) data_type: DataType,
    /// All arrays that have the dimension, and which of theirs it is.
    pub(crate) members: Vec<(NodePath, usize)>,
    /// Its length.
    pub(crate) length: u64,
}

impl RecordAxis {
    /// The axis of a name.
    ///
    /// # Errors
    /// When there is none whose labels are times, or it is none that can grow.
    pub(crate) fn find(archive: &ZarrSource, wanted: &str) -> Result<Self, RegionError> {
        let schema = archive.schema();
        let all: Vec<&VariableSchema> = schema.variables().collect();
        let time = TimeDimension::find(schema, &all, wanted)?;
        let length = |variable: &VariableSchema, axis: usize| variable.shape.get(axis).copied();
        let labels = schema.variable(&time.coordinate);
        let labels = labels.ok_or_else(|| no_coordinate(&time))?;
        let axis = Self {
            coding: coding(archive, &time.coordinate)?,
            data_type: labels.data_type,
            length: length(labels, 0).unwrap_or(0),
            members: Vec::new(),
            name: time.name,
            coordinate: time.coordinate,
        };
        let mut members = Vec::new();
        for variable in all {
            let mut own =
                (0..variable.dimensions.len()).filter(|i| variable.dimensions[*i] == axis.name);
            let Some(first) = own.next() else {
                continue;
            };
            if own.next().is_some() {
                return Err(axis.cannot(&format!(
                    "variable {:?} has it twice",
                    variable.path.as_str()
                )));
            }
            members.push((variable.path.clone(), first));
        }
        // What cannot be read cannot be cleared either, and what it is along is not known.
        for other in archive
            .arrays()
            .filter(|path| schema.variable(path).is_none())
        {
            let shape = archive.document(other).and_then(|d| d["shape"].as_array());
            let has = |shape: &Vec<_>| shape.contains(&axis.length.into());
            if shape.is_some_and(has) {
                return Err(axis.cannot(&format!(
                    "array {:?} may have it, and its type cannot be carried",
                    other.as_str()
                )));
            }
        }
        Ok(Self { members, ..axis })
    }

    /// Fails where the arrays do not all have the same length, or one cannot be cleared behind its
    /// end.
    pub(crate) fn check(&self, archive: &ZarrSource) -> Result<(), RegionError> {
        for (path, axis) in &self.members {
            let variable = archive.schema().variable(path);
            let length = variable.and_then(|variable| variable.shape.get(*axis));
            let length = length.copied().unwrap_or(0);
            if length != self.length {
                return Err(self.cannot(&format!(
                    "it has length {} in {:?} and {length} in {:?}",
                    self.length,
                    self.coordinate.as_str(),
                    path.as_str()
                )));
            }
            let array = archive.stored_array(path)?;
            let chunk = array.chunk_shape().get(*axis);
            let cut = chunk.is_some_and(|chunk| !length.is_multiple_of(*chunk));
            if let Some(filter) = array.lossy_filter().filter(|_| cut) {
                return Err(self.cannot(&format!(
                    "the filter {filter} of {:?} changes values, and its last chunk would be written anew",
                    path.as_str()
                )));
            }
        }
        Ok(())
    }

    pub(super) fn cannot(&self, reason: &str) -> RegionError {
        RegionError::Unsupported {
            message: format!(
                "the archive cannot grow along {:?}: {reason}",
                self.name
            ),
            hint: "make a new archive from its files, or with 'zarrio create-template' one that is long enough".into(),
        }
    }

    /// The times of an archive along the axis, in its order.
    ///
    /// # Errors
    /// When they do not ascend, or cannot be read.
    pub(crate) fn instants(
        &self,
        archive: &ZarrSource,
        limits: Limits,
    ) -> Result<Vec<Instant>, RegionError> {
        let labels = read_labels(archive, &self.coordinate, Self::limit(limits))?;
        let calendar = self.coding.calendar();
        if let Some(i) = labels
            .windows(2)
            .position(|pair| pair[0].low >= pair[1].low)
        {
            self.check_stored(archive, labels.len() as u64)?;
            return Err(self.cannot(&format!(
                "its times do not ascend: {} stands before {}",
                shown(calendar, labels[i].plainest()),
                shown(calendar, labels[i + 1].plainest())
            )));
        }
        settle(&labels, calendar)
    }

    /// Fails where nothing is stored of some labels, of which all are then read as the same.
    fn check_stored(&self, archive: &ZarrSource, count: u64) -> Result<(), RegionError> {
        let Some(coordinate) = archive.schema().variable(&self.coordinate) else {
            return Ok(());
        };
        let gone = absent(archive, coordinate, 0..count)?;
        let Some(first) = gone.first().cloned() else {
            return Ok(());
        };
        let lost = Disagreement::Lost {
            dimension: self.name.clone(),
            first,
            others: gone.len() - 1,
        };
        Err(RegionError::Labels {
            hint: lost.hint().unwrap_or_default(),
            message: lost.to_string(),
        })
    }

    /// Fails where some labels that documents do not agree about are not all stored.
    ///
    /// # Errors
    /// When one is not there, cannot be read, or does not come after the one before it.
    pub(super) fn check_labels(
        &self,
        archive: &ZarrSource,
        doubtful: &Range<u64>,
        limits: Limits,
    ) -> Result<(), RegionError> {
        let absent = || {
            let Range { start, end } = doubtful;
            self.cannot(&format!(
                "another program has begun to change its length from {start} to {end}, and has not written all the labels; let that program finish"
            ))
        };
        let length = doubtful.end;
        let longer = archive.grown(&self.members, length, None);
        let parts = longer.stored_parts(&self.coordinate, &Region::new(vec![doubtful.clone()]))?;
        if parts.into_iter().flatten().any(|part| !part.stored) {
            return Err(absent());
        }
        let axis = Self {
            length,
            ..self.clone()
        };
        let times = axis.instants(&longer, limits)?;
        // What was never written reads as the fill value, which may come after the last label:
        // it is one where the step leads to it.
        let known = usize::try_from(doubtful.start).unwrap_or(usize::MAX);
        let (known, new) = times.split_at(known.min(times.len()));
        let calendar = self.coding.calendar();
        let limit = Self::limit(limits);
        let continues =
            infer(calendar, known).is_ok() && continued(calendar, known, new, false, limit).is_ok();
        let labels = axis.label_bytes(&longer)?;
        let fill = longer.unwritten_value(&self.coordinate);
        let width = self.data_type.size().unwrap_or(1);
        let mut new = labels.chunks_exact(width).skip(known.len());
        match new.any(|label| Some(label) == fill.as_deref()) && !continues {
            true => Err(absent()),
            false => Ok(()),
        }
    }

    /// How many labels there may be.
    pub(crate) fn limit(limits: Limits) -> u64 {
        (limits.memory / BYTES_PER_LABEL).max(LEAST_LABELS)
    }

    /// The labels as they are stored, in native bytes.
    pub(crate) fn label_bytes(&self, archive: &ZarrSource) -> Result<Vec<u8>, RegionError> {
        let width = self.data_type.size().unwrap_or(0);
        let mut bytes = vec![0; usize::try_from(self.length).unwrap_or(0) * width];
        let all = Region::full(&[self.length]);
        archive.read(&self.coordinate, &all, &mut bytes)?;
        Ok(bytes)
    }
}

fn no_coordinate(time: &TimeDimension) -> RegionError {
    RegionError::Archive {
        message: format!("the labels of {:?} are not there", time.name),
    }
}
