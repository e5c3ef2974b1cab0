//! Every type of NetCDF-4, alike through both readers (see `fixtures/make_types.py`).

#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by a panic and says what it skips"
)]

mod support;

use support::{Values, fixture, native, open, read_all};
use zarrio_model::{AttributeValue, DataType, NodePath, Source, SourceErrorKind, VariableSchema};
use zarrio_netcdf::{NetcdfSource, Reader};

#[test]
fn the_rust_reader_reads_types() {
    check(Reader::Rust);
}

#[test]
#[cfg(feature = "libnetcdf")]
fn the_c_library_reads_types() {
    check(Reader::C);
}

fn check(reader: Reader) {
    let source = open(&fixture("types.nc"), reader).unwrap();
    let schema = source.schema();
    assert_eq!(schema.format, "NetCDF-4");
    root_attributes(&source);
    numbers_and_enumerations(&source);
    texts(&source);
    layout(&source);
    groups(&source);
    unsupported(&source);
}

fn variable<'a>(source: &'a NetcdfSource, path: &str) -> &'a VariableSchema {
    source
        .schema()
        .variable(&NodePath::parse(path))
        .unwrap_or_else(|| panic!("no {path}"))
}

fn root_attributes(source: &NetcdfSource) {
    let attributes: Vec<_> = source.schema().root.attributes.iter().collect();
    let several = ["a", "b c", ""].map(str::to_owned).to_vec();
    let expected = [
        ("title", AttributeValue::from("types")),
        ("one", AttributeValue::from("a string")),
        ("several", AttributeValue::TextList(several)),
        ("long", AttributeValue::Int64(vec![(1 << 53) + 1])),
        ("bytes", AttributeValue::UInt8(vec![0, 255])),
    ];
    assert_eq!(
        attributes,
        expected.iter().map(|(n, v)| (*n, v)).collect::<Vec<_>>()
    );
}

fn numbers_and_enumerations(source: &NetcdfSource) {
    let cloud = variable(source, "cloud");
    assert_eq!(cloud.data_type, DataType::UInt8);
    // The Rust reader does not look up the names of types.
    assert!(
        cloud
            .layout
            .declared_type
            .as_ref()
            .is_some_and(|name| name.starts_with("enum"))
    );
    let attributes = &cloud.attributes;
    assert_eq!(
        attributes.get("flag_values"),
        Some(&AttributeValue::UInt8(vec![0, 3, 255]))
    );
    assert_eq!(
        attributes.text("flag_meanings"),
        Some("clear overcast_cloud missing")
    );
    assert_eq!(
        attributes.get("_FillValue"),
        Some(&AttributeValue::UInt8(vec![255]))
    );
    assert_eq!(
        read_all(source, cloud).unwrap(),
        Values::Bytes(vec![0, 3, 3, 0])
    );

    let big = variable(source, "big");
    let expected = native(DataType::Int32, (0..4).map(|i| i * 1000));
    assert_eq!(read_all(source, big).unwrap(), expected);
}

fn texts(source: &NetcdfSource) {
    for (path, expected) in [
        ("label", ["", "a", "é", "long label"]),
        ("word", ["ab", "word", "", "abcdef"]),
    ] {
        let variable = variable(source, path);
        assert_eq!(
            (variable.data_type, &variable.shape[..]),
            (DataType::String, &[4][..])
        );
        let expected = Values::Texts(expected.map(str::to_owned).to_vec());
        assert_eq!(read_all(source, variable).unwrap(), expected, "{path}");
    }
}

fn layout(source: &NetcdfSource) {
    let t = variable(source, "t");
    assert_eq!(
        (&t.dimensions[..], &t.shape[..]),
        (&["time", "x"].map(str::to_owned)[..], &[3, 4][..])
    );
    assert_eq!(t.layout.chunks, Some(vec![2, 3]));
    assert_eq!(t.layout.codecs, ["fletcher32", "shuffle", "deflate 4"]);
    assert_eq!(read_all(source, t).unwrap(), native(DataType::Int16, 0..12));
    assert_eq!(variable(source, "big").layout.chunks, None);
}

fn groups(source: &NetcdfSource) {
    let paths: Vec<_> = source
        .schema()
        .groups()
        .map(|group| group.path.as_str())
        .collect();
    assert_eq!(paths, ["", "forecast", "forecast/deep"]);
    let lengths = |path: &str| {
        let group = source.schema().group(&NodePath::parse(path)).unwrap();
        let dimensions = group.dimensions.iter();
        dimensions
            .map(|d| (d.name.clone(), d.length, d.unlimited))
            .collect::<Vec<_>>()
    };
    let time = ("time".to_owned(), 3, true);
    let root = [
        time,
        ("x".to_owned(), 4, false),
        ("length".to_owned(), 6, false),
    ];
    assert_eq!(lengths(""), root);
    assert_eq!(lengths("forecast"), [("x".to_owned(), 2, false)]);
    let x = variable(source, "forecast/x");
    let expected = [0.5_f64, 1.5].map(f64::to_ne_bytes).concat();
    assert_eq!(read_all(source, x).unwrap(), Values::Bytes(expected));
    // The dimension has three records, the variable was given two.
    let part = variable(source, "forecast/part");
    let expected = [1_i32, 2, 3, 4, -9, -9].map(i32::to_ne_bytes).concat();
    assert_eq!(read_all(source, part).unwrap(), Values::Bytes(expected));
    let scalar = variable(source, "forecast/deep/scalar");
    let expected = 2.5_f32.to_ne_bytes().to_vec();
    assert_eq!(read_all(source, scalar).unwrap(), Values::Bytes(expected));
}

fn unsupported(source: &NetcdfSource) {
    let listed: Vec<_> = source.schema().root.unsupported.iter().collect();
    let names: Vec<_> = listed
        .iter()
        .map(|v| (v.path.as_str(), v.declared_type.as_str()))
        .collect();
    assert_eq!(names, [("pairs", "compound"), ("lists", "vlen")]);
    assert!(listed.iter().all(|variable| !variable.reason.is_empty()));
    let error = source
        .read(
            &NodePath::parse("pairs"),
            &zarrio_model::Region::full(&[4]),
            &mut [0; 64],
        )
        .unwrap_err();
    assert_eq!(error.kind, SourceErrorKind::Request);
}
