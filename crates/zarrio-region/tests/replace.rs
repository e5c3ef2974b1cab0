//! What stands in a store while a dataset is replaced, after it failed, and after others have
//! written into it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    unreachable_pub,
    dead_code,
    reason = "tests"
)]

#[path = "support/given.rs"]
mod given;
#[path = "support/nowhere.rs"]
mod nowhere;
mod support;

use std::sync::Arc;
use std::time::Duration;

use given::{Data, Given};
use nowhere::Nowhere;
use support::{Counting, variable};
use zarrio_model::config::{Config, ZarrFormat};
use zarrio_model::{AttributeValue, DataType, NodePath, Source as _};
use zarrio_region::{
    Converter, ExpireRules, Finding, MatchOptions, RegionError, VerifyOptions, ZarrSource,
};
use zarrio_store::{Key, MemoryStore, Prefix, Store};

fn source() -> Counting {
    Counting::new(vec![variable("a", DataType::Float32, &[6], None)])
}

fn into(group: &str, format: ZarrFormat) -> Config {
    Config {
        group: NodePath::parse(group),
        zarr_format: format,
        ..Config::default()
    }
}

fn key(name: &str) -> Key {
    Key::new(name).unwrap()
}

/// A group that is being replaced is found by nobody through the archive's root, also when
/// its writer fails.
#[test]
fn a_group_that_is_not_whole_is_not_listed_above() {
    for format in [ZarrFormat::V3, ZarrFormat::V2] {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let good = source();
        for group in ["", "g"] {
            let converter = Converter::new(into(group, format));
            converter.convert(&good, store.as_ref()).unwrap();
        }
        let listed = || {
            let root = ZarrSource::open(store.clone(), &NodePath::root()).unwrap();
            root.schema().variable(&NodePath::parse("g/a")).is_some()
        };
        assert!(listed());
        let mut broken = source();
        broken.broken = Some(NodePath::parse("a"));
        let overwrite = Config {
            overwrite: true,
            ..into("g", format)
        };
        let converter = Converter::new(overwrite);
        converter.convert(&broken, store.as_ref()).unwrap_err();
        assert!(!listed(), "{format}");
        converter.convert(&good, store.as_ref()).unwrap();
        assert!(listed());
    }
}

/// A group that fails takes with it the groups above that were made for it.
#[test]
fn a_failed_group_leaves_no_archive_behind() {
    let store = MemoryStore::new();
    let mut broken = source();
    broken.broken = Some(NodePath::parse("a"));
    let converter = Converter::new(into("cycle/one", ZarrFormat::V3));
    converter.convert(&broken, &store).unwrap_err();
    assert_eq!(store.list(&Prefix::root()).unwrap(), []);
    let converter = Converter::new(into("", ZarrFormat::V3));
    converter.convert(&source(), &store).unwrap();
}

/// Killed between the two documents of a format 2 group, a conversion is replaced without a
/// flag, like any that is unfinished.
#[test]
fn a_kill_before_the_last_document_is_no_obstacle() {
    let store = MemoryStore::new();
    let converter = Converter::new(into("", ZarrFormat::V2));
    converter.convert(&source(), &store).unwrap();
    store.delete(&key(".zgroup")).unwrap();
    store.put(&key(".zarrio-writing"), b"").unwrap();
    let report = converter.convert(&source(), &store).unwrap();
    assert!(!report.already_done);
    assert!(store.exists(&key(".zgroup")).unwrap());
    assert!(!store.exists(&key(".zarrio-writing")).unwrap());
}

/// Once others have written into an archive, it is no longer what its own source made.
#[test]
fn regions_of_others_end_what_was_done() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let converter = Converter::new(into("", ZarrFormat::V3));
    converter.convert(&source(), store.as_ref()).unwrap();
    let again = converter.convert(&source(), store.as_ref()).unwrap();
    assert!(again.already_done);

    let archive = ZarrSource::open(store.clone(), &NodePath::root()).unwrap();
    let options = MatchOptions {
        region: Some("d0_6=0:6".parse().unwrap()),
        ..MatchOptions::default()
    };
    converter
        .write_region(&source(), &archive, &options)
        .unwrap();
    let refused = converter.convert(&source(), store.as_ref());
    assert!(matches!(refused, Err(RegionError::OutputExists { .. })));
    let overwrite = Config {
        overwrite: true,
        ..into("", ZarrFormat::V3)
    };
    let report = Converter::new(overwrite).convert(&source(), store.as_ref());
    assert!(
        !report.unwrap().already_done,
        "asked for, and so done again"
    );
}

