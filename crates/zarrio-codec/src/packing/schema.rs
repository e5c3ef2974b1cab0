//! A variable as it is when its values are packed.

use zarrio_model::config::PackingRange;
use zarrio_model::{AttributeValue, Attributes, DataType, VariableSchema, cf};

use super::Packing;
use super::range::{decoding, numbers};

/// The attribute by which an array says that its values were rounded to the nearest step, and
/// that further ones may be.
pub const ROUNDING: &str = "packing_rounding";

impl Packing {
    /// The variable with its values packed: the type and the attributes `scale_factor`,
    /// `add_offset` and `_FillValue` are those of the packing, [`ROUNDING`] says that values
    /// are rounded, `missing_value` goes, and the valid range is given in packed units, as CF
    /// asks for.
    #[must_use]
    pub fn schema(&self, variable: &VariableSchema) -> VariableSchema {
        let mut attributes = Attributes::new();
        if let Some(code) = self.missing {
            attributes.set("_FillValue", self.codes_as_attribute(&[code]));
        }
        for (name, number) in [("scale_factor", self.scale), ("add_offset", self.offset)] {
            attributes.set(name, AttributeValue::Float64(vec![number]));
        }
        attributes.set(ROUNDING, "nearest");
        let decode = decoding(variable);
        for (name, value) in variable.attributes.iter() {
            if cf::MEANING.contains(&name) {
                continue;
            }
            if !cf::VALID.contains(&name) {
                attributes.set(name, value.clone());
                continue;
            }
            // What is no number is no range.
            let ends = numbers(&variable.attributes, name).into_iter().map(|end| {
                let PackingRange { min, max } = self.range();
                self.encode(decode(end).clamp(min, max))
            });
            let codes: Option<Vec<i64>> = ends.collect();
            if let Some(codes) = codes.filter(|codes| !codes.is_empty()) {
                attributes.set(name, self.codes_as_attribute(&codes));
            }
        }
        VariableSchema {
            data_type: self.data_type,
            attributes,
            ..variable.clone()
        }
    }

    fn codes_as_attribute(&self, codes: &[i64]) -> AttributeValue {
        let codes = codes.iter();
        match self.data_type {
            DataType::Int8 => AttributeValue::Int8(codes.map(|c| *c as i8).collect()),
            DataType::Int16 => AttributeValue::Int16(codes.map(|c| *c as i16).collect()),
            DataType::Int32 => AttributeValue::Int32(codes.map(|c| *c as i32).collect()),
            _ => AttributeValue::Int64(codes.copied().collect()),
        }
    }
}
