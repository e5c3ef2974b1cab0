//! One suite for every store.
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "this is a test; it lives outside `cfg(test)` so that other crates can run it"
)]

use std::sync::atomic::{AtomicBool, Ordering};

use crate::{ByteRange, Key, ObjectMeta, Prefix, Store, StoreErrorKind};

/// Checks that an empty store keeps the promises of [`Store`]; leaves it empty.
///
/// Panics with the promise that was broken.
pub fn check_store(store: &dyn Store) {
    assert!(
        store.is_empty(&Prefix::root()).expect("is_empty"),
        "the suite wants an empty store"
    );
    absence(store);
    objects(store);
    ranges(store);
    listings(store);
    deletion(store);
    atomicity(store);
    concurrent_puts(store);
    concurrent_merges(store);
    conditional_deletes(store);
    each_name(store);
    several(store);
    puts_of_claimants(store);
    claims(store);
    store.sync().expect("sync");
    store
        .delete_prefix(&Prefix::root())
        .expect("delete everything");
    assert_eq!(store.list(&Prefix::root()).expect("list"), []);
    assert!(store.is_empty(&Prefix::root()).expect("is_empty"));
}

fn key(text: &str) -> Key {
    Key::new(text).expect("a valid key")
}

fn prefix(text: &str) -> Prefix {
    Prefix::new(text).expect("a valid prefix")
}

fn names(objects: &[ObjectMeta]) -> Vec<(&str, u64)> {
    objects
        .iter()
        .map(|object| (object.key.as_str(), object.size))
        .collect()
}

fn absence(store: &dyn Store) {
    let nothing = key("no/such/object");
    assert_eq!(store.get(&nothing).expect("get"), None);
    assert_eq!(store.size(&nothing).expect("size"), None);
    assert_eq!(
        store
            .get_range(&nothing, ByteRange::From(7))
            .expect("get_range"),
        None
    );
    assert_eq!(store.get_ranges(&nothing, &[]).expect("get_ranges"), None);
    assert!(!store.exists(&nothing).expect("exists"));
    store
        .delete(&nothing)
        .expect("to delete what is absent is fine");
    store
        .delete_prefix(&prefix("no/such"))
        .expect("to delete what is absent is fine");
    assert_eq!(store.list(&prefix("no")).expect("list"), []);
    assert!(store.is_empty(&prefix("no")).expect("is_empty"));
    assert!(
        store
            .list_children(&prefix("no"))
            .expect("children")
            .objects
            .is_empty()
    );
}

fn objects(store: &dyn Store) {
    let deep = key("objects/deep/c/0/0/0");
    store.put(&deep, b"first, and longer").expect("put");
    store.put(&deep, b"second").expect("replace");
    assert_eq!(
        store.get(&deep).expect("get").as_deref(),
        Some(b"second".as_slice())
    );
    assert_eq!(store.size(&deep).expect("size"), Some(6));

    let empty = key("objects/empty");
    store.put(&empty, b"").expect("put");
    assert_eq!(
        store.get(&empty).expect("get"),
        Some(vec![]),
        "empty is not absent"
    );
    assert!(store.exists(&empty).expect("exists"));

    let large: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
    store.put(&key("objects/large"), &large).expect("put");
    assert!(
        store.get(&key("objects/large")).expect("get") == Some(large),
        "every byte"
    );

    assert_eq!(
        store.get(&key("objects/deep")).expect("get"),
        None,
        "a place is no object"
    );
    assert_eq!(
        store.size(&key("objects/deep")).expect("size"),
        None,
        "a place is no object"
    );
    assert_eq!(
        store.get(&key("objects/empty/x")).expect("get"),
        None,
        "an object is no place"
    );
    store
        .delete(&key("objects/empty/x"))
        .expect("nothing is there");

    for name in [
        "objects/.zattrs",
        "objects/space and ümlaut",
        "objects/0.1.2",
    ] {
        store.put(&key(name), name.as_bytes()).expect(name);
        assert_eq!(
            store.get(&key(name)).expect(name).as_deref(),
            Some(name.as_bytes())
        );
    }
    store.delete_prefix(&prefix("objects")).expect("delete");
}

fn ranges(store: &dyn Store) {
    let key = key("ranges/object");
    store.put(&key, b"0123456789").expect("put");
    let bounded = |offset, length| ByteRange::Bounded { offset, length };
    let parts = store
        .get_ranges(
            &key,
            &[
                bounded(2, 3),
                ByteRange::Last(2),
                bounded(10, 0),
                ByteRange::From(8),
            ],
        )
        .expect("get_ranges")
        .expect("is there");
    assert_eq!(parts, [b"234".as_slice(), b"89", b"", b"89"]);
    assert_eq!(
        store.get_ranges(&key, &[]).expect("get_ranges"),
        Some(vec![])
    );
    for beyond in [
        bounded(8, 3),
        ByteRange::Last(11),
        ByteRange::From(11),
        bounded(u64::MAX, 1),
    ] {
        let error = store
            .get_range(&key, beyond)
            .expect_err("reaches beyond the object");
        assert_eq!(error.kind(), StoreErrorKind::InvalidRange, "{beyond:?}");
    }
    store.delete(&key).expect("delete");
}

