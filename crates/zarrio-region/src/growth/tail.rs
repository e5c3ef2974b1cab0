//! The labels of an archive that grows, and the record of them.

use std::ops::Range;

use zarrio_model::{NodePath, Source, VariableSchema};

use super::Growth;
use super::axis::RecordAxis;
use crate::RegionError;
use crate::content::Missing;
use crate::convert::Converter;
use crate::ledger::{FORM, Ledger, Moment, Record, RecordKind, SourceRecord, VariableRecord, now};
use crate::limits::Limits;
use crate::pipeline::{Pipeline, pool};
use crate::placement::{Placement, Run};
use crate::recording::Written;
use crate::transfer::Transfer;
use crate::zarr_source::ZarrSource;

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
    let path = axis.coordinate.as_str();
    let Some(ledger) = Ledger::of(archive, &axis.coordinate.parent())? else {
        return Ok(());
    };
    let records = ledger.records()?.records;
    let extents = records.iter().filter_map(|record| record.extent_of(path));
    let told = extents.filter_map(|extent| Some(extent.span(&axis.name)?.end));
    let Some(told) = told.max().filter(|told| *told < axis.length) else {
        return Ok(());
    };
    let began = now();
    let transfer = transfer(converter, archive, axis, told..axis.length)?;
    let extent = transfer.extent();
    let (chunks, stored_bytes) = stored(archive, &transfer)?;
    let name = axis.coordinate.name().to_owned();
    let written = run(converter, archive, transfer, true)?;
    let parts = [(name, extent.clone())];
    let before = records.iter().map(|record| record.order).max().unwrap_or(0);
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
    let bounds = zarrio_model::Region::new(vec![range]);
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
