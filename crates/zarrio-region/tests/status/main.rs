//! Random histories of an archive, held against a model of what is there.
#![allow(
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests"
)]

#[path = "../support/ahead.rs"]
mod ahead;
#[path = "../support/given.rs"]
mod given;
mod model;
mod mortal;
#[path = "../support/nowhere.rs"]
mod nowhere;
mod unfinished;

use std::sync::Arc;

use given::{Data, Given};
use model::{CHUNKS, File, GROWING, Model, SHAPE, Step};
use mortal::Mortal;
use proptest::prelude::*;
use proptest::sample::subsequence;
use zarrio_model::config::{Config, Jobs, TimeConfig, ZarrFormat};
use zarrio_model::{AttributeValue, NodePath, Source as _};
use zarrio_region::{
    Converter, Force, GapRequest, Log, MatchOptions, RegionError, State, Status, TemplateBuilder,
    TemplateOptions, WriteRules, ZarrSource,
};
use zarrio_store::{Key, MemoryStore, Store};

fn config(format: ZarrFormat) -> Config {
    let config = Config::default();
    Config {
        zarr_format: format,
        jobs: Jobs::from(1),
        chunking: format!("time:{},lat:{}", CHUNKS[0], CHUNKS[1])
            .parse()
            .unwrap(),
        time: TimeConfig {
            global_start: Some("2020-01-01T00:00".parse().unwrap()),
            global_end: Some("2020-01-03T18:00".parse().unwrap()),
            freq: Some("6h".parse().unwrap()),
            ..config.time
        },
        ..config
    }
}

/// What a source of a file holds.
fn source(file: &File) -> Given {
    let (steps, lats) = (file.steps.len() as u64, file.lats.len() as u64);
    let hours = file.steps.iter().map(|step| *step as i64 * 6).collect();
    let value = |step: u64, lat: u64| match file.is_void(step) {
        true => None,
        false => Some((step * 10 + lat + 100 * file.number) as i16),
    };
    let t = file
        .cells()
        .map(|(s, l)| value(s, l).map_or(f32::NAN, f32::from));
    let turned = file
        .lats
        .iter()
        .flat_map(|l| file.steps.iter().map(move |s| (*s, *l)));
    let n = turned.map(|(s, l)| value(s, l).unwrap_or(-1));
    Given::new(&format!("file-{}.nc", file.number))
        .axis("time", Data::I64(hours), "hours since 2020-01-01")
        .axis(
            "lat",
            Data::F64(file.lats.iter().map(|l| *l as f64).collect()),
            "degrees_north",
        )
        .with(
            "t",
            &[("time", steps), ("lat", lats)],
            Data::F32(t.collect()),
            &[],
        )
        .with(
            "n",
            &[("lat", lats), ("time", steps)],
            Data::I16(n.collect()),
            &[("_FillValue", AttributeValue::Int16(vec![-1]))],
        )
}

fn template(format: ZarrFormat) -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::new());
    let first = source(&File {
        number: 0,
        steps: vec![0, 1],
        lats: (0..SHAPE[1]).collect(),
    });
    let config = config(format);
    let builder = TemplateBuilder::new(&first, &config, TemplateOptions::default()).unwrap();
    let template = builder.build().unwrap();
    Converter::new(config)
        .create_template(&template, store.as_ref())
        .unwrap();
    store
}

fn open(store: Arc<dyn Store>) -> ZarrSource {
    ZarrSource::open(store, &NodePath::root()).unwrap()
}

fn write(store: Arc<dyn Store>, file: &File) -> Result<(), RegionError> {
    let rules = WriteRules {
        force: true,
        ..WriteRules::default()
    };
    Converter::new(config(ZarrFormat::V3))
        .rules(rules)
        .write_region(&source(file), &open(store), &MatchOptions::default())
        .map(|_| ())
}

