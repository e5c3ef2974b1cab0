//! Objects of chunks of which a part changes.

use super::*;
use crate::stored_array::Changed;

/// An array of one chunk whose elements have so many bytes.
fn array(chunk_shape: &[usize], size: usize, blosc: &Value) -> StoredArray {
    let data_type = match size {
        1 => "uint8",
        2 => "int16",
        4 => "float32",
        _ => "float64",
    };
    let document = json!({
        "zarr_format": 3, "node_type": "array", "shape": chunk_shape, "data_type": data_type,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunk_shape}},
        "chunk_key_encoding": {"name": "default"}, "fill_value": 0, "codecs": [
            {"name": "bytes", "configuration": {"endian": "little"}},
            {"name": "blosc", "configuration": blosc},
        ],
    });
    StoredArray::from_document(&NodePath::parse("v"), &document).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn a_change_makes_the_frame_that_all_of_it_makes(
        (rows, row) in (1..60usize, 1..200usize),
        bytes in prop_oneof![1..600_000usize, 600_000..6_000_000usize],
        size in prop_oneof![Just(1), Just(2), Just(4), Just(8)],
        block in prop_oneof![Just(0), Just(5000), Just(1 << 18), Just(1 << 20)],
        level in 1..4u8,
        shuffle in prop_oneof![4 => Just("shuffle"), 1 => Just("noshuffle")],
        // In parts of a thousand: what changes, one part after the other, and to what.
        changes in prop::collection::vec(
            (0..1000usize, 0..1000usize, 0..4u8, any::<bool>()),
            1..4,
        ),
        first in 0..4u8,
        all_of_it in prop_oneof![3 => Just(false), 1 => Just(true)],
        seed in any::<u64>(),
    ) {
        let steps = bytes / (rows * row * size) + 1;
        let elements = steps * rows * row;
        let input = |kind: u8| -> Vec<u8> {
            match kind {
                0 => vec![7; elements * size],
                1 => of_few(elements, size, 100, seed),
                2 => of_few(elements, size, 1 << 16, seed),
                _ => (0..elements).flat_map(|at| {
                    let wave = wave(at, rows, row, 0.02);
                    (0..size).map(move |byte| wave[byte % 4])
                }).collect(),
            }
        };
        let array = array(&[steps, rows, row], size, &json!({
            "cname": "zstd", "clevel": level, "shuffle": shuffle, "typesize": size, "blocksize": block,
        }));
        let mut all = input(first);
        let mut object = array.encode(&all).unwrap();
        let mut chunk = Vec::new();
        for (start, length, kind, is_replaced) in changes {
            let start = elements * start / 1000;
            let end = elements.min(start + elements * length / 1000 + 1);
            let changed = start * size..end * size;
            let new = &input(kind)[changed.clone()];
            all[changed.clone()].copy_from_slice(new);
            let put = |chunk: &mut [u8]| chunk[changed.clone()].copy_from_slice(new);
            chunk.fill(0xa5);
            let told = Changed { range: changed.clone(), is_replaced };
            let done = array.change(&object, &told, all_of_it, &mut chunk, put);
            let (changed_object, part) = done.unwrap();
            object = changed_object;
            prop_assert!(object == array.encode(&all).unwrap());
            prop_assert!(part.start <= changed.start && changed.end <= part.end);
            prop_assert!(chunk[part.clone()] == all[part]);
        }
        prop_assert!(array.decode(&object).unwrap() == all);
    }
}

const PLAIN: &str = r#"{
    "cname": "zstd", "clevel": 1, "shuffle": "shuffle", "typesize": 4, "blocksize": 1048576
}"#;

/// Waves in a chunk of several blocks, and a step in the midst of it.
fn chunk_and_step() -> (StoredArray, Vec<u8>, Range<usize>) {
    let (steps, rows, row) = (512, 64, 64);
    let array = array(
        &[steps, rows, row],
        4,
        &serde_json::from_str(PLAIN).unwrap(),
    );
    let elements = 0..steps * rows * row;
    let input = elements.flat_map(|at| wave(at, rows, row, 0.02)).collect();
    (array, input, 4 * 200 * rows * row..4 * 201 * rows * row)
}

