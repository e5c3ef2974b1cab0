//! Which variables are rounded to fewer bits, and what their attributes say of it.

use zarrio_codec::rounding::{bits_for_digits, significand_bits};
use zarrio_model::config::Config;
use zarrio_model::{AttributeValue, Source, VariableSchema};

use crate::RegionError;
use crate::matching::{Meaning, Side};

/// The attribute that names the way in which values were rounded.
const ALGORITHM: &str = "quantization_algorithm";
/// The way that is ours.
const BITROUND: &str = "bitround";
/// Bits of the significand that were kept (CF 1.12, 8.4).
const BITS: &str = "quantization_nsb";
/// Decimal digits that were asked for (CF 1.12, 8.4).
const DIGITS: &str = "quantization_nsd";

/// How a variable is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quantization {
    /// Bits of the significand that are kept.
    pub(crate) bits: u32,
    /// The decimal digits that they keep, where those were asked for.
    digits: Option<u32>,
}

impl Quantization {
    /// What the settings ask for a variable.
    ///
    /// # Errors
    /// When it cannot be rounded.
    pub(crate) fn wanted(
        source: &dyn Source,
        variable: &VariableSchema,
        config: &Config,
    ) -> Result<Option<Self>, RegionError> {
        let settings = &config.quantization;
        let path = &variable.path;
        let bits = settings.keep_bits.get(path.as_str());
        let bits = bits.or_else(|| settings.keep_bits.get(path.name()));
        let digits = settings.significant_digits.get(path.as_str());
        let digits = digits.or_else(|| settings.significant_digits.get(path.name()));
        let wanted = match (bits.copied(), digits.copied()) {
            (None, None) => return Ok(None),
            (Some(bits), None) => Self { bits, digits: None },
            (None, Some(digits)) => Self {
                bits: bits_for_digits(digits),
                digits: Some(digits),
            },
            (Some(_), Some(_)) => {
                return Err(refused(variable, "bits and digits cannot both be given"));
            }
        };
        let side = Side::new(source);
        // Schemas of one dataset: the same variable as the source has it.
        let own = source.schema().variable(path).unwrap_or(variable);
        if side.is_coordinate(path) || !matches!(side.meaning(own), Meaning::Quantity(_)) {
            return Err(refused(
                variable,
                "coordinates and times are kept as they are",
            ));
        }
        match significand_bits(variable.data_type) {
            0 => Err(refused(variable, "it has no floating-point numbers")),
            // Nothing would be rounded.
            all if wanted.bits >= all => Ok(None),
            _ => Ok(Some(wanted)),
        }
    }

    /// How an archive's variable says that its values are rounded.
    pub(crate) fn of_archive(variable: &VariableSchema) -> Option<Self> {
        let attributes = &variable.attributes;
        if attributes.text(ALGORITHM) != Some(BITROUND) {
            return None;
        }
        let bits = match attributes.get(BITS)?.get(0)? {
            zarrio_model::Scalar::Int64(bits) => u32::try_from(bits).ok()?,
            _ => return None,
        };
        let all = significand_bits(variable.data_type);
        (1..all)
            .contains(&bits)
            .then_some(Self { bits, digits: None })
    }

    /// The variable with what its attributes say.
    pub(crate) fn schema(&self, variable: &VariableSchema) -> VariableSchema {
        let mut schema = variable.clone();
        let number = |n: u32| AttributeValue::Int64(vec![n.into()]);
        schema.attributes.set(ALGORITHM, BITROUND);
        schema.attributes.set(BITS, number(self.bits));
        if let Some(digits) = self.digits {
            schema.attributes.set(DIGITS, number(digits));
        }
        schema
    }
}

fn refused(variable: &VariableSchema, reason: &str) -> RegionError {
    RegionError::Settings {
        message: format!(
            "variable {:?} cannot be rounded to fewer bits: {reason}",
            variable.path.as_str()
        ),
        hint: "take it away from --keep-bits and --significant-digits".into(),
    }
}
