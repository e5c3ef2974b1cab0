//! What a dataset is like and what would become of it: for `analyze`.
//!
//! An [`Analyzer`] looks at one file or at a set of files that make one archive: at their
//! metadata, their labels of time, and a sample of their values. [`measure`] tries things out
//! on real data.

mod chunking;
mod crop;
mod measure;
mod packing;
mod price;
mod sample;
mod time;

use std::collections::HashSet;

use rayon::ThreadPool;
use serde::Serialize;
use zarrio_chunking::FileSteps;
use zarrio_model::config::Config;
use zarrio_model::time::{Calendar, LabelInterval};
use zarrio_model::{DatasetSchema, NodePath, Source, VariableSchema};

use crate::chunks::chunk_shapes;
use crate::describe::{Description, describe};
use crate::limits::Limits;
use crate::packing::Wanted;
use crate::pipeline::pool;
use crate::selection::Selection;
use crate::template::{TimeDimension, coding, read_labels};
use crate::{PlannedChunks, RegionError};
use sample::Samples;

pub use chunking::PatternChunks;
pub use measure::{CodecTrial, LayoutTrial, Measured, Trial, measure};
pub use packing::{PackedBits, PackingOutlook, outlook};
pub use price::{Price, seconds};
pub use time::{FileTime, Gap, Overlap, TimeAnalysis};

/// Labels of time that are read in all.
const MOST_LABELS: u64 = 50_000_000;

/// A dataset, or the files of one, looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Analysis {
    /// How many files there are.
    pub files: usize,
    /// What the first one contains.
    pub description: Description,
    /// The dimensions, with the lengths that all files have together.
    pub dimensions: Vec<AnalysedDimension>,
    /// The time axis of all files.
    pub time: Option<TimeAnalysis>,
    /// Chunks for each access pattern and strategy.
    pub chunking: Vec<PatternChunks>,
    /// What packing would bring, by the values of a sample of some files.
    pub packing: Vec<PackingOutlook>,
    /// What the user should know.
    pub notes: Vec<String>,
    #[serde(skip)]
    whole: Whole,
}

/// The dataset of all files, for other plans.
#[derive(Debug, Clone, Default)]
struct Whole {
    schema: DatasetSchema,
    steps: FileSteps,
}

/// A dimension, looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnalysedDimension {
    /// The name.
    pub name: String,
    /// The length of all files together.
    pub length: u64,
    /// What readers do along it.
    pub role: zarrio_chunking::Role,
}

/// Looks at the files of a dataset one after the other.
#[derive(Debug)]
pub struct Analyzer<'s> {
    first: &'s dyn Source,
    config: Config,
    description: Description,
    /// The threads on which values are read.
    pool: ThreadPool,
    /// The variables of which values are looked at.
    values: Vec<NodePath>,
    samples: Samples,
    time: Option<(TimeDimension, Calendar)>,
    files: Vec<FileTime>,
    labels: Vec<(usize, LabelInterval)>,
    notes: Vec<String>,
}

impl<'s> Analyzer<'s> {
    /// Begins with the file that stands for all others.
    ///
    /// # Errors
    /// When a variable is named that it does not have, the file cannot be described, its labels
    /// of time cannot be read, or the threads of the settings cannot be started.
    pub fn new(first: &'s dyn Source, config: &Config) -> Result<Self, RegionError> {
        let mut notes = Vec::new();
        // What cannot be carried is described, and no reason to stop.
        let config = Config {
            skip_unsupported: true,
            ..config.clone()
        };
        let selection = Selection::new(first.schema(), &config, &mut notes)?;
        let kept: Vec<&VariableSchema> = selection.variables().collect();
        let time = TimeDimension::find(first.schema(), &kept, &config.time.dim).ok();
        let description = describe(first)?;
        let mut analyzer = Self {
            first,
            pool: pool(Limits::new(&config).jobs)?,
            values: values(first.schema(), &description, &kept, &config),
            description,
            samples: Samples::default(),
            config,
            time: None,
            files: Vec::new(),
            labels: Vec::new(),
            notes,
        };
        if let Some(time) = time {
            match coding(first, &time.coordinate) {
                Ok(coding) => analyzer.time = Some((time, coding.calendar())),
                Err(error) => analyzer.notes.push(error.to_string()),
            }
        }
        analyzer.read_labels(first)?;
        Ok(analyzer)
    }

    /// Takes another file of the same archive.
    ///
    /// # Errors
    /// When its labels of time cannot be read.
    pub fn add(&mut self, source: &dyn Source) -> Result<(), RegionError> {
        self.compare(source);
        self.read_labels(source)
    }

    /// Looks at values of a file, here and there, for what packing would bring.
    pub fn sample(&mut self, source: &dyn Source) {
        let Self {
            pool,
            samples,
            values,
            notes,
            ..
        } = self;
        pool.install(|| samples.take(source, values, notes));
    }

    fn read_labels(&mut self, source: &dyn Source) -> Result<(), RegionError> {
        let mut file = FileTime::new(source);
        if let Some((time, calendar)) = &self.time {
            let room = MOST_LABELS.saturating_sub(self.labels.len() as u64);
            match read_labels(source, &time.coordinate, room) {
                Ok(labels) => {
                    file.cover(&labels, *calendar);
                    let number = self.files.len();
                    self.labels
                        .extend(labels.into_iter().map(|label| (number, label)));
                }
                Err(RegionError::Source(error)) => return Err(error.into()),
                Err(error) => self.notes.push(error.to_string()),
            }
        }
        self.files.push(file);
        Ok(())
    }

