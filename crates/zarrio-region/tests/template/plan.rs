//! What a dry run tells.

use zarrio_model::config::Config;
use zarrio_region::{Cut, TemplateOptions};

use crate::given::Given;
use crate::{config, hourly, make_all, named, refused};

fn chunked(chunking: &str) -> Config {
    Config {
        chunking: chunking.parse().unwrap(),
        ..config("", "", "")
    }
}

#[test]
fn objects_sizes_and_memory_are_those_of_the_full_archive() {
    let settings = Config {
        chunking: "time:10".parse().unwrap(),
        ..config("", "2020-01-31", "")
    };
    let made = make_all(&[&hourly(0..4)], &settings, TemplateOptions::default()).unwrap();
    let plan = &made.plan;
    // 75 chunks each of t and count, one each of the others; documents of six arrays and
    // one group; one record.
    assert_eq!(plan.objects, 150 + 4 + 7 + 1);
    assert_eq!(plan.raw_bytes, 744 * (12 + 2 + 8) + 24 + 12 + 4);
    assert!(plan.writer_memory.0 >= 1 << 20);
    let json = serde_json::to_value(plan).unwrap();
    assert_eq!(json["time"]["length"], 744);
    assert_eq!(
        json["dimensions"][0],
        serde_json::json!({"name": "time", "length": 744})
    );
    let of = |name: &str| {
        let variables = json["variables"].as_array().unwrap();
        variables
            .iter()
            .find(|v| v["encoding"]["path"] == name)
            .unwrap()
            .clone()
    };
    assert!(of("t")["blocks"].is_null() && of("lat")["blocks"].is_object());
}

#[test]
fn too_many_objects_are_refused_with_a_remedy() {
    let options = TemplateOptions {
        max_objects: 100,
        ..TemplateOptions::default()
    };
    let text = refused(&[&hourly(0..100)], &chunked("time:2"), options);
    assert_eq!(
        text,
        "the archive would have 112 objects, and --max-objects is 100; hint: make larger chunks with --chunking or --target-chunk-size, or keep several in one object with --shards auto, or allow so many with --max-objects 112"
    );
}

#[test]
fn files_that_end_within_chunks_are_named() {
    let files = [
        named("jan.nc", 0..30),
        named("feb.nc", 30..50),
        named("mar.nc", 50..75),
    ];
    let files: Vec<&Given> = files.iter().collect();
    let made = make_all(&files, &chunked("time:25"), TemplateOptions::default()).unwrap();
    let [shared] = made.plan.shared_chunks.as_slice() else {
        panic!("{:?}", made.plan.shared_chunks)
    };
    assert_eq!(
        (shared.chunk, shared.variables.as_slice()),
        (25, &["t".to_owned(), "count".to_owned()][..])
    );
    let cut = |file: &str, position| Cut {
        file: file.into(),
        position,
        chunk_start: 25,
    };
    assert_eq!(shared.cuts, [cut("jan.nc", 30), cut("feb.nc", 30)]);
    let made = make_all(&files, &chunked("time:5"), TemplateOptions::default()).unwrap();
    assert!(made.plan.shared_chunks.is_empty());
}

/// Positions that no file has would be boundaries between files.
#[test]
fn a_step_finer_than_that_of_the_files_makes_no_more_of_them() {
    let files = [named("jan.nc", 0..30), named("feb.nc", 30..50)];
    let files: Vec<&Given> = files.iter().collect();
    let settings = |chunking: &str| Config {
        chunking: chunking.parse().unwrap(),
        ..config("", "", "30min")
    };
    let made = make_all(&files, &settings("time:50"), TemplateOptions::default()).unwrap();
    assert_eq!(made.archive_shape("t"), [99, 3]);
    let cuts: Vec<_> = made
        .plan
        .shared_chunks
        .iter()
        .flat_map(|s| &s.cuts)
        .collect();
    let [jan, feb] = cuts.as_slice() else {
        panic!("{cuts:?}")
    };
    assert_eq!((jan.file.as_str(), jan.position), ("jan.nc", 60));
    assert_eq!((feb.file.as_str(), feb.position), ("feb.nc", 60));
    let made = make_all(&files, &settings("time:20"), TemplateOptions::default()).unwrap();
    assert!(made.plan.shared_chunks.is_empty());
}

#[test]
fn a_plan_needs_no_memory_for_what_it_does_not_write() {
    let settings = Config {
        memory: zarrio_model::config::MemoryLimit::Limit(zarrio_model::ByteSize(20_000)),
        ..config("", "2020-01-20", "")
    };
    let made = make_all(&[&hourly(0..4)], &settings, TemplateOptions::default()).unwrap();
    assert_eq!(made.archive_shape("t"), [480, 3]);
}
