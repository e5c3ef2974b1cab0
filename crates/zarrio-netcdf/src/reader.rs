//! The names of the readers.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Which reader is to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Reader {
    /// The Rust reader, and the C library for what that one does not support.
    #[default]
    Auto,
    /// The Rust reader alone: the choice for files that are not trusted.
    Rust,
    /// The netCDF C library alone (feature `libnetcdf`).
    C,
}

impl fmt::Display for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Auto => "auto",
            Self::Rust => "rust",
            Self::C => "c",
        })
    }
}

/// A text that names no reader.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is no reader: choose auto, rust or c")]
pub struct UnknownReader(String);

impl FromStr for Reader {
    type Err = UnknownReader;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "auto" => Ok(Self::Auto),
            "rust" => Ok(Self::Rust),
            "c" => Ok(Self::C),
            _ => Err(UnknownReader(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_have_names() {
        for reader in [Reader::Auto, Reader::Rust, Reader::C] {
            assert_eq!(reader.to_string().parse(), Ok(reader));
        }
        let error = "hdf".parse::<Reader>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"hdf\" is no reader: choose auto, rust or c"
        );
    }
}