fn listings(store: &dyn Store) {
    for (name, size) in [
        ("b", 1),
        ("a/x", 2),
        ("a/y/z", 3),
        ("a.b", 4),
        ("ab/x", 5),
        ("c/d/e", 6),
    ] {
        store
            .put(&key(&format!("list/{name}")), &vec![0; size])
            .expect(name);
    }
    let all = [
        ("list/a.b", 4),
        ("list/a/x", 2),
        ("list/a/y/z", 3),
        ("list/ab/x", 5),
        ("list/b", 1),
        ("list/c/d/e", 6),
    ];
    assert_eq!(names(&store.list(&Prefix::root()).expect("list")), all);
    assert_eq!(names(&store.list(&prefix("list")).expect("list")), all);
    assert_eq!(
        names(&store.list(&prefix("list/a")).expect("list")),
        [("list/a/x", 2), ("list/a/y/z", 3)],
        "a prefix ends at a slash"
    );
    let children = store.list_children(&prefix("list")).expect("children");
    assert_eq!(names(&children.objects), [("list/a.b", 4), ("list/b", 1)]);
    let places: Vec<_> = children.prefixes.iter().map(Prefix::as_str).collect();
    assert_eq!(places, ["list/a", "list/ab", "list/c"]);
    assert!(
        !store.is_empty(&prefix("list/c")).expect("is_empty"),
        "looks at any depth"
    );
    assert!(!store.is_empty(&Prefix::root()).expect("is_empty"));
}

/// Goes on with what `listings` left.
fn deletion(store: &dyn Store) {
    store.delete_prefix(&prefix("list/a")).expect("delete");
    assert_eq!(
        names(&store.list(&prefix("list")).expect("list")),
        [
            ("list/a.b", 4),
            ("list/ab/x", 5),
            ("list/b", 1),
            ("list/c/d/e", 6)
        ]
    );
    store
        .delete_prefix(&prefix("list/b"))
        .expect("no such place");
    assert!(
        store.exists(&key("list/b")).expect("exists"),
        "an object is not in its own place"
    );
    store.delete(&key("list/c")).expect("no such object");
    assert!(
        store.exists(&key("list/c/d/e")).expect("exists"),
        "a place is not an object"
    );
    store
        .put(&key("list/a/x"), b"again")
        .expect("put where something was removed");
    store.remove_empty(&prefix("list")).expect("not empty");
    assert!(store.exists(&key("list/a/x")).expect("exists"));
    store.delete_prefix(&prefix("list")).expect("delete");
    store.remove_empty(&prefix("list")).expect("absent");
    assert_eq!(store.list(&Prefix::root()).expect("list"), []);
}

/// A reader sees whole objects only, while a writer replaces them by others of other sizes.
fn atomicity(store: &dyn Store) {
    let key = key("atomic/object");
    let states: Vec<Vec<u8>> = (0..8_u8)
        .map(|i| vec![i; 1 + 40_000 * usize::from(i)])
        .collect();
    store.put(&key, &states[0]).expect("put");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut reads = 0;
                while !done.load(Ordering::Relaxed) || reads < 10 {
                    let bytes = store.get(&key).expect("get").expect("is always there");
                    assert!(
                        states.contains(&bytes),
                        "a torn object of {} bytes",
                        bytes.len()
                    );
                    let (head, tail) = (
                        ByteRange::Bounded {
                            offset: 0,
                            length: 1,
                        },
                        ByteRange::Last(1),
                    );
                    let parts = store
                        .get_ranges(&key, &[head, tail])
                        .expect("ranges")
                        .expect("there");
                    assert_eq!(parts[0], parts[1], "parts of two states");
                    reads += 1;
                }
            });
        }
        for round in 0..200 {
            store.put(&key, &states[round % states.len()]).expect("put");
        }
        done.store(true, Ordering::Relaxed);
    });
    store.delete(&key).expect("delete");
}

/// Several writers of one key, and of many keys in places that none has made.
fn concurrent_puts(store: &dyn Store) {
    std::thread::scope(|scope| {
        for writer in 0..4_u8 {
            scope.spawn(move || {
                let bytes = vec![writer; 10_000 + usize::from(writer)];
                for round in 0..25 {
                    store.put(&key("race/one"), &bytes).expect("put");
                    store
                        .put(&key(&format!("race/{round}/a/b/{writer}")), &[writer])
                        .expect("put");
                }
            });
        }
    });
    let bytes = store.get(&key("race/one")).expect("get").expect("is there");
    assert_eq!(bytes, vec![bytes[0]; 10_000 + usize::from(bytes[0])]);
    assert_eq!(store.list(&prefix("race")).expect("list").len(), 1 + 4 * 25);
    store.delete_prefix(&prefix("race")).expect("delete");
}

