//! What can be wrong with a time.

use thiserror::Error;

use super::{Calendar, ParseDateError, TimeUnit};

/// An error of CF time.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum TimeError {
    /// A text that is not `unit since date`.
    #[error("{text:?} are no units of time: {reason}; CF writes \"hours since 2000-01-01\"")]
    Units { text: String, reason: &'static str },
    /// The date in units of time.
    #[error("the units {text:?} have no valid reference date")]
    Reference {
        text: String,
        #[source]
        source: ParseDateError,
    },
    /// A calendar that CF does not have.
    #[error("{name:?} is no calendar; CF has {}", Calendar::NAMES.join(", "))]
    Calendar { name: String },
    /// `calendar = "none"`: the labels have no dates.
    #[error("the calendar \"none\" has no dates")]
    NoCalendar,
    /// A date that the calendar does not have.
    #[error("{date} does not exist in the calendar {calendar}: {reason}")]
    NoSuchDate {
        date: String,
        calendar: Calendar,
        reason: &'static str,
    },
    /// A unit that has no fixed length in the calendar.
    #[error("a {unit} has no fixed length in the calendar {calendar}")]
    UnitLength { unit: TimeUnit, calendar: Calendar },
    /// A result too far from the epoch to be counted.
    #[error("the time lies too far away to be counted")]
    OutOfRange,
    /// A time that is no whole number of units.
    #[error("{date} is no whole number of {units}")]
    Inexact { date: String, units: String },
    /// A floating-point label that is NaN or infinite.
    #[error("{0} is no time")]
    NotFinite(f64),
    /// An axis with more labels than allowed.
    #[error("the axis from {start} to {end} would have more than {limit} labels")]
    TooManyLabels {
        start: String,
        end: String,
        limit: usize,
    },
}
