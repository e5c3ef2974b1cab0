//! The filter `fixedscaleoffset` of numcodecs, by which the Python zarrio packs: the archive
//! is floating-point to its readers, and each chunk holds integers.
//!
//! Here such an array is what it holds: integers with a scale and an offset, so that values
//! are rounded, compared with their range and counted as those of any other packed array. The
//! filter itself would round in the arithmetic of the array, and wrap around.

use serde_json::{Map, Value, json};
use zarrio_model::{AttributeValue, Attributes, DataType, Scalar, VariableSchema, cf};

use super::range::{decoding, numbers};
use super::{Packing, PackingError, code};
use crate::attributes::scalar_to_json;
use crate::documents::{dtype_v2, numpy_type};

/// The name of the filter.
pub(crate) const NAME: &str = "fixedscaleoffset";

/// What the filter is told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedScale {
    /// What readers get.
    data_type: DataType,
    /// What chunks hold.
    codes: DataType,
    /// What values are multiplied by; codes are divided by it.
    scale: f64,
    offset: f64,
    /// The code of the fill value.
    fill: i64,
}

impl FixedScale {
    /// The filter for a packing of values that readers get in a floating-point type.
    ///
    /// # Errors
    /// When that type cannot tell the packing's steps apart; binary32 never has 32 bits.
    pub fn new(packing: &Packing, data_type: DataType) -> Result<Self, PackingError> {
        let narrow = PackingError::Narrow {
            data_type,
            bits: packing.bits(),
            step: packing.scale.abs(),
        };
        let Some(fill) = packing.missing.filter(|_| data_type.is_float()) else {
            return Err(narrow);
        };
        let fixed = Self {
            data_type,
            codes: packing.data_type,
            scale: 1.0 / packing.scale,
            offset: packing.offset,
            fill,
        };
        let ends = [packing.codes.0, packing.codes.1, fill];
        let wide = ends.iter().map(|code| fixed.decode(*code).abs());
        let largest = wide.fold(0.0, f64::max);
        let spacing = match data_type {
            DataType::Float32 => f64::from((largest as f32).next_up() - largest as f32),
            _ => largest.next_up() - largest,
        };
        // Two numbers at least for each step.
        let fine = spacing <= packing.scale.abs() / 2.0 && largest.is_finite();
        match fine && fixed.code(fixed.decode(fill)) == Some(fill) {
            true => Ok(fixed),
            false => Err(narrow),
        }
    }

    /// The filter of an array that exists, by its `zarr.json` or `.zarray`, where the array
    /// can be taken for the integers that it holds: its fill value is one of them, so
    /// that what was never written stays what it is.
    #[must_use]
    pub fn of(document: &Value) -> Option<Self> {
        let (list, name, inner) = filter(document)?;
        let filter = list.as_array()?.first()?;
        if filter[name].as_str()?.trim_start_matches("numcodecs.") != NAME {
            return None;
        }
        let settings = match inner {
            "" => filter,
            inner => &filter[inner],
        };
        let little = |key: &str| {
            let text = settings[key].as_str()?;
            let known = !text.starts_with('>');
            known.then(|| numpy_type(text)).flatten()
        };
        let data_type = little("dtype").filter(|t| t.is_float())?;
        let number = |key: &str| settings[key].as_f64().filter(|n| n.is_finite());
        let (scale, offset) = (number("scale")?, number("offset")?);
        let fixed = Self {
            data_type,
            codes: little("astype")?,
            scale,
            offset,
            fill: 0,
        };
        let fill = fixed.code(document["fill_value"].as_f64()?)?;
        let fixed = Self { fill, ..fixed };
        fixed.packing(true).ok().map(|_| fixed)
    }

    /// The packing of its integers; with `missing`, the code of the fill value means missing.
    ///
    /// # Errors
    /// When there is nothing to compute with.
    pub fn packing(&self, missing: bool) -> Result<Packing, PackingError> {
        let code = missing.then_some(self.fill);
        Packing::existing(self.codes, 1.0 / self.scale, self.offset, code)
    }

