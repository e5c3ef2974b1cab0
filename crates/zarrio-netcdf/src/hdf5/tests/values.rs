//! Values: every index, filter, layout and type.

use proptest::prelude::*;
use zarrio_model::{NodePath, Region, Source, SourceErrorKind};

use super::super::index::ChunkIndex;
use super::*;
use crate::data::Input;

/// Chunks of (4, 3) in an array of (10, 7).
const GRID: usize = 9;

#[test]
fn every_chunk_index_is_read() {
    for file in ["indexes.h5", "indexes_latest.h5", "user_block.h5"] {
        let source = open(file);
        for name in names(&source) {
            assert_eq!(all(&source, &name), ramp(70), "{file} {name}");
        }
    }
}

#[test]
fn every_kind_of_index_occurs() {
    use hdf5_reader::messages::layout::ChunkIndexing as Kind;
    for file in ["indexes.h5", "indexes_latest.h5"] {
        let source = open(file);
        let kind = |name: &str| {
            let array = source.variables[&NodePath::parse(name)].array().unwrap();
            match &array.storage {
                super::super::array::Storage::Chunked(chunked) => chunked.indexing.clone(),
                other => panic!("{name}: {other:?}"),
            }
        };
        assert!(matches!(
            kind("single_filtered"),
            Some(Kind::SingleChunk { .. })
        ));
        assert!(matches!(kind("implicit"), Some(Kind::Implicit)));
        assert!(matches!(kind("fixed_array"), Some(Kind::FixedArray { .. })));
        assert!(matches!(
            kind("extensible_array"),
            Some(Kind::ExtensibleArray { .. })
        ));
        assert!(matches!(kind("btree_v2"), Some(Kind::BTreeV2)));
    }
}

#[test]
fn an_index_lists_the_chunks_within_the_extent() {
    let source = open("btree_v1.h5");
    let index = |name: &str| {
        let array = source.variables[&NodePath::parse(name)].array().unwrap();
        let super::super::array::Storage::Chunked(chunked) = &array.storage else {
            panic!()
        };
        ChunkIndex::of(&source.file, array, chunked).unwrap()
    };
    let bytes = |chunks: usize| (chunks * 4 * 3 * 4) as u64;
    assert_eq!(index("chunked").stored_bytes(), bytes(GRID));
    assert_eq!(index("shrunk").stored_bytes(), bytes(GRID));
    assert_eq!(index("one_chunk").stored_bytes(), bytes(1));
    assert_eq!(index("never_written_chunks").stored_bytes(), 0);
    assert_eq!(index("shrunk").listed(), GRID);
    // The schema tells the same.
    let stored = |name: &str| {
        let variable = source.schema().root.variable(name).unwrap();
        variable.layout.stored_bytes
    };
    assert_eq!(stored("one_chunk"), Some(bytes(1)));
    assert_eq!(stored("never_written_chunks"), Some(0));
    assert!(stored("filtered").is_some_and(|size| size > 0 && size < bytes(GRID)));
}

#[test]
fn what_was_not_written_is_the_fill_value() {
    let source = open("btree_v1.h5");
    for name in [
        "chunked",
        "filtered",
        "contiguous",
        "compact",
        "shrunk",
        "masked",
    ] {
        assert_eq!(all(&source, name), ramp(70), "{name}");
    }
    assert_eq!(all(&source, "never_written"), vec![-5.0; 70]);
    assert_eq!(all(&source, "never_written_chunks"), vec![-6.0; 70]);
    assert_eq!(all(&source, "no_fill_value"), vec![0.0; 70]);
    assert_eq!(all(&source, "scalar"), [-3.0]);
    assert!(all(&source, "empty").is_empty());
    let expected: Vec<f64> = (0..70)
        .map(|i| {
            if i / 7 < 4 && i % 7 < 3 {
                f64::from(i)
            } else {
                -7.0
            }
        })
        .collect();
    assert_eq!(all(&source, "one_chunk"), expected);
}

#[test]
fn every_filter_is_undone() {
    let source = open("filters.h5");
    for name in names(&source).into_iter().filter(|name| name != "unknown") {
        assert_eq!(all(&source, &name), ramp(70), "{name}");
    }
    let source = open("filters.nc");
    for name in names(&source) {
        assert_eq!(all(&source, &name), ramp(400), "{name}");
    }
    let codecs = |name: &str| {
        source
            .schema()
            .variable(&NodePath::parse(name))
            .unwrap()
            .layout
            .codecs
            .clone()
    };
    assert_eq!(codecs("zlib"), ["shuffle", "deflate 4"]);
    assert_eq!(codecs("zstd"), ["zstd 4"]);
}

#[test]
fn a_damaged_stream_is_invalid() {
    let source = open("filters.h5");
    let error = numbers(&source, "unknown", &Region::full(&[10, 7])).unwrap_err();
    assert_eq!(error.kind, SourceErrorKind::Invalid);
    assert!(
        error
            .to_string()
            .contains("chunk [0, 0]: deflate 4: the stream is damaged"),
        "{error}"
    );
}

#[test]
fn a_wrong_checksum_is_invalid() {
    let mut bytes = std::fs::read(fixture("filters.h5")).unwrap();
    let source = open("filters.h5");
    let array = source.variables[&NodePath::parse("fletcher32")]
        .array()
        .unwrap();
    let super::super::array::Storage::Chunked(chunked) = &array.storage else {
        panic!()
    };
    let index = ChunkIndex::of(&source.file, array, chunked).unwrap();
    bytes[index.get(&[1, 1]).unwrap().address as usize + 5] ^= 1;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();

    let source = Hdf5Source::open(&Input::Local(file.path().to_owned())).unwrap();
    let error = numbers(&source, "fletcher32", &Region::full(&[10, 7])).unwrap_err();
    assert_eq!(error.kind, SourceErrorKind::Invalid);
    assert!(error.to_string().contains("checksum"), "{error}");
    // The other chunks are whole.
    assert!(numbers(&source, "fletcher32", &Region::new(vec![0..4, 0..7])).is_ok());
}

