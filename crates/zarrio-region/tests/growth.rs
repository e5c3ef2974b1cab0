//! Archives that grow: along more than one dimension, after other programs, and where a store
//! does not keep what it is given.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "support/given.rs"]
mod given;
#[path = "growth/meanwhile.rs"]
mod meanwhile;
#[path = "support/nowhere.rs"]
mod nowhere;

use std::ops::Range;
use std::sync::{Arc, Mutex};

use given::{Data, Given};
use serde_json::Value;
use zarrio_model::config::{CheckLevel, Config, Jobs};
use zarrio_model::{AttributeValue, NodePath, Region, Source as _};
use zarrio_region::{
    AppendRules, Converter, Grown, MatchOptions, OnOverlap, RegionError, ZarrSource,
};
use zarrio_store::testing::{Fault, FaultStore};
use zarrio_store::{Key, MemoryStore, Prefix, Store};

/// Forecasts of some runs at some hours.
fn forecasts(runs: Range<i64>, hours: &[i64]) -> Given {
    let name = format!("{runs:?}-{hours:?}.nc");
    let values = runs
        .clone()
        .flat_map(|run| hours.iter().map(move |hour| value(run, *hour)));
    let values = Data::F32(values.collect());
    let runs: Vec<i64> = runs.collect();
    let dimensions = [("run", runs.len() as u64), ("time", hours.len() as u64)];
    Given::new(&name)
        .axis("run", Data::I64(runs), "days since 2020-01-01")
        .axis("time", Data::I64(hours.to_vec()), "hours since 2020-01-01")
        .with("forecast", &dimensions, values, &[])
}

fn value(run: i64, hour: i64) -> f32 {
    (1000 * run + hour) as f32
}

fn config() -> Config {
    Config {
        chunking: "run:2,time:4".parse().unwrap(),
        jobs: Jobs::from(1),
        ..Config::default()
    }
}

fn archive(source: &Given) -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::new());
    let converter = Converter::new(config());
    converter.convert(source, store.as_ref()).unwrap();
    store
}

fn open(store: &Arc<impl Store + 'static>) -> ZarrSource {
    ZarrSource::open(store.clone(), &NodePath::root()).unwrap()
}

fn append(
    converter: &Converter<'_>,
    source: &Given,
    store: &Arc<impl Store + 'static>,
    dimension: &str,
) -> Result<Option<Grown>, RegionError> {
    let rules = AppendRules {
        dimension: dimension.into(),
        overlap: OnOverlap::Error,
        allow_gaps: false,
    };
    let options = MatchOptions::default();
    let done = converter.append(source, &open(store), &options, &rules);
    Ok(done?.0.grown)
}

/// The lengths of the forecast and its values.
fn read(store: &Arc<impl Store + 'static>) -> (Vec<u64>, Vec<f32>) {
    let archive = open(store);
    let path = NodePath::parse("forecast");
    let shape = archive.schema().variable(&path).unwrap().shape.clone();
    let mut bytes = vec![0; 4 * shape.iter().product::<u64>() as usize];
    archive
        .read(&path, &Region::full(&shape), &mut bytes)
        .unwrap();
    let values = bytes.chunks_exact(4).map(bytemuck::pod_read_unaligned);
    (shape, values.collect())
}

fn objects(store: &MemoryStore) -> Vec<(Key, Vec<u8>)> {
    let list = store.list(&Prefix::root()).unwrap().into_iter();
    list.map(|object| (object.key.clone(), store.get(&object.key).unwrap().unwrap()))
        .collect()
}

