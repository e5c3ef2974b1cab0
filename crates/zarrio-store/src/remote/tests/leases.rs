//! Leases that are entered elsewhere first, and the times of all of them.

use super::*;
use crate::Since;
use crate::remote::claim::EXPIRY;
use crate::remote::conditions;
use crate::testing::Bucket;

const LIFE: u64 = EXPIRY as u64;
const TEXT: &[u8] = b"{\"id\":1}";

fn stores() -> (RemoteStore, RemoteStore) {
    let bucket = Bucket::default();
    (bucket.store().unwrap(), bucket.store().unwrap())
}

fn mark() -> Key {
    key("a/i/1.live")
}

fn document() -> Key {
    key("a/i/1.json")
}

/// What the server's clock says.
fn now(store: &RemoteStore) -> i64 {
    let clock = key(&format!("now-{}", conditions::random().unwrap()));
    store.put(&clock, b"").unwrap();
    store.find(&clock).unwrap().unwrap().modified
}

fn said(store: &RemoteStore) -> String {
    String::from_utf8(store.get(&document()).unwrap().unwrap()).unwrap()
}

#[test]
fn a_dead_holder_is_taken_over_after_its_time_and_not_before() {
    let (holder, other) = stores();
    let claim = holder.claim(&mark()).unwrap().unwrap();
    std::mem::forget(claim);
    other.skip(LIFE - 5);
    assert!(other.claim(&mark()).unwrap().is_none());
    other.skip(10);
    assert!(other.claim(&mark()).unwrap().is_some());

    // And so it is with one that was only entered.
    let since = Since::now();
    let claim = holder.claim_entered(&document(), TEXT, since).unwrap();
    std::mem::forget(claim);
    let (_, other) = (holder, other);
    let entered = now(&other);
    let left = |other: &RemoteStore| {
        other
            .claim_left(&mark(), &document(), TEXT, Some(entered))
            .unwrap()
    };
    let fresh = RemoteStore {
        clocks: Clocks::default(),
        ..other.clone()
    };
    fresh.skip(LIFE - 5);
    assert!(left(&fresh).is_none());
    assert!(fresh.get(&document()).unwrap().is_none(), "nothing is made");
    fresh.skip(10);
    let taken = left(&fresh).expect("it is dead");
    assert!(said(&fresh).starts_with("{\"id\":1}\nheld by "));
    drop(taken);
    assert_eq!(said(&fresh), "{\"id\":1}\ngiven up");
    assert!(left(&other).is_some(), "nobody waits for it any more");
    let unknown = fresh.claim_left(&mark(), &key("a/i/2.json"), TEXT, None);
    assert!(unknown.unwrap().is_none(), "of which nobody knows the age");
}

#[test]
fn short_work_makes_no_request() {
    let (store, _) = stores();
    let before = store.requests().unwrap();
    let claim = store
        .claim_entered(&document(), TEXT, Since::now())
        .unwrap();
    claim.hold().unwrap();
    assert!(claim.say(b"{\"id\":2}").unwrap());
    assert_eq!(store.requests().unwrap(), before);
    claim.check().unwrap();
    claim.withdraw().unwrap();
    let asked = store.requests().unwrap().since(before).to_string();
    assert_eq!(asked, "GET 1, PUT 0, HEAD 0, LIST 0, DELETE 0");
}

#[test]
fn work_that_lasts_gets_a_lease_as_any_other() {
    let (store, other) = stores();
    let often = store.renewing_every(Duration::from_millis(20));
    let claim = often
        .claim_entered(&document(), TEXT, Since::now())
        .unwrap();
    while often.get(&document()).unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(said(&often).starts_with("{\"id\":1}\nheld by "));
    assert!(claim.say(b"{\"id\":2}").unwrap());
    assert!(said(&often).starts_with("{\"id\":2}\nheld by "));
    let first = said(&often);
    while said(&often) == first {
        std::thread::sleep(Duration::from_millis(5));
    }
    claim.check().unwrap();
    let long_ago = Some(now(&other) - 1000);
    let left = other.claim_left(&mark(), &document(), TEXT, long_ago);
    assert!(left.unwrap().is_none(), "the lease counts, not the entry");
    claim.withdraw().unwrap();
    assert!(often.get(&document()).unwrap().is_none());
}

