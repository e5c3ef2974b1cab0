//! What an archive holds already: compared, not written.

use std::sync::Arc;

use zarrio_model::AttributeValue;
use zarrio_model::config::Config;
use zarrio_region::{Converter, ZarrSource};
use zarrio_store::{MemoryStore, Prefix, Store};

use super::*;

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
    assert!(found.variables[1].lacking.is_some() && found.variables[0].lacking.is_none());
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
    assert!(found.variables[1].lacking.is_some());
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
        &mosaic("archive", vec![1, 2, 3, 4]).unwritten("elevation"),
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

#[test]
fn a_region_by_hand_says_that_the_data_are_to_be_written() {
    let given = |name, v: f32| Given::new(name).with("v", &[("x", 2)], Data::F32(vec![v; 2]), &[]);
    let (file, archive) = (given("file.nc", 2.0), given("archive", 1.0));
    assert!(refusal(&file, &archive).contains("2 in the file, 1 in the archive"));
    let options = MatchOptions {
        region: Some("x=:".parse().unwrap()),
        ..MatchOptions::default()
    };
    assert_eq!(names(&matched(&file, &archive, &options)).0, ["v"]);
}

#[test]
fn the_first_difference_is_found_wherever_it_lies() {
    // Wider than what is read at once, with rows that do not divide it.
    let (rows, width) = (3u64, 700_001u64);
    let values = |at: Option<usize>| {
        let mut values = vec![1.0f32; (rows * width) as usize];
        if let Some(at) = at {
            values[at] = 2.0;
        }
        Data::F32(values)
    };
    let given =
        |name, at| Given::new(name).with("v", &[("y", rows), ("x", width)], values(at), &[]);
    let archive = given("archive", None);
    for (at, place) in [
        (0, "[0, 0]"),
        (700_000, "[0, 700000]"),
        (2_100_002, "[2, 700000]"),
    ] {
        let text = refusal(&given("file.nc", Some(at)), &archive);
        assert!(text.contains(&format!("at {place}: 2 in")), "{text}");
    }
    assert_eq!(
        names(&matched(
            &given("file.nc", None),
            &archive,
            &MatchOptions::default()
        ))
        .1,
        ["v"]
    );
}

/// As NetCDF fills what is not written.
#[test]
fn what_is_no_time_is_the_number_that_it_is() {
    let with = |given: Given, value| {
        let units = [("units", AttributeValue::from(HOURS))];
        given.with("issued", &[], Data::F64(vec![value]), &units)
    };
    let archive = with(archive(), 9.97e36);
    let file = with(hourly(1..3), 9.97e36);
    let found = matched(&file, &archive, &MatchOptions::default());
    assert_eq!(names(&found).1, ["time", "issued"]);
    assert!(refusal(&with(hourly(1..3), 9.96e36), &archive).contains("issued"));
}
