//! Whether chunks are kept in shards: `auto`, `none`, `time:1000,lat:full`.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::setting::{Fault, Setting};
use super::tree::{Node, Value};
use super::{ChunkLength, Chunking, ParseChunkingError};

/// Which chunks are kept together in one object (Zarr sharding).
///
/// ```
/// use zarrio_model::config::{ChunkLength, Shards};
///
/// let shards: Shards = "time:1000,lat:full".parse()?;
/// assert_eq!(shards.to_string(), "time:1000,lat:full");
/// assert_eq!("none".parse(), Ok(Shards::None));
/// # Ok::<(), zarrio_model::config::ParseChunkingError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Shards {
    /// Every chunk is an object.
    #[default]
    None,
    /// Those that the planner proposes.
    Auto,
    /// Shards of these lengths; along other dimensions they are as long as a chunk.
    Lengths(Chunking),
}

/// The words that are no lengths.
const WORDS: [(&str, Shards); 2] = [("none", Shards::None), ("auto", Shards::Auto)];

impl Shards {
    /// Lengths, if all of them are some.
    fn of(lengths: Chunking) -> Result<Self, ParseChunkingError> {
        if lengths.keeps_source() {
            return Err(ParseChunkingError::NoColon {
                part: "source".into(),
            });
        }
        let open = lengths.iter().find(|(_, l)| *l == ChunkLength::Auto);
        if let Some((dimension, _)) = open {
            return Err(ParseChunkingError::OpenShard {
                dimension: dimension.to_owned(),
            });
        }
        match lengths.is_empty() {
            true => Ok(Self::None),
            false => Ok(Self::Lengths(lengths)),
        }
    }
}

impl fmt::Display for Shards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Auto => f.write_str("auto"),
            Self::Lengths(lengths) => lengths.fmt(f),
        }
    }
}

impl FromStr for Shards {
    type Err = ParseChunkingError;

    fn from_str(text: &str) -> Result<Self, ParseChunkingError> {
        let word = WORDS.iter().find(|(word, _)| *word == text.trim());
        match word {
            Some((_, shards)) => Ok(shards.clone()),
            None => Self::of(text.parse()?),
        }
    }
}

impl Serialize for Shards {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Lengths(lengths) => lengths.serialize(serializer),
            word => serializer.collect_str(word),
        }
    }
}

impl Setting for Shards {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        let fault = |error: ParseChunkingError| vec![Fault::new(error.to_string())];
        match &node.value {
            Value::Map(_) => Self::of(Chunking::read(node)?).map_err(fault),
            Value::Text(text) | Value::Raw(text) => text.parse().map_err(fault),
            _ => {
                let expected = "\"auto\", \"none\" or a table of dimensions and lengths";
                Err(vec![Fault::wrong_type(expected, node)])
            }
        }
    }

    fn write(&self) -> Value {
        // A text, for it is replaced as a whole.
        Value::text(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_to_be_some() {
        for text in ["source", "time", "time:auto", "time:0", "lat:4,source"] {
            assert!(text.parse::<Shards>().is_err(), "{text}");
        }
        assert_eq!("".parse(), Ok(Shards::None));
        let lengths = "time:24,lat:-1".parse::<Shards>().unwrap();
        assert_eq!(lengths.to_string(), "time:24,lat:full");
    }
}
