//! Variables, dimensions, units and values that must agree.

use std::sync::Arc;

use zarrio_model::config::Config;
use zarrio_model::{AttributeValue, DataType, NodePath};
use zarrio_region::{Converter, EncodingMatch, ZarrSource};
use zarrio_store::{MemoryStore, Prefix, Store};

use super::*;

fn names(matched: &Matched) -> (Vec<&str>, Vec<&str>) {
    let variables = matched.variables.iter().map(|v| v.path.as_str());
    let compared = matched.compared.iter().map(|p| p.as_str());
    (variables.collect(), compared.collect())
}

fn excluding(names: &[&str]) -> MatchOptions {
    MatchOptions {
        exclude: names.iter().map(|n| (*n).to_owned()).collect(),
        ..MatchOptions::default()
    }
}

#[test]
fn an_extra_variable_is_refused_unless_dropped() {
    let file = hourly(1..3)
        .field("rain", &[("time", 2)])
        .field("snow", &[("time", 2)]);
    assert_eq!(
        refusal(&file, &archive()),
        "file.nc: the archive has no variable \"rain\", \"snow\"\n\
         hint: leave them out with --drop-variables rain,snow"
    );
    let found = matched(&file, &archive(), &excluding(&["rain", "snow"]));
    assert_eq!(names(&found), (vec!["t2m"], vec!["time"]));
}

#[test]
fn a_missing_variable_is_refused_unless_dropped_or_others_are_named() {
    let archive = archive().field("rain", &[("time", 10)]);
    let file = hourly(1..3);
    assert_eq!(
        refusal(&file, &archive),
        "file.nc: the file has no variable \"rain\", which the archive has\n\
         hint: write the others with --drop-variables rain, or with --variables and their names"
    );
    let found = matched(&file, &archive, &excluding(&["rain"]));
    assert_eq!(names(&found), (vec!["t2m"], vec!["time"]));
    let options = MatchOptions {
        include: Some(vec!["t2m".into()]),
        ..MatchOptions::default()
    };
    assert_eq!(
        names(&matched(&file, &archive, &options)),
        (vec!["t2m"], vec!["time"])
    );
}

#[test]
fn what_does_not_grow_need_not_be_in_every_file() {
    let archive = archive().with("crs", &[], Data::I32(vec![4326]), &[]);
    assert_eq!(time_runs(&hourly(1..3), &archive), [run(1, 0, 2)]);
}

#[test]
fn a_name_that_nobody_has_is_an_error() {
    let error = match_source(&hourly(1..3), &archive(), &excluding(&["tmp"])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no variable \"tmp\" in the source"
    );
}

#[test]
fn dimensions_have_one_order() {
    let axes = |name| {
        Given::new(name)
            .axis("x", Data::I32(vec![1, 2]), "")
            .axis("y", Data::I32(vec![1, 2]), "")
    };
    let file = axes("file.nc").field("v", &[("y", 2), ("x", 2)]);
    let archive = axes("archive").field("v", &[("x", 2), ("y", 2)]);
    assert_eq!(
        refusal(&file, &archive),
        "file.nc: variable \"v\" has dimensions (y, x) in the file and (x, y) in the archive"
    );
}

#[test]
fn other_units_are_refused() {
    let file = hourly(1..3).attribute("t2m", "units", "degC");
    assert_eq!(
        refusal(&file, &archive()),
        "file.nc: variable \"t2m\" has units \"degC\" in the file and units \"K\" in the archive"
    );
    let file = timed("file.nc", Data::I64(vec![1]), HOURS).attribute("t2m", "units", " K ");
    assert_eq!(time_runs(&file, &archive()), [run(1, 0, 1)]);
    let text = refusal(
        &hourly([1]).with("n", &[("time", 1)], Data::Unread(DataType::Int16), &[]),
        &archive().field("n", &[("time", 10)]),
    );
    assert!(
        text.contains("has no units in the file and units \"K\" in the archive"),
        "{text}"
    );
}

#[test]
fn text_and_numbers_are_not_each_other() {
    let file = hourly(1..3).with("v", &[("time", 2)], Data::Unread(DataType::String), &[]);
    let archive = archive().with("v", &[("time", 10)], Data::Unread(DataType::Int16), &[]);
    assert!(refusal(&file, &archive).contains("is string in the file and int16 in the archive"));
}

#[test]
fn an_array_that_cannot_be_written_is_named() {
    let file = hourly(1..3).field("mask", &[("time", 2)]);
    assert_eq!(
        refusal(&file, &archive().unsupported("mask")),
        "file.nc: the archive holds variable \"mask\" as bool: this type cannot be carried"
    );
}

