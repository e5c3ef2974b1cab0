mod google;
mod leases;

use std::sync::Arc;
use std::time::Duration;

use object_store::memory::InMemory;

use super::*;
use crate::testing::check_store;

fn store() -> RemoteStore {
    over(Arc::new(InMemory::new()))
}

fn over(client: Arc<InMemory>) -> RemoteStore {
    let address = Address::parse("s3://bucket/some/archive.zarr")
        .unwrap()
        .unwrap();
    RemoteStore::over(client, address).unwrap()
}

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

#[test]
fn the_suite_passes() {
    check_store(&store());
}

#[test]
fn conditions_that_hold_are_tried_once() {
    let client = Arc::new(InMemory::new());
    let store = over(Arc::clone(&client));
    let lock = key("a/.zarrio/locks");
    store.check_merge(&lock).unwrap();
    let before = store.requests();
    store.check_merge(&lock).unwrap();
    assert_eq!(store.requests(), before, "the process knows");
    let other = over(client);
    other.check_merge(&lock).unwrap();
    let asked = other.requests().unwrap();
    assert_eq!((asked.get, asked.put), (1, 0), "the archive knows");
    let left = store.list(&Prefix::root()).unwrap();
    assert_eq!(left.len(), 1, "the trials are removed: {left:?}");
}

#[test]
fn a_lease_that_another_took_is_noticed_and_one_that_is_fresh_is_not_renewed() {
    let client = Arc::new(InMemory::new());
    let store = over(Arc::clone(&client));
    let claim = store.claim(&key("a/mark")).unwrap().unwrap();
    let before = store.requests().unwrap();
    claim.check().unwrap();
    let asked = store.requests().unwrap().since(before);
    assert_eq!(asked.to_string(), "GET 1, PUT 0, HEAD 0, LIST 0, DELETE 0");
    over(client)
        .put(&key("a/mark"), b"held by another, 0")
        .unwrap();
    let error = claim.check().unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    claim.withdraw().unwrap();
    let left = store.get(&key("a/mark")).unwrap();
    assert_eq!(
        left.as_deref(),
        Some(&b"held by another, 0"[..]),
        "it is not ours to remove"
    );
}

#[test]
fn nothing_is_written_to_a_web_server() {
    let address = Address::parse("http://127.0.0.1:1/a").unwrap().unwrap();
    let store = RemoteStore::over(Arc::new(InMemory::new()), address).unwrap();
    let error = store.put(&key("a"), b"1").unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::ReadOnly);
    assert!(store.delete_prefix(&Prefix::root()).is_err());
}

#[test]
fn names_are_not_encoded() {
    let store = store();
    store.put(&key("a b/ü%20{x}"), b"1").unwrap();
    let inner = InMemory::new();
    drop(inner);
    assert_eq!(
        store.list(&Prefix::root()).unwrap()[0].key.as_str(),
        "a b/ü%20{x}"
    );
}

#[test]
fn a_server_that_does_not_answer_is_unavailable_and_the_wait_can_be_ended() {
    let address = Address::parse("s3://bucket/a").unwrap().unwrap();
    // Nobody listens on port 1.
    let options = RemoteOptions {
        given: vec![
            ("endpoint".into(), "http://127.0.0.1:1".into()),
            ("access_key_id".into(), "id".into()),
            ("secret_access_key".into(), "SECRET".into()),
        ],
        retries: 1,
        max_backoff: Duration::from_millis(1),
        ..RemoteOptions::default()
    };
    let store = RemoteStore::open(address, &options).unwrap();
    let error = store.get(&key("x")).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    assert!(
        error
            .to_string()
            .starts_with("s3://bucket/a/x: cannot read it"),
        "{error}"
    );
    assert!(!format!("{error:?} {store:?} {options:?}").contains("SECRET"));
}

