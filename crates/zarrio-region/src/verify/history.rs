//! What the records of an archive say about each element: who wrote it last.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use zarrio_model::{NodePath, Region, Source as _, VariableSchema};

use super::report::Finding;
use crate::RegionError;
use crate::ledger::{Intent, Record, RecordKind, SourceRecord, VariableRecord};
use crate::ownership::Layers;
use crate::status::Account;
use crate::zarr_source::ZarrSource;

/// All that the ledgers of an archive say.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// The records that tell of data, the oldest first.
    pub(crate) records: Vec<Record>,
    /// What was begun and not ended, and whether somebody is at it.
    pub(crate) intents: Vec<(Intent, bool)>,
    /// Whether the archive was made longer since it was opened.
    pub(crate) has_grown: bool,
    /// Objects that are no records although their names say so, and why.
    pub(crate) damaged: Vec<(String, String)>,
    /// Records whose parts do not fit the array that they name.
    pub(crate) unfitting: Vec<(String, String)>,
}

/// To whom elements belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    /// A record of the history.
    Record(usize),
    /// An intent whose writer is at work.
    Begun(usize),
    /// An intent whose writer is gone: there may be elements of it, and of what was before.
    Torn(usize),
    /// Nobody: there should be nothing.
    Nobody,
}

/// Where a writer that is gone may have left elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Torn {
    pub(crate) region: Region,
    /// Its intent.
    pub(crate) intent: usize,
    /// The record of what was there before.
    pub(crate) record: Option<usize>,
}

/// What the ledgers say about one variable.
#[derive(Debug, Default)]
pub(crate) struct Holdings {
    records: Layers,
    /// The record of each layer.
    record_of: Vec<usize>,
    intents: Layers,
    intent_of: Vec<usize>,
}