#[test]
fn encodings_that_differ_are_reported_and_not_refused() {
    let reals = |v: f64| AttributeValue::Float64(vec![v]);
    let packed = |given: Given, length, scale, fill: i16| {
        let fill = AttributeValue::Int16(vec![fill]);
        let attributes = [("scale_factor", reals(scale)), ("_FillValue", fill)];
        let data = Data::Unread(DataType::Int16);
        given.with("v", &[("time", length)], data, &attributes)
    };
    let encoding = |file: &Given, archive: &Given| {
        let found = matched(file, archive, &MatchOptions::default());
        let v = found.variables.into_iter().find(|v| v.path.as_str() == "v");
        v.unwrap().encoding
    };
    let to = packed(archive(), 10, 0.01, -1);
    assert_eq!(
        encoding(&packed(hourly(1..3), 2, 0.01, -1), &to),
        EncodingMatch::Same
    );
    assert_eq!(
        encoding(&packed(hourly(1..3), 2, 0.02, -2), &to),
        EncodingMatch::Differs(vec![
            "scale_factor is 0.02 in the file and 0.01 in the archive".into(),
            "_FillValue is -2 in the file and -1 in the archive".into(),
        ])
    );
    // Floating-point variables have NaN where nothing is said.
    let data = || Data::Unread(DataType::Float32);
    let nan = [("_FillValue", reals(f64::NAN))];
    let file = hourly(1..3).with("v", &[("time", 2)], data(), &[]);
    let archive = archive().with("v", &[("time", 10)], data(), &nan);
    assert_eq!(encoding(&file, &archive), EncodingMatch::Same);
}

#[test]
fn bounds_are_data_and_counted_like_what_they_bound() {
    let with_bounds = |given: Given, length| {
        let data = Data::Unread(DataType::Float64);
        given.attribute("time", "bounds", "time_bnds").with(
            "time_bnds",
            &[("time", length), ("nv", 2)],
            data,
            &[],
        )
    };
    let file = timed("file.nc", Data::I64(vec![26, 27]), "hours since 2019-12-31");
    let found = matched(
        &with_bounds(file, 2),
        &with_bounds(archive(), 10),
        &MatchOptions::default(),
    );
    assert_eq!(names(&found), (vec!["t2m", "time_bnds"], vec!["time"]));
    let bounds = &found.variables[1];
    assert_eq!(
        bounds.placement.runs(),
        [vec![run(2, 0, 2)], vec![run(0, 0, 2)]]
    );
    let times = bounds.times.unwrap();
    assert_eq!(
        times.source.units().to_string(),
        "hours since 2019-12-31 00:00:00"
    );
    assert!(
        matches!(&bounds.encoding, EncodingMatch::Differs(all) if all[0].starts_with("the unit"))
    );
}

/// A file or archive with what does not grow.
fn with_static(given: Given, orog: Vec<f32>, height: f64) -> Given {
    let k = [("units", AttributeValue::from("m"))];
    given
        .axis("x", Data::I32(vec![1, 2, 3]), "")
        .with("orog", &[("x", 3)], Data::F32(orog), &k)
        .with("height", &[], Data::F64(vec![height]), &k)
}

#[test]
fn what_does_not_grow_is_compared_and_not_written() {
    let archive = with_static(archive(), vec![1.0, f32::NAN, -0.0], 2.0);
    let file = with_static(hourly(1..3), vec![1.0, f32::NAN, 0.0], 2.0);
    let found = matched(&file, &archive, &MatchOptions::default());
    assert_eq!(
        names(&found),
        (vec!["t2m"], vec!["time", "x", "orog", "height"])
    );
    let other = with_static(hourly(1..3), vec![1.0, f32::NAN, 7.5], 10.0);
    assert_eq!(
        refusal(&other, &archive),
        "file.nc: does not match the archive in 2 respects\n\
         - variable \"orog\" differs from what the archive holds at [2]: 7.5 in the file, -0 in the archive\n\
         - variable \"height\" differs from what the archive holds: 10 in the file, 2 in the archive\n\
         hint: keep the archive's values with --drop-variables orog; keep the archive's values \
         with --drop-variables height"
    );
}

