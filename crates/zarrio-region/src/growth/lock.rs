//! One writer at a time that makes an archive longer.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use zarrio_model::NodePath;
use zarrio_store::{Claim, Key};

use super::axis::RecordAxis;
use crate::RegionError;
use crate::convert::CancelToken;
use crate::ledger::anchor;
use crate::pauses::Pauses;
use crate::zarr_source::ZarrSource;

/// The claim of a group's arrays, within the first of them.
pub(crate) const APPENDING: &str = ".zarrio/append";
/// How long another one is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The exclusive right to change the lengths of the arrays that grow together. It ends with its
/// process.
///
/// An array has one document for all its lengths, so that what grows along another dimension is
/// excluded too: there is one claim for each group that has such arrays.
#[derive(Debug)]
pub(crate) struct Lock(Vec<Box<dyn Claim>>);

impl Lock {
    /// Waits for the right, but not for long.
    ///
    /// # Errors
    /// [`RegionError::Appending`] when another process has it.
    pub(crate) fn take(
        archive: &ZarrSource,
        axis: &RecordAxis,
        cancel: &CancelToken,
    ) -> Result<Self, RegionError> {
        let begun = Instant::now();
        let mut lock = Self(Vec::new());
        for key in keys(archive, axis)? {
            match claim(archive, &key, begun, cancel) {
                Ok(claim) => lock.0.push(claim),
                Err(error) => {
                    // It is not ours, whatever becomes of the others.
                    let _ = lock.release();
                    return Err(error);
                }
            }
        }
        Ok(lock)
    }

    /// Makes sure that it is still ours: on stores without locks it may have run out.
    pub(crate) fn check(&self) -> Result<(), RegionError> {
        let failed = || RegionError::store("the end of the archive is another's by now");
        self.0
            .iter()
            .try_for_each(|claim| claim.check().map_err(failed()))
    }

    /// Gives it back.
    pub(crate) fn release(self) -> Result<(), RegionError> {
        let failed = || RegionError::store("cannot end the claim of the archive's end");
        let withdrawn = self.0.into_iter().rev();
        let withdrawn = withdrawn.map(|claim| claim.withdraw().map_err(failed()));
        // All of them, also behind one that fails.
        withdrawn.fold(Ok(()), Result::and)
    }
}

/// What is claimed, in an order that is the same for everybody.
fn keys(archive: &ZarrSource, axis: &RecordAxis) -> Result<Vec<Key>, RegionError> {
    let groups: BTreeSet<NodePath> = axis.members.iter().map(|(path, _)| path.parent()).collect();
    let firsts = groups
        .iter()
        .filter_map(|group| anchor(archive.arrays(), group));
    let key = |first: &NodePath| {
        let key = archive.place(first)?.key(APPENDING);
        key.map_err(RegionError::store("cannot claim the end of the archive"))
    };
    firsts.map(key).collect()
}

fn claim(
    archive: &ZarrSource,
    key: &Key,
    begun: Instant,
    cancel: &CancelToken,
) -> Result<Box<dyn Claim>, RegionError> {
    let failed = || RegionError::store("cannot claim the end of the archive");
    let mut pauses = Pauses::new();
    loop {
        cancel.check()?;
        if let Some(claim) = archive.store().claim(key).map_err(failed())? {
            return Ok(claim);
        }
        if begun.elapsed() >= PATIENCE {
            return Err(RegionError::Appending {
                archive: archive.store().location(),
            });
        }
        pauses.pause();
    }
}
