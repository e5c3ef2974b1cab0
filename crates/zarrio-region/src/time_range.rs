//! The time that a coordinate covers, for people.

use std::ops::Range;

use zarrio_model::time::TimeCoding;
use zarrio_model::{DataType, Region, Source, SourceError, VariableSchema};

use crate::describe::TimeRange;

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
    let Some(units) = variable
        .attributes
        .text("units")
        .filter(|u| u.contains(" since "))
    else {
        return Ok(None);
    };
    let calendar = variable.attributes.text("calendar").unwrap_or("standard");
    let within = !positions.is_empty() && positions.end <= variable.num_elements();
    let (Ok(coding), true) = (TimeCoding::parse(units, Some(calendar)), within) else {
        return Ok(None);
    };
    let label = |index: u64| -> Result<Option<String>, SourceError> {
        let region = Region::new(std::iter::once(index..index + 1).collect());
        let mut bytes = vec![0; variable.data_type.size().unwrap_or(0)];
        source.read(&variable.path, &region, &mut bytes)?;
        let date = match variable.data_type {
            DataType::Float32 => coding.decode_float(bytemuck::pod_read_unaligned::<f32>(&bytes)),
            DataType::Float64 => coding.decode_float(bytemuck::pod_read_unaligned::<f64>(&bytes)),
            data_type => match integer(data_type, &bytes) {
                Some(value) => coding.decode_i64(value),
                None => return Ok(None),
            },
        };
        Ok(date.ok().map(|date| date.to_string()))
    };
    if variable.data_type == DataType::String {
        return Ok(None);
    }
    let (Some(first), Some(last)) = (label(positions.start)?, label(positions.end - 1)?) else {
        return Ok(None);
    };
    Ok(Some(TimeRange {
        first,
        last,
        calendar: calendar.to_owned(),
    }))
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
