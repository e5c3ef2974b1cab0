//! The compression of a variable and its spelling: `blosc:zstd:3`, `gzip:6`, `none`.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use zarrio_model::{ByteSize, DataType};

use crate::CodecError;

/// A compressor inside Blosc.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "names of compressors")]
pub enum BloscCompressor {
    BloscLz,
    Lz4,
    Lz4Hc,
    Snappy,
    Zlib,
    Zstd,
}

const BLOSC_COMPRESSORS: [(&str, BloscCompressor); 6] = [
    ("blosclz", BloscCompressor::BloscLz),
    ("lz4", BloscCompressor::Lz4),
    ("lz4hc", BloscCompressor::Lz4Hc),
    ("snappy", BloscCompressor::Snappy),
    ("zlib", BloscCompressor::Zlib),
    ("zstd", BloscCompressor::Zstd),
];

/// How Blosc reorders an element's bytes before it compresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shuffle {
    /// No reordering.
    None,
    /// Bytes of equal significance together.
    Byte,
    /// Bits of equal significance together.
    Bit,
}

const SHUFFLES: [(&str, Shuffle, u8); 3] = [
    ("noshuffle", Shuffle::None, 0),
    ("shuffle", Shuffle::Byte, 1),
    ("bitshuffle", Shuffle::Bit, 2),
];

/// How the bytes of a chunk are compressed.
///
/// The text form round-trips: `blosc:zstd:1:shuffle:1MiB`, `zstd:5`, `gzip:6`, `none`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compression {
    /// As they are.
    None,
    /// The Blosc container.
    Blosc {
        /// The compressor inside.
        compressor: BloscCompressor,
        /// 0 to 9. Blosc maps it to the compressor's own scale: 3 is zstd level 5.
        level: u8,
        /// The reordering before.
        shuffle: Shuffle,
        /// Bytes that are compressed at a time; 0 lets Blosc choose.
        block_size: usize,
    },
    /// Zstandard, levels -131072 to 22.
    Zstd {
        /// The level.
        level: i32,
    },
    /// Gzip, levels 0 to 9.
    Gzip {
        /// The level.
        level: u8,
    },
    /// Zlib, levels 0 to 9: a codec of numcodecs.
    Zlib {
        /// The level.
        level: u8,
    },
    /// Bzip2, levels 1 to 9: a codec of numcodecs.
    Bz2 {
        /// The level.
        level: u8,
    },
    /// Pcodec, levels 0 to 12, for numbers of 16 bits and more: a codec of numcodecs.
    Pcodec {
        /// The level.
        level: u8,
    },
}

/// Blocks of 1 MiB make level 1 about as small as level 3 with automatic blocks, at three
/// times its speed (measured on model output and observations).
const DEFAULT_BLOCK_SIZE: usize = 1 << 20;

impl Default for Compression {
    /// Blosc zstd level 1, byte shuffle, blocks of 1 MiB.
    fn default() -> Self {
        Self::Blosc {
            compressor: BloscCompressor::Zstd,
            level: 1,
            shuffle: Shuffle::Byte,
            block_size: DEFAULT_BLOCK_SIZE,
        }
    }
}

impl FromStr for Compression {
    type Err = CodecError;

    fn from_str(text: &str) -> Result<Self, CodecError> {
        let error = |reason: String| CodecError::Compression {
            text: text.to_owned(),
            reason,
        };
        let lower = text.trim().to_ascii_lowercase();
        let mut parts = lower.split(':').map(str::trim);
        let method = parts.next().unwrap_or_default();
        let parts: Vec<&str> = parts.collect();
        let at_most = |n: usize| match parts.get(n) {
            Some(extra) => Err(error(format!("nothing is expected at {extra:?}"))),
            None => Ok(()),
        };
        match method {
            "none" => at_most(0).map(|()| Self::None),
            "blosc" => at_most(4).and_then(|()| parse_blosc(&parts).map_err(error)),
            "zstd" => {
                at_most(1)?;
                let level = number(parts.first(), 3, -131_072..=22).map_err(error)?;
                Ok(Self::Zstd { level })
            }
            "gzip" => {
                at_most(1)?;
                let level = number(parts.first(), 5, 0..=9).map_err(error)?;
                Ok(Self::Gzip { level })
            }
            "lz4" => Err(error(
                "there is no such Zarr codec; write blosc:lz4:5".into(),
            )),
            "zlib" => {
                at_most(1)?;
                let level = number(parts.first(), 6, 0..=9).map_err(error)?;
                Ok(Self::Zlib { level })
            }
            "bz2" => {
                at_most(1)?;
                let level = number(parts.first(), 9, 1..=9).map_err(error)?;
                Ok(Self::Bz2 { level })
            }
            "pcodec" => {
                at_most(1)?;
                let level = number(parts.first(), 8, 0..=12).map_err(error)?;
                Ok(Self::Pcodec { level })
            }
            _ => Err(error(
                "the method is none of blosc, zstd, gzip, zlib, bz2, pcodec, none; write for example blosc:zstd:1"
                    .into(),
            )),
        }
    }
}