fn declare(store: Arc<dyn Store>, steps: std::ops::Range<u64>) -> Result<(), RegionError> {
    let request = GapRequest {
        region: format!("time={}:{}", steps.start, steps.end)
            .parse()
            .unwrap(),
        time_dimension: "time".into(),
        reason: "a test".into(),
        ..GapRequest::default()
    };
    let converter = Converter::new(config(ZarrFormat::V3));
    converter.declare_gap(&open(store), &request).map(|_| ())
}

#[derive(Debug, Clone)]
enum Act {
    Write(usize),
    /// The writer dies after so many puts.
    Kill(usize, u64),
    Declare(u64, u64),
    /// A chunk vanishes: of which variable and where.
    Lose(usize, u64, u64),
}

fn positions(length: u64) -> impl Strategy<Value = Vec<u64>> {
    let range = (0..length, 1..=length)
        .prop_map(move |(start, n)| (start..(start + n).min(length)).collect());
    let any = subsequence((0..length).collect::<Vec<_>>(), 1..=length as usize);
    prop_oneof![3 => range, 1 => any, 1 => Just((0..length).collect())]
}

fn files() -> impl Strategy<Value = Vec<File>> {
    let file = (positions(SHAPE[0]), positions(SHAPE[1]));
    prop::collection::vec(file, 4).prop_map(|all| {
        let file = |(i, (steps, lats))| File {
            number: i as u64 + 1,
            steps,
            lats,
        };
        all.into_iter().enumerate().map(file).collect()
    })
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0usize..4).prop_map(Act::Write),
        3 => (0usize..4, 0u64..14).prop_map(|(file, puts)| Act::Kill(file, puts)),
        2 => (0..SHAPE[0], 1u64..5).prop_map(|(start, n)| {
            Act::Declare(start, (start + n).min(SHAPE[0]))
        }),
        1 => (0usize..2, 0u64..3, 0u64..2).prop_map(|(v, i, j)| Act::Lose(v, i, j)),
    ]
}

/// The name of a chunk of a variable that grows, by its indices along time and latitude.
fn chunk(variable: usize, (time, lat): (u64, u64), format: ZarrFormat) -> Key {
    let (name, first, second) = match variable {
        0 => ("t", time, lat),
        _ => ("n", lat, time),
    };
    Key::new(match format {
        ZarrFormat::V3 => format!("{name}/c/{first}/{second}"),
        ZarrFormat::V2 => format!("{name}/{first}.{second}"),
    })
    .unwrap()
}

fn all_chunks() -> Vec<(u64, u64)> {
    let lengths = [0, 1].map(|d: usize| SHAPE[d].div_ceil(CHUNKS[d]));
    (0..lengths[0])
        .flat_map(|i| (0..lengths[1]).map(move |j| (i, j)))
        .collect()
}

/// What the status says of each variable is what the model says.
fn check(store: &Arc<MemoryStore>, model: &Model, format: ZarrFormat) {
    let archive = open(store.clone());
    let status = Status::of(&archive, Some("time")).unwrap();
    assert_eq!(status.damaged, []);
    let mut complete = true;
    for variable in &status.variables {
        let Some(number) = GROWING.iter().position(|name| *name == variable.path) else {
            // The template has written the coordinates.
            let states: Vec<State> = variable.stretches.iter().map(|s| s.state).collect();
            assert_eq!(states, [State::Written], "{}", variable.path);
            continue;
        };
        let has = |time, lat| store.exists(&chunk(number, (time, lat), format)).unwrap();
        let mut found = Vec::new();
        for stretch in &variable.stretches {
            assert_eq!(stretch.start, found.len() as u64);
            let step = Step {
                state: stretch.state,
                covered: stretch.covered,
                lost: stretch.lost,
                unfinished: stretch.unfinished,
            };
            found.extend((stretch.start..stretch.end).map(|_| step.clone()));
        }
        let expected: Vec<Step> = (0..SHAPE[0]).map(|step| model.step(step, has)).collect();
        assert_eq!(found, expected, "{}", variable.path);
        complete &= expected.iter().all(|step| step.state != State::Absent);

        let chunks: Vec<_> = all_chunks()
            .into_iter()
            .map(|chunk| (has(chunk.0, chunk.1), model.tells_of(chunk)))
            .collect();
        let count = |of: fn(bool, bool, bool) -> bool| {
            let of =
                |(there, (recorded, told)): &&(bool, (bool, bool))| of(*there, *recorded, *told);
            chunks.iter().filter(of).count() as u64
        };
        let counts = variable.chunks;
        assert_eq!(counts.total, chunks.len() as u64);
        assert_eq!(counts.stored, count(|there, _, _| there));
        assert_eq!(counts.lost, count(|there, recorded, _| !there && recorded));
        assert_eq!(counts.outside, count(|there, _, told| there && !told));
    }
    assert_eq!(status.complete, complete);
    // Both see the same records.
    let log = Log::of(&archive).unwrap();
    assert_eq!(log.entries.len() as u64, status.records);
}