    /// Notes what a file has otherwise than the first.
    fn compare(&mut self, source: &dyn Source) {
        let name = source.identity().path.display();
        let time = self.time.as_ref().map(|(time, _)| time.name.as_str());
        let mut told = |text: String| {
            if !self.notes.contains(&text) {
                self.notes.push(text);
            }
        };
        for ours in self.first.schema().variables() {
            let Some(theirs) = source.schema().variable(&ours.path) else {
                told(format!("{name}: there is no variable {}", ours.path));
                continue;
            };
            let lengths = |v: &VariableSchema| -> Vec<(String, u64)> {
                let pairs = v.dimensions.iter().cloned().zip(v.shape.iter().copied());
                pairs
                    .filter(|(name, _)| Some(name.as_str()) != time)
                    .collect()
            };
            if lengths(ours) != lengths(theirs) || ours.data_type != theirs.data_type {
                told(format!(
                    "{name}: {} has another shape or type than in {}",
                    ours.path,
                    self.first.identity().path.display()
                ));
            }
        }
    }

    /// What there is to say.
    ///
    /// # Errors
    /// When a setting does not fit the dataset.
    pub fn finish(mut self) -> Result<Analysis, RegionError> {
        let count = self.files.len();
        let time = match &self.time {
            Some((time, calendar)) => {
                let files = std::mem::take(&mut self.files);
                let found = TimeAnalysis::new(time, *calendar, files, &self.labels);
                found
                    .map_err(|error| self.notes.push(error.to_string()))
                    .ok()
            }
            None => None,
        };
        let schema = self.whole_schema(time.as_ref());
        let selection = Selection::new(&schema, &self.config, &mut Vec::new())?;
        let variables: Vec<&VariableSchema> = selection.variables().collect();
        let steps = time
            .as_ref()
            .map(TimeAnalysis::file_steps)
            .unwrap_or_default();
        let chunking = chunking::all(&schema, &variables, &self.config, &steps)?;
        let dimensions = chunking::dimensions(&schema, &variables, &self.config);
        Ok(Analysis {
            files: count,
            description: self.description,
            dimensions,
            time,
            chunking,
            packing: self.samples.outlooks(&schema),
            notes: self.notes,
            whole: Whole { schema, steps },
        })
    }

    /// The schema of the first file over the time of all.
    fn whole_schema(&self, time: Option<&TimeAnalysis>) -> DatasetSchema {
        let mut schema = self.first.schema().clone();
        let (Some((dimension, _)), Some(time)) = (&self.time, time) else {
            return schema;
        };
        let mut waiting = vec![&mut schema.root];
        while let Some(group) = waiting.pop() {
            for variable in &mut group.variables {
                if !dimension.has(&variable.path) {
                    continue;
                }
                let lengths = variable.dimensions.iter().zip(&mut variable.shape);
                for (_, length) in lengths.filter(|(name, _)| **name == dimension.name) {
                    *length = time.labels;
                }
            }
            waiting.extend(&mut group.groups);
        }
        schema
    }
}

/// The variables that packing is about: measured values, and no coordinates and bounds.
fn values(
    schema: &DatasetSchema,
    description: &Description,
    kept: &[&VariableSchema],
    config: &Config,
) -> Vec<NodePath> {
    let wishes = Wanted::of(schema, config);
    let data: HashSet<NodePath> = description
        .groups
        .iter()
        .flat_map(|group| {
            let data = group.variables.iter().filter(|v| !v.coordinate);
            data.map(|v| NodePath::parse(&group.path).join(&v.name))
        })
        .collect();
    let excluded = |path: &NodePath| config.packing.exclude.iter().any(|n| path.is_named(n));
    let measured = kept.iter().filter(|variable| wishes.is_measured(variable));
    let paths = measured.map(|variable| &variable.path);
    let wanted = paths.filter(|path| data.contains(path) && !excluded(path));
    wanted.cloned().collect()
}

impl Analysis {
    /// The chunks for other settings, the largest variables first.
    ///
    /// # Errors
    /// When a setting does not fit the dataset.
    pub fn replan(&self, config: &Config) -> Result<Vec<PlannedChunks>, RegionError> {
        let config = Config {
            intelligent_chunking: Some(true),
            skip_unsupported: true,
            ..config.clone()
        };
        let selection = Selection::new(&self.whole.schema, &config, &mut Vec::new())?;
        let variables: Vec<&VariableSchema> = selection.variables().collect();
        let chunks = chunk_shapes(&self.whole.schema, &variables, &config, &self.whole.steps)?;
        Ok(chunks.planned)
    }

    /// The plans of a pattern and strategy.
    #[must_use]
    pub fn plans(&self, strategy: &str, pattern: &str) -> &[PlannedChunks] {
        let found = self
            .chunking
            .iter()
            .find(|chunks| chunks.strategy == strategy && chunks.pattern == pattern);
        found
            .map(|chunks| chunks.plans.as_slice())
            .unwrap_or_default()
    }
}
