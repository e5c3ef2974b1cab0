//! Which characters are texts and which are flags (see `fixtures/make_flags.py`).

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by a panic and says what it skips"
)]

mod support;

use support::{Values, fixture, open, read, read_all};
use zarrio_model::{DataType, NodePath, Region, Source};
use zarrio_netcdf::{NetcdfSource, Reader};

/// The texts of a variable, by its path.
type Expected = (
    &'static str,
    &'static [&'static str],
    &'static [u64],
    &'static [&'static str],
);

const BOTH: &[Expected] = &[
    ("text", &["n"], &[3], &["abc", "", "de fg"]),
    ("text_scalar", &[], &[], &["word"]),
    (
        "flag",
        &["n", "level"],
        &[3, 4],
        &["1", " ", "4", "", "1", "1", "1", "1", " ", " ", "", ""],
    ),
    ("flag_of_one", &["n"], &[3], &["A", "", " "]),
    ("flag_of_own", &["own"], &[2], &["x", "y"]),
    (
        "flag_turned",
        &["length_too", "n"],
        &[2, 3],
        &["a", "b", "c", "d", "e", "f"],
    ),
    ("flag_latin", &["n"], &[3], &["é", "°", ""]),
    ("text_row", &["row"], &[2], &["one", "three"]),
    ("flag_row", &["row"], &[2], &["+", "-"]),
    ("letter", &[], &[], &["q"]),
];

const GROUPS: &[Expected] = &[
    ("text_none", &[], &[], &[""]),
    ("text_of_none", &["none_too"], &[0], &[]),
    ("flag_none", &["none_too"], &[0], &[]),
    ("flag_pair", &["pair"], &[2], &["a", "b"]),
    ("flag_below", &["below"], &[3], &["a", "b", "c"]),
    ("child/flag", &["n"], &[3], &["a", "b", "c"]),
    ("child/text", &[], &[], &["child"]),
    ("child/text_of_own", &[], &[], &["four"]),
    ("other/flag", &["length"], &[5], &["o", "t", "h", "e", "r"]),
];

#[test]
fn the_classic_reader_tells_flags_from_texts() {
    check("flags_cdf2.nc", Reader::Rust, &[BOTH]);
}

#[test]
fn the_hdf5_reader_tells_flags_from_texts() {
    check("flags.nc", Reader::Rust, &[BOTH, GROUPS]);
}

#[test]
#[cfg(feature = "libnetcdf")]
fn the_c_library_tells_flags_from_texts() {
    check("flags_cdf2.nc", Reader::C, &[BOTH]);
    check("flags.nc", Reader::C, &[BOTH, GROUPS]);
}

fn check(file: &str, reader: Reader, expected: &[&[Expected]]) {
    let source = open(&fixture(file), reader).unwrap();
    for (path, dimensions, shape, texts) in expected.iter().copied().flatten() {
        let variable = source.schema().variable(&NodePath::parse(path)).unwrap();
        assert_eq!(variable.data_type, DataType::String, "{path}");
        assert_eq!(
            variable.layout.declared_type.as_deref(),
            Some("char"),
            "{path}"
        );
        assert_eq!(variable.dimensions, *dimensions, "{path}");
        assert_eq!(variable.shape, *shape, "{path}");
        assert_eq!(read_all(&source, variable).unwrap(), owned(texts), "{path}");
    }
    flags_are_read_in_part(&source);
    bytes_keep_their_dimension(&source);
}

fn flags_are_read_in_part(source: &NetcdfSource) {
    let flag = source.schema().root.variable("flag").unwrap();
    let part = read(source, flag, &Region::new(vec![0..2, 1..4])).unwrap();
    assert_eq!(part, owned(&[" ", "4", "", "1", "1", "1"]));
    if let Some(chunks) = &flag.layout.chunks {
        assert_eq!(chunks, &[2, 3]);
    }
}

fn bytes_keep_their_dimension(source: &NetcdfSource) {
    let bytes = source.schema().root.variable("flag_bytes").unwrap();
    assert_eq!(bytes.data_type, DataType::UInt8);
    assert_eq!(bytes.dimensions, ["n"]);
    let expected = Values::Bytes("é\0".as_bytes().to_vec());
    assert_eq!(read_all(source, bytes).unwrap(), expected);
    let notes = &source.schema().notes;
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains("flag_bytes"), "{notes:?}");
}

fn owned(texts: &[&str]) -> Values {
    Values::Texts(texts.iter().map(|&text| text.to_owned()).collect())
}
