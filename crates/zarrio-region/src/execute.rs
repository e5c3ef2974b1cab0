//! Carries out a planned conversion.
//!
//! The order of writes makes the archive appear whole: array documents, chunks, group
//! documents children first, and the root group's document last. Until then the output
//! bears the mark of an unfinished dataset.

mod again;

use std::sync::Arc;
use std::time::Instant;

use zarrio_codec::StoredArray;
use zarrio_model::Source;
use zarrio_store::{Claim, Key, Store, StoreError};

use crate::RegionError;
use crate::ancestors::Ancestors;
use crate::axis::axis_of;
use crate::content::Missing;
use crate::convert::Converter;
use crate::exclusion::nobody_writes;
use crate::hierarchy::{self, Node};
use crate::json::to_bytes;
use crate::ledger::now;
use crate::limits::Limits;
use crate::observer::{ConvertReport, Event, VariableReport};
use crate::origin::{Match, Origin};
use crate::output::{Kind, Output, State};
use crate::packing::{look, notes};
use crate::pipeline::{Pipeline, pool};
use crate::placement::Placement;
use crate::plan::{ConvertPlan, VariablePlan};
use crate::recode::Recode;
use crate::recording::Dataset;
use crate::scratch::check_room;
use crate::transfer::Transfer;

pub(crate) fn execute(
    converter: &Converter<'_>,
    plan: &ConvertPlan,
    source: &dyn Source,
    store: &dyn Store,
) -> Result<ConvertReport, RegionError> {
    let begun = Instant::now();
    let site = Site::new(converter, plan, source, store)?;
    // Refused before a claim leaves any trace.
    let done = site.check()?;
    let Site {
        output,
        arrays,
        groups,
        origin,
        ancestors,
        ..
    } = &site;
    if !done {
        let planned = plan.with_blocks();
        let planned = planned.map(|(variable, blocks)| (variable.encoding.path(), blocks));
        check_room(converter.scratch(), planned)?;
    }
    let claim = output.claim()?;
    // Another process may have finished between our look and our claim.
    let done = done || site.is_done()?;
    if !done && output.state()? == State::Node {
        // Who begins to write regions looks for our claim after announcing it.
        nobody_writes(output)?;
    }

    let mut report = ConvertReport {
        already_done: done,
        source_bytes: source.identity().size,
        notes: plan.notes.clone(),
        untyped_attributes: plan
            .variables
            .iter()
            .flat_map(|variable| variable.encoding.untyped_attributes())
            .collect(),
        ..ConvertReport::default()
    };
    if !done {
        let work = Work {
            converter,
            plan,
            source,
            output,
            claim: &*claim,
        };
        match work.write(arrays, groups, origin, ancestors) {
            Ok(variables) => {
                report.notes.extend(notes(&variables, &converter.config));
                report.variables = variables;
            }
            Err(error) => {
                // What is left is no dataset, but nobody wants to find it either. Where it
                // cannot be removed, the mark stays and the next run replaces it.
                // What another one has made who took our place is not ours to remove.
                if claim.check().is_ok() && output.clear().is_ok() && ancestors.undo().is_ok() {
                    let _ = claim.withdraw();
                }
                return Err(error);
            }
        }
    }
    // Also where the dataset was done already: its writer may have been killed before this.
    ancestors.list(groups, arrays)?;
    output.sync()?;
    claim
        .withdraw()
        .map_err(RegionError::store("cannot end the claim of the output"))?;

    let sum = |bytes: fn(&VariableReport) -> u64| report.variables.iter().map(bytes).sum::<u64>();
    report.raw_bytes = sum(|v| v.raw_bytes);
    report.stored_bytes = sum(|v| v.stored_bytes);
    let documents: usize = arrays
        .iter()
        .chain(groups)
        .map(|node| node.documents.len())
        .sum();
    report.objects = if done {
        0
    } else {
        sum(|v| v.chunks) + documents as u64
    };
    report.elapsed = begun.elapsed();
    Ok(report)
}

