//! Whether objects are texts as `vlen-utf8` keeps them: the codec library takes their lengths
//! for granted, and would end the program where an object was cut.

use std::borrow::Cow;

use serde_json::Value;
use zarrio_model::NodePath;
use zarrs::array::CodecChain;
use zarrs::array::codec::api::{BytesRepresentation, CodecOptions};

use crate::CodecError;
use crate::shard::Shard;

/// Where in an object the texts are.
pub(crate) enum Texts {
    /// The object is texts, encoded further by codecs of bytes.
    Whole,
    /// In the chunks of a shard.
    Shard(Box<Shard>),
}

impl Texts {
    /// How an array of texts keeps them; `None` where it is not by this codec.
    pub(crate) fn of(path: &NodePath, document: &Value) -> Result<Option<Self>, CodecError> {
        let list = |name: &str, key: &str| {
            let codecs = document[name].as_array().into_iter().flatten();
            let names = codecs.filter_map(|codec| codec[key].as_str());
            names.map(str::to_owned).collect::<Vec<_>>()
        };
        let (codecs, filters) = (list("codecs", "name"), list("filters", "id"));
        if codecs
            .iter()
            .chain(&filters)
            .any(|name| name == "vlen-utf8")
        {
            return Ok(Some(Self::Whole));
        }
        match codecs.as_slice() {
            [only] if only == "sharding_indexed" => {
                Ok(Some(Self::Shard(Box::new(Shard::of(path, document)?))))
            }
            many if many.iter().any(|name| name == "sharding_indexed") => Err(refused(
                path,
                "its texts are in shards that are encoded further",
            )),
            _ => Ok(None),
        }
    }

    /// Looks whether an object is so many texts.
    pub(crate) fn check(
        &self,
        codecs: &CodecChain,
        object: &[u8],
        elements: usize,
        options: &CodecOptions,
    ) -> Result<(), String> {
        match self {
            Self::Shard(shard) => shard.check_texts(object),
            Self::Whole => check(codecs, object, elements, options),
        }
    }
}

fn refused(path: &NodePath, reason: &str) -> CodecError {
    CodecError::Plan {
        variable: path.to_string(),
        reason: reason.to_owned(),
    }
}

/// Decodes the object as far as bytes, and looks whether they are so many texts.
fn check(
    codecs: &CodecChain,
    object: &[u8],
    elements: usize,
    options: &CodecOptions,
) -> Result<(), String> {
    let mut bytes = Cow::Borrowed(object);
    for codec in codecs.bytes_to_bytes_codecs().iter().rev() {
        let size = BytesRepresentation::UnboundedSize;
        let decoded = codec.decode(bytes, &size, options);
        bytes = decoded.map_err(|e| e.to_string())?;
    }
    check_texts(&bytes, elements)
}

/// A number of texts, and for each its length and its bytes; numbers are 32 bits,
/// little-endian.
fn check_texts(bytes: &[u8], elements: usize) -> Result<(), String> {
    let cut = || "it is cut within its texts".to_owned();
    let mut rest = bytes;
    let (first, others) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
    let count = u32::from_le_bytes(*first);
    rest = others;
    if u64::from(count) != elements as u64 {
        return Err(format!("it has {count} texts, and a chunk has {elements}"));
    }
    for _ in 0..elements {
        let (first, others) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
        let length = u32::from_le_bytes(*first) as usize;
        rest = others.get(length..).ok_or_else(cut)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::StoredArray;

    /// As zarr-python writes them.
    fn sharded(location: &str) -> Value {
        json!({
            "zarr_format": 3, "node_type": "array", "data_type": "string", "fill_value": "",
            "shape": [6], "chunk_key_encoding": {"name": "default"},
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [6]}},
            "codecs": [{"name": "sharding_indexed", "configuration": {
                "chunk_shape": [2], "index_location": location,
                "codecs": [{"name": "vlen-utf8"}],
                "index_codecs": [
                    {"name": "bytes", "configuration": {"endian": "little"}},
                    {"name": "crc32c"},
                ],
            }}],
        })
    }

    #[test]
    fn shards_of_texts_are_read_and_damaged_ones_refused() {
        let texts = ["a", "", "größer", "d", "", ""];
        for location in ["start", "end"] {
            let array = StoredArray::from_document(&NodePath::parse("v"), &sharded(location));
            let array = array.unwrap();
            let object = array.encode_text(&texts).unwrap();
            assert_eq!(array.decode_text(&object).unwrap(), texts);
            for length in 0..object.len() {
                assert!(array.decode_text(&object[..length]).is_err(), "{length}");
            }
            for at in 0..object.len() {
                let mut damaged = object.clone();
                damaged[at] = 0xff;
                // Whether it can be told or not, it ends with an answer.
                let _ = array.decode_text(&damaged);
            }
        }
        let mut further = sharded("end");
        let gzip = json!({"name": "gzip", "configuration": {"level": 1}});
        further["codecs"].as_array_mut().unwrap().push(gzip);
        assert!(StoredArray::from_document(&NodePath::parse("v"), &further).is_err());
    }

    #[test]
    fn what_is_cut_anywhere_is_refused() {
        let mut bytes = 2u32.to_le_bytes().to_vec();
        bytes.extend(3u32.to_le_bytes());
        bytes.extend(b"abc");
        bytes.extend(0u32.to_le_bytes());
        assert_eq!(check_texts(&bytes, 2), Ok(()));
        assert!(check_texts(&bytes, 3).is_err());
        for length in 0..bytes.len() {
            assert!(check_texts(&bytes[..length], 2).is_err(), "{length}");
        }
    }
}
