//! Classic files whose values follow formulas (see `fixtures/make_classic.py`).

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by a panic and says what it skips"
)]

mod support;

use std::path::Path;

use proptest::prelude::*;
use support::{Values, fixture, native, open, read, read_all, slice};
use zarrio_model::{
    AttributeValue, DataType, NodePath, Region, Source, SourceErrorKind, VariableSchema,
};
use zarrio_netcdf::Reader;

const MIXED: &[(&str, DataType, &[&str], u64)] = &[
    ("lat", DataType::Float64, &["lat"], 1),
    ("scalar", DataType::Int32, &[], 2),
    ("time", DataType::Float64, &["time"], 3),
    ("mask", DataType::Int8, &["lat", "lon"], 4),
    ("t", DataType::Float32, &["time", "lat", "lon"], 5),
    ("flag", DataType::Int8, &["time", "lon"], 6),
    ("count", DataType::Int16, &["time", "lat"], 7),
];

const WIDE: &[(&str, DataType)] = &[
    ("B", DataType::UInt8),
    ("H", DataType::UInt16),
    ("I", DataType::UInt32),
    ("q", DataType::Int64),
    ("Q", DataType::UInt64),
];

fn formula(variable: &VariableSchema, seed: u64) -> Values {
    native(
        variable.data_type,
        (0..variable.num_elements()).map(|i| (7 * i + seed) % 120),
    )
}

