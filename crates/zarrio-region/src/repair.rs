//! Writes chunks anew that are not what the records tell, from the files that these name, and
//! documents from the consolidated metadata.
//!
//! What can be mended is planned before anything is written. A chunk that is absent or cannot
//! be read is written only when the files of all records that tell of it are at hand; else
//! it stays as it is. A chunk that can be read keeps whatever is right in it.

mod execute;
mod place;

use std::collections::BTreeMap;

use serde::Serialize;
use zarrio_model::{NodePath, Region, Source as _, VariableSchema};

use crate::RegionError;
use crate::convert::Converter;
use crate::ledger::{RecordKind, SourceRecord};
use crate::matching::MatchOptions;
use crate::recording::name_of;
use crate::verify::bad::Bad;
use crate::verify::history::Owner;
use crate::verify::in_group::InGroup;
use crate::verify::read::Reader;
use crate::verify::{Finding, Sources, Verification, Verifier, VerifyOptions};
use crate::zarr_source::ZarrSource;

/// Of labels that were made for the archive.
const OWN_LABELS: &str = "they are the labels of the archive itself, which no file has as it does: make another archive as this one was made, and copy the chunk from it";

/// What can be mended in an archive, and what cannot.
#[derive(Debug, Serialize)]
pub struct RepairPlan {
    /// Documents that can be written anew.
    pub documents: Vec<MendableDocument>,
    /// Chunks that can be written anew.
    pub chunks: Vec<Mendable>,
    /// What must stay as it is.
    pub left: Vec<Left>,
    /// What the user should know.
    pub notes: Vec<String>,
    /// Whether files could not be compared, because labels of the archive are damaged: what else
    /// is wrong shows when these are mended.
    pub is_partial: bool,
}

/// A metadata document that can be written anew, because there is none that can be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MendableDocument {
    /// The object.
    pub object: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A chunk that can be written anew.
#[derive(Debug, Clone, Serialize)]
pub struct Mendable {
    /// The variable.
    pub variable: String,
    /// The name of the chunk within the array.
    pub chunk: String,
    /// What is wrong with it.
    pub reason: String,
    /// The files that it is written from.
    pub files: Vec<String>,
    #[serde(skip)]
    bad: Bad,
    /// The parts that are written, each with the record that tells of it.
    #[serde(skip)]
    parts: Vec<(Region, usize)>,
}

/// Something that cannot be mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Left {
    /// What it is.
    pub what: String,
    /// Why it stays, and what to do about it.
    pub reason: String,
}

/// What a repair did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RepairReport {
    /// Documents that were written.
    pub documents: Vec<String>,
    /// Chunks that were written, as `variable/chunk`.
    pub mended: Vec<String>,
    /// What stays as it is.
    pub left: Vec<Left>,
}

impl Converter<'_> {
    /// Examines an archive and plans what can be mended; writes nothing. With `all`, recorded
    /// files are compared point by point, which finds what the records' numbers cannot tell.
    ///
    /// # Errors
    /// As [`Verifier::archive`].
    pub fn plan_repair(
        &self,
        archive: &ZarrSource,
        sources: &dyn Sources,
        options: &MatchOptions,
        all: bool,
    ) -> Result<RepairPlan, RegionError> {
        let verify = VerifyOptions {
            sources: all,
            ..VerifyOptions::default()
        };
        let mut verifier = self.verifier(archive, verify)?;
        verifier.archive(sources, options)?;
        let mut planner = Planner {
            verifier: &verifier,
            sources,
            options,
            files: BTreeMap::new(),
            chunks: Vec::new(),
            left: Vec::new(),
        };
        for (variable, chunk, bad) in verifier.bad.iter() {
            planner.chunk(variable, chunk, bad)?;
        }
        planner.place()?;
        let Planner {
            chunks, mut left, ..
        } = planner;
        let mut documents = Vec::new();
        for document in &verifier.documents {
            match document.anew {
                Ok(_) => documents.push(MendableDocument {
                    object: document.name.clone(),
                    reason: document.reason.clone(),
                }),
                Err(remedy) => left.push(Left {
                    what: format!("the document {}", document.name),
                    reason: format!("{}: {remedy}", document.reason),
                }),
            }
        }
        let is_partial = verifier.is_blind;
        let recorded = verifier.history.sources().into_iter();
        let recorded: Vec<SourceRecord> = recorded.map(|(source, _)| source.clone()).collect();
        let mut report = verifier.finish();
        let numbers = |variable: &str, file: &str| {
            let of_file: Vec<_> = recorded.iter().filter(|s| s.path == file).collect();
            if of_file.is_empty() {
                return "no file is on record that could tell what they were: copy the chunks from a copy of the archive, if there is one";
            }
            let at_hand = of_file.iter().any(|s| unusable(s, sources).is_none());
            match (at_hand, is_labels(archive, &NodePath::parse(variable))) {
                (false, _) => {
                    "the file that could tell where is not there as it was: give the file by hand"
                }
                (true, true) => OWN_LABELS,
                (true, false) => {
                    "the file cannot be compared: mend labels that are damaged, and run the command again"
                }
            }
        };
        left.extend(others(&report, &chunks, &left, numbers));
        if is_partial {
            report.notes.push(
                "labels of the archive are damaged, so that files could not be compared with it: what else is wrong shows when they are mended"
                    .into(),
            );
        }
        Ok(RepairPlan {
            documents,
            chunks,
            left,
            notes: report.notes,
            is_partial,
        })
    }
}

