//! Writes what was planned.

use std::collections::BTreeMap;

use zarrio_model::{NodePath, Source};

use super::{Left, Mendable, RepairPlan, RepairReport};
use crate::RegionError;
use crate::ancestors::claim;
use crate::block::{BlockPlan, BlockRequest};
use crate::check::{Check, Compared};
use crate::convert::Converter;
use crate::ledger::{Record, check_shared};
use crate::limits::Limits;
use crate::matching::MatchOptions;
use crate::memory::Buffer;
use crate::observer::Event;
use crate::output::Output;
use crate::pipeline::{LOCK, Pipeline, pool};
use crate::recording::{Announced, Recording};
use crate::transfer::{Parts, Transfer};
use crate::verify::Sources;
use crate::verify::bad::Bad;
use crate::verify::history::{History, Owner};
use crate::verify::in_group::InGroup;
use crate::verify::placing::Placing;
use crate::verify::read::{Found, Reader};
use crate::zarr_source::ZarrSource;
use rayon::ThreadPool;
use zarrio_model::config::{CheckLevel, Config};
use zarrio_store::Claim;

/// What a text takes on average.
const TEXT_BYTES: u64 = 64;

/// A source at work, with what it is to write.
struct Job {
    source: InGroup<Box<dyn Source>>,
    transfers: Vec<Transfer>,
}

impl Converter<'_> {
    /// Writes the documents and chunks of a plan anew, beside any other writers. Each chunk is read
    /// back and compared after it is stored.
    ///
    /// # Errors
    /// When the store fails, a file that is at work changes, or the caller asked to stop.
    /// Running it again goes on where it was.
    pub fn repair(
        &self,
        archive: &ZarrSource,
        plan: RepairPlan,
        sources: &dyn Sources,
        options: &MatchOptions,
    ) -> Result<RepairReport, RegionError> {
        let config = Config {
            check: CheckLevel::ReadBack,
            ..self.config.clone()
        };
        let arrays = archive.schema().variables().filter_map(|variable| {
            let array = archive.stored_array(&variable.path).ok()?;
            Some((variable, array.chunk_shape().to_vec()))
        });
        let arrays: Vec<_> = arrays.collect();
        let limits = Limits::new(&config);
        let limits = limits.for_variables(arrays.iter().map(|(v, shape)| (*v, shape.as_slice())));
        let pool = &pool(limits.jobs)?;
        let mut report = RepairReport {
            documents: self.documents(archive, &plan, pool)?,
            mended: Vec::new(),
            left: plan.left,
        };
        if plan.chunks.is_empty() {
            return Ok(report);
        }
        check_shared(archive)?;
        let history = History::read(archive)?;
        // Those of the same records go together; what datasets brought goes first, because
        // files are placed by its labels.
        let mut groups: BTreeMap<Vec<usize>, Vec<Mendable>> = BTreeMap::new();
        for chunk in plan.chunks {
            let mut records: Vec<usize> = chunk.parts.iter().map(|(_, record)| *record).collect();
            records.sort_unstable();
            records.dedup();
            groups.entry(records).or_default().push(chunk);
        }
        self.observer.on_event(&Event::Planned {
            variables: groups.len(),
            chunks: groups.values().map(|chunks| chunks.len() as u64).sum(),
            bytes: 0,
        });
        let mender = Mender {
            converter: self,
            archive,
            history: &history,
            sources,
            options,
            pool,
            limits: &limits,
            check: &Check::new(&config),
        };
        for (records, chunks) in groups {
            self.cancel.check()?;
            match mender.group(&records, &chunks)? {
                None => {
                    let names = chunks.iter().map(|c| format!("{}/{}", c.variable, c.chunk));
                    report.mended.extend(names);
                }
                Some(reason) => report.left.extend(chunks.iter().map(|c| Left {
                    what: format!("{}, chunk {}", c.variable, c.chunk),
                    reason: reason.clone(),
                })),
            }
        }
        archive
            .store()
            .sync()
            .map_err(RegionError::store("cannot make the data durable"))?;
        Ok(report)
    }

    /// Writes the documents that are still as they were when it was planned. Who else changes
    /// documents of the archive is kept out meanwhile.
    fn documents(
        &self,
        archive: &ZarrSource,
        plan: &RepairPlan,
        pool: &ThreadPool,
    ) -> Result<Vec<String>, RegionError> {
        if plan.documents.is_empty() {
            return Ok(Vec::new());
        }
        let output = Output::at(archive.store(), archive.root().clone());
        let claim = claim(&output, &self.cancel)?;
        let written = self.claimed(&output, archive, plan, pool, claim.as_ref());
        let failed = RegionError::store("cannot end the claim of the archive");
        let withdrawn = claim.withdraw().map_err(failed);
        let written = written?;
        withdrawn.map(|()| written)
    }

    fn claimed(
        &self,
        output: &Output<'_>,
        archive: &ZarrSource,
        plan: &RepairPlan,
        pool: &ThreadPool,
        claim: &dyn Claim,
    ) -> Result<Vec<String>, RegionError> {
        let mut written = Vec::new();
        for document in archive.doubtful(pool, &self.cancel)? {
            let is_planned = plan.documents.iter().any(|d| d.object == document.name);
            let Some(bytes) = document.anew.ok().filter(|_| is_planned) else {
                continue;
            };
            self.cancel.check()?;
            let lost = RegionError::store("another process changes the archive's documents by now");
            claim.check().map_err(lost)?;
            output.put(&output.key(&document.name)?, &bytes)?;
            written.push(document.name);
        }
        output.sync()?;
        Ok(written)
    }
}