/// Of two who change the lengths of one array, neither takes back what the other has done.
#[test]
fn who_grows_along_one_dimension_excludes_the_others() {
    let inner = archive(&forecasts(0..2, &[0, 1, 2, 3]));
    let faulty = Arc::new(FaultStore::new(inner.clone()));
    let said = Arc::new(Mutex::new(None));
    let (other, answer) = (inner.clone(), said.clone());
    faulty.before_put("forecast/zarr.json", move || {
        let runs = forecasts(2..3, &[0, 1, 2, 3]);
        let refused = append(&Converter::new(config()), &runs, &other, "run");
        *answer.lock().unwrap() = Some(refused);
    });
    let hours = forecasts(0..2, &[4, 5, 6, 7]);
    append(&Converter::new(config()), &hours, &faulty, "time").unwrap();
    let said = said.lock().unwrap().take().expect("the other one came");
    assert!(
        matches!(said, Err(RegionError::Appending { .. })),
        "{said:?}"
    );

    // One after the other, what nobody has brought is missing.
    let runs = forecasts(2..3, &[0, 1, 2, 3]);
    append(&Converter::new(config()), &runs, &inner, "run").unwrap();
    let (shape, values) = read(&inner);
    assert_eq!(shape, [3, 8]);
    for (i, found) in values.iter().enumerate() {
        let (run, hour) = (i as i64 / 8, i as i64 % 8);
        match run == 2 && hour >= 4 {
            true => assert!(found.is_nan(), "{run} {hour}: {found}"),
            false => assert_eq!(*found, value(run, hour), "{run} {hour}"),
        }
    }
}

/// Who writes all that an array has of a chunk keeps what another one has put behind the array's
/// end since.
#[test]
fn what_is_appended_while_the_last_chunk_is_written_stays() {
    let inner = archive(&forecasts(0..2, &[0, 1, 2, 3, 4, 5]));
    let faulty = Arc::new(FaultStore::new(inner.clone()));
    let other = inner.clone();
    faulty.before_put("forecast/c/0/1", move || {
        let hours = forecasts(0..2, &[6, 7]);
        append(&Converter::new(config()), &hours, &other, "time").unwrap();
    });
    let again = forecasts(0..2, &[4, 5]);
    Converter::new(config())
        .write_region(&again, &open(&faulty), &MatchOptions::default())
        .unwrap();
    let expected = (0..2).flat_map(|run| (0..8).map(move |hour| value(run, hour)));
    assert_eq!(read(&inner), (vec![2, 8], expected.collect()));
}

/// So it does where nobody knows whether locks hold: another host may have appended there, whose
/// user knows.
#[test]
fn what_was_appended_stays_where_locks_are_not_known_to_hold() {
    let inner = archive(&forecasts(0..2, &[0, 1, 2, 3, 4, 5]));
    let unknown = Arc::new(FaultStore::new(inner.clone()).without_merges());
    let before = open(&unknown);
    let converter = Converter::new(config());
    append(&converter, &forecasts(0..2, &[6, 7]), &inner, "time").unwrap();
    let again = forecasts(0..2, &[4, 5]);
    converter
        .write_region(&again, &before, &MatchOptions::default())
        .unwrap();
    let expected = (0..2).flat_map(|run| (0..8).map(move |hour| value(run, hour)));
    assert_eq!(read(&inner), (vec![2, 8], expected.collect()));
}

type Make<'a> = &'a dyn Fn(&[f64]) -> Data;

