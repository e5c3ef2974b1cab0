//! What several writers that died over one place have left is told of each of them.

use std::sync::Arc;

use zarrio_model::config::ZarrFormat;
use zarrio_region::{Converter, Finding, MatchOptions, Status, VerifyOptions};
use zarrio_store::MemoryStore;

use super::ahead::put_ahead;
use super::mortal::Mortal;
use super::nowhere::Nowhere;
use super::{config, declare, file, open, template, write};

/// Begins to write some steps of a file, and dies.
fn kill(store: &Arc<MemoryStore>, number: u64, steps: std::ops::Range<u64>) {
    let mortal = Mortal::new(store.clone(), 3);
    write(Arc::new(mortal.clone()), &file(number, steps)).unwrap_err();
    assert!(mortal.has_put("/intents/") && !mortal.has_put("/records/"));
}

/// The files of whose writing it is told that it is not finished, by the status and by both ways
/// to verify.
fn told(store: &Arc<MemoryStore>) -> Vec<String> {
    let archive = open(store.clone());
    let name = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let status = Status::of(&archive, Some("time")).unwrap();
    let writers = status.writers.into_iter();
    let mut told: Vec<String> = writers.map(|w| name(&w.source.unwrap())).collect();
    told.sort();
    assert_eq!(status.complete, told.is_empty());
    for quick in [true, false] {
        let options = VerifyOptions {
            quick,
            ..VerifyOptions::default()
        };
        let converter = Converter::new(config(ZarrFormat::V3));
        let mut verifier = converter.verifier(&archive, options).unwrap();
        verifier
            .archive(&Nowhere, &MatchOptions::default())
            .unwrap();
        let findings = verifier.finish().findings.into_iter();
        let mut files: Vec<String> = findings
            .filter_map(|finding| match finding {
                Finding::Unfinished { variable, file, .. } if variable == "t" => Some(name(&file)),
                _ => None,
            })
            .collect();
        files.sort();
        assert_eq!(files, told, "quick: {quick}");
    }
    told
}

#[test]
fn a_writer_that_died_does_not_hide_another() {
    let store = template(ZarrFormat::V3);
    write(store.clone(), &file(1, 0..12)).unwrap();
    assert_eq!(told(&store), [""; 0]);
    kill(&store, 2, 2..7);
    kill(&store, 3, 2..7);
    assert_eq!(told(&store), ["file-2.nc", "file-3.nc"]);
    // Whoever completes it, nothing is left of either.
    write(store.clone(), &file(2, 2..7)).unwrap();
    assert_eq!(told(&store), [""; 0]);

    // The later one covers less, or other things.
    kill(&store, 3, 0..6);
    kill(&store, 4, 4..9);
    kill(&store, 4, 4..9);
    assert_eq!(told(&store), ["file-3.nc", "file-4.nc"]);
    write(store.clone(), &file(4, 4..9)).unwrap();
    assert_eq!(told(&store), ["file-3.nc"]);
    write(store.clone(), &file(5, 0..4)).unwrap();
    assert_eq!(told(&store), [""; 0]);
}

/// What is there is of the file that died last, and that of another one was begun in between.
#[test]
fn a_file_that_was_begun_again_does_not_hide_another() {
    let store = template(ZarrFormat::V3);
    write(store.clone(), &file(1, 0..12)).unwrap();
    kill(&store, 1, 0..12);
    assert_eq!(told(&store), [""; 0], "it is what was there");
    kill(&store, 2, 3..8);
    assert_eq!(told(&store), ["file-2.nc"]);
    kill(&store, 1, 0..12);
    assert_eq!(told(&store), ["file-1.nc", "file-2.nc"]);
    write(store.clone(), &file(1, 0..12)).unwrap();
    assert_eq!(told(&store), [""; 0]);
}

/// Of a writer whose clock was ahead the announcement is later than all that follows by right
/// clocks; a gap that is declared there counts all the same.
#[test]
fn a_gap_comes_after_announcements() {
    let store = template(ZarrFormat::V3);
    kill(&store, 1, 2..7);
    put_ahead(&store);
    declare(store.clone(), 0..12).unwrap();
    let status = |store: &Arc<MemoryStore>| {
        let archive = open(store.clone());
        Status::of(&archive, Some("time")).unwrap()
    };
    let found = status(&store);
    assert!(found.complete && found.writers.is_empty(), "{found:?}");
    // Whoever begins after it comes after it.
    kill(&store, 2, 4..6);
    assert!(!status(&store).complete);
    declare(store.clone(), 3..7).unwrap();
    assert!(status(&store).complete);
    write(store.clone(), &file(2, 4..6)).unwrap();
    assert_eq!(status(&store).sources.len(), 2);
}
