//! Variables, dimensions, units and values that must agree.

use zarrio_model::{AttributeValue, DataType};
use zarrio_region::EncodingMatch;

use super::*;

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
        "file.nc: the archive has no variables \"rain\", \"snow\"\n\
         hint: leave them out with --drop-variables rain,snow"
    );
    let found = matched(&file, &archive(), &excluding(&["rain", "snow"]));
    assert_eq!(names(&found), (vec!["t2m"], vec!["time"]));
}

#[test]
fn an_archive_without_any_of_the_data_may_be_another_one() {
    let file = Given::new("file.nc")
        .axis("time", Data::I64(vec![1, 2]), HOURS)
        .field("rain", &[("time", 2)]);
    assert_eq!(
        refusal(&file, &archive()).lines().last(),
        Some("hint: check that this is the right archive: it has none of the file's data")
    );
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
fn groups_see_the_coordinates_of_their_parents() {
    let given = |name, hours: Vec<i64>| {
        let length = hours.len() as u64;
        timed(name, Data::I64(hours), HOURS).field("forecast/wind", &[("time", length)])
    };
    let archive = given("archive", (0..10).collect())
        .with(
            "daily/time",
            &[("time", 3)],
            Data::I64(vec![0, 24, 48]),
            &[("units", HOURS.into())],
        )
        .field("daily/rain", &[("time", 3)]);
    let file = given("file.nc", vec![2, 3])
        .with(
            "daily/time",
            &[("time", 1)],
            Data::I64(vec![48]),
            &[("units", HOURS.into())],
        )
        .field("daily/rain", &[("time", 1)]);
    let found = matched(&file, &archive, &MatchOptions::default());
    assert_eq!(runs(&found, "forecast/wind", 0), [run(2, 0, 2)]);
    assert_eq!(runs(&found, "daily/rain", 0), [run(2, 0, 1)]);
    assert_eq!(names(&found).1, ["time", "daily/time"]);
}
