//! Labels to dates and back.

use super::label::{plainest, product};
use super::{Calendar, DateTime, FloatLabel, Instant, LabelInterval, TimeError, TimeUnits};

/// How a time coordinate stores its labels: units and calendar.
///
/// ```
/// use zarrio_model::time::TimeCoding;
///
/// let coding = TimeCoding::parse("hours since 1970-01-01", Some("noleap"))?;
/// let date = coding.decode_i64(24 * 59)?;
/// assert_eq!(date.to_string(), "1970-03-01T00:00:00");
/// assert_eq!(coding.encode(&date)?, 24 * 59);
/// # Ok::<(), zarrio_model::time::TimeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeCoding {
    units: TimeUnits,
    calendar: Calendar,
    /// The instant of label 0.
    reference: Instant,
    /// Nanoseconds from one whole label to the next, below 2^55.
    step: i128,
}

impl TimeCoding {
    /// The coding with these units in this calendar.
    ///
    /// # Errors
    /// When the calendar does not have the reference date, or the unit has no fixed length
    /// in it.
    pub fn new(units: TimeUnits, calendar: Calendar) -> Result<Self, TimeError> {
        let reference = units.reference(calendar)?;
        let step = units.unit().nanoseconds(calendar)?;
        Ok(Self {
            units,
            calendar,
            reference,
            step,
        })
    }

    /// The coding that the attributes `units` and `calendar` describe.
    ///
    /// # Errors
    /// When one of them cannot be read, or as [`new`](Self::new).
    pub fn parse(units: &str, calendar: Option<&str>) -> Result<Self, TimeError> {
        Self::new(TimeUnits::parse(units)?, Calendar::of_attribute(calendar)?)
    }

    /// The units.
    #[must_use]
    pub const fn units(&self) -> TimeUnits {
        self.units
    }

    /// The calendar.
    #[must_use]
    pub const fn calendar(&self) -> Calendar {
        self.calendar
    }

    /// The instant of label 0.
    #[must_use]
    pub const fn reference(&self) -> Instant {
        self.reference
    }

    /// Nanoseconds from one whole label to the next.
    #[must_use]
    pub const fn step(&self) -> i128 {
        self.step
    }

    /// The instant of an integer label.
    ///
    /// # Errors
    /// When it lies too far away to be counted.
    pub fn instant_i64(&self, label: i64) -> Result<Instant, TimeError> {
        let distance = i128::from(label).checked_mul(self.step);
        distance
            .and_then(|d| self.reference.checked_add(d))
            .ok_or(TimeError::OutOfRange)
    }

    /// The instants that a floating-point label may stand for: from the instant of the next
    /// lower number of its type to that of the next higher one.
    ///
    /// This allows for one rounding of the label itself and one in whatever computed it. A
    /// label matches the one instant of an axis that lies inside.
    ///
    /// # Errors
    /// When the label is not finite, or lies too far away to be counted.
    pub fn label_interval(&self, label: impl Into<FloatLabel>) -> Result<LabelInterval, TimeError> {
        let label = label.into();
        let middle = self.nearest(label)?;
        let [below, _, above] = label.neighbours()?;
        // Only whole nanoseconds between the two, but at least the one that is meant.
        let [_, low] = product(below, self.step)?;
        let [high, _] = product(above, self.step)?;
        let at = |distance| {
            self.reference
                .checked_add(distance)
                .ok_or(TimeError::OutOfRange)
        };
        Ok(LabelInterval {
            low: at(low)?.min(middle),
            high: at(high)?.max(middle),
        })
    }

    /// The nanosecond that lies closest to a floating-point label.
    fn nearest(&self, label: FloatLabel) -> Result<Instant, TimeError> {
        let [_, value, _] = label.neighbours()?;
        // Half a nanosecond more, rounded down, is the nearest nanosecond.
        let [twice, _] = product(value, self.step * 2)?;
        let nearest = twice
            .checked_add(1)
            .ok_or(TimeError::OutOfRange)?
            .div_euclid(2);
        self.reference
            .checked_add(nearest)
            .ok_or(TimeError::OutOfRange)
    }

    /// The instant that a floating-point label most plausibly stands for.
    ///
    /// A label in days as binary64 is off by a fraction of a microsecond today and by ten
    /// microseconds where it counts from the year 1, so that rounding to any fixed unit
    /// would show `05:59:59.999997` or hide real digits. Instead, the label is a whole second
    /// where one lies within its [interval](Self::label_interval), else a whole millisecond,
    /// microsecond or nanosecond: always a time that the label's own type cannot tell from
    /// the label.
    ///
    /// # Errors
    /// As [`label_interval`](Self::label_interval).
    pub fn instant_float(&self, label: impl Into<FloatLabel>) -> Result<Instant, TimeError> {
        let label = label.into();
        Ok(plainest(self.label_interval(label)?, self.nearest(label)?))
    }

    /// The date of an integer label.
    ///
    /// # Errors
    /// When it lies too far away to be counted.
    pub fn decode_i64(&self, label: i64) -> Result<DateTime, TimeError> {
        self.calendar.datetime(self.instant_i64(label)?)
    }

    /// The date of a floating-point label; see [`instant_float`](Self::instant_float).
    ///
    /// # Errors
    /// As [`label_interval`](Self::label_interval).
    pub fn decode_float(&self, label: impl Into<FloatLabel>) -> Result<DateTime, TimeError> {
        self.calendar.datetime(self.instant_float(label)?)
    }

    /// The integer label of an instant.
    ///
    /// # Errors
    /// When the instant is no whole number of units from the reference, or the number does
    /// not fit into 64 bits.
    pub fn encode_instant(&self, instant: Instant) -> Result<i64, TimeError> {
        let distance = instant
            .checked_since(self.reference)
            .ok_or(TimeError::OutOfRange)?;
        if distance % self.step != 0 {
            let date = self.calendar.datetime(instant)?.to_string();
            return Err(TimeError::Inexact {
                date,
                units: self.units.to_string(),
            });
        }
        i64::try_from(distance / self.step).map_err(|_| TimeError::OutOfRange)
    }

    /// The integer label of a date.
    ///
    /// # Errors
    /// When the calendar has no such date, and as [`encode_instant`](Self::encode_instant).
    pub fn encode(&self, date: &DateTime) -> Result<i64, TimeError> {
        self.encode_instant(self.calendar.instant(date)?)
    }
}
