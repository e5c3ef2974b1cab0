//! A write of regions from the ledger's point of view: what stands there already, what is
//! announced before, and what is recorded after.

mod announced;
mod dataset;
mod standing;

use std::collections::BTreeMap;

use serde::Serialize;
use zarrio_model::{NodePath, Source};

use crate::RegionError;
use crate::content::{Content, RowSum};
use crate::convert::Converter;
use crate::ledger::{
    DoneWork, Extent, Intent, Ledger, Moment, Record, RecordKind, SourceRecord, VariableRecord, now,
};
use crate::observer::VariableReport;
use crate::transfer::Transfer;
use crate::zarr_source::ZarrSource;

pub(crate) use announced::Announced;
pub(crate) use dataset::Dataset;

/// So many files are asked about one by one where a listing is dear.
const FEW: usize = 16;

/// Sums of rows by variable.
pub(crate) type Sums = BTreeMap<String, RowSum>;

/// What is done about regions that are on record already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriteRules {
    /// Skips a source that is on record for all that it would write, and whose record stands.
    pub resume: bool,
    /// Compares what such a source holds with its record before it is skipped.
    pub check_digest: bool,
    /// Refuses to write over what another source has written.
    pub keep_others: bool,
    /// Writes a source again although another one was written over it later.
    pub force: bool,
}

/// What the ledger says about work that is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It was to be done.
    #[default]
    Open,
    /// It is done, and nothing has changed it since.
    Done,
    /// It was done, and another source was written over it later, which is at this path.
    Superseded(String),
    /// The same, and it was begun once more in between by somebody who died: what the other one
    /// has not is of several sources.
    Torn(String),
}

/// What one transfer did.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) report: VariableReport,
    pub(crate) content: Content,
    /// Positions along the axis at which all is missing.
    pub(crate) all_missing: Vec<[u64; 2]>,
}

/// The work on the arrays of one group.
struct Part<'a> {
    ledger: Ledger<'a>,
    /// The variables with their extents.
    parts: Vec<(String, Extent)>,
    /// The name of the dimension along which each variable grows.
    axes: Vec<Option<String>>,
    id: String,
}

/// The records that are about the elements of each part, the oldest first.
pub(crate) struct Known(Vec<Vec<Record>>);

/// A write of regions, about to be announced.
pub(crate) struct Recording<'a> {
    parts: Vec<Part<'a>>,
    source: SourceRecord,
    selection: String,
    writer: String,
    durable: bool,
    check: String,
    /// Whether the archive lacks some of what does not grow.
    lacking: bool,
}

impl<'a> Recording<'a> {
    pub(crate) fn new(
        converter: &Converter<'_>,
        source: &dyn Source,
        archive: &'a ZarrSource,
        transfers: &[Transfer],
        selection: String,
    ) -> Result<Self, RegionError> {
        let mut recording = Self {
            parts: Vec::new(),
            source: SourceRecord::new(source.identity()),
            selection,
            writer: converter.writer.clone(),
            durable: converter.config.fsync,
            check: converter.check().to_string(),
            lacking: transfers.iter().any(|transfer| transfer.only.is_some()),
        };
        let mut groups: BTreeMap<String, Vec<&Transfer>> = BTreeMap::new();
        for transfer in transfers {
            let group = transfer.variable.parent().to_string();
            groups.entry(group).or_default().push(transfer);
        }
        for (group, transfers) in groups {
            let group = NodePath::parse(&group);
            let Some(ledger) = Ledger::of(archive, &group)? else {
                continue;
            };
            let parts: Vec<(String, Extent)> = transfers
                .iter()
                .map(|t| (t.variable.to_string(), t.extent()))
                .collect();
            let names: Vec<(String, Extent)> = transfers
                .iter()
                .zip(&parts)
                .map(|(t, (_, extent))| (t.variable.name().to_owned(), extent.clone()))
                .collect();
            recording.parts.push(Part {
                axes: transfers.iter().map(|t| t.axis_name()).collect(),
                id: Record::id_of(Some(&recording.source), &recording.selection, &names),
                ledger: ledger.along(transfers.iter().find_map(|t| t.axis_length())),
                parts,
            });
        }
        Ok(recording)
    }

