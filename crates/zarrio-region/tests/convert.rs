//! What a conversion leaves in a store, seen by a reader.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "convert/parts.rs"]
mod parts;
mod support;

use std::sync::Arc;

use proptest::prelude::*;
use support::{Counting, variable};
use zarrio_codec::StoredArray;
use zarrio_model::config::{Config, Jobs, MemoryLimit, ZarrFormat};
use zarrio_model::{AttributeValue, ByteSize, DataType, NodePath, Region, Source};
use zarrio_region::{CancelToken, Converter, Event, RegionError, ZarrSource};
use zarrio_store::testing::{Fault, FaultStore};
use zarrio_store::{FilesystemStore, FsyncMode, Key, MemoryStore, Prefix, Store, StoreErrorKind};

fn sample() -> Counting {
    Counting::new(vec![
        variable("a", DataType::Float32, &[7, 5, 9], Some(&[2, 5, 4])),
        variable("b", DataType::Int16, &[7, 5], None),
        variable("s", DataType::String, &[11], None),
        variable("scalar", DataType::Float64, &[], None),
        variable("empty", DataType::UInt8, &[0, 3], None),
    ])
}

fn config(format: ZarrFormat, chunking: &str) -> Config {
    Config {
        zarr_format: format,
        chunking: chunking.parse().unwrap(),
        ..Config::default()
    }
}

/// Every value of the archive equals the source's.
fn assert_equal(source: &Counting, store: Arc<dyn Store>, group: &str) {
    let archive = ZarrSource::open(store, &NodePath::parse(group)).unwrap();
    for expected in source.schema().variables() {
        let found = archive.schema().variable(&expected.path).unwrap();
        assert_eq!(
            (found.data_type, &found.shape, &found.dimensions),
            (expected.data_type, &expected.shape, &expected.dimensions)
        );
        let all = Region::full(&expected.shape);
        if expected.data_type == DataType::String {
            let texts = |source: &dyn Source| source.read_text(&expected.path, &all).unwrap();
            assert_eq!(texts(&archive), texts(source));
        } else {
            let bytes = |source: &dyn Source| {
                let mut out = vec![0; expected.raw_bytes().unwrap() as usize];
                source.read(&expected.path, &all, &mut out).unwrap();
                out
            };
            assert_eq!(bytes(&archive), bytes(source), "{}", expected.path);
        }
    }
}

fn objects(store: &dyn Store) -> Vec<(Key, Vec<u8>)> {
    let list = store.list(&Prefix::root()).unwrap();
    // Records tell when something was written.
    list.into_iter()
        .filter(|o| !o.key.as_str().contains("/.zarrio/ledger/"))
        .map(|o| (o.key.clone(), store.get(&o.key).unwrap().unwrap()))
        .collect()
}

#[test]
fn every_value_arrives_in_both_formats() {
    for format in [ZarrFormat::V3, ZarrFormat::V2] {
        for chunking in ["", "d0_7:3,d1_5:2", "d2_9:full,d0_11:4"] {
            let (source, store) = (sample(), Arc::new(MemoryStore::new()));
            let report = Converter::new(config(format, chunking))
                .convert(&source, store.as_ref())
                .unwrap();
            assert_equal(&source, store, "");
            assert_eq!(report.raw_bytes, 7 * 5 * 9 * 4 + 7 * 5 * 2 + 8);
        }
    }
}

#[test]
fn any_number_of_threads_and_any_memory_make_the_same_bytes() {
    let source = sample();
    let reference = MemoryStore::new();
    let settings = config(ZarrFormat::V3, "d0_7:2,d1_5:2,d2_9:2,d0_11:2");
    Converter::new(settings.clone())
        .convert(&source, &reference)
        .unwrap();
    for (jobs, memory) in [(1, 1500), (3, 4000), (8, 1 << 20)] {
        let store = MemoryStore::new();
        let config = Config {
            jobs: Jobs::from(jobs),
            memory: MemoryLimit::Limit(ByteSize(memory)),
            ..settings.clone()
        };
        Converter::new(config).convert(&source, &store).unwrap();
        assert_eq!(objects(&store), objects(&reference));
    }
}

#[test]
fn too_little_memory_says_how_much_would_do() {
    let memory = MemoryLimit::Limit(ByteSize(100));
    let error = Converter::new(Config {
        memory,
        ..config(ZarrFormat::V3, "d0_7:7")
    })
    .convert(&sample(), &MemoryStore::new())
    .unwrap_err();
    let RegionError::Memory { least, .. } = error else {
        panic!("{error}")
    };
    let memory = MemoryLimit::Limit(least);
    Converter::new(Config {
        memory,
        ..config(ZarrFormat::V3, "d0_7:7")
    })
    .convert(&sample(), &MemoryStore::new())
    .unwrap();
}

