//! Adds what a file has to an archive, which grows where its times lie beyond the end.

use serde::Serialize;
use zarrio_model::time::{Calendar, Instant};
use zarrio_model::{Source, VariableSchema, cf};

use crate::RegionError;
use crate::convert::Converter;
use crate::growth::{
    Growth, Irregularity, Lock, OnOverlap, RecordAxis, alone, continued, labels_of, record_labels,
};
use crate::ledger::SourceRecord;
use crate::limits::Limits;
use crate::matching::{Disagreement, MatchError, MatchOptions, match_source};
use crate::recording::{Standing, WriteRules};
use crate::template::shown;
use crate::write::{Scope, Write, WritePlan, WriteReport};
use crate::zarr_source::ZarrSource;

/// How a file is added.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppendRules {
    /// The dimension along which the archive grows.
    pub dimension: String,
    /// What is done about times that the archive has already.
    pub overlap: OnOverlap,
    /// Whether times between the archive's end and the file may be left without data.
    pub allow_gaps: bool,
}

/// How the archive grows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Grown {
    /// The dimension.
    pub dimension: String,
    /// Its length before.
    pub from: u64,
    /// Its length behind.
    pub to: u64,
    /// How many of the positions between them get no data.
    pub gaps: u64,
}

/// A file that is about to be added.
struct Step {
    scope: Scope,
    grown: ZarrSource,
    growth: Grown,
    notes: Vec<String>,
}

impl Converter<'_> {
    /// What [`append`](Self::append) would do: writes nothing.
    ///
    /// # Errors
    /// As [`append`](Self::append), as far as that can be told without a write.
    pub fn plan_append(
        &self,
        source: &dyn Source,
        archive: &ZarrSource,
        options: &MatchOptions,
        rules: &AppendRules,
    ) -> Result<(WritePlan, Grown, ZarrSource), RegionError> {
        let archive = archive.reopen()?;
        let axis = RecordAxis::find(&archive, &rules.dimension)?;
        axis.check(&archive)?;
        let options = options_along(options, &axis);
        let step = self.step(source, &archive, &options, &axis, rules)?;
        let mut plan = self.plan_within(source, &step.grown, &options, Some(&step.scope))?;
        plan.notes.extend(step.notes);
        Ok((plan, step.growth, step.grown))
    }

    /// Adds what a file has to an archive. Gives what was done, and the archive as it then is.
    ///
    /// Times beyond the archive's end make it longer; times that it has are written to their
    /// places, as a region is, where the rules say so. Readers see the archive as it was until
    /// all is there, and then all of it. A run that was killed is finished by the next one,
    /// whatever file that has.
    ///
    /// # Errors
    /// When the file does not continue the archive, holds other values where the archive has
    /// some, another process is making the archive longer, or as
    /// [`write_region`](Self::write_region).
    pub fn append(
        &self,
        source: &dyn Source,
        archive: &ZarrSource,
        options: &MatchOptions,
        rules: &AppendRules,
    ) -> Result<(WriteReport, ZarrSource), RegionError> {
        alone(self, archive, &rules.dimension, |archive, axis, lock| {
            let options = options_along(options, axis);
            self.append_alone(source, archive, &options, rules, axis, lock)
        })
    }

    fn append_alone(
        &self,
        source: &dyn Source,
        archive: &ZarrSource,
        options: &MatchOptions,
        rules: &AppendRules,
        axis: &RecordAxis,
        lock: &Lock,
    ) -> Result<(WriteReport, ZarrSource), RegionError> {
        let Step {
            scope,
            grown,
            growth: length,
            notes,
        } = self.step(source, archive, options, axis, rules)?;
        let grows = length.to > length.from;
        if scope.ranges.is_empty() && !grows {
            let report = WriteReport {
                source_bytes: source.identity().size,
                standing: Standing::Done,
                notes,
                ..WriteReport::default()
            };
            return Ok((report, archive.clone()));
        }
        let growth = Growth {
            converter: self,
            archive,
            axis,
            grown: &grown,
            length: length.to,
            lock,
        };
        // What is written beyond the end is nobody's, whatever records say that a killed writer
        // has left.
        let replaces = grows || rules.overlap != OnOverlap::Error;
        let mut report = self.write(
            source,
            &grown,
            options,
            &Write {
                rules: WriteRules {
                    resume: !grows,
                    force: replaces,
                    keep_others: self.rules.keep_others && !grows,
                    check_digest: self.rules.check_digest,
                },
                scope: Some(&scope),
                growth: grows.then_some(&growth),
            },
        )?;
        report.notes.extend(notes);
        if !grows {
            return Ok((report, archive.clone()));
        }
        let grown = archive.reopen()?;
        let source = SourceRecord::new(source.identity());
        record_labels(self, &grown, &axis.name, Some(source))?;
        report.grown = Some(length);
        Ok((report, grown))
    }

    /// Finds out what is to be done.
    fn step(
        &self,
        source: &dyn Source,
        archive: &ZarrSource,
        options: &MatchOptions,
        axis: &RecordAxis,
        rules: &AppendRules,
    ) -> Result<Step, RegionError> {
        agree_elsewhere(source, archive, options, axis)?;
        let limits = Limits::new(&self.config);
        let file = source.identity().path.display().to_string();
        let known = axis.instants(archive, limits)?;
        let labels = labels_of(source, axis, &known, limits)?;
        let calendar = axis.coding.calendar();
        let limit = RecordAxis::limit(limits);
        let (times, gaps) = continued(calendar, &known, &labels.new, rules.allow_gaps, limit)
            .map_err(|why| irregular(&file, &known, calendar, &why))?;
        let encoded = labels.encoded(&file, axis, &times)?;
        let (grown, to) = Growth::view(archive, axis, &encoded)?;
        let mut ranges = self.overlapping(source, &grown, options, axis, &labels, rules.overlap)?;
        let held: u64 = length(&labels.held);
        let written = length(&ranges);
        let (partial, grows) = (written < held, to > axis.length);
        if grows {
            ranges.push(axis.length..to);
        }
        let mut notes = Vec::new();
        if partial && (grows || rules.overlap != OnOverlap::Error) {
            notes.push(format!(
                "{} of its {} times are in the archive already and stay as they are",
                held - written,
                held + labels.new.len() as u64
            ));
        }
        if gaps > 0 {
            notes.push(gap_note(archive, axis, gaps));
        }
        Ok(Step {
            scope: Scope {
                dimension: axis.name.clone(),
                ranges,
                partial,
            },
            grown,
            growth: Grown {
                dimension: axis.name.clone(),
                from: axis.length,
                to,
                gaps,
            },
            notes,
        })
    }
}

