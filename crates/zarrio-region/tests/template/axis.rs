//! Which labels the archive gets, and how they are kept.

use zarrio_region::{
    AppendRules, Converter, ExtendRules, MatchOptions, OnOverlap, TemplateOptions, ZarrSource,
};

use crate::given::{Data, Given};
use crate::{config, file, hourly, make, refused};

fn refusal(file: &Given, start: &str, end: &str, freq: &str) -> String {
    refused(
        &[file],
        &config(start, end, freq),
        TemplateOptions::default(),
    )
}

#[test]
fn four_years_of_hours_end_with_the_last_hour_of_the_last_day() {
    let made = make(&hourly(0..24), &config("2020-01-01", "2023-12-31", ""));
    assert_eq!(made.labels(), (0..35_064).collect::<Vec<i64>>());
    assert_eq!(made.text("time", "units"), "hours since 2020-01-01");
    assert_eq!(made.plan.time.last.unwrap(), "2023-12-31T23:00:00");
    assert_eq!(made.plan.time.freq.unwrap().to_string(), "1h");
}

#[test]
fn one_end_alone_goes_with_the_other_one_of_the_file() {
    let labels = |start, end| make(&hourly(5..8), &config(start, end, "")).labels();
    assert_eq!(labels("2020-01-01T03:00", ""), [3, 4, 5, 6, 7]);
    assert_eq!(labels("", "2020-01-01T09:30"), [5, 6, 7, 8, 9]);
    assert_eq!(labels("", ""), [5, 6, 7]);
}

#[test]
fn a_given_step_may_fill_or_thin_what_the_file_has() {
    let labels = |freq| make(&hourly([0, 3, 12]), &config("", "", freq)).labels();
    assert_eq!(labels("3h"), [0, 3, 6, 9, 12]);
    assert_eq!(labels("PT6H"), [0, 6, 12]);
}

/// Templates of months that follow the 30th, from a February on: they become longer, and have
/// gaps, as others do.
#[test]
fn an_axis_that_begins_with_a_short_month_goes_on() {
    let of = |days: &[i64]| {
        let (length, values) = (days.len() as u64, vec![1.0; days.len()]);
        Given::new("a.nc")
            .axis("time", Data::I64(days.to_vec()), "days since 2020-01-30")
            .with("t", &[("time", length)], Data::F32(values), &[])
    };
    let made = || make(&of(&[0, 30, 60]), &config("2020-02-01", "2020-05", ""));
    let expected = [30, 60, 91, 121, 152, 182, 213];
    assert_eq!(made().labels(), expected[..4]);
    for step in [None, Some("P1M".parse().unwrap())] {
        let mut made = made();
        let rules = ExtendRules {
            dimension: "time".into(),
            end: "2020-08".parse().unwrap(),
            step,
        };
        let (grown, archive) = Converter::new(config("", "", ""))
            .extend(&made.archive, &rules)
            .unwrap();
        assert_eq!((grown.from, grown.to), (4, 7));
        made.archive = archive;
        assert_eq!(made.labels(), expected, "{step:?}");
    }

    let mut made = made();
    let mut rules = AppendRules {
        dimension: "time".into(),
        overlap: OnOverlap::Error,
        allow_gaps: false,
    };
    let july = of(&[182]);
    let append = |archive: &ZarrSource, rules: &AppendRules| {
        Converter::new(config("", "", "")).append(&july, archive, &MatchOptions::default(), rules)
    };
    let refused = append(&made.archive, &rules).unwrap_err();
    assert!(refused.to_string().contains("2020-06-30"), "{refused}");
    rules.allow_gaps = true;
    made.archive = append(&made.archive, &rules).unwrap().1;
    assert_eq!(made.labels(), expected[..6]);
}

/// A step that is given goes on from the files' own labels, whatever month they begin with.
#[test]
fn a_given_step_keeps_the_day_of_the_files() {
    let days = Data::I64(vec![0, 30, 61]);
    let given = file("a.nc", days, "days since 2020-02-29", "standard");
    let labels = |start, freq| make(&given, &config(start, "2020-06", freq)).labels();
    for freq in ["", "P1M"] {
        assert_eq!(labels("", freq), [0, 30, 61, 91, 122], "{freq}");
    }
    assert_eq!(labels("2020-02-29", "P1M"), [0, 29, 60, 90, 121]);
}

#[test]
fn units_become_finer_only_where_they_must() {
    let days = || {
        file(
            "a.nc",
            Data::F64(vec![0.0, 1.0]),
            "days since 2020-01-01",
            "noleap",
        )
    };
    let kept = make(&days(), &config("", "2020-01-05", "2D"));
    assert_eq!(
        (kept.labels(), kept.text("time", "units").as_str()),
        (vec![0, 2, 4], "days since 2020-01-01")
    );
    assert!(!kept.notes().contains("whole numbers"), "{}", kept.notes());
    let finer = make(&days(), &config("", "2020-01-01", "6h"));
    assert_eq!(finer.labels(), [0, 6, 12, 18]);
    assert_eq!(
        finer.text("time", "units"),
        "hours since 2020-01-01 00:00:00"
    );
    assert_eq!(finer.text("time", "calendar"), "noleap");
    assert!(
        finer.notes().contains("no whole numbers of \"days since"),
        "{}",
        finer.notes()
    );
}

