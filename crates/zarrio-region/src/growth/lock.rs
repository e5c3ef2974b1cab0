//! One writer at a time that makes an archive longer.

use std::time::{Duration, Instant};

use zarrio_store::Claim;

use super::axis::RecordAxis;
use crate::RegionError;
use crate::convert::CancelToken;
use crate::zarr_source::ZarrSource;

/// The claim within the coordinate that grows.
pub(crate) const APPENDING: &str = ".zarrio/append";
/// How long another one is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
const NAP: Duration = Duration::from_millis(20);

/// The exclusive right to make an archive longer. It ends with its process.
#[derive(Debug)]
pub(crate) struct Lock(Box<dyn Claim>);

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
        let failed = || RegionError::store("cannot claim the end of the archive");
        let key = archive
            .place(&axis.coordinate)?
            .key(APPENDING)
            .map_err(failed())?;
        let begun = Instant::now();
        loop {
            cancel.check()?;
            if let Some(claim) = archive.store().claim(&key).map_err(failed())? {
                return Ok(Self(claim));
            }
            if begun.elapsed() >= PATIENCE {
                return Err(RegionError::Appending {
                    archive: archive.store().location(),
                    dimension: axis.name.clone(),
                });
            }
            std::thread::sleep(NAP);
        }
    }

    /// Makes sure that it is still ours: on stores without locks it may have run out.
    pub(crate) fn check(&self) -> Result<(), RegionError> {
        let failed = RegionError::store("the end of the archive is another's by now");
        self.0.check().map_err(failed)
    }

    /// Gives it back.
    pub(crate) fn release(self) -> Result<(), RegionError> {
        let failed = RegionError::store("cannot end the claim of the archive's end");
        self.0.withdraw().map_err(failed)
    }
}
