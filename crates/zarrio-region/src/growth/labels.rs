//! Which labels of a file continue the axis of an archive.

use std::ops::Range;

use zarrio_model::time::{Calendar, Frequency, Instant, LabelInterval};
use zarrio_model::{Region, Source};

use super::axis::RecordAxis;
use super::encode::encode;
use crate::RegionError;
use crate::limits::Limits;
use crate::template::{coding, infer, read_labels, settle, shown};

/// The labels of a file, held against the axis of an archive.
#[derive(Debug)]
pub(crate) struct FileLabels {
    /// Positions of the archive whose labels the file has, in ascending order.
    pub(crate) held: Vec<Range<u64>>,
    /// The times beyond the archive's last one, in ascending order.
    pub(crate) new: Vec<Instant>,
    /// Those labels as they are stored, where they are stored as the archive stores its own.
    stored: Option<Vec<Vec<u8>>>,
}

/// Reads the labels of a file.
///
/// # Errors
/// When one of them is not on the axis although it is not beyond it.
pub(crate) fn labels_of(
    source: &dyn Source,
    axis: &RecordAxis,
    known: &[Instant],
    limits: Limits,
) -> Result<FileLabels, RegionError> {
    let file = source.identity().path.display();
    let variable = source.schema().variable(&axis.coordinate);
    let variable = variable.filter(|v| v.is_dimension_coordinate());
    let Some(variable) = variable else {
        return Err(RegionError::Labels {
            message: format!(
                "{file}: there is no coordinate {:?}, which would tell where the file goes",
                axis.coordinate.as_str()
            ),
            hint: "write it to positions that the archive has, with 'zarrio write-region --region'"
                .into(),
        });
    };
    let labels = read_labels(source, &axis.coordinate, RecordAxis::limit(limits))?;
    let calendar = axis.coding.calendar();
    let last = known.last().copied();
    let (mut held, mut beyond): (Vec<u64>, Vec<(usize, LabelInterval)>) = Default::default();
    for (i, label) in labels.iter().enumerate() {
        let at = known.partition_point(|instant| *instant < label.low);
        if known.get(at).is_some_and(|found| label.contains(*found)) {
            held.push(at as u64);
        } else if last.is_none_or(|last| last < label.low) {
            beyond.push((i, *label));
        } else {
            let text = shown(calendar, label.plainest());
            let around =
                |i: Option<usize>| i.and_then(|i| known.get(i)).map(|t| shown(calendar, *t));
            let places = match (around(at.checked_sub(1)), around(Some(at))) {
                (Some(before), Some(after)) => format!("it has {before} and {after}"),
                (_, Some(first)) => format!("it begins at {first}"),
                _ => "it has none".to_owned(),
            };
            return Err(RegionError::Labels {
                message: format!(
                    "{file}: {text} is no time of the archive, and lies before its end: {places}"
                ),
                hint: "an archive grows at its end only; what lies before goes where it has the very times".into(),
            });
        }
    }
    beyond.sort_by_key(|(_, label)| label.low);
    let intervals: Vec<LabelInterval> = beyond.iter().map(|(_, label)| *label).collect();
    let new = settle(&intervals, calendar)?;
    if new.len() != intervals.len() {
        return Err(RegionError::Labels {
            message: format!("{file}: a time occurs twice"),
            hint: "an archive has each time once: mend the file".into(),
        });
    }
    let alike =
        variable.data_type == axis.data_type && coding(source, &axis.coordinate)? == axis.coding;
    let stored = match alike && !beyond.is_empty() {
        false => None,
        true => {
            let width = axis.data_type.size().unwrap_or(0);
            let mut bytes = vec![0; labels.len() * width];
            source.read(
                &axis.coordinate,
                &Region::full(&[labels.len() as u64]),
                &mut bytes,
            )?;
            let one = |i: usize| bytes[i * width..(i + 1) * width].to_vec();
            Some(beyond.iter().map(|(i, _)| one(*i)).collect())
        }
    };
    held.sort_unstable();
    held.dedup();
    let held = held
        .into_iter()
        .fold(Vec::<Range<u64>>::new(), |mut all, at| {
            match all.last_mut() {
                Some(range) if range.end == at => range.end += 1,
                _ => all.push(at..at + 1),
            }
            all
        });
    Ok(FileLabels { held, new, stored })
}

impl FileLabels {
    /// The labels of no file.
    pub(crate) fn none() -> Self {
        Self {
            held: Vec::new(),
            new: Vec::new(),
            stored: None,
        }
    }