struct Planner<'p> {
    verifier: &'p Verifier<'p>,
    sources: &'p dyn Sources,
    options: &'p MatchOptions,
    /// Why the file of a record cannot be used; nothing where it can.
    files: BTreeMap<usize, Option<String>>,
    chunks: Vec<Mendable>,
    left: Vec<Left>,
}

impl Planner<'_> {
    fn chunk(&mut self, variable: &str, chunk: &[u64], bad: &Bad) -> Result<(), RegionError> {
        let path = NodePath::parse(variable);
        let Some(reader) = Reader::new(self.verifier.archive, &path)? else {
            return Ok(());
        };
        let history = &self.verifier.history;
        let holdings = history.of(reader.schema);
        let name = reader.array.chunk_key(chunk);
        let what = format!("{variable}, chunk {name}");
        if let Some(other) = self.unsettled(reader.schema) {
            self.left.push(Left {
                what,
                reason: format!(
                    "the documents of {other} contradict each other, and it may be right by one of them: settle that first, then run the command again"
                ),
            });
            return Ok(());
        }
        let mut parts: Vec<(Region, usize)> = Vec::new();
        for (part, owner) in history.owners(&holdings, &reader.chunk_region(chunk)) {
            let needed = match (owner, bad) {
                (Owner::Record(i), Bad::Wrong(records)) if !records.contains(&i) => None,
                (Owner::Record(i), _) => Some(i),
                (Owner::Nobody, _) | (_, Bad::Wrong(_)) => None,
                (Owner::Begun(i) | Owner::Torn(i), _) => {
                    let begun = &history.intents[i].0;
                    let file = begun.source.as_ref().map_or(&begun.id, |s| &s.path);
                    self.left.push(Left {
                        what,
                        reason: format!(
                            "the writing of {file} to it is not finished: write that file again"
                        ),
                    });
                    return Ok(());
                }
            };
            parts.extend(needed.map(|record| (part, record)));
        }
        if parts.is_empty() {
            // A chunk that nobody has to do with, and that cannot be read.
            self.left.push(Left {
                what,
                reason: "no record tells what should be in it".into(),
            });
            return Ok(());
        }
        let mut files = Vec::new();
        for (_, record) in &parts {
            if let Some(reason) = self.trouble(*record, &path) {
                self.left.push(Left { what, reason });
                return Ok(());
            }
            let file = name_of(&history.records[*record]);
            if !files.contains(&file) {
                files.push(file);
            }
        }
        self.chunks.push(Mendable {
            variable: variable.to_owned(),
            chunk: name,
            reason: match bad {
                Bad::Absent => "it is not there".into(),
                Bad::Torn(reason) => reason.clone(),
                Bad::Wrong(_) => "it is not what was written".into(),
            },
            files,
            bad: bad.clone(),
            parts,
        });
        Ok(())
    }

    /// A variable of which two documents contradict each other, by which a chunk of another may
    /// be taken for bad: its own, or that of the labels along one of its dimensions.
    fn unsettled(&self, variable: &VariableSchema) -> Option<&NodePath> {
        let Verifier {
            archive, unsettled, ..
        } = self.verifier;
        // What is no labels by the one document may be some by the other.
        let labels = |dimension: &String| {
            let groups = variable.path.parent().upwards();
            let mut paths = groups.map(|group| group.join(dimension));
            let nearest = paths.find(|path| unsettled.contains(path) || is_labels(archive, path));
            unsettled.get(&nearest?)
        };
        let own = unsettled.get(&variable.path);
        own.or_else(|| variable.dimensions.iter().find_map(labels))
    }

    /// Why a variable of a record cannot be written again.
    fn trouble(&mut self, record: usize, variable: &NodePath) -> Option<String> {
        let (sources, verifier) = (self.sources, self.verifier);
        let found = &verifier.history.records[record];
        let known = self.files.entry(record).or_insert_with(|| {
            let recorded = found.source.as_ref();
            recorded.map_or_else(
                || Some("its record names no file".to_owned()),
                |recorded| unusable(recorded, sources),
            )
        });
        if let Some(reason) = known {
            return Some(reason.clone());
        }
        // What was computed when a dataset was made stands in no file.
        if found.kind != RecordKind::Dataset {
            return None;
        }
        let recorded = found.source.as_ref()?;
        let source = match sources.open(recorded) {
            Ok(source) => source,
            Err(error) => return Some(error.to_string()),
        };
        let source = InGroup::new(source, verifier.archive, found);
        let placed = verifier.placing(self.options).record(&source, found);
        let there = placed.is_ok_and(|placed| {
            let mut transfers = placed.transfers.iter();
            transfers.any(|transfer| transfer.variable == *variable)
        });
        (!there).then(|| match is_labels(verifier.archive, variable) {
            true => OWN_LABELS.to_owned(),
            false => format!(
                "{} does not have it as the archive does: make another archive as this one was made, and copy the chunk from it",
                recorded.path
            ),
        })
    }
}

