//! Changes of a ledger that are about no data being written.

use super::{Begun, End, Intent, Ledger, Moment, now};
use crate::RegionError;
use crate::exclusion::check_there;
use crate::zarr_source::ZarrSource;

/// The id of what is announced, which is no record's.
pub(super) const UPKEEP: &str = "records";

impl<'a> Ledger<'a> {
    /// Changes what the ledger says, with an announcement that hinders nobody but those who would
    /// replace the archive meanwhile: what was read in one archive is never put into the next.
    pub(crate) fn upkeep<T>(
        &self,
        archive: &ZarrSource,
        writer: &str,
        change: impl FnOnce() -> Result<T, RegionError>,
    ) -> Result<T, RegionError> {
        self.announced_upkeep(archive, writer, UPKEEP, |_| change())
    }

    /// The same, announced by another id.
    pub(super) fn announced_upkeep<T>(
        &self,
        archive: &ZarrSource,
        writer: &str,
        id: &str,
        change: impl FnOnce(&Begun<'_, 'a>) -> Result<T, RegionError>,
    ) -> Result<T, RegionError> {
        let order = now();
        let begun = self.begin(&Intent {
            id: id.into(),
            began: Moment::from_nanoseconds(order),
            order,
            source: None,
            selection: String::new(),
            failed: false,
            writer: writer.into(),
            parts: Vec::new(),
        })?;
        let changed = check_there(archive, [self.group()]).and_then(|()| change(&begun));
        let ended = begun.end(End::Silent);
        let changed = changed?;
        ended.map(|()| changed)
    }
}
