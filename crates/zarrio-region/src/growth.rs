//! An archive grows along one dimension.
//!
//! What lies beyond the end is seen by nobody, so that all of it is written before the
//! documents say that it is there: the data, the labels, the documents of the arrays, and last
//! the consolidated documents, by which readers open an archive. Whoever is killed before
//! leaves the old archive; what a killed writer left beyond the end is removed before it can
//! come to lie within.

mod axis;
mod clear;
mod commit;
mod encode;
mod labels;
mod lock;
mod overlap;
mod ranges;
mod tail;

use zarrio_model::Source as _;

use crate::RegionError;
use crate::convert::Converter;
use crate::exclusion::check_there;
use crate::ledger::check_shared;
use crate::limits::Limits;
use crate::zarr_source::ZarrSource;

pub(crate) use axis::RecordAxis;
pub(crate) use labels::{FileLabels, Irregularity, continued, labels_of};
pub(crate) use lock::{APPENDING, Lock};

pub use overlap::OnOverlap;

/// Growth that is planned.
pub(crate) struct Growth<'g> {
    pub(crate) converter: &'g Converter<'g>,
    /// The archive as it is.
    pub(crate) archive: &'g ZarrSource,
    pub(crate) axis: &'g RecordAxis,
    /// The archive as it is going to be, with its labels.
    pub(crate) grown: &'g ZarrSource,
    /// Its length.
    pub(crate) length: u64,
    /// The right to make it longer.
    pub(crate) lock: &'g Lock,
}

impl<'g> Growth<'g> {
    /// The archive with further labels, in the bytes of its coordinate.
    pub(crate) fn view(
        archive: &ZarrSource,
        axis: &RecordAxis,
        more: &[Vec<u8>],
    ) -> Result<(ZarrSource, u64), RegionError> {
        let mut labels = axis.label_bytes(archive)?;
        more.iter()
            .for_each(|label| labels.extend_from_slice(label));
        let length = axis.length + more.len() as u64;
        let coordinate = (axis.coordinate.clone(), labels);
        let grown = archive.grown(&axis.members, length, Some(coordinate));
        Ok((grown, length))
    }

    /// Removes what killed writers left where the archive is about to grow to.
    pub(crate) fn clear(&self) -> Result<(), RegionError> {
        for (path, axis) in &self.axis.members {
            let cells = self.axis.length..self.length;
            clear::clear(self.converter, self.archive, path, *axis, cells)?;
        }
        Ok(())
    }

    /// Writes the labels, and then the documents by which all of it is there.
    pub(crate) fn commit(&self) -> Result<(), RegionError> {
        let durable = RegionError::store("cannot make what was written durable");
        self.lock.check()?;
        tail::write_labels(self)?;
        self.archive.store().sync().map_err(durable)?;
        self.lock.check()?;
        commit::commit(self.converter, self.archive, self.axis, self.length)
    }
}

/// Does work that makes an archive longer while nobody else does: with the archive as it then is,
/// where what killed writers had begun is finished.
pub(crate) fn alone<T>(
    converter: &Converter<'_>,
    archive: &ZarrSource,
    wanted: &str,
    work: impl FnOnce(&ZarrSource, &RecordAxis, &Lock) -> Result<T, RegionError>,
) -> Result<T, RegionError> {
    let axis = RecordAxis::find(archive, wanted)?;
    check_shared(archive)?;
    let lock = Lock::take(archive, &axis, &converter.cancel)?;
    let there = check_there(archive, archive.schema().groups().map(|group| &group.path));
    let settled = there.and_then(|()| settle(converter, archive, wanted));
    let done = settled.and_then(|(archive, axis)| work(&archive, &axis, &lock));
    lock.release().and(done)
}

/// Finishes what a killed writer has begun: the archive as it then is, and its axis.
///
/// Whoever of us changed the document of any array had written all data and labels before. Other
/// programs change the documents first: what has no labels yet is not for us to finish.
fn settle(
    converter: &Converter<'_>,
    archive: &ZarrSource,
    wanted: &str,
) -> Result<(ZarrSource, RecordAxis), RegionError> {
    let mut archive = archive.reopen()?;
    let mut axis = RecordAxis::find(&archive, wanted)?;
    if let Some(doubtful) = commit::unfinished(&archive, &axis)? {
        axis.check_labels(&archive, &doubtful, Limits::new(&converter.config))?;
        commit::commit(converter, &archive, &axis, doubtful.end)?;
        archive = archive.reopen()?;
        axis = RecordAxis::find(&archive, wanted)?;
    }
    axis.check(&archive)?;
    tail::record(converter, &archive, &axis, None)?;
    Ok((archive, axis))
}

/// Records the labels of an archive that no record tells of yet.
pub(crate) fn record_labels(
    converter: &Converter<'_>,
    archive: &ZarrSource,
    wanted: &str,
    source: Option<crate::ledger::SourceRecord>,
) -> Result<(), RegionError> {
    let axis = RecordAxis::find(archive, wanted)?;
    tail::record(converter, archive, &axis, source)
}
