//! Steps of axes, and the labels that they make.

use std::iter;

use zarrio_model::time::{Anchor, Calendar, CalendarUnit, DateTime, Frequency, Instant, TimeError};

/// How many labels at the end of an axis tell its day of the month: those of a year and one.
const TAIL: usize = 13;

/// The step of an axis, and where its labels are counted from: one that begins with a short
/// month does not tell the day of the others by its first label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AxisStep {
    /// The step.
    pub(crate) frequency: Frequency,
    /// A label that the others are counted from, of the axis or before it.
    from: Instant,
    /// How many steps it lies before the first label.
    before: u64,
}

impl AxisStep {
    /// The step of an axis whose first label this is.
    pub(crate) fn from(frequency: Frequency, first: Instant) -> Self {
        Self {
            frequency,
            from: first,
            before: 0,
        }
    }

    /// With this step, what makes exactly these labels, which are sorted.
    pub(crate) fn making(
        frequency: Frequency,
        calendar: Calendar,
        labels: &[Instant],
    ) -> Option<Self> {
        let first = *labels.first()?;
        let makes = |step: &Self| {
            let mut made = labels.iter().zip(0..);
            made.all(|(label, index)| step.label(calendar, index) == Ok(*label))
        };
        let plain = Self::from(frequency, first);
        if makes(&plain) {
            return Some(plain);
        }
        let Frequency::Calendar {
            anchor: Anchor::Same,
            ..
        } = frequency
        else {
            return None;
        };
        let phase = latest_day(calendar, labels)?;
        let step = Self::with_phase(frequency, calendar, phase, first).ok()?;
        makes(&step).then_some(step)
    }

    /// With this step, what goes on behind the last of some labels, and its first position behind
    /// it: from all of them if it makes them, else from as many at the end as it makes.
    pub(crate) fn continuing(
        frequency: Frequency,
        calendar: Calendar,
        labels: &[Instant],
        last: Instant,
    ) -> (Self, u64) {
        let few = labels.len().min(TAIL);
        let mut counts = iter::once(labels.len()).chain((1..=few).rev());
        let of_last = |count: usize| {
            let tail = &labels[labels.len() - count..];
            Some((Self::making(frequency, calendar, tail)?, count as u64))
        };
        let step = counts.find_map(of_last);
        // The last label is not one of those with this step.
        step.unwrap_or_else(|| (Self::from(frequency, last), 0))
    }

    /// The label at a position of the axis.
    ///
    /// # Errors
    /// As [`Frequency::label`].
    pub(crate) fn label(&self, calendar: Calendar, index: u64) -> Result<Instant, TimeError> {
        let steps = index
            .checked_add(self.before)
            .ok_or(TimeError::OutOfRange)?;
        self.frequency.label(calendar, self.from, steps)
    }

    /// The labels from `start` to `end` of the endless axis that has those of this one.
    ///
    /// # Errors
    /// As [`Frequency::axis`].
    pub(crate) fn labels_between(
        &self,
        calendar: Calendar,
        (start, end): (Instant, Instant),
        limit: usize,
    ) -> Result<Vec<Instant>, TimeError> {
        let Self {
            frequency,
            from,
            before,
        } = Self::with_phase(self.frequency, calendar, self.from, start)?;
        let before = usize::try_from(before).map_err(|_| TimeError::OutOfRange)?;
        let mut labels = frequency.axis(calendar, from, end, limit.saturating_add(before))?;
        labels.drain(..before.min(labels.len()));
        Ok(labels)
    }