/// What is the same for every chunk.
struct Mender<'m> {
    converter: &'m Converter<'m>,
    archive: &'m ZarrSource,
    history: &'m History,
    sources: &'m dyn Sources,
    options: &'m MatchOptions,
    pool: &'m ThreadPool,
    limits: &'m Limits,
    check: &'m Check,
}

impl Mender<'_> {
    /// Writes the chunks that some records tell of. Gives why it could not.
    fn group(&self, records: &[usize], chunks: &[Mendable]) -> Result<Option<String>, RegionError> {
        let mut jobs = Vec::new();
        for record in records {
            match self.job(*record, chunks)? {
                Ok(job) => jobs.push(job),
                Err(reason) => return Ok(Some(reason)),
            }
        }
        let mut recordings = Vec::new();
        for (job, record) in jobs.iter().zip(records) {
            recordings.push(Recording::new(
                self.converter,
                &job.source,
                self.archive,
                &job.transfers,
                self.history.records[*record].selection.clone(),
            )?);
        }
        // Others who write something else here are noticed by it, and notice us.
        let mut announced: Vec<Announced<'_, '_>> = Vec::new();
        let mut trouble = None;
        for recording in &recordings {
            match recording.known().and_then(|known| recording.begin(&known)) {
                Ok(begun) => announced.push(begun),
                Err(error) => {
                    trouble = Some(error);
                    break;
                }
            }
        }
        let done = match trouble {
            Some(error) => Err(error),
            None => self.mend(&jobs, chunks, &announced),
        };
        for begun in announced {
            begun.end()?;
        }
        match done {
            Err(error @ (RegionError::Overlap { .. } | RegionError::Archive { .. })) => {
                Ok(Some(error.to_string()))
            }
            done => done,
        }
    }

    fn mend(
        &self,
        jobs: &[Job],
        chunks: &[Mendable],
        announced: &[Announced<'_, '_>],
    ) -> Result<Option<String>, RegionError> {
        // What was finished before we were noticed.
        let now = History::read(self.archive)?;
        if !chunks.iter().all(|chunk| self.is_as_planned(&now, chunk)) {
            return Ok(Some(
                "another file was written to it meanwhile: run the command again".into(),
            ));
        }
        for chunk in chunks.iter().filter(|c| matches!(c.bad, Bad::Torn(_))) {
            self.replace(jobs, chunk)?;
        }
        for job in jobs {
            let pipeline = Pipeline {
                source: &job.source,
                store: self.archive.store(),
                observer: self.converter.observer,
                cancel: &self.converter.cancel,
                pool: self.pool,
                scratch: None,
                memory: self.limits.memory,
                shared: true,
                only_looks: false,
                check: self.check,
                hold: &|| announced.iter().try_for_each(Announced::hold),
            };
            pipeline.run(&job.transfers)?;
            job.source.check_unchanged()?;
        }
        Ok(None)
    }

    /// Opens the source of a record and restricts its transfers to what is to be written.
    fn job(&self, record: usize, chunks: &[Mendable]) -> Result<Result<Job, String>, RegionError> {
        let found: &Record = &self.history.records[record];
        let Some(recorded) = &found.source else {
            return Ok(Err("its record names no file".into()));
        };
        let source = InGroup::new(self.sources.open(recorded)?, self.archive, found);
        let placing = Placing {
            converter: self.converter,
            archive: self.archive,
            limits: self.limits,
            options: self.options,
            small: false,
        };
        let placed = match placing.record(&source, found) {
            Ok(placed) => placed,
            Err(error @ (RegionError::Match(_) | RegionError::Source(_))) => {
                return Ok(Err(format!("{}: {error}", recorded.path)));
            }
            Err(error) => return Err(error),
        };
        let mut transfers = Vec::new();
        for chunk in chunks {
            let path = NodePath::parse(&chunk.variable);
            for (part, _) in chunk.parts.iter().filter(|(_, owner)| *owner == record) {
                let found = placed.transfers.iter().find(|t| t.variable == path);
                let Some(transfer) = found.filter(|t| t.placement.covers(part)) else {
                    return Ok(Err(format!(
                        "{} does not say which of its values go there; write it again as it was written",
                        recorded.path
                    )));
                };
                transfers.push(self.restricted(&source, transfer, part)?);
            }
        }
        Ok(Ok(Job { source, transfers }))
    }

    /// A transfer of a part only.
    fn restricted(
        &self,
        source: &dyn Source,
        transfer: &Transfer,
        part: &zarrio_model::Region,
    ) -> Result<Transfer, RegionError> {
        let schema = source.schema().variable(&transfer.variable);
        let width = transfer.array.data_type().size();
        Ok(Transfer {
            variable: transfer.variable.clone(),
            array: self.archive.stored_array(&transfer.variable)?,
            place: transfer.place.clone(),
            dimensions: transfer.dimensions.clone(),
            axis: transfer.axis,
            missing: transfer.missing.clone(),
            recode: transfer.recode.clone(),
            placement: transfer.placement.within(part),
            only: None,
            // A chunk is one block.
            blocks: BlockPlan::new(&BlockRequest {
                bounds: part,
                chunk_shape: transfer.array.chunk_shape(),
                source_chunks: schema.and_then(|s| s.layout.unit()),
                element_size: width.map_or(TEXT_BYTES, |width| width as u64),
                block_bytes: 1,
            }),
        })
    }

    /// Whether a chunk still belongs to whom it did.
    fn is_as_planned(&self, now: &History, chunk: &Mendable) -> bool {
        let path = NodePath::parse(&chunk.variable);
        let Some(schema) = self.archive.schema().variable(&path) else {
            return false;
        };
        let holdings = now.of(schema);
        chunk.parts.iter().all(|(part, record)| {
            let id = &self.history.records[*record].id;
            let owners = now.owners(&holdings, part);
            owners.iter().all(|(_, owner)| match owner {
                Owner::Record(i) => now.records[*i].id == *id,
                _ => false,
            })
        })
    }

    /// Puts an object with all that the files have for a chunk in place of one that cannot be
    /// read, and so cannot be merged with. There is the old one or the new one, whenever this ends.
    fn replace(&self, jobs: &[Job], chunk: &Mendable) -> Result<(), RegionError> {
        let path = NodePath::parse(&chunk.variable);
        let Some(reader) = Reader::new(self.archive, &path)? else {
            return Ok(());
        };
        let mut object: Option<Vec<u8>> = None;
        for Job { source, transfers } in jobs {
            for transfer in transfers.iter().filter(|t| t.variable == path) {
                for region in transfer.blocks.regions() {
                    let mut chunks = transfer.chunks(&region).into_iter();
                    let is_it = |c: &Vec<u64>| transfer.array.chunk_key(c) == chunk.chunk;
                    let Some(index) = chunks.find(is_it) else {
                        continue;
                    };
                    object = Some(self.pool.install(|| {
                        let parts = &mut Parts::default();
                        let block =
                            transfer.read_block(source, &region, Buffer::default(), parts, None)?;
                        let (old, scratch) = (object.as_deref(), &mut Vec::new());
                        transfer.encode(&index, &block, old, Compared::Encoded, scratch)
                    })?);
                }
            }
            source.check_unchanged()?;
        }
        let Some(object) = object else {
            return Ok(());
        };
        let failed = || {
            RegionError::store(format!(
                "cannot replace chunk {} of variable {:?}, which cannot be read",
                chunk.chunk, chunk.variable
            ))
        };
        let key = reader.place.key(&chunk.chunk).map_err(failed())?;
        let lock = reader.place.key(LOCK).map_err(failed())?;
        // Another writer may have put a whole one since.
        let is_torn = |old: &[u8]| !matches!(reader.decodes(old), Found::Whole);
        let mut replace = |old: Option<&[u8]>| old.is_some_and(is_torn).then(|| object.clone());
        let merged = self.archive.store().merge(&key, &lock, &mut replace);
        merged.map(|_| ()).map_err(failed())
    }
}