#[test]
fn missing_is_compared_as_missing_whatever_its_code() {
    let code = |v: f32| [("_FillValue", AttributeValue::Float32(vec![v]))];
    let with = |given: Given, values: Vec<f32>, fill| {
        given.with("orog", &[("x", 3)], Data::F32(values), &code(fill))
    };
    let archive = with(archive(), vec![1.0, -9.0, 3.0], -9.0);
    let file = with(hourly(1..3), vec![1.0, 1e20, 3.0], 1e20);
    assert_eq!(
        names(&matched(&file, &archive, &MatchOptions::default())).1,
        ["time", "orog"]
    );
    let file = with(hourly(1..3), vec![1.0, 2.0, 3.0], 1e20);
    assert!(refusal(&file, &archive).contains("at [1]: 2 in the file, missing in the archive"));
}

#[test]
fn a_packed_static_variable_equals_what_it_was_packed_from() {
    let scale = [("scale_factor", AttributeValue::Float64(vec![0.1]))];
    let archive = archive().with("orog", &[("x", 2)], Data::I16(vec![10, 20]), &scale);
    let file = hourly(1..3).with("orog", &[("x", 2)], Data::F32(vec![1.04, 2.0]), &[]);
    assert_eq!(
        names(&matched(&file, &archive, &MatchOptions::default())).1,
        ["time", "orog"]
    );
    let file = hourly(1..3).with("orog", &[("x", 2)], Data::F32(vec![1.06, 2.0]), &[]);
    assert!(refusal(&file, &archive).contains("1.06 in the file, 1 (stored as 10) in the archive"));
}

#[test]
fn a_static_variable_that_was_never_written_is_written_once() {
    let archive = with_static(archive(), vec![f32::NAN; 3], 2.0);
    let file = with_static(hourly(1..3), vec![1.0, 2.0, 3.0], 2.0);
    let found = matched(&file, &archive, &MatchOptions::default());
    assert_eq!(names(&found).0, ["t2m", "orog"]);
    assert!(found.variables[1].fills_static && !found.variables[0].fills_static);
}

#[test]
fn a_zero_is_a_value_unless_nothing_is_stored() {
    let with = |given: Given, value| given.with("n", &[], Data::I64(vec![value]), &[]);
    let file = with(hourly(1..3), 7);
    let text = refusal(&file, &with(archive(), 0));
    assert!(text.contains("7 in the file, 0 in the archive"), "{text}");
    let found = matched(
        &file,
        &with(archive(), 0).unwritten("n"),
        &MatchOptions::default(),
    );
    assert!(found.variables[1].fills_static);
}

#[test]
fn reversed_static_variables_are_compared_by_label() {
    let archive = with_static(archive(), vec![1.0, 2.0, 3.0], 2.0);
    let k = [("units", AttributeValue::from("m"))];
    let file = |orog: Vec<f32>| {
        hourly(1..3).axis("x", Data::I32(vec![3, 2, 1]), "").with(
            "orog",
            &[("x", 3)],
            Data::F32(orog),
            &k,
        )
    };
    let found = matched(
        &file(vec![3.0, 2.0, 1.0]),
        &archive,
        &MatchOptions::default(),
    );
    assert_eq!(names(&found).1, ["time", "x", "orog"]);
    let text = refusal(&file(vec![1.0, 2.0, 3.0]), &archive);
    assert!(
        text.contains("at [2]: 3 in the file, 1 in the archive"),
        "{text}"
    );
}

#[test]
fn two_dimensional_coordinates_are_another_grid_when_they_differ() {
    let with_lon = |name, times: Vec<i64>, x: Vec<i32>, lon: Vec<f32>| {
        let (times_len, length) = (times.len() as u64, x.len() as u64);
        Given::new(name)
            .axis("time", Data::I64(times), HOURS)
            .axis("x", Data::I32(x), "")
            .with("lon", &[("y", 2), ("x", length)], Data::F32(lon), &[])
            .field("t2m", &[("time", times_len), ("y", 2), ("x", length)])
            .attribute("t2m", "coordinates", "lon")
    };
    let archive = with_lon(
        "archive",
        vec![0, 1],
        vec![1, 2, 3],
        vec![1., 2., 3., 4., 5., 6.],
    );
    // A tile of it is compared where it lies, and not written.
    let tile = with_lon("file.nc", vec![1], vec![2, 3], vec![2., 3., 5., 6.]);
    let found = matched(&tile, &archive, &MatchOptions::default());
    assert_eq!(names(&found), (vec!["t2m"], vec!["time", "x", "lon"]));
    let other = with_lon("file.nc", vec![1], vec![2, 3], vec![2., 3., 5., 6.5]);
    assert_eq!(
        refusal(&other, &archive),
        "file.nc: coordinate \"lon\" differs from what the archive holds at [1, 1]: 6.5 in the \
         file, 6 in the archive"
    );
}