fn length(ranges: &[std::ops::Range<u64>]) -> u64 {
    ranges.iter().map(|range| range.end - range.start).sum()
}

/// The archive grows along the axis, whatever other settings call time.
fn options_along(options: &MatchOptions, axis: &RecordAxis) -> MatchOptions {
    MatchOptions {
        time_dimension: Some(axis.name.clone()),
        region: None,
        ..options.clone()
    }
}

/// Fails where file and archive disagree in anything but in which labels the axis has.
fn agree_elsewhere(
    source: &dyn Source,
    archive: &ZarrSource,
    options: &MatchOptions,
    axis: &RecordAxis,
) -> Result<(), RegionError> {
    let Err(error) = match_source(source, archive, options) else {
        return Ok(());
    };
    let RegionError::Match(MatchError {
        file,
        mut disagreements,
    }) = error
    else {
        return Err(error);
    };
    let twice = disagreements.iter().find(|disagreement| {
        matches!(disagreement, Disagreement::Doubled { dimension, .. } if *dimension == axis.name)
    });
    if let Some(twice) = twice {
        return Err(RegionError::Labels {
            message: format!("{}: {twice}", file.display()),
            hint: "an archive has each time once: mend the file".into(),
        });
    }
    disagreements.retain(|disagreement| match disagreement {
        Disagreement::Unmatched(labels) => labels.dimension != axis.name,
        // Without a coordinate, which is told of better elsewhere.
        Disagreement::Length { dimension, .. } => *dimension != axis.name,
        _ => true,
    });
    match disagreements.is_empty() {
        true => Ok(()),
        false => Err(MatchError {
            file,
            disagreements,
        }
        .into()),
    }
}

fn irregular(file: &str, known: &[Instant], calendar: Calendar, why: &Irregularity) -> RegionError {
    let date = |instant| shown(calendar, instant);
    let last = known.last().map_or_else(String::new, |last| date(*last));
    match *why {
        Irregularity::Gap {
            expected,
            count,
            found,
        } => RegionError::Labels {
            message: format!(
                "{file}: there would be a gap of {} before {}: the archive's times end with {last}, and the next one is {}",
                steps(count),
                date(found),
                date(expected)
            ),
            hint: "append what lies between first; or leave it without data with --allow-gaps, and append it later".into(),
        },
        Irregularity::Far { found, limit } => RegionError::Labels {
            message: format!(
                "{file}: the axis would have more than {limit} times before {}, and it ends with {last}",
                date(found)
            ),
            hint: "see whether that time is right; if it is, a larger --memory allows more".into(),
        },
        Irregularity::Step { found, step } => RegionError::Labels {
            message: format!(
                "{file}: {} does not continue the archive, whose times have a step of {step} and end with {last}",
                date(found)
            ),
            hint: "make a new archive whose time axis holds both, with 'zarrio create-template --freq', and write the files into it".into(),
        },
    }
}

fn steps(count: u64) -> String {
    match count {
        1 => "1 step".to_owned(),
        count => format!("{count} steps"),
    }
}

/// What is told of positions without data.
fn gap_note(archive: &ZarrSource, axis: &RecordAxis, gaps: u64) -> String {
    let zero = |variable: &&VariableSchema| {
        let has = |name| variable.attributes.get(name).is_some();
        variable.data_type.size().is_some()
            && !variable.data_type.is_float()
            && !cf::MISSING.into_iter().any(has)
    };
    let members = axis.members.iter();
    let members = members.filter(|(path, _)| *path != axis.coordinate);
    let all = members.filter_map(|(path, _)| archive.schema().variable(path));
    let zero: Vec<String> = all
        .filter(zero)
        .map(|variable| format!("{:?}", variable.path.as_str()))
        .collect();
    let mut note = format!(
        "{} along {:?} are left without data",
        steps(gaps),
        axis.name
    );
    if !zero.is_empty() {
        note.push_str(&format!(
            ", and read as 0 in {}, which have no missing value",
            zero.join(", ")
        ));
    }
    note
}

/// When a file begins along a dimension, for those who put files in order; nothing where that
/// cannot be told.
#[must_use]
pub fn first_time(source: &dyn Source, dimension: &str) -> Option<i128> {
    let schema = source.schema();
    let all: Vec<&VariableSchema> = schema.variables().collect();
    let time = crate::template::TimeDimension::find(schema, &all, dimension).ok()?;
    let labels = crate::template::read_labels(source, &time.coordinate, 1 << 26).ok()?;
    labels.iter().map(|label| label.low.nanoseconds()).min()
}
