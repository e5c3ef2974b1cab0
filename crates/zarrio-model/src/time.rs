//! CF time.

mod bound;
mod frequency;
mod text;

pub use bound::TimeBound;
pub use frequency::{Anchor, CalendarUnit, Frequency, ParseFrequencyError};
pub use text::ParseDateError;
