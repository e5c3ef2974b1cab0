//! Entries that stand in a sheet of the register although nobody takes them out.

use std::sync::Arc;
use std::time::Duration;

use zarrio_region::{Standing, clean};
use zarrio_store::testing::FaultStore;
use zarrio_store::{Prefix, RemoteStore, Store};

use super::entered::{archive, intents, later, left, process};
use super::ledger::{AGAIN, NEWER, RESUME, open, records, times, write};

/// They have one record, which names the entry of one of them.
#[test]
fn two_runs_of_the_same_work_at_once_end_as_one() {
    let bucket = archive();
    let store = Arc::new(FaultStore::new(process(&bucket)));
    let (work, twin) = (times(10..16, NEWER), process(&bucket));
    let same = work.clone();
    store.before_put("temperature/c/", move || {
        write(&twin, &same, AGAIN).unwrap();
    });
    write(&store, &work, AGAIN).unwrap();
    let after = intents(&process(&bucket));
    assert!(matches!(after.as_slice(), [(_, true)]), "{after:?}");
    let last = later(&bucket);
    let again = write(&last, &work, RESUME).unwrap();
    assert_eq!(again.standing, Standing::Done);
    write(&last, &times(8..20, 4), AGAIN).unwrap();
    clean(&open(&last), Duration::ZERO, true, "here:2").unwrap();
    assert_eq!((intents(&last), left(&last)), (vec![], vec![]));
}

/// Somebody may be entered there who lives and has nothing else.
#[test]
fn a_sheet_that_cannot_be_read_is_made_anew_when_it_has_rested() {
    let bucket = archive();
    let store = process(&bucket);
    let before = records(&store).len();
    for object in store.list(&Prefix::root()).unwrap() {
        let name = object.key.as_str();
        if name.contains("/register/") && !name.ends_with("form.json") {
            store.put(&object.key, b"{").unwrap();
        }
    }
    let work = times(10..16, NEWER);
    let refused = |store: &Arc<RemoteStore>| {
        let error = write(store, &work, AGAIN).unwrap_err();
        std::error::Error::source(&error).map_or(error.to_string(), ToString::to_string)
    };
    let said = [(); 3].map(|()| refused(&process(&bucket)));
    assert!(said[2].contains("in a minute"), "{said:?}");
    assert_eq!(records(&store).len(), before);
    write(&later(&bucket), &work, AGAIN).unwrap();
    assert_eq!(records(&store).len(), before + 1);
    assert_eq!(
        write(&process(&bucket), &work, RESUME).unwrap().standing,
        Standing::Done
    );
}