    /// The axis whose first label is the first one not before `start` of the endless one that has
    /// the label `phase`: where the day of that is too late for the first month, an earlier label
    /// tells the day of all.
    fn with_phase(
        frequency: Frequency,
        calendar: Calendar,
        phase: Instant,
        start: Instant,
    ) -> Result<Self, TimeError> {
        if phase == start {
            return Ok(Self::from(frequency, start));
        }
        let (count, unit, anchor) = match frequency {
            Frequency::Fixed(step) => {
                let step = i128::from(step.get());
                let distance = start.checked_since(phase).ok_or(TimeError::OutOfRange)?;
                let steps = distance.div_euclid(step) + i128::from(distance.rem_euclid(step) != 0);
                let label = steps.checked_mul(step).and_then(|d| phase.checked_add(d));
                return Ok(Self::from(frequency, label.ok_or(TimeError::OutOfRange)?));
            }
            Frequency::Calendar {
                count,
                unit,
                anchor,
            } => (count, unit, anchor),
        };
        let each = match unit {
            CalendarUnit::Month => i64::from(count.get()),
            CalendarUnit::Year => i64::from(count.get()).saturating_mul(12),
        };
        let origin = calendar.datetime(phase)?;
        // Two years earlier than need be, because years without a 0 are counted too many.
        let months = months_between(&origin, &calendar.datetime(start)?).saturating_sub(24);
        let label = |steps: i64| {
            let distance = steps.checked_mul(each).ok_or(TimeError::OutOfRange)?;
            let mut date = origin;
            if anchor == Anchor::End {
                // Every month has a first day, to which its last one is found.
                date.day = 1;
            }
            let mut date = date.add_months(distance, calendar)?;
            let is_whole = anchor == Anchor::End || date.day == origin.day;
            if anchor == Anchor::End {
                let last = calendar.days_in_month(date.year, date.month);
                date.day = last.ok_or(TimeError::OutOfRange)?;
            }
            Ok::<_, TimeError>((calendar.instant(&date)?, is_whole))
        };
        let mut steps = months.div_euclid(each);
        while label(steps)?.0 < start {
            steps = steps.checked_add(1).ok_or(TimeError::OutOfRange)?;
        }
        // No further than the days of months come again.
        for before in 0.. {
            if let (from, true) = label(steps)? {
                return Ok(Self {
                    frequency,
                    from,
                    before,
                });
            }
            steps = steps.checked_sub(1).ok_or(TimeError::OutOfRange)?;
        }
        Err(TimeError::OutOfRange)
    }
}

/// The label whose day of the month is that of the others, but for those of months that are too
/// short for it: one that is not the last day, or else the latest last one.
fn latest_day(calendar: Calendar, labels: &[Instant]) -> Option<Instant> {
    let mut latest: Option<(u8, Instant)> = None;
    for label in labels {
        let date = calendar.datetime(*label).ok()?;
        if !is_last_day(calendar, &date) {
            return Some(*label);
        }
        if latest.is_none_or(|(day, _)| day < date.day) {
            latest = Some((date.day, *label));
        }
    }
    latest.map(|(_, label)| label)
}

/// Whether a date is the last one of its month.
pub(super) fn is_last_day(calendar: Calendar, date: &DateTime) -> bool {
    calendar.days_in_month(date.year, date.month) == Some(date.day)
}

/// Months from one date to another by their years and months alone; one year too many where
/// a year 0 is left out in between.
pub(super) fn months_between(from: &DateTime, to: &DateTime) -> i64 {
    let years = to.year.saturating_sub(from.year);
    years
        .saturating_mul(12)
        .saturating_add(i64::from(to.month) - i64::from(from.month))
}

#[cfg(test)]
pub(super) mod tests {
    use std::num::NonZeroU32;

    use proptest::prelude::*;

    use super::super::infer::infer;
    use super::*;

    pub(in super::super) fn axis(
        calendar: Calendar,
        from: &str,
        frequency: &str,
        count: u64,
    ) -> Vec<Instant> {
        let start = from
            .parse::<zarrio_model::time::TimeBound>()
            .unwrap()
            .first(calendar)
            .unwrap();
        let frequency: Frequency = frequency.parse().unwrap();
        (0..count)
            .map(|i| frequency.label(calendar, start, i).unwrap())
            .collect()
    }

    fn months_of(frequency: Frequency) -> u32 {
        match frequency {
            Frequency::Fixed(_) => 0,
            Frequency::Calendar { count, unit, .. } => match unit {
                CalendarUnit::Month => count.get(),
                CalendarUnit::Year => count.get() * 12,
            },
        }
    }

