//! Sizes of elements that no element has.

use serde_json::json;
use zarrio_model::NodePath;

use crate::StoredArray;

/// The C library takes such a size for its last 32 bits, which may be none.
#[test]
fn elements_of_impossible_sizes_are_refused() {
    let array = |typesize: u64, shuffle: &str| {
        let document = json!({
            "zarr_format": 3, "node_type": "array", "shape": [8], "data_type": "int16",
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [8]}},
            "chunk_key_encoding": {"name": "default"}, "fill_value": 0, "codecs": [
                {"name": "bytes", "configuration": {"endian": "little"}},
                {"name": "blosc", "configuration": {
                    "cname": "zstd", "clevel": 1, "shuffle": shuffle, "typesize": typesize, "blocksize": 0,
                }},
            ],
        });
        StoredArray::from_document(&NodePath::parse("v"), &document)
    };
    for shuffle in ["shuffle", "noshuffle", "bitshuffle"] {
        for size in [1 << 31, (1 << 32) - 4, 1 << 32, 1 << 53] {
            let error = array(size, shuffle).unwrap_err().to_string();
            assert!(error.contains("typesize"), "{error}");
        }
        for size in [1, 2, 300] {
            let array = array(size, shuffle).unwrap();
            let object = array.encode(&[7; 16]).unwrap();
            assert_eq!(array.decode(&object).unwrap(), [7; 16]);
        }
    }
}
