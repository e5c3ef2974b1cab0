//! Chunk lengths given by hand: `time:100,lat:50,lon:full`.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use thiserror::Error;

use super::setting::{Fault, Setting};
use super::tree::{Node, Value};

/// The chunk length along one dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChunkLength {
    /// This many elements.
    Length(NonZeroU64),
    /// The whole dimension: written `full` or `-1`.
    Full,
    /// What the planner chooses.
    Auto,
}

/// The word for the source's own chunks.
const SOURCE: &str = "source";

/// What stands for all other dimensions where a table says so.
const REST: &str = "*";

/// What a chunk length can be, for error messages.
const LENGTH: &str = "a length of 1 or more, \"full\" (or -1) or \"auto\"";

impl ChunkLength {
    /// A length in elements; `None` for 0.
    #[must_use]
    pub fn of(length: u64) -> Option<Self> {
        NonZeroU64::new(length).map(Self::Length)
    }

    fn from_number(number: i128) -> Option<Self> {
        match number {
            -1 => Some(Self::Full),
            // TOML, in which a configuration is written, ends at 2^63 - 1.
            1..=0x7fff_ffff_ffff_ffff => u64::try_from(number).ok().and_then(Self::of),
            _ => None,
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "full" => Some(Self::Full),
            "auto" => Some(Self::Auto),
            number => Self::from_number(number.parse().ok()?),
        }
    }
}

impl fmt::Display for ChunkLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(length) => length.fmt(f),
            Self::Full => f.pad("full"),
            Self::Auto => f.pad("auto"),
        }
    }
}

/// Chunk lengths by dimension, in the order in which they were given.
///
/// ```
/// use zarrio_model::config::{ChunkLength, Chunking};
///
/// let chunking: Chunking = "time:100, lat:50, lon:full".parse()?;
/// assert_eq!(chunking.get("lat"), ChunkLength::of(50));
/// assert_eq!(chunking.get("lon"), Some(ChunkLength::Full));
/// assert_eq!(chunking.get("depth"), None);
/// # Ok::<(), zarrio_model::config::ParseChunkingError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chunking {
    /// Whether the source's chunks are kept where no length is given.
    source: bool,
    lengths: Vec<(String, ChunkLength)>,
}

impl Chunking {
    /// No chunk length for any dimension.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            source: false,
            lengths: Vec::new(),
        }
    }

    /// The chunk length along a dimension, where one was given.
    #[must_use]
    pub fn get(&self, dimension: &str) -> Option<ChunkLength> {
        self.lengths
            .iter()
            .find(|(name, _)| name == dimension)
            .map(|(_, length)| *length)
    }

    /// Sets the chunk length along a dimension.
    pub fn set(&mut self, dimension: impl Into<String>, length: ChunkLength) {
        let dimension = dimension.into();
        match self.lengths.iter_mut().find(|(name, _)| *name == dimension) {
            Some(entry) => entry.1 = length,
            None => self.lengths.push((dimension, length)),
        }
    }

    /// Dimensions and lengths in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, ChunkLength)> {
        self.lengths
            .iter()
            .map(|(name, length)| (name.as_str(), *length))
    }

    /// Whether the source's own chunks are kept where no length is given: written `source`.
    #[must_use]
    pub const fn keeps_source(&self) -> bool {
        self.source
    }

    /// Whether everything is left to the planner.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.source
            && self
                .lengths
                .iter()
                .all(|(_, length)| *length == ChunkLength::Auto)
    }

    /// Whether no length was given for any dimension.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }
}

impl fmt::Display for Chunking {
    /// The form that [`FromStr`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        if self.source {
            f.write_str(SOURCE)?;
            comma = ",";
        }
        for (name, length) in self.iter() {
            write!(f, "{comma}{name}:{length}")?;
            comma = ",";
        }
        Ok(())
    }
}

/// A part of a chunk text that says nothing, or too much.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum ParseChunkingError {
    /// A part without a colon.
    #[error("{part:?} is not of the form dimension:length")]
    NoColon { part: String },
    /// A part with nothing before the colon.
    #[error("{part:?} names no dimension")]
    NoName { part: String },
    /// A length that is none.
    #[error("{length:?} is no chunk length for {dimension:?}; write {LENGTH}")]
    Length { dimension: String, length: String },
    /// A length that a shard cannot leave open.
    #[error(
        "{dimension:?} is left open; give the shard's length along it, or leave it out for one chunk"
    )]
    OpenShard { dimension: String },
    /// A dimension that stands twice.
    #[error("{dimension:?} is given twice")]
    Doubled { dimension: String },
}

