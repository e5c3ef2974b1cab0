//! Templates from several files.

use zarrio_model::AttributeValue;
use zarrio_region::{RegionError, TemplateOptions};

use crate::given::{Data, Given};
use crate::{Made, config, file, hourly, make_all, named, refused};

fn union(files: &[&Given], start: &str, end: &str, freq: &str) -> Made {
    make_all(files, &config(start, end, freq), TemplateOptions::default()).unwrap()
}

fn refusal(files: &[&Given]) -> String {
    refused(files, &config("", "", ""), TemplateOptions::default())
}

#[test]
fn labels_are_joined_whatever_their_order_and_units() {
    let one = named("one.nc", [48, 49]);
    let two = file(
        "two.nc",
        Data::F64(vec![0.0, 0.25]),
        "days since 2020-01-01",
        "gregorian",
    );
    let three = file(
        "three.nc",
        Data::I32(vec![120, 60]),
        "minutes since 2020-01-01",
        "standard",
    );
    let made = union(&[&one, &two, &three], "", "", "");
    assert_eq!(made.labels(), [0, 1, 2, 6, 48, 49]);
    assert_eq!(made.text("time", "units"), "hours since 2020-01-01");
    let made = union(&[&two, &three], "", "", "");
    assert_eq!(
        made.text("time", "units"),
        "hours since 2020-01-01 00:00:00"
    );
}

#[test]
fn a_step_closes_the_gaps_between_files() {
    let files = [named("one.nc", 0..24), named("three.nc", 48..72)];
    let files: Vec<&Given> = files.iter().collect();
    assert_eq!(union(&files, "", "", "").labels().len(), 48);
    let made = union(&files, "", "", "1h");
    assert_eq!(made.labels().len(), 72);
    let text = refused(
        &files,
        &config("", "2020-01-31", ""),
        TemplateOptions::default(),
    );
    assert!(
        text.contains("1h from 2020-01-01T00:00:00, but 25h from 2020-01-01T23:00:00"),
        "{text}"
    );
}

#[test]
fn labels_beside_the_axis_are_an_error_and_those_outside_are_told() {
    let files = [named("one.nc", 0..4), named("two.nc", [4, 5, 7])];
    let files: Vec<&Given> = files.iter().collect();
    let error = make_all(&files, &config("", "", "2h"), TemplateOptions::default())
        .err()
        .unwrap();
    assert!(matches!(error, RegionError::Labels { .. }));
    assert_eq!(
        error.to_string(),
        "labels are not on the time axis: 2020-01-01T01:00:00 of one.nc, 2020-01-01T05:00:00 of two.nc"
    );
    let made = union(&files, "2020-01-01T02:00", "", "1h");
    assert!(
        made.notes().contains("leaves out labels of one.nc"),
        "{}",
        made.notes()
    );
    // A single file may be from another time, or a pattern.
    let made = union(&files[..1], "", "", "2h");
    assert!(
        made.notes()
            .contains("cannot be written to it: 2020-01-01T01:00:00 of one.nc"),
        "{}",
        made.notes()
    );
}

#[test]
fn every_difference_is_told_with_files_and_values() {
    let one = hourly(0..4);
    let other = |name: &str| {
        Given::new(name)
            .axis("time", Data::I64(vec![4, 5]), "hours since 2020-01-01")
            .attribute("time", "calendar", "noleap")
            .axis("lat", Data::F64(vec![10.0, 20.5, 30.0]), "degrees_south")
            .with("height", &[("lat", 3)], Data::F64(vec![1.0, 2.0, 3.0]), &[])
            .with("crs", &[], Data::I32(vec![8]), &[])
            .field("t", &[("lat", 3), ("time", 2)])
            .field("rain", &[("time", 2)])
    };
    let text = refusal(&[&one, &other("b.nc"), &other("c.nc")]);
    for expected in [
        "variable \"rain\" is absent in a.nc, but there in b.nc, c.nc",
        "the calendar of variable \"time\" is standard in a.nc, but noleap in b.nc, c.nc",
        "lat[1] is 20 in a.nc, but 20.5 in b.nc",
        "attribute \"units\" of variable \"lat\" is \"degrees_north\" in a.nc, but \"degrees_south\" in b.nc",
        "the type of variable \"height\" is float32 in a.nc, but float64 in b.nc",
        "crs is 7 in a.nc, but 8 in b.nc",
        "the order of dimensions of variable \"t\" is (time, lat) in a.nc, but (lat, time) in b.nc",
        "variable \"count\" is there in a.nc, but absent in b.nc",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

#[test]
fn a_dimension_of_another_length_is_a_difference() {
    let small = Given::new("b.nc")
        .axis("time", Data::I64(vec![9]), "hours since 2020-01-01")
        .axis("lat", Data::F64(vec![10.0, 20.0]), "degrees_north");
    let large = Given::new("a.nc")
        .axis("time", Data::I64(vec![8]), "hours since 2020-01-01")
        .axis("lat", Data::F64(vec![10.0, 20.0, 30.0]), "degrees_north");
    let text = refusal(&[&large, &small]);
    assert!(
        text.contains("the length of \"lat\" of variable \"lat\" is 3 in a.nc, but 2 in b.nc"),
        "{text}"
    );
}

#[test]
fn attributes_that_may_differ_are_left_out_and_missing_values_are_equal() {
    let with = |name: &str, hour: i64, date: &str| {
        named(name, [hour])
            .attribute("t", "creation_date", date)
            .attribute("t", "_FillValue", AttributeValue::Float32(vec![f32::NAN]))
            .attribute("t", "cell_methods", "time: mean")
    };
    let made = union(
        &[&with("a.nc", 0, "today"), &with("b.nc", 1, "tomorrow")],
        "",
        "",
        "",
    );
    assert!(made.attribute("t", "creation_date").is_none());
    assert_eq!(made.text("t", "cell_methods"), "time: mean");
    assert!(
        made.notes().contains("left out: creation_date"),
        "{}",
        made.notes()
    );
    let made = union(
        &[&with("a.nc", 0, "today"), &with("b.nc", 1, "today")],
        "",
        "",
        "",
    );
    assert_eq!(made.text("t", "creation_date"), "today");
}

#[test]
fn what_is_left_out_need_not_agree() {
    let odd = named("b.nc", [4]).attribute("count", "units", "m");
    let mut settings = config("", "", "");
    settings.variables.exclude = vec!["count".into()];
    let made = make_all(
        &[&hourly(0..4), &odd],
        &settings,
        TemplateOptions::default(),
    )
    .unwrap();
    assert_eq!(made.labels().len(), 5);
    assert!(
        refusal(&[&hourly(0..4), &odd])
            .contains("\"units\" of variable \"count\" is absent in a.nc, but \"m\" in b.nc")
    );
}

#[test]
fn units_may_be_spelled_otherwise() {
    let spelled = named("b.nc", [4]).attribute("t", "units", "kelvin");
    let made = union(&[&hourly(0..4), &spelled], "", "", "");
    assert_eq!(made.text("t", "units"), "K");
}

#[test]
fn times_that_occur_twice_are_told() {
    let made = union(&[&hourly([0, 1, 1])], "", "", "");
    assert_eq!(made.labels(), [0, 1]);
    assert!(
        made.notes().contains("times occur twice in a.nc"),
        "{}",
        made.notes()
    );
}