fn run(files: &[File], acts: &[Act], format: ZarrFormat) {
    let store = template(format);
    let mut model = Model::default();
    check(&store, &model, format);
    for act in acts {
        match act {
            Act::Write(i) => {
                write(store.clone(), &files[*i]).unwrap();
                model.write(&files[*i]);
            }
            Act::Kill(i, puts) => {
                let mortal = Mortal::new(store.clone(), *puts);
                let ended = write(Arc::new(mortal.clone()), &files[*i]);
                assert!(ended.is_err() || mortal.has_put("/records/"));
                if mortal.has_put("/records/") {
                    model.write(&files[*i]);
                } else if mortal.has_put("/intents/") {
                    model.kill(&files[*i]);
                }
            }
            Act::Declare(start, end) => {
                let allowed = model.declare(*start..*end);
                let declared = declare(store.clone(), *start..*end);
                assert_eq!(declared.is_ok(), allowed, "{declared:?}");
            }
            Act::Lose(variable, i, j) => {
                store.delete(&chunk(*variable, (*i, *j), format)).unwrap();
            }
        }
        check(&store, &model, format);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn the_status_is_the_truth_after_each_step(
        files in files(),
        acts in prop::collection::vec(act(), 1..10),
        format in prop::sample::select(vec![ZarrFormat::V2, ZarrFormat::V3]),
    ) {
        run(&files, &acts, format);
    }
}

fn file(number: u64, steps: std::ops::Range<u64>) -> File {
    File {
        number,
        steps: steps.collect(),
        lats: (0..SHAPE[1]).collect(),
    }
}

/// Who is at work is told from who is gone.
#[test]
fn writers_are_told() {
    let store = template(ZarrFormat::V3);
    write(store.clone(), &file(1, 0..6)).unwrap();
    let mortal = Mortal::new(store.clone(), 3);
    write(Arc::new(mortal), &file(2, 4..8)).unwrap_err();
    let archive = open(store.clone());
    let told = |archive: &ZarrSource| -> Vec<(bool, String)> {
        let status = Status::of(archive, Some("time")).unwrap();
        let writers = status.writers.into_iter();
        writers.map(|w| (w.running, w.source.unwrap())).collect()
    };
    let found = told(&archive);
    assert_eq!(found.len(), 1);
    assert!(
        !found[0].0 && found[0].1.ends_with("file-2.nc"),
        "{found:?}"
    );
    let keys = store.list(&zarrio_store::Prefix::root()).unwrap();
    let mark = keys
        .iter()
        .find(|o| o.key.as_str().ends_with(".live"))
        .unwrap();
    let claim = store.claim(&mark.key).unwrap().unwrap();
    assert!(told(&archive)[0].0);
    drop(claim);
    // Who may only read cannot ask, and sees the same elements as unfinished.
    let reading = open(Arc::new(Mortal::new(store.clone(), 0)));
    let mut status = Status::of(&reading, Some("time")).unwrap();
    assert!(status.writers[0].running);
    status.writers[0].running = false;
    assert_eq!(status, Status::of(&archive, Some("time")).unwrap());
    // The log does not count on what was torn.
    let forces: Vec<Force> = Log::of(&archive)
        .unwrap()
        .entries
        .iter()
        .map(|e| e.force)
        .collect();
    assert_eq!(forces, [Force::Stands, Force::PartlySuperseded]);
    // Nothing is left once it is written.
    write(store.clone(), &file(2, 4..8)).unwrap();
    assert_eq!(told(&archive), []);
}

#[test]
fn overlaps_gaps_and_sources_have_their_places() {
    let store = template(ZarrFormat::V3);
    declare(store.clone(), 0..2).unwrap();
    declare(store.clone(), 9..11).unwrap();
    write(store.clone(), &file(1, 1..6)).unwrap();
    write(store.clone(), &file(2, 4..8)).unwrap();
    let status = Status::of(&open(store.clone()), Some("time")).unwrap();
    let place = |place: &zarrio_region::Place| {
        (
            place.variables.clone(),
            place.start,
            place.end,
            place.time.clone().unwrap().first,
        )
    };
    let both = || vec!["t".to_owned(), "n".to_owned()];
    let gaps: Vec<_> = status.gaps.iter().map(|gap| place(&gap.place)).collect();
    assert_eq!(
        gaps,
        [
            (both(), 0, 1, "2020-01-01T00:00:00".to_owned()),
            (both(), 9, 11, "2020-01-03T06:00:00".to_owned())
        ]
    );
    let [overlap] = status.overlaps.as_slice() else {
        panic!("{:?}", status.overlaps)
    };
    assert_eq!(
        place(&overlap.place),
        (both(), 4, 6, "2020-01-02T00:00:00".to_owned())
    );
    assert!(overlap.later.ends_with("file-2.nc") && overlap.earlier.ends_with("file-1.nc"));
    let names: Vec<_> = status
        .sources
        .iter()
        .map(|s| s.path.rsplit('/').next().unwrap())
        .collect();
    assert_eq!(names, ["file-0.nc", "file-1.nc", "file-2.nc"]);
    // The first file's own template does not overlap with it, and reading back is no part.
    assert!(open(store).schema().variables().count() == 4);
}

/// What is no record is named, and the archive is not complete with it.
#[test]
fn damaged_records_are_told() {
    let store = template(ZarrFormat::V3);
    write(store.clone(), &file(1, 0..12)).unwrap();
    let archive = open(store.clone());
    assert!(Status::of(&archive, None).unwrap().complete);
    let keys = store
        .list(&zarrio_store::Prefix::root())
        .unwrap()
        .into_iter();
    let records: Vec<Key> = keys
        .map(|object| object.key)
        .filter(|key| key.as_str().contains("/records/"))
        .collect();
    assert_eq!(records.len(), 2);
    let place = records[0].as_str().rsplit_once('/').unwrap().0;
    let put = |name: &str, text: &str| {
        let key = Key::new(format!("{place}/{name}")).unwrap();
        store.put(&key, text.as_bytes()).unwrap();
        key
    };
    let cut = put("aa.json", "{");
    let status = Status::of(&archive, None).unwrap();
    assert_eq!(status.damaged.len(), 1);
    assert!(!status.complete && status.damaged[0].0.ends_with("aa.json"));
    store.delete(&cut).unwrap();
    // One about elements that there are not tells nothing, and does no harm.
    for key in &records {
        let text = String::from_utf8(store.get(key).unwrap().unwrap()).unwrap();
        let text = text.replace(r#"["time",[[0,12]]]"#, r#"["time",[[0,99]]]"#);
        store.put(key, text.as_bytes()).unwrap();
    }
    let status = Status::of(&archive, None).unwrap();
    assert_eq!(status.damaged.len(), 2, "{:?}", status.damaged);
    assert!(!status.complete);
}
