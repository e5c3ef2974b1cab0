//! Who replaces an archive and who writes into it exclude each other.
//!
//! A writer announces its work in the ledger and then looks for the claim of somebody who
//! replaces the archive; who replaces it claims it and then looks for announcements. Of two at
//! once at least one sees the other, because both tell before they look.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use zarrio_model::NodePath;

use crate::RegionError;
use crate::growth::APPENDING;
use crate::ledger::{Ledger, anchor};
use crate::output::{self, Output, State};
use crate::pauses::Pauses;
use crate::zarr_source::{ZarrSource, array_paths};

/// How long a writer waits for one who changes the archive's metadata.
const PATIENCE: Duration = Duration::from_secs(10);

/// Fails where the archive is no more, or is being replaced this moment: the whole of it, one of
/// these groups, or what lies between. To be asked after the work on them was announced.
pub(crate) fn check_there<'g>(
    archive: &ZarrSource,
    groups: impl IntoIterator<Item = &'g NodePath>,
) -> Result<(), RegionError> {
    let root = NodePath::parse(archive.root().as_str());
    let mut places: BTreeSet<String> = BTreeSet::new();
    for group in groups {
        let mut path = group.below(&root);
        while places.insert(path.as_str().to_owned()) && !path.is_root() {
            path = path.parent();
        }
    }
    for place in places {
        check_unclaimed(&Output::new(archive.store(), &NodePath::parse(&place))?)?;
    }
    let output = Output::at(archive.store(), archive.root().clone());
    match output.state()? {
        State::Node => Ok(()),
        _ => Err(removed(&output)),
    }
}

/// Waits until nobody claims a place any more.
fn check_unclaimed(output: &Output<'_>) -> Result<(), RegionError> {
    let (begun, mut pauses) = (Instant::now(), Pauses::new());
    while output.exists(output::CLAIM)? {
        match output.claim() {
            // A group that is being added claims those above it for a moment.
            Err(RegionError::Busy { .. }) if begun.elapsed() < PATIENCE => pauses.pause(),
            Err(error) => return Err(error),
            // What a killed process has left on an archive that is whole.
            Ok(claim) if output.state()? == State::Node => {
                let failed = RegionError::store("cannot remove a mark that was left behind");
                claim.withdraw().map_err(failed)?;
            }
            Ok(_) => return Err(removed(output)),
        }
    }
    Ok(())
}

fn removed(output: &Output<'_>) -> RegionError {
    RegionError::Archive {
        message: format!("{} was removed meanwhile", output.location()),
    }
}

/// Fails while somebody writes into a dataset that is to be replaced. To be asked after it was
/// claimed.
pub(crate) fn nobody_writes(output: &Output<'_>) -> Result<(), RegionError> {
    let arrays = array_paths(output.store(), output.place())?;
    let failed = || RegionError::store("cannot tell who makes the archive longer");
    for array in &arrays {
        let key = output.node(array)?.key(APPENDING).map_err(failed())?;
        // The mark of one who died is taken, and left for the next who appends.
        if output.store().exists(&key).map_err(failed())?
            && output.store().claim(&key).map_err(failed())?.is_none()
        {
            return Err(RegionError::Appending {
                archive: output.location(),
            });
        }
    }
    let mut groups: Vec<NodePath> = arrays.iter().map(NodePath::parent).collect();
    groups.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    groups.dedup();
    for group in groups {
        let Some(first) = anchor(&arrays, &group) else {
            continue;
        };
        let ledger = Ledger::at(output.store(), &output.node(first)?, &group)?;
        if let Some((other, writer)) = ledger.at_work()? {
            return Err(RegionError::Overlap { other, writer });
        }
    }
    Ok(())
}
