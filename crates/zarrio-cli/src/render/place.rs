//! Where in an archive something lies.

use std::fmt;

use serde::Serialize;
use zarrio_region::TimeRange;

use super::date::dates;

/// A stretch of one dimension.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Extent {
    /// The dimension.
    pub(crate) dimension: String,
    /// The first position.
    pub(crate) start: u64,
    /// The position behind the last one.
    pub(crate) end: u64,
    /// The length of the dimension in the archive.
    pub(crate) length: u64,
    /// The labels at both ends, where they are times.
    pub(crate) time: Option<TimeRange>,
}

impl Extent {
    /// Makes it hold what another variable has along the dimension; its times are unknown then,
    /// unless it has that already.
    pub(crate) fn widen(&mut self, start: u64, end: u64) {
        if start < self.start || end > self.end {
            self.time = None;
        }
        self.start = self.start.min(start);
        self.end = self.end.max(end);
    }
}

impl fmt::Display for Extent {
    /// `time=0:744`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}:{}", self.dimension, self.start, self.end)
    }
}

/// A region of an archive.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct Place(pub(crate) Vec<Extent>);

impl fmt::Display for Place {
    /// `2020-01-01 to 2020-01-31 23:00 (time=0:744), lat=0:50`; dimensions that are whole are
    /// left out, unless they are times.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self
            .0
            .iter()
            .filter_map(|extent| match &extent.time {
                Some(time) => Some(format!("{} ({extent})", dates(time))),
                None => (extent.end - extent.start < extent.length).then(|| extent.to_string()),
            })
            .collect();
        if parts.is_empty() {
            f.pad("all positions")
        } else {
            f.pad(&parts.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_dimensions_go_without_saying() {
        let extent = |dimension: &str, start, end| Extent {
            dimension: dimension.into(),
            start,
            end,
            length: 100,
            time: None,
        };
        let mut place = Place(vec![
            extent("time", 0, 100),
            extent("lat", 50, 60),
            extent("lon", 0, 100),
        ]);
        assert_eq!(place.to_string(), "lat=50:60");
        place.0[0].time = Some(TimeRange {
            first: "2020-01-01T00:00:00".into(),
            last: "2020-01-05T03:00:00".into(),
            calendar: "noleap".into(),
        });
        assert_eq!(
            place.to_string(),
            "2020-01-01 to 2020-01-05 03:00 (time=0:100), lat=50:60"
        );
        assert_eq!(
            Place(vec![extent("x", 0, 100)]).to_string(),
            "all positions"
        );
    }
}
