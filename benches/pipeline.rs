//! What the parts of a conversion cost: planning blocks, encoding chunks, and the whole
//! pipeline from a source that costs nothing to a store in memory.
#![allow(missing_docs, clippy::unwrap_used, reason = "benches")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use zarrio::codec::{Compression, EncodingPlan, StoredArray};
use zarrio::model::config::{Config, ZarrFormat};
use zarrio::model::{
    DataType, DatasetSchema, NativeLayout, NodePath, Region, Source, SourceError, SourceIdentity,
    VariableSchema,
};
use zarrio::region::{BlockPlan, BlockRequest, Converter};
use zarrio::store::MemoryStore;

const SHAPE: [u64; 3] = [248, 181, 360];

/// A field that looks like a temperature: smooth in space, drifting in time, noise in the
/// last digits.
fn temperature(index: u64) -> f32 {
    let (x, y, t) = (index % 360, index / 360 % 181, index / 360 / 181);
    let smooth = 280.0 + 30.0 * ((y as f32 - 90.0) / 58.0).cos() + (x as f32 / 40.0).sin();
    let noise = (index.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as f32 / 256.0;
    ((smooth + t as f32 * 0.01 + noise) * 64.0).round() / 64.0
}

fn variable() -> VariableSchema {
    VariableSchema {
        path: NodePath::parse("t2m"),
        data_type: DataType::Float32,
        dimensions: vec!["time".into(), "lat".into(), "lon".into()],
        shape: SHAPE.to_vec(),
        attributes: zarrio::model::Attributes::default(),
        layout: NativeLayout {
            chunks: Some(vec![1, 181, 360]),
            ..NativeLayout::default()
        },
    }
}

/// The field in memory; reading it is a copy of rows.
#[derive(Debug)]
struct Field {
    schema: DatasetSchema,
    identity: SourceIdentity,
    bytes: Vec<u8>,
}

impl Field {
    fn new() -> Self {
        let mut schema = DatasetSchema::default();
        schema.root.variables.push(variable());
        let identity = SourceIdentity {
            path: "field".into(),
            size: 0,
            modified: None,
            version: None,
        };
        let elements = SHAPE.iter().product();
        let bytes = (0..elements)
            .flat_map(|i| temperature(i).to_ne_bytes())
            .collect();
        Self {
            schema,
            identity,
            bytes,
        }
    }
}

impl Source for Field {
    fn schema(&self) -> &DatasetSchema {
        &self.schema
    }

    fn identity(&self) -> &SourceIdentity {
        &self.identity
    }

    fn read(&self, _: &NodePath, region: &Region, out: &mut [u8]) -> Result<(), SourceError> {
        let [t, y, x] = region.ranges() else {
            return Ok(());
        };
        let mut rows = out.chunks_exact_mut((x.end - x.start) as usize * 4);
        for t in t.clone() {
            for y in y.clone() {
                let start = (((t * SHAPE[1] + y) * SHAPE[2] + x.start) * 4) as usize;
                if let Some(row) = rows.next() {
                    row.copy_from_slice(&self.bytes[start..start + row.len()]);
                }
            }
        }
        Ok(())
    }

    /// As a file on a disk.
    fn prefers_whole(&self, _: &NodePath) -> bool {
        false
    }

    fn read_text(&self, _: &NodePath, _: &Region) -> Result<Vec<String>, SourceError> {
        Ok(Vec::new())
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        Ok(())
    }
}

fn blocks(c: &mut Criterion) {
    let bounds = Region::full(&[350_640, 37, 721, 1440]);
    let request = BlockRequest {
        bounds: &bounds,
        chunk_shape: &[100, 1, 50, 100],
        source_chunks: Some(&[1, 37, 721, 1440]),
        element_size: 4,
        block_bytes: 1 << 30,
    };
    c.bench_function("plan blocks, 4 dimensions", |b| {
        b.iter(|| BlockPlan::new(std::hint::black_box(&request)));
    });
}

fn codecs(c: &mut Criterion) {
    let mut group = c.benchmark_group("encode a chunk");
    let chunk: Vec<u8> = (0..500_000)
        .flat_map(|i| temperature(i).to_ne_bytes())
        .collect();
    group.throughput(Throughput::Bytes(chunk.len() as u64));
    let codecs = [
        "none",
        "blosc:zstd:1",
        "blosc:zstd:3:shuffle:auto",
        "blosc:lz4:5",
        "zstd:1",
    ];
    for codec in codecs {
        let compression: Compression = codec.parse().unwrap();
        let plan = EncodingPlan::new(&variable(), vec![100, 50, 100], compression, ZarrFormat::V3)
            .unwrap();
        let array = StoredArray::new(&plan).unwrap();
        group.bench_function(BenchmarkId::from_parameter(codec), |b| {
            b.iter(|| array.encode(&chunk).unwrap());
        });
    }
    group.finish();
}

fn pipeline(c: &mut Criterion) {
    let field = Field::new();
    let mut group = c.benchmark_group("convert in memory");
    group.throughput(Throughput::Bytes(field.bytes.len() as u64));
    group.sample_size(10);
    for compression in ["none", "blosc:zstd:1"] {
        let mut config = Config {
            chunking: "time:100,lat:50,lon:100".parse().unwrap(),
            ..Config::default()
        };
        config.compression.method = Some(compression.to_owned());
        group.bench_function(BenchmarkId::from_parameter(compression), |b| {
            b.iter(|| {
                let store = MemoryStore::new();
                Converter::new(config.clone())
                    .convert(&field, &store)
                    .unwrap()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, blocks, codecs, pipeline);
criterion_main!(benches);