fn parse_blosc(parts: &[&str]) -> Result<Compression, String> {
    let compressor = match parts.first().copied().unwrap_or("zstd") {
        "" => BloscCompressor::Zstd,
        name => {
            let found = BLOSC_COMPRESSORS.iter().find(|(n, _)| *n == name);
            found.map(|(_, c)| *c).ok_or_else(|| {
                let names: Vec<_> = BLOSC_COMPRESSORS.iter().map(|(n, _)| *n).collect();
                format!(
                    "Blosc has no compressor {name:?}; it has {}",
                    names.join(", ")
                )
            })?
        }
    };
    let level = number(parts.get(1), 1, 0..=9)?;
    let shuffle = match parts.get(2).copied().unwrap_or("shuffle") {
        "" => Shuffle::Byte,
        name => SHUFFLES
            .iter()
            .find(|(n, ..)| *n == name)
            .map(|(_, s, _)| *s)
            .ok_or_else(|| {
                format!("{name:?} is no shuffle; write shuffle, bitshuffle or noshuffle")
            })?,
    };
    let block_size = match parts.get(3).copied() {
        None | Some("") => DEFAULT_BLOCK_SIZE,
        Some("auto") => 0,
        Some(size) => {
            let size: ByteSize = size.parse().map_err(|e| format!("block size: {e}"))?;
            usize::try_from(size.0)
                .ok()
                .filter(|size| *size < 1 << 31)
                .ok_or("the block size must be below 2GiB")?
        }
    };
    Ok(Compression::Blosc {
        compressor,
        level,
        shuffle,
        block_size,
    })
}

fn number<T>(
    part: Option<&&str>,
    default: T,
    allowed: std::ops::RangeInclusive<T>,
) -> Result<T, String>
where
    T: FromStr + PartialOrd + fmt::Display,
{
    match part.copied() {
        None | Some("") => Ok(default),
        Some(text) => text
            .parse()
            .ok()
            .filter(|level| allowed.contains(level))
            .ok_or_else(|| {
                format!(
                    "{text:?} is no level; it is a number from {} to {}",
                    allowed.start(),
                    allowed.end()
                )
            }),
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Zstd { level } => write!(f, "zstd:{level}"),
            Self::Gzip { level } => write!(f, "gzip:{level}"),
            Self::Zlib { level } => write!(f, "zlib:{level}"),
            Self::Bz2 { level } => write!(f, "bz2:{level}"),
            Self::Pcodec { level } => write!(f, "pcodec:{level}"),
            Self::Blosc {
                compressor,
                level,
                shuffle,
                block_size,
            } => {
                let (name, shuffle) = (blosc_name(*compressor), shuffle_name(*shuffle).0);
                write!(f, "blosc:{name}:{level}:{shuffle}:")?;
                match block_size {
                    0 => f.write_str("auto"),
                    size => f.write_str(&String::from(ByteSize(*size as u64))),
                }
            }
        }
    }
}

impl Serialize for Compression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn blosc_name(compressor: BloscCompressor) -> &'static str {
    BLOSC_COMPRESSORS
        .iter()
        .find(|(_, c)| *c == compressor)
        .map_or("zstd", |(name, _)| name)
}

fn shuffle_name(shuffle: Shuffle) -> (&'static str, u8) {
    let found = SHUFFLES.iter().find(|(_, s, _)| *s == shuffle);
    found.map_or(("shuffle", 1), |(name, _, number)| (name, *number))
}

impl Compression {
    /// The codec as an entry of a format 3 `codecs` list; `None` for [`Compression::None`].
    #[must_use]
    pub(crate) fn to_v3(&self, data_type: DataType) -> Option<Value> {
        match self {
            Self::None => None,
            Self::Blosc {
                compressor,
                level,
                shuffle,
                block_size,
            } => Some(json!({
                "name": "blosc",
                "configuration": {
                    "typesize": data_type.size().unwrap_or(1),
                    "cname": blosc_name(*compressor),
                    "clevel": level,
                    "shuffle": shuffle_name(*shuffle).0,
                    "blocksize": block_size,
                }
            })),
            Self::Zstd { level } => Some(json!({
                "name": "zstd", "configuration": {"level": level, "checksum": false}
            })),
            Self::Gzip { level } => {
                Some(json!({"name": "gzip", "configuration": {"level": level}}))
            }
            Self::Zlib { level } => {
                Some(json!({"name": "numcodecs.zlib", "configuration": {"level": level}}))
            }
            Self::Bz2 { level } => {
                Some(json!({"name": "numcodecs.bz2", "configuration": {"level": level}}))
            }
            Self::Pcodec { level } => {
                Some(json!({"name": "numcodecs.pcodec", "configuration": pcodec(*level)}))
            }
        }
    }

