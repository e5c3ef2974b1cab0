//! How long tasks take, as far as that can be told beforehand.

use zarrio_model::time::{Calendar, TimeBound};

use crate::RegionError;
use crate::ledger::{Ledger, Moment, Record, RecordKind};
use crate::zarr_source::ZarrSource;

/// Bytes in a second where nothing is known: what one thread does on a slow file system.
const ASSUMED: u64 = 50_000_000;
/// Records of fewer bytes than this tell more of the start of writing than of its pace.
const TELLING: u64 = 100_000_000;
/// What a task takes beside its data, in seconds.
const START: u64 = 1;

/// How fast files are written into an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Bytes before compression in a second.
    pub bytes_per_second: u64,
    /// Whether earlier writes into the archive tell it; else it is assumed.
    pub measured: bool,
}

impl Pace {
    /// As some of the archive's records tell, of whatever machines and numbers of threads.
    ///
    /// # Errors
    /// When the records cannot be read.
    pub fn of(archive: &ZarrSource) -> Result<Self, RegionError> {
        let mut records = Vec::new();
        for ledger in Ledger::all(archive)? {
            records.extend(ledger.some()?);
        }
        Ok(Self::from_records(&records))
    }

    fn from_records(records: &[Record]) -> Self {
        let (mut bytes, mut nanoseconds) = (0u64, 0u64);
        let regions = records.iter().filter(|r| r.kind == RecordKind::Region);
        for record in regions {
            // Parts of the same work in other groups have been written in the same time.
            let parts = u64::from(record.parts.max(1));
            if let Some(time) = between(&record.began, &record.finished) {
                let raw = record.variables.iter().map(|v| v.raw_bytes);
                bytes = bytes.saturating_add(raw.fold(0, u64::saturating_add));
                nanoseconds = nanoseconds.saturating_add(time / parts);
            }
        }
        let pace = u128::from(bytes) * 1_000_000_000 / u128::from(nanoseconds.max(1));
        match u64::try_from(pace) {
            Ok(pace) if bytes >= TELLING && nanoseconds > 0 => Self {
                bytes_per_second: pace.max(1),
                measured: true,
            },
            _ => Self {
                bytes_per_second: ASSUMED,
                measured: false,
            },
        }
    }

    /// How many seconds a task takes that writes so many bytes.
    #[must_use]
    pub(crate) fn seconds(&self, bytes: u64) -> u64 {
        START.saturating_add(bytes.div_ceil(self.bytes_per_second.max(1)))
    }
}

/// Nanoseconds from one moment to a later one.
fn between(first: &Moment, last: &Moment) -> Option<u64> {
    let instant = |moment: &Moment| {
        let bound: TimeBound = moment.as_str().parse().ok()?;
        let instant = bound.first(Calendar::ProlepticGregorian).ok()?;
        Some(instant.nanoseconds())
    };
    u64::try_from(instant(last)? - instant(first)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{FORM, VariableRecord};

    /// So many bytes, written in so many milliseconds.
    fn record(bytes: u64, milliseconds: u64) -> Record {
        let began = 1_600_000_000_123_456_789;
        let variable = VariableRecord {
            chunks: 1,
            raw_bytes: bytes,
            ..VariableRecord::nothing("t")
        };
        Record {
            form: FORM,
            id: "0".into(),
            kind: RecordKind::Region,
            order: began,
            began: Moment::from_nanoseconds(began),
            finished: Moment::from_nanoseconds(began + milliseconds * 1_000_000),
            source: None,
            selection: "s".into(),
            reason: None,
            durable: false,
            check: "none".into(),
            version: "0".into(),
            writer: "w".into(),
            parts: 1,
            announced: None,
            extents: Vec::new(),
            variables: vec![variable],
        }
    }

    #[test]
    fn earlier_writes_tell_the_pace_where_they_are_large() {
        let pace = |records: &[Record]| Pace::from_records(records);
        let assumed = Pace {
            bytes_per_second: ASSUMED,
            measured: false,
        };
        assert_eq!(pace(&[]), assumed);
        assert_eq!(pace(&[record(99_999_999, 10)]), assumed);
        assert_eq!(pace(&[record(200_000_000, 0)]), assumed);
        let measured = pace(&[record(80_000_000, 500), record(40_000_000, 2500)]);
        assert_eq!(
            (measured.bytes_per_second, measured.measured),
            (40_000_000, true)
        );
        assert_eq!(measured.seconds(0), 1);
        assert_eq!(measured.seconds(400_000_001), 12);
        let template = Record {
            kind: RecordKind::Dataset,
            ..record(200_000_000, 1)
        };
        assert_eq!(pace(&[template]), assumed);
        let in_two_groups = Record {
            parts: 2,
            ..record(100_000_000, 4000)
        };
        assert_eq!(pace(&[in_two_groups]).bytes_per_second, 50_000_000);
        assert_eq!(assumed.seconds(u64::MAX), u64::MAX / ASSUMED + 2);
    }
}
