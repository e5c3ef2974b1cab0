//! The time that a coordinate covers, for people.

use std::ops::Range;

use zarrio_model::time::{DateTime, TimeCoding};
use zarrio_model::{DataType, Region, Source, SourceError, VariableSchema};

use crate::describe::TimeRange;
use crate::matching::{Labels, lost};

/// So many labels are read at once at most.
const MOST: u64 = 1 << 24;
/// So many labels that are decoded at once anyway are read to look at two.
const MOST_FOR_TWO: u64 = 1 << 20;

/// The labels of a time coordinate at both ends of a range of its positions; none where it
/// is no time, the range is empty or reaches beyond it, or a label is no date or lost.
///
/// # Errors
/// When the coordinate cannot be read.
pub fn time_range(
    source: &dyn Source,
    variable: &VariableSchema,
    positions: Range<u64>,
) -> Result<Option<TimeRange>, SourceError> {
    let within = !positions.is_empty() && positions.end <= variable.num_elements();
    let Some(coding) = coding(variable).filter(|_| within) else {
        return Ok(None);
    };
    let (start, last) = (positions.start, positions.end - 1);
    let read = |range: Range<u64>| {
        let region = Region::new(std::iter::once(range.clone()).collect());
        let labels = Labels::read_region(source, variable, &region, Some(coding))?;
        let is_whole = lost(source, variable, range, &labels)?.is_empty();
        Ok::<_, SourceError>(is_whole.then_some(labels))
    };
    let unit = variable.layout.unit().and_then(|unit| unit.first());
    let number = |position: u64| position.checked_div(*unit?);
    let is_one = number(start).is_some_and(|first| number(last) == Some(first));
    if is_one && last - start < MOST_FOR_TWO {
        let labels = read(positions)?;
        return Ok(labels.and_then(|l| l.time_range(0..last - start + 1, calendar(variable))));
    }
    let ends = [start, last].map(|position| read(position..position + 1));
    let [first, last] = ends.map(|labels| labels.map(|labels| labels?.date(0)));
    let (Some(first), Some(last)) = (first?, last?) else {
        return Ok(None);
    };
    Ok(Some(TimeRange {
        first: first.to_string(),
        last: last.to_string(),
        calendar: calendar(variable).to_owned(),
    }))
}

/// All labels of a time coordinate, for many looks at them.
#[derive(Debug)]
pub(crate) struct TimeLabels {
    labels: Labels,
    /// Positions whose labels are not there.
    lost: Vec<Range<u64>>,
    coding: TimeCoding,
    calendar: String,
}

impl TimeLabels {
    /// Reads the labels; none where the variable has no times.
    ///
    /// # Errors
    /// When the coordinate cannot be read.
    pub(crate) fn read(
        source: &dyn Source,
        variable: &VariableSchema,
    ) -> Result<Option<Self>, SourceError> {
        let count = variable.num_elements();
        let Some(coding) = coding(variable).filter(|_| count <= MOST) else {
            return Ok(None);
        };
        let all = Region::full(&variable.shape);
        let labels = Labels::read_region(source, variable, &all, Some(coding))?;
        Ok(Some(Self {
            lost: lost(source, variable, 0..count, &labels)?,
            labels,
            coding,
            calendar: calendar(variable).to_owned(),
        }))
    }

    /// The label at a position; none where there is none, it is lost or it is no date.
    #[must_use]
    pub(crate) fn date(&self, position: u64) -> Option<DateTime> {
        let is_lost = self.lost.iter().any(|lost| lost.contains(&position));
        self.labels.date(position).filter(|_| !is_lost)
    }

    /// The labels at both ends of a range of positions, as [`time_range`] gives them.
    #[must_use]
    pub(crate) fn range(&self, positions: Range<u64>) -> Option<TimeRange> {
        let ends = [positions.start, positions.end.checked_sub(1)?];
        let is_whole = ends.iter().all(|end| self.date(*end).is_some());
        let range = self.labels.time_range(positions, &self.calendar);
        range.filter(|_| is_whole)
    }

    /// How the labels are coded.
    #[must_use]
    pub(crate) fn coding(&self) -> &TimeCoding {
        &self.coding
    }
}

/// How a variable codes times; none where it has none.
fn coding(variable: &VariableSchema) -> Option<TimeCoding> {
    // Texts are no labels.
    variable.data_type.size()?;
    let units = variable.attributes.text("units");
    let units = units.filter(|units| units.contains(" since "))?;
    TimeCoding::parse(units, Some(calendar(variable))).ok()
}

/// The calendar of times, as it is written.
pub(crate) fn calendar(variable: &VariableSchema) -> &str {
    variable.attributes.text("calendar").unwrap_or("standard")
}

pub(crate) fn integer(data_type: DataType, bytes: &[u8]) -> Option<i64> {
    use bytemuck::pod_read_unaligned as read;
    Some(match data_type {
        DataType::Int8 => read::<i8>(bytes).into(),
        DataType::UInt8 => read::<u8>(bytes).into(),
        DataType::Int16 => read::<i16>(bytes).into(),
        DataType::UInt16 => read::<u16>(bytes).into(),
        DataType::Int32 => read::<i32>(bytes).into(),
        DataType::UInt32 => read::<u32>(bytes).into(),
        DataType::Int64 => read::<i64>(bytes),
        DataType::UInt64 => read::<u64>(bytes).try_into().ok()?,
        _ => return None,
    })
}