    /// Reads what the ledger says about the same elements.
    pub(crate) fn known(&self) -> Result<Known, RegionError> {
        let parts = self.parts.iter();
        let known = parts.map(|part| part.ledger.meeting(&part.parts, &part.id));
        Ok(Known(known.collect::<Result<_, _>>()?))
    }

    /// Whether a record is one of the same file, chosen in the same way where that says where
    /// it goes.
    fn is_mine(&self, record: &Record) -> bool {
        record.is_work_of(Some(&self.source), &self.selection)
    }

    /// Whether an intent is one of the work of a part that is done now. What does not grow is not
    /// written again once it is there, so the same work may have been more when it was begun.
    fn is_done(&self, part: &Part<'_>, intent: &Intent) -> bool {
        let source = intent.source.as_ref();
        let same = source.is_some_and(|source| source.is_same_file(&self.source))
            && intent.selection == self.selection;
        let held = |(path, extent): &(String, Extent)| {
            let own = part.parts.iter().find(|(name, _)| name == path);
            own.is_none_or(|(_, own)| own.holds(extent))
        };
        same && intent.parts.iter().all(held)
    }

    /// The sums that the archive is said to have for all of it, where another file of the same
    /// choice brought exactly that and nothing has changed it since: a source with the same
    /// sums would change nothing.
    pub(crate) fn sums(&self, known: &Known) -> Result<Option<Sums>, RegionError> {
        if self.lacking {
            return Ok(None);
        }
        let mut sums = Sums::default();
        for (part, known) in self.parts.iter().zip(&known.0) {
            let last = known
                .iter()
                .rev()
                .find(|record| record.kind != RecordKind::Gap);
            let Some(last) = last.filter(|record| {
                record.kind == RecordKind::Region
                    && record.selection == self.selection
                    && record.holds(&part.parts)
                    && survives(record, &self.writer)
            }) else {
                return Ok(None);
            };
            if self.is_disturbed(part, last)? {
                return Ok(None);
            }
            for (path, extent) in &part.parts {
                let variable = last.variables.iter().find(|v| v.path == *path);
                let sum = variable
                    .filter(|_| last.extent_of(path) == Some(extent))
                    .and_then(|v| v.sum);
                let Some(sum) = sum else { return Ok(None) };
                sums.insert(path.clone(), sum);
            }
        }
        Ok((!sums.is_empty()).then_some(sums))
    }

    /// Lets the records that [`sums`](Self::sums) took name this source, which holds the same: who
    /// asks again need not read it.
    pub(crate) fn remember(&self, archive: &ZarrSource, known: &Known) -> Result<(), RegionError> {
        for (part, known) in self.parts.iter().zip(&known.0) {
            let mut records = known.iter().rev();
            let Some(last) = records.find(|record| record.kind != RecordKind::Gap) else {
                continue;
            };
            // What is on record of more than this source has stays another's.
            let same = last.variables.len() == part.parts.len();
            if !same || last.source.as_ref() == Some(&self.source) {
                continue;
            }
            let record = Record {
                source: Some(self.source.clone()),
                ..last.clone()
            };
            part.ledger
                .upkeep(archive, &self.writer, || part.ledger.amend(&record))?;
        }
        Ok(())
    }

    /// Announces the work, and reads once more what the ledger says: from now on no other
    /// source is written to the same elements.
    pub(crate) fn begin(&self, known: &Known) -> Result<Announced<'_, 'a>, RegionError> {
        let mut announced = Announced {
            recording: self,
            known: Known(Vec::new()),
            began: now(),
            begun: Vec::new(),
        };
        match self.announce(known, &mut announced) {
            Ok(()) => Ok(announced),
            Err(error) => {
                announced.withdraw();
                Err(error)
            }
        }
    }