#[test]
fn the_root_document_is_the_last_one_and_no_claim_remains() {
    let store = MemoryStore::new();
    let observed = std::sync::Mutex::new(None);
    let observer = |event: &Event<'_>| {
        if matches!(event, Event::Committing) {
            *observed.lock().unwrap() = Some(store.get(&Key::new("zarr.json").unwrap()).unwrap());
        }
    };
    Converter::new(config(ZarrFormat::V3, ""))
        .observer(&observer)
        .convert(&sample(), &store)
        .unwrap();
    assert_eq!(
        *observed.lock().unwrap(),
        Some(None),
        "not there before the commit"
    );
    assert!(store.exists(&Key::new("zarr.json").unwrap()).unwrap());
    assert!(
        !objects(&store)
            .iter()
            .any(|(key, _)| key.as_str().contains("writing"))
    );
}

#[test]
fn data_that_were_moved_are_the_same_and_a_file_that_is_still_there_is_another() {
    let directory = tempfile::tempdir().unwrap();
    let source = |member: &str| {
        let mut source = sample();
        source.identity.path = directory.path().join(member).join("tas.nc");
        source
    };
    for member in ["r1", "r2"] {
        std::fs::create_dir(directory.path().join(member)).unwrap();
        std::fs::write(source(member).identity.path, member).unwrap();
    }
    let store = MemoryStore::new();
    let converter = Converter::new(config(ZarrFormat::V3, ""));
    let convert = |member: &str| converter.convert(&source(member), &store);
    assert!(!convert("r1").unwrap().already_done);
    assert!(convert("r1").unwrap().already_done);
    let error = convert("r2").unwrap_err();
    assert!(matches!(error, RegionError::OutputExists { .. }), "{error}");
    // Another way to the same file.
    std::os::unix::fs::symlink(directory.path().join("r1"), directory.path().join("link")).unwrap();
    assert!(convert("link").unwrap().already_done);
    std::fs::create_dir(directory.path().join("hard")).unwrap();
    std::fs::hard_link(source("r1").identity.path, source("hard").identity.path).unwrap();
    assert!(convert("hard").unwrap().already_done);
    // Moved, together with its directory.
    std::fs::rename(directory.path().join("r1"), directory.path().join("moved")).unwrap();
    assert!(convert("moved").unwrap().already_done);
    // Of another size, or of another time, it is another wherever it lies.
    let mut other = source("moved");
    other.identity.size += 1;
    assert!(converter.convert(&other, &store).is_err());
}

#[test]
fn a_second_run_is_done_already_and_other_work_is_refused() {
    let (source, store) = (sample(), MemoryStore::new());
    let converter = Converter::new(config(ZarrFormat::V3, "")).history("first run");
    assert!(!converter.convert(&source, &store).unwrap().already_done);
    let before = objects(&store);
    let again = converter
        .clone()
        .history("second run")
        .convert(&source, &store)
        .unwrap();
    assert!(again.already_done);
    assert_eq!(objects(&store), before);

    let mut newer = sample();
    newer.identity.size += 1;
    for refused in [
        converter.convert(&newer, &store),
        Converter::new(config(ZarrFormat::V3, "d0_7:1")).convert(&source, &store),
        Converter::new(config(ZarrFormat::V2, "")).convert(&source, &store),
    ] {
        assert!(matches!(refused, Err(RegionError::OutputExists { .. })));
    }
    assert_eq!(objects(&store), before);
    let overwrite = Config {
        overwrite: true,
        ..config(ZarrFormat::V2, "")
    };
    Converter::new(overwrite).convert(&source, &store).unwrap();
    assert!(!store.exists(&Key::new("zarr.json").unwrap()).unwrap());
    assert_equal(&source, Arc::new(store), "");
}

#[test]
fn what_is_no_archive_is_never_overwritten() {
    let store = MemoryStore::new();
    store
        .put(&Key::new("thesis.tex").unwrap(), b"precious")
        .unwrap();
    let config = Config {
        overwrite: true,
        ..Config::default()
    };
    let error = Converter::new(config)
        .convert(&sample(), &store)
        .unwrap_err();
    assert!(matches!(error, RegionError::OutputExists { .. }));
    assert_eq!(objects(&store).len(), 1);
}

#[test]
fn a_source_that_breaks_leaves_nothing() {
    let mut source = sample();
    source.broken = Some(NodePath::parse("s"));
    let store = MemoryStore::new();
    let error = Converter::new(Config::default())
        .convert(&source, &store)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "counting.nc: variable \"s\": it is broken"
    );
    assert!(objects(&store).is_empty());
}

#[test]
fn a_cancelled_run_leaves_nothing_and_a_claimed_output_is_busy() {
    let (source, store) = (sample(), MemoryStore::new());
    let cancel = CancelToken::default();
    let stop = cancel.clone();
    let observer = move |event: &Event<'_>| {
        if matches!(event, Event::ChunkWritten { .. }) {
            stop.cancel();
        }
    };
    let converter = Converter::new(Config::default())
        .observer(&observer)
        .cancel(cancel);
    assert!(matches!(
        converter.convert(&source, &store),
        Err(RegionError::Interrupted)
    ));
    assert!(objects(&store).is_empty());

    let claim = store
        .claim(&Key::new(".zarrio-writing").unwrap())
        .unwrap()
        .unwrap();
    let busy = Converter::new(Config::default()).convert(&source, &store);
    assert!(matches!(busy, Err(RegionError::Busy { .. })));
    drop(claim);
    Converter::new(Config::default())
        .convert(&source, &store)
        .unwrap();
}

