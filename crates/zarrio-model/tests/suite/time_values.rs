//! Known values, and what is refused.

use zarrio_model::time::{
    Calendar, DateTime, Frequency, Instant, TimeBound, TimeCoding, TimeError, TimeUnit, TimeUnits,
};

#[track_caller]
fn decode(label: i64, units: &str, calendar: &str) -> String {
    let coding = TimeCoding::parse(units, Some(calendar)).unwrap();
    coding.decode_i64(label).unwrap().to_string()
}

#[track_caller]
fn error(units: &str, calendar: &str) -> String {
    TimeCoding::parse(units, Some(calendar))
        .unwrap_err()
        .to_string()
}

#[test]
fn calendars_have_the_names_of_cf() {
    let check = |name: &str, calendar| assert_eq!(name.parse(), Ok(calendar), "{name}");
    check("standard", Calendar::Standard);
    check("Gregorian", Calendar::Standard);
    check("", Calendar::Standard);
    check("PROLEPTIC_GREGORIAN", Calendar::ProlepticGregorian);
    check("julian", Calendar::Julian);
    check("noleap", Calendar::NoLeap);
    check("365_day", Calendar::NoLeap);
    check("all_leap", Calendar::AllLeap);
    check("366_day", Calendar::AllLeap);
    check(" 360_day ", Calendar::Day360);
    assert_eq!(Calendar::of_attribute(None), Ok(Calendar::Standard));
    assert_eq!("none".parse::<Calendar>(), Err(TimeError::NoCalendar));
    assert!(
        error("days since 2000-01-01", "lunar").starts_with("\"lunar\" is no calendar; CF has")
    );
}

#[test]
fn units_have_many_spellings() {
    let check = |text: &str, shown: &str| {
        let units = TimeUnits::parse(text).unwrap();
        assert_eq!(units.to_string(), shown, "{text}");
    };
    check(
        "days since 1970-01-01 00:00:00 +01:00",
        "days since 1970-01-01 00:00:00 +01:00",
    );
    check("HRS  Since\t1970-1-1T6Z", "hours since 1970-01-01 06:00:00");
    check(
        "msec since 2000-01-01 00:00:00.5",
        "milliseconds since 2000-01-01 00:00:00.5",
    );
    check(
        "s since 1992-10-8 15:15:42.5 -6:00",
        "seconds since 1992-10-08 15:15:42.5 -06:00",
    );
    check("mins since 1900-1", "minutes since 1900-01-01 00:00:00");
    check("ns since 1970", "nanoseconds since 1970-01-01 00:00:00");
    check(
        "µs since 19700101T0630 utc",
        "microseconds since 1970-01-01 06:30:00",
    );
    check(
        "weeks since -0044-03-15 12:00 -0330",
        "weeks since -0044-03-15 12:00:00 -03:30",
    );
    check(
        "hour since 2000-01-01 06:00:00+1",
        "hours since 2000-01-01 06:00:00 +01:00",
    );
    check("months since 0-1-1", "months since 0000-01-01 00:00:00");
}

#[test]
fn what_are_no_units_is_refused() {
    for text in [
        "",
        "days",
        "since",
        "days since",
        "days since ",
        "since 2000-01-01",
        "dayssince 2000-01-01",
        "fortnights since 2000-01-01",
        "K",
        "days since yesterday",
        "days since 2000-13-01",
        "days since 2000-01-00",
        "days since 2000-01-01 24:00",
        "days since 2000-01-01 06:00 PST",
        "days since 2000-01-01 06:00:00.0000000001",
        "days since 2000-01 06:00",
        "days since 1234567890123-01-01",
        "days since 2000-01-01T",
        "days since 2000-01-01 x",
        "days since 2000-01-01 +99:00",
    ] {
        assert!(TimeUnits::parse(text).is_err(), "{text}");
    }
    assert!(TimeUnits::is_time("days since whenever"));
    assert!(!TimeUnits::is_time("days"));
}

#[test]
fn dates_that_a_calendar_does_not_have() {
    assert_eq!(
        error("days since 1582-10-10", "standard"),
        "1582-10-10T00:00:00 does not exist in the calendar standard: 1582-10-04 was followed by \
         1582-10-15"
    );
    assert_eq!(
        error("days since 0000-01-01", "julian"),
        "0000-01-01T00:00:00 does not exist in the calendar julian: it has no year 0"
    );
    assert!(error("days since 2000-02-29", "noleap").ends_with("the month has no such day"));
    assert!(error("days since 2001-02-29", "standard").ends_with("the month has no such day"));
    assert!(error("days since 2000-01-31", "360_day").ends_with("the month has no such day"));
    assert_eq!(
        decode(1, "days since 2000-02-30", "360_day"),
        "2000-03-01T00:00:00"
    );
    assert_eq!(
        decode(0, "days since 2001-02-29", "all_leap"),
        "2001-02-29T00:00:00"
    );
    assert_eq!(
        decode(1, "days since 1582-10-04", "standard"),
        "1582-10-15T00:00:00"
    );
    assert_eq!(
        decode(1, "days since -1-12-31", "standard"),
        "0001-01-01T00:00:00"
    );
    assert_eq!(
        decode(1, "days since -1-12-31", "noleap"),
        "0000-01-01T00:00:00"
    );
    // 1500 was a leap year of the Julian calendar and not of the Gregorian rules.
    assert_eq!(
        decode(1, "days since 1500-02-28", "standard"),
        "1500-02-29T00:00:00"
    );
    assert_eq!(
        decode(1, "days since 1500-02-28", "proleptic_gregorian"),
        "1500-03-01T00:00:00"
    );
}

