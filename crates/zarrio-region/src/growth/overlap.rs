//! Times of a file that an archive has already.

use std::ops::Range;

use rayon::ThreadPool;
use serde::Serialize;
use zarrio_model::{NodePath, Region, Source};

use super::ranges::{both, merged, minus};
use super::{FileLabels, RecordAxis};
use crate::RegionError;
use crate::content::{Content, Scan};
use crate::convert::Converter;
use crate::ledger::{Intent, Ledger, Record, RecordKind, SourceRecord, Stand, standing};
use crate::limits::Limits;
use crate::matching::{MatchOptions, labels_at};
use crate::memory::Buffer;
use crate::pipeline::pool;
use crate::placement::Run;
use crate::scatter::each_run;
use crate::transfer::{Elements, Parts, Transfer};
use crate::verify::each_row;
use crate::verify::history::{History, Torn};
use crate::write::Scope;
use crate::zarr_source::ZarrSource;

/// What is done about times that the archive has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnOverlap {
    /// Other values are an error; what is missing there is filled in.
    #[default]
    Error,
    /// What is written there stays.
    Keep,
    /// The file's values take its place.
    Replace,
    /// They do where the file is newer than the one whose values are there.
    ReplaceIfNewer,
}

/// What the records say about the positions that a file is about.
struct Told {
    /// Where all of this very file is.
    mine: Vec<Range<u64>>,
    /// Where anything is.
    any: Vec<Range<u64>>,
    /// When the files there were changed last; nothing where one does not tell.
    newest: Option<Option<(u64, u32)>>,
    /// Where all of this very file was, before another one was begun to be written over it and was
    /// not finished: nobody knows of which of them the values there are.
    doubtful: Vec<Range<u64>>,
    /// Whether that happened to others.
    disturbed: bool,
    /// Whether there are records at all: without, another program has made the archive.
    recorded: bool,
}

impl Converter<'_> {
    /// Where a file is to be written before the archive's end.
    pub(crate) fn overlapping(
        &self,
        source: &dyn Source,
        archive: &ZarrSource,
        options: &MatchOptions,
        axis: &RecordAxis,
        labels: &FileLabels,
        overlap: OnOverlap,
    ) -> Result<Vec<Range<u64>>, RegionError> {
        if labels.held.is_empty() {
            return Ok(Vec::new());
        }
        let selection = archive.selection(options);
        let told = told(source, archive, axis, &labels.held, &selection)?;
        let rest = minus(&labels.held, &told.mine);
        let untold = match told.recorded {
            true => minus(&rest, &told.any),
            false => Vec::new(),
        };
        let replaces = match overlap {
            _ if rest.is_empty() => return Ok(rest),
            OnOverlap::Keep => false,
            OnOverlap::Replace => true,
            OnOverlap::ReplaceIfNewer => {
                let ours = time(&SourceRecord::new(source.identity()));
                matches!((ours, told.newest), (Some(ours), Some(Some(theirs))) if ours > theirs)
            }
            OnOverlap::Error => {
                let scope = Scope {
                    dimension: axis.name.clone(),
                    ranges: minus(&rest, &told.doubtful),
                    partial: true,
                };
                // With the same values what others began is finished by any file.
                let mut lacks = told.disturbed || !told.doubtful.is_empty();
                if scope.ranges.is_empty() {
                    return Ok(rest);
                }
                let plan = self.plan_within(source, archive, options, Some(&scope))?;
                let pool = pool(Limits::new(&self.config).jobs)?;
                for transfer in plan.transfers.iter().filter(|t| t.only.is_none()) {
                    lacks |= self.lacks((source, archive), transfer, axis, &pool)?;
                }
                lacks
            }
        };
        if replaces {
            return Ok(rest);
        }
        if overlap != OnOverlap::Error {
            check_whole(source, archive, axis, &minus(&rest, &untold))?;
        }
        Ok(untold)
    }

    /// Whether an archive has nothing where a file has something, and else the same.
    fn lacks(
        &self,
        (source, archive): (&dyn Source, &ZarrSource),
        transfer: &Transfer,
        axis: &RecordAxis,
        pool: &ThreadPool,
    ) -> Result<bool, RegionError> {
        let variable = &transfer.variable;
        let mut lacks = false;
        for region in transfer.blocks.regions() {
            self.cancel.check()?;
            if !transfer.has(&region) {
                continue;
            }
            let (ours, theirs) = pool.install(|| {
                let ours =
                    transfer.read(source, &region, Buffer::default(), &mut Parts::default())?;
                Ok::<_, RegionError>((ours, stored(archive, transfer, &region)?))
            })?;
            let mut other = None;
            each_run(&transfer.placement.within(&region), |runs| {
                let part = Region::new(runs.iter().map(Run::archive_range).collect());
                each_row(&part, &region, |position, offset, length| {
                    for i in 0..length {
                        let at = offset + i;
                        if other.is_some() || same(&ours, &theirs, at, transfer) {
                            continue;
                        }
                        if is_void(&theirs, at, transfer) {
                            lacks = true;
                            continue;
                        }
                        let mut position = position.to_vec();
                        if let Some(last) = position.last_mut() {
                            *last += i as u64;
                        }
                        other = Some(position);
                    }
                });
            });
            if let Some(position) = other {
                return Err(differs(source, archive, axis, variable, &position));
            }
        }
        Ok(lacks)
    }
}

