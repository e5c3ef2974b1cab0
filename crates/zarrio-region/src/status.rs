//! What an archive has of what it should have, computed from its records and its chunks.
//!
//! For every element the latest record that is about it tells what is there; a writer of
//! another file that began later and has not finished makes that uncertain. What records tell
//! of counts as there only where the store has the chunk.

mod account;
mod chunks;
mod layers;
mod paint;
mod places;
mod stretches;
mod variable;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Serialize;
use zarrio_model::{NodePath, Source as _, VariableSchema};

pub use places::{DeclaredGap, FileOverlap, Place, SourceStatus, Writer};
pub use stretches::{State, Stretch};
pub use variable::{ChunkCounts, VariableStatus};

use crate::RegionError;
use crate::axis::record_axis;
use crate::convert::Converter;
use crate::dates::Dates;
use crate::limits::Limits;
use crate::origin;
use crate::pipeline::{is_in_pool, pool};
use crate::verify::AGAIN;
use crate::zarr_source::ZarrSource;
pub(crate) use account::Account;
use chunks::Chunks;
use layers::{Frame, Told};
use places::Shared;
use variable::{Found, look};

/// What an archive has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    /// Whether everything was written, or declared not to be there, and every record can be
    /// read.
    pub complete: bool,
    /// Every variable, in the order of the archive.
    pub variables: Vec<VariableStatus>,
    /// Declared gaps.
    pub gaps: Vec<DeclaredGap>,
    /// Where one file was written over another.
    pub overlaps: Vec<FileOverlap>,
    /// The files that the data are from, in the order in which they were written.
    pub sources: Vec<SourceStatus>,
    /// Who is writing, and who began and did not finish.
    pub writers: Vec<Writer>,
    /// How many records there are.
    pub records: u64,
    /// Records and announcements that cannot be read, and records about elements that there are
    /// not, and why.
    pub damaged: Vec<(String, String)>,
    /// Variables of types that are not looked at.
    pub unsupported: Vec<String>,
}

impl Converter<'_> {
    /// [`Status::of`] on as many threads as the settings say, as far as the system has them. Where
    /// an archive is just being made longer, that is waited for, but not for long.
    ///
    /// # Errors
    /// As [`Status::of`], and when the caller asked to stop.
    pub fn status(
        &self,
        archive: &ZarrSource,
        dimension: Option<&str>,
    ) -> Result<Status, RegionError> {
        let look = || Status::of(archive, dimension);
        let pool = pool(Limits::new(&self.config).jobs);
        let look = || match &pool {
            Ok(pool) => pool.install(look),
            Err(_) => look(),
        };
        let status = look()?;
        if !status.lacks_last_labels() {
            return Ok(status);
        }
        self.cancel.sleep(AGAIN)?;
        look()
    }
}

impl Status {
    /// Computes the status of an archive that grows along the dimension of a name, or where
    /// that is not given or a variable does not have it, along the first one whose labels are
    /// times. Takes what the archive's groups record and the names of its chunks; no chunk is
    /// read.
    ///
    /// # Errors
    /// When the store or the archive's metadata cannot be read.
    pub fn of(archive: &ZarrSource, dimension: Option<&str>) -> Result<Self, RegionError> {
        let account = Account::read(archive)?;
        let computed = origin::is_computed(archive)?;
        let told = Told::new(&account.records, &account.writers);
        let variables: Vec<&VariableSchema> = archive.schema().variables().collect();
        let find = |variable: &&VariableSchema| {
            let axis = record_axis(archive, variable, dimension);
            let chunks = chunks_of(archive, variable, axis)?;
            let mut found = look(variable, axis, &told, Some(&chunks));
            if computed {
                // They are the template's own.
                found.status.chunks.outside = chunks.beyond;
            }
            Ok(found)
        };
        let found: Result<Vec<Found>, RegionError> = match is_in_pool() {
            true => variables.par_iter().map(find).collect(),
            false => variables.iter().map(find).collect(),
        };
        let found = found?;
        let mut status = Self::put_together(&account, &told, &found);
        let groups = archive.schema().groups();
        let unsupported = groups.flat_map(|group| &group.unsupported);
        status.unsupported = unsupported.map(|v| v.path.to_string()).collect();
        status.add_dates(archive);
        Ok(status)
    }

