//! The labels of a coordinate variable.

use std::ops::Range;

use zarrio_model::config::MemoryLimit;
use zarrio_model::time::{DateTime, Instant, LabelInterval, TimeCoding};
use zarrio_model::{Region, Source, SourceError, SourceErrorKind, VariableSchema};

use super::find::{Real, Stretch};
use super::values::{Packing, Values};
use crate::describe::TimeRange;
use crate::limits::{MORE_LABELS, memory_of};

/// What a label takes while it is looked for: as it is stored, as a stretch, and in pairs of
/// positions.
const BYTES_PER_LABEL: u64 = 64;
/// An axis may have so many labels, however little memory there is.
const LEAST_LABELS: u64 = 1 << 20;

/// Labels that are compared in one of three ways.
pub(super) type Stretches<K> = Vec<Option<Stretch<K>>>;

/// The labels along a dimension, in its order.
#[derive(Debug)]
pub(crate) struct Labels {
    values: Values,
    /// How times are told from the numbers.
    coding: Option<TimeCoding>,
}

impl Labels {
    /// Reads a coordinate variable in one read.
    ///
    /// # Errors
    /// When there are more labels than `memory` has room for, which is found before any is read,
    /// or they cannot be read.
    pub(crate) fn read(
        source: &dyn Source,
        variable: &VariableSchema,
        coding: Option<TimeCoding>,
        memory: MemoryLimit,
    ) -> Result<Self, SourceError> {
        let labels = variable.num_elements();
        let most = (memory_of(memory) / BYTES_PER_LABEL).max(LEAST_LABELS);
        if labels > most {
            let message = format!("it has {labels} labels, and an axis may have {most}");
            let kind = SourceErrorKind::Unsupported;
            return Err(SourceError::new(kind, &source.identity().path, message)
                .variable(&variable.path)
                .hint(MORE_LABELS));
        }
        Self::read_region(source, variable, &Region::full(&variable.shape), coding)
    }

    /// Reads some of the labels.
    pub(crate) fn read_region(
        source: &dyn Source,
        variable: &VariableSchema,
        region: &Region,
        coding: Option<TimeCoding>,
    ) -> Result<Self, SourceError> {
        let values = Values::read(source, variable, region)?;
        Ok(Self::new(values, Packing::of(&variable.attributes), coding))
    }