/// What the archive holds in a region.
fn stored(
    archive: &ZarrSource,
    transfer: &Transfer,
    region: &Region,
) -> Result<Elements, RegionError> {
    let Some(width) = transfer.array.data_type().size() else {
        return Ok(Elements::Text(
            archive.read_text(&transfer.variable, region)?,
        ));
    };
    let mut bytes = Buffer::default();
    bytes.resize(region.num_elements() as usize * width)?;
    archive.read(&transfer.variable, region, &mut bytes)?;
    Ok(Elements::Bytes(bytes))
}

fn same(ours: &Elements, theirs: &Elements, at: usize, transfer: &Transfer) -> bool {
    match (ours, theirs) {
        (Elements::Bytes(a), Elements::Bytes(b)) => {
            let width = transfer.array.data_type().size().unwrap_or(1);
            let one = at * width..(at + 1) * width;
            a.get(one.clone()) == b.get(one)
        }
        (Elements::Text(a), Elements::Text(b)) => a.get(at) == b.get(at),
        _ => false,
    }
}

/// Whether an element says nothing: it is missing, or reads as one that was never written.
fn is_void(theirs: &Elements, at: usize, transfer: &Transfer) -> bool {
    let array = &transfer.array;
    match theirs {
        Elements::Text(texts) => texts.get(at).is_some_and(|text| text == array.fill_text()),
        Elements::Bytes(bytes) => {
            let width = array.data_type().size().unwrap_or(1);
            let element = bytes.get(at * width..(at + 1) * width).unwrap_or_default();
            element == array.fill_bytes() || of_one(transfer, element).missing > 0
        }
    }
}

/// The content of one element.
fn of_one(transfer: &Transfer, element: &[u8]) -> Content {
    let scan = Scan {
        data_type: transfer.array.data_type(),
        missing: &transfer.missing,
        shape: transfer.array.shape(),
        presence: None,
    };
    scan.numbers(element, 0..1)
}

fn differs(
    source: &dyn Source,
    archive: &ZarrSource,
    axis: &RecordAxis,
    variable: &NodePath,
    position: &[u64],
) -> RegionError {
    let place = shown(archive, variable, position);
    RegionError::Labels {
        message: format!(
            "{}: the archive has times of the file along {:?} already, with other values: the first is of variable {:?} at {place}",
            source.identity().path.display(),
            axis.name,
            variable.as_str()
        ),
        hint: "keep the archive's values with --overlap keep, take the file's with --overlap replace, or those of the newer file with --overlap replace-if-newer".into(),
    }
}

/// Fails where what an archive has at some positions cannot be kept, because it is of nobody: a
/// writer that is gone had begun to write over it.
fn check_whole(
    source: &dyn Source,
    archive: &ZarrSource,
    axis: &RecordAxis,
    kept: &[Range<u64>],
) -> Result<(), RegionError> {
    if kept.is_empty() {
        return Ok(());
    }
    let history = History::read(archive)?;
    for (path, along) in &axis.members {
        let variable = archive.schema().variable(path);
        let variable = variable.filter(|_| source.schema().variable(path).is_some());
        let Some(variable) = variable.filter(|_| *path != axis.coordinate) else {
            continue;
        };
        let holdings = history.of(variable);
        for range in kept {
            let mut ranges = Region::full(&variable.shape).ranges().to_vec();
            if let Some(own) = ranges.get_mut(*along) {
                *own = range.clone();
            }
            let torn = history.torn(&holdings, &Region::new(ranges));
            if let Some(torn) = torn.first() {
                return Err(unfinished(source, archive, path, &history, torn));
            }
        }
    }
    Ok(())
}