    fn announce<'r>(
        &'r self,
        known: &Known,
        announced: &mut Announced<'r, 'a>,
    ) -> Result<(), RegionError> {
        for (part, known) in self.parts.iter().zip(&known.0) {
            // Clocks differ between machines: what follows a record comes after it all the same.
            let order = latest(known).map_or(0, |order| order.saturating_add(1));
            let intent = Intent {
                id: part.id.clone(),
                began: Moment::from_nanoseconds(announced.began),
                order: announced.began.max(order),
                source: Some(self.source.clone()),
                selection: self.selection.clone(),
                failed: false,
                writer: self.writer.clone(),
                parts: part.parts.clone(),
            };
            let begun = part.ledger.begin(&intent)?;
            announced.begun.push((begun, intent));
        }
        announced.known = self.known()?;
        for ((begun, intent), known) in announced.begun.iter_mut().zip(&announced.known.0) {
            // Of what somebody left who died, too: his clock may have been ahead.
            let before = latest(known).max(begun.others());
            if let Some(order) = before.filter(|order| *order >= intent.order) {
                intent.order = order.saturating_add(1);
                begun.announce(intent)?;
            }
        }
        Ok(())
    }
}

/// The number of the latest of some records.
fn latest(known: &[Record]) -> Option<u64> {
    known.iter().map(|record| record.order).max()
}

impl Known {
    /// Whether both tell the same.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let numbers = |known: &Self| -> Vec<Vec<(String, u64)>> {
            let parts = known.0.iter();
            let numbers =
                |records: &Vec<Record>| records.iter().map(|r| (r.id.clone(), r.order)).collect();
            parts.map(numbers).collect()
        };
        numbers(self) == numbers(other)
    }
}

impl Record {
    /// Adds a variable; equal extents are kept once.
    pub(crate) fn add(&mut self, extent: &Extent, mut variable: VariableRecord) {
        variable.extent = match self.extents.iter().position(|known| known == extent) {
            Some(index) => index,
            None => {
                self.extents.push(extent.clone());
                self.extents.len() - 1
            }
        };
        self.variables.push(variable);
    }
}

impl VariableRecord {
    /// What was written of a variable.
    pub(crate) fn new(written: &Written, axis: Option<String>) -> Self {
        let Written {
            report,
            content,
            all_missing,
        } = written;
        Self {
            path: report.variable.to_string(),
            extent: 0,
            values: content.values,
            missing: content.missing,
            min: content.min,
            max: content.max,
            sum: content.sum,
            axis,
            all_missing: all_missing.clone(),
            chunks: report.chunks,
            raw_bytes: report.raw_bytes,
            stored_bytes: report.stored_bytes,
        }
    }
}

impl DoneWork {
    /// What an archive's records say is done, and with which options; `writer` is who asks, about
    /// so many files. Where there are few of them for many records, nothing: each file is asked
    /// about by itself then.
    ///
    /// # Errors
    /// When the records cannot be read.
    pub fn of(archive: &ZarrSource, writer: &str, files: usize) -> Result<Self, RegionError> {
        let ledgers = Ledger::all(archive)?;
        // Where a listing is dear, not even the number is asked for a few.
        if files <= FEW && !archive.store().lists_cheaply() {
            return Ok(Self::default());
        }
        let mut count = 0usize;
        for ledger in &ledgers {
            count = count.saturating_add(ledger.count()?);
        }
        let mut done = Self::default();
        if !Self::is_worth(count, files) {
            return Ok(done);
        }
        for ledger in ledgers {
            // In this order: what is announced later cannot have been recorded before.
            let announced = ledger.announced()?;
            let intents: Vec<Intent> = announced
                .into_iter()
                .filter_map(|a| a.intent.ok())
                .collect();
            done.take(&ledger.records()?.records, &intents, |record| {
                survives(record, writer)
            });
        }
        Ok(done)
    }
}

/// What a record is called in messages.
pub(crate) fn name_of(record: &Record) -> String {
    match (&record.source, &record.reason) {
        (Some(source), _) => source.path.clone(),
        (None, Some(reason)) => reason.clone(),
        (None, None) => record.id.clone(),
    }
}

/// Whether what a record tells of cannot have been lost with its machine since: it was durable,
/// or this machine wrote it and has run ever since. What another machine did since, nobody here
/// can tell.
fn survives(record: &Record, writer: &str) -> bool {
    let host = |writer: &str| writer.split(':').next().unwrap_or_default().to_owned();
    let up = rustix::system::sysinfo().uptime;
    let up = u64::try_from(up).unwrap_or(0).saturating_mul(1_000_000_000);
    record.durable
        || host(&record.writer) != host(writer)
        || record.order >= now().saturating_sub(up)
}