    /// The labels of an axis that continues with these times, as the archive stores them.
    ///
    /// # Errors
    /// When the archive's coordinate has no label for one of them.
    pub(crate) fn encoded(
        &self,
        file: &str,
        axis: &RecordAxis,
        times: &[Instant],
    ) -> Result<Vec<Vec<u8>>, RegionError> {
        let one = |time: &Instant| {
            // The file's own are taken as they are.
            let own = self.stored.as_ref().zip(self.new.binary_search(time).ok());
            if let Some(label) = own.and_then(|(stored, i)| stored.get(i)) {
                return Ok(label.clone());
            }
            encode(&axis.coding, axis.data_type, *time).map_err(|error| RegionError::Labels {
                message: format!(
                    "{file}: the time {} cannot be told by the archive's {:?}, which is {} in {}: {error}",
                    shown(axis.coding.calendar(), *time),
                    axis.coordinate.as_str(),
                    axis.data_type,
                    axis.coding.units()
                ),
                hint: "make a new archive whose time axis holds both, with 'zarrio create-template', and write the files into it".into(),
            })
        };
        times.iter().map(one).collect()
    }
}

/// Why times do not continue an axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Irregularity {
    /// There would be times between that nobody brings.
    Gap {
        /// The first of them.
        expected: Instant,
        /// How many.
        count: u64,
        /// The first time behind them.
        found: Instant,
    },
    /// A time is none of those that the step makes.
    Step {
        /// The time.
        found: Instant,
        /// The step of the archive.
        step: Frequency,
    },
    /// Up to a time there would be more than an axis may have.
    Far {
        /// The time.
        found: Instant,
        /// How many there may be.
        limit: u64,
    },
}

/// All times of an axis behind its last one when it continues with some times: those between
/// too, where it has a step and may have gaps. And how many those are.
///
/// # Errors
/// Why the times do not continue the axis.
pub(crate) fn continued(
    calendar: Calendar,
    known: &[Instant],
    new: &[Instant],
    allow_gaps: bool,
    limit: u64,
) -> Result<(Vec<Instant>, u64), Irregularity> {
    let plain = || Ok((new.to_vec(), 0));
    let Ok(step) = infer(calendar, known) else {
        return plain();
    };
    let mut times = Vec::with_capacity(new.len());
    let mut missing = 0;
    let mut index = known.len() as u64;
    for found in new {
        let mut skipped: Option<(Instant, u64)> = None;
        loop {
            if index >= limit {
                return Err(Irregularity::Far {
                    found: *found,
                    limit,
                });
            }
            let Ok(expected) = step.label(calendar, index) else {
                return plain();
            };
            index += 1;
            if expected > *found {
                return Err(Irregularity::Step {
                    found: *found,
                    step: step.frequency,
                });
            }
            if expected == *found {
                break;
            }
            if allow_gaps {
                times.push(expected);
            }
            let (gap, count) = skipped.unwrap_or((expected, 0));
            skipped = Some((gap, count + 1));
        }
        if let Some((expected, count)) = skipped {
            if !allow_gaps {
                return Err(Irregularity::Gap {
                    expected,
                    count,
                    found: *found,
                });
            }
            missing += count;
        }
        times.push(*found);
    }
    Ok((times, missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i128 = 3_600_000_000_000;

    fn hours(values: &[i128]) -> Vec<Instant> {
        let at = |hour: &i128| Instant::from_nanoseconds(hour * HOUR);
        values.iter().map(at).collect()
    }

    #[test]
    fn an_axis_with_a_step_continues_in_it() {
        let of = |known: &[i128], new: &[i128], gaps| {
            continued(Calendar::Standard, &hours(known), &hours(new), gaps, 100)
        };
        assert_eq!(of(&[0, 6], &[12, 18], false), Ok((hours(&[12, 18]), 0)));
        assert_eq!(
            of(&[0, 6], &[18, 30], true),
            Ok((hours(&[12, 18, 24, 30]), 2))
        );
        assert!(matches!(
            of(&[0, 6], &[12, 30], false),
            Err(Irregularity::Gap { count: 2, .. })
        ));
        assert!(matches!(
            of(&[0, 6], &[12, 13], true),
            Err(Irregularity::Step { .. })
        ));
        for gaps in [false, true] {
            assert_eq!(
                of(&[0, 6], &[12, 1_000_000_000_000], gaps),
                Err(Irregularity::Far {
                    found: hours(&[1_000_000_000_000])[0],
                    limit: 100
                })
            );
        }
        // Without a step there are no gaps.
        for known in [&[][..], &[3], &[0, 1, 5]] {
            assert_eq!(of(known, &[12, 90], false), Ok((hours(&[12, 90]), 0)));
        }
    }
}
