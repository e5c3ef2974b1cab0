//! Google's conditions, which no server that is at hand keeps: against a stub that keeps them as
//! they are documented, or ignores them.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::*;

/// Credentials that are asked for nowhere.
const NO_ACCOUNT: &str =
    r#"{"private_key":"","private_key_id":"","client_email":"","disable_oauth":true}"#;
const CONDITION: &str = "x-goog-if-generation-match";

/// Objects with their generations, and the conditions that puts came with.
#[derive(Debug, Default)]
struct State {
    objects: HashMap<String, (u64, Vec<u8>)>,
    last: u64,
    puts: Vec<(String, Option<String>)>,
    ignores: bool,
}

fn stub(ignores: bool) -> (RemoteStore, Arc<Mutex<State>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let state = Arc::new(Mutex::new(State {
        ignores,
        ..State::default()
    }));
    let shared = Arc::clone(&state);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let state = Arc::clone(&shared);
            std::thread::spawn(move || answer(stream, &state));
        }
    });
    let option = |name: &str, value: String| (name.to_owned(), value);
    let options = RemoteOptions {
        given: vec![
            option("base_url", format!("http://127.0.0.1:{port}")),
            option("service_account_key", NO_ACCOUNT.into()),
        ],
        retries: 2,
        max_backoff: Duration::from_millis(10),
        ..RemoteOptions::default()
    };
    let address = Address::parse("gs://bucket/archive.zarr").unwrap().unwrap();
    (RemoteStore::open(address, &options).unwrap(), state)
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let mut body = None;
    while body.is_none_or(|(start, length): (usize, usize)| bytes.len() < start + length) {
        let Some(read) = stream.read(&mut buffer).ok().filter(|read| *read > 0) else {
            return;
        };
        bytes.extend_from_slice(&buffer[..read]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let length = header(&bytes[..end], "content-length").unwrap_or_default();
            body = Some((end + 4, length.parse().unwrap_or(0)));
        }
    }
    let (start, _) = body.unwrap();
    let head = String::from_utf8_lossy(&bytes[..start]).into_owned();
    let mut line = head.split(' ');
    let (method, path) = (
        line.next().unwrap(),
        line.next().unwrap().replace("%2F", "/"),
    );
    let mut state = state.lock().unwrap();
    let State {
        objects,
        last,
        puts,
        ignores,
    } = &mut *state;
    let now = objects.get(&path).map_or(0, |(generation, _)| *generation);
    let (status, content) = match method {
        "PUT" => {
            let condition = header(&bytes[..start], CONDITION);
            puts.push((path.clone(), condition.clone()));
            if !*ignores && condition.is_some_and(|wanted| wanted != now.to_string()) {
                ("412 Precondition Failed", Vec::new())
            } else {
                *last += 1;
                objects.insert(path.clone(), (*last, bytes[start..].to_vec()));
                ("200 OK", Vec::new())
            }
        }
        "DELETE" => match objects.remove(&path) {
            Some(_) => ("204 No Content", Vec::new()),
            None => ("404 Not Found", Vec::new()),
        },
        _ => match objects.get(&path) {
            Some((_, content)) => ("200 OK", content.clone()),
            None => ("404 Not Found", Vec::new()),
        },
    };
    let generation = objects
        .get(&path)
        .map_or(now, |(generation, _)| *generation);
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nETag: \"tag-{generation}\"\r\n\
         x-goog-generation: {generation}\r\nLast-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\n\
         Connection: close\r\n\r\n",
        content.len()
    );
    drop(state);
    let _ = stream.write_all(head.as_bytes());
    if method != "HEAD" {
        let _ = stream.write_all(&content);
    }
}

fn header(head: &[u8], name: &str) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let found = fields.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim().to_owned())
}

#[test]
fn changes_are_on_the_condition_of_a_generation_and_none_is_lost() {
    let (store, state) = stub(false);
    let lock = key("a/.zarrio/locks");
    store.check_merge(&lock).unwrap();
    let words = key("a/c/0");
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let (store, words, lock) = (&store, &words, &lock);
            scope.spawn(move || {
                for turn in 0..10 {
                    let word = format!("{writer}-{turn} ");
                    let mut add = |old: Option<&[u8]>| {
                        Some([old.unwrap_or_default(), word.as_bytes()].concat())
                    };
                    assert!(store.merge(words, lock, &mut add).unwrap());
                }
            });
        }
    });
    let said = String::from_utf8(store.get(&words).unwrap().unwrap()).unwrap();
    let mut said: Vec<&str> = said.split_whitespace().collect();
    said.sort_unstable();
    said.dedup();
    assert_eq!(said.len(), 40, "{said:?}");
    store.put(&key("a/c/1"), b"whole").unwrap();

    let state = state.lock().unwrap();
    let conditions = |end: &str| -> Vec<Option<String>> {
        let puts = state.puts.iter().filter(|(path, _)| path.ends_with(end));
        puts.map(|(_, condition)| condition.clone()).collect()
    };
    let merged = conditions("/a/c/0");
    let made = merged.iter().filter(|c| c.as_deref() == Some("0"));
    assert!((1..=4).contains(&made.count()), "{merged:?}");
    assert!(merged.len() >= 40 && merged.iter().all(Option::is_some));
    assert_eq!(conditions("/a/c/1"), [None]);
}

#[test]
fn a_server_that_ignores_generations_is_found_out() {
    let (store, _) = stub(true);
    let error = store.check_merge(&key("a/.zarrio/locks")).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unsupported, "{error}");
}
