//! Times: units, epochs, types.

use super::*;

const MINUTES: &str = "minutes since 2020-01-01";

fn minutes(labels: &[i64]) -> Given {
    timed("file.nc", Data::I64(labels.to_vec()), MINUTES)
}

#[test]
fn labels_on_the_grid_are_placed() {
    assert_eq!(time_runs(&hourly(1..3), &archive()), [run(1, 0, 2)]);
}

#[test]
fn half_an_hour_off_is_refused() {
    let text = refusal(&minutes(&[90, 150]), &archive());
    assert_eq!(
        text,
        "file.nc: 2 of 2 labels along \"time\" are not in the archive: 2020-01-01T01:30:00, \
         2020-01-01T02:30:00; the archive has 2020-01-01T00:00:00 to 2020-01-01T09:00:00 in \
         steps of 1h (the one nearest to 2020-01-01T01:30:00 is 2020-01-01T01:00:00)\n\
         hint: check that this is the right archive: it has none of the labels along this dimension"
    );
}

#[test]
fn wrong_spacing_is_refused_though_the_count_fits() {
    for labels in [
        &[50, 170][..],
        &[60, 100, 180],
        &[60, 70, 80, 240],
        &[60, 121, 180],
    ] {
        let text = refusal(&minutes(labels), &archive());
        assert!(text.contains("not in the archive"), "{text}");
    }
}

#[test]
fn one_label_off_by_a_minute_is_named() {
    let text = refusal(&minutes(&[60, 121, 180]), &archive());
    assert!(
        text.contains("1 of 3 labels along \"time\" is not in the archive: 2020-01-01T02:01:00;"),
        "{text}"
    );
    assert!(text.contains("is 2020-01-01T02:00:00)"), "{text}");
    assert!(text.ends_with(
        "\nhint: write the others with --on-unmatched skip; a label is never moved to the \
         nearest one"
    ));
}

#[test]
fn unsorted_labels_are_placed_by_label() {
    let found = time_runs(&hourly([1, 3, 2, 4]), &archive());
    let pairs = [(1, 0), (2, 2), (3, 1), (4, 3)];
    assert_eq!(found, zarrio_region::Placement::runs_of(pairs.to_vec()));
}

#[test]
fn gaps_and_reversed_axes_are_placed() {
    assert_eq!(
        time_runs(&hourly([1, 3]), &archive()),
        [run(1, 0, 1), run(3, 1, 1)]
    );
    let down = Run {
        reversed: true,
        ..run(2, 0, 4)
    };
    assert_eq!(time_runs(&hourly([5, 4, 3, 2]), &archive()), [down]);
}

#[test]
fn labels_beyond_the_end_are_refused_or_skipped() {
    let text = refusal(&hourly(8..12), &archive());
    assert!(text.contains("2 of 4 labels"), "{text}");
    assert!(
        text.contains("2020-01-01T10:00:00, 2020-01-01T11:00:00"),
        "{text}"
    );
    let found = matched(&hourly(8..12), &archive(), &skipping());
    assert_eq!(runs(&found, "t2m", 0), [run(8, 0, 2)]);
    assert_eq!((found.skipped[0].count, found.skipped[0].of), (2, 4));
    assert!(
        found.notes[0].starts_with("skipped: 2 of 4 labels"),
        "{:?}",
        found.notes
    );
    let (left, text) = refused(&hourly(20..22), &archive(), &skipping());
    assert!(matches!(left[..], [Disagreement::NothingLeft(_)]));
    assert!(text.contains("nothing is left to write"), "{text}");
}

#[test]
fn many_unmatched_labels_are_counted() {
    let text = refusal(&hourly(5..500), &archive());
    assert!(text.contains("490 of 495 labels"), "{text}");
    assert!(text.contains("2020-01-01T12:00:00 and 487 more"), "{text}");
}

#[test]
fn doubled_labels_are_refused_or_the_first_is_taken() {
    let file = hourly([1, 2, 2, 3]);
    let text = refusal(&file, &archive());
    assert_eq!(
        text,
        "file.nc: the file has doubled labels along \"time\": 2020-01-01T02:00:00 at positions \
         1 and 2\nhint: take the first of each with --on-duplicate first"
    );
    let found = matched(&file, &archive(), &first_of_doubled());
    assert_eq!(runs(&found, "t2m", 0), [run(1, 0, 2), run(3, 3, 1)]);
    assert!(
        found.notes[0].contains("1 doubled labels"),
        "{:?}",
        found.notes
    );
}

#[test]
fn an_archive_with_doubled_labels_is_refused() {
    let text = refusal(&hourly([1]), &hourly([0, 1, 1]));
    assert!(text.contains("the archive has doubled labels"), "{text}");
}

