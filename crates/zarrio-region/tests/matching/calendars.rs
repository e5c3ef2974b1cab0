//! Calendars, and steps that depend on them.

use zarrio_model::time::{Calendar, Instant, TimeCoding};

use super::*;

#[test]
fn every_calendar_is_matched_with_itself_under_any_name() {
    for names in [
        ["standard", "gregorian"],
        ["proleptic_gregorian", "proleptic_gregorian"],
        ["julian", "julian"],
        ["noleap", "365_day"],
        ["all_leap", "366_day"],
        ["360_day", "360_day"],
    ] {
        let calendar: Calendar = names[0].parse().unwrap();
        let coding = TimeCoding::parse("days since 2000-01-01", Some(names[0])).unwrap();
        let other = TimeCoding::parse("hours since 1850-01-01", Some(names[1])).unwrap();
        let days: Vec<i64> = (0..3650).collect();
        let archive = timed("archive", Data::I64(days), "days since 2000-01-01")
            .attribute("time", "calendar", names[0]);
        // Three regions: at the start, across a February, to the end.
        for region in [0..40, 1500..1900, 3640..3650] {
            let labels = region.clone().map(|day| {
                let instant = coding.instant_i64(day).unwrap();
                other.encode_instant(instant).unwrap()
            });
            let file = timed(
                "file.nc",
                Data::I64(labels.collect()),
                "hours since 1850-01-01",
            )
            .attribute("time", "calendar", names[1]);
            let length = (region.end - region.start) as u64;
            assert_eq!(
                time_runs(&file, &archive),
                [run(region.start as u64, 0, length)],
                "{calendar}"
            );
        }
    }
}

#[test]
fn calendars_must_be_the_same() {
    let file = hourly(1..3).attribute("time", "calendar", "noleap");
    let text = refusal(&file, &archive());
    assert_eq!(
        text,
        "file.nc: variable \"time\" has the calendar noleap in the file and standard in the archive"
    );
}

#[test]
fn standard_and_proleptic_agree_after_the_reform() {
    let archive = archive().attribute("time", "calendar", "proleptic_gregorian");
    assert_eq!(time_runs(&hourly(1..3), &archive), [run(1, 0, 2)]);

    // An epoch long before counts differently, and still means the same dates.
    let coding = TimeCoding::parse("hours since 0001-01-01", Some("standard")).unwrap();
    let at = archive_instants(3);
    let labels = at.iter().map(|at| coding.encode_instant(*at).unwrap());
    let file = timed(
        "file.nc",
        Data::I64(labels.collect()),
        "hours since 0001-01-01",
    );
    assert_eq!(time_runs(&file, &archive), [run(0, 0, 3)]);

    let early = |calendar: &str, name| {
        timed(name, Data::I64(vec![0, 1]), "days since 1500-01-01")
            .attribute("time", "calendar", calendar)
    };
    let text = refusal(
        &early("standard", "file.nc"),
        &early("proleptic_gregorian", "archive"),
    );
    assert!(text.contains("dates before 1582-10-15"), "{text}");
}

fn archive_instants(count: i64) -> Vec<Instant> {
    let coding = TimeCoding::parse(HOURS, None).unwrap();
    (0..count).map(|h| coding.instant_i64(h).unwrap()).collect()
}

#[test]
fn months_are_compared_as_numbers_when_both_sides_count_them() {
    let units = "months since 2000-01-01";
    let archive = timed("archive", Data::I32((0..24).collect()), units);
    let file = timed("file.nc", Data::F64(vec![12.0, 13.0]), units);
    assert_eq!(time_runs(&file, &archive), [run(12, 0, 2)]);
    let other = timed("file.nc", Data::I32(vec![12]), "days since 2000-01-01");
    let text = refusal(&other, &archive);
    assert!(
        text.contains("units \"months since 2000-01-01\" in the archive"),
        "{text}"
    );
}

#[test]
fn monthly_and_irregular_archives_say_what_they_have() {
    let days = |months: &[i64]| {
        timed(
            "archive",
            Data::I64(months.to_vec()),
            "days since 2001-01-01",
        )
    };
    let file = days(&[400]);
    let text = refusal(&file, &days(&[0, 31, 59, 90, 120]));
    assert!(
        text.contains("2001-01-01T00:00:00 to 2001-05-01T00:00:00 in steps of MS"),
        "{text}"
    );
    let text = refusal(&file, &days(&[0, 1, 5]));
    assert!(
        text.contains("2001-01-01T00:00:00 to 2001-01-06T00:00:00 (the one"),
        "{text}"
    );
    let text = refusal(&file, &days(&[0]));
    assert!(
        text.contains("the archive has 2001-01-01T00:00:00 (the one"),
        "{text}"
    );
}
