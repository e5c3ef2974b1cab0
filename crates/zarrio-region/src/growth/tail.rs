//! The labels of an archive that grows, and the record of them.

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
use crate::placement::{Placement, Run};
use crate::recording::Written;
use crate::transfer::Transfer;
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

/// Records the labels at the end of an archive that no record tells of; where no record tells
/// of any label, another program has made the archive, and none is made.
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
    let transfer = transfer(converter, archive, axis, told..axis.length)?;
    let extent = transfer.extent();
    let (chunks, stored_bytes) = stored(archive, &transfer)?;
    let name = axis.coordinate.name().to_owned();
    let written = run(converter, archive, transfer, true)?;
    let parts = [(name, extent.clone())];
    let order = now().max(before.saturating_add(1));
    let mut record = Record {
        form: FORM,
        id: Record::id_of(source.as_ref(), "labels", &parts),
        kind: RecordKind::Dataset,
        order,
        began: Moment::from_nanoseconds(began),
        finished: Moment::from_nanoseconds(order),
        reason: source.is_none().then(|| "labels".to_owned()),
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
    for mut written in written {
        written.report.chunks = chunks;
        written.report.stored_bytes = stored_bytes;
        record.add(
            &extent,
            VariableRecord::new(&written, Some(axis.name.clone())),
        );
    }
    ledger.put(&record)?;
    ledger.sync()
}

/// Where the labels end that records tell of, and the last order of these records.
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
            return Ok(found);
        }
        looked_at = looked_at.saturating_mul(MORE);
    }
}

/// How many objects the labels of a transfer are in, and their bytes.
fn stored(archive: &ZarrSource, transfer: &Transfer) -> Result<(u64, u64), RegionError> {
    let failed = || RegionError::store("cannot look at the labels");
    let (mut chunks, mut bytes) = (0, 0);
    for region in transfer.blocks.regions() {
        for chunk in transfer.chunks(&region) {
            let key = transfer.place.key(&transfer.array.chunk_key(&chunk));
            let size = archive.store().size(&key.map_err(failed())?);
            chunks += 1;
            bytes += size.map_err(failed())?.unwrap_or(0);
        }
    }
    Ok((chunks, bytes))
}

/// The labels at some positions on their way from an archive into itself.
fn transfer(
    converter: &Converter<'_>,
    archive: &ZarrSource,
    axis: &RecordAxis,
    range: Range<u64>,
) -> Result<Transfer, RegionError> {
    let array = archive.stored_array(&axis.coordinate)?;
    let variable = labels(archive, &axis.coordinate)?;
    let placement = Placement::new(vec![vec![Run {
        archive: range.start,
        source: range.start,
        length: range.end - range.start,
        reversed: false,
    }]]);
    let bounds = Region::new(vec![range]);
    let limits = Limits::new(&converter.config);
    Ok(Transfer {
        variable: axis.coordinate.clone(),
        place: archive.place(&axis.coordinate)?,
        dimensions: vec![axis.name.clone()],
        axis: Some(0),
        missing: Missing::of(&variable.attributes),
        recode: None,
        blocks: limits.blocks(variable, &bounds, array.chunk_shape(), 1)?,
        array,
        placement,
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
