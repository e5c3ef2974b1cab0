//! Every codec on a chunk of a field: how fast, and how small.
//!
//! The field looks like model output; `ZARRIO_BENCH_FIELD` names a file of native binary32 to
//! take instead.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot begin should stop, and says what it found"
)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use zarrio_codec::{Compression, EncodingPlan, StoredArray};
use zarrio_model::config::ZarrFormat;
use zarrio_model::{Attributes, DataType, NativeLayout, NodePath, VariableSchema};

const CODECS: [&str; 12] = [
    "none",
    "blosc:zstd:1",
    "blosc:zstd:3",
    "blosc:lz4:5",
    "blosc:lz4:5:bitshuffle",
    "zstd:1",
    "zstd:5",
    "gzip:6",
    "zlib:6",
    "bz2:9",
    "pcodec:8",
    "pcodec:4",
];

/// Elements of a chunk at most: 8 MiB.
const ELEMENTS: usize = 2 << 20;

/// Waves of several lengths, and noise in what a model does not know.
fn field() -> Vec<u8> {
    if let Some(path) = std::env::var_os("ZARRIO_BENCH_FIELD") {
        let mut bytes = std::fs::read(path).unwrap();
        bytes.truncate(bytes.len().min(4 * ELEMENTS) / 4 * 4);
        return bytes;
    }
    let mut noise = 1u64;
    let value = |i: usize| {
        noise = noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let small = (noise >> 40) as f64 / (1u64 << 24) as f64;
        let (x, y) = ((i % 1440) as f64, (i / 1440) as f64);
        280.0 + 30.0 * (y / 230.0).sin() + 4.0 * (x / 37.0).sin() * (y / 21.0).cos() + 0.01 * small
    };
    (0..ELEMENTS)
        .map(value)
        .flat_map(|v| (v as f32).to_ne_bytes())
        .collect()
}

fn codecs(criterion: &mut Criterion) {
    let field = field();
    let length = (field.len() / 4) as u64;
    let variable = VariableSchema {
        path: NodePath::parse("v"),
        data_type: DataType::Float32,
        dimensions: vec!["x".into()],
        shape: vec![length],
        attributes: Attributes::new(),
        layout: NativeLayout::default(),
    };
    let mut group = criterion.benchmark_group("codecs");
    group
        .throughput(Throughput::Bytes(field.len() as u64))
        .sample_size(10);
    for codec in CODECS {
        let compression: Compression = codec.parse().unwrap();
        let plan = EncodingPlan::new(&variable, vec![length], compression, ZarrFormat::V3).unwrap();
        let array = StoredArray::new(&plan).unwrap();
        let object = array.encode(&field).unwrap();
        let ratio = field.len() as f64 / object.len() as f64;
        println!("{codec}: {ratio:.2} times smaller");
        group.bench_function(BenchmarkId::new("encode", codec), |b| {
            b.iter(|| array.encode(black_box(&field)).unwrap());
        });
        group.bench_function(BenchmarkId::new("decode", codec), |b| {
            b.iter(|| array.decode(black_box(&object)).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, codecs);
criterion_main!(benches);
