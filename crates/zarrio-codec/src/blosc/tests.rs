//! Frames, as the C library reads them.

use proptest::prelude::*;
use serde_json::json;
use zarrio_model::NodePath;
use zarrs::array::codec::api::CodecOptions;

use super::*;
use crate::StoredArray;

mod change;
mod sizes;

fn codec(compressor: &str, level: u8, shuffle: &str, size: usize, block: usize) -> Codec {
    let configuration = json!({
        "cname": compressor, "clevel": level, "shuffle": shuffle, "typesize": size, "blocksize": block,
    });
    of_document(&json!({"codecs": [{"name": "blosc", "configuration": configuration}]}))
}

fn of_document(document: &Value) -> Codec {
    let metadata = document["codecs"][0].clone();
    create(&serde_json::from_value(metadata).unwrap()).unwrap()
}

/// At the first level, in chunks of a shape.
fn in_chunks(chunk_shape: &[usize], size: usize) -> Codec {
    let mut document = json!({
        "chunk_grid": {"configuration": {"chunk_shape": chunk_shape}},
        "codecs": [{"name": "blosc", "configuration": {
            "cname": "zstd", "clevel": 1, "shuffle": "shuffle", "typesize": size, "blocksize": 1 << 20,
        }}],
    });
    tell_distances(&mut document).unwrap();
    of_document(&document)
}

/// Whether this writes it, the frame, and what the C library reads from it.
fn round_trip(codec: &Codec, input: &[u8]) -> (bool, Vec<u8>, Vec<u8>) {
    let Codec::BytesToBytes(codec) = codec else {
        unreachable!("Blosc is a codec from bytes to bytes");
    };
    let options = CodecOptions::default();
    let frame = codec.encode(Cow::Borrowed(input), &options).unwrap();
    let again = codec.encode(Cow::Borrowed(input), &options).unwrap();
    assert_eq!(frame, again, "frames depend on what was written before");
    let size = BytesRepresentation::FixedSize(input.len() as u64);
    let output = codec.decode(frame.clone(), &size, &options).unwrap();
    let is_ours = codec.as_any().is::<Blosc>();
    (is_ours, frame.into_owned(), output.into_owned())
}

/// The frame of the C library, in blocks of 1 MiB.
fn by_the_library(level: u8, shuffle: &str, size: usize, input: &[u8]) -> Vec<u8> {
    let (mode, size) = match shuffle {
        "shuffle" => (BloscShuffleMode::Shuffle, Some(size)),
        _ => (BloscShuffleMode::NoShuffle, None),
    };
    let level = level.try_into().unwrap();
    let library = BloscCodec::new(BloscCompressor::Zstd, level, Some(1 << 20), mode, size);
    let options = CodecOptions::default();
    let frame = library.unwrap().encode(Cow::Borrowed(input), &options);
    frame.unwrap().into_owned()
}

