//! What the first bytes and the size of an object tell, without decoding it.

use serde_json::Value;
use zarrio_model::DataType;

/// So many bytes of an object are looked at.
pub(crate) const HEAD: u64 = 16;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// How the objects of an array begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frame {
    /// A header of 16 bytes, the last four of which tell the size of the object.
    Blosc,
    /// Always the same first bytes.
    Magic(&'static [u8]),
    /// The bytes of a chunk and nothing else.
    Raw(u64),
    /// With a checksum over all bytes.
    Summed,
    /// Something else.
    Other,
}

impl Frame {
    /// The frame of the last codec that an array's document names; `chunk_bytes` are those of
    /// a chunk before it is encoded.
    pub(crate) fn new(document: &Value, data_type: DataType, chunk_bytes: u64) -> Self {
        let named = |name: &str| match name {
            "blosc" => Self::Blosc,
            "gzip" => Self::Magic(GZIP),
            "zstd" => Self::Magic(ZSTD),
            "crc32c" | "sharding_indexed" => Self::Summed,
            _ => Self::Other,
        };
        let raw = match data_type.size() {
            Some(_) => Self::Raw(chunk_bytes),
            None => Self::Other,
        };
        if let Some(codecs) = document["codecs"].as_array() {
            let names: Vec<&str> = codecs.iter().filter_map(|c| c["name"].as_str()).collect();
            return match names.as_slice() {
                ["bytes"] => raw,
                [.., last] => named(last),
                [] => Self::Other,
            };
        }
        let filters = document["filters"]
            .as_array()
            .is_some_and(|f| !f.is_empty());
        match document["compressor"]["id"].as_str() {
            Some(id) => named(id),
            None if document["compressor"].is_null() && !filters => raw,
            None => Self::Other,
        }
    }

    /// Whether decoding fails where there are bytes behind the end of a chunk.
    pub(crate) fn tells_end(self) -> bool {
        match self {
            Self::Blosc | Self::Raw(_) | Self::Summed => true,
            Self::Magic(magic) => magic == ZSTD,
            Self::Other => false,
        }
    }

    /// Whether an object of this size with these first bytes can be a chunk.
    pub(crate) fn check(self, size: u64, head: &[u8]) -> Result<(), String> {
        let wrong_size =
            |wanted: u64| Err(format!("it has {size} bytes, and its codec says {wanted}"));
        match self {
            _ if size == 0 => Err("it is empty".into()),
            Self::Blosc => match head.get(12..16).and_then(|b| b.try_into().ok()) {
                None => Err(format!("it has {size} bytes, too few for its codec")),
                Some(bytes) => match u64::from(u32::from_le_bytes(bytes)) {
                    wanted if wanted == size => Ok(()),
                    wanted => wrong_size(wanted),
                },
            },
            Self::Magic(magic) if head.starts_with(magic) => Ok(()),
            Self::Magic(_) => Err("it does not begin as its codec does".into()),
            Self::Raw(wanted) if wanted != size => wrong_size(wanted),
            Self::Raw(_) | Self::Summed | Self::Other => Ok(()),
        }
    }
}
