//! Which variables are rounded to fewer bits, and what their attributes say of it.

use zarrio_codec::rounding::{bits_for_digits, significand_bits};
use zarrio_model::config::Config;
use zarrio_model::{AttributeValue, Source, VariableSchema};

use crate::RegionError;
use crate::matching::{Meaning, Side};
use crate::packing::{Data, is_measured};

/// The attribute that names the way in which values were rounded.
pub(crate) const ALGORITHM: &str = "quantization_algorithm";
/// The way that is ours.
const BITROUND: &str = "bitround";
/// Bits of the significand that were kept (CF 1.12, 8.4).
pub(crate) const BITS: &str = "quantization_nsb";
/// Decimal digits that were asked for (CF 1.12, 8.4).
const DIGITS: &str = "quantization_nsd";

/// The part of the bitwise real information that was asked for.
const INFORMATION: &str = "quantization_information_level";
/// What stands for all other variables.
pub(crate) const ALL: &str = "*";

/// How a variable is rounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quantization {
    /// Bits of the significand that are kept.
    pub(crate) bits: u32,
    /// The decimal digits that they keep, where those were asked for.
    digits: Option<u32>,
    /// The part of the information that they keep, where that was asked for.
    information: Option<f64>,
}

/// The part of the information that is to be kept of a variable: what is said of it, or of
/// all (`*`) that have measured values and of which nothing else is said.
pub(crate) fn information_level(
    variable: &VariableSchema,
    config: &Config,
    is_measured: bool,
) -> Option<f64> {
    let settings = &config.quantization;
    let path = &variable.path;
    let levels = &settings.keep_information;
    if let Some(own) = levels.of(path) {
        return Some(*own);
    }
    let bits = settings.keep_bits.iter().map(|(name, _)| name);
    let digits = settings.significant_digits.iter().map(|(name, _)| name);
    let other = bits.chain(digits).any(|name| path.is_named(name)) || !is_measured;
    levels.get(ALL).copied().filter(|_| !other)
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
        data: &Data<'_>,
        packed: bool,
    ) -> Result<Option<Self>, RegionError> {
        let settings = &config.quantization;
        let path = &variable.path;
        let bits = settings.keep_bits.of(path);
        let digits = settings.significant_digits.of(path);
        let level = settings.keep_information.of(path);
        let own = usize::from(bits.is_some()) + usize::from(digits.is_some());
        let own = own + usize::from(level.is_some());
        if own > 1 {
            let reason = "bits, digits and information cannot be given together";
            return Err(refused(variable, reason));
        }
        let side = Side::new(source);
        // Schemas of one dataset: the same variable as the source has it.
        let measured = source.schema().variable(path).unwrap_or(variable);
        let kept =
            side.is_coordinate(path) || !matches!(side.meaning(measured), Meaning::Quantity(_));
        let all = significand_bits(variable.data_type);
        let level = match own {
            0 if kept || packed || all == 0 => None,
            _ => information_level(variable, config, is_measured(measured, &side, config)),
        };
        if own == 0 && level.is_none() {
            return Ok(None);
        }
        if kept {
            return Err(refused(
                variable,
                "coordinates and times are kept as they are",
            ));
        }
        if all == 0 {
            return Err(refused(variable, "it has no floating-point numbers"));
        }
        if bits.is_some_and(|bits| *bits > all) {
            let reason = format!("its type {} has {all} of them", variable.data_type);
            return Err(refused(variable, &reason));
        }
        let found = match (bits, digits, level) {
            (Some(bits), ..) => Some(*bits),
            (_, Some(digits), _) => Some(bits_for_digits(*digits)),
            (_, _, Some(level)) => {
                let counts = (data.information)(variable)?;
                counts.and_then(|counts| counts.keep_bits(level))
            }
            _ => None,
        };
        // Where nothing would be rounded, nothing is said.
        Ok(found.filter(|bits| *bits < all).map(|bits| Self {
            bits,
            digits: digits.copied(),
            information: level,
        }))
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
        (1..all).contains(&bits).then_some(Self {
            bits,
            digits: None,
            information: None,
        })
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
        if let Some(level) = self.information {
            let level = AttributeValue::Float64(vec![level]);
            schema.attributes.set(INFORMATION, level);
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
        hint: "take it away from --keep-bits, --significant-digits and --keep-information".into(),
    }
}