impl History {
    /// Reads all ledgers of an archive.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn read(archive: &ZarrSource) -> Result<Self, RegionError> {
        let account = Account::read(archive)?;
        let finished = |intent: &Intent| {
            let mut records = account.records.iter();
            records.any(|r| r.id == intent.id && r.order >= intent.order)
        };
        let intents = account.writers.iter().zip(account.running);
        let intents = intents.filter(|(intent, live)| *live || !finished(intent));
        let intents = intents.map(|(intent, live)| (intent.clone(), live));
        // What they did to elements that are looked at was done meanwhile.
        let later = account.later.iter().filter(|done| !done.parts.is_empty());
        let later = later.map(|done| (done.clone(), true));
        let mut history = Self {
            intents: intents.chain(later).collect(),
            has_grown: !account.later.is_empty(),
            damaged: account.damaged,
            records: account.records,
            unfitting: Vec::new(),
        };
        // A gap says that there are no data: whatever is written, is written over it.
        history.records.retain(|r| r.kind != RecordKind::Gap);
        history.intents.sort_by_key(|(intent, _)| intent.order);
        for record in &history.records {
            for variable in &record.variables {
                let path = NodePath::parse(&variable.path);
                let extent = record.extents.get(variable.extent);
                let schema = archive.schema().variable(&path);
                if schema.is_none_or(|schema| extent.is_none_or(|e| !e.fits(&schema.shape))) {
                    history
                        .unfitting
                        .push((crate::recording::name_of(record), variable.path.clone()));
                }
            }
        }
        Ok(history)
    }

    /// What they say about a variable.
    pub(crate) fn of(&self, variable: &VariableSchema) -> Holdings {
        let path = variable.path.as_str();
        let (mut record_of, mut records) = (Vec::new(), Vec::new());
        for (i, record) in self.records.iter().enumerate() {
            if let Some(extent) = record.extent_of(path).filter(|e| e.fits(&variable.shape)) {
                records.push(extent.clone());
                record_of.push(i);
            }
        }
        let (mut intent_of, mut intents) = (Vec::new(), Vec::new());
        for (i, (intent, _)) in self.intents.iter().enumerate() {
            let own = intent.parts.iter().filter(|(name, _)| name == path);
            for (_, extent) in own.filter(|(_, extent)| extent.fits(&variable.shape)) {
                intents.push(extent.clone());
                intent_of.push(i);
            }
        }
        Holdings {
            records: Layers::new(records),
            record_of,
            intents: Layers::new(intents),
            intent_of,
        }
    }

    /// What a record says about a variable.
    pub(crate) fn part(&self, record: usize, variable: &NodePath) -> Option<&VariableRecord> {
        let mut parts = self.records.get(record)?.variables.iter();
        parts.find(|part| part.path == variable.as_str())
    }

    /// Disjoint boxes that together are a region of a variable, each with its owner.
    pub(crate) fn owners(&self, holdings: &Holdings, region: &Region) -> Vec<(Region, Owner)> {
        let mut owners = Vec::new();
        for (part, begun) in holdings.intents.stacks(region) {
            for (part, record) in holdings.records.cut(&part) {
                let record = record.map(|layer| holdings.record_of[layer]);
                let begun = self.begun(record, holdings.intents_of(&begun));
                let owner = match begun.last() {
                    Some(intent) if self.intents[*intent].1 => Owner::Begun(*intent),
                    Some(intent) => Owner::Torn(*intent),
                    None => record.map_or(Owner::Nobody, Owner::Record),
                };
                owners.push((part, owner));
            }
        }
        owners
    }

    /// The parts of a region of a variable of which nobody knows whether they are of a writer that
    /// is gone or of what was before. A part comes once for each such writer, the latest first.
    pub(crate) fn torn(&self, holdings: &Holdings, region: &Region) -> Vec<Torn> {
        let mut torn = Vec::new();
        for (part, begun) in holdings.intents.stacks(region) {
            // Where nobody began anything the records, which may be many, need no look.
            if begun.is_empty() {
                continue;
            }
            for (region, record) in holdings.records.cut(&part) {
                let record = record.map(|layer| holdings.record_of[layer]);
                let begun = self.begun(record, holdings.intents_of(&begun));
                let gone = begun.into_iter().rev().filter(|i| !self.intents[*i].1);
                torn.extend(gone.map(|intent| Torn {
                    region: region.clone(),
                    intent,
                    record,
                }));
            }
        }
        torn
    }

    /// What is told of the unfinished writings of a variable.
    pub(crate) fn unfinished(
        &self,
        variable: &VariableSchema,
        holdings: &Holdings,
    ) -> Vec<Finding> {
        let mut elements: BTreeMap<usize, u64> = BTreeMap::new();
        for torn in self.torn(holdings, &Region::full(&variable.shape)) {
            *elements.entry(torn.intent).or_default() += torn.region.num_elements();
        }
        let finding = |(intent, elements): (usize, u64)| {
            let (begun, _) = &self.intents[intent];
            let source = begun.source.as_ref();
            Finding::Unfinished {
                variable: variable.path.to_string(),
                file: source.map_or_else(|| begun.id.clone(), |source| source.path.clone()),
                writer: begun.writer.clone(),
                elements,
            }
        };
        elements.into_iter().map(finding).collect()
    }

    /// Which of the intents about some elements, the oldest first, may have left something where
    /// a record is the latest; of each file the last.
    fn begun(&self, record: Option<usize>, intents: impl Iterator<Item = usize>) -> Vec<usize> {
        let record = record.map(|i| &self.records[i]);
        let mut found: Vec<usize> = Vec::new();
        for i in intents {
            let (begun, live) = &self.intents[i];
            let is_over = record.is_some_and(|record| record.order > begun.order);
            // What is written again from the same source stays what it is, unless what was
            // stored was found not to be what was meant, or another one was begun before.
            let is_same = record
                .is_some_and(|record| record.is_work_of(begun.source.as_ref(), &begun.selection));
            let again = is_same && !begun.failed && found.is_empty();
            if again || (is_over && !live) {
                continue;
            }
            found.retain(|known| !self.intents[*known].0.is_work_of(begun));
            found.push(i);
        }
        found
    }

    /// The variables about which another, later history says something else.
    pub(crate) fn changed(&self, later: &Self) -> BTreeSet<String> {
        let known = |record: &Record| {
            let mut own = self.records.iter();
            own.any(|own| own.id == record.id && own.order == record.order)
        };
        let records = later.records.iter().filter(|record| !known(record));
        let mut changed: BTreeSet<String> = records
            .flat_map(|record| record.variables.iter().map(|v| v.path.clone()))
            .collect();
        let known = |begun: &Intent| {
            let mut own = self.intents.iter();
            own.any(|(own, _)| own.id == begun.id && own.order == begun.order)
        };
        let intents = later.intents.iter().filter(|(begun, _)| !known(begun));
        changed.extend(intents.flat_map(|(begun, _)| begun.parts.iter().map(|(v, _)| v.clone())));
        changed
    }

    /// Whether a source of this identity is on record for a variable.
    pub(crate) fn knows(&self, variable: &NodePath, source: &SourceRecord) -> bool {
        let mut records = self.records.iter();
        records.any(|record| {
            record.has_source(Some(source)) && record.extent_of(variable.as_str()).is_some()
        })
    }

    /// The sources on record with the numbers of their records, in the order in which they
    /// were first written; one file counts once.
    pub(crate) fn sources(&self) -> Vec<(&SourceRecord, Vec<usize>)> {
        let mut found: Vec<(&SourceRecord, Vec<usize>)> = Vec::new();
        let mut index: HashMap<&SourceRecord, usize> = HashMap::new();
        for (i, record) in self.records.iter().enumerate() {
            let Some(source) = &record.source else {
                continue;
            };
            let at = *index.entry(source).or_insert_with(|| {
                found.push((source, Vec::new()));
                found.len() - 1
            });
            found[at].1.push(i);
        }
        found
    }
}

impl Holdings {
    /// The intents of some layers.
    fn intents_of<'h>(&'h self, layers: &'h [usize]) -> impl Iterator<Item = usize> + 'h {
        layers.iter().map(|layer| self.intent_of[*layer])
    }

    /// Whether anybody wrote, or writes, anything of a region.
    pub(crate) fn meets(&self, region: &Region) -> bool {
        !self.records.meeting(region).is_empty() || !self.intents.meeting(region).is_empty()
    }

    /// Whether a record tells of anything in a region.
    pub(crate) fn is_recorded(&self, region: &Region) -> bool {
        !self.records.meeting(region).is_empty()
    }
}