/// Nobody writes into a group of an archive that is being replaced.
#[test]
fn a_group_is_not_written_while_those_above_are_replaced() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    for group in ["", "g"] {
        let converter = Converter::new(into(group, ZarrFormat::V3));
        converter.convert(&source(), store.as_ref()).unwrap();
    }
    let archive = ZarrSource::open(store.clone(), &NodePath::parse("g")).unwrap();
    let options = MatchOptions {
        region: Some("d0_6=0:6".parse().unwrap()),
        ..MatchOptions::default()
    };
    let converter = Converter::new(into("", ZarrFormat::V3));
    let write = || converter.write_region(&source(), &archive, &options);
    write().unwrap();
    // Killed after it had removed what makes the whole an archive.
    store.put(&key(".zarrio-writing"), b"").unwrap();
    store.delete(&key("zarr.json")).unwrap();
    let before = store.list(&Prefix::root()).unwrap();
    let error = write().unwrap_err();
    assert!(
        error.to_string().contains("was removed meanwhile"),
        "{error}"
    );
    assert_eq!(store.list(&Prefix::root()).unwrap(), before);
}

/// Who makes an archive longer holds its end, and the archive is not replaced meanwhile.
#[test]
fn an_archive_is_not_replaced_while_it_is_made_longer() {
    let store = MemoryStore::new();
    let converter = Converter::new(into("", ZarrFormat::V3));
    converter.convert(&source(), &store).unwrap();
    let before = store.list(&Prefix::root()).unwrap();
    let overwrite = Config {
        overwrite: true,
        ..into("", ZarrFormat::V3)
    };
    let replace = || Converter::new(overwrite.clone()).convert(&source(), &store);
    let end = store.claim(&key("a/.zarrio/append")).unwrap().unwrap();
    let refused = replace();
    assert!(
        matches!(refused, Err(RegionError::Appending { .. })),
        "{refused:?}"
    );
    let objects = store.list(&Prefix::root()).unwrap();
    let marks = [".zarrio/append", ".zarrio-writing"];
    let own = |key: &Key| !marks.iter().any(|mark| key.as_str().ends_with(mark));
    let left: Vec<_> = objects.into_iter().filter(|o| own(&o.key)).collect();
    assert_eq!(left, before);
    end.withdraw().unwrap();
    replace().unwrap();
}

/// All groups but the newest expire.
fn newest() -> ExpireRules {
    ExpireRules {
        window: 1,
        keep: 1,
        attribute: "time".into(),
        grace: Duration::ZERO,
        // 2021-01-01
        now: 1_609_459_200,
    }
}

/// A group is not deleted while another one comes to be within it.
#[test]
fn a_group_does_not_expire_while_somebody_makes_one_below() {
    let store = MemoryStore::new();
    for group in ["20200101T000000", "20200101T000000/part", "20200102T000000"] {
        let converter = Converter::new(into(group, ZarrFormat::V3));
        converter.convert(&source(), &store).unwrap();
    }
    let expire = || Converter::new(into("", ZarrFormat::V3)).expire(&store, &newest());
    let mark = key("20200101T000000/part/.zarrio-writing");
    let making = store.claim(&mark).unwrap().unwrap();
    let report = expire().unwrap();
    assert_eq!(report.deleted.len(), 0, "{report:?}");
    let [(group, refusal)] = report.failed.as_slice() else {
        panic!("{report:?}")
    };
    assert!(
        group.contains("20200101T000000") && refusal.temporary,
        "{report:?}"
    );
    assert!(store.exists(&key("20200101T000000/a/c/0")).unwrap());
    drop(making);
    let report = expire().unwrap();
    assert_eq!(report.deleted.len(), 1, "{report:?}");
    assert!(!store.exists(&key("20200101T000000/a/c/0")).unwrap());
}

