//! Changes of a ledger that are about no data being written.

use super::{Intent, Ledger, Moment, now};
use crate::RegionError;
use crate::exclusion::check_there;
use crate::zarr_source::ZarrSource;

/// The id of what is announced, which is no record's.
const UPKEEP: &str = "records";

impl Ledger<'_> {
    /// Changes what the ledger says, with an announcement that hinders nobody but those who would
    /// replace the archive meanwhile: what was read in one archive is never put into the next.
    pub(crate) fn upkeep<T>(
        &self,
        archive: &ZarrSource,
        writer: &str,
        change: impl FnOnce() -> Result<T, RegionError>,
    ) -> Result<T, RegionError> {
        let order = now();
        let begun = self.begin(&Intent {
            id: UPKEEP.into(),
            began: Moment::from_nanoseconds(order),
            order,
            source: None,
            selection: String::new(),
            failed: false,
            writer: writer.into(),
            parts: Vec::new(),
        })?;
        let changed = check_there(archive, [self.group()]).and_then(|()| change());
        let ended = begun.end();
        let changed = changed?;
        ended.map(|()| changed)
    }
}
