//! What is written is compared, and written again.

use std::sync::Arc;

use zarrio_model::config::{CheckLevel, Config, VariableChoice};
use zarrio_region::{Converter, MatchOptions, RegionError};
use zarrio_store::testing::{Fault, FaultStore};
use zarrio_store::{MemoryStore, StoreErrorKind};

use super::archive::{Form, NEW, assert_points, copy, old_archive};
use super::ledger::{open, plain, times};

/// A store that forgets what it was given: reading back notices, and writes it again.
#[test]
fn what_the_store_does_not_keep_is_noticed_by_reading_back() {
    let run = |config: &Config, forgotten: &[u64]| {
        let inner = copy(&old_archive(Form::V3, [6, 4, 5]), MemoryStore::new());
        let faulty = Arc::new(FaultStore::new(inner.clone()));
        for put in forgotten {
            faulty.fail_put(*put, Fault::Forget);
        }
        let part = times(4..14, NEW);
        let result = Converter::new(config.clone()).write_region(
            &part,
            &open(&faulty),
            &MatchOptions::default(),
        );
        (result.map(|_| ()), inner, part)
    };
    // The first put is the intent; of the second, a chunk, nothing is kept.
    let (result, inner, part) = run(&plain(), &[2]);
    result.expect("nobody looks");
    let lost = std::panic::catch_unwind(|| assert_points(inner, &[part]));
    assert!(lost.is_err(), "the test disturbs nothing");

    let mut config = plain();
    config.check = CheckLevel::ReadBack;
    let error = run(&config, &[2]).0.unwrap_err();
    assert!(matches!(error, RegionError::Check { .. }), "{error}");

    config.missing_data.retries_on_missing = 2;
    let (result, inner, part) = run(&config, &[2, 3]);
    result.expect("the third time it is kept");
    assert_points(inner, &[part]);
    let error = run(&config, &[2, 3, 4]).0.unwrap_err();
    assert!(error.to_string().contains("temperature"), "{error}");

    // Only what is named.
    let mut config = plain();
    config.missing_data.missing_check_vars = Some(VariableChoice::Names(vec!["count".into()]));
    run(&config, &[2]).0.expect("temperature is not looked at");
}

#[test]
fn temporary_trouble_is_waited_out_when_that_is_asked_for() {
    let inner = copy(&old_archive(Form::V3, [6, 4, 5]), MemoryStore::new());
    let faulty = Arc::new(FaultStore::new(inner.clone()));
    faulty.fail_put(2, Fault::Fail(StoreErrorKind::Unavailable));
    let mut config = plain();
    config.missing_data.retries_on_missing = 1;
    let part = times(4..14, NEW);
    Converter::new(config)
        .write_region(&part, &open(&faulty), &MatchOptions::default())
        .unwrap();
    assert_points(inner, &[part]);
}
