//! What a template writes, and what it leaves to regions.

use std::sync::Arc;

use zarrio_model::config::ZarrFormat;
use zarrio_model::{AttributeValue, DataType, NodePath, Source};
use zarrio_region::{RegionError, TemplateOptions};
use zarrio_store::{MemoryStore, Prefix, Store};

use crate::given::{Data, Given};
use crate::{Made, config, hourly, make, make_all, make_in, refused};

impl Made {
    pub(crate) fn archive_shape(&self, variable: &str) -> Vec<u64> {
        let path = NodePath::parse(variable);
        self.archive.schema().variable(&path).unwrap().shape.clone()
    }

    fn objects(&self) -> Vec<(String, Vec<u8>)> {
        let objects = self.store.list(&Prefix::root()).unwrap();
        let object = |key: &zarrio_store::Key| {
            (
                key.as_str().to_owned(),
                self.store.get(key).unwrap().unwrap(),
            )
        };
        objects.iter().map(|o| object(&o.key)).collect()
    }

    /// The chunks of a variable.
    fn chunks(&self, variable: &str) -> usize {
        let document = |name: &str| name.contains("zarr.json") || name.contains("/.z");
        let objects = self.objects();
        let of = |key: &&(String, Vec<u8>)| {
            key.0.starts_with(&format!("{variable}/")) && !document(&key.0)
        };
        objects.iter().filter(of).count()
    }
}

fn fill(pairs: &[(&str, &str)]) -> TemplateOptions {
    let pairs = pairs
        .iter()
        .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
    TemplateOptions {
        fill: pairs.collect(),
        ..TemplateOptions::default()
    }
}

#[test]
fn coordinates_and_static_variables_are_written_and_the_rest_is_not() {
    for format in [ZarrFormat::V3, ZarrFormat::V2] {
        let settings = zarrio_model::config::Config {
            zarr_format: format,
            ..config("", "2020-01-03", "")
        };
        let made = make(&hourly(0..4), &settings);
        assert_eq!(made.archive_shape("t"), [72, 3]);
        assert_eq!(made.values::<f64>("lat"), [10.0, 20.0, 30.0]);
        assert_eq!(made.values::<f32>("height"), [1.0, 2.0, 3.0]);
        assert_eq!(made.values::<i32>("crs"), [7]);
        assert!(made.values::<f32>("t").iter().all(|v| v.is_nan()));
        assert_eq!(
            (
                made.chunks("t"),
                made.chunks("count"),
                made.chunks("height")
            ),
            (0, 0, 1)
        );
        let written: Vec<&str> = made
            .report
            .variables
            .iter()
            .map(|v| v.variable.as_str())
            .collect();
        assert_eq!(written, ["time", "lat", "height", "crs"]);
    }
}

#[test]
fn variables_without_a_missing_value_are_named() {
    let made = make(&hourly(0..4), &config("", "", ""));
    assert!(
        made.notes()
            .contains("read as 0: count; give them one with --fill, such as --fill count=VALUE"),
        "{}",
        made.notes()
    );
    let made = make_all(
        &[&hourly(0..4)],
        &config("", "", ""),
        fill(&[("count", "-1")]),
    )
    .unwrap();
    assert!(!made.notes().contains("missing value"), "{}", made.notes());
    assert_eq!(made.values::<i16>("count"), [-1; 4]);
    assert_eq!(
        made.attribute("count", "_FillValue"),
        Some(AttributeValue::Int64(vec![-1]))
    );
    // What xarray means by missing_value is what is not there.
    let given = hourly(0..4).attribute("count", "missing_value", AttributeValue::Int16(vec![-99]));
    assert_eq!(
        make(&given, &config("", "", "")).values::<i16>("count"),
        [-99; 4]
    );
}

#[test]
fn fill_values_that_do_not_fit_are_refused() {
    let check = |name: &str, value: &str, reason: &str| {
        let text = refused(
            &[&hourly(0..4)],
            &config("", "", ""),
            fill(&[(name, value)]),
        );
        assert!(
            text.starts_with(&format!("--fill {name}={value}: ")) && text.contains(reason),
            "{text}"
        );
    };
    check("count", "1.5", "no value of type int16");
    check("conut", "1", "no variable");
    check("height", "1", "written with the template");
    check("time", "1", "written with the template");
    let given = hourly(0..4).attribute("count", "_FillValue", AttributeValue::Int16(vec![-99]));
    let text = refused(&[&given], &config("", "", ""), fill(&[("count", "1")]));
    assert!(text.contains("missing value -99 already"), "{text}");
}

#[test]
fn bounds_follow_their_labels() {
    let given = |data: Data| {
        let units = AttributeValue::from("days since 2020-01-01");
        Given::new("a.nc")
            .axis("time", Data::F64(vec![0.5, 1.5]), "days since 2020-01-01")
            .attribute("time", "bounds", "time_bnds")
            .with(
                "time_bnds",
                &[("time", 2), ("nv", 2)],
                data,
                &[("units", units)],
            )
    };
    let settings = config("", "2020-01-04T12:00", "");
    let made = make(&given(Data::Unread(DataType::Float64)), &settings);
    assert_eq!(
        made.text("time_bnds", "units"),
        "hours since 2020-01-01 00:00:00"
    );
    assert_eq!(made.archive_shape("time_bnds"), [4, 2]);
    assert!(made.values::<f64>("time_bnds").iter().all(|v| v.is_nan()));
    let made = make(&given(Data::Unread(DataType::Int32)), &settings);
    assert_eq!(made.values::<i64>("time_bnds"), [i64::MIN; 8]);
    assert!(!made.notes().contains("missing value"), "{}", made.notes());
}