/// Bytes that look like elements: some ranks constant, some smooth, some noise.
fn elements() -> impl Strategy<Value = (usize, Vec<u8>)> {
    // The library decodes no frame of nothing.
    let length = prop_oneof![1..300usize, 1..40_000usize, 200_000..700_000usize];
    let size = prop_oneof![Just(1), Just(2), Just(4), Just(8), 1..20usize];
    let kinds = prop::collection::vec(0..4u8, 20);
    (length, size, kinds, any::<u64>()).prop_map(|(length, size, kinds, mut seed)| {
        let byte = |at: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let noise = (seed >> 56) as u8;
            match kinds[at % size] {
                0 => 7,
                1 => (at / size / 9) as u8,
                2 => noise & 0x33,
                _ => noise,
            }
        };
        (size, (0..length).map(byte).collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn the_library_reads_what_is_written(
        (size, input) in elements(),
        level in 1..6u8,
        shuffle in prop_oneof![Just("shuffle"), Just("noshuffle")],
        block in prop_oneof![Just(0), Just(1), Just(5000), Just(65_536), Just(1 << 20)],
    ) {
        let (is_ours, frame, output) = round_trip(&codec("zstd", level, shuffle, size, block), &input);
        prop_assert_eq!(is_ours, size <= 16 || shuffle == "noshuffle");
        prop_assert!(output == input);
        prop_assert!(frame.len() <= input.len() + 16 || !is_ours);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn the_library_reads_what_is_written_of_chunks(
        rows in 1..60usize,
        row in 1..300usize,
        size in prop_oneof![Just(2), Just(4), Just(8), 1..17usize],
        kinds in prop::collection::vec(0..6u8, 17),
        mut seed in any::<u64>(),
    ) {
        let step = rows * row;
        let steps = (1 << 20) / (step * size) + 2;
        let mut byte = |at: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let (noise, element) = ((seed >> 56) as u8, at / size);
            match kinds[at % size] {
                0 => 7,
                1 => (element / 9) as u8,
                2 => noise & 0x33,
                // The same in each row, and in each step, but for a few.
                3 if noise > 3 => (element % row * 37) as u8,
                4 if noise > 3 => (element % step * 37 % 251) as u8,
                _ => noise,
            }
        };
        let input: Vec<u8> = (0..steps * step * size).map(&mut byte).collect();
        let (is_ours, frame, output) = round_trip(&in_chunks(&[steps, rows, row], size), &input);
        prop_assert!(is_ours && output == input);
        prop_assert!(frame.len() <= input.len() + 16);
    }
}

/// So many elements, each one of a few, in an order that has nothing to do with them.
fn of_few(count: usize, size: usize, different: u64, mut seed: u64) -> Vec<u8> {
    let mut random = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        seed >> 33
    };
    let few: Vec<Vec<u8>> = (0..different)
        .map(|_| (0..size).map(|_| random() as u8).collect())
        .collect();
    (0..count)
        .flat_map(|_| few[(random() % different) as usize].clone())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn the_library_reads_what_is_written_of_few(
        count in prop_oneof![1..5_000usize, 5_000..300_000usize],
        size in prop_oneof![Just(2), Just(4), Just(8), 2..17usize],
        different in 1..2000u64,
        // Behind them noise, of which the first block knows nothing.
        noise in prop_oneof![Just(0), 1..500_000usize],
        seed in any::<u64>(),
        level in 1..4u8,
        block in prop_oneof![Just(0), Just(65_536), Just(1 << 20)],
    ) {
        let mut input = of_few(count, size, different, seed);
        input.extend(of_few(noise, 1, 256, seed));
        let (is_ours, frame, output) = round_trip(&codec("zstd", level, "shuffle", size, block), &input);
        prop_assert!(is_ours && output == input);
        prop_assert!(frame.len() <= input.len() + 16);
    }
}

/// Measurements of a few digits, say, in chunks of one block and of several.
#[test]
fn elements_that_come_again_stay_together() {
    for size in [4, 8, 16] {
        for (count, level) in [(2_000, 1), (30_000, 1), (800_000, 1), (30_000, 3)] {
            let input = of_few(count, size, 200, 11);
            let (_, frame, output) =
                round_trip(&codec("zstd", level, "shuffle", size, 1 << 20), &input);
            assert!(output == input);
            let [ours, theirs] = [
                frame.len(),
                by_the_library(level, "shuffle", size, &input).len(),
            ];
            let what = format!("{count} of {size} bytes: {ours} and {theirs} bytes");
            assert_eq!(frame[2] & 0b1_0001, 0b1_0000, "{what}");
            assert!(ours * 10 < theirs * 9, "{what}");
        }
    }
    // What goes slowly is apart, and so are elements of which most are new.
    let waves = (0..600_000).flat_map(|at| wave(at, 50, 100, 0.02));
    for input in [waves.collect(), of_few(100_000, 4, 60_000, 5)] {
        let (_, frame, _) = round_trip(&codec("zstd", 1, "shuffle", 4, 1 << 20), &input);
        assert_eq!(frame[2] & 1, 1);
    }
}

/// An element of waves that go slowly from step to step, and some noise.
fn wave(at: usize, rows: usize, row: usize, noise: f32) -> [u8; 4] {
    let mixed = (at as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let random = ((mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40) as f32;
    let (step, place) = ((at / (rows * row)) as f32, at % (rows * row));
    let (x, y) = ((place % row) as f32, (place / row) as f32);
    let value = 9.0 * (x / 3.0 + step / 90.0).sin() * (y / 5.0).cos();
    (value + noise * random / (1 << 24) as f32).to_le_bytes()
}

/// Such waves: what is told of the chunks makes
/// them smaller than a search of all that came before.
#[test]
fn steps_that_are_alike_take_less() {
    let (steps, rows, row) = (60, 50, 100);
    let input: Vec<u8> = (0..steps * rows * row)
        .flat_map(|at| wave(at, rows, row, 0.02))
        .collect();
    let (_, told, output) = round_trip(&in_chunks(&[steps, rows, row], 4), &input);
    assert!(output == input);
    let flat = codec("zstd", 1, "shuffle", 4, 1 << 20);
    let (_, untold, output) = round_trip(&flat, &input);
    assert!(output == input);
    let (told, untold) = (told.len(), untold.len());
    assert!(told < untold, "{told} and {untold} bytes");
}

/// Elements of two ranks of noise, in which no search finds anything, and two that go slowly.
fn noise_below_a_slope(count: u32) -> Vec<u8> {
    let mut seed = 1u64;
    let element = |i: u32| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let noise = (seed >> 48) as u16;
        [
            noise as u8 & 0x55,
            (noise >> 8) as u8,
            (i / 9) as u8 & 7,
            64,
        ]
    };
    (0..count).flat_map(element).collect()
}

#[test]
fn ranks_are_apart_where_that_pays() {
    let input = noise_below_a_slope(500_000);
    let length = |size: usize| {
        let (_, frame, output) = round_trip(&codec("zstd", 1, "shuffle", size, 1 << 20), &input);
        assert!(output == input);
        (frame[2] & 1 << 4 == 0, frame.len())
    };
    let (splits, ours) = length(4);
    assert!(splits);
    let theirs = by_the_library(1, "shuffle", 4, &input).len();
    assert!(ours <= theirs + theirs / 100, "{ours} of {theirs} bytes");
    // In elements of another size no rank is like itself.
    assert!(!length(3).0);
    // All alike is one stream.
    let (_, frame, _) = round_trip(
        &codec("zstd", 1, "shuffle", 4, 1 << 20),
        &vec![1; 2_000_000],
    );
    assert_ne!(frame[2] & 1 << 4, 0);
}

/// The same noise again and again, and the length of a frame of it beside that of the
/// library, in chunks that are told of or not.
fn repeated(
    level: u8,
    shuffle: &str,
    size: usize,
    period: usize,
    chunk_shape: Option<&[usize]>,
) -> (usize, usize) {
    let mut seed = 7u64;
    let noise: Vec<u8> = (0..period * size)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 56) as u8
        })
        .collect();
    let input = noise.repeat(4_000_000 / noise.len());
    let codec = match chunk_shape {
        None => codec("zstd", level, shuffle, size, 1 << 20),
        Some(chunk_shape) => in_chunks(chunk_shape, size),
    };
    let (_, frame, output) = round_trip(&codec, &input);
    assert!(output == input);
    let theirs = by_the_library(level, shuffle, size, &input);
    (frame.len(), theirs.len())
}