#[test]
fn units_without_a_fixed_length_are_refused() {
    assert_eq!(
        error("months since 2000-01-01", "standard"),
        "a month has no fixed length in the calendar standard"
    );
    assert!(TimeCoding::parse("years since 2000-01-01", Some("noleap")).is_err());
    assert!(TimeCoding::parse("common_years since 2000-01-01", None).is_err());
    assert_eq!(
        decode(14, "months since 2000-01-01", "360_day"),
        "2001-03-01T00:00:00"
    );
    assert_eq!(
        decode(3, "common_years since 2000-01-01", "noleap"),
        "2003-01-01T00:00:00"
    );
}

#[test]
fn zones_are_applied() {
    assert_eq!(
        decode(0, "hours since 2000-01-01 00:30 +01:00", "standard"),
        "1999-12-31T23:30:00"
    );
    assert_eq!(
        decode(0, "hours since 1992-10-8 15:15:42.5 -6:00", "standard"),
        "1992-10-08T21:15:42.5"
    );
    assert_eq!(
        decode(1, "days since 1582-10-04 23:00 -02:00", "standard"),
        "1582-10-16T01:00:00"
    );
}

#[test]
fn labels_beyond_all_dates_are_errors() {
    let coding = TimeCoding::parse("weeks since 2000-01-01", None).unwrap();
    assert!(coding.decode_i64(i64::MAX).is_ok() && coding.decode_i64(i64::MIN).is_ok());
    for label in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(matches!(
            coding.decode_float(label),
            Err(TimeError::NotFinite(_))
        ));
    }
    for label in [f64::MAX, f64::MIN, 1e40, -1e300] {
        assert_eq!(
            coding.decode_float(label),
            Err(TimeError::OutOfRange),
            "{label}"
        );
    }
    assert!(matches!(
        coding.decode_float(f32::NAN),
        Err(TimeError::NotFinite(_))
    ));
    let far = Calendar::Standard.datetime(Instant::from_nanoseconds(i128::MAX));
    assert_eq!(far, Err(TimeError::OutOfRange));
    let seconds = TimeCoding::parse("seconds since 2000-01-01", None).unwrap();
    let far = DateTime::from_date(i64::MAX, 1, 1);
    assert_eq!(seconds.encode(&far), Err(TimeError::OutOfRange));
}

#[test]
fn what_is_no_whole_number_of_units_is_not_encoded() {
    let coding = TimeCoding::parse("days since 2000-01-01", None).unwrap();
    let date = DateTime {
        hour: 6,
        ..DateTime::from_date(2000, 1, 2)
    };
    assert_eq!(
        coding.encode(&date).unwrap_err().to_string(),
        "2000-01-02T06:00:00 is no whole number of days since 2000-01-01 00:00:00"
    );
    assert_eq!(coding.encode(&DateTime::from_date(1999, 12, 31)), Ok(-1));
}

#[test]
fn floats_are_the_plainest_time_that_they_can_mean() {
    let days = TimeCoding::parse("days since 1970-01-01", None).unwrap();
    let shown = |label: f64| days.decode_float(label).unwrap().to_string();
    assert_eq!(shown(0.5), "1970-01-01T12:00:00");
    assert_eq!(shown(19_000.0 + 7.0 / 24.0), "2022-01-08T07:00:00");
    assert_eq!(shown(19_000.0 + 1.0 / 86_400.0), "2022-01-08T00:00:01");
    assert_eq!(shown(-0.0), "1970-01-01T00:00:00");
    // One that needs its digits keeps them.
    let seconds = TimeCoding::parse("seconds since 1970-01-01", None).unwrap();
    assert_eq!(
        seconds.decode_float(0.125).unwrap().to_string(),
        "1970-01-01T00:00:00.125"
    );
    assert_eq!(
        seconds.decode_float(1e-9).unwrap().to_string(),
        "1970-01-01T00:00:00.000000001"
    );
    let old = TimeCoding::parse("days since 0001-01-01", None).unwrap();
    let label = 737_426.0 + 5.0 / 24.0;
    assert_eq!(
        old.decode_float(label).unwrap().to_string(),
        "2020-01-01T05:00:00"
    );
}

