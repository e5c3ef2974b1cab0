//! What readers do: one access pattern, or several with their shares.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::AccessPattern;
use super::setting::{Fault, Setting, number};
use super::tree::{Node, Value};

/// Access patterns with their shares of all reading: `temporal`, or
/// `temporal=0.7,spatial=0.3`.
///
/// ```
/// use zarrio_model::config::{AccessMix, AccessPattern};
///
/// let mix: AccessMix = "temporal=7, spatial=3".parse()?;
/// let parts: Vec<_> = mix.parts().collect();
/// assert_eq!(parts, [(AccessPattern::Temporal, 0.7), (AccessPattern::Spatial, 0.3)]);
/// assert_eq!(mix.only(), None);
/// assert_eq!("spatial".parse::<AccessMix>()?.only(), Some(AccessPattern::Spatial));
/// # Ok::<(), zarrio_model::config::ParseAccessError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct AccessMix {
    /// At least one, each pattern once, with positive weights.
    weights: Vec<(AccessPattern, f64)>,
}

/// A text that is no access pattern.
#[derive(Debug, Clone, PartialEq, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum ParseAccessError {
    /// A word that is no pattern.
    #[error("{0}")]
    Word(#[from] super::UnknownWord),
    /// A share that is none.
    #[error(
        "{share:?} is no share for {pattern}; write a number above zero, as in temporal=0.7,spatial=0.3"
    )]
    Share {
        pattern: AccessPattern,
        share: String,
    },
    /// A pattern that stands twice.
    #[error("{pattern} is given twice")]
    Doubled { pattern: AccessPattern },
    /// Several patterns without shares.
    #[error(
        "{pattern} has no share beside other patterns; write for example temporal=0.7,spatial=0.3"
    )]
    NoShare { pattern: AccessPattern },
}

/// Beyond these, sums would lose digits or overflow.
const SHARES: std::ops::RangeInclusive<f64> = 1e-9..=1e9;

impl AccessMix {
    /// The pattern, where there is only one.
    #[must_use]
    pub fn only(&self) -> Option<AccessPattern> {
        match self.weights.as_slice() {
            [(pattern, _)] => Some(*pattern),
            _ => None,
        }
    }

    /// The patterns and their shares, which add up to 1.
    pub fn parts(&self) -> impl Iterator<Item = (AccessPattern, f64)> {
        let sum: f64 = self.weights.iter().map(|(_, weight)| weight).sum();
        self.weights
            .iter()
            .map(move |(pattern, weight)| (*pattern, weight / sum))
    }
}

impl From<AccessPattern> for AccessMix {
    fn from(pattern: AccessPattern) -> Self {
        Self {
            weights: vec![(pattern, 1.0)],
        }
    }
}

impl fmt::Display for AccessMix {
    /// The form that [`FromStr`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [(pattern, _)] = self.weights.as_slice() {
            return f.pad(pattern.as_str());
        }
        for (i, (pattern, weight)) in self.weights.iter().enumerate() {
            write!(f, "{}{pattern}={weight}", if i == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl FromStr for AccessMix {
    type Err = ParseAccessError;

    fn from_str(text: &str) -> Result<Self, ParseAccessError> {
        if !text.contains([',', '=']) {
            return Ok(text.parse::<AccessPattern>()?.into());
        }
        let mut weights: Vec<(AccessPattern, f64)> = Vec::new();
        for part in text.split(',') {
            let (name, share) = match part.split_once('=') {
                Some((name, share)) => (name, Some(share.trim())),
                None => (part, None),
            };
            let pattern: AccessPattern = name.parse()?;
            if weights.iter().any(|(given, _)| *given == pattern) {
                return Err(ParseAccessError::Doubled { pattern });
            }
            let share = share.ok_or(ParseAccessError::NoShare { pattern })?;
            let weight = share.parse().ok().filter(|weight| SHARES.contains(weight));
            let weight = weight.ok_or_else(|| ParseAccessError::Share {
                pattern,
                share: share.to_owned(),
            })?;
            weights.push((pattern, weight));
        }
        // The share of a single pattern says nothing.
        Ok(match weights.as_slice() {
            [(pattern, _)] => (*pattern).into(),
            _ => Self { weights },
        })
    }
}

impl Setting for AccessMix {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        // A table of shares is as good as the text of the flag.
        if let Value::Map(entries) = &node.value {
            let mut parts = Vec::new();
            for (name, entry) in entries {
                let share = number(entry)
                    .ok_or_else(|| vec![Fault::wrong_type("a number above zero", entry)])?;
                parts.push(format!("{name}={share}"));
            }
            let parsed = parts.join(",").parse();
            return parsed.map_err(|error: ParseAccessError| vec![Fault::new(error.to_string())]);
        }
        let expected = "an access pattern: temporal, spatial or balanced, or several with shares such as \"temporal=0.7,spatial=0.3\"";
        super::setting::from_text(node, expected)
    }

    fn write(&self) -> Value {
        Value::text(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixes_are_read_and_written() {
        for text in [
            "temporal",
            "balanced",
            "temporal=0.7,spatial=0.3",
            "spatial=2,balanced=1",
        ] {
            let mix: AccessMix = text.parse().unwrap();
            assert_eq!(mix.to_string(), text);
        }
        assert_eq!(
            "spatial=4".parse::<AccessMix>().unwrap().to_string(),
            "spatial"
        );
        for (text, words) in [
            ("temporal,spatial", "temporal has no share"),
            ("temporal=0,spatial=1", "\"0\" is no share for temporal"),
            ("temporal=nan,spatial=1", "no share"),
            ("temporal=1,temporal=1", "given twice"),
            ("temporal=1,spacial=1", "did you mean \"spatial\""),
            ("", "none of temporal, spatial, balanced"),
        ] {
            let error = text.parse::<AccessMix>().unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
