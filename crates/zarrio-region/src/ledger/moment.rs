//! Points in time of records.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use zarrio_model::time::{Calendar, Instant};

/// A point in time in UTC, as text: `2020-01-01T12:00:00.123456789Z`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(String);

impl Moment {
    /// The moment so many nanoseconds after 1970-01-01T00:00:00.
    #[must_use]
    pub fn from_nanoseconds(nanoseconds: u64) -> Self {
        let instant = Instant::from_nanoseconds(nanoseconds.into());
        match Calendar::ProlepticGregorian.datetime(instant) {
            Ok(date) => Self(format!("{date}Z")),
            Err(_) => Self(format!("{nanoseconds} ns since 1970-01-01")),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Nanoseconds since 1970, now.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}
