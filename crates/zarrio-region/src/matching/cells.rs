//! Values of a file and an archive, compared by what they mean.

use zarrio_model::time::TimeCoding;
use zarrio_model::{Region, SourceError, VariableSchema, cf};

use super::labels::{Labels, Stretches};
use super::side::Side;
use super::values::{Packing, Values, numbers};

/// The values of a region.
#[derive(Debug)]
pub(super) struct Cells {
    /// As they are stored.
    stored: Values,
    packing: Packing,
    /// Codes for missing.
    missing: Vec<f64>,
    /// The same as times, with what they may stand for.
    times: Option<(Labels, Stretches<i128>)>,
}

impl Cells {
    pub(super) fn read(
        side: &Side<'_>,
        variable: &VariableSchema,
        region: &Region,
        coding: Option<TimeCoding>,
    ) -> Result<Self, SourceError> {
        let codes = cf::MISSING.into_iter();
        let codes = codes.filter_map(|name| variable.attributes.get(name));
        let stored = Values::read(side.source, variable, region)?;
        let packing = Packing::of(&variable.attributes);
        let times = coding.and_then(|coding| {
            let labels = Labels::new(stored.clone(), packing, Some(coding));
            let times = labels.times()?;
            Some((labels, times))
        });
        Ok(Self {
            stored,
            packing,
            missing: codes.flat_map(numbers).collect(),
            times,
        })
    }

    /// Whether every value says nothing.
    pub(super) fn are_void(&self) -> bool {
        (0..self.stored.len()).all(|index| self.is_void(index))
    }

    /// Whether a value is stored as this one is, bits of NaN aside.
    pub(super) fn is_stored_as(&self, index: usize, value: &Values) -> bool {
        match (&self.stored, value) {
            (Values::Integers(a), Values::Integers(b)) => a.get(index) == b.get(0),
            (Values::Texts(_), _) | (_, Values::Texts(_)) => false,
            _ => self.stored.real(index) == value.real(0),
        }
    }

    fn is_missing(&self, index: usize) -> bool {
        let value = self.stored.real(index);
        value.is_some_and(|v| v.is_nan() || self.missing.contains(&v))
    }

    /// Whether a value says nothing: it is missing, or an empty text.
    pub(super) fn is_void(&self, index: usize) -> bool {
        match &self.stored {
            Values::Texts(texts) => texts.get(index).is_none_or(String::is_empty),
            _ => self.is_missing(index),
        }
    }

    /// A value for people.
    pub(super) fn text(&self, index: usize) -> String {
        if self.is_missing(index) {
            return "missing".into();
        }
        match &self.times {
            Some((labels, _)) => labels.text(index as u64),
            None if self.stored.is_real() || self.packing.is_none() => self.stored.text(index),
            None => {
                let decoded = self.decoded(index).unwrap_or(f64::NAN);
                format!("{} (stored as {})", decoded, self.stored.text(index))
            }
        }
    }

    /// Whether two values mean the same: are the same number, after rounding to the coarser
    /// of their types, the same time, or both missing. Where one is packed, it is the same
    /// as all that it would be packed for.
    pub(super) fn same(&self, index: usize, other: &Self, at: usize) -> bool {
        match (&self.stored, &other.stored) {
            (Values::Texts(a), Values::Texts(b)) => return a.get(index) == b.get(at),
            (Values::Integers(a), Values::Integers(b))
                if self.is_coded_as(other) && a.get(index) == b.get(at) =>
            {
                return true;
            }
            _ => {}
        }
        match (self.is_missing(index), other.is_missing(at)) {
            (true, true) => true,
            (false, false) => self.same_meaning(index, other, at),
            _ => self.is_coded_as(other) && self.stored.real(index) == other.stored.real(at),
        }
    }

    /// Whether stored values mean the same on both sides.
    fn is_coded_as(&self, other: &Self) -> bool {
        let coding = |cells: &Self| cells.times.as_ref().and_then(|(labels, _)| labels.coding());
        self.packing == other.packing && coding(self) == coding(other)
    }

    fn same_meaning(&self, index: usize, other: &Self, at: usize) -> bool {
        if let (Some((_, a)), Some((_, b))) = (&self.times, &other.times) {
            return match (a.get(index), b.get(at)) {
                (Some(Some(a)), Some(Some(b))) => a.low <= b.high && b.low <= a.high,
                // What is no time, such as what NetCDF fills with, is the number that it is.
                (Some(None), Some(None)) if self.is_coded_as(other) => {
                    self.stored.real(index) == other.stored.real(at)
                }
                _ => false,
            };
        }
        if let (Values::Integers(a), Values::Integers(b)) = (&self.stored, &other.stored)
            && self.packing == other.packing
        {
            return a.get(index) == b.get(at);
        }
        let (Some(a), Some(b)) = (self.decoded(index), other.decoded(at)) else {
            return false;
        };
        if self.packing == other.packing || a == b {
            let single = self.is_single() || other.is_single();
            return a == b || (single && a as f32 == b as f32);
        }
        // The packed side holds what is nearest, and the other is off by a rounding or two.
        let scale = self.packing.precision().max(other.packing.precision());
        let ulp = a.abs().max(b.abs())
            * if self.is_single() || other.is_single() {
                f64::from(f32::EPSILON)
            } else {
                f64::EPSILON
            };
        (a - b).abs() <= scale / 2.0 + 2.0 * ulp
    }

    fn is_single(&self) -> bool {
        matches!(self.stored, Values::Singles(_))
    }

    fn decoded(&self, index: usize) -> Option<f64> {
        let stored = self.stored.real(index)?;
        Some(stored * self.packing.scale + self.packing.offset)
    }
}
