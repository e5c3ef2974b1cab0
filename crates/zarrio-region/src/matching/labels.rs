//! The labels of a coordinate variable.

use zarrio_model::time::{Instant, TimeCoding};
use zarrio_model::{Region, Source, SourceError, VariableSchema};

use super::find::{Real, Stretch};
use super::values::{Packing, Values};

/// Labels that are compared in one of three ways.
pub(super) type Stretches<K> = Vec<Option<Stretch<K>>>;

/// The labels along a dimension, in its order.
#[derive(Debug)]
pub(super) struct Labels {
    values: Values,
    /// How times are told from the numbers.
    coding: Option<TimeCoding>,
}

impl Labels {
    /// Reads a coordinate variable in one read.
    pub(super) fn read(
        source: &dyn Source,
        variable: &VariableSchema,
        coding: Option<TimeCoding>,
    ) -> Result<Self, SourceError> {
        let values = Values::read(source, variable, &Region::full(&variable.shape))?;
        Ok(Self::new(values, Packing::of(&variable.attributes), coding))
    }

    /// The labels that stored values mean.
    pub(super) fn new(stored: Values, packing: Packing, coding: Option<TimeCoding>) -> Self {
        Self {
            values: stored.unpacked(packing),
            coding,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn coding(&self) -> Option<TimeCoding> {
        self.coding
    }

    pub(super) fn is_single(&self) -> bool {
        matches!(self.values, Values::Singles(_))
    }

    /// Whether the labels are floating-point numbers.
    pub(super) fn is_real(&self) -> bool {
        self.values.is_real()
    }

    /// A label for people: a date, a number or a quoted text.
    pub(super) fn text(&self, position: u64) -> String {
        let index = usize::try_from(position).unwrap_or(usize::MAX);
        let date = self.coding.and_then(|coding| {
            let instant = self.instant(index)?;
            coding.calendar().datetime(instant).ok()
        });
        date.map_or_else(|| self.values.text(index), |date| date.to_string())
    }

    /// The time that a label most plausibly means.
    pub(super) fn instant(&self, index: usize) -> Option<Instant> {
        let coding = self.coding?;
        match &self.values {
            Values::Integers(values) => {
                let label = i64::try_from(*values.get(index)?).ok()?;
                coding.instant_i64(label).ok()
            }
            Values::Singles(values) => coding.instant_float(*values.get(index)?).ok(),
            Values::Doubles(values) => coding.instant_float(*values.get(index)?).ok(),
            Values::Texts(_) => None,
        }
    }

    /// The number of a label.
    pub(super) fn real(&self, index: usize) -> Option<f64> {
        self.values.real(index)
    }

    /// Times in nanoseconds: points for integers, intervals for floating-point labels.
    pub(super) fn times(&self) -> Option<Stretches<i128>> {
        let coding = self.coding?;
        let interval = |interval: Result<zarrio_model::time::LabelInterval, _>| {
            let interval = interval.ok()?;
            Some(Stretch {
                low: interval.low.nanoseconds(),
                high: interval.high.nanoseconds(),
            })
        };
        Some(match &self.values {
            Values::Integers(values) => (0..values.len())
                .map(|i| self.instant(i).map(|at| Stretch::point(at.nanoseconds())))
                .collect(),
            Values::Singles(values) => values
                .iter()
                .map(|v| interval(coding.label_interval(*v)))
                .collect(),
            Values::Doubles(values) => values
                .iter()
                .map(|v| interval(coding.label_interval(*v)))
                .collect(),
            Values::Texts(_) => return None,
        })
    }

    /// Whole numbers.
    pub(super) fn integers(&self) -> Option<Stretches<i128>> {
        match &self.values {
            Values::Integers(values) => {
                Some(values.iter().map(|v| Some(Stretch::point(*v))).collect())
            }
            _ => None,
        }
    }

    /// Numbers, rounded to binary32 where one side has no better.
    pub(super) fn reals(&self, single: bool, tolerance: f64) -> Stretches<Real> {
        let stretch = |index| {
            let value = self.values.real(index)?;
            let value = if single {
                f64::from(value as f32)
            } else {
                value
            };
            Some(Stretch {
                low: Real::new(value - tolerance)?,
                high: Real::new(value + tolerance)?,
            })
        };
        (0..self.len()).map(stretch).collect()
    }

    pub(super) fn texts(&self) -> Option<Stretches<&str>> {
        match &self.values {
            Values::Texts(values) => Some(
                values
                    .iter()
                    .map(|v| Some(Stretch::point(v.as_str())))
                    .collect(),
            ),
            _ => None,
        }
    }
}
