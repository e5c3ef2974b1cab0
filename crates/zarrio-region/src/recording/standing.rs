//! What the ledger says about work that is to be done.

use super::{Known, Part, Recording, Standing, WriteRules, name_of, survives};
use crate::RegionError;
use crate::ledger::{Intent, Record, RecordKind};

impl Recording<'_> {
    /// What is known says about all of it.
    pub(crate) fn standing(
        &self,
        rules: WriteRules,
        known: &Known,
    ) -> Result<Standing, RegionError> {
        if !rules.force
            && let Some(superseded) = self.superseded(known)?
        {
            return Ok(superseded);
        }
        // What the archive lacks is to be written whatever the records say.
        let mut all_done = rules.resume && !self.parts.is_empty() && !self.lacking;
        for (part, known) in self.parts.iter().zip(&known.0) {
            if rules.keep_others
                && let Some(other) = self.others(known).next_back()
            {
                return Err(RegionError::Written {
                    other: name_of(other),
                    finished: other.finished.to_string(),
                });
            }
            all_done &= match self.mine(part, known) {
                Some(mine) if self.over(mine, known).is_none() => {
                    survives(mine, &self.writer) && !self.is_disturbed(part, mine)?
                }
                _ => false,
            };
        }
        Ok(if all_done {
            Standing::Done
        } else {
            Standing::Open
        })
    }

    /// Whether another source was written over this one later; nothing where all of this one was
    /// begun once more since, by somebody who died: what is there may be of both.
    fn superseded(&self, known: &Known) -> Result<Option<Standing>, RegionError> {
        for (part, known) in self.parts.iter().zip(&known.0) {
            let mine = self.mine(part, known);
            let Some((mine, over)) = mine.and_then(|mine| Some((mine, self.over(mine, known)?)))
            else {
                continue;
            };
            if self.is_begun_again(part, |intent| intent.resumes(mine, over))? {
                continue;
            }
            let name = name_of(over);
            let is_left = self.is_begun_again(part, |intent| intent.is_left_of(mine, known))?;
            return Ok(Some(match is_left {
                true => Standing::Torn(name),
                false => Standing::Superseded(name),
            }));
        }
        Ok(None)
    }

    /// The latest record of all of this work.
    fn mine<'k>(&self, part: &Part<'_>, known: &'k [Record]) -> Option<&'k Record> {
        known.iter().rev().find(|record| {
            record.kind == RecordKind::Region && self.is_mine(record) && record.holds(&part.parts)
        })
    }

    /// The records of data of other sources.
    fn others<'k>(&self, known: &'k [Record]) -> impl DoubleEndedIterator<Item = &'k Record> {
        let others = known.iter();
        others.filter(|record| record.kind != RecordKind::Gap && !self.is_mine(record))
    }

    /// The latest of those that are later than a record of this work.
    fn over<'k>(&self, mine: &Record, known: &'k [Record]) -> Option<&'k Record> {
        self.others(known).rfind(|record| record.order > mine.order)
    }

    /// Whether somebody began this work once more, as `is_again` says, and died.
    fn is_begun_again(
        &self,
        part: &Part<'_>,
        is_again: impl Fn(&Intent) -> bool,
    ) -> Result<bool, RegionError> {
        for announced in part.ledger.announced_about(&part.parts)? {
            let intent = announced.intent.as_ref();
            // Who is at it now, as this process may be itself, will leave its record.
            if intent.is_ok_and(&is_again) && part.ledger.is_live(&announced)? == Some(false) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether somebody began to write another source over a record and did not finish.
    pub(super) fn is_disturbed(
        &self,
        part: &Part<'_>,
        record: &Record,
    ) -> Result<bool, RegionError> {
        let announced = part.ledger.announced_about(&part.parts)?;
        Ok(announced.iter().any(|a| {
            a.intent
                .as_ref()
                .is_ok_and(|intent| intent.disturbs(record))
        }))
    }
}