/// Why a file cannot be written again; nothing where it can.
fn unusable(recorded: &SourceRecord, sources: &dyn Sources) -> Option<String> {
    match sources.now(recorded) {
        Some(now) if now.is_same_file(recorded) => None,
        Some(_) => Some(format!(
            "{} has changed since: give the file as it was, or write the new one with write-region",
            recorded.path
        )),
        None => Some(format!(
            "it needs {}, which is not there: give the file by hand",
            recorded.path
        )),
    }
}

/// Whether a variable says where others lie.
fn is_labels(archive: &ZarrSource, variable: &NodePath) -> bool {
    let schema = archive.schema().variable(variable);
    schema.is_some_and(VariableSchema::is_dimension_coordinate)
}

/// Findings that no writing of chunks mends; `numbers` says why not, of a variable and a file whose
/// numbers are not those on record.
fn others(
    report: &Verification,
    chunks: &[Mendable],
    left: &[Left],
    numbers: impl Fn(&str, &str) -> &'static str,
) -> Vec<Left> {
    let is_planned = |variable: &str, file: &str| {
        let mut chunks = chunks.iter();
        chunks.any(|c| c.variable == variable && c.files.iter().any(|f| f == file))
    };
    let mut others = Vec::new();
    let mut push = |what: String, reason: &str| {
        let other = Left {
            what,
            reason: reason.to_owned(),
        };
        if !left.contains(&other) {
            others.push(other);
        }
    };
    for finding in &report.findings {
        match finding {
            Finding::Document { .. }
            | Finding::ChunkAbsent { .. }
            | Finding::ChunkTorn { .. }
            | Finding::Values { .. } => {}
            Finding::Numbers { variable, file, .. } if is_planned(variable, file) => {}
            Finding::Numbers { variable, file, .. } => push(
                format!("{variable}, of {file}"),
                &format!(
                    "its numbers are not those that were recorded: {}",
                    numbers(variable, file)
                ),
            ),
            Finding::Outside { variable, .. } => push(
                format!("{variable}, data that no record tells of"),
                "what should be there is not known: write the file that it is from once more, or make an archive that has records of all that is there, with 'zarrio convert'",
            ),
            Finding::Unfinished { variable, file, .. } => push(
                format!("{variable}, of {file}"),
                "the writing of this file was not finished: write it again",
            ),
            Finding::RecordDamaged { object, .. } => push(
                format!("the record {object}"),
                "a record cannot be made from data: remove this object, then write the file of its region once more",
            ),
            Finding::RecordUnfitting { file, variable, .. } => push(
                format!("the record of {file} about {variable}"),
                "it does not fit the archive: write the file once more",
            ),
            Finding::SourceChanged { recorded, .. } => push(
                recorded.path.clone(),
                "the file is not the one that was written: write it again, if the new one is right",
            ),
            Finding::Structure { variable, .. } => push(
                variable.clone(),
                "the metadata of an array cannot be made from data: restore them from a copy",
            ),
            Finding::Unmatched { file, messages } => push(file.clone(), &messages.join(": ")),
        }
    }
    others
}