/// Only what is there and not missing can disagree with a file: whatever says that it is missing.
#[test]
fn what_is_missing_is_filled_in_by_a_file_that_overlaps() {
    let ints = |values: &[f64]| Data::I16(values.iter().map(|n| *n as i16).collect());
    let nans = |values: &[f64]| {
        let values = values
            .iter()
            .map(|n| if *n < 0.0 { f32::NAN } else { *n as f32 });
        Data::F32(values.collect())
    };
    let cases: [(Make<'_>, Vec<(&str, AttributeValue)>); 2] = [
        (
            &ints,
            vec![
                ("_FillValue", AttributeValue::Int16(vec![-999])),
                ("missing_value", AttributeValue::Int16(vec![-1])),
            ],
        ),
        (
            &nans,
            vec![("_FillValue", AttributeValue::Float32(vec![1e20]))],
        ),
    ];
    for (data, attributes) in cases {
        let file = |name: &str, hours: Vec<i64>, values: &[f64]| {
            let length = hours.len() as u64;
            Given::new(name)
                .axis("time", Data::I64(hours), "hours since 2020-01-01")
                .with("x", &[("time", length)], data(values), &attributes)
        };
        let converter = Converter::new(Config {
            chunking: "time:4".parse().unwrap(),
            ..config()
        });
        let store = Arc::new(MemoryStore::new());
        let first = file("a.nc", vec![0, 1, 2], &[5.0, 6.0, -1.0]);
        converter.convert(&first, store.as_ref()).unwrap();
        let other = file("b.nc", vec![1, 2, 3], &[9.0, 7.0, 8.0]);
        let refused = append(&converter, &other, &store, "time");
        assert!(
            matches!(refused, Err(RegionError::Labels { .. })),
            "{refused:?}"
        );
        let next = file("c.nc", vec![1, 2, 3], &[6.0, 7.0, 8.0]);
        append(&converter, &next, &store, "time").unwrap();
        let archive = open(&store);
        let path = NodePath::parse("x");
        let mut bytes = vec![0; 4 * data(&[0.0]).width()];
        archive
            .read(&path, &Region::full(&[4]), &mut bytes)
            .unwrap();
        assert_eq!(bytes, data(&[5.0, 6.0, 7.0, 8.0]).bytes());
    }
}

/// An archive that grows by a file at a time has more records with each of them.
#[test]
fn appending_does_not_read_the_records_of_all_files_before() {
    let file = |number: i64| {
        let hours = Data::I64((4 * number..4 * number + 4).collect());
        Given::new(&format!("{number}.nc"))
            .axis("time", hours, "hours since 2020-01-01")
            .with("x", &[("time", 4)], Data::F32(vec![1.0; 4]), &[])
    };
    let converter = Converter::new(Config {
        chunking: "time:400".parse().unwrap(),
        ..config()
    });
    let inner = Arc::new(MemoryStore::new());
    converter.convert(&file(0), inner.as_ref()).unwrap();
    let gets = (1..=50).map(|number| {
        let counted = Arc::new(FaultStore::new(inner.clone()));
        append(&converter, &file(number), &counted, "time").unwrap();
        counted.calls().gets
    });
    let gets: Vec<u64> = gets.collect();
    assert_eq!(gets[24], gets[49], "{gets:?}");
}

/// Says in the own document of an array that it has another length along its last dimension.
fn lengthen(store: &MemoryStore, array: &str, length: u64) {
    let key = Key::new(format!("{array}/zarr.json")).unwrap();
    let mut document: Value = serde_json::from_slice(&store.get(&key).unwrap().unwrap()).unwrap();
    let shape = document["shape"].as_array_mut().unwrap();
    *shape.last_mut().unwrap() = length.into();
    store.put(&key, document.to_string().as_bytes()).unwrap();
}

/// Other programs lengthen an array first and write labels later.
#[test]
fn labels_that_another_program_has_not_written_are_not_taken_for_written() {
    let first = [-18, -12, -7];
    let chunked = |time: &str| Config {
        chunking: format!("run:2,time:{time}").parse().unwrap(),
        ..config()
    };
    for (chunks, arrays, length) in [
        // The chunk of the labels is absent.
        ("1", &["forecast"][..], 6),
        ("1", &["forecast", "time"], 6),
        // It is there, and has the fill value: 0, before the last label or behind it.
        ("8", &["forecast"], 4),
        ("8", &["forecast", "time"], 4),
        ("8", &["forecast", "time"], 5),
    ] {
        let store = Arc::new(MemoryStore::new());
        let converter = Converter::new(chunked(chunks));
        converter
            .convert(&forecasts(0..2, &first), store.as_ref())
            .unwrap();
        for array in arrays {
            lengthen(&store, array, length);
        }
        let before = objects(&store);
        let refused = append(&converter, &forecasts(0..2, &[6]), &store, "time");
        let Err(RegionError::Unsupported { message, .. }) = refused else {
            panic!("{chunks} {arrays:?}: {refused:?}");
        };
        assert!(message.contains("cannot grow along \"time\""), "{message}");
        assert!(objects(&store) == before, "{chunks} {arrays:?}");
    }
}

/// What was begun by us is finished: all labels are there.
#[test]
fn lengths_that_were_begun_with_all_labels_are_finished() {
    for (known, new) in [(&[0, 6, 12][..], 18), (&[-18, -12, -6], 0)] {
        let inner = archive(&forecasts(0..2, known));
        let faulty = Arc::new(FaultStore::new(inner.clone()));
        let stopped = faulty.clone();
        faulty.before_put("time/zarr.json", move || {
            let next = stopped.calls().puts + 1;
            stopped.fail_put(next, Fault::Fail(zarrio_store::StoreErrorKind::NoSpace));
        });
        let converter = Converter::new(config());
        append(&converter, &forecasts(0..2, &[new]), &faulty, "time").unwrap_err();
        assert_eq!(read(&inner).0, [2, 3]);
        append(&converter, &forecasts(0..2, &[new + 6]), &inner, "time").unwrap();
        let (shape, values) = read(&inner);
        assert_eq!(shape, [2, 5]);
        let mut hours = known.to_vec();
        hours.extend([new, new + 6]);
        let expected = (0..2).flat_map(|run| hours.iter().map(move |hour| value(run, *hour)));
        assert_eq!(values, expected.collect::<Vec<_>>());
    }
}

type Act<'a> = dyn Fn(&Converter<'_>, &Arc<FaultStore>) -> Result<(), RegionError> + 'a;