fn check_mixed(name: &str, format: &str, records: u64) {
    let source = open(&fixture(name), Reader::Rust).unwrap();
    let schema = source.schema();
    assert_eq!(schema.format, format);
    assert_eq!(schema.notes, [""; 0]);
    let dimensions: Vec<_> = schema.root.dimensions.iter().collect();
    let lengths: Vec<_> = dimensions
        .iter()
        .map(|d| (d.name.as_str(), d.length, d.unlimited))
        .collect();
    assert_eq!(
        lengths,
        [
            ("time", records, true),
            ("lat", 3, false),
            ("lon", 5, false)
        ]
    );
    for &(variable, data_type, dims, seed) in MIXED {
        let variable = schema.root.variable(variable).unwrap();
        assert_eq!(
            (variable.data_type, &variable.dimensions[..]),
            (data_type, &owned(dims)[..])
        );
        assert_eq!(
            read_all(&source, variable).unwrap(),
            formula(variable, seed),
            "{name} {}",
            variable.path
        );
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn all_three_formats_are_read() {
    check_mixed("mixed_cdf1.nc", "NetCDF classic (CDF-1)", 4);
    check_mixed("mixed_cdf2.nc", "NetCDF classic (CDF-2)", 4);
    check_mixed("mixed_cdf5.nc", "NetCDF classic (CDF-5)", 4);
    check_mixed("no_records.nc", "NetCDF classic (CDF-2)", 0);
}

#[test]
fn the_number_of_records_follows_from_the_size_when_it_is_left_open() {
    check_mixed("streaming_cdf1.nc", "NetCDF classic (CDF-1)", 3);
    check_mixed("streaming_cdf5.nc", "NetCDF classic (CDF-5)", 3);
}

#[test]
fn unsigned_and_wide_types_are_read() {
    let source = open(&fixture("mixed_cdf5.nc"), Reader::Rust).unwrap();
    for (place, &(kind, data_type)) in WIDE.iter().enumerate() {
        for (prefix, seed) in [("wide", place as u64), ("record", 10 + place as u64)] {
            let variable = source
                .schema()
                .root
                .variable(&format!("{prefix}_{kind}"))
                .unwrap();
            assert_eq!(variable.data_type, data_type);
            assert_eq!(
                read_all(&source, variable).unwrap(),
                formula(variable, seed)
            );
        }
    }
    let attributes = &source.schema().root.attributes;
    assert_eq!(
        attributes.get("ubytes"),
        Some(&AttributeValue::UInt8(vec![255]))
    );
    assert_eq!(
        attributes.get("ushorts"),
        Some(&AttributeValue::UInt16(vec![65535, 1]))
    );
    assert_eq!(
        attributes.get("uints"),
        Some(&AttributeValue::UInt32(vec![u32::MAX]))
    );
    assert_eq!(
        attributes.get("longs"),
        Some(&AttributeValue::Int64(vec![-(1 << 62) - 1]))
    );
    assert_eq!(
        attributes.get("ulongs"),
        Some(&AttributeValue::UInt64(vec![u64::MAX]))
    );
}

#[test]
fn attributes_keep_type_and_order() {
    let source = open(&fixture("mixed_cdf1.nc"), Reader::Rust).unwrap();
    let attributes: Vec<_> = source.schema().root.attributes.iter().collect();
    let expected = [
        ("title", AttributeValue::from("a small file")),
        ("empty", AttributeValue::from("")),
        ("latin", AttributeValue::from("°C")),
        ("padded", AttributeValue::from("K")),
        ("bytes", AttributeValue::Int8(vec![-1, 2, 3])),
        ("shorts", AttributeValue::Int16(vec![-300])),
        ("ints", AttributeValue::Int32(vec![1, -70000])),
        ("floats", AttributeValue::Float32(vec![0.5])),
        ("doubles", AttributeValue::Float64(vec![1e300, -0.0])),
    ];
    assert_eq!(
        attributes,
        expected.iter().map(|(n, v)| (*n, v)).collect::<Vec<_>>()
    );
    let t = source.schema().root.variable("t").unwrap();
    assert_eq!(
        t.attributes.get("_FillValue"),
        Some(&AttributeValue::Float32(vec![-999.0]))
    );
}

#[test]
fn a_single_record_variable_has_no_padding() {
    let source = open(&fixture("single_record.nc"), Reader::Rust).unwrap();
    let flag = source.schema().root.variable("flag").unwrap();
    assert_eq!(flag.shape, [7, 5]);
    assert_eq!(read_all(&source, flag).unwrap(), formula(flag, 6));
}

#[test]
fn padding_behind_the_last_record_may_be_missing() {
    let source = open(&fixture("unpadded_end.nc"), Reader::Rust).unwrap();
    let count = source.schema().root.variable("count").unwrap();
    assert_eq!(read_all(&source, count).unwrap(), formula(count, 7));
}

#[test]
fn characters_are_text_or_bytes_but_never_changed() {
    let source = open(&fixture("chars.nc"), Reader::Rust).unwrap();
    let schema = source.schema();
    let texts = |name: &str, shape: &[u64], expected: &[&str]| {
        let variable = schema.root.variable(name).unwrap();
        assert_eq!(
            (variable.data_type, &variable.shape[..]),
            (DataType::String, shape)
        );
        assert_eq!(
            read_all(&source, variable).unwrap(),
            Values::Texts(owned(expected))
        );
    };
    texts("name", &[3], &["abc", "", "é bla"]);
    texts("word", &[], &["word"]);
    texts("letter", &[], &["x"]);
    texts("latin1", &[3], &["café", "abcdef", "°"]);
    let raw = schema.root.variable("raw").unwrap();
    assert_eq!(
        (raw.data_type, &raw.shape[..]),
        (DataType::UInt8, &[3, 6][..])
    );
    let bytes = b"caf\xe9\0\0abcdef\xb0\0\0\0\0\0".to_vec();
    assert_eq!(read_all(&source, raw).unwrap(), Values::Bytes(bytes));
    assert_eq!(schema.notes.len(), 1, "{:?}", schema.notes);
    let error = source
        .read(&NodePath::parse("name"), &Region::full(&[3]), &mut [])
        .unwrap_err();
    assert_eq!(error.kind, SourceErrorKind::Request);
}

#[test]
fn names_may_count_their_nul() {
    let source = open(&fixture("nul_in_name.nc"), Reader::Rust).unwrap();
    let variable = source.schema().root.variable("v").unwrap();
    assert_eq!(variable.dimensions, ["x"]);
    assert_eq!(
        variable.attributes.get("a"),
        Some(&AttributeValue::Int32(vec![1]))
    );
}

#[test]
fn a_file_without_anything_is_a_file() {
    let source = open(&fixture("empty.nc"), Reader::Rust).unwrap();
    assert_eq!(source.schema().variables().count(), 0);
}

/// Opens the first `length` bytes of a file.
fn open_cut(content: &[u8], length: usize) -> Result<(), zarrio_model::SourceError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cut.nc");
    std::fs::write(&path, &content[..length]).unwrap();
    open(&path, Reader::Rust).map(drop)
}

#[test]
fn every_cut_is_refused_except_of_padding() {
    // The last part of the last record: three shorts and two bytes of padding.
    for (name, padding) in [
        ("mixed_cdf1.nc", 2),
        ("mixed_cdf2.nc", 2),
        ("single_record.nc", 0),
    ] {
        let content = std::fs::read(fixture(name)).unwrap();
        for length in 0..content.len() {
            let complete = length + padding >= content.len();
            match open_cut(&content, length) {
                Ok(()) => assert!(complete, "{name} cut to {length} bytes is taken"),
                Err(error) => {
                    assert!(!complete, "{name} cut to {length} bytes: {error}");
                    assert_eq!(error.kind, SourceErrorKind::Invalid);
                    assert!(error.hint.is_some(), "{error}");
                }
            }
        }
    }
}

#[test]
fn a_cut_names_the_variable_and_the_bytes() {
    let content = std::fs::read(fixture("mixed_cdf1.nc")).unwrap();
    let error = open_cut(&content, content.len() - 14).unwrap_err();
    assert_eq!(error.variable, Some(NodePath::parse("flag")));
    assert!(
        error.message.contains("3 bytes of its values are missing"),
        "{error}"
    );
    assert!(error.message.contains("another variable"), "{error}");
}

#[test]
fn a_file_that_shrinks_while_it_is_open_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shrinks.nc");
    std::fs::copy(fixture("mixed_cdf1.nc"), &path).unwrap();
    let source = open(&path, Reader::Rust).unwrap();
    source.check_unchanged().unwrap();
    std::fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(500)
        .unwrap();
    let count = source.schema().root.variable("count").unwrap();
    assert_eq!(
        read_all(&source, count).unwrap_err().kind,
        SourceErrorKind::Changed
    );
    assert_eq!(
        source.check_unchanged().unwrap_err().kind,
        SourceErrorKind::Changed
    );
}

