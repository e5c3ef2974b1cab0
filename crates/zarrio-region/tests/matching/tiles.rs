//! What does not grow, written part by part: by tiles, and by writers that were stopped.

use std::collections::BTreeMap;
use std::sync::Arc;

use zarrio_model::Region;
use zarrio_model::config::Config;
use zarrio_region::{Converter, WriteReport, ZarrSource};
use zarrio_store::{Key, MemoryStore, Prefix, Store};

use super::*;

/// Labels from `x`, a mask without a missing value and a height with one.
fn tile(x: std::ops::Range<i32>, mask: Vec<u8>, height: Vec<f32>) -> Given {
    let length = x.len() as u64;
    Given::new("tile.nc")
        .axis("x", Data::I32(x.collect()), "")
        .with("mask", &[("x", length)], Data::U8(mask), &[])
        .with("height", &[("x", length)], Data::F32(height), &[])
}

/// The archive of eight labels in chunks of three, with the chunks of `mask` and `height`
/// that are kept.
fn archive_of(whole: &Given, kept: &[&str]) -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::new());
    let config = Config {
        chunking: "x:3".parse().unwrap(),
        ..Config::default()
    };
    let made = Converter::new(config).convert(whole, store.as_ref());
    made.unwrap();
    for key in objects(&store).into_keys() {
        let name = key.as_str();
        if name.contains("/c/") && !name.starts_with("x/") && !kept.contains(&name) {
            store.delete(&key).unwrap();
        }
    }
    store
}

fn objects(store: &Arc<MemoryStore>) -> BTreeMap<Key, Vec<u8>> {
    let keys = store.list(&Prefix::root()).unwrap().into_iter();
    let keys = keys.map(|object| object.key);
    keys.map(|key| (key.clone(), store.get(&key).unwrap().unwrap()))
        .filter(|(key, _)| !key.as_str().contains(".zarrio"))
        .collect()
}

fn write(store: &Arc<MemoryStore>, file: &Given) -> Result<WriteReport, RegionError> {
    let archive = ZarrSource::open(store.clone(), &NodePath::root()).unwrap();
    Converter::new(Config::default()).write_region(file, &archive, &MatchOptions::default())
}

fn values(store: &Arc<MemoryStore>) -> (Vec<u8>, Vec<f32>) {
    let archive = ZarrSource::open(store.clone(), &NodePath::root()).unwrap();
    let (mut mask, mut height) = (vec![0; 8], vec![0.0f32; 8]);
    let all = Region::full(&[8]);
    let read = |name, out: &mut [u8]| archive.read(&NodePath::parse(name), &all, out).unwrap();
    read("mask", &mut mask);
    read("height", bytemuck::cast_slice_mut(&mut height));
    (mask, height)
}

fn eight() -> (Vec<u8>, Vec<f32>) {
    (
        vec![5, 0, 7, 8, 9, 0, 2, 3],
        vec![1.0, 2.0, 3.0, 0.0, 5.0, 6.0, 7.0, 8.0],
    )
}

fn whole() -> Given {
    let (mask, height) = eight();
    tile(0..8, mask, height)
}

#[test]
fn a_writer_that_was_stopped_between_chunks_is_followed_by_another() {
    let full = objects(&archive_of(
        &whole(),
        &[
            "mask/c/0",
            "mask/c/1",
            "mask/c/2",
            "height/c/0",
            "height/c/1",
            "height/c/2",
        ],
    ));
    for kept in [
        &["mask/c/0"][..],
        &["mask/c/1", "height/c/0"],
        &["mask/c/0", "mask/c/2", "height/c/1", "height/c/2"],
        &[],
    ] {
        let store = archive_of(&whole(), kept);
        let report = write(&store, &whole()).unwrap();
        assert_eq!(objects(&store), full, "{kept:?}");
        let chunks: u64 = report.variables.iter().map(|v| v.chunks).sum();
        assert_eq!(
            chunks,
            6 - kept.len() as u64,
            "what is there is not written"
        );
        let again = write(&store, &whole()).unwrap();
        assert_eq!((again.variables.len(), again.compared.len()), (0, 3));
    }
    // What is there is still compared, and nothing is written beside it.
    let store = archive_of(&whole(), &["mask/c/1"]);
    let before = objects(&store);
    let (mut mask, height) = eight();
    mask[4] = 10;
    let error = write(&store, &tile(0..8, mask, height)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tile.nc: variable \"mask\" differs from what the archive holds at [4]: 10 in the file, 9 in the archive"
    );
    assert_eq!(objects(&store), before);
}

#[test]
fn a_part_that_is_missing_throughout_is_written_and_one_that_is_not_is_compared() {
    let (mask, mut height) = eight();
    height[3..6].fill(f32::NAN);
    let all = [
        "mask/c/0",
        "mask/c/1",
        "mask/c/2",
        "height/c/0",
        "height/c/1",
        "height/c/2",
    ];
    let store = archive_of(&tile(0..8, mask.clone(), height.clone()), &all);
    let report = write(&store, &whole()).unwrap();
    assert_eq!(report.variables[0].chunks, 1);
    assert_eq!(values(&store), eight());
    height[4] = 5.0;
    let store = archive_of(&tile(0..8, mask, height), &all);
    let error = write(&store, &whole()).unwrap_err().to_string();
    assert!(
        error.contains("at [3]: 0 in the file, missing in"),
        "{error}"
    );
}

#[test]
fn tiles_bring_what_is_missing_and_are_compared_with_what_is_there() {
    let part = |range: std::ops::Range<usize>| {
        let (mask, height) = eight();
        let x = range.start as i32..range.end as i32;
        tile(x, mask[range.clone()].to_vec(), height[range].to_vec())
    };
    let orders = [[0, 1, 2], [2, 0, 1], [1, 2, 0]];
    for order in orders {
        let store = archive_of(&whole(), &[]);
        // They share chunks, and overlap where they agree.
        let tiles = [part(0..4), part(3..7), part(5..8)];
        for i in order {
            write(&store, &tiles[i]).unwrap();
        }
        assert_eq!(values(&store), eight(), "{order:?}");
        let before = objects(&store);
        for tile in &tiles {
            let report = write(&store, tile).unwrap();
            assert_eq!(report.variables.len(), 0, "all of it is there");
        }
        assert_eq!(objects(&store), before);

        // A zero of the archive may be one that nobody wrote; any other value is held against
        // the file's.
        let (mask, height) = eight();
        let mut changed = mask[3..7].to_vec();
        changed[1] = 1;
        let error = write(&store, &tile(3..7, changed, height[3..7].to_vec())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "tile.nc: variable \"mask\" differs from what the archive holds at [1]: 1 in the file, 9 in the archive"
        );
        let hint = error.hint().unwrap();
        assert!(
            hint.contains("--drop-variables mask") && hint.contains("--region"),
            "{hint}"
        );
        assert_eq!(objects(&store), before);
    }
}

#[test]
fn a_tile_beside_the_grid_is_not_told_to_leave_places_out() {
    let grid = |name, x: Vec<f32>| {
        let length = x.len() as u64;
        let given = Given::new(name).axis("lon", Data::F32(x), "degrees_east");
        given.field("t", &[("lon", length)])
    };
    let (_, text) = refused(
        &grid("tile.nc", vec![1.0, 2.5]),
        &grid("archive", vec![0.0, 1.0, 2.0]),
        &MatchOptions::default(),
    );
    assert!(
        text.contains("hint: compare the labels of \"lon\" on both sides"),
        "{text}"
    );
    assert!(
        text.contains("--coord-tolerance") && !text.contains("--on-unmatched"),
        "{text}"
    );
}
