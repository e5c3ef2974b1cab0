//! What writers that died have left over what others wrote, as those see it who come later.

use std::sync::Arc;
use std::time::Duration;

use zarrio_model::{NodePath, Source};
use zarrio_region::{Intent, Ledger, SourceRecord, Standing, WriteRules, clean};
use zarrio_store::testing::{Fault, FaultStore};
use zarrio_store::{MemoryStore, StoreErrorKind};

use super::ahead::put_ahead;
use super::archive::{Form, NEW, assert_points, copy, old_archive};
use super::ledger::{AGAIN, NEWER, RESUME, done, open, times, write};
use super::part::Part;

const FORCE: WriteRules = WriteRules {
    resume: false,
    check_digest: false,
    keep_others: false,
    force: true,
};

/// Writes a few chunks of a part, and dies.
fn begin(store: &Arc<MemoryStore>, part: &Part, rules: WriteRules) {
    let faulty = Arc::new(FaultStore::new(store.clone()));
    faulty.fail_put(4, Fault::Fail(StoreErrorKind::NoSpace));
    write(&faulty, part, rules).unwrap_err();
}

fn left(store: &Arc<MemoryStore>) -> Vec<Intent> {
    let archive = open(store);
    let ledger = Ledger::of(&archive, &NodePath::root()).unwrap().unwrap();
    let left = ledger.intents().unwrap().into_iter();
    left.map(|(_, intent, _)| intent).collect()
}

/// What another source was written over is left alone, until it is begun once more: then it has to
/// be finished, whoever asks and with whatever rules.
#[test]
fn a_superseded_source_that_was_begun_again_is_finished() {
    for rules in [AGAIN, RESUME] {
        let store = copy(&old_archive(Form::V3, [6, 4, 5]), MemoryStore::new());
        let (first, second) = (times(4..14, NEW), times(4..14, NEWER));
        let source = SourceRecord::new(first.identity());
        write(&store, &first, AGAIN).unwrap();
        write(&store, &second, AGAIN).unwrap();
        let superseded = |standing| matches!(standing, Standing::Superseded(_));
        assert!(superseded(done(&store, &source)));
        begin(&store, &first, FORCE);
        assert_eq!(done(&store, &source), Standing::Open);
        assert_eq!(
            write(&store, &first, rules).unwrap().standing,
            Standing::Open
        );
        assert_eq!(done(&store, &source), Standing::Done);
        assert_points(store.clone(), &[first]);
        assert_eq!(left(&store), []);
        let other = SourceRecord::new(second.identity());
        assert!(superseded(done(&store, &other)));
        assert!(superseded(write(&store, &second, rules).unwrap().standing));
    }
}

/// Where a third source has some of the place since, that is not written over without being asked
/// for; who asks for it gets all of it.
#[test]
fn a_source_that_was_begun_again_under_another_one_waits_for_force() {
    for rules in [AGAIN, RESUME] {
        let store = copy(&old_archive(Form::V3, [6, 4, 5]), MemoryStore::new());
        let (first, second) = (times(4..14, NEW), times(4..14, NEWER));
        let third = times(9..14, NEWER + 1);
        let source = SourceRecord::new(first.identity());
        write(&store, &first, AGAIN).unwrap();
        write(&store, &second, AGAIN).unwrap();
        begin(&store, &first, FORCE);
        write(&store, &third, AGAIN).unwrap();
        let by = Standing::Torn(SourceRecord::new(third.identity()).path);
        assert_eq!(done(&store, &source), by);
        assert_eq!(write(&store, &first, rules).unwrap().standing, by);
        assert_eq!(
            write(&store, &first, FORCE).unwrap().standing,
            Standing::Open
        );
        assert_eq!(done(&store, &source), Standing::Done);
        assert_points(store.clone(), std::slice::from_ref(&first));
        // All of it was written over: nothing of what was begun is left.
        begin(&store, &second, FORCE);
        let fourth = times(4..14, NEWER + 2);
        write(&store, &fourth, AGAIN).unwrap();
        let other = SourceRecord::new(second.identity());
        let by = Standing::Superseded(SourceRecord::new(fourth.identity()).path);
        assert_eq!(done(&store, &other), by);
        assert_eq!(write(&store, &second, rules).unwrap().standing, by);
    }
}

/// The source that was begun over is as good for that, and then the other one is superseded again.
#[test]
fn what_was_begun_over_a_source_ends_when_that_is_written_again() {
    let store = copy(&old_archive(Form::V3, [6, 4, 5]), MemoryStore::new());
    let (first, second) = (times(4..14, NEWER), times(4..14, NEW));
    write(&store, &first, AGAIN).unwrap();
    write(&store, &second, AGAIN).unwrap();
    begin(&store, &first, FORCE);
    assert_eq!(
        write(&store, &second, RESUME).unwrap().standing,
        Standing::Open
    );
    assert_points(store.clone(), &[second]);
    for rules in [AGAIN, RESUME] {
        let standing = write(&store, &first, rules).unwrap().standing;
        assert!(matches!(standing, Standing::Superseded(_)));
    }
}

/// Of a writer whose clock was ahead the announcement is later than all that follows by right
/// clocks; what is written over it counts all the same.
#[test]
fn what_is_written_comes_after_announcements_too() {
    let store = copy(&old_archive(Form::V3, [6, 4, 5]), MemoryStore::new());
    write(&store, &times(0..23, NEW), AGAIN).unwrap();
    begin(&store, &times(4..14, NEWER), AGAIN);
    put_ahead(&store);
    let all = times(0..23, NEW);
    let source = SourceRecord::new(all.identity());
    assert_eq!(done(&store, &source), Standing::Open);
    write(&store, &all, AGAIN).unwrap();
    assert_eq!(done(&store, &source), Standing::Done);
    // And so does what is begun after it, and dies too.
    begin(&store, &times(2..9, NEWER + 1), AGAIN);
    assert_eq!(done(&store, &source), Standing::Open);
    write(&store, &all, RESUME).unwrap();
    assert_eq!(done(&store, &source), Standing::Done);
    assert_points(store.clone(), &[all]);
    let cleaned = clean(&open(&store), Duration::ZERO, true, "here:1").unwrap();
    assert_eq!(cleaned.intents, 2);
}