#[test]
fn every_type_unit_and_epoch_means_the_same_instants() {
    let hours = [3i64, 4, 5];
    let from = |start: i64, each: i64| hours.map(|h| start + h * each).to_vec();
    let real = |start: f64, each: f64| hours.map(|h| start + h as f64 * each).to_vec();
    let single = |start: f32, each: f32| hours.map(|h| start + h as f32 * each).to_vec();
    // 2020-01-01 is day 18262 of 1970 and day 43829 of 1900.
    let cases = [
        (Data::I64(from(18262 * 24, 1)), "hours since 1970-01-01"),
        (
            Data::I64(from(18262 * 86400, 3600)),
            "seconds since 1970-01-01",
        ),
        (
            Data::I32(from(-24, 1).iter().map(|v| *v as i32).collect()),
            "hours since 2020-01-02",
        ),
        (Data::I8(vec![3, 4, 5]), HOURS),
        (Data::U64(vec![3, 4, 5]), HOURS),
        (Data::I64(from(1, 1)), "hours since 2020-01-01 00:00 +01:00"),
        (
            Data::F64(real(43829.0, 1.0 / 24.0)),
            "days since 1900-01-01",
        ),
        (
            Data::F64(real(18262.0, 1.0 / 24.0)),
            "days since 1970-01-01",
        ),
        (Data::F64(real(0.0, 3600.0)), "seconds since 2020-01-01"),
        (Data::F32(single(0.0, 1.0 / 24.0)), "days since 2020-01-01"),
        (
            Data::F32(single(18262.0, 1.0 / 24.0)),
            "days since 1970-01-01",
        ),
        (Data::F32(single(0.0, 1.0)), HOURS),
        (Data::F32(single(0.0, 3600.0)), "seconds since 2020-01-01"),
    ];
    let archives = [
        archive(),
        timed(
            "archive",
            Data::F64((0..10).map(|h| 18262.0 + f64::from(h) / 24.0).collect()),
            "days since 1970-01-01",
        ),
    ];
    for (data, units) in cases {
        for archive in &archives {
            let file = timed("file.nc", data.clone(), units);
            assert_eq!(
                time_runs(&file, archive),
                [run(3, 0, 3)],
                "{data:?} {units}"
            );
        }
    }
}

#[test]
fn floats_are_matched_within_an_ulp_and_not_further() {
    let exact = 18262.0 + 3.0 / 24.0;
    for (label, fits) in [
        (exact, true),
        (f64::next_up(exact), true),
        (f64::next_down(exact), true),
        (exact + 1e-9, false),
    ] {
        let file = timed("file.nc", Data::F64(vec![label]), "days since 1970-01-01");
        let found = match_source(&file, &archive(), &MatchOptions::default());
        assert_eq!(found.is_ok(), fits, "{label}");
    }
}

#[test]
fn floats_that_are_too_coarse_are_refused() {
    // A binary32 of 18262.1 is known to 337 s, and the step is 600 s.
    let archive = timed(
        "archive",
        Data::I64((0..10).map(|i| i * 10).collect()),
        MINUTES,
    );
    let label = 18262.0 + 30.0f32 / 1440.0;
    let file = timed("file.nc", Data::F32(vec![label]), "days since 1970-01-01");
    let text = refusal(&file, &archive);
    assert!(text.contains("too coarse"), "{text}");
    assert!(text.contains("the archive's step is 10min"), "{text}");
    assert!(text.contains("hint: store the labels as float64"), "{text}");
}

#[test]
fn labels_that_are_no_times_are_no_labels() {
    let file = timed("file.nc", Data::F64(vec![1.0, f64::NAN]), HOURS);
    let text = refusal(&file, &archive());
    assert!(
        text.contains("1 of 2 labels along \"time\" is not in the archive: NaN;"),
        "{text}"
    );
}

#[test]
fn a_file_without_a_step_has_nothing_to_place() {
    let found = matched(&hourly([]), &archive(), &MatchOptions::default());
    assert_eq!(found.variables[0].placement.num_elements(), 0);
    assert_eq!(found.notes, ["the file has no label along \"time\""]);
}

/// As they are coded, packed or unsigned; with the name of the calendar that the archive has.
#[test]
fn dates_that_are_told_are_those_of_the_archive() {
    let days = |data| timed("archive", data, "days since 2000-01-01");
    let plain = days(Data::I64((0..250).collect()));
    let scale = zarrio_model::AttributeValue::Float64(vec![0.25]);
    let packed = days(Data::I16((0..1000).collect())).attribute("time", "scale_factor", scale);
    let unsigned = days(Data::I8((0..250_u8).map(u8::cast_signed).collect()));
    let unsigned = unsigned.attribute("time", "_Unsigned", "true");
    for archive in [plain, packed, unsigned] {
        let archive = archive.attribute("time", "calendar", "gregorian");
        let file = timed(
            "file.nc",
            Data::I64(vec![201, 200]),
            "days since 2000-01-01",
        );
        let matched = matched(&file, &archive, &MatchOptions::default());
        let variable = &matched.variables[0];
        let bounds = variable.placement.bounds().unwrap();
        let time = archive.schema().variable(&NodePath::parse("time"));
        let told = zarrio_region::time_range(&archive, time.unwrap(), bounds.ranges()[0].clone());
        let told = told.unwrap();
        assert_eq!(variable.dates, std::slice::from_ref(&told));
        let told = told.unwrap();
        assert_eq!(
            (&told.first[..10], &told.last[..10], &*told.calendar),
            ("2000-07-19", "2000-07-20", "gregorian")
        );
    }
}