#[test]
fn attributes_of_old_labels_do_not_stay() {
    let given = hourly(0..3)
        .attribute(
            "time",
            "actual_range",
            zarrio_model::AttributeValue::Int64(vec![0, 2]),
        )
        .attribute(
            "time",
            "_FillValue",
            zarrio_model::AttributeValue::Int64(vec![-1]),
        )
        .attribute("time", "standard_name", "time");
    let made = make(&given, &config("", "2020-01-02", ""));
    assert!(made.attribute("time", "actual_range").is_none());
    assert!(made.attribute("time", "_FillValue").is_none());
    assert_eq!(made.text("time", "standard_name"), "time");
}

#[test]
fn a_step_that_cannot_be_inferred_is_asked_for() {
    let text = refusal(&hourly([0]), "", "2020-02-01", "");
    assert_eq!(
        text,
        "the time step cannot be inferred: the template has one label only; hint: give it with --freq, such as --freq 1h"
    );
    let text = refusal(&hourly([0, 6, 12, 15]), "", "2020-02-01", "");
    assert!(
        text.ends_with("6h from 2020-01-01T00:00:00, but 3h from 2020-01-01T12:00:00; hint: give it with --freq, such as --freq 6h"),
        "{text}"
    );
}

#[test]
fn irregular_labels_and_single_ones_are_kept_where_nothing_is_asked_for() {
    let made = make(&hourly([7, 0, 1]), &config("", "", ""));
    assert_eq!(made.labels(), [0, 1, 7]);
    let made = make(&hourly([3]), &config("", "", ""));
    assert!(
        made.notes().contains("one label of the template"),
        "{}",
        made.notes()
    );
}

#[test]
fn dates_that_a_calendar_does_not_have_are_refused() {
    let given = file(
        "a.nc",
        Data::I32(vec![0, 1]),
        "days since 2000-01-01",
        "360_day",
    );
    let text = refusal(&given, "", "2001-12-31", "");
    assert!(
        text.contains("--global-end: 2001-12-31 does not exist in the calendar 360_day")
            && text.contains("write --global-end 2001-12-30, or 2001-12 alone"),
        "{text}"
    );
    let made = make(&given, &config("", "2001-12", ""));
    assert_eq!(made.labels().len(), 720);
}

#[test]
fn labels_that_are_no_times_are_refused() {
    for (data, units, calendar, reason) in [
        (
            Data::F64(vec![0.0, f64::NAN]),
            "days since 2000-01-01",
            "standard",
            "label 1 of \"time\" is missing",
        ),
        (
            Data::I32(vec![0, 1]),
            "months since 2000-01-01",
            "standard",
            "no fixed length",
        ),
        (
            Data::I32(vec![0, 1]),
            "days since 2000-13-01",
            "standard",
            "no valid reference",
        ),
        (
            Data::I32(vec![0, 1]),
            "days since 2000-01-01",
            "none",
            "no dates",
        ),
    ] {
        let given = file("a.nc", data, units, calendar);
        let text = refusal(&given, "", "2030-01-01", "1D");
        assert!(text.contains(reason), "{text}");
    }
}

#[test]
fn the_time_dimension_is_found_by_what_it_says() {
    let with = |name: &str, units: &str| {
        Given::new("a.nc")
            .axis("x", Data::I32(vec![1, 2]), "m")
            .axis(name, Data::I32(vec![0, 1, 2]), units)
            .field("t", &[(name, 3), ("x", 2)])
    };
    let made = make(
        &with("ocean_time", "days since 2000-01-01"),
        &config("", "2000-01-10", ""),
    );
    assert_eq!(made.plan.time.dimension, "ocean_time");
    assert_eq!(made.archive_shape("t"), [10, 2]);

    let two = with("valid_time", "days since 2000-01-01").axis(
        "cycle",
        Data::I32(vec![0]),
        "days since 2000-01-01",
    );
    let text = refusal(&two, "", "2000-01-10", "");
    assert!(
        text.contains("valid_time, cycle; hint: name it with --time-dim"),
        "{text}"
    );
    let marked = two.attribute("valid_time", "axis", "T");
    assert_eq!(
        make(&marked, &config("", "2000-01-10", ""))
            .plan
            .time
            .dimension,
        "valid_time"
    );
    let mut named = config("", "", "");
    named.time.dim = "cycle".into();
    named.variables.include = Some(vec!["cycle".into()]);
    assert_eq!(make(&marked, &named).plan.time.dimension, "cycle");
    named.time.dim = "tme".into();
    named.variables.include = None;
    let text = refused(&[&marked], &named, TemplateOptions::default());
    assert!(
        text.contains("there is no dimension \"tme\"; the dimensions are x, valid_time, cycle"),
        "{text}"
    );
    let text = refusal(&with("ocean_time", "m"), "", "2000-01-10", "");
    assert!(text.contains("there is no dimension \"time\""), "{text}");
}
