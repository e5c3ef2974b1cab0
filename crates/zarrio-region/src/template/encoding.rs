//! The integers that a template's time coordinate holds, and their units.

use zarrio_model::time::{Instant, TimeCoding, TimeError, TimeUnit, TimeUnits};

use crate::RegionError;

/// A time coordinate of 64-bit integers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TimeEncoding {
    /// The units, where they are not those of the source.
    pub(crate) units: Option<String>,
    /// The labels.
    pub(crate) labels: Vec<i64>,
}

impl TimeEncoding {
    /// The labels in the source's own units where those represent every one exactly, else in
    /// the coarsest unit that does, from the same epoch.
    ///
    /// # Errors
    /// When 64 bits do not reach far enough.
    pub(crate) fn new(own: &TimeCoding, axis: &[Instant]) -> Result<Self, RegionError> {
        let encode = |coding: &TimeCoding| {
            let labels = axis.iter().map(|instant| coding.encode_instant(*instant));
            labels.collect::<Result<Vec<i64>, TimeError>>()
        };
        match encode(own) {
            Ok(labels) => {
                return Ok(Self {
                    units: None,
                    labels,
                });
            }
            Err(TimeError::Inexact { .. }) => {}
            Err(error) => return Err(out_of_reach(own.units(), &error)),
        }
        let finer = finer(own, axis).map_err(|error| out_of_reach(own.units(), &error))?;
        let labels = encode(&finer).map_err(|error| out_of_reach(finer.units(), &error))?;
        Ok(Self {
            units: Some(finer.units().to_string()),
            labels,
        })
    }
}

/// The coding with the coarsest unit of which every label is a whole number.
fn finer(own: &TimeCoding, axis: &[Instant]) -> Result<TimeCoding, TimeError> {
    let mut distances = Vec::with_capacity(axis.len());
    for instant in axis {
        let distance = instant.checked_since(own.reference());
        distances.push(distance.ok_or(TimeError::OutOfRange)?);
    }
    let reference = own.calendar().datetime(own.reference())?;
    let units = TimeUnits::new(TimeUnit::coarsest(distances), reference);
    TimeCoding::new(units, own.calendar())
}

fn out_of_reach(units: TimeUnits, error: &TimeError) -> RegionError {
    RegionError::Unsupported {
        message: format!("the labels of the time axis cannot be kept as 64-bit {units}: {error}"),
        hint: "give a shorter range with --global-start and --global-end".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coding(units: &str) -> TimeCoding {
        TimeCoding::parse(units, Some("360_day")).unwrap()
    }

    #[test]
    fn the_units_of_the_source_are_kept_when_they_suffice() {
        let own = coding("days since 1850-1-1");
        let hours = coding("hours since 1850-01-01");
        let axis = |hour: [i64; 2]| hour.map(|h| hours.instant_i64(h).unwrap());
        let kept = TimeEncoding::new(&own, &axis([24, 72])).unwrap();
        assert_eq!((kept.units, kept.labels), (None, vec![1, 3]));
        let finer = TimeEncoding::new(&own, &axis([24, 30])).unwrap();
        assert_eq!(finer.units.unwrap(), "hours since 1850-01-01 00:00:00");
        assert_eq!(finer.labels, [24, 30]);
    }

    #[test]
    fn an_epoch_between_two_seconds_and_a_zone_stay_exact() {
        let own = coding("days since 2000-01-01 06:00:00.5 +01:00");
        let second = coding("seconds since 2000-01-01").instant_i64(7).unwrap();
        let finer = TimeEncoding::new(&own, &[second]).unwrap();
        let units = finer.units.unwrap();
        assert_eq!(units, "milliseconds since 2000-01-01 05:00:00.5");
        let again = coding(&units).instant_i64(finer.labels[0]).unwrap();
        assert_eq!(again, second);
    }
}
