//! From files to the template of their archive.

use std::collections::{HashMap, HashSet};

use zarrio_codec::{Compression, EncodingPlan, StoredArray};
use zarrio_model::config::{Config, ZarrFormat};
use zarrio_model::time::{Calendar, LabelInterval, TimeCoding};
use zarrio_model::{NodePath, Source, SourceIdentity, VariableSchema};

use super::agree::{self, Side};
use super::axis::{Axis, shown};
use super::dates::dates;
use super::differences::Differences;
use super::dimension::TimeDimension;
use super::encoding::TimeEncoding;
use super::extents::Extents;
use super::fill::fill_values;
use super::labels;
use super::lost::{self, LostLabels};
use super::options::TemplateOptions;
use super::schema::Changes;
use super::source::TemplateSource;
use super::spans::{FileLabels, FileSpan};
use crate::RegionError;
use crate::limits::Limits;
use crate::selection::Selection;

/// Bytes of memory that are set aside for each label of an axis.
const BYTES_PER_LABEL: u64 = 64;
/// Labels that any memory has room for.
const LEAST_LABELS: u64 = 1 << 16;
/// How many files or labels a note names.
const SHOWN: usize = 3;

/// Gathers what one or more files say about the archive that they are parts of.
///
/// The first file stays open: it gives everything but the time axis. Every other one is read
/// by [`add`](Self::add) and may be closed then.
#[derive(Debug)]
pub struct TemplateBuilder<'s> {
    first: &'s dyn Source,
    config: Config,
    options: TemplateOptions,
    kept: Vec<&'s VariableSchema>,
    time: TimeDimension,
    coding: TimeCoding,
    limit: u64,
    files: Vec<FileLabels>,
    identity: SourceIdentity,
    differences: Differences,
    /// Labels that are lost.
    lost: Vec<LostLabels>,
    /// What is known of the data that will be packed.
    extents: Extents,
    /// Attributes that may differ and do, by group or variable.
    varying: HashSet<(NodePath, String)>,
}

impl<'s> TemplateBuilder<'s> {
    /// Begins with a file.
    ///
    /// # Errors
    /// When a setting does not fit the file, it has no time axis, or it cannot be read.
    pub fn new(
        first: &'s dyn Source,
        config: &Config,
        options: TemplateOptions,
    ) -> Result<Self, RegionError> {
        let schema = first.schema();
        // What there is to note is noted when the archive is planned.
        let selection = Selection::new(schema, config, &mut Vec::new())?;
        let kept: Vec<&VariableSchema> = selection.variables().collect();
        let time = TimeDimension::find(schema, &kept, &config.time.dim)?;
        let limit = (Limits::new(config).memory / BYTES_PER_LABEL).max(LEAST_LABELS);
        let lost = lost::of(first, &kept)?;
        let file = FileLabels {
            path: first.identity().path.clone(),
            labels: match lost
                .iter()
                .any(|l| l.coordinate == time.coordinate.as_str())
            {
                true => Vec::new(),
                false => labels::read(first, &time.coordinate, limit)?,
            },
        };
        Ok(Self {
            first,
            config: config.clone(),
            options,
            kept,
            coding: labels::coding(first, &time.coordinate)?,
            time,
            limit,
            files: vec![file],
            lost,
            extents: Extents::new(config),
            identity: first.identity().clone(),
            differences: Differences::default(),
            varying: HashSet::new(),
        })
    }

    /// Adds the labels of another file, and takes down where it is not like the first.
    ///
    /// # Errors
    /// When the file cannot be read, or the threads of the settings cannot be started. That it
    /// differs is told by [`build`](Self::build), of all files at once.
    pub fn add(&mut self, source: &dyn Source) -> Result<(), RegionError> {
        let pool = self.extents.pool()?;
        let (ours, theirs) = (Side::new(self.first), Side::new(source));
        let comparison = agree::Comparison {
            config: &self.config,
            kept: &self.kept,
            time: &self.time,
            calendar: self.coding.calendar(),
        };
        let lost = lost::of(source, &self.kept)?;
        let has_times = !lost
            .iter()
            .any(|l| l.coordinate == self.time.coordinate.as_str());
        self.lost.extend(lost);
        let (differences, varying) = (&mut self.differences, &mut self.varying);
        let comparable = pool.install(|| comparison.run(&ours, &theirs, differences, varying))?;
        if comparable && has_times {
            // The range of one file is none for an archive, so the first waits for the second.
            // Where labels are lost there will be no archive.
            if self.files.len() == 1 && self.lost.is_empty() {
                self.add_extents(self.first)?;
            }
            if self.lost.is_empty() {
                self.add_extents(source)?;
            }
            let read: u64 = self.files.iter().map(|file| file.labels.len() as u64).sum();
            let limit = self.limit.saturating_sub(read);
            self.files.push(FileLabels {
                path: source.identity().path.clone(),
                labels: labels::read(source, &self.time.coordinate, limit)?,
            });
        }
        let other = source.identity();
        self.identity.size = self.identity.size.saturating_add(other.size);
        self.identity.modified = self.identity.modified.max(other.modified);
        Ok(())
    }

    /// The time dimension, its calendar and the labels of each file that could be compared.
    pub(super) fn labels(&self) -> (&TimeDimension, Calendar, Vec<(String, &[LabelInterval])>) {
        let files = self.files.iter();
        let labels = files.map(|f| (f.path.display().to_string(), f.labels.as_slice()));
        (&self.time, self.coding.calendar(), labels.collect())
    }

    /// Labels that are lost.
    pub(super) fn lost(&self) -> &[LostLabels] {
        &self.lost
    }

    /// Where files differ.
    pub(super) fn differences(&self) -> &Differences {
        &self.differences
    }