/// Where the dataset of a plan goes, and what it will be there.
struct Site<'a> {
    converter: &'a Converter<'a>,
    plan: &'a ConvertPlan,
    source: &'a dyn Source,
    output: Output<'a>,
    arrays: Vec<Node>,
    groups: Vec<Node>,
    origin: Origin,
    ancestors: Ancestors<'a>,
}

impl<'a> Site<'a> {
    fn new(
        converter: &'a Converter<'a>,
        plan: &'a ConvertPlan,
        source: &'a dyn Source,
        store: &'a dyn Store,
    ) -> Result<Self, RegionError> {
        let arrays = hierarchy::arrays(plan);
        Ok(Self {
            converter,
            plan,
            source,
            output: Output::new(store, &plan.group)?,
            groups: hierarchy::groups(plan, &arrays),
            arrays,
            origin: Origin::new(plan, source.identity()),
            ancestors: Ancestors::new(store, plan, &converter.cancel)?,
        })
    }

    /// Whether the output is already what would be written; an error where it must not be touched.
    fn is_done(&self) -> Result<bool, RegionError> {
        let (output, plan) = (&self.output, self.plan);
        refuse_or_done(output, plan.overwrite, || {
            match self.origin.matches(output, plan, &self.groups)? {
                Match::Other => Ok(false),
                Match::Same => Ok(true),
                Match::Touched => again::holds(self.converter, plan, self.source, output),
            }
        })
    }

    /// The same, and an error where the groups above can have no such dataset.
    fn check(&self) -> Result<bool, RegionError> {
        let done = self.is_done()?;
        self.ancestors.check()?;
        Ok(done)
    }
}

impl Converter<'_> {
    /// Whether the output has already what a plan would write there. Nothing is written.
    ///
    /// # Errors
    /// As [`convert`](Self::convert) where something else is there that must not be touched, or
    /// the store fails.
    pub fn check_output(
        &self,
        plan: &ConvertPlan,
        source: &dyn Source,
        store: &dyn Store,
    ) -> Result<bool, RegionError> {
        Site::new(self, plan, source, store)?.check()
    }
}

/// Whether the output is done; an error where it must not be touched.
fn refuse_or_done(
    output: &Output<'_>,
    overwrite: bool,
    is_done: impl Fn() -> Result<bool, RegionError>,
) -> Result<bool, RegionError> {
    match output.state()? {
        State::Absent | State::Unfinished => Ok(false),
        // It is one of an archive, which would lose it.
        State::Node if output.kind()? == Kind::Array => Err(RegionError::OutputExists {
            message: format!("{} is an array, which is never replaced", output.location()),
            hint: "give the place of an archive, or another --group".into(),
        }),
        // What may have been written into it since is to go: so much was asked for.
        State::Node if overwrite => Ok(false),
        State::Node if is_done()? => Ok(true),
        State::Node => Err(RegionError::OutputExists {
            message: format!("{} exists already", output.location()),
            hint: "give another output, or --overwrite to replace it".into(),
        }),
        State::Foreign => Err(RegionError::OutputExists {
            message: format!("{} exists and is no Zarr archive", output.location()),
            hint: "give another output; what is no archive is never overwritten".into(),
        }),
    }
}

/// What is written of each variable, and where.
fn transfers(
    converter: &Converter<'_>,
    plan: &ConvertPlan,
    source: &dyn Source,
    output: &Output<'_>,
) -> Result<Vec<Transfer>, RegionError> {
    plan.with_blocks()
        .map(|(variable, blocks)| {
            let encoding = &variable.encoding;
            let schema = source.schema().variable(encoding.path());
            let packed = schema.zip(variable.packing.as_ref());
            let packed =
                packed.map(|(from, plan)| Recode::pack(from, plan.packing, plan.on_exceeded));
            let rounded = schema.zip(variable.kept_bits);
            let rounded = rounded.map(|(from, bits)| Recode::round(from, bits));
            let time = Some(converter.config.time.dim.as_str());
            Ok(Transfer {
                dimensions: encoding.dimensions().to_vec(),
                axis: schema.and_then(|schema| axis_of(source, schema, time)),
                missing: Missing::of(encoding.attributes()),
                variable: variable.encoding.path().clone(),
                array: StoredArray::new(&variable.encoding)?,
                place: output.node(variable.encoding.path())?,
                recode: packed.or(rounded).map(Arc::new),
                only: None,
                placement: Placement::whole(variable.encoding.shape()),
                blocks: blocks.clone(),
            })
        })
        .collect()
}

