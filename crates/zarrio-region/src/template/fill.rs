//! What unwritten elements of a template read as.

use std::collections::HashMap;
use std::str::FromStr;

use zarrio_model::{AttributeValue, DataType, NodePath, VariableSchema};

use super::dimension::TimeDimension;
use crate::RegionError;

/// The `_FillValue` of each variable that gets one: those that were asked for, and the
/// `missing_value` of integers, which means the same and which Zarr knows no other way.
pub(crate) fn fill_values(
    wanted: &[(String, String)],
    kept: &[&VariableSchema],
    time: &TimeDimension,
) -> Result<HashMap<NodePath, AttributeValue>, RegionError> {
    let mut values = HashMap::new();
    for variable in kept.iter().filter(|v| time.has(&v.path)) {
        let missing = variable.attributes.get("missing_value");
        if let Some(missing) = missing.filter(|m| m.data_type() == variable.data_type)
            && variable.data_type.is_integer()
            && variable.attributes.get("_FillValue").is_none()
            && variable.path != time.coordinate
        {
            values.insert(variable.path.clone(), missing.clone());
        }
    }
    for (name, text) in wanted {
        let refuse = |message: String, hint: &str| RegionError::Settings {
            message: format!("--fill {name}={text}: {message}"),
            hint: hint.to_owned(),
        };
        let named: Vec<&&VariableSchema> = kept
            .iter()
            .filter(|v| v.path.as_str() == name || v.name() == name)
            .collect();
        if named.is_empty() {
            return Err(refuse(
                format!("there is no variable {name:?}"),
                "'zarrio info' shows the variables of a file",
            ));
        }
        for variable in named {
            if !time.has(&variable.path) || variable.path == time.coordinate {
                return Err(refuse(
                    "its values are written with the template".into(),
                    "fill values are for variables that extend along time",
                ));
            }
            let own = variable.attributes.get("_FillValue");
            if let Some(own) = own.or(values.get(&variable.path)) {
                let own = zarrio_codec::attribute_to_json(own);
                return Err(refuse(
                    format!("it has the missing value {own} already"),
                    "leave the option out: what is unwritten reads as that value",
                ));
            }
            let value = parse(text, variable.data_type).ok_or_else(|| {
                refuse(
                    format!("this is no value of type {}", variable.data_type),
                    "give a value that the variable can hold and that its data never have",
                )
            })?;
            values.insert(variable.path.clone(), value);
        }
    }
    Ok(values)
}

/// A value of a type.
fn parse(text: &str, data_type: DataType) -> Option<AttributeValue> {
    fn one<T: FromStr>(text: &str) -> Option<Vec<T>> {
        Some(vec![text.trim().parse().ok()?])
    }
    Some(match data_type {
        DataType::Int8 => AttributeValue::Int8(one(text)?),
        DataType::UInt8 => AttributeValue::UInt8(one(text)?),
        DataType::Int16 => AttributeValue::Int16(one(text)?),
        DataType::UInt16 => AttributeValue::UInt16(one(text)?),
        DataType::Int32 => AttributeValue::Int32(one(text)?),
        DataType::UInt32 => AttributeValue::UInt32(one(text)?),
        DataType::Int64 => AttributeValue::Int64(one(text)?),
        DataType::UInt64 => AttributeValue::UInt64(one(text)?),
        DataType::Float32 => AttributeValue::Float32(one(text)?),
        DataType::Float64 => AttributeValue::Float64(one(text)?),
        DataType::String => AttributeValue::Text(text.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_type_of_their_variable() {
        assert_eq!(
            parse("-1", DataType::Int8),
            Some(AttributeValue::Int8(vec![-1]))
        );
        assert_eq!(parse("300", DataType::Int8), None);
        assert_eq!(parse("1.5", DataType::Int16), None);
        assert_eq!(
            parse("18446744073709551615", DataType::UInt64),
            Some(AttributeValue::UInt64(vec![u64::MAX]))
        );
        assert_eq!(
            parse("n/a", DataType::String),
            Some(AttributeValue::from("n/a"))
        );
        let Some(AttributeValue::Float32(nan)) = parse("NaN", DataType::Float32) else {
            panic!("no NaN")
        };
        assert!(nan[0].is_nan());
    }
}