#[test]
fn who_gives_entered_work_up_says_so() {
    let (store, other) = stores();
    drop(
        store
            .claim_entered(&document(), TEXT, Since::now())
            .unwrap(),
    );
    assert_eq!(said(&store), "{\"id\":1}\ngiven up");
    let since = Some(now(&other));
    let left = other.claim_left(&mark(), &document(), TEXT, since);
    assert!(left.unwrap().is_some(), "at once");
}

#[test]
fn a_holder_whose_entry_was_taken_over_stops() {
    let (store, other) = stores();
    for often in [false, true] {
        let store = match often {
            true => store.clone().renewing_every(Duration::from_millis(20)),
            false => store.clone(),
        };
        let claim = store
            .claim_entered(&document(), TEXT, Since::now())
            .unwrap();
        let mut taken = None;
        if !often {
            let since = now(&other) - 100;
            let left = other.claim_left(&mark(), &document(), TEXT, Some(since));
            taken = Some(left.unwrap().expect("it is made for its holder"));
            // Both looks: the one that asks, and then the one that need not.
            assert!(claim.check().is_err());
        } else {
            // By its own clock it was stopped for longer than it may be.
            store.skip(50);
        }
        let error = claim.hold().unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{often}");
        assert!(claim.check().is_err() && claim.check().is_err());
        let before = store.get(&document()).unwrap();
        claim.withdraw().unwrap();
        assert_eq!(store.get(&document()).unwrap(), before, "it is not ours");
        if let Some(taken) = taken {
            taken.check().unwrap();
            taken.withdraw().unwrap();
        }
    }
}

/// Whoever took it over may have removed what he made.
#[test]
fn a_lease_that_is_made_too_late_counts_for_nothing() {
    let (store, _) = stores();
    let claim = store
        .claim_entered(&document(), TEXT, Since::now())
        .unwrap();
    store.skip(30);
    claim.hold().unwrap();
    assert!(said(&store).contains("held by"), "there is time to make it");
    claim.withdraw().unwrap();
    let claim = store
        .claim_entered(&document(), TEXT, Since::now())
        .unwrap();
    store.skip(50);
    assert!(claim.hold().is_err());
    assert!(store.get(&document()).unwrap().is_none());
    drop(claim);
    assert_eq!(said(&store), "{\"id\":1}\ngiven up");
}

#[test]
fn a_first_renewal_whose_answer_is_lost_is_one_all_the_same() {
    let (store, other) = stores();
    // The put of the lease, and the look that finds it.
    let killed = store.clone().killed_at(1, true);
    let claim = killed
        .claim_entered(&document(), TEXT, Since::now())
        .unwrap();
    killed.skip(30);
    assert!(claim.hold().is_err(), "no answer");
    assert!(said(&store).contains("held by"));
    let left = other.claim_left(&mark(), &document(), TEXT, Some(now(&other) - 100));
    assert!(left.unwrap().is_none(), "it is made, and fresh");
    std::mem::forget(claim);
}

#[test]
fn a_whole_object_that_comes_too_late_is_not_put_over_another_one() {
    let (store, other) = stores();
    let lock = key("a/locks");
    store.check_merge(&lock).unwrap();
    let held = |name: &Key, bytes: &[u8]| store.put_held(name, &lock, bytes, &mut || true);
    let before = store.requests().unwrap();
    assert!(held(&key("a/1"), b"1").unwrap());
    let asked = store.requests().unwrap().since(before);
    assert_eq!(asked.to_string(), "GET 0, PUT 1, HEAD 0, LIST 0, DELETE 0");
    // What is there is replaced, and then it is looked at before.
    for (bytes, expected) in [(b"2", "PUT 2, HEAD 1"), (b"3", "PUT 1, HEAD 1")] {
        let before = store.requests().unwrap();
        assert!(held(&key("a/1"), bytes).unwrap());
        let asked = store.requests().unwrap().since(before).to_string();
        assert!(asked.contains(expected), "{asked}");
        assert_eq!(store.get(&key("a/1")).unwrap().as_deref(), Some(&bytes[..]));
    }
    for name in ["a/1", "a/2", "a/3"].map(key) {
        let mut looks = 0;
        let mut holds = || {
            looks += 1;
            // The claim ends after the first look, and its successor puts his own.
            (looks == 1)
                .then(|| other.put(&name, b"new").unwrap())
                .is_some()
        };
        let put = store.put_held(&name, &lock, b"late", &mut holds);
        assert!(!put.unwrap(), "{name}");
        assert_eq!(store.get(&name).unwrap().as_deref(), Some(&b"new"[..]));
    }
}