/// What is deleted while an archive is looked at is not missing from it.
#[test]
fn groups_that_expire_meanwhile_are_not_judged() {
    for format in [ZarrFormat::V3, ZarrFormat::V2] {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        for group in ["20200101T000000", "20200102T000000"] {
            let converter = Converter::new(into(group, format));
            converter.convert(&source(), store.as_ref()).unwrap();
        }
        let archive = ZarrSource::open(store.clone(), &NodePath::root()).unwrap();
        let converter = Converter::new(into("", format));
        let options = VerifyOptions::default();
        let mut verifier = converter.verifier(&archive, options).unwrap();
        let report = converter.expire(store.as_ref(), &newest()).unwrap();
        assert_eq!(report.deleted.len(), 1, "{report:?}");
        store.delete(&lost(format)).unwrap();
        verifier
            .archive(&Nowhere, &MatchOptions::default())
            .unwrap();
        let report = verifier.finish();
        // What is missing from the group that stays is told all the same.
        let [Finding::ChunkAbsent { variable, .. }] = report.findings.as_slice() else {
            panic!("{report:?}")
        };
        assert_eq!(variable, "20200102T000000/a");
        let told = |note: &String| note.ends_with("20200101T000000/a") && note.contains("removed");
        assert!(report.notes.iter().any(told), "{report:?}");
    }
}

/// Where what was found of one file is taken back, what is found of the next one is looked at
/// again all the same.
#[test]
fn a_file_that_is_written_while_a_group_expires_is_not_judged() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let groups = ["20200101T000000", "20200102T000000"];
    for group in groups {
        let converter = Converter::new(into(group, ZarrFormat::V3));
        converter.convert(&source(), store.as_ref()).unwrap();
    }
    let archive = ZarrSource::open(store.clone(), &NodePath::root()).unwrap();
    let converter = Converter::new(into("", ZarrFormat::V3));
    let mut verifier = converter
        .verifier(&archive, VerifyOptions::default())
        .unwrap();
    let options = MatchOptions {
        region: Some("d0_6=0:6".parse().unwrap()),
        ..MatchOptions::default()
    };
    let file = |name: &str, wrong: &str| {
        let values = |group: &str| match group == wrong {
            true => Data::F32(vec![9.0; 6]),
            false => Data::F32((0..6u8).map(f32::from).collect()),
        };
        groups.iter().fold(Given::new(name), |file, group| {
            file.with(&format!("{group}/a"), &[("d0_6", 6)], values(group), &[])
        })
    };
    let [first, second] = [file("first.nc", groups[0]), file("second.nc", groups[1])];
    verifier.file(&first, &options).unwrap();
    converter.expire(store.as_ref(), &newest()).unwrap();
    converter
        .write_region(&source(), &opened(&store, groups[1]), &options)
        .unwrap();
    verifier.file(&second, &options).unwrap();
    let report = verifier.finish();
    assert!(report.findings.is_empty(), "{report:?}");
    for (why, group) in [("removed", groups[0]), ("written to meanwhile", groups[1])] {
        let told = |note: &String| note.contains(why) && note.ends_with(&format!("{group}/a"));
        assert!(report.notes.iter().any(told), "{report:?}");
    }
}

fn opened(store: &Arc<dyn Store>, group: &str) -> ZarrSource {
    ZarrSource::open(store.clone(), &NodePath::parse(group)).unwrap()
}

/// A chunk of the group that does not expire.
fn lost(format: ZarrFormat) -> Key {
    key(match format {
        ZarrFormat::V3 => "20200102T000000/a/c/0",
        ZarrFormat::V2 => "20200102T000000/a/0",
    })
}

/// A fill value beyond the signed 64-bit integers is read back as the integer that it is.
#[test]
fn the_largest_fill_values_survive() {
    let mut largest = variable("n", DataType::UInt8, &[2], None);
    let missing = AttributeValue::UInt64(vec![u64::MAX - 1]);
    largest.attributes.set("missing_value", missing.clone());
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let converter = Converter::new(into("", ZarrFormat::V3));
    converter
        .convert(&Counting::new(vec![largest]), store.as_ref())
        .unwrap();
    let archive = ZarrSource::open(store, &NodePath::root()).unwrap();
    let found = archive.schema().variable(&NodePath::parse("n")).unwrap();
    assert_eq!(found.attributes.get("missing_value"), Some(&missing));
}