/// For every put of a run: it fails, or is torn, or its reply is lost; then the run is
/// repeated and the bytes are those of an undisturbed run.
#[test]
fn every_failing_put_is_survived() {
    let source = sample();
    let settings = config(ZarrFormat::V3, "d0_7:4");
    let reference = MemoryStore::new();
    Converter::new(settings.clone())
        .history("run")
        .convert(&source, &reference)
        .unwrap();
    let puts = {
        let counting = FaultStore::new(Arc::new(MemoryStore::new()));
        Converter::new(settings.clone())
            .history("run")
            .convert(&source, &counting)
            .unwrap();
        counting.calls().puts
    };
    assert!(puts > 10);
    for fault in [Fault::Fail(StoreErrorKind::NoSpace), Fault::LoseReply] {
        for n in 1..=puts {
            let inner = Arc::new(MemoryStore::new());
            let faulty = FaultStore::new(inner.clone());
            faulty.fail_put(n, fault);
            let converter = Converter::new(settings.clone()).history("run");
            let failed = converter.convert(&source, &faulty).unwrap_err();
            assert!(
                matches!(failed, RegionError::Store { .. }),
                "put {n}: {failed}"
            );
            let root = inner.get(&Key::new("zarr.json").unwrap()).unwrap();
            assert!(root.is_none(), "put {n} left a root document");
            converter.convert(&source, inner.as_ref()).unwrap();
            assert_eq!(objects(inner.as_ref()), objects(&reference), "put {n}");
        }
    }
}

#[test]
fn groups_join_an_archive_and_its_consolidated_metadata() {
    for format in [ZarrFormat::V3, ZarrFormat::V2] {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let source = sample();
        let into = |group: &str| Config {
            group: NodePath::parse(group),
            ..config(format, "")
        };
        Converter::new(into(""))
            .convert(&source, store.as_ref())
            .unwrap();
        std::thread::scope(|scope| {
            for group in ["cycle/a", "cycle/b", "other"] {
                let (source, store) = (&source, store.as_ref());
                scope.spawn(move || Converter::new(into(group)).convert(source, store).unwrap());
            }
        });
        for group in ["", "cycle/a", "cycle/b", "other"] {
            assert_equal(&source, store.clone(), group);
        }
        let root = ZarrSource::open(store.clone(), &NodePath::root()).unwrap();
        for path in ["cycle/a/a", "cycle/b/scalar", "other/s", "b"] {
            assert!(
                root.schema().variable(&NodePath::parse(path)).is_some(),
                "{path}"
            );
        }
        let other_format = if format == ZarrFormat::V3 {
            ZarrFormat::V2
        } else {
            ZarrFormat::V3
        };
        let config = Config {
            group: NodePath::parse("x"),
            ..config(other_format, "")
        };
        let error = Converter::new(config)
            .convert(&source, store.as_ref())
            .unwrap_err();
        assert!(matches!(error, RegionError::OutputExists { .. }), "{error}");
    }
}

#[test]
fn a_directory_works_like_memory() {
    let directory = tempfile::tempdir().unwrap();
    let store = FilesystemStore::open(directory.path().join("a.zarr"), FsyncMode::AtSync).unwrap();
    let (source, memory) = (sample(), MemoryStore::new());
    Converter::new(Config::default())
        .convert(&source, &store)
        .unwrap();
    Converter::new(Config::default())
        .convert(&source, &memory)
        .unwrap();
    assert_eq!(objects(&store), objects(&memory));
    assert_equal(&source, Arc::new(store), "");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_shape_in_any_chunks_within_any_memory(
        dims in prop::collection::vec((0u64..9, 1u64..6, 1u64..5), 0..4),
        v2: bool,
        jobs in 1u32..4,
        memory in 2000u64..20_000,
    ) {
        let shape: Vec<u64> = dims.iter().map(|d| d.0).collect();
        let source_chunks: Vec<u64> = dims.iter().map(|d| d.2).collect();
        let source =
            Counting::new(vec![variable("v", DataType::Int16, &shape, Some(&source_chunks))]);
        let chunking: Vec<String> =
            dims.iter().enumerate().map(|(i, d)| format!("d{i}_{}:{}", d.0, d.1)).collect();
        let format = if v2 { ZarrFormat::V2 } else { ZarrFormat::V3 };
        let config = Config {
            jobs: Jobs::from(jobs),
            memory: MemoryLimit::Limit(ByteSize(memory)),
            ..config(format, &chunking.join(","))
        };
        let store = Arc::new(MemoryStore::new());
        match Converter::new(config).convert(&source, store.as_ref()) {
            Ok(_) => assert_equal(&source, store, ""),
            Err(RegionError::Memory { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
}