/// Changes a step to threes.
fn threes(
    array: &StoredArray,
    old: &[u8],
    step: &Range<usize>,
) -> Result<(Vec<u8>, Range<usize>), String> {
    let put = |chunk: &mut [u8]| chunk[step.clone()].fill(3);
    let changed = Changed {
        range: step.clone(),
        is_replaced: false,
    };
    let done = array.change(old, &changed, false, &mut Vec::new(), put);
    done.map_err(|error| error.to_string())
}

/// What of an object is in a place.
fn number(object: &[u8], place: usize) -> usize {
    u32::from_le_bytes(*object[place..].first_chunk().unwrap()) as usize
}

#[test]
fn a_step_changes_one_block() {
    let (array, mut input, step) = chunk_and_step();
    let old = array.encode(&input).unwrap();
    let (object, part) = threes(&array, &old, &step).unwrap();
    assert_eq!(part.len(), 1 << 20);
    // At the start is what decides of all blocks: it still decides the same.
    let (_, part) = threes(&array, &old, &(0..400)).unwrap();
    assert_eq!(part, 0..1 << 20);
    // Who wants to look at all of it has it decoded.
    let put = |chunk: &mut [u8]| chunk[step.clone()].fill(3);
    let mut chunk = Vec::new();
    let changed = Changed {
        range: step.clone(),
        is_replaced: true,
    };
    let done = array.change(&old, &changed, true, &mut chunk, put);
    assert_eq!(done.unwrap(), (object.clone(), 0..input.len()));
    input[step].fill(3);
    assert!(chunk == input && array.decode(&object).unwrap() == input);
}

/// What is replaced is not decoded: damage in it goes.
#[test]
fn blocks_that_are_replaced_may_be_damaged() {
    let (array, mut input, _) = chunk_and_step();
    let mut old = array.encode(&input).unwrap();
    let block = number(&old, 16 + 4 * 3);
    let last = (0..3).fold(block, |stream, _| stream + 4 + number(&old, stream));
    old[last + 4..last + 8].fill(0xff);
    assert!(array.decode(&old).is_err());
    // From the midst of one block into the midst of another one.
    let range = (5 << 19)..(9 << 19);
    let change = |is_replaced| {
        let put = |chunk: &mut [u8]| chunk[range.clone()].fill(3);
        let changed = Changed {
            range: range.clone(),
            is_replaced,
        };
        array.change(&old, &changed, false, &mut Vec::new(), put)
    };
    assert!(change(false).is_err());
    let (object, part) = change(true).unwrap();
    input[range.clone()].fill(3);
    assert!(object == array.encode(&input).unwrap());
    assert_eq!(part, 2 << 20..5 << 20);
}

/// Elements that are left over by blocks are one by themselves.
#[test]
fn the_last_elements_change() {
    let blosc: Value = serde_json::from_str(PLAIN).unwrap();
    let (rows, row) = (61, 67);
    for steps in 257..300 {
        let array = array(&[steps, rows, row], 4, &blosc);
        let elements = 0..steps * rows * row;
        let mut input: Vec<u8> = elements.flat_map(|at| wave(at, rows, row, 0.02)).collect();
        let old = array.encode(&input).unwrap();
        let last = input.len() - 4..input.len();
        let (object, _) = threes(&array, &old, &last).unwrap();
        input[last].fill(3);
        assert!(object == array.encode(&input).unwrap());
    }
}

