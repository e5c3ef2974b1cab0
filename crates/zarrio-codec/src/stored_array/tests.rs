use super::*;
use crate::Compression;
use zarrio_model::config::ZarrFormat;
use zarrio_model::{Attributes, NativeLayout, VariableSchema};

fn array(data_type: DataType, compression: &str, format: ZarrFormat) -> StoredArray {
    let variable = VariableSchema {
        path: NodePath::parse("v"),
        data_type,
        dimensions: vec!["y".into(), "x".into()],
        shape: vec![4, 6],
        attributes: Attributes::new(),
        layout: NativeLayout::default(),
    };
    let compression: Compression = compression.parse().unwrap();
    let plan = EncodingPlan::new(&variable, vec![2, 3], compression, format).unwrap();
    StoredArray::new(&plan).unwrap()
}

#[test]
fn chunks_round_trip_with_every_codec_in_both_formats() {
    let chunk: Vec<u8> = [1.5f32, f32::NAN, -0.0, 1e30, 0.0, 7.0]
        .iter()
        .flat_map(|v| v.to_ne_bytes())
        .collect();
    let codecs = [
        "none",
        "zstd:3",
        "gzip:6",
        "blosc:lz4:5:bitshuffle",
        "blosc:zstd:1",
        "zlib:6",
        "bz2:9",
        "pcodec:8",
    ];
    for (format, key) in [(ZarrFormat::V3, "c/1/0"), (ZarrFormat::V2, "1.0")] {
        for codec in codecs {
            let array = array(DataType::Float32, codec, format);
            let object = array.encode(&chunk).unwrap();
            assert_eq!(array.decode(&object).unwrap(), chunk, "{codec}");
            let size = object.len() as u64;
            assert_eq!(array.check_head(size, &object), Ok(()), "{codec}");
            assert!(array.check_head(0, b"").is_err());
            let cut = array.check_head(size - 1, &object[..object.len() - 1]);
            assert!(cut.is_err() || codec.contains(':') && !codec.contains("blosc"));
            assert_eq!(array.chunk_key(&[1, 0]), key);
            assert_eq!(array.check_end(&object), Ok(()), "{codec}");
            for tail in [&b"x"[..], b"\0\0", &object] {
                let longer = [&object, tail].concat();
                let refused = array.decode(&longer).is_err();
                assert!(refused || array.check_end(&longer).is_err(), "{codec}");
            }
            assert!(array.decode(b"no chunk").is_err() || codec == "none");
            assert!(array.encode(&chunk[1..]).is_err());
        }
        let texts = ["a", "", "größer", "d", "e", "f"];
        let array = array(DataType::String, "zstd:3", format);
        let object = array.encode_text(&texts).unwrap();
        assert_eq!(array.decode_text(&object).unwrap(), texts);
        for compression in ["none", "zstd:3"] {
            let array = self::array(DataType::String, compression, format);
            let object = array.encode_text(&texts).unwrap();
            assert_eq!(array.check_end(&object), Ok(()));
            let longer = [&object[..], b"xx"].concat();
            let refused = array.decode_text(&longer).is_err();
            assert!(refused || array.check_end(&longer).is_err());
            for length in 0..object.len() {
                assert!(array.decode_text(&object[..length]).is_err(), "{length}");
            }
        }
    }
}

#[test]
fn bytes_do_not_depend_on_chance() {
    let chunk = vec![3u8; 24];
    let array = array(DataType::Float32, "blosc:zstd:1", ZarrFormat::V3);
    assert_eq!(array.encode(&chunk).unwrap(), array.encode(&chunk).unwrap());
}
#[test]
fn arrays_beyond_all_numbers_are_refused() {
    let opened = |shape: [u64; 2], chunks: [u64; 2]| {
        let document = serde_json::json!({
            "zarr_format": 2, "shape": shape, "chunks": chunks, "dtype": "<f4",
            "compressor": null, "filters": null, "fill_value": 0, "order": "C",
        });
        StoredArray::from_document(&NodePath::parse("v"), &document).map(|_| ())
    };
    opened([1 << 40, 1 << 20], [1 << 20, 1 << 10]).unwrap();
    for (shape, chunks, fault) in [
        (
            [1 << 40, 1 << 21],
            [1, 1],
            "shape of [1099511627776, 2097152]",
        ),
        ([u64::MAX, 0], [1, 1], "shape of [18446744073709551615, 0]"),
        (
            [u64::MAX, u64::MAX],
            [1, 1],
            "too large to be reckoned with",
        ),
        (
            [1, 1],
            [1 << 20, (1 << 10) + 1],
            "chunks of [1048576, 1025]",
        ),
        ([1, 1], [u64::MAX, u64::MAX], "too large to be held"),
    ] {
        let error = opened(shape, chunks).unwrap_err().to_string();
        assert!(error.contains(fault), "{error}");
    }
}
