//! What of a dataset is packed, as it is asked for and as a configuration says it.

use serde::Serialize;
use zarrio_codec::packing::Packing;
use zarrio_model::config::{ByVariable, PackingConfig, PackingRange};
use zarrio_region::{Analysis, PackingOutlook};

use super::advice::comment;

/// Which variables are packed, and how.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct PackingChoice {
    /// Bits of the integers of all variables; without, only those with a step are packed.
    #[serde(rename = "packing_bits")]
    bits: Option<u32>,
    /// The steps in which variables are kept.
    #[serde(skip_serializing_if = "ByVariable::is_empty")]
    precision: ByVariable<f64>,
}

impl PackingChoice {
    /// What settings say.
    pub(super) fn of(config: &PackingConfig) -> Self {
        Self {
            bits: config.enabled.then(|| config.bits.bits().into()),
            precision: config.precision.clone(),
        }
    }

    /// Reads `no`, `8`, `16`, or steps such as `t2m=0.01,u=0.1`.
    pub(super) fn parse(text: &str, outlooks: &[PackingOutlook]) -> Result<Self, String> {
        let bits = |bits| Self {
            bits,
            precision: ByVariable::default(),
        };
        match text {
            "no" | "n" => return Ok(bits(None)),
            "8" => return Ok(bits(Some(8))),
            "16" => return Ok(bits(Some(16))),
            steps if steps.contains('=') => {}
            other => return Err(format!("{other:?} is none of 8, 16, no, NAME=STEP")),
        }
        let precision: ByVariable<f64> = text.parse().map_err(|error| format!("{error}"))?;
        for (name, step) in precision.iter() {
            let Some(outlook) = find(outlooks, name) else {
                let known: Vec<&str> = outlooks.iter().map(|o| o.variable.as_str()).collect();
                return Err(format!("{name:?} is none of {}", known.join(", ")));
            };
            packing(outlook, *step).map_err(|error| format!("{name:?}: {error}"))?;
        }
        Ok(Self {
            bits: None,
            precision,
        })
    }

    /// As [`parse`](Self::parse) reads it.
    pub(super) fn answer(&self) -> String {
        let steps: Vec<String> = self
            .precision
            .iter()
            .map(|(name, step)| format!("{name}={step}"))
            .collect();
        match (self.bits, steps.is_empty()) {
            (_, false) => steps.join(","),
            (Some(bits), true) => bits.to_string(),
            (None, true) => "no".to_owned(),
        }
    }

    /// What follows from it, a line for each point.
    pub(super) fn consequences(&self, outlooks: &[PackingOutlook]) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(bits) = self.bits {
            lines.push(format!("floating-point values take {bits} bits each"));
        }
        for (name, step) in self.precision.iter() {
            let packing = find(outlooks, name).and_then(|outlook| packing(outlook, *step).ok());
            let Some(packing) = packing else {
                continue;
            };
            lines.push(format!(
                "{name} takes {} bits a value for the range of the sample, or more for a wider one, and is off by at most {}",
                packing.bits(),
                step / 2.0
            ));
        }
        lines
    }

    /// The tables about it in a configuration file. Ranges are left to whoever reads all the
    /// values: with those of a sample, what lies beyond them would be refused.
    pub(super) fn section(&self, analysis: &Analysis) -> String {
        let mut text = String::new();
        if let Some(bits) = self.bits {
            text.push_str(&format!(
                "\n# Floating-point variables stored as integers with scale and offset.\n[packing]\nenabled = true\nbits = {bits}\n"
            ));
        }
        if !self.precision.is_empty() {
            text.push_str("\n# The steps in which variables are kept, as integers of the fewest bits.\n[packing.precision]\n");
            for (name, step) in self.precision.iter() {
                text.push_str(&format!("{} = {step:?}\n", key(name)));
            }
        }
        if text.is_empty() || analysis.packing.is_empty() {
            return text;
        }
        text.push_str(
            "\n# Ranges are those of the attributes, or of all the data, which are read once before.\n\
             # Give them here if you know them; create-template needs them where it gets one file\n\
             # without such attributes. What was seen in a sample is narrower than the truth:\n\
             # [packing.manual_ranges]\n",
        );
        for outlook in &analysis.packing {
            let PackingOutlook { min, max, .. } = outlook;
            let name = comment(&key(&outlook.variable));
            text.push_str(&format!("# {name} = {{ min = {min:?}, max = {max:?} }}\n"));
        }
        text
    }
}

fn find<'o>(outlooks: &'o [PackingOutlook], name: &str) -> Option<&'o PackingOutlook> {
    let is = |outlook: &&PackingOutlook| {
        let path = outlook.variable.as_str();
        path == name || path.rsplit('/').next() == Some(name)
    };
    outlooks.iter().find(is)
}

fn packing(outlook: &PackingOutlook, step: f64) -> Result<Packing, String> {
    let PackingOutlook { min, max, .. } = *outlook;
    if step <= 0.0 || !step.is_finite() {
        return Err(format!("a step is a number above 0, and not {step}"));
    }
    Packing::for_precision(PackingRange { min, max }, step).map_err(|error| error.to_string())
}

/// A name as a TOML key.
fn key(name: &str) -> String {
    let escaped: String = name
        .chars()
        .map(|c| match c {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
            c => c.to_string(),
        })
        .collect();
    format!("\"{escaped}\"")
}