fn taken() -> impl FnOnce(StoreError) -> RegionError {
    RegionError::store("another process has taken the place of this one")
}

/// A sum over the variables whose data are written.
fn total(plan: &ConvertPlan, of: impl Fn(&VariablePlan) -> u64) -> u64 {
    let each = plan.with_blocks().map(|(variable, _)| of(variable));
    each.fold(0, u64::saturating_add)
}

/// What the writing needs.
struct Work<'a> {
    converter: &'a Converter<'a>,
    plan: &'a ConvertPlan,
    source: &'a dyn Source,
    output: &'a Output<'a>,
    claim: &'a dyn Claim,
}

impl Work<'_> {
    fn write(
        &self,
        arrays: &[Node],
        groups: &[Node],
        origin: &Origin,
        ancestors: &Ancestors<'_>,
    ) -> Result<Vec<VariableReport>, RegionError> {
        let Self {
            converter,
            plan,
            source,
            output,
            claim,
        } = *self;
        if output.state()? != State::Absent {
            // Nobody shall find it through a group above while it is not whole.
            ancestors.list(&[], &[])?;
            output.clear()?;
        }
        ancestors.create()?;
        // No array is one yet for anybody: in any order.
        let documents = arrays.iter().map(|array| self.documents(array));
        let documents: Vec<_> = documents.collect::<Result<_, _>>()?;
        self.output.put_each(&documents.concat())?;
        converter.observer.on_event(&Event::Planned {
            variables: plan.with_blocks().count(),
            chunks: total(plan, |variable| variable.encoding.num_objects()),
            bytes: total(plan, VariablePlan::raw_bytes),
        });
        let began = now();
        let check = converter.check();
        let pool = pool(plan.jobs)?;
        let pipeline = Pipeline {
            source,
            store: output.store(),
            observer: converter.observer,
            cancel: &converter.cancel,
            pool: &pool,
            scratch: converter.scratch(),
            memory: Limits::new(&converter.config).memory,
            shared: false,
            only_looks: false,
            check: &check,
            hold: &|| claim.hold().map_err(taken()),
        };
        let transfers = transfers(converter, plan, source, output)?;
        let written = pipeline.run(&transfers).map_err(|error| {
            // What went wrong with one block is told of all of them.
            let all = || look(source, &transfers, &pool, &converter.cancel);
            match error {
                RegionError::Range { .. } => all().err().unwrap_or(error),
                _ => error,
            }
        })?;
        source.check_unchanged()?;
        converter.cancel.check()?;

        converter.observer.on_event(&Event::Committing);
        origin.put(output)?;
        let work = Dataset {
            converter,
            plan,
            source,
            began,
        };
        work.record(output, &transfers, &written)?;
        let reports = written.into_iter().map(|w| w.report).collect();
        let (root, children) = match groups.split_last() {
            Some((root, children)) => (root, children),
            None => return Ok(reports),
        };
        for group in children {
            self.put_documents(group)?;
        }
        // Everything is durable before the document that says it is there, and ours.
        output.sync()?;
        claim.check().map_err(taken())?;
        self.put_documents(root)?;
        Ok(reports)
    }

    /// One after the other: the last one makes it a node.
    fn put_documents(&self, node: &Node) -> Result<(), RegionError> {
        for (key, bytes) in self.documents(node)? {
            self.output.put(&key, &bytes)?;
        }
        Ok(())
    }

    fn documents(&self, node: &Node) -> Result<Vec<(Key, Vec<u8>)>, RegionError> {
        let place = self.output.node(&node.path)?;
        let documents = node.documents.iter().map(|document| {
            let failed = RegionError::store(format!("cannot write {}", document.name));
            let key = place.key(document.name).map_err(failed)?;
            Ok((key, to_bytes(&document.json)))
        });
        documents.collect()
    }
}
