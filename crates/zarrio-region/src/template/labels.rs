//! The labels of a file's time coordinate, as the stretches of time for which they stand.

use zarrio_model::time::{Calendar, Instant, LabelInterval, TimeCoding, TimeError};
use zarrio_model::{DataType, NodePath, Region, Scalar, Source, VariableSchema, cf};

use crate::RegionError;
use crate::limits::MORE_LABELS;
use crate::time_range::integer;

/// Labels that are read at once.
const SLAB: u64 = 1 << 17;

/// How the labels of a time coordinate are written, by its attributes.
pub(crate) fn coding(source: &dyn Source, path: &NodePath) -> Result<TimeCoding, RegionError> {
    let variable = variable(source, path)?;
    let units = variable.attributes.text("units").unwrap_or_default();
    let calendar = variable.attributes.text("calendar");
    TimeCoding::parse(units, calendar).map_err(|error| cannot(source, path, &error))
}

/// Every label of a time coordinate, in the order of the file. An integer stands for one
/// instant, a floating-point number for all that it cannot be told from.
///
/// # Errors
/// When there are more than `limit`, one is missing or lies too far away, or the file cannot
/// be read.
pub(crate) fn read(
    source: &dyn Source,
    path: &NodePath,
    limit: u64,
) -> Result<Vec<LabelInterval>, RegionError> {
    let variable = variable(source, path)?;
    let coding = coding(source, path)?;
    let (data_type, length) = (variable.data_type, variable.num_elements());
    if length > limit {
        return Err(RegionError::Unsupported {
            message: format!(
                "{}: {:?} has {length} labels, and an axis may have {limit}",
                source.identity().path.display(),
                path.as_str()
            ),
            hint: MORE_LABELS.into(),
        });
    }
    if variable.is_packed() {
        return Err(RegionError::Unsupported {
            message: format!(
                "{}: the labels of {:?} are packed by scale_factor or add_offset",
                source.identity().path.display(),
                path.as_str()
            ),
            hint: "unpack the time coordinate first".into(),
        });
    }
    let missing = missing_values(variable);
    let size = data_type.size().unwrap_or(0);
    let mut labels = Vec::with_capacity(length as usize);
    for start in (0..length).step_by(SLAB as usize) {
        let range = start..(start + SLAB).min(length);
        let mut bytes = vec![0; (range.end - range.start) as usize * size];
        source.read(path, &Region::new(vec![range]), &mut bytes)?;
        for element in bytes.chunks_exact(size.max(1)) {
            if missing.iter().any(|value| value == element) {
                return Err(missing_label(source, path, labels.len()));
            }
            let label = interval(&coding, data_type, element);
            labels.push(label.map_err(|error| match error {
                TimeError::NotFinite(_) => missing_label(source, path, labels.len()),
                error => cannot(source, path, &error),
            })?);
        }
    }
    Ok(labels)
}

fn interval(
    coding: &TimeCoding,
    data_type: DataType,
    element: &[u8],
) -> Result<LabelInterval, TimeError> {
    match data_type {
        DataType::Float32 => coding.label_interval(bytemuck::pod_read_unaligned::<f32>(element)),
        DataType::Float64 => coding.label_interval(bytemuck::pod_read_unaligned::<f64>(element)),
        _ => {
            let value = integer(data_type, element).ok_or(TimeError::OutOfRange)?;
            let instant = coding.instant_i64(value)?;
            Ok(LabelInterval {
                low: instant,
                high: instant,
            })
        }
    }
}

/// What stands for no label, as bytes.
fn missing_values(variable: &VariableSchema) -> Vec<Vec<u8>> {
    cf::MISSING
        .iter()
        .filter_map(|name| variable.attributes.get(name)?.get(0))
        .filter(|value| value.data_type() == variable.data_type)
        .map(|value: Scalar| value.to_ne_bytes())
        .collect()
}

fn variable<'s>(
    source: &'s dyn Source,
    path: &NodePath,
) -> Result<&'s VariableSchema, RegionError> {
    let found = source.schema().variable(path);
    found.ok_or_else(|| RegionError::Unsupported {
        message: format!(
            "{}: there is no time coordinate {:?}",
            source.identity().path.display(),
            path.as_str()
        ),
        hint: "all files of a template have the same coordinates".into(),
    })
}

fn missing_label(source: &dyn Source, path: &NodePath, index: usize) -> RegionError {
    RegionError::Unsupported {
        message: format!(
            "{}: label {index} of {:?} is missing",
            source.identity().path.display(),
            path.as_str()
        ),
        hint: "every step of time needs a label: mend the file, or take another one".into(),
    }
}

