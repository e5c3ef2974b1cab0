//! Times as the labels of an archive's coordinate.

use zarrio_model::DataType;
use zarrio_model::time::{Instant, TimeCoding, TimeError};

/// The native bytes of the label that stands for an instant, and for no other.
///
/// # Errors
/// When there is none.
pub(super) fn encode(
    coding: &TimeCoding,
    data_type: DataType,
    instant: Instant,
) -> Result<Vec<u8>, TimeError> {
    let real = || {
        let distance = instant.checked_since(coding.reference());
        let distance = distance.ok_or(TimeError::OutOfRange)?;
        Ok(distance as f64 / coding.step() as f64)
    };
    let inexact = || {
        let date = coding.calendar().datetime(instant)?.to_string();
        Err(TimeError::Inexact {
            date,
            units: coding.units().to_string(),
        })
    };
    match data_type {
        DataType::Float64 => {
            let label: f64 = real()?;
            match coding.instant_float(label)? == instant {
                true => Ok(label.to_ne_bytes().to_vec()),
                false => inexact(),
            }
        }
        DataType::Float32 => {
            let label = real()? as f32;
            match coding.instant_float(label)? == instant {
                true => Ok(label.to_ne_bytes().to_vec()),
                false => inexact(),
            }
        }
        _ => {
            let label = coding.encode_instant(instant)?;
            integer(data_type, label).ok_or(TimeError::OutOfRange)
        }
    }
}

fn integer(data_type: DataType, label: i64) -> Option<Vec<u8>> {
    macro_rules! bytes {
        ($t:ty) => {
            <$t>::try_from(label).ok()?.to_ne_bytes().to_vec()
        };
    }
    Some(match data_type {
        DataType::Int8 => bytes!(i8),
        DataType::UInt8 => bytes!(u8),
        DataType::Int16 => bytes!(i16),
        DataType::UInt16 => bytes!(u16),
        DataType::Int32 => bytes!(i32),
        DataType::UInt32 => bytes!(u32),
        DataType::Int64 => bytes!(i64),
        DataType::UInt64 => bytes!(u64),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_label_stands_for_its_instant(
            minutes in -40_000_000i64..40_000_000,
            units in prop::sample::select(vec![
                "minutes since 1990-01-01", "seconds since 1970-01-01", "days since 1900-01-01",
                "hours since 2000-01-01T00:30",
            ]),
            data_type in prop::sample::select(vec![DataType::Float64, DataType::Int64, DataType::Int32]),
        ) {
            let coding = TimeCoding::parse(units, None).unwrap();
            let instant = coding.reference().checked_add(i128::from(minutes) * 60_000_000_000);
            let instant = instant.unwrap();
            let Ok(bytes) = encode(&coding, data_type, instant) else {
                // Only whole numbers of the unit have integers.
                prop_assert!(data_type != DataType::Float64);
                prop_assert!(minutes % (coding.step() / 60_000_000_000).max(1) as i64 != 0
                    || i32::try_from(minutes.saturating_mul(60)).is_err());
                return Ok(());
            };
            let found = match data_type {
                DataType::Float64 => coding.instant_float(bytemuck::pod_read_unaligned::<f64>(&bytes)),
                DataType::Int64 => coding.instant_i64(bytemuck::pod_read_unaligned(&bytes)),
                _ => coding.instant_i64(bytemuck::pod_read_unaligned::<i32>(&bytes).into()),
            };
            prop_assert_eq!(found.unwrap(), instant);
        }
    }
}