#[test]
fn dates_that_no_reader_takes_for_missing_are_the_epoch() {
    let given = |calendar: &str, start: &str| {
        let days = || AttributeValue::from("days since 2020-01-01");
        let names = [
            ("units", days()),
            ("calendar", AttributeValue::from(calendar)),
        ];
        let dates = || Data::Unread(DataType::Float64);
        let file = Given::new("a.nc")
            .axis("time", Data::I64(vec![0, 1]), "days since 2020-01-01")
            .attribute("time", "calendar", calendar)
            .attribute("time", "bounds", "time_bnds")
            .with("time_bnds", &[("time", 2), ("nv", 2)], dates(), &[])
            .with("issued", &[("time", 2)], dates(), &names);
        let compute = TemplateOptions {
            compute: true,
            ..TemplateOptions::default()
        };
        let settings = config(start, "2020-01-05", "1D");
        let computed = make_all(&[&file], &settings, compute).unwrap();
        let made = make(&file, &settings);
        for name in ["time_bnds", "issued"] {
            let same = |a: f64, b: f64| a == b || a.is_nan() && b.is_nan();
            let (a, b) = (made.values::<f64>(name), computed.values::<f64>(name));
            assert!(a.iter().zip(&b).all(|(a, b)| same(*a, *b)), "{name}");
        }
        made
    };
    for (calendar, start) in [("noleap", ""), ("360_day", ""), ("standard", "1500")] {
        let made = given(calendar, start);
        for name in ["time_bnds", "issued"] {
            assert!(
                made.values::<f64>(name).iter().all(|v| *v == 0.0),
                "{calendar} {name}"
            );
            assert!(
                made.attribute(name, "_FillValue").is_none(),
                "{calendar} {name}"
            );
        }
        let notes = made.notes();
        assert!(
            notes.contains("epoch of their units") && notes.contains("time_bnds, issued"),
            "{notes}"
        );
    }
    let made = given("standard", "");
    assert!(made.values::<f64>("time_bnds").iter().all(|v| v.is_nan()));
    assert!(!made.notes().contains("epoch"), "{}", made.notes());
}

#[test]
fn computing_writes_missing_values_everywhere() {
    let compute = TemplateOptions {
        compute: true,
        ..fill(&[("count", "-5")])
    };
    let made = make_all(&[&hourly(0..4)], &config("", "2020-01-03", ""), compute).unwrap();
    assert_eq!((made.chunks("t"), made.chunks("count")), (1, 1));
    assert!(made.values::<f32>("t").iter().all(|v| v.is_nan()));
    assert_eq!(made.values::<i16>("count"), [-5; 72]);
}

#[test]
fn a_second_run_is_done_already_and_another_axis_is_other_work() {
    let store = Arc::new(MemoryStore::new());
    let run = |file: &Given, options: TemplateOptions| {
        make_in(&store, &[file], &config("", "", ""), options)
    };
    let first = run(&hourly(0..4), TemplateOptions::default()).unwrap();
    assert!(!first.report.already_done);
    let before = first.objects();
    let second = run(&hourly(0..4), TemplateOptions::default()).unwrap();
    assert!(second.report.already_done && second.report.variables.is_empty());
    assert_eq!(second.objects(), before);
    for (file, compute) in [(hourly(1..5), false), (hourly(0..4), true)] {
        let options = TemplateOptions {
            compute,
            ..TemplateOptions::default()
        };
        let error = run(&file, options).err().unwrap();
        assert!(matches!(error, RegionError::OutputExists { .. }), "{error}");
    }
    // An archive without its data is not what a conversion makes.
    let error = zarrio_region::Converter::new(config("", "", ""))
        .convert(&hourly(0..4), store.as_ref())
        .unwrap_err();
    assert!(matches!(error, RegionError::OutputExists { .. }), "{error}");
}

#[test]
fn a_template_goes_into_a_group_and_keeps_only_what_was_asked_for() {
    let mut settings = config("", "", "");
    settings.group = NodePath::parse("cycles/one");
    settings.variables.include = Some(vec!["t".into()]);
    let made = make(&hourly(0..4), &settings);
    let names: Vec<&str> = made
        .archive
        .schema()
        .variables()
        .map(zarrio_model::VariableSchema::name)
        .collect();
    assert_eq!(names, ["time", "lat", "t"]);
}

#[test]
fn dimensions_of_two_groups_are_two() {
    let units = || [("units", AttributeValue::from("days since 2000-01-01"))];
    let given = Given::new("a.nc")
        .with("one/time", &[("time", 2)], Data::I32(vec![0, 1]), &units())
        .with("two/time", &[("time", 2)], Data::I32(vec![5, 6]), &units());
    let text = refused(&[&given], &config("", "", ""), TemplateOptions::default());
    assert!(
        text.contains("of \"one/time\" and that of \"two/time\" are two"),
        "{text}"
    );
    let mut settings = config("", "2000-01-09", "");
    settings.variables.include = Some(vec!["two/time".into()]);
    let made = make(&given, &settings);
    assert_eq!(made.values::<i64>("two/time"), [5, 6, 7, 8]);
}