    /// Attributes that may differ and do.
    pub(super) fn descriptions(&self) -> Vec<String> {
        let varying = self.varying.iter().map(|(_, name)| name.clone());
        let described = self.differences.described().into_iter().map(str::to_owned);
        let mut names: Vec<String> = varying.chain(described).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn add_extents(&mut self, file: &dyn Source) -> Result<(), RegionError> {
        self.extents
            .add(self.first, file, &self.config, &self.kept, &self.time)
    }

    /// The template of all files.
    ///
    /// # Errors
    /// When labels of a file are lost, files differ, their labels make no axis, or a fill value
    /// does not fit.
    pub fn build(self) -> Result<TemplateSource<'s>, RegionError> {
        lost::check(&self.lost)?;
        self.differences.check()?;
        let calendar = self.coding.calendar();
        let all: Vec<LabelInterval> = self.files.iter().flat_map(|f| f.labels.clone()).collect();
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let axis = Axis::new(&self.config.time, calendar, &all, limit)?;
        drop(all);
        let encoding = TimeEncoding::new(&self.coding, &axis.labels)?;
        let spans = FileSpan::of(&self.files, &axis);
        self.check_between(&spans)?;

        let fill = fill_values(&self.options.fill, &self.kept, &self.time)?;
        let dates = dates(&self.kept, &self.time, &axis, calendar, &fill);
        let mut schema = Changes {
            time: &self.time,
            length: encoding.labels.len() as u64,
            units: encoding.units.as_deref(),
            fill: &fill,
            dates: &dates,
            left_out: &self.varying,
        }
        .apply(self.first.schema());
        schema.notes.extend(self.notes(&axis, &encoding, &spans));
        let unwritten = if self.options.compute {
            let along_time = schema.variables().filter(|v| self.time.has(&v.path));
            unwritten(along_time, &dates)?
        } else {
            HashMap::new()
        };
        Ok(TemplateSource {
            first: self.first,
            schema,
            identity: self.identity,
            time: self.time,
            calendar,
            axis,
            labels: encoding.labels,
            files: spans,
            options: self.options,
            extents: self.extents.found,
            information: self.extents.information,
            dates,
            unwritten,
        })
    }

    /// Of several files all belong into the archive, so that a label between two of the
    /// axis is an error; a single one may be a pattern only.
    fn check_between(&self, spans: &[FileSpan]) -> Result<(), RegionError> {
        let odd: Vec<String> = spans.iter().filter_map(|span| self.between(span)).collect();
        if spans.len() < 2 || odd.is_empty() {
            return Ok(());
        }
        Err(RegionError::Labels {
            message: format!("labels are not on the time axis: {}", listed(&odd)),
            hint: "give another --global-start or --freq, or leave all of them out for the labels of the files themselves".into(),
        })
    }

    /// A label that lies between two of the axis, with its file.
    fn between(&self, span: &FileSpan) -> Option<String> {
        let label = span.between?;
        let date = shown(self.coding.calendar(), label.plainest());
        Some(format!("{date} of {}", span.name()))
    }

    fn notes(&self, axis: &Axis, encoding: &TimeEncoding, spans: &[FileSpan]) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(units) = &encoding.units {
            notes.push(format!(
                "the labels of the time axis are no whole numbers of {:?}; the archive has {units:?}",
                self.coding.units().to_string(),
            ));
        }
        if !axis.made && axis.labels.len() == 1 {
            notes.push(
                "the time axis has the one label of the template; --global-start, --global-end and --freq make a longer one"
                    .into(),
            );
        }
        let odd: Vec<String> = spans.iter().filter_map(|span| self.between(span)).collect();
        if !odd.is_empty() {
            notes.push(format!(
                "labels of the template are not on the time axis and cannot be written to it: {}",
                listed(&odd)
            ));
        }
        let mut tell = |has: fn(&FileSpan) -> bool, what: &str| {
            let names = spans.iter().filter(|span| has(span)).map(FileSpan::name);
            let names: Vec<String> = names.collect();
            // A pattern from another time is nothing to wonder at.
            if !names.is_empty() && (spans.len() > 1 || what.starts_with("times occur")) {
                notes.push(format!("{what} {}", listed(&names)));
            }
        };
        tell(|span| span.outside, "the time axis leaves out labels of");
        tell(|span| span.doubled, "times occur twice in");
        if !self.varying.is_empty() {
            let mut names: Vec<&str> = self.varying.iter().map(|(_, name)| name.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            notes.push(format!(
                "attributes that differ from file to file are left out: {}",
                names.join(", ")
            ));
        }
        let described = self.differences.described();
        if !described.is_empty() {
            notes.push(format!(
                "attributes that differ from file to file are those of the first: {}",
                described.join(", ")
            ));
        }
        notes
    }
}

/// The arrays of variables, which know what unwritten elements read as.
fn unwritten<'v>(
    variables: impl Iterator<Item = &'v VariableSchema>,
    dates: &HashSet<NodePath>,
) -> Result<HashMap<NodePath, StoredArray>, RegionError> {
    let mut arrays = HashMap::new();
    for variable in variables {
        let chunk = vec![1; variable.shape.len()];
        let mut plan = EncodingPlan::new(variable, chunk, Compression::None, ZarrFormat::V3)?;
        if dates.contains(&variable.path) {
            plan = plan.without_missing_value();
        }
        arrays.insert(variable.path.clone(), StoredArray::new(&plan)?);
    }
    Ok(arrays)
}

/// The first few of a list.
pub(super) fn listed(items: &[String]) -> String {
    let shown = items.iter().take(SHOWN).cloned().collect::<Vec<_>>();
    match items.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
