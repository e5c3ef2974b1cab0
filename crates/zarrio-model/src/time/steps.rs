//! The labels of a regular axis.

use super::{Anchor, Calendar, CalendarUnit, DateTime, Frequency, Instant, TimeError};

impl Frequency {
    /// The label `index` steps after the first one that does not lie before `start`.
    ///
    /// Months and years are counted from that first label, so that an axis that begins on
    /// the 31st comes back to it: clipping to a short month is not carried on.
    ///
    /// # Errors
    /// When the calendar does not have `start` or the label, or the label lies too far away.
    pub fn label(
        &self,
        calendar: Calendar,
        start: Instant,
        index: u64,
    ) -> Result<Instant, TimeError> {
        let (count, unit, anchor) = match *self {
            Self::Fixed(step) => {
                let distance = i128::from(step.get()).checked_mul(i128::from(index));
                let label = distance.and_then(|distance| start.checked_add(distance));
                return label.ok_or(TimeError::OutOfRange);
            }
            Self::Calendar {
                count,
                unit,
                anchor,
            } => (count, unit, anchor),
        };
        let months_each = match unit {
            CalendarUnit::Month => 1,
            CalendarUnit::Year => 12,
        };
        let steps = i64::try_from(index)
            .ok()
            .and_then(|n| n.checked_mul(count.get().into()));
        let months = steps.and_then(|steps| steps.checked_mul(months_each));
        let months = months.ok_or(TimeError::OutOfRange)?;
        let first = calendar.datetime(start)?;
        let label = match anchor {
            Anchor::Same => first.add_months(months, calendar)?,
            Anchor::Start => {
                let mut label = DateTime { day: 1, ..first };
                if unit == CalendarUnit::Year {
                    label.month = 1;
                }
                let skipped = if label == first { 0 } else { months_each };
                label.add_months(plus(months, skipped)?, calendar)?
            }
            Anchor::End => {
                let mut label = DateTime { day: 1, ..first };
                if unit == CalendarUnit::Year {
                    label.month = 12;
                }
                // Every month has a last day, and no month has ended before its first one.
                let label = label.add_months(months, calendar)?;
                let day = calendar.days_in_month(label.year, label.month);
                DateTime {
                    day: day.ok_or(TimeError::OutOfRange)?,
                    ..label
                }
            }
        };
        calendar.instant(&label)
    }

    /// The labels from the first one that does not lie before `start` to the last one that
    /// does not lie after `end`.
    ///
    /// # Errors
    /// When there would be more than `limit`, and as [`label`](Self::label).
    pub fn axis(
        &self,
        calendar: Calendar,
        start: Instant,
        end: Instant,
        limit: usize,
    ) -> Result<Vec<Instant>, TimeError> {
        let mut labels = Vec::new();
        for index in 0.. {
            let label = self.label(calendar, start, index)?;
            if label > end {
                break;
            }
            if labels.len() == limit {
                let text = |instant| calendar.datetime(instant).map(|date| date.to_string());
                let (start, end) = (text(start)?, text(end)?);
                return Err(TimeError::TooManyLabels { start, end, limit });
            }
            labels.push(label);
        }
        Ok(labels)
    }
}

fn plus(a: i64, b: i64) -> Result<i64, TimeError> {
    a.checked_add(b).ok_or(TimeError::OutOfRange)
}
