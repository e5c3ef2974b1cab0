//! Archives that are looked at while they grow.

use std::sync::{Arc, Mutex};

use zarrio_region::{
    Converter, Finding, MatchOptions, Status, Verification, VerifyOptions, ZarrSource,
};
use zarrio_store::testing::FaultStore;
use zarrio_store::{Key, Store as _};

use crate::nowhere::Nowhere;
use crate::{append, archive, config, forecasts, objects, open};

fn verified(archive: &ZarrSource, quick: bool) -> Verification {
    let converter = Converter::new(config());
    let options = VerifyOptions {
        quick,
        ..VerifyOptions::default()
    };
    let mut verifier = converter.verifier(archive, options).unwrap();
    let matching = MatchOptions::default();
    verifier.archive(&Nowhere, &matching).unwrap();
    verifier.finish()
}

/// Documents are read before records. What was put on record between the two is about elements
/// that the archive did not have then, and no damage.
#[test]
fn what_is_appended_after_an_archive_was_opened_is_no_finding() {
    let store = archive(&forecasts(0..2, &[0, 1, 2]));
    let before = open(&store);
    let converter = Converter::new(config());
    append(&converter, &forecasts(0..2, &[3, 4]), &store, "time").unwrap();
    // Over the old end, which is looked at.
    converter
        .write_region(
            &forecasts(0..2, &[2, 3]),
            &open(&store),
            &MatchOptions::default(),
        )
        .unwrap();
    let status = Status::of(&before, Some("time")).unwrap();
    assert!(status.complete && status.damaged.is_empty(), "{status:?}");
    for quick in [true, false] {
        let report = verified(&before, quick);
        assert!(report.is_clean(), "{report:?}");
        let told = |note: &String| note.contains("made longer since it was opened");
        assert!(report.notes.iter().any(told), "{report:?}");
    }
    let plan = converter.plan_repair(&before, &Nowhere, &MatchOptions::default(), false);
    let plan = plan.unwrap();
    assert!(plan.chunks.is_empty() && plan.left.is_empty(), "{plan:?}");

    // What is lost is told all the same.
    let chunk = Key::new("forecast/c/0/0").unwrap();
    store.delete(&chunk).unwrap();
    for quick in [true, false] {
        let report = verified(&before, quick);
        let [Finding::ChunkAbsent { chunk, .. }] = report.findings.as_slice() else {
            panic!("{report:?}")
        };
        assert_eq!(chunk, "c/0/0");
    }
}

/// Labels are recorded after the data that they are of.
#[test]
fn labels_that_are_about_to_be_recorded_are_waited_for() {
    let inner = archive(&forecasts(0..2, &[0, 1, 2]));
    let faulty = Arc::new(FaultStore::new(inner.clone()));
    let looks = Arc::new(Mutex::new(None));
    let (next, store, look) = (faulty.clone(), inner.clone(), looks.clone());
    let begin = move || {
        let look_now = move || {
            let archive = open(&store);
            let report = std::thread::spawn({
                let archive = open(&store);
                move || verified(&archive, true)
            });
            let status = Converter::new(config()).status(&archive, Some("time"));
            (status.unwrap(), report.join().unwrap())
        };
        *look.lock().unwrap() = Some(std::thread::spawn(look_now));
        std::thread::sleep(std::time::Duration::from_millis(300));
    };
    faulty.before_put("ledger/records/", move || {
        next.before_put("ledger/records/", begin);
    });
    let converter = Converter::new(config());
    append(&converter, &forecasts(0..2, &[3, 4]), &faulty, "time").unwrap();
    let look = looks.lock().unwrap().take().expect("labels are recorded");
    let (status, report) = look.join().unwrap();
    assert!(status.complete, "{status:?}");
    assert!(report.is_clean(), "{report:?}");
}

/// A record about elements that the archive has never had is damaged, whenever it was opened.
#[test]
fn records_of_what_there_is_not_are_found() {
    let store = archive(&forecasts(0..2, &[0, 1, 2]));
    let documents = objects(&store).into_iter();
    let documents = documents.filter(|(key, _)| key.as_str().ends_with("zarr.json"));
    let documents: Vec<(Key, Vec<u8>)> = documents.collect();
    let before = open(&store);
    let converter = Converter::new(config());
    append(&converter, &forecasts(0..2, &[3, 4]), &store, "time").unwrap();
    for (key, document) in documents {
        store.put(&key, &document).unwrap();
    }
    for archive in [before, open(&store)] {
        let status = Status::of(&archive, Some("time")).unwrap();
        assert!(!status.complete && !status.damaged.is_empty(), "{status:?}");
        for quick in [true, false] {
            let report = verified(&archive, quick);
            let is_it = |finding: &Finding| matches!(finding, Finding::RecordUnfitting { .. });
            assert!(report.findings.iter().any(is_it), "{report:?}");
        }
    }
}
