//! Sizes, paths, regions, attributes and types.

use proptest::prelude::*;
use zarrio_model::{
    AttributeValue, Attributes, ByteSize, DataType, DatasetSchema, GroupSchema, NodePath, Region,
    Scalar, check_name,
};

const TYPES: [DataType; 11] = [
    DataType::Int8,
    DataType::UInt8,
    DataType::Int16,
    DataType::UInt16,
    DataType::Int32,
    DataType::UInt32,
    DataType::Int64,
    DataType::UInt64,
    DataType::Float32,
    DataType::Float64,
    DataType::String,
];

#[test]
fn sizes_are_read_as_people_write_them() {
    let check = |text: &str, bytes: u64| assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
    check("1048576", 1 << 20);
    check("512MiB", 512 << 20);
    check(" 512 mib ", 512 << 20);
    check("2GB", 2_000_000_000);
    check("2G", 2 << 30);
    check("1.5KiB", 1536);
    check("0.5 k", 512);
    check("1e3", 1000);
    check("7b", 7);
    check("0", 0);
    check("16777215TiB", 16_777_215 << 40);
    for text in [
        "",
        "MiB",
        "-1",
        "1.5",
        "x",
        "1 XB",
        "16777216TiB",
        "inf",
        "nan",
        "1e400",
        "1 000",
    ] {
        assert!(text.parse::<ByteSize>().is_err(), "{text}");
    }
    let shown = |bytes: u64| ByteSize(bytes).to_string();
    assert_eq!(shown(512 << 20), "512MiB");
    assert_eq!(shown(1_471_026_299), "1.37GiB");
    assert_eq!(shown(1023), "1023B");
    assert_eq!(format!("{:>8}|", ByteSize(1 << 30)), "    1GiB|");
}

#[test]
fn paths_are_normal_whatever_is_written() {
    let path = NodePath::parse("/a//b/c/");
    assert_eq!(path.as_str(), "a/b/c");
    assert_eq!((path.name(), path.parent().as_str()), ("c", "a/b"));
    assert_eq!(NodePath::parse("//"), NodePath::root());
    assert_eq!(
        (NodePath::root().name(), NodePath::root().parent()),
        ("", NodePath::root())
    );
    assert_eq!(NodePath::root().join("a").join("b").as_str(), "a/b");
    assert_eq!(NodePath::parse("x").below(&path).as_str(), "a/b/c/x");
    assert_eq!(NodePath::parse("x").below(&NodePath::root()).as_str(), "x");
    assert_eq!(NodePath::root().below(&path), path);
}

#[test]
fn names_that_a_hierarchy_cannot_have() {
    for name in [
        "",
        ".",
        "..",
        "...",
        "a/b",
        "a\\b",
        "a\0",
        "__x",
        ".zarray",
        ".zarrio-locks",
        "zarr.json",
    ] {
        assert!(check_name(name).is_err(), "{name:?}");
    }
    assert!(check_name(&"x".repeat(201)).is_err());
    for name in ["t2m", "2m temperature", "ü", "a.b", "_x", "c", "-"] {
        assert_eq!(check_name(name), Ok(()), "{name:?}");
    }
}

#[test]
fn types_and_scalars_agree() {
    for data_type in TYPES {
        assert_eq!(DataType::from_name(data_type.name()), Some(data_type));
        let zero = Scalar::zero(data_type);
        assert_eq!(zero.data_type(), data_type);
        assert_eq!(zero.to_ne_bytes().len(), data_type.size().unwrap_or(0));
        assert!(zero.to_ne_bytes().iter().all(|byte| *byte == 0));
        let kinds = [
            data_type.is_float(),
            data_type.is_integer(),
            data_type == DataType::String,
        ];
        assert_eq!(kinds.iter().filter(|kind| **kind).count(), 1, "{data_type}");
        let json = serde_json::to_string(&data_type).unwrap();
        assert_eq!(json, format!("\"{data_type}\""));
    }
    assert_eq!(DataType::from_name("float16"), None);
}

#[test]
fn attributes_keep_their_order_and_their_types() {
    let mut attributes = Attributes::new();
    attributes.set("units", "K");
    attributes.set("range", AttributeValue::Int16(vec![1, 2]));
    attributes.set("units", "degC");
    let names: Vec<_> = attributes.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["units", "range"]);
    assert_eq!(
        (attributes.text("units"), attributes.text("range")),
        (Some("degC"), None)
    );
    let range = attributes.get("range").unwrap();
    assert_eq!((range.len(), range.data_type()), (2, DataType::Int16));
    assert_eq!((range.get(1), range.get(2)), (Some(Scalar::Int16(2)), None));
    assert_eq!(
        attributes.remove("units"),
        Some(AttributeValue::Text("degC".into()))
    );
    assert_eq!((attributes.len(), attributes.remove("units")), (1, None));
    let text = AttributeValue::from("x");
    assert_eq!(
        (text.len(), text.get(0), text.get(1)),
        (1, Some(Scalar::String("x".into())), None)
    );
    assert!(AttributeValue::TextList(Vec::new()).is_empty());
}

