//! Makes an archive longer that has no data there yet.

use zarrio_model::Source as _;
use zarrio_model::time::{Frequency, Instant, TimeBound};

use crate::RegionError;
use crate::append::Grown;
use crate::convert::Converter;
use crate::exclusion::check_there;
use crate::growth::{FileLabels, Growth, RecordAxis, alone, record_labels};
use crate::limits::Limits;
use crate::template::{AxisStep, infer, shown};
use crate::zarr_source::ZarrSource;

/// How far an archive is extended.
#[derive(Debug, Clone)]
pub struct ExtendRules {
    /// The dimension along which it grows.
    pub dimension: String,
    /// The last time; a date includes its whole day.
    pub end: TimeBound,
    /// The step; that of the archive's times where nothing is said.
    pub step: Option<Frequency>,
}

impl Converter<'_> {
    /// What [`extend`](Self::extend) would do: writes nothing. Gives also the archive as it
    /// would be.
    ///
    /// # Errors
    /// As [`extend`](Self::extend).
    pub fn plan_extend(
        &self,
        archive: &ZarrSource,
        rules: &ExtendRules,
    ) -> Result<(Grown, ZarrSource), RegionError> {
        let archive = archive.reopen()?;
        let axis = RecordAxis::find(&archive, &rules.dimension)?;
        axis.check(&archive)?;
        self.longer(&archive, &axis, rules)
    }

    /// Makes an archive longer, whose new positions have labels and no data: the data come by
    /// regions. An archive that reaches as far already stays as it is.
    ///
    /// Readers see the old archive or the new one, and a run that was killed is finished by
    /// the next one.
    ///
    /// # Errors
    /// When the archive has no step and none is given, its coordinate cannot tell a time,
    /// another process is making it longer, or the store fails.
    pub fn extend(
        &self,
        archive: &ZarrSource,
        rules: &ExtendRules,
    ) -> Result<(Grown, ZarrSource), RegionError> {
        alone(self, archive, &rules.dimension, |archive, axis, lock| {
            let (length, grown) = self.longer(archive, axis, rules)?;
            if length.to == length.from {
                return Ok((length, archive.clone()));
            }
            check_there(archive, archive.schema().groups().map(|group| &group.path))?;
            let growth = Growth {
                converter: self,
                archive,
                axis,
                grown: &grown,
                length: length.to,
                lock,
            };
            growth.clear()?;
            growth.commit()?;
            let grown = archive.reopen()?;
            record_labels(self, &grown, &axis.name, None)?;
            Ok((length, grown))
        })
    }

    /// The archive as it is going to be.
    fn longer(
        &self,
        archive: &ZarrSource,
        axis: &RecordAxis,
        rules: &ExtendRules,
    ) -> Result<(Grown, ZarrSource), RegionError> {
        let limits = Limits::new(&self.config);
        let known = axis.instants(archive, limits)?;
        let limit = RecordAxis::limit(limits);
        let times = further(axis, &known, rules, limit)?;
        let location = archive.store().location();
        let labels = FileLabels::none().encoded(&location, axis, &times)?;
        let (grown, to) = Growth::view(archive, axis, &labels)?;
        let length = Grown {
            dimension: axis.name.clone(),
            from: axis.length,
            to,
            gaps: to - axis.length,
        };
        Ok((length, grown))
    }
}

/// The times behind the last one.
fn further(
    axis: &RecordAxis,
    known: &[Instant],
    rules: &ExtendRules,
    limit: u64,
) -> Result<Vec<Instant>, RegionError> {
    let calendar = axis.coding.calendar();
    let settings = |message: String, hint: &str| RegionError::Settings {
        message,
        hint: hint.to_owned(),
    };
    let end = rules.end.last(calendar).map_err(|error| {
        settings(
            format!("--global-end: {error}"),
            "give a date of the archive's calendar",
        )
    })?;
    let Some(last) = known.last() else {
        return Err(settings(
            "the archive has no times yet, so that it has no end".to_owned(),
            "append a file first",
        ));
    };
    let (step, after) = match rules.step {
        None => {
            let own = infer(calendar, known).map_err(|why| why.error(calendar, known))?;
            (own, known.len() as u64)
        }
        Some(step) => AxisStep::continuing(step, calendar, known, *last),
    };
    let mut times = Vec::new();
    for index in after.. {
        let time = step.label(calendar, index);
        let time = time
            .map_err(|error| settings(format!("--global-end: {error}"), "give an earlier date"))?;
        if time > end {
            break;
        }
        if time <= *last {
            continue;
        }
        times.push(time);
        if (known.len() + times.len()) as u64 > limit {
            return Err(settings(
                format!(
                    "the axis would have more than {limit} times before {}",
                    shown(calendar, end)
                ),
                "give an earlier --global-end, a longer --freq, or allow more with a larger --memory",
            ));
        }
    }
    Ok(times)
}