/// What anyone has compressed stays where it is not changed, if it is in blocks like ours,
/// wherever in the object these are.
#[test]
fn blocks_of_others_stay() {
    let (array, mut input, step) = chunk_and_step();
    let theirs = by_the_library(1, "shuffle", 4, &input);
    // Threads of C-Blosc put blocks where they are done.
    let begins = 16 + 4 * 8;
    let first = number(&theirs, 20) - begins;
    let mut moved = theirs.clone();
    moved[begins..].rotate_left(first);
    for block in 0..8 {
        let begin = match block {
            0 => theirs.len() - first,
            _ => number(&theirs, 16 + 4 * block) - first,
        };
        moved[16 + 4 * block..][..4].copy_from_slice(&(begin as u32).to_le_bytes());
    }
    assert!(array.decode(&moved).unwrap() == input);
    let own = array.encode(&input).unwrap();
    let last =
        |object: &[u8]| object[number(object, 16 + 4 * 6)..number(object, 16 + 4 * 7)].to_vec();
    assert_ne!(last(&theirs), last(&own));
    input[step.clone()].fill(3);
    for old in [&theirs, &moved] {
        let (object, part) = threes(&array, old, &step).unwrap();
        assert!(array.decode(&object).unwrap() == input);
        assert_eq!(part.len(), 1 << 20);
        assert_eq!(last(&object), last(&theirs));
    }
    // Other blocks than ours are made anew.
    let level = 1.try_into().unwrap();
    for (block, shuffle, size) in [
        (1 << 19, BloscShuffleMode::Shuffle, Some(4)),
        (1 << 20, BloscShuffleMode::Shuffle, Some(2)),
        (1 << 20, BloscShuffleMode::BitShuffle, Some(4)),
    ] {
        let library = BloscCodec::new(BloscCompressor::Zstd, level, Some(block), shuffle, size);
        let options = CodecOptions::default();
        let old = library.unwrap().encode(Cow::Borrowed(&input), &options);
        let (object, _) = threes(&array, &old.unwrap(), &step).unwrap();
        assert!(object == array.encode(&input).unwrap());
    }
}

/// Damage is an error, or stays where it is: no change reads beyond an object, or makes another
/// chunk of it.
#[test]
fn damaged_objects_are_refused_or_stay() {
    let (array, input, step) = chunk_and_step();
    let old = array.encode(&input).unwrap();
    for length in [0, 3, 15, 16, 40, old.len() / 2, old.len() - 1] {
        assert!(
            threes(&array, &old[..length], &step).is_err(),
            "{length} bytes"
        );
    }
    // The header, where blocks begin, and how long their streams are.
    let streams = (0..8).map(|block| number(&old, 16 + 4 * block));
    let mut refused = 0;
    for place in (0..48).chain(streams) {
        for byte in [0, 1, 0x7f, 0xff] {
            let mut damaged = old.clone();
            damaged[place] = byte;
            let meant = array.decode(&damaged).map(|mut chunk| {
                chunk[step.clone()].fill(3);
                chunk
            });
            match (threes(&array, &damaged, &step), meant) {
                (Ok((object, _)), Ok(meant)) => {
                    assert!(array.decode(&object).unwrap() == meant, "{place}: {byte}");
                }
                // Not where it was changed.
                (Ok((object, _)), Err(_)) => assert!(array.decode(&object).is_err()),
                (Err(_), meant) => {
                    assert!(meant.is_err(), "{place}: {byte}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 100, "{refused} are refused");
}

/// As where an array was made anew with other chunks, and objects of the old one are left.
#[test]
fn objects_of_other_chunks_are_refused() {
    let (array, input, step) = chunk_and_step();
    let blosc: Value = serde_json::from_str(PLAIN).unwrap();
    for steps in [400, 511, 513, 600] {
        let other = self::array(&[steps, 64, 64], 4, &blosc);
        let elements = 0..steps * 64 * 64;
        let other_input: Vec<u8> = elements.flat_map(|at| wave(at, 64, 64, 0.02)).collect();
        let old = other.encode(&other_input).unwrap();
        for place in [step.clone(), 0..400, input.len() - 400..input.len()] {
            assert!(threes(&array, &old, &place).is_err(), "{steps} steps");
        }
    }
}
