//! What a file contains, as netCDF-C shows it.

use zarrio_model::{AttributeValue, Dimension, GroupSchema};

use super::*;
use crate::data::Input;

fn dimensions(group: &GroupSchema) -> Vec<(&str, u64, bool)> {
    let all = group.dimensions.iter();
    all.map(
        |Dimension {
             name,
             length,
             unlimited,
         }| (name.as_str(), *length, *unlimited),
    )
    .collect()
}

fn attributes<'s>(source: &'s Hdf5Source, name: &str) -> Vec<(&'s str, &'s AttributeValue)> {
    source
        .schema()
        .variable(&NodePath::parse(name))
        .unwrap()
        .attributes
        .iter()
        .collect()
}

#[test]
fn groups_have_their_own_dimensions_and_see_their_parents() {
    let source = open("dimensions.nc");
    let root = &source.schema().root;
    let expected = [
        ("time", 3, true),
        ("x", 4, false),
        ("bare", 2, false),
        ("two", 2, false),
    ];
    assert_eq!(dimensions(root), expected);
    let inner = &root.groups[0];
    assert_eq!(
        (inner.path.as_str(), dimensions(inner)),
        ("inner", vec![("y", 3, false)])
    );
    let deepest = &inner.groups[0].groups[0];
    assert_eq!(deepest.path.as_str(), "inner/deeper/deepest");
    assert!(deepest.dimensions.is_empty());

    let of = |name: &str| {
        let variable = source.schema().variable(&NodePath::parse(name)).unwrap();
        (variable.dimensions.join(" "), variable.shape.clone())
    };
    assert_eq!(of("inner/field"), ("time y x".to_owned(), vec![3, 3, 4]));
    assert_eq!(
        of("inner/y"),
        ("x".to_owned(), vec![4]),
        "named as a dimension, not on it"
    );
    assert_eq!(
        of("two"),
        ("two x".to_owned(), vec![2, 4]),
        "a scale of two dimensions"
    );
    assert_eq!(
        of("inner/deeper/deepest/counts"),
        ("x bare".to_owned(), vec![4, 2])
    );
}

#[test]
fn variables_come_in_the_order_of_their_creation() {
    let names: Vec<String> = names(&open("dimensions.nc"))
        .into_iter()
        .filter(|name| !name.contains('/'))
        .collect();
    assert_eq!(names, ["x", "late", "early", "early_default", "two", "sky"]);
}

#[test]
fn hidden_attributes_are_hidden_and_others_keep_their_order() {
    let source = open("dimensions.nc");
    let root: Vec<&str> = source
        .schema()
        .root
        .attributes
        .iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(root, ["title"]);
    let late = attributes(&source, "late");
    assert_eq!(late.len(), 12);
    for (i, (name, value)) in late.into_iter().enumerate() {
        assert_eq!(name, format!("attribute_{:02}", 11 - i));
        assert_eq!(*value, AttributeValue::Int32(vec![i as i32]));
    }
    assert!(attributes(&source, "x").is_empty());
}

#[test]
fn attributes_have_their_exact_types() {
    let source = open("texts.nc");
    let expected = [
        ("text", AttributeValue::Text("a text".to_owned())),
        ("empty", AttributeValue::Text(String::new())),
        (
            "list",
            AttributeValue::TextList(vec!["one".to_owned(), "two".to_owned()]),
        ),
        ("degrees", AttributeValue::Text("°C".to_owned())),
    ];
    let root: Vec<_> = source.schema().root.attributes.iter().collect();
    assert_eq!(
        root,
        expected
            .iter()
            .map(|(name, value)| (*name, value))
            .collect::<Vec<_>>()
    );

    let source = open("fixed_texts.h5");
    let of = |name: &str| source.schema().root.attributes.get(name).cloned();
    let list = AttributeValue::TextList(vec!["a".to_owned(), "bc".to_owned()]);
    assert_eq!(of("fixed_list"), Some(list));
    assert_eq!(
        of("one_in_a_list"),
        Some(AttributeValue::Text("x".to_owned()))
    );
    assert_eq!(of("latin"), Some(AttributeValue::Text("°C".to_owned())));
}

#[test]
fn an_enumeration_is_its_integers_with_flags() {
    let source = open("dimensions.nc");
    let sky = source.schema().variable(&NodePath::parse("sky")).unwrap();
    assert_eq!(sky.data_type, DataType::UInt8);
    assert_eq!(sky.layout.declared_type.as_deref(), Some("enum sky_t"));
    assert_eq!(
        sky.attributes.get("flag_values"),
        Some(&AttributeValue::UInt8(vec![0, 1, 4]))
    );
    assert_eq!(sky.attributes.text("flag_meanings"), Some("kept as it is"));
    assert_eq!(all(&source, "sky"), [0.0, 1.0, 4.0, 1.0]);

    let source = open("numbers.h5");
    let truth = source.schema().variable(&NodePath::parse("bool")).unwrap();
    assert_eq!(truth.attributes.text("flag_meanings"), Some("FALSE TRUE"));
}

