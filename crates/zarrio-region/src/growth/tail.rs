//! The labels of an archive that grows, and the record of them and of what another program has
//! written that files are only compared with.

use std::ops::Range;

use zarrio_model::{NodePath, Region, Source, VariableSchema};

use super::Growth;
use super::axis::RecordAxis;
use crate::RegionError;
use crate::content::Missing;
use crate::convert::Converter;
use crate::ledger::{
    Extent, FORM, Ledger, Moment, Record, RecordKind, SourceRecord, VariableRecord, now,
};
use crate::limits::Limits;
use crate::pipeline::{Pipeline, pool};
use crate::recording::Written;
use crate::transfer::Transfer;
use crate::verify::whole;
use crate::zarr_source::ZarrSource;

/// Where none of some last labels is told of, so many times as many are looked at.
const MORE: u64 = 64;

/// Writes the labels behind the old end.
pub(super) fn write_labels(growth: &Growth<'_>) -> Result<(), RegionError> {
    let Growth {
        converter,
        axis,
        grown,
        length,
        ..
    } = growth;
    let transfer = transfer(converter, grown, axis, axis.length..*length)?;
    run(converter, grown, transfer, false)?;
    Ok(())
}

/// Records the labels at the end of an archive that no record tells of.
///
/// Where no record tells of any label, another program has made the archive. What files bring is
/// recorded when they are written; labels, and what does not grow, are only compared with them, so
/// that these are recorded as they are found. Where there is no record at all, there is none.
pub(super) fn record(
    converter: &Converter<'_>,
    archive: &ZarrSource,
    axis: &RecordAxis,
    source: Option<SourceRecord>,
) -> Result<(), RegionError> {
    let Some(ledger) = Ledger::of(archive, &axis.coordinate.parent())? else {
        return Ok(());
    };
    let told = told(&ledger, axis)?;
    let Some((told, before)) = told.filter(|(told, _)| *told < axis.length) else {
        return Ok(());
    };
    let began = now();
    let mut transfers = vec![transfer(converter, archive, axis, told..axis.length)?];
    let source = source.filter(|_| told > 0);
    let mut announced = None;
    if told == 0 {
        transfers.extend(found(converter, archive, axis, &ledger)?);
        let parts: Vec<_> = transfers
            .iter()
            .map(|t| (t.variable.to_string(), t.extent()))
            .collect();
        announced = ledger.latest_announced(&parts)?;
    }
    let part = |t: &Transfer| (t.variable.name().to_owned(), t.extent());
    let parts: Vec<(String, Extent)> = transfers.iter().map(part).collect();
    let before = announced.unwrap_or(0).max(before);
    let order = now().max(before.saturating_add(1));
    let reason = if told > 0 { "labels" } else { "what was found" };
    let mut record = Record {
        form: FORM,
        id: Record::id_of(source.as_ref(), "labels", &parts),
        kind: RecordKind::Dataset,
        order,
        began: Moment::from_nanoseconds(began),
        finished: Moment::from_nanoseconds(order),
        reason: source.is_none().then(|| reason.to_owned()),
        source,
        selection: "labels".to_owned(),
        durable: converter.config.fsync,
        check: converter.check().to_string(),
        version: env!("CARGO_PKG_VERSION").into(),
        writer: converter.writer.clone(),
        parts: 1,
        announced: None,
        extents: Vec::new(),
        variables: Vec::new(),
    };
    for (number, (transfer, (_, extent))) in transfers.into_iter().zip(&parts).enumerate() {
        let (variable, along) = (transfer.variable.clone(), transfer.axis_name());
        let looked = stored(archive, &transfer).and_then(|(chunks, bytes, is_whole)| {
            // Other programs store no chunk that has nothing but the fill value.
            let only_looks = is_whole || told > 0;
            Ok((
                chunks,
                bytes,
                run(converter, archive, transfer, only_looks)?,
            ))
        });
        let (chunks, stored_bytes, written) = match looked {
            // What nobody can read keeps no file away, and 'verify' names it.
            Err(error) if number > 0 && !matches!(error, RegionError::Interrupted) => {
                tracing::warn!(%variable, %error, "it has no record");
                continue;
            }
            looked => looked?,
        };
        for mut written in written {
            written.report.chunks = chunks;
            written.report.stored_bytes = stored_bytes;
            record.add(extent, VariableRecord::new(&written, along.clone()));
        }
    }
    ledger.put(&record)?;
    ledger.sync()
}