/// Every writer adds its own byte to one object: none is lost.
fn concurrent_merges(store: &dyn Store) {
    let (object, lock) = (key("merges/object"), key("merges/.private/locks"));
    const WRITERS: u8 = 8;
    const TIMES: usize = 25;
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (object, lock) = (&object, &lock);
            scope.spawn(move || {
                for _ in 0..TIMES {
                    let merged = store.merge(object, lock, &mut |old| {
                        Some(
                            old.unwrap_or_default()
                                .iter()
                                .copied()
                                .chain([writer])
                                .collect(),
                        )
                    });
                    assert!(merged.expect("merge"));
                }
            });
        }
    });
    let bytes = store.get(&object).expect("get").expect("the object");
    for writer in 0..WRITERS {
        let count = bytes.iter().filter(|byte| **byte == writer).count();
        assert_eq!(count, TIMES, "changes of writer {writer} were lost");
    }
    let kept = store
        .merge(&object, &lock, &mut |_| None)
        .expect("merge nothing");
    assert!(!kept, "a merge that gives nothing says so");
    assert_eq!(store.get(&object).expect("get"), Some(bytes));
    store
        .put_shared(&object, &lock, b"new")
        .expect("put_shared");
    assert_eq!(
        store.get(&object).expect("get").as_deref(),
        Some(b"new".as_slice())
    );
}

/// What is deleted on a condition is what the condition was asked of.
fn conditional_deletes(store: &dyn Store) {
    let (object, lock) = (key("conditions/object"), key("conditions/.private/locks"));
    store.put(&object, b"old").expect("put");
    if let Err(error) = store.delete_if(&object, &lock, &mut |_| true) {
        // A store that cannot do it says so, and does nothing.
        assert_eq!(error.kind(), StoreErrorKind::Unsupported);
        assert!(store.exists(&object).expect("exists"));
        return store.delete(&object).expect("delete");
    }
    store.put(&object, b"old").expect("put");
    let delete = |expected: &'static [u8]| {
        store
            .delete_if(&object, &lock, &mut |bytes| bytes == expected)
            .expect("delete_if")
    };
    assert!(!delete(b"new"));
    assert!(delete(b"old"));
    assert!(!delete(b"old"), "what is absent is not removed");
    assert!(!store.exists(&object).expect("exists"));
}

/// Names are those of the listing.
fn each_name(store: &dyn Store) {
    for name in ["names/a", "names/b/c", "names/b/d/e", "namesake"] {
        store.put(&key(name), b"1").expect("put");
    }
    let mut found = Vec::new();
    let place = prefix("names");
    store
        .each_name(&place, &mut |name| found.push(name.to_owned()))
        .expect("each_name");
    found.sort();
    assert_eq!(found, ["a", "b/c", "b/d/e"]);
    let absent = prefix("names/absent");
    store
        .each_name(&absent, &mut |name| found.push(name.to_owned()))
        .expect("each_name");
    assert_eq!(found.len(), 3, "nothing lies in a place that is not there");
}

fn several(store: &dyn Store) {
    let keys: Vec<Key> = (0..7).map(|i| key(&format!("several/{i}"))).collect();
    let each = keys.iter().step_by(2);
    let each = each.map(|key| (key.clone(), key.as_str().as_bytes().to_vec()));
    store.put_each(&each.collect::<Vec<_>>()).expect("put_each");
    store.put_each(&[]).expect("nothing is none too few");
    let found = store.get_each(&keys).expect("get_each");
    for (i, (key, found)) in keys.iter().zip(&found).enumerate() {
        let put = (i % 2 == 0).then(|| key.as_str().as_bytes());
        assert_eq!(found.as_deref(), put, "in their order");
    }
    let there = store.exists_each(&keys).expect("exists_each");
    assert_eq!(there, found.iter().map(Option::is_some).collect::<Vec<_>>());
    assert_eq!(found.len(), keys.len());
    store.delete_each(&keys[1..]).expect("absence is no error");
    store.delete_each(&[]).expect("nor is nothing");
    let left = store.list(&prefix("several")).expect("list");
    assert_eq!(left.len(), 1);
}

fn puts_of_claimants(store: &dyn Store) {
    let (name, lock) = (key("held/object"), key("held/.zarrio/locks"));
    for (bytes, holds) in [(b"1", true), (b"2", true), (b"3", false)] {
        let put = store.put_held(&name, &lock, bytes, &mut || holds);
        assert_eq!(put.expect("put_held"), holds);
    }
    let found = store.get(&name).expect("get");
    assert_eq!(found.as_deref(), Some(&b"2"[..]), "the last one was let be");
}

fn claims(store: &dyn Store) {
    let name = key("claims/claim");
    let first = store.claim(&name).expect("claim").expect("nobody has it");
    assert!(
        store.claim(&name).expect("claim").is_none(),
        "one at a time"
    );
    drop(first);
    assert!(
        store.exists(&name).expect("exists"),
        "an abandoned claim leaves its mark"
    );
    let again = store.claim(&name).expect("claim").expect("it was given up");
    again.withdraw().expect("withdraw");
    assert!(!store.exists(&name).expect("exists"));
}