    /// The labels that stored values mean.
    pub(super) fn new(stored: Values, packing: Packing, coding: Option<TimeCoding>) -> Self {
        Self {
            values: stored.unpacked(packing),
            coding,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn coding(&self) -> Option<TimeCoding> {
        self.coding
    }

    /// Whether both are the same labels at the same positions, NaN and what is no time included.
    pub(super) fn are(&self, other: &Self) -> bool {
        self.coding == other.coding && self.values.are(&other.values)
    }

    pub(super) fn is_single(&self) -> bool {
        matches!(self.values, Values::Singles(_))
    }

    /// Whether the labels are floating-point numbers.
    pub(super) fn is_real(&self) -> bool {
        self.values.is_real()
    }

    /// A label for people: a date, a number or a quoted text.
    pub(super) fn text(&self, position: u64) -> String {
        let index = usize::try_from(position).unwrap_or(usize::MAX);
        let date = self.date(position);
        date.map_or_else(|| self.values.text(index), |date| date.to_string())
    }

    /// The times of the labels at both ends of a range of positions, with the name of the
    /// calendar; none where they are no dates.
    pub(crate) fn time_range(&self, positions: Range<u64>, calendar: &str) -> Option<TimeRange> {
        Some(TimeRange {
            first: self.date(positions.start)?.to_string(),
            last: self.date(positions.end.checked_sub(1)?)?.to_string(),
            calendar: calendar.to_owned(),
        })
    }

    /// The label at a position; none where there is none or it is no date.
    pub(crate) fn date(&self, position: u64) -> Option<DateTime> {
        let instant = self.instant(usize::try_from(position).ok()?)?;
        self.coding?.calendar().datetime(instant).ok()
    }

    /// The time that a label most plausibly means.
    pub(super) fn instant(&self, index: usize) -> Option<Instant> {
        let coding = self.coding?;
        match &self.values {
            Values::Integers(values) => self.time_of(values.get(index)?),
            Values::Singles(values) => coding.instant_float(*values.get(index)?).ok(),
            Values::Doubles(values) => coding.instant_float(*values.get(index)?).ok(),
            Values::Texts(_) => None,
        }
    }

    /// The time that a whole number means.
    fn time_of(&self, label: i128) -> Option<Instant> {
        self.coding?.instant_i64(i64::try_from(label).ok()?).ok()
    }

    /// The number of a label.
    pub(super) fn real(&self, index: usize) -> Option<f64> {
        self.values.real(index)
    }

    /// Times in nanoseconds: points for integers, intervals for floating-point labels.
    pub(super) fn times(&self) -> Option<Stretches<i128>> {
        self.times_at(0..self.len())
    }

    /// The same for the labels at some positions.
    pub(super) fn times_at(&self, positions: Range<usize>) -> Option<Stretches<i128>> {
        let coding = self.coding?;
        let interval = |interval: Result<LabelInterval, _>| {
            let interval = interval.ok()?;
            Some(Stretch {
                low: interval.low.nanoseconds(),
                high: interval.high.nanoseconds(),
            })
        };
        Some(match &self.values {
            Values::Integers(_) => positions
                .map(|i| self.instant(i).map(|at| Stretch::point(at.nanoseconds())))
                .collect(),
            Values::Singles(values) => values[positions]
                .iter()
                .map(|v| interval(coding.label_interval(*v)))
                .collect(),
            Values::Doubles(values) => values[positions]
                .iter()
                .map(|v| interval(coding.label_interval(*v)))
                .collect(),
            Values::Texts(_) => return None,
        })
    }

    /// Positions outside of which no label meets one of some times, with a neighbour on
    /// either side. Where labels are integers that rise they are few; else they are all.
    pub(super) fn near(&self, times: &Stretches<i128>) -> Range<usize> {
        let all = 0..self.len();
        let low = times.iter().flatten().map(|time| time.low).min();
        let high = times.iter().flatten().map(|time| time.high).max();
        let (Values::Integers(values), Some(low), Some(high)) = (&self.values, low, high) else {
            return all;
        };
        // What lies between two dates is one.
        let ends = [0, all.end.saturating_sub(1)];
        if !values.rise() || ends.into_iter().any(|i| self.instant(i).is_none()) {
            return all;
        }
        let at = |label| self.time_of(label).map(Instant::nanoseconds);
        let start = values.partition_point(|label| at(label).is_some_and(|at| at < low));
        let end = values.partition_point(|label| at(label).is_some_and(|at| at <= high));
        start.saturating_sub(1)..end.saturating_add(1).min(all.end)
    }

    /// Whole numbers.
    pub(super) fn integers(&self) -> Option<Stretches<i128>> {
        match &self.values {
            Values::Integers(values) => {
                Some(values.iter().map(|v| Some(Stretch::point(v))).collect())
            }
            _ => None,
        }
    }

    /// Numbers, rounded to binary32 where one side has no better.
    pub(super) fn reals(&self, single: bool, tolerance: f64) -> Stretches<Real> {
        let stretch = |index| {
            let value = self.values.real(index)?;
            let value = if single {
                f64::from(value as f32)
            } else {
                value
            };
            Some(Stretch {
                low: Real::new(value - tolerance)?,
                high: Real::new(value + tolerance)?,
            })
        };
        (0..self.len()).map(stretch).collect()
    }

    pub(super) fn texts(&self) -> Option<Stretches<&str>> {
        match &self.values {
            Values::Texts(values) => Some(
                values
                    .iter()
                    .map(|v| Some(Stretch::point(v.as_str())))
                    .collect(),
            ),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::find::{Index, find};
    use super::super::integers::Integers;
    use super::*;
    use proptest::prelude::*;

    const HOUR: i128 = 3_600_000_000_000;

    proptest! {
        #[test]
        fn what_is_near_is_all_that_matters(
            mut labels in prop::collection::vec(-50i64..50, 0..30),
            rises in any::<bool>(),
            times in prop::collection::vec((-60i128..60, 0i128..3), 0..6),
        ) {
            if rises {
                labels.sort_unstable();
                labels.dedup();
            }
            let coding = TimeCoding::parse("hours since 2000-01-01", None).unwrap();
            let zero = coding.reference().nanoseconds();
            let none = Packing { scale: 1.0, offset: 0.0 };
            let labels = Labels::new(Values::Integers(Integers::Signed(labels)), none, Some(coding));
            let times: Stretches<i128> = times
                .iter()
                .map(|(hours, width)| (zero + hours * HOUR, width))
                .map(|(at, width)| Some(Stretch { low: at - width, high: at + width }))
                .collect();
            let near = labels.near(&times);
            if rises && times.len() == 1 {
                prop_assert!(near.len() <= 3);
            }
            let some = Index::from(near.start as u64, labels.times_at(near).unwrap());
            let all = Index::new(labels.times().unwrap());
            let (a, b) = (find(&times, &some), find(&times, &all));
            prop_assert_eq!(&a.pairs, &b.pairs);
            prop_assert_eq!(&a.unmatched, &b.unmatched);
            prop_assert_eq!(a.doubled, b.doubled);
            prop_assert_eq!(some.doubled(), all.doubled());
            for position in b.unmatched {
                let Some(time) = times[position as usize] else { continue };
                prop_assert_eq!(some.around(time), all.around(time));
            }
        }
    }
}
