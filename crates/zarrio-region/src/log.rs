//! What was written into an archive, one entry for each write.

use serde::Serialize;
use zarrio_model::{NodePath, Source as _};

use crate::RegionError;
use crate::dates::Dates;
use crate::describe::TimeRange;
use crate::ledger::{Moment, Record, RecordKind, SourceRecord};
use crate::status::{Account, in_force};
use crate::zarr_source::ZarrSource;

/// Whether a write still tells what the archive holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Force {
    /// All of it does.
    Stands,
    /// Later data, or a writer that has not finished, took the place of a part of it.
    PartlySuperseded,
    /// They took the place of all of it.
    Superseded,
}

/// A range of one dimension.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Span {
    /// The dimension.
    pub dimension: String,
    /// The first position.
    pub start: u64,
    /// The position behind the last one.
    pub end: u64,
    /// The length of the dimension in the archive.
    pub length: u64,
    /// The labels at both ends, where they are times.
    pub time: Option<TimeRange>,
}

/// One write.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LogEntry {
    /// Equal for the same work.
    pub id: String,
    /// What was done.
    pub kind: RecordKind,
    /// Whether it still tells what the archive holds.
    pub force: Force,
    /// When it began.
    pub began: Moment,
    /// When it was finished.
    pub finished: Moment,
    /// The file.
    pub source: Option<SourceRecord>,
    /// Why there are no data.
    pub reason: Option<String>,
    /// The smallest region that holds all of it, by dimension.
    pub place: Vec<Span>,
    /// The variables.
    pub variables: Vec<String>,
    /// The number of elements.
    pub values: u64,
    /// Those of them that are missing.
    pub missing: u64,
    /// Uncompressed bytes.
    pub raw_bytes: u64,
    /// Bytes of the objects that were written.
    pub stored_bytes: u64,
    /// Whether the data were on the disk before this was recorded.
    pub durable: bool,
    /// How what was written was checked.
    pub check: String,
    /// The version of zarrio.
    pub version: String,
    /// Who wrote: machine and process.
    pub writer: String,
}

/// What was written into an archive.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Log {
    /// The oldest first.
    pub entries: Vec<LogEntry>,
    /// Records that cannot be read, and why.
    pub damaged: Vec<(String, String)>,
}

impl Log {
    /// Reads the records of all groups of an archive.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn of(archive: &ZarrSource) -> Result<Self, RegionError> {
        let account = Account::read(archive)?;
        let left = in_force(archive, &account);
        let mut dates = Dates::new(archive);
        let entries = account.records.iter().enumerate().map(|(i, record)| {
            let left = left.get(&i).copied().unwrap_or(0);
            entry(archive, record, left, &mut dates)
        });
        Ok(Self {
            entries: entries.collect(),
            damaged: account.damaged.clone(),
        })
    }
}

fn entry(archive: &ZarrSource, record: &Record, left: u64, dates: &mut Dates<'_>) -> LogEntry {
    let parts = || record.variable_parts();
    let all = parts().map(|(_, extent)| extent.num_elements());
    let all = all.fold(0, u64::saturating_add);
    let sum = |of: fn(&crate::ledger::VariableRecord) -> u64| {
        record.variables.iter().map(of).fold(0, u64::saturating_add)
    };
    LogEntry {
        id: record.id.clone(),
        kind: record.kind,
        force: match left {
            _ if left >= all => Force::Stands,
            0 => Force::Superseded,
            _ => Force::PartlySuperseded,
        },
        began: record.began.clone(),
        finished: record.finished.clone(),
        source: record.source.clone(),
        reason: record.reason.clone(),
        place: place(archive, record, dates),
        variables: record.variables.iter().map(|v| v.path.clone()).collect(),
        values: sum(|v| v.values),
        missing: sum(|v| v.missing),
        raw_bytes: sum(|v| v.raw_bytes),
        stored_bytes: sum(|v| v.stored_bytes),
        durable: record.durable,
        check: record.check.clone(),
        version: record.version.clone(),
        writer: record.writer.clone(),
    }
}

fn place(archive: &ZarrSource, record: &Record, dates: &mut Dates<'_>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for (variable, extent) in record.variable_parts() {
        let schema = archive.schema().variable(&NodePath::parse(&variable.path));
        for (i, (dimension, _)) in extent.0.iter().enumerate() {
            let Some(span) = extent.span(dimension) else {
                continue;
            };
            if let Some(known) = spans.iter_mut().find(|known| known.dimension == *dimension) {
                known.start = known.start.min(span.start);
                known.end = known.end.max(span.end);
                continue;
            }
            let length = schema.and_then(|schema| schema.shape.get(i)).copied();
            spans.push(Span {
                dimension: dimension.clone(),
                start: span.start,
                end: span.end,
                length: length.unwrap_or(span.end),
                time: None,
            });
        }
    }
    for span in &mut spans {
        let own = |(_, extent): &(_, &crate::ledger::Extent)| {
            extent.0.iter().any(|(name, _)| *name == span.dimension)
        };
        if let Some((variable, _)) = record.variable_parts().find(own) {
            span.time = dates.range(&variable.path, &span.dimension, (span.start, span.end));
        }
    }
    // When comes before where.
    spans.sort_by_key(|span| span.time.is_none());
    spans
}
