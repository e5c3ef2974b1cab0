//! What all ledgers of an archive say.

use std::collections::HashMap;

use zarrio_model::Source as _;

use crate::RegionError;
use crate::ledger::{Intent, Ledger, Record, Records};
use crate::zarr_source::ZarrSource;

/// Records and writers of all groups.
#[derive(Debug, Default)]
pub(crate) struct Account {
    /// The oldest first.
    pub(crate) records: Vec<Record>,
    pub(crate) damaged: Vec<(String, String)>,
    pub(crate) writers: Vec<Intent>,
    /// Announcements of writers that are gone, which cannot be read, and why.
    pub(crate) unreadable: Vec<(String, String)>,
    /// Whether each of the writers lives.
    pub(crate) running: Vec<bool>,
    /// What was recorded since the archive was opened, of elements that it got since: as what was
    /// begun to those that it had, which may be nothing.
    pub(crate) later: Vec<Intent>,
}

impl Account {
    /// Reads it. Writers may go on meanwhile: who is asked first and has ended before the
    /// records are read has left its record there.
    pub(crate) fn read(archive: &ZarrSource) -> Result<Self, RegionError> {
        let ledgers = Ledger::all(archive)?;
        let had = shapes(archive);
        let mut account = Self::default();
        for ledger in &ledgers {
            for (_, mut intent, running) in ledger.intents()? {
                cut(&mut intent, &had);
                // Upkeep of the ledger writes nothing.
                if !intent.parts.is_empty() {
                    account.writers.push(intent);
                    account.running.push(running);
                }
            }
            for (object, error) in ledger.unreadable()? {
                let reason = format!(
                    "what a writer announced that is gone, and it cannot be read ({error}): 'zarrio verify --sources' finds what that writer changed, 'zarrio clean' removes this"
                );
                account.unreadable.push((object, reason));
            }
        }
        for ledger in &ledgers {
            let Records { records, damaged } = ledger.records()?;
            account.records.extend(records);
            account.damaged.extend(damaged);
        }
        account
            .records
            .sort_by(|a, b| (a.order, &a.id).cmp(&(b.order, &b.id)));
        account.set_later_apart(archive)?;
        Ok(account)
    }

    /// Sets apart the records about elements that the archive did not have when it was opened, and
    /// has now: who makes it longer says so in its documents before that is recorded. What it
    /// does not have now either is damaged.
    fn set_later_apart(&mut self, archive: &ZarrSource) -> Result<(), RegionError> {
        let had = shapes(archive);
        if self.records.iter().all(|record| fits(record, &had)) {
            return Ok(());
        }
        let now = archive.reopen()?;
        let has = shapes(&now);
        let is_later = |record: &mut Record| !fits(record, &had) && fits(record, &has);
        let later = self.records.extract_if(.., is_later);
        self.later = later.map(|record| begun(&record, &had)).collect();
        Ok(())
    }
}

/// The shapes of an archive's variables by their paths.
type Shapes<'a> = HashMap<&'a str, &'a [u64]>;

fn shapes(archive: &ZarrSource) -> Shapes<'_> {
    let variables = archive.schema().variables();
    let shapes = variables.map(|variable| (variable.path.as_str(), variable.shape.as_slice()));
    shapes.collect()
}

/// Whether there are all elements that a record is about.
fn fits(record: &Record, shapes: &Shapes<'_>) -> bool {
    record.variables.iter().all(|part| {
        let extent = record.extents.get(part.extent);
        let shape = shapes.get(part.path.as_str());
        extent
            .zip(shape)
            .is_some_and(|(extent, shape)| extent.fits(shape))
    })
}

/// Leaves out what an archive does not have yet of what somebody is about to write: who makes it
/// longer may write over its end too. What lies behind it altogether stays as it is.
fn cut(intent: &mut Intent, shapes: &Shapes<'_>) {
    for (path, extent) in &mut intent.parts {
        let shape = shapes.get(path.as_str());
        if let Some(there) = shape.and_then(|shape| extent.within(shape)) {
            *extent = there;
        }
    }
}

/// What the announcement of a record said about the elements that there are.
fn begun(record: &Record, shapes: &Shapes<'_>) -> Intent {
    let parts = record.variable_parts().filter_map(|(part, extent)| {
        let shape = shapes.get(part.path.as_str())?;
        Some((part.path.clone(), extent.within(shape)?))
    });
    Intent {
        id: record.id.clone(),
        began: record.began.clone(),
        order: record.order,
        source: record.source.clone(),
        selection: record.selection.clone(),
        failed: false,
        writer: record.writer.clone(),
        parts: parts.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Extent, Moment};

    #[test]
    fn who_makes_an_archive_longer_is_known_by_what_is_there() {
        let extent = |start, end| Extent(vec![("time".into(), vec![[start, end]])]);
        let shapes: Shapes<'_> = [("t", &[10][..])].into_iter().collect();
        for (announced, there) in [((5, 15), (5, 10)), ((2, 9), (2, 9)), ((12, 15), (12, 15))] {
            let mut intent = Intent {
                id: "x".into(),
                began: Moment::from_nanoseconds(1),
                order: 1,
                source: None,
                selection: "s".into(),
                failed: false,
                writer: "w".into(),
                parts: vec![("t".into(), extent(announced.0, announced.1))],
            };
            cut(&mut intent, &shapes);
            assert_eq!(intent.parts, [("t".to_owned(), extent(there.0, there.1))]);
        }
    }
}