    proptest! {
        #[test]
        fn the_first_label_continues_the_axis(
            calendar in prop::sample::select(Calendar::ALL.to_vec()),
            frequency in prop::sample::select(vec!["7h", "1D", "MS", "P5M", "3ME", "YS", "2YE", "P1Y"]),
            from in prop::sample::select(vec![
                "1999-01-01", "2000-02-28T06:00", "1950-05-15T12", "2001-01-30T12:00",
            ]),
            index in 0u64..300,
            before in 0i128..86_400_000_000_000,
        ) {
            let labels = axis(calendar, from, frequency, 302);
            let frequency: Frequency = frequency.parse().unwrap();
            let (index, wanted) = (index as usize, labels[index as usize + 1]);
            let start = wanted.checked_add(-before).unwrap();
            let (first, later) = (labels[0], labels[300]);
            prop_assume!(start > labels[index]);
            for phase in [first, wanted, later] {
                // Clipped days do not tell where they came from.
                prop_assume!(phase == first || !from.contains("02-28") && !from.contains("-30"));
                let ends = (start, labels[301]);
                let step = AxisStep::from(frequency, phase);
                let found = step.labels_between(calendar, ends, 301).unwrap();
                prop_assert_eq!(&found, &labels[index + 1..]);
            }
        }

        /// Whatever the day that the labels follow, and wherever the axis begins.
        #[test]
        fn axes_by_the_calendar_are_inferred_and_continued(
            calendar in prop::sample::select(Calendar::ALL.to_vec()),
            count in 1u32..=30,
            unit in prop::sample::select(vec![CalendarUnit::Month, CalendarUnit::Year]),
            anchor in prop::sample::select(vec![Anchor::Same, Anchor::Start, Anchor::End]),
            (year, month) in (1890i64..2110, 1u8..=12),
            day in prop_oneof![1u8..=31, 28u8..=31],
            hour in 0u8..24,
            months_to_start in -300i64..300,
            known in 3usize..30,
        ) {
            let count = NonZeroU32::new(count).unwrap();
            let frequency = Frequency::Calendar { count, unit, anchor };
            let day = day.min(calendar.days_in_month(year, month).unwrap());
            let date = DateTime { hour, ..DateTime::from_date(year, month, day) };
            let near = calendar.instant(&date).unwrap();
            let phase = frequency.label(calendar, near, 0).unwrap();
            let start = DateTime { day: 1, ..date }.add_months(months_to_start, calendar).unwrap();
            let start = calendar.instant(&start).unwrap();
            let end = DateTime::from_date(4000, 1, 1);
            let ends = (start, calendar.instant(&end).unwrap());
            let step = AxisStep::from(frequency, phase);
            let labels = step.labels_between(calendar, ends, 100_000).unwrap();
            let (own, further) = labels.split_at(known);

            let inferred = infer(calendar, own).unwrap();
            prop_assert_eq!(months_of(inferred.frequency), months_of(frequency));
            let last = own[known - 1];
            let (continuing, after) = AxisStep::continuing(frequency, calendar, own, last);
            let at = |step: &AxisStep, index: usize| step.label(calendar, index as u64).unwrap();
            for (index, label) in own.iter().enumerate() {
                prop_assert_eq!(at(&inferred, index), *label);
            }
            let date = |label: &Instant| calendar.datetime(*label).unwrap();
            let are_ends = own.iter().all(|label| is_last_day(calendar, &date(label)));
            let mut longest = 0;
            for (index, label) in further.iter().enumerate() {
                // Last days do not tell whether they are so by chance.
                if !are_ends || anchor == Anchor::End {
                    prop_assert_eq!(at(&inferred, known + index), *label);
                }
                longest = longest.max(date(label).day);
                let known_day = own.iter().any(|label| date(label).day >= longest);
                if !are_ends || anchor != Anchor::Same || known_day {
                    prop_assert_eq!(at(&continuing, after as usize + index), *label);
                }
            }
        }
    }
}
