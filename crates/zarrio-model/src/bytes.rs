//! Sizes in bytes as people write them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A number of bytes: written `512MiB`, `2GB`, `1048576`.
///
/// `KiB`, `MiB`, `GiB`, `TiB` and the bare letters `K`, `M`, `G`, `T` count in powers of
/// 1024; `KB`, `MB`, `GB`, `TB` in powers of 1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "SizeText", into = "String")]
pub struct ByteSize(pub u64);

/// A text that is no size.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not a size; write a number and a unit, such as 512MiB or 2GB")]
pub struct ParseByteSizeError(String);

const UNITS: [(&str, u64); 13] = [
    ("tib", 1 << 40),
    ("gib", 1 << 30),
    ("mib", 1 << 20),
    ("kib", 1 << 10),
    ("tb", 1_000_000_000_000),
    ("gb", 1_000_000_000),
    ("mb", 1_000_000),
    ("kb", 1_000),
    ("t", 1 << 40),
    ("g", 1 << 30),
    ("m", 1 << 20),
    ("k", 1 << 10),
    ("b", 1),
];

impl FromStr for ByteSize {
    type Err = ParseByteSizeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseByteSizeError(text.to_owned());
        let lower = text.trim().to_ascii_lowercase();
        let unit = UNITS.iter().find(|(name, _)| lower.ends_with(name));
        let (name, factor) = unit.copied().unwrap_or(("", 1));
        let number = lower.strip_suffix(name).unwrap_or(&lower).trim();
        if let Ok(whole) = number.parse::<u64>() {
            return whole.checked_mul(factor).map(Self).ok_or_else(error);
        }
        let number: f64 = number.parse().map_err(|_| error())?;
        // A part of a byte is a slip, most likely a unit that was left out.
        if factor == 1 && number.fract() != 0.0 {
            return Err(error());
        }
        let bytes = number * factor as f64;
        if !(0.0..9.0e18).contains(&bytes) {
            return Err(error());
        }
        Ok(Self(bytes as u64))
    }
}

impl fmt::Display for ByteSize {
    /// The shortest exact form where there is one (`512MiB`), else two decimals (`1.37GiB`).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let binary = [
            ("TiB", 1u64 << 40),
            ("GiB", 1 << 30),
            ("MiB", 1 << 20),
            ("KiB", 1 << 10),
        ];
        let text = match binary.iter().find(|(_, factor)| self.0 >= *factor) {
            Some((name, factor)) if self.0.is_multiple_of(*factor) => {
                format!("{}{name}", self.0 / factor)
            }
            Some((name, factor)) => format!("{:.2}{name}", self.0 as f64 / *factor as f64),
            None => format!("{}B", self.0),
        };
        f.pad(&text)
    }
}

/// Configuration files may give a plain number of bytes.
#[derive(Deserialize)]
#[serde(untagged)]
enum SizeText {
    Number(u64),
    Text(String),
}

impl TryFrom<SizeText> for ByteSize {
    type Error = ParseByteSizeError;

    fn try_from(value: SizeText) -> Result<Self, Self::Error> {
        match value {
            SizeText::Number(bytes) => Ok(Self(bytes)),
            SizeText::Text(text) => text.parse(),
        }
    }
}

impl From<ByteSize> for String {
    /// Exact, so that a configuration survives a round trip.
    fn from(size: ByteSize) -> Self {
        let text = size.to_string();
        if text.parse() == Ok(size) {
            text
        } else {
            size.0.to_string()
        }
    }
}
