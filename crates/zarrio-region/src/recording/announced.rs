//! Work that others know of, until it is recorded or given up.

use super::{Known, Recording, Standing, WriteRules, Written, latest};
use crate::RegionError;
use crate::ledger::{Begun, End, FORM, Intent, Moment, Record, RecordKind, VariableRecord, now};

/// Work that others know of.
pub(crate) struct Announced<'r, 'a> {
    pub(super) recording: &'r Recording<'a>,
    pub(super) known: Known,
    pub(super) began: u64,
    pub(super) begun: Vec<(Begun<'r, 'a>, Intent)>,
}

impl Announced<'_, '_> {
    /// What the ledger says now that nobody else changes it.
    pub(crate) fn known(&self) -> &Known {
        &self.known
    }

    /// What the ledger says now that nobody else changes it.
    pub(crate) fn standing(&self, rules: WriteRules) -> Result<Standing, RegionError> {
        self.recording.standing(rules, &self.known)
    }

    /// Withdraws the announcement of work of which nothing was done.
    pub(crate) fn withdraw(self) {
        for (begun, _) in self.begun {
            // What is left of it belongs to nobody, and is no obstacle.
            let _ = begun.end(End::Silent);
        }
    }

    /// Makes sure that nobody has taken this work for a dead writer's, before more of it is put.
    pub(crate) fn hold(&self) -> Result<(), RegionError> {
        self.begun.iter().try_for_each(|(begun, _)| begun.hold())
    }

    /// Records what was written, which is durable where that was asked for, and withdraws the
    /// announcement.
    pub(crate) fn finish(self, written: &[Written]) -> Result<(), RegionError> {
        let Recording {
            parts,
            source,
            selection,
            writer,
            durable,
            check,
            ..
        } = self.recording;
        self.begun.iter().try_for_each(|(begun, _)| begun.check())?;
        let work = parts.iter().zip(&self.known.0).zip(&self.begun);
        for ((part, known), (begun, intent)) in work {
            let before = latest(known).unwrap_or(0).max(intent.order);
            let order = now().max(before.saturating_add(1));
            let mut record = Record {
                form: FORM,
                id: part.id.clone(),
                kind: RecordKind::Region,
                order,
                began: Moment::from_nanoseconds(self.began),
                finished: Moment::from_nanoseconds(order),
                source: Some(source.clone()),
                selection: selection.clone(),
                reason: None,
                durable: *durable,
                check: check.clone(),
                version: env!("CARGO_PKG_VERSION").into(),
                writer: writer.clone(),
                parts: parts.len() as u32,
                announced: begun.entry().map(str::to_owned),
                extents: Vec::new(),
                variables: Vec::new(),
            };
            for ((path, extent), axis) in part.parts.iter().zip(&part.axes) {
                let done = written.iter().find(|w| w.report.variable.as_str() == path);
                if let Some(done) = done {
                    record.add(extent, VariableRecord::new(done, axis.clone()));
                }
            }
            part.ledger.put(&record)?;
        }
        // The records themselves, where everything is to be durable.
        if let Some(part) = parts.first() {
            part.ledger.sync()?;
        }
        self.end_of(true, End::Recorded)
    }

    /// Withdraws the announcement of work that changed nothing of what the records tell, and
    /// those that earlier runs of it have left when they were killed.
    pub(crate) fn end(self) -> Result<(), RegionError> {
        self.end_of(false, End::Silent)
    }

    /// Withdraws the announcement; of all of the work, or of some of it.
    fn end_of(self, all: bool, end: End) -> Result<(), RegionError> {
        let recording = self.recording;
        for ((begun, _), part) in self.begun.into_iter().zip(&recording.parts) {
            begun.end(end)?;
            // Those that earlier runs of this work have left when they were killed.
            let is_done =
                |intent: &Intent| intent.id == part.id || (all && recording.is_done(part, intent));
            let announced = part.ledger.announced_about(&part.parts)?;
            part.ledger
                .forget(announced, |_, intent| intent.as_ref().is_ok_and(is_done))?;
        }
        Ok(())
    }

    /// Withdraws the announcement of work whose data may be there in part. Where that would
    /// leave elements of two sources unnoticed, it stays, as that of a killed writer would;
    /// and so where what was stored was found not to be what was meant.
    pub(crate) fn give_up(self, error: &RegionError) {
        let failed = matches!(error, RegionError::Check { .. });
        for ((begun, mut intent), known) in self.begun.into_iter().zip(&self.known.0) {
            intent.failed = failed;
            let others = known.iter().any(|record| !self.recording.is_mine(record));
            if failed {
                // If that fails too, what was announced before is the better part of it.
                let _ = begun.announce(&intent);
            }
            if others || failed {
                begun.abandon();
            } else {
                // What is left of it belongs to nobody, and is no obstacle.
                let _ = begun.end(End::Silent);
            }
        }
    }
}
