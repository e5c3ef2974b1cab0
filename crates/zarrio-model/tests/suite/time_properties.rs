//! What holds for every calendar and every label.

use proptest::prelude::*;
use zarrio_model::time::{
    Calendar, DateTime, Frequency, Instant, TimeBound, TimeCoding, TimeUnit, TimeUnits,
};

const DAY: i128 = 86_400_000_000_000;

fn calendar() -> impl Strategy<Value = Calendar> {
    proptest::sample::select(&Calendar::ALL[..])
}

fn unit() -> impl Strategy<Value = TimeUnit> {
    proptest::sample::select(
        &[
            TimeUnit::Nanosecond,
            TimeUnit::Microsecond,
            TimeUnit::Millisecond,
            TimeUnit::Second,
            TimeUnit::Minute,
            TimeUnit::Hour,
            TimeUnit::Day,
            TimeUnit::Week,
        ][..],
    )
}

/// Days of a few thousand years, and some of any that can be counted.
fn day() -> impl Strategy<Value = i128> {
    prop_oneof![
        -3_000_000..3_000_000i128,
        -150_000..-140_000i128,
        -1_000_000_000_000_000_000..1_000_000_000_000_000_000i128,
    ]
}

proptest! {
    #[test]
    fn dates_and_instants_are_one_to_one(calendar in calendar(), day in day(), ns in 0..DAY) {
        let instant = Instant::from_nanoseconds(day * DAY + ns);
        let date = calendar.datetime(instant).unwrap();
        prop_assert_eq!(calendar.instant(&date), Ok(instant), "{}", date);
    }

    #[test]
    fn the_next_day_is_the_next_date(calendar in calendar(), day in day()) {
        let date = |day: i128| calendar.datetime(Instant::from_nanoseconds(day * DAY)).unwrap();
        let (today, tomorrow) = (date(day), date(day + 1));
        prop_assert!(today < tomorrow, "{} {}", today, tomorrow);
        let last = calendar.days_in_month(today.year, today.month).unwrap();
        let gap = calendar == Calendar::Standard
            && (today.year, today.month, today.day) == (1582, 10, 4);
        if gap {
            prop_assert_eq!(tomorrow, DateTime::from_date(1582, 10, 15));
        } else if today.day < last {
            prop_assert_eq!(tomorrow, DateTime { day: today.day + 1, ..today });
        } else if today.month < 12 {
            prop_assert_eq!(tomorrow, DateTime::from_date(today.year, today.month + 1, 1));
        } else {
            let jump = today.year == -1 && !calendar.has_year_zero();
            let year = today.year + if jump { 2 } else { 1 };
            prop_assert_eq!(tomorrow, DateTime::from_date(year, 1, 1));
        }
    }

    #[test]
    fn labels_are_read_back(
        calendar in calendar(),
        unit in unit(),
        label in any::<i64>(),
        (year, month, day) in (1..9999i64, 1..13u8, 1..29u8),
    ) {
        let reference = DateTime::from_date(year, month, day);
        prop_assume!(calendar.instant(&reference).is_ok());
        let units = TimeUnits::new(unit, reference);
        prop_assert_eq!(TimeUnits::parse(&units.to_string()), Ok(units));
        let coding = TimeCoding::new(units, calendar).unwrap();
        let date = coding.decode_i64(label).unwrap();
        prop_assert_eq!(coding.encode(&date), Ok(label));
    }

    #[test]
    fn whole_labels_as_floats_are_the_same_instants(
        calendar in calendar(),
        unit in unit(),
        label in -(1i64 << 53)..(1i64 << 53),
    ) {
        let units = TimeUnits::new(unit, DateTime::from_date(1970, 1, 1));
        let coding = TimeCoding::new(units, calendar).unwrap();
        let exact = coding.instant_i64(label).unwrap();
        let interval = coding.label_interval(label as f64).unwrap();
        prop_assert!(interval.contains(exact));
        // Sound for every label: what is shown is what the label cannot be told from.
        prop_assert!(interval.contains(coding.instant_float(label as f64).unwrap()));
    }

    #[test]
    fn labels_that_were_computed_lie_in_their_interval(
        seconds in -60_000_000_000i64..60_000_000_000,
        factor in proptest::sample::select(&[60u32, 3600, 86_400][..]),
    ) {
        let unit = match factor {
            60 => TimeUnit::Minute,
            3600 => TimeUnit::Hour,
            _ => TimeUnit::Day,
        };
        let units = TimeUnits::new(unit, DateTime::from_date(1, 1, 1));
        let coding = TimeCoding::new(units, Calendar::ProlepticGregorian).unwrap();
        let true_instant =
            coding.reference().checked_add(i128::from(seconds) * 1_000_000_000).unwrap();
        let label = seconds as f64 / f64::from(factor);
        prop_assert!(coding.label_interval(label).unwrap().contains(true_instant));
        prop_assert_eq!(coding.instant_float(label), Ok(true_instant));
        let label = label as f32;
        prop_assert!(coding.label_interval(label).unwrap().contains(true_instant));
    }

    #[test]
    fn months_there_and_back(
        calendar in calendar(),
        (year, month, day) in (-5000..5000i64, 1..13u8, 1..29u8),
        months in -100_000..100_000i64,
    ) {
        let date = DateTime::from_date(year, month, day);
        prop_assume!(calendar.instant(&date).is_ok());
        // The days that the mixed calendar leaves out are an error of their own.
        if let Ok(later) = date.add_months(months, calendar) {
            prop_assert_eq!(later.day, day);
            prop_assert_eq!(later.add_months(-months, calendar), Ok(date));
        }
    }

    #[test]
    fn no_text_and_no_number_panics(
        text in "\\PC{0,40}",
        date in "[-+0-9TZ:. ]{0,30}",
        calendar in calendar(),
        label in any::<f64>(),
        small in any::<f32>(),
        whole in any::<i64>(),
        step in any::<u64>(),
    ) {
        let _ = text.parse::<Calendar>();
        let _ = text.parse::<TimeUnits>();
        let _ = text.parse::<Frequency>();
        for date in [&text, &date] {
            if let Ok(bound) = date.parse::<TimeBound>() {
                let _ = (bound.first(calendar), bound.last(calendar), bound.is_before(&bound));
            }
            let Ok(units) = TimeUnits::parse(&format!("days since {date}")) else { continue };
            let _ = units.to_string();
            let Ok(coding) = TimeCoding::new(units, calendar) else { continue };
            let _ = (coding.decode_i64(whole), coding.decode_float(label));
            let _ = coding.decode_float(small);
            if let Some(frequency) = Frequency::from_nanoseconds(step) {
                let _ = frequency.label(calendar, coding.reference(), step);
            }
        }
    }

    #[test]
    fn any_instant_gives_a_date_or_an_error(calendar in calendar(), ns in any::<i128>()) {
        let instant = Instant::from_nanoseconds(ns);
        if let Ok(date) = calendar.datetime(instant) {
            prop_assert_eq!(calendar.instant(&date), Ok(instant));
        }
    }

    #[test]
    fn any_date_gives_an_instant_or_an_error(
        calendar in calendar(),
        year in any::<i64>(),
        parts in any::<[u8; 5]>(),
        nanosecond in any::<u32>(),
        months in any::<i64>(),
    ) {
        let [month, day, hour, minute, second] = parts;
        let date = DateTime { year, month, day, hour, minute, second, nanosecond };
        let _ = (calendar.instant(&date), date.add_months(months, calendar), date.to_string());
        let plain = DateTime::from_date(year, month % 12 + 1, day % 28 + 1);
        if let Ok(instant) = calendar.instant(&plain) {
            prop_assert_eq!(calendar.datetime(instant), Ok(plain));
            let _ = plain.add_months(months, calendar);
        }
    }

    #[test]
    fn axes_are_regular_and_within_their_ends(
        calendar in calendar(),
        step in proptest::sample::select(&["1h", "7D", "MS", "ME", "5MS", "YS", "YE", "P1M"][..]),
        (year, month, day, hour) in (1600..2400i64, 1..13u8, 1..31u8, 0..24u8),
        hours in 0..20_000i128,
    ) {
        let start = DateTime { hour, ..DateTime::from_date(year, month, day) };
        prop_assume!(calendar.instant(&start).is_ok());
        let start = calendar.instant(&start).unwrap();
        let end = start.checked_add(hours * 3_600_000_000_000).unwrap();
        let frequency = Frequency::parse(step).unwrap();
        let axis = frequency.axis(calendar, start, end, 30_000).unwrap();
        prop_assert!(axis.is_sorted_by(|a, b| a < b));
        prop_assert!(axis.iter().all(|label| start <= *label && *label <= end));
        for label in axis {
            let date = calendar.datetime(label).unwrap();
            match step {
                "MS" | "5MS" => prop_assert_eq!((date.day, date.hour), (1, hour)),
                "YS" => prop_assert_eq!((date.month, date.day), (1, 1)),
                "ME" | "YE" => prop_assert_eq!(
                    Some(date.day),
                    calendar.days_in_month(date.year, date.month)
                ),
                _ => {}
            }
        }
    }
}
