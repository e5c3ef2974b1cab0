//! What creating a template would do, and what writers of its regions will meet.

use serde::Serialize;
use zarrio_chunking::FileSteps;
use zarrio_model::time::Frequency;
use zarrio_model::{ByteSize, Source as _, VariableSchema};

use super::axis::shown;
use super::builder::listed;
use super::source::TemplateSource;
use crate::RegionError;
use crate::convert::Converter;
use crate::hierarchy;
use crate::limits::least_memory;
use crate::packing::Data;
use crate::plan::{ConvertPlan, VariablePlan};

/// A template, planned: printable, and equal for equal inputs.
#[derive(Debug, Clone, Serialize)]
pub struct TemplatePlan {
    /// The archive. Variables without blocks are left to regions.
    #[serde(flatten)]
    pub archive: ConvertPlan,
    /// The time axis.
    pub time: TimeAxisPlan,
    /// Dimensions and their lengths, in the order in which variables name them.
    pub dimensions: Vec<PlannedDimension>,
    /// Objects that the archive has when all is written, documents included.
    pub objects: u64,
    /// Bytes of all variables before compression; text counts nothing.
    pub raw_bytes: u64,
    /// The least `--memory` with which a writer of regions, on one thread, can write files
    /// like the template.
    pub writer_memory: ByteSize,
    /// Where files of the template begin or end within chunks, which their writers share.
    pub shared_chunks: Vec<SharedChunks>,
}

/// A dimension of an archive, planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedDimension {
    /// The name.
    pub name: String,
    /// The length.
    pub length: u64,
}

/// The time axis of an archive, planned.
#[derive(Debug, Clone, Serialize)]
pub struct TimeAxisPlan {
    /// The dimension.
    pub dimension: String,
    /// The variable that has the labels.
    pub coordinate: String,
    /// How many labels.
    pub length: u64,
    /// The first label, ISO 8601.
    pub first: Option<String>,
    /// The last label, ISO 8601.
    pub last: Option<String>,
    /// The step, where there is one.
    pub freq: Option<Frequency>,
    /// The units in which the archive keeps the labels.
    pub units: String,
    /// The calendar.
    pub calendar: String,
}

/// Chunks along time that more than one file has a part of.
#[derive(Debug, Clone, Serialize)]
pub struct SharedChunks {
    /// The length of a chunk along time.
    pub chunk: u64,
    /// The variables that have such chunks.
    pub variables: Vec<String>,
    /// Where files begin or end within one.
    pub cuts: Vec<Cut>,
}

/// A position within a chunk at which a file begins or ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cut {
    /// The file.
    pub file: String,
    /// The position on the time axis.
    pub position: u64,
    /// The first position of the chunk.
    pub chunk_start: u64,
}

impl TemplatePlan {
    pub(crate) fn new(
        converter: &Converter<'_>,
        template: &TemplateSource<'_>,
    ) -> Result<Self, RegionError> {
        let history = converter.history.as_deref();
        let has_data = |variable: &VariableSchema| template.has_data(&variable.path);
        let extent = |variable: &VariableSchema| template.extent(converter, variable);
        let information = |variable: &VariableSchema| template.information(converter, variable);
        let data = Data {
            extent: &extent,
            information: &information,
            // A file speaks of its own data only.
            whole: &|variable| !template.time.has(&variable.path) || template.files.len() > 1,
        };
        let mut archive = ConvertPlan::with_data(
            template,
            &converter.config,
            history,
            &data,
            &template.file_steps(),
            has_data,
        )?;
        archive.mark = Some(template.mark());
        for variable in &mut archive.variables {
            variable.placeholder = template.brings_later(variable.encoding.path());
            if template.dates.contains(variable.encoding.path()) {
                variable.encoding = variable.encoding.clone().without_missing_value();
            }
        }
        archive.notes.extend(no_missing_value(&archive, template));
        archive.notes.extend(no_missing_date(&archive, template));

        let arrays = hierarchy::arrays(&archive);
        let groups = hierarchy::groups(&archive, &arrays);
        let documents: usize = arrays
            .iter()
            .chain(&groups)
            .map(|n| n.documents.len())
            .sum();
        // One more records what the template was made from.
        let objects = archive.num_objects().saturating_add(documents as u64 + 1);
        if objects > template.options.max_objects {
            return Err(RegionError::Settings {
                message: format!(
                    "the archive would have {objects} objects, and --max-objects is {}",
                    template.options.max_objects
                ),
                hint: format!(
                    "make larger chunks with --chunking or --target-chunk-size, or keep several in one object with --shards auto, or allow so many with --max-objects {objects}"
                ),
            });
        }
        let memory = archive.variables.iter().filter_map(|variable| {
            let schema = template.schema().variable(variable.encoding.path())?;
            Some(least_memory(schema, variable.encoding.object_shape()))
        });
        Ok(Self {
            time: template.time_plan(),
            dimensions: dimensions(&archive),
            objects,
            raw_bytes: archive.raw_bytes(),
            writer_memory: ByteSize(memory.max().unwrap_or(0)),
            shared_chunks: shared_chunks(&archive, template),
            archive,
        })
    }
}