/// Lets a store forget an object when it is put, after so many times.
fn forget(store: &Arc<FaultStore>, object: &'static str, before: u32) {
    let forgets = store.clone();
    store.before_put(object, move || match before {
        0 => forgets.fail_put(forgets.calls().puts + 1, Fault::Forget),
        _ => forget(&forgets, object, before - 1),
    });
}

/// Every command that writes data reads back what it wrote where that is asked for.
#[test]
fn what_a_store_forgets_is_written_again() {
    // The object that is forgotten, how often it is put before, and what is done.
    let more = |converter: &Converter<'_>, store: &Arc<FaultStore>| {
        append(converter, &forecasts(0..2, &[3, 4, 5]), store, "time").map(|_| ())
    };
    let work: [(&str, u32, &Act<'_>); 4] = [
        ("forecast/c/0/0", 0, &|converter, store| {
            let source = forecasts(0..2, &[0, 1, 2, 3, 4, 5]);
            store.delete_prefix(&Prefix::root()).unwrap();
            converter.convert(&source, store.as_ref()).map(|_| ())
        }),
        // A chunk that is cleared and merged, a new one, and the labels.
        ("forecast/c/0/0", 1, &more),
        ("forecast/c/0/1", 0, &more),
        ("time/c/", 1, &more),
    ];
    for (i, (object, before, act)) in work.iter().enumerate() {
        for (check, retries, well) in [
            (CheckLevel::Sampled, 0, None),
            (CheckLevel::ReadBack, 0, Some(false)),
            (CheckLevel::ReadBack, 1, Some(true)),
        ] {
            let inner = archive(&forecasts(0..2, &[0, 1, 2]));
            let faulty = Arc::new(FaultStore::new(inner.clone()));
            forget(&faulty, object, *before);
            let mut config = config();
            config.check = check;
            config.missing_data.retries_on_missing = retries;
            let done = act(&Converter::new(config), &faulty);
            match well {
                None => done.unwrap(),
                Some(true) => {
                    done.unwrap();
                    let expected = (0..2).flat_map(|run| (0..6).map(move |hour| value(run, hour)));
                    let expected = (vec![2, 6], expected.collect());
                    assert_eq!(read(&inner), expected, "{i} {object}");
                }
                Some(false) => {
                    let error = done.unwrap_err();
                    assert!(matches!(error, RegionError::Check { .. }), "{i}: {error}");
                }
            }
        }
    }
}
