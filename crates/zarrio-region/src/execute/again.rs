//! A template that is made again from files that were touched meanwhile.

use std::collections::BTreeMap;

use zarrio_model::{NodePath, Source};

use super::transfers;
use crate::RegionError;
use crate::convert::Converter;
use crate::ledger::{Ledger, RecordKind, anchor};
use crate::limits::Limits;
use crate::output::Output;
use crate::pipeline::{Pipeline, pool};
use crate::plan::ConvertPlan;
use crate::recording::Sums;
use crate::transfer::Transfer;
use crate::write::has_sums;

/// Whether a template that is there, with the documents of the plan, has the data that the plan
/// would write into it, by the records of who wrote them. Regions that came since are no matter.
pub(super) fn holds(
    converter: &Converter<'_>,
    plan: &ConvertPlan,
    source: &dyn Source,
    output: &Output<'_>,
) -> Result<bool, RegionError> {
    let placeholders = plan.variables.iter().filter(|v| v.placeholder);
    let placeholders: Vec<&NodePath> = placeholders.map(|v| v.encoding.path()).collect();
    let mut transfers = transfers(converter, plan, source, output)?;
    transfers.retain(|transfer| !placeholders.contains(&&transfer.variable));
    let Some(sums) = recorded(plan, output, &transfers)? else {
        return Ok(false);
    };
    let (pool, check) = (pool(plan.jobs)?, converter.check());
    let pipeline = Pipeline {
        source,
        store: output.store(),
        observer: &crate::observer::Silent,
        cancel: &converter.cancel,
        pool: &pool,
        scratch: None,
        memory: Limits::new(&converter.config).memory,
        shared: false,
        only_looks: true,
        check: &check,
        hold: &|| Ok(()),
    };
    has_sums(&pipeline, &transfers, &sums)
}

/// The sums on record of what was written with the archive itself; none where something else has
/// been written in its place.
fn recorded(
    plan: &ConvertPlan,
    output: &Output<'_>,
    transfers: &[Transfer],
) -> Result<Option<Sums>, RegionError> {
    let mut groups: BTreeMap<NodePath, Vec<&Transfer>> = BTreeMap::new();
    for transfer in transfers {
        let group = groups.entry(transfer.variable.parent()).or_default();
        group.push(transfer);
    }
    let mut sums = Sums::default();
    for (group, transfers) in groups {
        let all = plan.variables.iter().map(|v| v.encoding.path());
        let Some(first) = anchor(all, &group) else {
            return Ok(None);
        };
        let parts = transfers.iter().map(|transfer| {
            let name = transfer.variable.name().to_owned();
            (name, transfer.extent())
        });
        let parts: Vec<_> = parts.collect();
        let ledger = Ledger::at(output.store(), &output.node(first)?, &group)?;
        for record in ledger.meeting(&parts, "")? {
            let about = record.variables.iter();
            let about = about.filter(|v| transfers.iter().any(|t| t.variable.as_str() == v.path));
            for variable in about {
                match (record.kind, variable.sum) {
                    (RecordKind::Dataset, Some(sum)) => sums.insert(variable.path.clone(), sum),
                    _ => return Ok(None),
                };
            }
        }
    }
    Ok(Some(sums))
}