/// As a field of days on an axis of hours, or one that does not change at all.
#[test]
fn what_repeats_at_a_distance_is_found() {
    for level in [1, 3] {
        for (shuffle, size) in [
            ("shuffle", 2),
            ("shuffle", 4),
            ("shuffle", 8),
            ("noshuffle", 4),
        ] {
            for period in [5_000, 10_000, 30_000] {
                let is_told = level == 1 && shuffle == "shuffle";
                // A row of a hundred elements, of a tenth of the period, of all of it.
                let rows = [100, period / 10, period].map(|row| [4_000_000 / row / size, row]);
                let told = rows.iter().filter(|_| is_told).map(|rows| Some(&rows[..]));
                for chunk_shape in std::iter::once(None).chain(told) {
                    let (ours, theirs) = repeated(level, shuffle, size, period, chunk_shape);
                    // Whether a sample sees such a period by chance depends on where it is taken;
                    // where it does not, what is found begins a period or two later.
                    assert!(
                        ours < 4 * theirs,
                        "{shuffle} {size}, level {level}, each {period}, {chunk_shape:?}: {ours} and {theirs} bytes"
                    );
                }
            }
        }
    }
}

/// What is told reaches the encoder of an array, within shards too, and no document.
#[test]
fn arrays_tell_of_their_chunks() {
    let (steps, rows, row) = (60, 50, 100);
    let input: Vec<u8> = (0..steps * rows * row)
        .flat_map(|at| wave(at, rows, row, 0.5))
        .collect();
    let document = |chunk_shape: &[usize], inner: Option<&[usize]>| {
        let blosc = json!([
            {"name": "bytes", "configuration": {"endian": "little"}},
            {"name": "blosc", "configuration": {
                "cname": "zstd", "clevel": 1, "shuffle": "shuffle", "typesize": 4, "blocksize": 1 << 20,
            }},
        ]);
        let codecs = match inner {
            None => blosc,
            Some(inner) => json!([{"name": "sharding_indexed", "configuration": {
                "chunk_shape": inner, "codecs": blosc,
                "index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
            }}]),
        };
        json!({
            "zarr_format": 3, "node_type": "array", "shape": chunk_shape, "data_type": "float32",
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunk_shape}},
            "chunk_key_encoding": {"name": "default"}, "fill_value": 0.0, "codecs": codecs,
        })
    };
    let length = |document: &Value| {
        let array = StoredArray::from_document(&NodePath::parse("v"), document).unwrap();
        let object = array.encode(&input).unwrap();
        assert!(array.decode(&object).unwrap() == input);
        object.len()
    };
    let shape = [steps, rows, row];
    let (told, flat) = (
        length(&document(&shape, None)),
        length(&document(&[steps * rows * row], None)),
    );
    assert!(told < flat, "{told} and {flat} bytes");
    // A shard has an index of sixteen bytes for each chunk.
    assert_eq!(length(&document(&shape, Some(&shape))), told + 16);
    let mut odd = document(&shape, None);
    odd["codecs"][1]["configuration"]["zarrio_distances"] = json!([7]);
    let refused = StoredArray::from_document(&NodePath::parse("v"), &odd)
        .err()
        .unwrap();
    assert!(
        refused.to_string().contains("zarrio_distances"),
        "{refused}"
    );
}

