//! Every row of a table that cftime made.

use zarrio_model::time::TimeCoding;

#[test]
fn every_date_is_that_of_cftime() {
    let table = include_str!("../cftime.csv");
    let mut rows = 0;
    for line in table.lines().skip(1) {
        let fields: Vec<_> = line.split(',').collect();
        let [label, units, calendar, expected] = fields[..] else {
            panic!("{line}")
        };
        let label: i64 = label.parse().unwrap();
        let coding = TimeCoding::parse(units, Some(calendar)).unwrap();
        let date = coding.decode_i64(label).unwrap();
        // The table writes all six digits of the microsecond.
        let (seconds, digits) = expected.split_once('.').unwrap();
        let digits = digits.trim_end_matches('0');
        let expected = if digits.is_empty() {
            seconds.into()
        } else {
            format!("{seconds}.{digits}")
        };
        assert_eq!(date.to_string(), expected, "{line}");
        assert_eq!(coding.encode(&date), Ok(label), "{line}");
        rows += 1;
    }
    assert!(rows > 4000, "only {rows} rows");
}