#[test]
fn groups_are_walked_parents_first_however_deep_they_are() {
    let group = |path: &str, groups| GroupSchema {
        path: NodePath::parse(path),
        groups,
        ..GroupSchema::default()
    };
    let inner = vec![group("a/x", Vec::new()), group("a/y", Vec::new())];
    let root = group("", vec![group("a", inner), group("b", Vec::new())]);
    let schema = DatasetSchema {
        root,
        ..DatasetSchema::default()
    };
    let paths: Vec<_> = schema.groups().map(|group| group.path.as_str()).collect();
    assert_eq!(paths, ["", "a", "a/x", "a/y", "b"]);
    assert!(schema.group(&NodePath::parse("a/y")).is_some());
    assert!(schema.variable(&NodePath::parse("a/t")).is_none());

    let deep = (0..10_000).fold(group("x", Vec::new()), |inner, _| group("x", vec![inner]));
    assert_eq!(deep.walk().count(), 10_001);
}

fn region() -> impl Strategy<Value = Region> {
    proptest::collection::vec((0..20u64, 0..20u64), 2)
        .prop_map(|ends| Region::new(ends.into_iter().map(|(a, b)| a.min(b)..a.max(b)).collect()))
}

fn contains(region: &Region, point: [u64; 2]) -> bool {
    region
        .ranges()
        .iter()
        .zip(point)
        .all(|(range, at)| range.contains(&at))
}

proptest! {
    #[test]
    fn any_size_is_read_back(bytes in any::<u64>()) {
        let text = String::from(ByteSize(bytes));
        prop_assert_eq!(text.parse(), Ok(ByteSize(bytes)));
        let json = serde_json::to_string(&ByteSize(bytes)).unwrap();
        prop_assert_eq!(serde_json::from_str::<ByteSize>(&json).unwrap(), ByteSize(bytes));
    }

    #[test]
    fn no_text_makes_a_size_panic(text in "\\PC{0,12}", number in "[0-9.e+-]{0,25}[a-zA-Z]{0,3}") {
        let _ = (text.parse::<ByteSize>(), number.parse::<ByteSize>());
    }

    #[test]
    fn paths_are_made_of_their_parts(text in "[a-z/]{0,12}") {
        let path = NodePath::parse(&text);
        prop_assert_eq!(&NodePath::parse(path.as_str()), &path);
        if !path.is_root() {
            prop_assert_eq!(&path.parent().join(path.name()), &path);
        }
    }

    #[test]
    fn an_intersection_is_what_both_contain(a in region(), b in region()) {
        let both = a.intersection(&b);
        prop_assert_eq!(&both, &b.intersection(&a));
        let mut count = 0;
        for x in 0..20 {
            for y in 0..20 {
                let inside = contains(&a, [x, y]) && contains(&b, [x, y]);
                prop_assert_eq!(contains(&both, [x, y]), inside);
                count += u64::from(inside);
            }
        }
        prop_assert_eq!(both.num_elements(), count);
        prop_assert_eq!(both.is_empty(), count == 0);
        prop_assert!(both.fits(&[20, 20]));
    }

    #[test]
    fn a_full_region_fits_exactly(shape in proptest::collection::vec(any::<u64>(), 0..4)) {
        let full = Region::full(&shape);
        prop_assert!(full.fits(&shape));
        prop_assert_eq!(full.shape(), shape.clone());
        prop_assert_eq!(full.dimensionality(), shape.len());
        let product = shape.iter().map(|n| u128::from(*n)).fold(1u128, u128::saturating_mul);
        let exact = if shape.contains(&0) { 0 } else { product };
        prop_assert_eq!(full.num_elements(), u64::try_from(exact).unwrap_or(u64::MAX));
    }
}

#[test]
fn a_region_shows_itself() {
    assert_eq!(Region::new(vec![0..10, 3..4]).to_string(), "[0:10, 3:4]");
    assert_eq!(Region::full(&[]).to_string(), "[]");
    assert_eq!(Region::full(&[]).num_elements(), 1);
    let reversed = Region::new(std::iter::once(std::ops::Range { start: 5, end: 2 }).collect());
    assert!(reversed.is_empty() && !reversed.fits(&[9]));
    assert_eq!((reversed.shape(), reversed.num_elements()), (vec![0], 0));
    assert!(!Region::full(&[3]).fits(&[3, 3]));
}
