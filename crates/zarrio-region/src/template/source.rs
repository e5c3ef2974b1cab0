//! A file as the template that it becomes: the same dataset over another time axis.

use std::collections::{HashMap, HashSet};

use zarrio_codec::StoredArray;
use zarrio_codec::information::BitInformation;
use zarrio_codec::packing::Extent;
use zarrio_model::time::Calendar;
use zarrio_model::{
    DatasetSchema, NodePath, Region, Source, SourceError, SourceErrorKind, SourceIdentity,
    StoredPart,
};

use super::axis::Axis;
use super::dimension::TimeDimension;
use super::options::TemplateOptions;
use super::spans::FileSpan;

/// The dataset of one or more files over the time axis of their archive.
///
/// It has the labels of that axis and whatever does not extend along time; the rest is there
/// by its schema only, for regions to bring. Made by a
/// [`TemplateBuilder`](crate::TemplateBuilder).
#[derive(Debug)]
pub struct TemplateSource<'s> {
    pub(super) first: &'s dyn Source,
    pub(super) schema: DatasetSchema,
    pub(super) identity: SourceIdentity,
    pub(super) time: TimeDimension,
    pub(super) calendar: Calendar,
    pub(super) axis: Axis,
    /// The labels in the units of the schema.
    pub(super) labels: Vec<i64>,
    pub(super) files: Vec<FileSpan>,
    pub(super) options: TemplateOptions,
    /// How far the data of several files reach, where their range has to be known.
    pub(super) extents: HashMap<NodePath, Extent>,
    /// What the bits of their data tell, where that decides how many are kept.
    pub(super) information: HashMap<NodePath, BitInformation>,
    /// Dates that read as the epoch while they are unwritten.
    pub(super) dates: HashSet<NodePath>,
    /// What the elements along time read as; empty where they are not read.
    pub(super) unwritten: HashMap<NodePath, StoredArray>,
}

impl TemplateSource<'_> {
    /// Whether the data of a variable are written with the template.
    pub(super) fn has_data(&self, variable: &NodePath) -> bool {
        self.options.compute || !self.brings_later(variable)
    }

    /// Whether the data of a variable are brought by regions.
    pub(super) fn brings_later(&self, variable: &NodePath) -> bool {
        self.time.has(variable) && *variable != self.time.coordinate
    }

    /// What an element of a variable along time reads as.
    fn unwritten(&self, variable: &NodePath) -> Result<&StoredArray, SourceError> {
        self.unwritten.get(variable).ok_or_else(|| {
            let message = "the data of a template are written by regions";
            SourceError::new(SourceErrorKind::Request, &self.identity.path, message)
                .variable(variable)
        })
    }
}

impl Source for TemplateSource<'_> {
    fn schema(&self) -> &DatasetSchema {
        &self.schema
    }

    fn identity(&self) -> &SourceIdentity {
        &self.identity
    }

    fn file(&self) -> &SourceIdentity {
        self.first.file()
    }

    fn read(
        &self,
        variable: &NodePath,
        region: &Region,
        out: &mut [u8],
    ) -> Result<(), SourceError> {
        if !self.time.has(variable) {
            return self.first.read(variable, region, out);
        }
        if *variable != self.time.coordinate {
            let fill = self.unwritten(variable)?.fill_bytes();
            for element in out.chunks_exact_mut(fill.len().max(1)) {
                element.copy_from_slice(fill);
            }
            return Ok(());
        }
        let labels = match region.ranges() {
            [range] => self.labels.get(range.start as usize..range.end as usize),
            _ => None,
        };
        match labels.map(bytemuck::cast_slice::<i64, u8>) {
            Some(bytes) if bytes.len() == out.len() => {
                out.copy_from_slice(bytes);
                Ok(())
            }
            _ => {
                let message = format!("the region {region} does not fit the time axis");
                let error =
                    SourceError::new(SourceErrorKind::Request, &self.identity.path, message);
                Err(error.variable(variable))
            }
        }
    }

    fn read_text(&self, variable: &NodePath, region: &Region) -> Result<Vec<String>, SourceError> {
        if !self.time.has(variable) {
            return self.first.read_text(variable, region);
        }
        let fill = self.unwritten(variable)?.fill_text();
        Ok(vec![fill.to_owned(); region.num_elements() as usize])
    }

    fn stored_parts(
        &self,
        variable: &NodePath,
        region: &Region,
    ) -> Result<Option<Vec<StoredPart>>, SourceError> {
        if self.time.has(variable) {
            return Ok(Some(vec![StoredPart {
                region: region.clone(),
                stored: *variable == self.time.coordinate,
            }]));
        }
        self.first.stored_parts(variable, region)
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        self.first.check_unchanged()
    }
}
