//! Which parts of a variable that does not grow the archive does not have yet.
//!
//! A part is what is stored as one object. What a writer stored before it was stopped, or
//! other tiles have stored, is compared; what nobody has stored is written.

use std::collections::BTreeMap;

use zarrio_model::{Region, SourceError, StoredPart, VariableSchema};

use super::cells::Cells;
use super::held::windows;
use super::side::Side;
use super::values::Values;
use crate::placement::Placement;

/// The parts of a variable of the archive, as far as they were looked at.
pub(super) struct Parts<'a> {
    archive: &'a Side<'a>,
    variable: &'a VariableSchema,
    /// Whether other files bring the rest of what this one covers in part.
    partial: bool,
    /// What an element reads as that was never written.
    unwritten: Option<Values>,
    /// Those that meet the present window.
    present: Vec<StoredPart>,
    /// Those that have to be written, by where they begin.
    pub(super) lacking: BTreeMap<Vec<u64>, Region>,
}

impl<'a> Parts<'a> {
    pub(super) fn new(archive: &'a Side<'a>, variable: &'a VariableSchema, partial: bool) -> Self {
        let unwritten = archive.source.unwritten_value(&variable.path);
        Self {
            archive,
            variable,
            partial,
            unwritten: unwritten.map(|bytes| Values::of_bytes(variable, &bytes)),
            present: Vec::new(),
            lacking: BTreeMap::new(),
        }
    }

    /// Turns to a window. Gives whether anything that is placed there is stored, so that it
    /// has to be compared.
    pub(super) fn look(
        &mut self,
        placement: &Placement,
        window: &Region,
    ) -> Result<bool, SourceError> {
        let parts = self
            .archive
            .source
            .stored_parts(&self.variable.path, window)?;
        self.present = parts.unwrap_or_else(|| {
            // Nothing is known: all of it is one part that is there.
            vec![StoredPart {
                region: Region::full(&self.variable.shape),
                stored: true,
            }]
        });
        self.present.retain(|part| {
            let met = part.region.intersection(window);
            placement.within(&met).num_elements() > 0
        });
        for part in self.present.iter().filter(|part| !part.stored) {
            self.lacking
                .insert(part.region.start(), part.region.clone());
        }
        Ok(self.present.iter().any(|part| part.stored))
    }

    /// Whether an element of the archive that differs may be written, because nothing was
    /// written there yet.
    ///
    /// A zero is a value, for times often count from themselves, so that what reads like an
    /// unwritten element is taken for one only where other files bring other elements of the
    /// same part. Elsewhere the whole part must be missing.
    pub(super) fn may_write(
        &mut self,
        position: &[u64],
        cells: &Cells,
        index: usize,
    ) -> Result<bool, SourceError> {
        let holds = |part: &StoredPart| {
            let mut ranges = position.iter().zip(part.region.ranges());
            ranges.all(|(at, range)| range.contains(at))
        };
        let Some(found) = self.present.iter().position(holds) else {
            return Ok(false);
        };
        // Neighbours are mostly in one part.
        self.present.swap(0, found);
        let part = &self.present[0];
        if !part.stored {
            return Ok(true);
        }
        let start = part.region.start();
        let void = if self.partial {
            let unwritten = self.unwritten.as_ref();
            cells.is_void(index)
                || unwritten.is_some_and(|unwritten| cells.is_stored_as(index, unwritten))
        } else {
            self.lacking.contains_key(&start) || self.is_void(&part.region)?
        };
        if void {
            let region = part.region.clone();
            self.lacking.entry(start).or_insert(region);
        }
        Ok(void)
    }

    /// Whether a part says nothing anywhere.
    fn is_void(&self, part: &Region) -> Result<bool, SourceError> {
        for window in windows(part) {
            if !Cells::read(self.archive, self.variable, &window, None)?.are_void() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
