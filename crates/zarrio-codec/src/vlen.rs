//! Whether bytes are texts as `vlen-utf8` keeps them: the codec library takes their lengths
//! for granted, and would end the program where an object was cut.

use std::borrow::Cow;

use serde_json::Value;
use zarrs::array::CodecChain;
use zarrs::array::codec::api::{BytesRepresentation, CodecOptions};

/// Whether the texts of an array are kept by this codec itself, not within shards.
pub(crate) fn is_named(document: &Value) -> bool {
    let list = |name: &str, key: &str| {
        let codecs = document[name].as_array().into_iter().flatten();
        let mut names = codecs.filter_map(|codec| codec[key].as_str());
        names.any(|name| name == "vlen-utf8")
    };
    list("codecs", "name") || list("filters", "id")
}

/// Decodes the object as far as bytes, and looks whether they are so many texts.
pub(crate) fn check(
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
    use super::*;

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