    /// Whether the last data are on record and their labels are not, which are recorded after
    /// them.
    fn lacks_last_labels(&self) -> bool {
        let is_there = |variable: &VariableStatus| {
            let last = variable.stretches.last();
            last.is_some_and(|stretch| stretch.state != State::Absent)
        };
        let is_cut = |labels: &&VariableStatus| {
            let name = NodePath::parse(&labels.path);
            labels.dimension.as_deref() == Some(name.name())
                && labels.stretches.len() > 1
                && !is_there(labels)
        };
        let mut cut = self.variables.iter().filter(is_cut);
        cut.any(|labels| {
            let mut along = self.variables.iter();
            along.any(|v| v.dimension == labels.dimension && is_there(v))
        })
    }

    fn put_together(account: &Account, told: &Told<'_>, found: &[Found]) -> Self {
        let shared = Shared {
            account,
            told,
            found,
        };
        let mut damaged = account.damaged.clone();
        damaged.extend(account.unreadable.iter().cloned());
        let unfit: BTreeSet<usize> = found.iter().flat_map(|f| f.unfit.iter().copied()).collect();
        damaged.extend(unfit.into_iter().map(|i| {
            let reason = "it is about elements that the archive does not have";
            (account.records[i].id.clone(), reason.to_owned())
        }));
        let is_there = |stretch: &Stretch| stretch.state != State::Absent;
        Self {
            complete: damaged.is_empty()
                && found
                    .iter()
                    .all(|f| f.status.stretches.iter().all(is_there)),
            gaps: shared.gaps(),
            overlaps: shared.overlaps(),
            sources: shared.sources(),
            writers: shared.writers(),
            records: account.records.len() as u64,
            damaged,
            variables: found.iter().map(|f| f.status.clone()).collect(),
            unsupported: Vec::new(),
        }
    }

    /// Adds the dates of all stretches, where the labels can be read.
    fn add_dates(&mut self, archive: &ZarrSource) {
        let mut dates = Dates::new(archive);
        for variable in &mut self.variables {
            let Some(dimension) = &variable.dimension else {
                continue;
            };
            for stretch in &mut variable.stretches {
                let positions = (stretch.start, stretch.end);
                stretch.time = dates.range(&variable.path, dimension, positions);
            }
        }
        let gaps = self.gaps.iter_mut().map(|gap| &mut gap.place);
        let overlaps = self.overlaps.iter_mut().map(|overlap| &mut overlap.place);
        for place in gaps.chain(overlaps) {
            if let (Some(variable), Some(dimension)) = (place.variables.first(), &place.dimension) {
                place.time = dates.range(variable, dimension, (place.start, place.end));
            }
        }
    }
}

/// How many elements each of an archive's records still tells of, by its number; what is in the
/// store is not looked at.
pub(crate) fn in_force(archive: &ZarrSource, account: &Account) -> BTreeMap<usize, u64> {
    let told = Told::new(&account.records, &account.writers);
    let mut all = BTreeMap::new();
    for variable in archive.schema().variables() {
        let found = look(variable, record_axis(archive, variable, None), &told, None);
        for (record, elements) in found.in_force.into_iter().chain(found.in_gap) {
            let known: &mut u64 = all.entry(record).or_default();
            *known = known.saturating_add(elements);
        }
    }
    all
}

/// The chunks of a variable that the store has.
fn chunks_of(
    archive: &ZarrSource,
    variable: &VariableSchema,
    axis: Option<usize>,
) -> Result<Chunks, RegionError> {
    let array = archive.stored_array(&variable.path)?;
    let frame = Frame::new(&variable.shape, axis);
    let mut chunks = Chunks::new(&frame, &array)?;
    let place = archive.place(&variable.path)?;
    chunks.look(archive.store(), &place, &frame, &array)?;
    Ok(chunks)
}