fn unfinished(
    source: &dyn Source,
    archive: &ZarrSource,
    variable: &NodePath,
    history: &History,
    torn: &Torn,
) -> RegionError {
    let (begun, _) = &history.intents[torn.intent];
    let file = begun.source.as_ref().map_or(&begun.id, |file| &file.path);
    let before = torn.record.and_then(|i| history.records[i].source.as_ref());
    let place = match archive.root() {
        root if root.is_root() => archive.store().location(),
        group => format!("{} --group {group}", archive.store().location()),
    };
    let again = match before {
        Some(before) => format!(
            ", or write what was there again with 'zarrio append {} {place}'",
            before.path
        ),
        None => String::new(),
    };
    RegionError::Labels {
        message: format!(
            "{}: what the archive has at times of the file cannot be kept: the writing of {file} by {} over it was not finished, and the values may be of either file: the first is of variable {:?} at {}",
            source.identity().path.display(),
            begun.writer,
            variable.as_str(),
            shown(archive, variable, &torn.region.start())
        ),
        hint: format!(
            "finish that with 'zarrio append {file} {place} --overlap replace'{again}; then run the same command again"
        ),
    }
}

/// The labels at a position of a variable, for people.
fn shown(archive: &ZarrSource, variable: &NodePath, position: &[u64]) -> String {
    match labels_at(archive, variable, position).as_slice() {
        [] => format!("{position:?}"),
        labels => labels.join(", "),
    }
}

/// What the records say of some positions.
fn told(
    source: &dyn Source,
    archive: &ZarrSource,
    axis: &RecordAxis,
    held: &[Range<u64>],
    selection: &str,
) -> Result<Told, RegionError> {
    let identity = SourceRecord::new(source.identity());
    let mut told = Told {
        mine: held.to_vec(),
        any: Vec::new(),
        newest: None,
        doubtful: Vec::new(),
        disturbed: false,
        recorded: false,
    };
    for ledger in Ledger::all(archive)? {
        let announced = ledger.announced()?;
        let intents: Vec<Intent> = announced
            .into_iter()
            .filter_map(|a| a.intent.ok())
            .collect();
        let records = ledger.records()?.records;
        told.recorded |= !records.is_empty();
        let has = |path: &NodePath| {
            path.parent() == *ledger.group()
                && *path != axis.coordinate
                && source.schema().variable(path).is_some()
        };
        if !axis.members.iter().any(|(path, _)| has(path)) {
            continue;
        }
        let mut mine = Vec::new();
        for (record, stands) in records.iter().zip(standing(&records, &intents)) {
            let ranges = both(&along(record, axis, has), held);
            if record.kind == RecordKind::Gap || ranges.is_empty() {
                continue;
            }
            let same =
                record.kind == RecordKind::Region && record.is_work_of(Some(&identity), selection);
            match stands {
                Stand::Stands if same => mine.extend(ranges.iter().cloned()),
                Stand::Disturbed if record.has_source(Some(&identity)) => {
                    told.doubtful.extend(ranges);
                    continue;
                }
                stands => {
                    told.disturbed |= stands == Stand::Disturbed;
                    let theirs = record.source.as_ref().and_then(time);
                    let newest = told.newest.unwrap_or(theirs);
                    told.newest = Some(newest.zip(theirs).map(|(a, b)| a.max(b)));
                }
            }
            told.any.extend(ranges);
        }
        told.mine = both(&told.mine, &merged(mine));
    }
    told.any = merged(told.any);
    told.doubtful = minus(&merged(told.doubtful), &told.any);
    if !told.recorded {
        told.mine.clear();
    }
    Ok(told)
}

/// Where along the axis a record is about variables.
fn along(record: &Record, axis: &RecordAxis, has: impl Fn(&NodePath) -> bool) -> Vec<Range<u64>> {
    let parts = record.variable_parts();
    let parts = parts.filter(|(variable, _)| has(&NodePath::parse(&variable.path)));
    let ranges = parts.flat_map(|(_, extent)| {
        let dimensions = extent.0.iter().filter(|(name, _)| *name == axis.name);
        dimensions
            .flat_map(|(_, ranges)| ranges)
            .map(|[a, b]| *a..*b)
    });
    merged(ranges.collect())
}

/// When a file was changed last.
fn time(source: &SourceRecord) -> Option<(u64, u32)> {
    let (seconds, nanoseconds) = source.modified.as_ref()?.split_once('.')?;
    Some((seconds.parse().ok()?, nanoseconds.parse().ok()?))
}