#[test]
fn float32_days_cannot_tell_minutes() {
    let days = TimeCoding::parse("days since 1970-01-01", None).unwrap();
    let interval = days.label_interval(19_000.25f32).unwrap();
    assert!(interval.contains(days.instant_float(19_000.25f64).unwrap()));
    // Two steps of 2^-9 days: a region of hourly labels is told apart, one of minutes not.
    assert_eq!(interval.width(), 2 * 86_400_000_000_000 / 512);
    let fine = days.label_interval(19_000.25f64).unwrap();
    assert!(fine.width() < 1_000);
    // Both ends have digits that nobody wrote.
    let six = days.instant_float(19_000.25f64).unwrap();
    assert_eq!((fine.plainest(), interval.plainest()), (six, six));
}

#[test]
fn the_coarsest_unit_of_labels() {
    let hour = 3_600_000_000_000;
    assert_eq!(
        TimeUnit::coarsest([0, 24 * hour, -48 * hour]),
        TimeUnit::Day
    );
    assert_eq!(TimeUnit::coarsest([0, 24 * hour, hour]), TimeUnit::Hour);
    assert_eq!(TimeUnit::coarsest([hour, hour / 2]), TimeUnit::Minute);
    assert_eq!(TimeUnit::coarsest([hour, 1]), TimeUnit::Nanosecond);
    assert_eq!(TimeUnit::coarsest([]), TimeUnit::Day);
}

#[track_caller]
fn axis(start: &str, end: &str, step: &str, calendar: Calendar) -> Vec<String> {
    let start = start.parse::<TimeBound>().unwrap().first(calendar).unwrap();
    let end = end.parse::<TimeBound>().unwrap().last(calendar).unwrap();
    let axis = Frequency::parse(step)
        .unwrap()
        .axis(calendar, start, end, 100_000)
        .unwrap();
    axis.into_iter()
        .map(|label| calendar.datetime(label).unwrap().to_string())
        .collect()
}

#[test]
fn an_end_without_a_time_includes_its_day() {
    let hourly = axis("2023-01-01", "2023-12-31", "1h", Calendar::Standard);
    assert_eq!(hourly.len(), 8760);
    assert_eq!(hourly.last().unwrap(), "2023-12-31T23:00:00");
    assert_eq!(
        axis("2000-01-01", "2000-01-20", "1D", Calendar::Standard).len(),
        20
    );
    assert_eq!(axis("2000", "2000", "1D", Calendar::Standard).len(), 366);
    assert_eq!(axis("2000-02", "2000-02", "1D", Calendar::Day360).len(), 30);
    let until_noon = axis("2000-01-01", "2000-01-01T12:00", "6h", Calendar::Standard);
    assert_eq!(until_noon.len(), 3);
}

#[test]
fn months_and_years_go_by_the_calendar() {
    let starts = axis("2000-01-15", "2000-04", "MS", Calendar::Standard);
    assert_eq!(
        starts,
        [
            "2000-02-01T00:00:00",
            "2000-03-01T00:00:00",
            "2000-04-01T00:00:00"
        ]
    );
    let ends = axis("2000-01-31", "2000-04", "ME", Calendar::Standard);
    assert_eq!(ends[1..3], ["2000-02-29T00:00:00", "2000-03-31T00:00:00"]);
    let same = axis("2001-01-31", "2001-04-30", "P1M", Calendar::Standard);
    let expected = [
        "2001-01-31T00:00:00",
        "2001-02-28T00:00:00",
        "2001-03-31T00:00:00",
        "2001-04-30T00:00:00",
    ];
    assert_eq!(same, expected);
    let years = axis("1999-06-01", "2002", "YS", Calendar::NoLeap);
    assert_eq!(
        years,
        [
            "2000-01-01T00:00:00",
            "2001-01-01T00:00:00",
            "2002-01-01T00:00:00"
        ]
    );
    let across = axis("-2-06", "2", "YE", Calendar::Standard);
    let expected = [
        "-0002-12-31T00:00:00",
        "-0001-12-31T00:00:00",
        "0001-12-31T00:00:00",
        "0002-12-31T00:00:00",
    ];
    assert_eq!(across, expected);
}

#[test]
fn an_axis_has_a_limit() {
    let calendar = Calendar::Standard;
    let bound = |text: &str| text.parse::<TimeBound>().unwrap();
    let (start, end) = (
        bound("2000").first(calendar).unwrap(),
        bound("9999").last(calendar).unwrap(),
    );
    let error = Frequency::parse("1ns")
        .unwrap()
        .axis(calendar, start, end, 10)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the axis from 2000-01-01T00:00:00 to 9999-12-31T23:59:59.999999999 would have more than \
         10 labels"
    );
    let far = Frequency::parse("4294967295YS").unwrap();
    assert_eq!(
        far.label(calendar, start, u64::MAX),
        Err(TimeError::OutOfRange)
    );
    assert_eq!(far.axis(calendar, start, end, 10).unwrap().len(), 1);
}
