//! The time that a coordinate covers, for people.

use std::ops::Range;

use zarrio_model::time::{DateTime, TimeCoding};
use zarrio_model::{DataType, Region, Source, SourceError, VariableSchema};

use crate::describe::TimeRange;

/// So many labels are read at once at most.
const MOST: u64 = 1 << 26;

/// The labels of a time coordinate at both ends of a range of its positions; none where it
/// is no time, the range is empty or reaches beyond it, or a label is no date.
///
/// # Errors
/// When the coordinate cannot be read.
pub fn time_range(
    source: &dyn Source,
    variable: &VariableSchema,
    positions: Range<u64>,
) -> Result<Option<TimeRange>, SourceError> {
    let within = !positions.is_empty() && positions.end <= variable.num_elements();
    let Some(form) = Form::of(variable).filter(|_| within) else {
        return Ok(None);
    };
    let (start, last) = (positions.start, positions.end - 1);
    let read = |range: Range<u64>| -> Result<Vec<u8>, SourceError> {
        let mut bytes = vec![0; (range.end - range.start) as usize * form.width];
        let region = Region::new(std::iter::once(range).collect());
        source.read(&variable.path, &region, &mut bytes)?;
        Ok(bytes)
    };
    let unit = variable.layout.unit().and_then(|unit| unit.first());
    let number = |position: u64| position.checked_div(*unit?);
    let is_one = number(start).is_some_and(|first| number(last) == Some(first));
    // What is decoded at once anyway is not decoded for each end.
    let (first, last) = match is_one && last - start < MOST {
        true => {
            let bytes = read(positions)?;
            let last = form.date(&bytes[bytes.len() - form.width..]);
            (form.date(&bytes[..form.width]), last)
        }
        false => (
            form.date(&read(start..start + 1)?),
            form.date(&read(last..last + 1)?),
        ),
    };
    let (Some(first), Some(last)) = (first, last) else {
        return Ok(None);
    };
    Ok(Some(form.range(first, last)))
}

/// All labels of a time coordinate, for many looks at them.
#[derive(Debug)]
pub struct TimeLabels {
    form: Form,
    bytes: Vec<u8>,
}

impl TimeLabels {
    /// Reads the labels; none where the variable has no times.
    ///
    /// # Errors
    /// When the coordinate cannot be read.
    pub fn read(
        source: &dyn Source,
        variable: &VariableSchema,
    ) -> Result<Option<Self>, SourceError> {
        let count = variable.num_elements();
        let Some(form) = Form::of(variable).filter(|_| count <= MOST) else {
            return Ok(None);
        };
        let mut bytes = vec![0; count as usize * form.width];
        source.read(&variable.path, &Region::full(&variable.shape), &mut bytes)?;
        Ok(Some(Self { form, bytes }))
    }

    /// The label at a position; none where there is none or it is no date.
    #[must_use]
    pub fn date(&self, position: u64) -> Option<DateTime> {
        let start = usize::try_from(position)
            .ok()?
            .checked_mul(self.form.width)?;
        self.form
            .date(self.bytes.get(start..start.checked_add(self.form.width)?)?)
    }

    /// The labels at both ends of a range of positions, as [`time_range`] gives them.
    #[must_use]
    pub fn range(&self, positions: Range<u64>) -> Option<TimeRange> {
        let last = self.date(positions.end.checked_sub(1)?)?;
        Some(self.form.range(self.date(positions.start)?, last))
    }

    /// How the labels are coded.
    #[must_use]
    pub fn coding(&self) -> &TimeCoding {
        &self.form.coding
    }
}

/// How labels are stored.
#[derive(Debug)]
struct Form {
    coding: TimeCoding,
    calendar: String,
    data_type: DataType,
    width: usize,
}

impl Form {
    fn of(variable: &VariableSchema) -> Option<Self> {
        let units = variable.attributes.text("units");
        let units = units.filter(|units| units.contains(" since "))?;
        let calendar = variable.attributes.text("calendar").unwrap_or("standard");
        Some(Self {
            coding: TimeCoding::parse(units, Some(calendar)).ok()?,
            calendar: calendar.to_owned(),
            data_type: variable.data_type,
            // Texts are no labels.
            width: variable.data_type.size()?,
        })
    }

    fn date(&self, bytes: &[u8]) -> Option<DateTime> {
        match self.data_type {
            DataType::Float32 => self
                .coding
                .decode_float(bytemuck::pod_read_unaligned::<f32>(bytes)),
            DataType::Float64 => self
                .coding
                .decode_float(bytemuck::pod_read_unaligned::<f64>(bytes)),
            data_type => self.coding.decode_i64(integer(data_type, bytes)?),
        }
        .ok()
    }

    fn range(&self, first: DateTime, last: DateTime) -> TimeRange {
        TimeRange {
            first: first.to_string(),
            last: last.to_string(),
            calendar: self.calendar.clone(),
        }
    }
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