/// What does not grow in the group of the labels, is there as a whole, and is in no record.
fn found(
    converter: &Converter<'_>,
    archive: &ZarrSource,
    axis: &RecordAxis,
    ledger: &Ledger<'_>,
) -> Result<Vec<Transfer>, RegionError> {
    let mut transfers = Vec::new();
    for variable in archive.schema().variables() {
        let path = &variable.path;
        let grows = axis.members.iter().any(|(member, _)| member == path);
        if grows || path.parent() != *ledger.group() {
            continue;
        }
        let bounds = Region::full(&variable.shape);
        let Ok(transfer) = looked_at(converter, archive, variable, &bounds, None) else {
            continue;
        };
        let part = (path.to_string(), transfer.extent());
        let is_recorded = !ledger.meeting(&[part], "")?.is_empty();
        if !is_recorded && stored(archive, &transfer)?.2 {
            transfers.push(transfer);
        }
    }
    Ok(transfers)
}

/// Where the labels end that records tell of, and the last order of these records; the start of
/// the axis where none tells of labels, and nothing where there are none.
///
/// The records of the last labels are enough, and those of all others are not read: an archive
/// that grows by a file at a time has two for each.
fn told(ledger: &Ledger<'_>, axis: &RecordAxis) -> Result<Option<(u64, u64)>, RegionError> {
    let path = axis.coordinate.as_str();
    let mut looked_at = 1;
    loop {
        let start = axis.length.saturating_sub(looked_at);
        let records = if start == 0 {
            ledger.records()?.records
        } else {
            let last = start..axis.length;
            let region = Region::new(vec![last]);
            let extent = Extent::of_region(std::slice::from_ref(&axis.name), &region);
            match ledger.meeting(&[(path.to_owned(), extent)], "") {
                // What a damaged one says is not needed where another one tells more.
                Err(RegionError::Ledger { .. }) => Vec::new(),
                records => records?,
            }
        };
        let ends = records.iter().filter_map(|record| {
            let extent = record.extent_of(path)?;
            Some((extent.span(&axis.name)?.end, record.order))
        });
        let found = ends.reduce(|(end, order), (e, o)| (end.max(e), order.max(o)));
        if found.is_some() || start == 0 {
            let last = records.iter().map(|record| record.order).max();
            return Ok(found.or(last.map(|order| (0, order))));
        }
        looked_at = looked_at.saturating_mul(MORE);
    }
}

/// How many objects the elements of a transfer are in, their bytes, and whether all are there.
fn stored(archive: &ZarrSource, transfer: &Transfer) -> Result<(u64, u64, bool), RegionError> {
    let failed = || RegionError::store("cannot look at the labels");
    let (mut chunks, mut bytes, mut is_whole) = (0, 0, true);
    for region in transfer.blocks.regions() {
        for chunk in transfer.chunks(&region) {
            let key = transfer.place.key(&transfer.array.chunk_key(&chunk));
            let size = archive.store().size(&key.map_err(failed())?);
            let size = size.map_err(failed())?;
            chunks += 1;
            bytes += size.unwrap_or(0);
            is_whole &= size.is_some();
        }
    }
    Ok((chunks, bytes, is_whole))
}

/// The labels at some positions on their way from an archive into itself.
fn transfer(
    converter: &Converter<'_>,
    archive: &ZarrSource,
    axis: &RecordAxis,
    range: Range<u64>,
) -> Result<Transfer, RegionError> {
    let variable = labels(archive, &axis.coordinate)?;
    let bounds = Region::new(vec![range]);
    looked_at(converter, archive, variable, &bounds, Some(0))
}

/// A part of a variable on its way from an archive into itself.
fn looked_at(
    converter: &Converter<'_>,
    archive: &ZarrSource,
    variable: &VariableSchema,
    bounds: &Region,
    axis: Option<usize>,
) -> Result<Transfer, RegionError> {
    let array = archive.stored_array(&variable.path)?;
    let limits = Limits::new(&converter.config);
    Ok(Transfer {
        variable: variable.path.clone(),
        place: archive.place(&variable.path)?,
        dimensions: variable.dimensions.clone(),
        axis,
        missing: Missing::of(&variable.attributes),
        recode: None,
        blocks: limits.blocks(variable, bounds, array.chunk_shape(), 1)?,
        array,
        placement: whole(bounds),
        only: None,
    })
}

fn labels<'a>(archive: &'a ZarrSource, path: &NodePath) -> Result<&'a VariableSchema, RegionError> {
    let found = archive.schema().variable(path);
    found.ok_or_else(|| RegionError::Archive {
        message: format!("variable {:?} has gone", path.as_str()),
    })
}

fn run(
    converter: &Converter<'_>,
    archive: &ZarrSource,
    transfer: Transfer,
    only_looks: bool,
) -> Result<Vec<Written>, RegionError> {
    let (pool, check) = (pool(1)?, converter.check());
    let pipeline = Pipeline {
        source: archive,
        store: archive.store(),
        observer: &crate::observer::Silent,
        cancel: &converter.cancel,
        pool: &pool,
        scratch: None,
        memory: Limits::new(&converter.config).memory,
        shared: true,
        only_looks,
        check: &check,
        hold: &|| Ok(()),
    };
    pipeline.run(&[transfer])
}