    /// What a code reads as, bit for bit.
    #[must_use]
    pub fn decode(&self, code: i64) -> f64 {
        let value = code as f64 / self.scale + self.offset;
        match self.data_type {
            DataType::Float32 => f64::from(value as f32),
            _ => value,
        }
    }

    /// The code that reads as a value and no other does; `None` where there is none.
    fn code(&self, value: f64) -> Option<i64> {
        let value = match self.data_type {
            DataType::Float32 => f64::from(value as f32),
            _ => value,
        };
        let (low, high) = code::limits(self.codes)?;
        let nearest = ((value - self.offset) * self.scale).round_ties_even();
        if !(low as f64..=high as f64).contains(&nearest) {
            return None;
        }
        let nearest = nearest as i64;
        let reads = |code: i64| self.decode(code).to_bits() == value.to_bits();
        let mut near = (nearest - 1..=nearest + 1).filter(|code| reads(*code));
        let found = near.next()?;
        (near.next().is_none() && (low..=high).contains(&found)).then_some(found)
    }

    /// The type that readers get.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        self.data_type
    }

    /// What unwritten elements read as.
    #[must_use]
    pub fn fill_value(&self) -> f64 {
        self.decode(self.fill)
    }

    /// The variable as readers see it: the type is floating-point, and no attribute speaks of
    /// the integers.
    pub(crate) fn schema(&self, variable: &VariableSchema) -> VariableSchema {
        let mut attributes = Attributes::new();
        let fill = self.fill_value();
        attributes.set(
            "_FillValue",
            match self.data_type {
                DataType::Float32 => AttributeValue::Float32(vec![fill as f32]),
                _ => AttributeValue::Float64(vec![fill]),
            },
        );
        let packed = variable.is_packed();
        let decode = decoding(variable);
        for (name, value) in variable.attributes.iter() {
            if cf::MEANING.contains(&name) {
                continue;
            }
            let value = match packed && cf::VALID.contains(&name) {
                false => value.clone(),
                true => {
                    let ends = numbers(&variable.attributes, name);
                    AttributeValue::Float64(ends.into_iter().map(&decode).collect())
                }
            };
            attributes.set(name, value);
        }
        VariableSchema {
            data_type: self.data_type,
            attributes,
            ..variable.clone()
        }
    }

    /// What the filter is told, as numcodecs writes it.
    fn configuration(&self) -> Map<String, Value> {
        let number = |n: f64| scalar_to_json(Scalar::Float64(n));
        let entries = [
            ("astype", json!(dtype_v2(self.codes))),
            ("dtype", json!(dtype_v2(self.data_type))),
            ("offset", number(self.offset)),
            ("scale", number(self.scale)),
        ];
        entries
            .map(|(key, value)| (key.to_owned(), value))
            .into_iter()
            .collect()
    }

    /// The first codec of a format 3 array.
    pub(crate) fn to_v3(self) -> Value {
        json!({"name": format!("numcodecs.{NAME}"), "configuration": self.configuration()})
    }

    /// The filter of a format 2 array.
    pub(crate) fn to_v2(self) -> Value {
        let mut filter = self.configuration();
        filter.insert("id".into(), NAME.into());
        Value::Object(filter)
    }

    /// The document of an array without the filter: of the integers that chunks hold.
    pub(crate) fn without(&self, document: &Value) -> Value {
        let mut document = document.clone();
        if document["zarr_format"] == 2 {
            let left: Vec<Value> = rest(&document["filters"]);
            document["filters"] = if left.is_empty() {
                Value::Null
            } else {
                left.into()
            };
            document["dtype"] = dtype_v2(self.codes).into();
        } else {
            let inner = "/codecs/0/configuration/codecs";
            let place = match document["codecs"][0]["name"] == "sharding_indexed" {
                true => document.pointer_mut(inner),
                false => document.pointer_mut("/codecs"),
            };
            if let Some(codecs) = place {
                *codecs = rest(codecs).into();
            }
            document["data_type"] = self.codes.name().into();
        }
        document["fill_value"] = self.fill.into();
        document
    }
}

/// A list without its first entry.
fn rest(list: &Value) -> Vec<Value> {
    let entries = list.as_array().into_iter().flatten();
    entries.skip(1).cloned().collect()
}