    /// The `compressor` of a format 2 array; JSON null for [`Compression::None`].
    #[must_use]
    pub(crate) fn to_v2(&self) -> Value {
        match self {
            Self::None => Value::Null,
            Self::Blosc {
                compressor,
                level,
                shuffle,
                block_size,
            } => json!({
                "id": "blosc",
                "cname": blosc_name(*compressor),
                "clevel": level,
                "shuffle": shuffle_name(*shuffle).1,
                "blocksize": block_size,
            }),
            Self::Zstd { level } => json!({"id": "zstd", "level": level}),
            Self::Gzip { level } => json!({"id": "gzip", "level": level}),
            Self::Zlib { level } => json!({"id": "zlib", "level": level}),
            Self::Bz2 { level } => json!({"id": "bz2", "level": level}),
            Self::Pcodec { level } => {
                let mut codec = pcodec(*level);
                codec["id"] = "pcodec".into();
                codec
            }
        }
    }

    /// Whether the codec has a name of numcodecs only, of which zarr-python warns in format 3.
    #[must_use]
    pub fn is_of_numcodecs(&self) -> bool {
        matches!(
            self,
            Self::Zlib { .. } | Self::Bz2 { .. } | Self::Pcodec { .. }
        )
    }

    /// The nearest compression that elements of a type can have: Blosc knows elements of one
    /// size only, and Pcodec numbers of 16 bits and more.
    pub(crate) fn fitting(self, data_type: DataType) -> Self {
        match (data_type, self) {
            (DataType::String, Self::Blosc { level: 0, .. }) => Self::None,
            (DataType::String, Self::Blosc { level, .. }) => Self::Zstd {
                level: level.into(),
            },
            (DataType::String, Self::Pcodec { .. }) => Self::default().fitting(data_type),
            (DataType::Int8 | DataType::UInt8, Self::Pcodec { .. }) => Self::default(),
            (_, compression) => compression,
        }
    }
}

/// What Pcodec is told, as numcodecs writes it.
fn pcodec(level: u8) -> Value {
    json!({
        "level": level,
        "mode_spec": "auto",
        "delta_spec": "auto",
        "paging_spec": "equal_pages_up_to",
        "delta_encoding_order": null,
        "equal_pages_up_to": 262_144,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_round_trip() {
        for (text, canonical) in [
            ("blosc", "blosc:zstd:1:shuffle:1MiB"),
            ("blosc:lz4:5:bitshuffle", "blosc:lz4:5:bitshuffle:1MiB"),
            ("BLOSC:zstd:3:shuffle:auto", "blosc:zstd:3:shuffle:auto"),
            ("blosc::9::64KiB", "blosc:zstd:9:shuffle:64KiB"),
            ("zstd", "zstd:3"),
            ("zstd:-5", "zstd:-5"),
            ("gzip:6", "gzip:6"),
            ("zlib", "zlib:6"),
            ("bz2:1", "bz2:1"),
            ("pcodec:12", "pcodec:12"),
            ("none", "none"),
        ] {
            let parsed: Compression = text.parse().unwrap();
            assert_eq!(parsed.to_string(), canonical);
            assert_eq!(canonical.parse::<Compression>().unwrap(), parsed);
        }
    }

    #[test]
    fn text_is_compressed_where_numbers_are() {
        for (asked, text) in [
            ("blosc", "zstd:1"),
            ("blosc:lz4:5", "zstd:5"),
            ("blosc:zstd:0", "none"),
            ("pcodec", "zstd:1"),
            ("gzip:6", "gzip:6"),
            ("none", "none"),
        ] {
            let asked: Compression = asked.parse().unwrap();
            assert_eq!(asked.fitting(DataType::String).to_string(), text);
        }
    }

    #[test]
    fn errors_say_what_to_write() {
        for (text, needle) in [
            ("lz4", "blosc:lz4:5"),
            ("blosc:zst:3", "it has blosclz"),
            ("blosc:zstd:10", "from 0 to 9"),
            ("gzip:x", "from 0 to 9"),
            ("bz2:0", "from 1 to 9"),
            ("pcodec:13", "from 0 to 12"),
            ("zip", "blosc:zstd:1"),
            ("", "blosc:zstd:1"),
            ("none:3", "nothing is expected"),
            ("blosc:zstd:1:shuffle:9GiB", "below 2GiB"),
        ] {
            let message = text.parse::<Compression>().unwrap_err().to_string();
            assert!(message.contains(needle), "{text}: {message}");
        }
    }
}
