//! Shards of which a part changes.

use proptest::prelude::*;

use super::*;
use crate::stored_array::Changed;

fn array(shape: &[u64], chunk: &[u64], codec: Option<Value>, location: &str) -> StoredArray {
    let bytes = json!({"name": "bytes", "configuration": {"endian": "little"}});
    let codecs: Vec<Value> = std::iter::once(bytes.clone()).chain(codec).collect();
    let document = json!({
        "zarr_format": 3, "node_type": "array", "shape": shape, "data_type": "int16",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": shape}},
        "chunk_key_encoding": {"name": "default"}, "fill_value": 258, "codecs": [
            {"name": "sharding_indexed", "configuration": {
                "chunk_shape": chunk, "codecs": codecs,
                "index_codecs": [bytes, {"name": "crc32c"}], "index_location": location,
            }},
        ],
    });
    StoredArray::from_document(&NodePath::parse("v"), &document).unwrap()
}

fn told(range: Range<usize>) -> Changed {
    Changed {
        range,
        is_replaced: false,
    }
}

/// Numbers that repeat now and then; all fill value where there is but one.
fn numbers(elements: usize, different: u64, seed: u64) -> Vec<u8> {
    let numbers = (0..elements as u64).map(|i| {
        let mixed = (i ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        258 + (mixed % different) as i16
    });
    numbers.flat_map(i16::to_ne_bytes).collect()
}

proptest! {
    #[test]
    fn a_change_makes_the_shard_that_all_of_it_makes(
        dims in prop::collection::vec((1..5u64, 1..6u64), 1..4),
        codec in prop_oneof![
            Just(None),
            Just(Some(json!({"name": "zstd", "configuration": {"level": 1, "checksum": false}}))),
            Just(Some(json!({"name": "crc32c"}))),
        ],
        is_first in any::<bool>(),
        different in prop_oneof![Just(1u64), Just(2), Just(900)],
        changes in prop::collection::vec((0..1000usize, 0..400usize, 1..4u64), 1..5),
        decodes_all in prop_oneof![3 => Just(false), 1 => Just(true)],
        seed in any::<u64>(),
    ) {
        let chunk: Vec<u64> = dims.iter().map(|d| d.0).collect();
        let shape: Vec<u64> = dims.iter().map(|d| d.0 * d.1).collect();
        let array = array(&shape, &chunk, codec, if is_first { "start" } else { "end" });
        let elements = array.chunk_elements();
        let mut all = numbers(elements, different, seed);
        let mut object = array.encode(&all).unwrap();
        let mut memory = Vec::new();
        for (start, length, different) in changes {
            let start = elements * start / 1000;
            let end = elements.min(start + elements * length / 1000);
            let changed = start * 2..end * 2;
            let new = numbers(end - start, different, seed.rotate_left(7));
            all[changed.clone()].copy_from_slice(&new);
            memory.fill(0xa5);
            let put = |chunk: &mut [u8]| chunk[changed.clone()].copy_from_slice(&new);
            let done = array.change(&object, &told(changed.clone()), decodes_all, &mut memory, put);
            let (made, part) = done.unwrap();
            object = made;
            prop_assert!(object == array.encode(&all).unwrap());
            prop_assert!(part.start <= changed.start && changed.end <= part.end);
            prop_assert!(memory[part.clone()] == all[part]);
        }
    }
}

/// How Blosc compresses depends on what is next to what within its chunk.
#[test]
fn blosc_is_told_of_the_chunks_of_a_shard() {
    let blosc = json!({"name": "blosc", "configuration": {
        "cname": "zstd", "clevel": 1, "shuffle": "shuffle", "typesize": 2, "blocksize": 1 << 20,
    }});
    let array = array(&[96, 128, 128], &[24, 128, 128], Some(blosc), "end");
    // Most of a row is that of the step before.
    let noise = numbers(96 * 128 * 128, 2, 5);
    let mut all: Vec<u8> = noise
        .chunks(2)
        .zip((0..128 * 128).cycle())
        .flat_map(|(noise, cell)| (noise[0] as i16 + (cell / 3) as i16).to_ne_bytes())
        .collect();
    let object = array.encode(&all).unwrap();
    let step = 128 * 128 * 2;
    let changed = 30 * step..31 * step;
    all[changed.clone()].fill(9);
    let put = |chunk: &mut [u8]| chunk[changed.clone()].fill(9);
    let done = array.change(&object, &told(changed.clone()), false, &mut Vec::new(), put);
    assert!(done.unwrap().0 == array.encode(&all).unwrap());
}

/// Two chunks of two, and where the entries of the index are.
fn two() -> (StoredArray, Vec<u8>, usize) {
    let array = array(&[4], &[2], None, "end");
    let object = array.encode(&numbers(4, 900, 3)).unwrap();
    let index = object.len() - 2 * ENTRY - 4;
    (array, object, index)
}

fn change(array: &StoredArray, object: &[u8]) -> Result<Vec<u8>, CodecError> {
    let put = |chunk: &mut [u8]| chunk[6..8].copy_from_slice(&[7, 7]);
    let done = array.change(object, &told(6..8), false, &mut Vec::new(), put);
    done.map(|(object, _)| object)
}

#[test]
fn what_is_kept_is_not_looked_at() {
    let (array, mut object, _) = two();
    object[1] ^= 1;
    let made = change(&array, &object).unwrap();
    assert_eq!(made[..4], object[..4]);
    assert_eq!(made[6..8], [7, 7]);
    assert_eq!(array.decode(&made).unwrap()[..6], object[..6]);
}

#[test]
fn damaged_shards_are_refused() {
    let (array, object, index) = two();
    for length in 0..object.len() {
        change(&array, &object[..length]).unwrap_err();
    }
    for place in index..object.len() {
        let mut object = object.clone();
        object[place] ^= 4;
        change(&array, &object).unwrap_err();
    }
}

#[test]
fn an_empty_chunk_stays_one_that_nobody_reads() {
    let (array, object, index) = two();
    let shard = array.shard().unwrap();
    let mut entries = shard.index.decode(&object[index..]).unwrap();
    entries[8..ENTRY].fill(0);
    let entries = shard.index.encode(&entries).unwrap();
    let hostile = [&object[..index], &entries].concat();
    array.decode(&hostile).unwrap_err();
    let made = change(&array, &hostile).unwrap();
    array.decode(&made).unwrap_err();
}