#[test]
fn blocks_are_no_larger_than_readers_take() {
    let encoder = Encoder::new(1, 1, 1 << 30, Vec::new()).unwrap();
    let frame = encoder.encode(&vec![0; 1 << 20]).unwrap();
    assert_eq!(frame[8..12], (1u32 << 20).to_le_bytes());
    assert!(encoder.block(800 << 20) <= 715_827_542);
}

#[test]
fn each_part_of_a_large_chunk_is_looked_at() {
    let (noise, flat) = (noise_below_a_slope(700_000), vec![3; 2_800_000]);
    for parts in [[&noise, &flat], [&flat, &noise], [&noise, &noise]] {
        let input = parts.map(Vec::as_slice).concat();
        let (is_ours, _, output) = round_trip(&codec("zstd", 1, "shuffle", 4, 1 << 20), &input);
        assert!(is_ours && output == input);
    }
}

#[test]
fn nothing_and_little_are_copied() {
    for length in [1, 3, 4, 127, 128, 129] {
        for (shuffle, block) in [("shuffle", 0), ("noshuffle", 1), ("shuffle", 1 << 20)] {
            let input = vec![9; length];
            let (_, frame, output) = round_trip(&codec("zstd", 1, shuffle, 4, block), &input);
            assert_eq!(output, input, "{length} bytes");
            assert!(frame.len() <= length + 16);
        }
    }
    // The library decodes no frame of nothing, not even its own.
    let nothing = Encoder::new(1, 4, 0, Vec::new()).and_then(|encoder| encoder.encode(&[]));
    assert_eq!(nothing.map(|frame| frame.len()), Some(16));
}

#[test]
fn other_frames_are_left_to_the_library() {
    let input = [5; 1000];
    for (compressor, level, shuffle) in [
        ("lz4", 5, "shuffle"),
        ("zstd", 0, "shuffle"),
        ("zstd", 1, "bitshuffle"),
    ] {
        let (is_ours, _, output) = round_trip(&codec(compressor, level, shuffle, 4, 0), &input);
        assert!(!is_ours, "{compressor}:{level}:{shuffle}");
        assert_eq!(output, input);
    }
}

#[test]
fn every_level_is_the_one_of_the_library() {
    let input: Vec<u8> = (0..400_000u32)
        .map(|i| ((i / 700 * i) >> 9) as u8)
        .collect();
    let mut lengths = Vec::new();
    for level in 1..=9 {
        let (is_ours, frame, output) =
            round_trip(&codec("zstd", level, "noshuffle", 1, 1 << 20), &input);
        assert!(is_ours);
        assert_eq!(output, input);
        let theirs = by_the_library(level, "noshuffle", 1, &input);
        // One stream, searched: the same bytes.
        assert_eq!(frame, theirs, "level {level}");
        lengths.push(frame.len());
    }
    assert!(lengths.first() > lengths.last());
}
