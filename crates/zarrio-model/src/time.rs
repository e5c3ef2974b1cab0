//! CF time: labels such as `3.5 days since 2000-01-01` and the dates that they mean
//! (CF conventions 1.11, section 4.4).
//!
//! All arithmetic is in whole nanoseconds and checked: a label that lies too far away is an
//! error, never a wrong date. [`TimeCoding`] decodes and encodes labels, [`Calendar`] turns
//! dates into [`Instant`]s and back, [`Frequency`] makes axes.

mod bound;
mod calendar;
mod coding;
mod datetime;
mod days;
mod error;
mod frequency;
mod label;
mod steps;
mod text;
mod unit;
mod units;

pub use bound::TimeBound;
pub use calendar::Calendar;
pub use coding::TimeCoding;
pub use datetime::{DateTime, Instant};
pub use error::TimeError;
pub use frequency::{Anchor, CalendarUnit, Frequency, ParseFrequencyError};
pub use label::{FloatLabel, LabelInterval};
pub use text::ParseDateError;
pub use unit::TimeUnit;
pub use units::TimeUnits;