impl TemplateSource<'_> {
    fn time_plan(&self) -> TimeAxisPlan {
        let attributes = self
            .schema
            .variable(&self.time.coordinate)
            .map(|v| &v.attributes);
        let text = |name: &str| attributes.and_then(|a| a.text(name)).map(str::to_owned);
        let date = |label| shown(self.calendar, label);
        TimeAxisPlan {
            dimension: self.time.name.clone(),
            coordinate: self.time.coordinate.to_string(),
            length: self.labels.len() as u64,
            first: self.axis.labels.first().copied().map(date),
            last: self.axis.labels.last().copied().map(date),
            freq: self.axis.frequency,
            units: text("units").unwrap_or_default(),
            calendar: text("calendar").unwrap_or_else(|| self.calendar.to_string()),
        }
    }

    /// How files fill the archive: each like the others where those that are known are alike,
    /// else by the ends of those.
    fn file_steps(&self) -> FileSteps {
        let runs: Vec<_> = self.files.iter().flat_map(|file| &file.runs).collect();
        let steps = runs.first().map_or(0, |run| run.end - run.start);
        let alike = |run: &&std::ops::Range<u64>| {
            run.end - run.start == steps && run.start.is_multiple_of(steps)
        };
        if steps == 0 {
            return FileSteps::Unknown;
        }
        if runs.iter().all(alike) {
            return FileSteps::Each(steps);
        }
        let mut ends: Vec<u64> = runs.iter().flat_map(|run| [run.start, run.end]).collect();
        ends.sort_unstable();
        ends.dedup();
        FileSteps::Ends(ends)
    }

    /// What tells this template from another one of the same structure.
    fn mark(&self) -> serde_json::Value {
        // FNV-1a.
        let digest = self
            .labels
            .iter()
            .flat_map(|label| label.to_le_bytes())
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        serde_json::json!({
            "template": true,
            "labels": format!("{digest:016x}"),
            "files": self.files.len(),
            "computed": self.options.compute,
        })
    }
}

/// A note about variables of which nobody can tell whether an element was written.
fn no_missing_value(archive: &ConvertPlan, template: &TemplateSource<'_>) -> Option<String> {
    let unsure = |variable: &&VariablePlan| {
        let path = variable.encoding.path();
        template.time.has(path)
            && *path != template.time.coordinate
            && !template.dates.contains(path)
            && !variable.encoding.has_missing_value()
    };
    let variables: Vec<&VariablePlan> = archive.variables.iter().filter(unsure).collect();
    let first = variables.first()?.encoding.path();
    let names = variables.iter().map(|v| v.encoding.path().to_string());
    let names: Vec<String> = names.collect();
    let text = |v: &&VariablePlan| v.encoding.data_type().size().is_none();
    let zero = match (variables.iter().all(text), variables.iter().any(text)) {
        (true, _) => "empty text",
        (_, true) => "0 or empty text",
        _ => "0",
    };
    Some(format!(
        "unwritten data of variables without a missing value read as {zero}: {}; give them one with --fill, such as --fill {first}=VALUE",
        names.join(", "),
    ))
}

/// A note about dates that look like others while they are unwritten.
fn no_missing_date(archive: &ConvertPlan, template: &TemplateSource<'_>) -> Option<String> {
    let paths = archive.variables.iter().map(|v| v.encoding.path());
    let names = paths.filter(|path| template.dates.contains(path));
    let names: Vec<String> = names.map(ToString::to_string).collect();
    (!names.is_empty()).then(|| {
        format!(
            "unwritten dates of these variables read as the epoch of their units, since readers of this calendar or range know no missing date: {}",
            names.join(", ")
        )
    })
}

fn dimensions(archive: &ConvertPlan) -> Vec<PlannedDimension> {
    let mut found: Vec<PlannedDimension> = Vec::new();
    for variable in &archive.variables {
        let encoding = &variable.encoding;
        for (name, length) in encoding.dimensions().iter().zip(encoding.shape()) {
            let dimension = PlannedDimension {
                name: name.clone(),
                length: *length,
            };
            if !found.contains(&dimension) {
                found.push(dimension);
            }
        }
    }
    found
}

/// The chunks that files share, for each length that chunks have along time.
fn shared_chunks(archive: &ConvertPlan, template: &TemplateSource<'_>) -> Vec<SharedChunks> {
    let length = template.labels.len() as u64;
    let mut found: Vec<SharedChunks> = Vec::new();
    for variable in &archive.variables {
        let encoding = &variable.encoding;
        let along = encoding
            .dimensions()
            .iter()
            .position(|d| *d == template.time.name);
        let (Some(d), false) = (along, template.has_data(encoding.path())) else {
            continue;
        };
        let chunk = encoding.object_shape()[d];
        match found.iter_mut().find(|shared| shared.chunk == chunk) {
            Some(shared) => shared.variables.push(encoding.path().to_string()),
            None => found.push(SharedChunks {
                chunk,
                variables: vec![encoding.path().to_string()],
                cuts: Vec::new(),
            }),
        }
    }
    for shared in &mut found {
        for file in &template.files {
            shared
                .cuts
                .extend(file.cuts(shared.chunk, length).map(|position| Cut {
                    file: file.name(),
                    position,
                    chunk_start: position - position % shared.chunk,
                }));
        }
    }
    found.retain(|shared| !shared.cuts.is_empty());
    found
}

impl SharedChunks {
    /// The first few cuts, for people.
    #[must_use]
    pub fn summary(&self) -> String {
        let cuts: Vec<String> = self
            .cuts
            .iter()
            .map(|cut| format!("{} at {}", cut.file, cut.position))
            .collect();
        listed(&cuts)
    }
}
