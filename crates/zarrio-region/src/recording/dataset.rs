//! The record of a dataset that was made whole.

use zarrio_model::{NodePath, Source};

use super::Written;
use crate::RegionError;
use crate::convert::Converter;
use crate::ledger::{
    FORM, Ledger, Moment, Record, RecordKind, SourceRecord, VariableRecord, anchor, now,
};
use crate::output::Output;
use crate::plan::ConvertPlan;
use crate::transfer::Transfer;

/// A dataset that was made whole.
pub(crate) struct Dataset<'w> {
    pub(crate) converter: &'w Converter<'w>,
    pub(crate) plan: &'w ConvertPlan,
    pub(crate) source: &'w dyn Source,
    pub(crate) began: u64,
}

impl Dataset<'_> {
    /// Records what was written, one record in each group that has arrays.
    pub(crate) fn record(
        &self,
        output: &Output<'_>,
        transfers: &[Transfer],
        written: &[Written],
    ) -> Result<(), RegionError> {
        let arrays: Vec<&NodePath> = transfers.iter().map(|t| &t.variable).collect();
        let all = self.plan.variables.iter().map(|v| v.encoding.path());
        let all: Vec<&NodePath> = all.collect();
        let mut groups: Vec<NodePath> = arrays.iter().map(|path| path.parent()).collect();
        groups.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        groups.dedup();
        let count = groups.len() as u32;
        for group in groups {
            let Some(first) = anchor(all.iter().copied(), &group) else {
                continue;
            };
            let source = SourceRecord::new(self.source.file());
            let finished = now();
            let mut record = Record {
                form: FORM,
                id: String::new(),
                kind: RecordKind::Dataset,
                order: finished,
                began: Moment::from_nanoseconds(self.began),
                finished: Moment::from_nanoseconds(finished),
                source: Some(source),
                selection: String::new(),
                reason: None,
                durable: self.converter.config.fsync,
                check: self.converter.check().to_string(),
                version: env!("CARGO_PKG_VERSION").into(),
                writer: self.converter.writer.clone(),
                parts: count,
                announced: None,
                extents: Vec::new(),
                variables: Vec::new(),
            };
            let mut parts = Vec::new();
            for (transfer, done) in transfers.iter().zip(written) {
                let plan = self.plan.variables.iter();
                let mut plan = plan.filter(|v| *v.encoding.path() == transfer.variable);
                let placeholder = plan.next().is_some_and(|v| v.placeholder);
                if transfer.variable.parent() != group || placeholder {
                    continue;
                }
                let extent = transfer.extent();
                record.add(&extent, VariableRecord::new(done, transfer.axis_name()));
                parts.push((transfer.variable.name().to_owned(), extent));
            }
            record.id = Record::id_of(record.source.as_ref(), "", &parts);
            Ledger::at(output.store(), &output.node(first)?, &group)?.put_first(&record)?;
        }
        Ok(())
    }
}