fn cannot(source: &dyn Source, path: &NodePath, error: &TimeError) -> RegionError {
    let cause = std::error::Error::source(error);
    let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
    RegionError::Unsupported {
        message: format!(
            "{}: {:?} cannot be read as time: {error}{cause}",
            source.identity().path.display(),
            path.as_str()
        ),
        hint: "mend the attributes 'units' and 'calendar' of the file".into(),
    }
}

/// Lengths to which labels are rounded, in seconds where they are that long.
const ROUND: [i128; 16] = {
    const S: i128 = 1_000_000_000;
    [
        86_400 * S,
        3_600 * S,
        1_800 * S,
        1_200 * S,
        900 * S,
        600 * S,
        300 * S,
        60 * S,
        30 * S,
        10 * S,
        S,
        S / 10,
        S / 100,
        S / 1_000,
        S / 1_000_000,
        1,
    ]
};

/// The instants that labels mean, sorted and each once.
///
/// Floating-point labels are rounded together, to the longest usual length of time by which
/// every one stays within what it stands for: hours as fractions of a day are hours again,
/// although no such number is one.
///
/// # Errors
/// When labels are too coarse to be told from each other.
pub(crate) fn settle(
    labels: &[LabelInterval],
    calendar: Calendar,
) -> Result<Vec<Instant>, RegionError> {
    let width = labels.iter().map(LabelInterval::width).max().unwrap_or(0);
    let round = |label: &LabelInterval, length: i128| {
        if label.low == label.high {
            return label.low;
        }
        let middle = label.low.nanoseconds() + label.width() / 2;
        let steps = middle.saturating_add(length / 2).div_euclid(length);
        let rounded = Instant::from_nanoseconds(steps.saturating_mul(length));
        if label.contains(rounded) {
            rounded
        } else {
            Instant::from_nanoseconds(middle)
        }
    };
    let fits = |length: &i128| {
        labels.iter().all(|label| {
            label.low == label.high || round(label, *length).nanoseconds() % length == 0
        })
    };
    let length = ROUND.into_iter().find(fits).unwrap_or(1);
    let mut instants: Vec<Instant> = labels.iter().map(|label| round(label, length)).collect();
    instants.sort_unstable();
    instants.dedup();
    let gap = |pair: &[Instant]| pair[1].nanoseconds().saturating_sub(pair[0].nanoseconds());
    match instants.windows(2).find(|pair| gap(pair) <= width) {
        Some(pair) if width > 0 => {
            let date = |instant| {
                calendar
                    .datetime(instant)
                    .map_or_else(|_| "?".to_owned(), |date| date.to_string())
            };
            Err(RegionError::Unsupported {
                message: format!(
                    "the labels of time are floating-point numbers that cannot tell {} from {}",
                    date(pair[0]),
                    date(pair[1])
                ),
                hint: "store the time coordinate as integers, or in a finer type".into(),
            })
        }
        _ => Ok(instants),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_of_days_are_hours_and_minutes_again() {
        let coding = TimeCoding::parse("days since 1850-01-01", Some("noleap")).unwrap();
        for (minutes, count) in [(60_i64, 500_i64), (30, 500), (20, 300), (180, 100)] {
            let first = 150 * 365 * 24 * 60;
            let exact: Vec<i128> = (0..count)
                .map(|i| i128::from(first + i * minutes) * 60_000_000_000)
                .map(|distance| coding.reference().nanoseconds() + distance)
                .collect();
            for float32 in [false, true] {
                let labels: Vec<LabelInterval> = (0..count)
                    .map(|i| (first + i * minutes) as f64 / 1440.0)
                    .map(|days| {
                        let label = if float32 {
                            coding.label_interval(days as f32)
                        } else {
                            coding.label_interval(days)
                        };
                        label.unwrap()
                    })
                    .collect();
                let found = settle(&labels, Calendar::NoLeap).unwrap();
                let found: Vec<i128> = found.iter().map(|i| i.nanoseconds()).collect();
                assert_eq!(found, exact, "{minutes} minutes, float32: {float32}");
            }
        }
    }

    #[test]
    fn labels_that_cannot_be_told_apart_are_refused() {
        let coding = TimeCoding::parse("days since 0001-01-01", Some("noleap")).unwrap();
        let label = |minute: i64| {
            let days = (730_000.0 + minute as f64 / 1440.0) as f32;
            coding.label_interval(days).unwrap()
        };
        let labels: Vec<LabelInterval> = (0..10).map(|i| label(i * 60)).collect();
        let error = settle(&labels, Calendar::NoLeap).unwrap_err();
        assert!(error.to_string().contains("cannot tell"), "{error}");
    }
}