#[test]
fn requests_that_do_not_fit_are_errors() {
    let source = open(&fixture("mixed_cdf1.nc"), Reader::Rust).unwrap();
    let t = NodePath::parse("t");
    let kind = |path: &NodePath, region: Vec<std::ops::Range<u64>>, bytes: usize| {
        let error = source
            .read(path, &Region::new(region), &mut vec![0; bytes])
            .unwrap_err();
        assert_eq!(error.variable.as_ref(), Some(path));
        error.kind
    };
    assert_eq!(
        kind(&t, vec![0..1, 0..1, 0..6], 24),
        SourceErrorKind::Request
    );
    assert_eq!(kind(&t, vec![0..1, 0..1], 20), SourceErrorKind::Request);
    assert_eq!(
        kind(&t, vec![0..1, 0..1, 0..5], 19),
        SourceErrorKind::Request
    );
    assert_eq!(
        kind(&NodePath::parse("u"), vec![], 4),
        SourceErrorKind::Request
    );
    assert!(source.read_text(&t, &Region::default()).is_err());
}

/// A large file, so that reads are split between threads and gaps are read along.
fn large(path: &Path, records: u64, columns: u64) {
    let number = |n: u64| (n as u32).to_be_bytes();
    let mut file = b"CDF\x02".to_vec();
    file.extend(number(records));
    file.extend([number(10), number(2)].concat());
    for (name, length) in [(b"time", 0), (b"cols", columns)] {
        file.extend(number(4));
        file.extend(name);
        file.extend(number(length));
    }
    file.extend([number(0), number(0), number(11), number(2)].concat());
    let header = file.len() as u64 + 2 * 44;
    for (name, begin) in [(b"aaaa", header), (b"bbbb", header + columns * 4)] {
        file.extend(number(4));
        file.extend(name);
        file.extend([number(2), number(0), number(1), number(0), number(0)].concat());
        file.extend([number(4), number(columns * 4)].concat());
        file.extend(begin.to_be_bytes());
    }
    assert_eq!(file.len() as u64, header);
    for record in 0..records {
        for variable in 0..2 {
            file.extend((0..columns).flat_map(|i| number(record * columns * 2 + i * 2 + variable)));
        }
    }
    std::fs::write(path, file).unwrap();
}

#[test]
fn large_reads_are_split_and_joined_rightly() {
    let directory = tempfile::tempdir().unwrap();
    for (records, columns) in [(2000, 3000), (3, 2_000_000), (400_000, 3)] {
        let path = directory.path().join("large.nc");
        large(&path, records, columns);
        let source = open(&path, Reader::Rust).unwrap();
        for (variable, odd) in [("aaaa", 0), ("bbbb", 1)] {
            let variable = source.schema().root.variable(variable).unwrap();
            for columns_read in [0..columns, 0..1, columns / 2..columns, columns - 1..columns] {
                let region = Region::new(vec![1..records, columns_read.clone()]);
                let expected = (1..records).flat_map(|record| {
                    columns_read
                        .clone()
                        .map(move |i| record * columns * 2 + i * 2 + odd)
                });
                let expected = native(DataType::Int32, expected);
                assert!(
                    read(&source, variable, &region).unwrap() == expected,
                    "{region}"
                );
            }
        }
    }
}

fn region_of(shape: Vec<u64>) -> impl Strategy<Value = Region> {
    let range = |length: u64| (0..=length, 0..=length).prop_map(|(a, b)| a.min(b)..a.max(b));
    shape
        .into_iter()
        .map(range)
        .collect::<Vec<_>>()
        .prop_map(Region::new)
}

/// A fixture, one of its variables, and a region of it.
fn any_region() -> impl Strategy<Value = (&'static str, NodePath, Region)> {
    prop::sample::select(vec![
        "mixed_cdf1.nc",
        "mixed_cdf5.nc",
        "single_record.nc",
        "streaming_cdf1.nc",
        "unpadded_end.nc",
        "no_records.nc",
        "chars.nc",
    ])
    .prop_flat_map(|name| {
        let source = open(&fixture(name), Reader::Rust).unwrap();
        let variables: Vec<_> = source
            .schema()
            .variables()
            .map(|v| (v.path.clone(), v.shape.clone()))
            .collect();
        prop::sample::select(variables).prop_flat_map(move |(path, shape)| {
            region_of(shape).prop_map(move |region| (name, path.clone(), region))
        })
    })
}

proptest! {
    #![proptest_config(support::cases(256))]

    #[test]
    fn a_region_is_a_slice_of_the_whole((name, path, region) in any_region()) {
        let source = open(&fixture(name), Reader::Rust).unwrap();
        let variable = source.schema().variable(&path).unwrap();
        let whole = read_all(&source, variable).unwrap();
        let part = read(&source, variable, &region).unwrap();
        prop_assert_eq!(part, slice(&whole, variable, &region));
    }
}