#[test]
fn options_of_another_service_hinder_nobody() {
    let options = RemoteOptions {
        given: vec![
            ("endpoint".into(), "http://127.0.0.1:1".into()),
            ("access_key_id".into(), "id".into()),
            ("secret_access_key".into(), "key".into()),
            ("account_name".into(), "devstoreaccount1".into()),
            ("container_name".into(), "c".into()),
        ],
        ..RemoteOptions::default()
    };
    for url in ["http://127.0.0.1:1/a", "s3://bucket/a"] {
        let address = Address::parse(url).unwrap().unwrap();
        RemoteStore::open(address, &options).unwrap();
    }
}

#[test]
fn an_unknown_option_is_named() {
    let address = Address::parse("s3://bucket/a").unwrap().unwrap();
    let options = RemoteOptions {
        given: vec![("endpiont".into(), "x".into())],
        ..RemoteOptions::default()
    };
    for address in [address, Address::parse("http://h/a").unwrap().unwrap()] {
        let error = RemoteStore::open(address, &options).unwrap_err();
        assert!(error.to_string().contains("\"endpiont\""), "{error}");
    }
}

#[test]
fn a_claim_and_what_it_says_are_one_object() {
    let client = Arc::new(InMemory::new());
    let (store, other) = (over(Arc::clone(&client)), over(client));
    let (mark, document) = (key("a/i/1.live"), key("a/i/1.json"));
    for store in [&store, &other] {
        store.check_merge(&key("a/locks")).unwrap();
    }
    let said = |store: &RemoteStore| store.get(&document).unwrap().unwrap();
    let text = b"{\"id\":1}";
    let before = store.requests().unwrap();
    let claim = store.claim_saying(&mark, &document, Some(text)).unwrap();
    let claim = claim.unwrap();
    assert!(claim.say(text).unwrap(), "it says so already");
    let asked = store.requests().unwrap().since(before);
    assert_eq!((asked.put, asked.delete), (1, 0));
    assert!(said(&store).starts_with(b"{\"id\":1}\nheld by "));
    assert!(store.get(&mark).unwrap().is_none());
    assert!(claim.say(b"{\"id\":2}").unwrap());
    claim.check().unwrap();
    assert!(said(&store).starts_with(b"{\"id\":2}\nheld by "));

    // Somebody who looks whether it is held, and finds the text however it ends.
    let look = || other.claim_saying(&mark, &document, None).unwrap();
    assert!(look().is_none());
    drop(claim);
    assert_eq!(said(&store), b"{\"id\":2}\ngiven up");
    let taken = look().unwrap();
    assert!(said(&store).starts_with(b"{\"id\":2}\nheld by "));
    drop(taken);
    assert_eq!(said(&store), b"{\"id\":2}\ngiven up");
    // In this order it is removed by one request that removes, and does not come back.
    let taken = look().unwrap();
    store.delete(&document).unwrap();
    taken.withdraw().unwrap();
    assert!(store.get(&document).unwrap().is_none());
    // There is nothing that says anything: a mark of its own.
    let taken = look().unwrap();
    assert!(store.get(&mark).unwrap().is_some() && store.get(&document).unwrap().is_none());
    taken.withdraw().unwrap();
}

#[test]
fn a_claim_says_nothing_where_conditions_may_not_hold() {
    let store = store();
    let (mark, document) = (key("a/i/1.live"), key("a/i/1.json"));
    let claim = store.claim_saying(&mark, &document, Some(b"{}")).unwrap();
    let claim = claim.unwrap();
    assert!(!claim.say(b"{}").unwrap());
    assert!(store.get(&mark).unwrap().is_some() && store.get(&document).unwrap().is_none());
    // Nor where a document came from a directory.
    store.put(&document, b"{}").unwrap();
    assert!(
        store
            .claim_saying(&mark, &document, None)
            .unwrap()
            .is_none()
    );
    drop(claim);
    let taken = store.claim_saying(&mark, &document, None).unwrap();
    assert!(taken.is_some());
    assert_eq!(store.get(&document).unwrap().as_deref(), Some(&b"{}"[..]));
}
