//! How files that should be parts of one archive drift apart, before anything is written.

use serde::Serialize;
use zarrio_model::time::LabelInterval;
use zarrio_model::{NativeLayout, NodePath, Source};

use super::builder::TemplateBuilder;
use super::differences::{Differences, What};
use super::lost::LostLabels;
use crate::RegionError;
use crate::analysis::{FileTime, TimeAnalysis};

/// Something in which files differ from the first one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drift {
    /// What differs: `attribute "units" of variable "t2m"`.
    pub what: String,
    /// What the first file says.
    pub first: String,
    /// What the others say.
    pub others: String,
    /// Their names.
    pub files: Vec<String>,
}

/// What a look at many files found.
#[derive(Debug, Clone, Serialize)]
pub struct DriftReport {
    /// The name of the file that the others are held against.
    pub first: String,
    /// How many files could be read.
    pub files: usize,
    /// What keeps the files from being parts of one archive.
    pub differences: Vec<Drift>,
    /// Chunks and compression that differ, which matters for the time of reading alone.
    pub layouts: Vec<Drift>,
    /// Attributes that may differ and do.
    pub descriptions: Vec<String>,
    /// Files whose labels are not in the order of time.
    pub unsorted: Vec<String>,
    /// Labels of which nothing is stored; the times among them are not part of `time`.
    pub lost: Vec<LostLabels>,
    /// The time that the files cover together, with gaps and doubled labels.
    pub time: TimeAnalysis,
}

impl DriftReport {
    /// Whether the files can be parts of one archive, each label of which one file has.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.differences.is_empty() && self.lost.is_empty() && self.time.num_overlaps == 0
    }
}

/// Looks at files one after the other.
#[derive(Debug)]
pub struct DriftInspector<'s> {
    builder: TemplateBuilder<'s>,
    first: &'s dyn Source,
    layouts: Differences,
    files: Vec<(String, u64)>,
}

impl<'s> DriftInspector<'s> {
    /// Begins with the file that others are held against.
    #[must_use]
    pub fn new(builder: TemplateBuilder<'s>, first: &'s dyn Source) -> Self {
        Self {
            builder,
            first,
            layouts: Differences::default(),
            files: vec![(path(first), first.identity().size)],
        }
    }

    /// Looks at another file, which may be closed then.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn add(&mut self, source: &dyn Source) -> Result<(), RegionError> {
        self.builder.add(source)?;
        self.files.push((path(source), source.identity().size));
        let names = (name(self.first), name(source));
        for ours in self.first.schema().variables() {
            let Some(theirs) = source.schema().variable(&ours.path) else {
                continue;
            };
            compare(
                &names,
                &ours.path,
                &ours.layout,
                &theirs.layout,
                &mut self.layouts,
            );
        }
        Ok(())
    }

    /// What was found.
    ///
    /// # Errors
    /// When the labels of the files make no axis.
    pub fn finish(self) -> Result<DriftReport, RegionError> {
        let (time, calendar, labels) = self.builder.labels();
        let mut times: Vec<FileTime> = Vec::new();
        let mut all: Vec<(usize, LabelInterval)> = Vec::new();
        let mut unsorted = Vec::new();
        for (number, (path, labels)) in labels.iter().enumerate() {
            let size = self.files.iter().find(|(known, _)| known == path);
            let mut file = FileTime::of(path.clone(), size.map_or(0, |(_, size)| *size));
            file.cover(labels, calendar);
            times.push(file);
            if !labels.is_sorted_by_key(|label| label.low) {
                unsorted.push(path.clone());
            }
            all.extend(labels.iter().map(|label| (number, *label)));
        }
        Ok(DriftReport {
            first: name(self.first),
            files: self.files.len(),
            differences: self.builder.differences().list(),
            layouts: self.layouts.list(),
            descriptions: self.builder.descriptions(),
            unsorted,
            lost: self.builder.lost().to_vec(),
            time: TimeAnalysis::new(time, calendar, times, &all)?,
        })
    }
}

/// Takes down where the data of a variable lie otherwise.
fn compare(
    (first, file): &(String, String),
    variable: &NodePath,
    ours: &NativeLayout,
    theirs: &NativeLayout,
    differences: &mut Differences,
) {
    let chunks = |layout: &NativeLayout| match &layout.chunks {
        Some(chunks) => format!("{chunks:?}"),
        None => "contiguous".to_owned(),
    };
    let codecs = |layout: &NativeLayout| match layout.codecs.as_slice() {
        [] => "none".to_owned(),
        codecs => codecs.join(" + "),
    };
    let each = [
        ("the chunks", chunks(ours), chunks(theirs)),
        ("the compression", codecs(ours), codecs(theirs)),
    ];
    for (what, ours, theirs) in each {
        if ours != theirs {
            let what = What::Property(what, variable.as_str());
            differences.add(first, file, &what, ours, theirs);
        }
    }
}

fn path(source: &dyn Source) -> String {
    source.identity().path.display().to_string()
}

fn name(source: &dyn Source) -> String {
    let path = &source.identity().path;
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}