impl FromStr for Chunking {
    type Err = ParseChunkingError;

    /// Reads `dimension:length` parts, and `source`, between commas; blanks around them do not
    /// matter, and an empty text is no chunking.
    fn from_str(text: &str) -> Result<Self, ParseChunkingError> {
        let mut chunking = Self::new();
        if text.trim().is_empty() {
            return Ok(chunking);
        }
        for part in text.split(',') {
            if part.trim() == SOURCE {
                chunking.source = true;
                continue;
            }
            // The last colon, because a name may contain one and a length cannot.
            let (name, length) = part
                .rsplit_once(':')
                .map(|(name, length)| (name.trim(), length.trim()))
                .ok_or_else(|| ParseChunkingError::NoColon {
                    part: part.trim().to_owned(),
                })?;
            if name.is_empty() {
                return Err(ParseChunkingError::NoName {
                    part: part.trim().to_owned(),
                });
            }
            if chunking.get(name).is_some() {
                return Err(ParseChunkingError::Doubled {
                    dimension: name.to_owned(),
                });
            }
            let value =
                ChunkLength::from_text(length).ok_or_else(|| ParseChunkingError::Length {
                    dimension: name.to_owned(),
                    length: length.to_owned(),
                })?;
            chunking.set(name, value);
        }
        Ok(chunking)
    }
}

impl FromIterator<(String, ChunkLength)> for Chunking {
    fn from_iter<I: IntoIterator<Item = (String, ChunkLength)>>(lengths: I) -> Self {
        let mut chunking = Self::new();
        for (dimension, length) in lengths {
            chunking.set(dimension, length);
        }
        chunking
    }
}

impl Serialize for ChunkLength {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Length(length) => serializer.serialize_u64(length.get()),
            other => serializer.collect_str(other),
        }
    }
}

impl Serialize for Chunking {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.source {
            return serializer.collect_str(self);
        }
        serializer.collect_map(self.iter())
    }
}

impl Setting for Chunking {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        let entries = match &node.value {
            Value::Map(entries) => entries,
            // The text of the flag is as good as a table.
            Value::Text(text) | Value::Raw(text) => {
                return text
                    .parse()
                    .map_err(|error: ParseChunkingError| vec![Fault::new(error.to_string())]);
            }
            _ => {
                let expected =
                    "a table of dimensions and lengths, \"time:100,lat:50\" or \"source\"";
                return Err(vec![Fault::wrong_type(expected, node)]);
            }
        };
        let mut chunking = Self::new();
        let mut faults = Vec::new();
        for (name, entry) in entries {
            if name == REST && entry.as_text() == Some(SOURCE) {
                chunking.source = true;
                continue;
            }
            let length = match &entry.value {
                // The Python tool writes null for dimensions that it leaves alone.
                Value::Null => continue,
                Value::Integer(number) => ChunkLength::from_number(*number),
                Value::Text(text) => ChunkLength::from_text(text),
                _ => None,
            };
            match length {
                Some(_) if name.trim().is_empty() => {
                    faults.push(Fault::new("a dimension has no name").inside("", entry.line));
                }
                Some(length) => chunking.set(name, length),
                None => {
                    let fault = Fault::wrong_type(LENGTH, entry);
                    faults.push(fault.inside(&format!(".{name}"), entry.line));
                }
            }
        }
        if faults.is_empty() {
            Ok(chunking)
        } else {
            Err(faults)
        }
    }

    fn write(&self) -> Value {
        if self.source && self.lengths.is_empty() {
            return Value::text(SOURCE);
        }
        let entry = |(name, length): (&str, ChunkLength)| {
            let value = match length {
                ChunkLength::Length(length) => Value::Integer(length.get().into()),
                other => Value::text(other.to_string()),
            };
            (name.to_owned(), Node::bare(value))
        };
        let rest = self
            .source
            .then(|| (REST.to_owned(), Node::bare(Value::text(SOURCE))));
        Value::Map(rest.into_iter().chain(self.iter().map(entry)).collect())
    }

    fn merge(mut self, higher: Self) -> Self {
        // The word says something about every dimension.
        if higher.source {
            return higher;
        }
        for (dimension, length) in higher.lengths {
            self.set(dimension, length);
        }
        self
    }
}