/// Where a document's first filter would be: the list, the key of its name, and that of its
/// settings.
fn filter(document: &Value) -> Option<(&Value, &'static str, &'static str)> {
    if document["zarr_format"] == 2 {
        return Some((&document["filters"], "id", ""));
    }
    let codecs = &document["codecs"];
    let first = codecs.get(0)?;
    Some(match first["name"] == "sharding_indexed" {
        true => (&first["configuration"]["codecs"], "name", "configuration"),
        false => (codecs, "name", "configuration"),
    })
}

#[cfg(test)]
mod tests {
    use zarrio_model::config::{PackingBits, PackingRange};

    use super::*;

    fn packing(min: f64, max: f64, bits: u8) -> Packing {
        let bits = PackingBits::from_bits(bits).unwrap();
        Packing::for_range(PackingRange { min, max }, bits).unwrap()
    }

    /// As Python 0.1.4 writes it: the greatest value of the range is the fill value.
    fn python(bits: u8, min: f64, max: f64) -> Value {
        let scale = (max - min) / (2f64.powi(bits.into()) - 1.0);
        let offset = min + 2f64.powi(i32::from(bits) - 1) * scale;
        let astype = ["|i1", "<i2", "<i4"][bits as usize / 16];
        json!({"zarr_format": 2, "fill_value": max, "dtype": "<f4", "filters": [{
            "id": NAME, "offset": offset, "scale": 1.0 / scale, "dtype": "<f4", "astype": astype,
        }]})
    }

    #[test]
    fn archives_of_the_python_tool_have_their_greatest_code_for_missing() {
        for (bits, code) in [(8, 127), (16, 32767)] {
            for (min, max) in [(0.0, 40.0), (180.0, 340.0), (-0.1, 0.3)] {
                let fixed = FixedScale::of(&python(bits, min, max)).unwrap();
                let packing = fixed.packing(true).unwrap();
                assert_eq!(packing.missing(), Some(code));
                assert!(!packing.is_missing_inside());
                assert_eq!(fixed.decode(code), f64::from(max as f32));
                let plain = fixed.without(&python(bits, min, max));
                assert_eq!(
                    (&plain["fill_value"], &plain["filters"]),
                    (&json!(code), &Value::Null)
                );
            }
        }
        // In binary32 many of 32 bits read as one value.
        assert_eq!(FixedScale::of(&python(32, 0.0, 40.0)), None);
        let mut document = python(16, 0.0, 40.0);
        for fill in [json!("NaN"), Value::Null, json!(20.0003), json!(41)] {
            document["fill_value"] = fill.clone();
            assert_eq!(FixedScale::of(&document), None, "{fill}");
        }
    }

    #[test]
    fn the_fill_value_is_the_code_for_missing_bit_for_bit() {
        for bits in [8, 16] {
            for (min, max) in [(0.0, 100.0), (-1e-3, 1e-3), (180.0, 340.0), (0.1, 0.7)] {
                for data_type in [DataType::Float32, DataType::Float64] {
                    let fixed = FixedScale::new(&packing(min, max, bits), data_type).unwrap();
                    let least = -(1i64 << (bits - 1));
                    assert_eq!(fixed.fill_value().to_bits(), fixed.decode(least).to_bits());
                    // The packing that is written is the one that is read.
                    let document = json!({
                        "zarr_format": 3, "codecs": [fixed.to_v3()],
                        "fill_value": fixed.fill_value(),
                    });
                    assert_eq!(FixedScale::of(&document), Some(fixed));
                    assert_eq!(fixed.packing(true).unwrap().missing(), Some(least));
                }
            }
        }
    }

    #[test]
    fn steps_that_the_type_does_not_have_are_refused() {
        for (min, max, bits) in [(0.0, 1.0, 32), (1e6, 1e6 + 1.0, 16), (0.0, 100.0, 32)] {
            assert!(FixedScale::new(&packing(min, max, bits), DataType::Float32).is_err());
            assert!(FixedScale::new(&packing(min, max, bits), DataType::Float64).is_ok());
        }
    }
}