#[test]
fn a_tile_of_what_has_no_time_is_data() {
    let mosaic = |name, x: Vec<i32>| {
        let length = x.len() as u64;
        Given::new(name)
            .axis("x", Data::I32(x), "")
            .field("elevation", &[("x", length)])
    };
    let found = matched(
        &mosaic("file.nc", vec![3, 4]),
        &mosaic("archive", vec![1, 2, 3, 4]),
        &MatchOptions::default(),
    );
    assert_eq!(runs(&found, "elevation", 0), [run(2, 0, 2)]);
}

#[test]
fn a_scalar_time_is_compared_as_a_date() {
    let units = |text| [("units", AttributeValue::from(text))];
    let with = |given: Given, value, text| {
        given.with("reftime", &[], Data::I64(vec![value]), &units(text))
    };
    let archive = with(archive(), 0, HOURS);
    let same = with(hourly(1..3), 24, "hours since 2019-12-31");
    assert_eq!(
        names(&matched(&same, &archive, &MatchOptions::default())).1,
        ["time", "reftime"]
    );
    let text = refusal(&with(hourly(1..3), 6, HOURS), &archive);
    assert!(
        text.contains("2020-01-01T06:00:00 in the file, 2020-01-01T00:00:00 in the archive"),
        "{text}"
    );
}

#[test]
fn an_unlimited_dimension_without_labels_grows() {
    let given = |name, length| Given::new(name).field("v", &[("record", length), ("x", 2)]);
    let file = given("file.nc", 4).unlimited("record");
    let found = matched(&file, &given("archive", 4), &MatchOptions::default());
    assert_eq!(names(&found).0, ["v"]);
}

#[test]
fn unsupported_variables_are_left_out_when_asked() {
    let file = hourly(1..3).unsupported("blob");
    assert!(match_source(&file, &archive(), &MatchOptions::default()).is_err());
    let options = MatchOptions {
        skip_unsupported: true,
        ..MatchOptions::default()
    };
    let found = matched(&file, &archive(), &options);
    assert!(
        found.notes[0].contains("it was left out"),
        "{:?}",
        found.notes
    );
}

#[test]
fn another_projection_is_refused() {
    let with = |given: Given, latitude: f32, level| {
        let value = |v| AttributeValue::Float32(vec![v]);
        let attributes = [
            (
                "grid_mapping_name",
                AttributeValue::from("polar_stereographic"),
            ),
            ("standard_parallel", value(latitude)),
            (
                "comment",
                AttributeValue::from(format!("made at {latitude}")),
            ),
        ];
        given
            .attribute("t2m", "grid_mapping", "crs")
            .attribute("time", "positive", level)
            .with("crs", &[], Data::I32(vec![0]), &attributes)
    };
    let archive = with(archive(), 60.0, "Down").attribute(
        "crs",
        "standard_parallel",
        AttributeValue::Float64(vec![60.0]),
    );
    let found = matched(
        &with(hourly(1..3), 60.0, "down"),
        &archive,
        &MatchOptions::default(),
    );
    assert_eq!(names(&found).1, ["time", "crs"]);
    assert_eq!(
        refusal(&with(hourly(1..3), 70.5, "up"), &archive),
        "file.nc: does not match the archive in 2 respects\n\
         - attribute \"positive\" of \"time\" is \"up\" in the file and \"Down\" in the archive\n\
         - attribute \"standard_parallel\" of \"crs\" is 70.5 in the file and 60 in the archive"
    );
}

#[test]
fn a_store_knows_whether_anything_was_written() {
    let made = |value| archive_with("n", value);
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    Converter::new(Config::default())
        .convert(&made(0), store.as_ref())
        .unwrap();
    let file = made(7);
    let open = || ZarrSource::open(Arc::clone(&store), &NodePath::root()).unwrap();
    let error = match_source(&file, &open(), &MatchOptions::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("7 in the file, 0 in the archive"),
        "{error}"
    );
    for object in store.list(&Prefix::new("n").unwrap()).unwrap() {
        if !object.key.as_str().ends_with("zarr.json") {
            store.delete(&object.key).unwrap();
        }
    }
    let found = match_source(&file, &open(), &MatchOptions::default()).unwrap();
    assert_eq!(names(&found), (vec!["n"], vec!["time"]));
}

/// Times and a number.
fn archive_with(name: &str, value: i64) -> Given {
    Given::new("file.nc")
        .axis("time", Data::I64(vec![0, 1]), HOURS)
        .with(name, &[], Data::I64(vec![value]), &[])
}