#[test]
fn types_that_cannot_be_carried_are_listed() {
    let listed = |name: &str| {
        let source = open(name);
        let all = source.schema().root.unsupported.iter();
        let mut all: Vec<_> = all
            .map(|v| (v.path.as_str().to_owned(), v.declared_type.clone()))
            .collect();
        all.sort();
        all
    };
    let pair = |name: &str, declared: &str| (name.to_owned(), declared.to_owned());
    assert_eq!(
        listed("dimensions.nc"),
        [pair("lists", "vlen"), pair("pairs", "compound")]
    );
    let expected = [
        pair("bitfield", "bitfield"),
        pair("complex", "compound"),
        pair("f2", "float16 in 2 bytes"),
        pair("lists", "vlen"),
        pair("null", "float32"),
        pair("opaque", "opaque 3"),
        pair("reference", "reference"),
        pair("twelve_bits", "int12 in 2 bytes"),
    ];
    assert_eq!(listed("numbers.h5"), expected);
    let notes = &open("numbers.h5").schema().notes.clone();
    assert!(
        notes
            .iter()
            .any(|note| note.contains("of_a_type_not_carried")),
        "{notes:?}"
    );
}

#[test]
fn characters_are_texts_or_bytes_with_a_note() {
    let source = open("texts.nc");
    let of = |name: &str| source.schema().variable(&NodePath::parse(name)).unwrap();
    assert_eq!(
        (of("chars").data_type, of("chars").dimensions.len()),
        (DataType::String, 1)
    );
    assert_eq!(of("chars").layout.declared_type.as_deref(), Some("char"));
    assert_eq!(
        (of("chars_binary").data_type, &of("chars_binary").shape),
        (DataType::UInt8, &vec![3, 5])
    );
    assert!(
        of("chars_latin").attributes.is_empty(),
        "the encoding was used up"
    );
    assert_eq!(source.schema().notes.len(), 1);
}

#[test]
fn dimensions_are_invented_as_netcdf_does() {
    let source = open("phony.h5");
    let root = &source.schema().root;
    let of = |name: &str| {
        source
            .schema()
            .variable(&NodePath::parse(name))
            .unwrap()
            .dimensions
            .join(" ")
    };
    // Groups within come first, and no variable has a dimension twice.
    assert_eq!(of("g/c"), "phony_dim_0 phony_dim_1");
    assert_eq!(of("b"), "phony_dim_2 phony_dim_3");
    assert_eq!(of("a"), "phony_dim_2");
    assert_eq!(of("grows"), "phony_dim_4");
    let expected = [
        ("phony_dim_2", 4, false),
        ("phony_dim_3", 4, false),
        ("phony_dim_4", 4, true),
    ];
    assert_eq!(dimensions(root), expected);
    assert_eq!(names(&source), ["b", "a", "grows", "g/c"]);
}

#[test]
fn circles_and_links_to_nowhere_are_left_out_with_notes() {
    let source = open("links.h5");
    let groups: Vec<&str> = source
        .schema()
        .groups()
        .map(|group| group.path.as_str())
        .collect();
    assert_eq!(groups, ["", "g", "many"]);
    let notes = &source.schema().notes;
    for link in ["g/circle", "again", "dangling", "around", "outside"] {
        assert!(
            notes.iter().any(|note| note.contains(&format!("{link:?}"))),
            "{link}: {notes:?}"
        );
    }
    assert_eq!(all(&source, "soft"), [0.0, 1.0]);
    let many: Vec<String> = (0..20).map(|i| format!("many/v{:02}", 19 - i)).collect();
    assert_eq!(
        names(&source)
            .into_iter()
            .filter(|name| name.starts_with("many"))
            .collect::<Vec<_>>(),
        many
    );
}

#[test]
fn a_file_that_changes_is_noticed() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::copy(fixture("phony.h5"), file.path()).unwrap();
    let source = Hdf5Source::open(&Input::Local(file.path().to_owned())).unwrap();
    assert!(source.check_unchanged().is_ok());
    std::fs::write(file.path(), b"short").unwrap();
    let error = source.check_unchanged().unwrap_err();
    assert_eq!(error.kind, zarrio_model::SourceErrorKind::Changed);
}
