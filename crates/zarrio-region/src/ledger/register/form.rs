//! How the names of a ledger are kept in sheets.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::RegionError;
use crate::ledger::{Extent, Name, random};

/// The sheet of what is in no single stretch.
pub(super) const WIDE: &str = "wide";
/// Into so many stretches a dimension is divided.
const STRETCHES: u64 = 64;
/// Of so many positions at least, where it has them.
const LEAST: u64 = 1024;
/// More sheets than these take longer than a listing.
const MANY: u64 = 256;

/// How names are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::ledger) struct Register {
    /// Whether all names are entered.
    pub(super) whole: bool,
    /// Tells apart two that do not hold, one after the other.
    pub(super) mark: String,
    pub(super) dimension: Option<String>,
    /// How many positions a sheet is about.
    pub(super) stretch: u64,
}

impl Register {
    /// One in which nothing is entered yet, along a dimension of this length.
    pub(super) fn new(axis: Option<(String, u64)>) -> Result<Self, RegionError> {
        let (dimension, length) = axis.unzip();
        let length = length.unwrap_or(1).max(1);
        Ok(Self {
            whole: false,
            mark: random()?,
            dimension,
            stretch: length.div_ceil(STRETCHES).max(length.min(LEAST)),
        })
    }

    /// The sheet of a name.
    pub(super) fn sheet_of(&self, name: &Name) -> String {
        match name.span() {
            Some((dimension, start, end)) if Some(dimension) == self.dimension.as_deref() => {
                let last = end.saturating_sub(1).max(start) / self.stretch;
                match start / self.stretch == last {
                    true => last.to_string(),
                    false => WIDE.to_owned(),
                }
            }
            _ => WIDE.to_owned(),
        }
    }

    /// The sheets of what may be about some extents; none where they are too many.
    pub(super) fn sheets_about<'e>(
        &self,
        extents: impl Iterator<Item = &'e Extent>,
    ) -> Option<BTreeSet<String>> {
        let mut sheets = BTreeSet::from([WIDE.to_owned()]);
        for extent in extents {
            let Some(span) = self.dimension.as_deref().and_then(|d| extent.span(d)) else {
                continue;
            };
            let stretches = span.start / self.stretch..span.end.div_ceil(self.stretch);
            if stretches.end.saturating_sub(stretches.start) > MANY {
                return None;
            }
            sheets.extend(stretches.map(|k| k.to_string()));
            if sheets.len() as u64 > MANY {
                return None;
            }
        }
        Some(sheets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn extent(start: u64, length: u64) -> Extent {
        Extent(vec![
            ("lat".into(), vec![[0, 3]]),
            ("time".into(), vec![[start, start + length]]),
        ])
    }

    fn register(length: u64) -> Register {
        Register::new(Some(("time".into(), length))).unwrap()
    }

    proptest! {
        /// Whoever asks about some positions reads the sheet of everything that is about them.
        #[test]
        fn what_meets_is_in_a_sheet_that_is_read(
            total in 1u64..200_000,
            one in (0u64..200_000, 1u64..5000),
            other in (0u64..200_000, 1u64..5000),
            along in prop_oneof![Just(Some("time")), Just(Some("lat")), Just(None)],
        ) {
            let register = register(total);
            let (one, other) = (extent(one.0, one.1), extent(other.0, other.1));
            let name = Name::new("id", along, [&one]);
            if let Some(sheets) = register.sheets_about([&other].into_iter()) {
                prop_assert!(sheets.len() as u64 <= MANY + 1);
                prop_assert!(
                    !name.may_meet([&other]) || sheets.contains(&register.sheet_of(&name))
                );
            }
        }
    }

    #[test]
    fn a_file_is_in_one_sheet_and_few_are_in_that_of_all() {
        // 40 years of hours, by days: as many files at the borders of stretches as there are.
        let register = register(350_640);
        let sheets = (0..14_610).map(|day| {
            let day = extent(day * 24, 24);
            register.sheet_of(&Name::new("id", Some("time"), [&day]))
        });
        let sheets: Vec<String> = sheets.collect();
        let wide = sheets.iter().filter(|sheet| *sheet == WIDE).count();
        assert!(wide < 64, "{wide}");
        let distinct: BTreeSet<&String> = sheets.iter().collect();
        assert_eq!(distinct.len(), 65);
    }

    #[test]
    fn archives_without_an_axis_have_one_sheet() {
        let register = Register::new(None).unwrap();
        let name = Name::new("id", Some("time"), [&extent(5, 2)]);
        assert_eq!(register.sheet_of(&name), WIDE);
        let sheets = register.sheets_about([&extent(0, 1)].into_iter());
        assert_eq!(sheets, Some(BTreeSet::from([WIDE.to_owned()])));
    }
}