#[test]
fn every_number_comes_in_native_byte_order() {
    let source = open("numbers.h5");
    for name in names(&source) {
        if name.starts_with("big") || name.starts_with("little") {
            assert_eq!(all(&source, &name), ramp(70), "{name}");
            let variable = source.schema().variable(&NodePath::parse(&name)).unwrap();
            let value = variable.attributes.get("value").unwrap();
            assert_eq!((value.data_type(), value.len()), (variable.data_type, 2));
            assert_eq!(
                value.get(1).unwrap().to_ne_bytes(),
                value_of_two(variable.data_type)
            );
        }
    }
    let truth: Vec<f64> = (0..70).map(|i| f64::from(i % 2)).collect();
    assert_eq!(all(&source, "bool"), truth);
}

fn value_of_two(data_type: DataType) -> Vec<u8> {
    match data_type {
        DataType::Float32 => 2f32.to_ne_bytes().to_vec(),
        DataType::Float64 => 2f64.to_ne_bytes().to_vec(),
        integer => {
            let mut bytes = vec![0; integer.size().unwrap()];
            let last = if cfg!(target_endian = "big") {
                bytes.len() - 1
            } else {
                0
            };
            bytes[last] = 2;
            bytes
        }
    }
}

#[test]
fn texts_of_every_kind_are_read() {
    let source = open("texts.nc");
    assert_eq!(texts(&source, "chars"), ["ab", "", "xyz12"]);
    assert_eq!(texts(&source, "chars_latin"), ["café", "°", "plain"]);
    assert_eq!(texts(&source, "char"), ["q"]);
    assert_eq!(texts(&source, "one_row"), ["héll"]);
    assert_eq!(texts(&source, "strings"), ["", "zarr", "ünïcode"]);
    assert_eq!(texts(&source, "strings_unwritten"), [""; 3]);
    let growing: Vec<String> = (0..5).map(|i| format!("text {i}")).collect();
    assert_eq!(texts(&source, "strings_growing"), growing);
    let bytes = all(&source, "chars_binary");
    assert_eq!(bytes[..5], [99.0, 97.0, 102.0, 233.0, 0.0]);

    let source = open("fixed_texts.h5");
    assert_eq!(texts(&source, "fixed"), ["abc", "", "defgh"]);
    assert_eq!(texts(&source, "variable"), ["abc", "", "é"]);
    assert_eq!(texts(&source, "blanks"), ["a b ", "    "]);
}

#[test]
fn what_lies_beyond_a_shorter_variable_is_filled() {
    let source = open("dimensions.nc");
    assert_eq!(all(&source, "late"), ramp(12));
    assert_eq!(all(&source, "early"), [ramp(8), vec![-9.0; 4]].concat());
    // The default of NetCDF, where nothing was set.
    let default = f64::from(9.969_21e36f32);
    assert_eq!(all(&source, "early_default"), [0.0, default, default]);
    let inner = [ramp(24), vec![9.969_209_968_386_869e36; 12]].concat();
    assert_eq!(all(&source, "inner/field"), inner);
}

#[test]
fn data_elsewhere_are_unsupported_and_the_rest_is_read() {
    let source = open("virtual.h5");
    for name in ["view", "elsewhere"] {
        let error = numbers(&source, name, &Region::full(&[10, 7])).unwrap_err();
        assert_eq!(error.kind, SourceErrorKind::Unsupported, "{error}");
    }
    assert_eq!(all(&source, "here"), ramp(2));
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    let source = open("btree_v1.h5");
    let path = NodePath::parse("chunked");
    let kind = |region: Region, bytes: usize, path: &NodePath| {
        source
            .read(path, &region, &mut vec![0; bytes])
            .unwrap_err()
            .kind
    };
    let request = SourceErrorKind::Request;
    assert_eq!(kind(Region::new(vec![0..11, 0..7]), 308, &path), request);
    assert_eq!(kind(Region::full(&[10]), 40, &path), request);
    assert_eq!(kind(Region::full(&[10, 7]), 279, &path), request);
    assert_eq!(
        kind(Region::default(), 0, &NodePath::parse("nothing")),
        request
    );
    assert_eq!(
        source
            .read_text(&path, &Region::default())
            .unwrap_err()
            .kind,
        request
    );
}

fn part(length: u64) -> impl Strategy<Value = std::ops::Range<u64>> {
    (0..=length, 0..=length).prop_map(|(a, b)| a.min(b)..a.max(b))
}

proptest! {
    #[test]
    fn a_region_is_a_part_of_the_whole(rows in part(10), columns in part(7)) {
        let expected: Vec<f64> = rows
            .clone()
            .flat_map(|row| columns.clone().map(move |column| (row * 7 + column) as f64))
            .collect();
        let region = Region::new(vec![rows, columns]);
        let btree = open("btree_v1.h5");
        for name in ["chunked", "filtered", "contiguous", "compact"] {
            prop_assert_eq!(&numbers(&btree, name, &region).unwrap(), &expected);
        }
        let recent = open("indexes.h5");
        for name in ["btree_v2", "implicit", "extensible_array_long"] {
            prop_assert_eq!(&numbers(&recent, name, &region).unwrap(), &expected);
        }
    }
}
