//! What checking adds to the cost of a region write, in CPU time.
//!
//! One region is written over and over into one archive, with each level of `--check` in turn, so
//! that what the machine does meanwhile meets all of them alike. The source lies in memory: the
//! share of a check is greater than where a file has to be read. By default 129 MB are written
//! 20 times with each:
//!
//! ```sh
//! CHECK_ROUNDS=40 cargo bench --bench check
//! ```
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "benches"
)]

use std::path::Path;
use std::sync::Arc;

use rustix::time::{ClockId, clock_gettime};
use zarrio::model::config::{CheckLevel, Config};
use zarrio::model::{
    AttributeValue, Attributes, DataType, DatasetSchema, Dimension, NativeLayout, NodePath, Region,
    Source, SourceError, SourceIdentity, VariableSchema,
};
use zarrio::region::{Converter, MatchOptions, TemplateBuilder, TemplateOptions, ZarrSource};
use zarrio::store::{FilesystemStore, FsyncMode};

/// A month of hours on a grid.
const SHAPE: [u64; 3] = [744, 121, 360];
const NAMES: [&str; 3] = ["time", "lat", "lon"];
/// What is compared; the first is what the others are held against.
const LEVELS: [CheckLevel; 3] = [CheckLevel::None, CheckLevel::Sampled, CheckLevel::Encoded];

/// The month in memory; reading it is a copy of rows.
#[derive(Debug)]
struct Month {
    schema: DatasetSchema,
    identity: SourceIdentity,
    bytes: Vec<u8>,
}

/// A field that looks like a temperature: smooth in space, drifting in time, noise in the last
/// digits.
fn temperature(index: u64) -> f32 {
    let [_, lats, lons] = SHAPE;
    let (x, y, t) = (index % lons, index / lons % lats, index / lons / lats);
    let smooth = 280.0 + 30.0 * ((y as f32 - 60.0) / 40.0).cos() + (x as f32 / 40.0).sin();
    let noise = (index.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as f32 / 256.0;
    ((smooth + t as f32 * 0.01 + noise) * 64.0).round() / 64.0
}

impl Month {
    fn new() -> Self {
        let mut schema = DatasetSchema::default();
        let dimensions = NAMES.iter().zip(SHAPE).map(|(name, length)| Dimension {
            name: (*name).to_owned(),
            length,
            unlimited: false,
        });
        schema.root.dimensions = dimensions.collect();
        let variable = |name: &str, data_type, dimensions: std::ops::Range<usize>, units: &str| {
            let mut attributes = Attributes::default();
            attributes.set("units", AttributeValue::from(units));
            VariableSchema {
                path: NodePath::parse(name),
                data_type,
                dimensions: NAMES[dimensions.clone()]
                    .iter()
                    .map(|n| (*n).to_owned())
                    .collect(),
                shape: SHAPE[dimensions].to_vec(),
                attributes,
                layout: NativeLayout::default(),
            }
        };
        schema.root.variables = vec![
            variable("time", DataType::Int64, 0..1, "hours since 2000-01-01"),
            variable("lat", DataType::Int64, 1..2, "degrees_north"),
            variable("lon", DataType::Int64, 2..3, "degrees_east"),
            variable("t2m", DataType::Float32, 0..3, "K"),
        ];
        let identity = SourceIdentity {
            path: "month.nc".into(),
            size: 0,
            modified: None,
            version: None,
        };
        let elements = 0..SHAPE.iter().product();
        let bytes = elements.flat_map(|i| temperature(i).to_ne_bytes());
        Self {
            schema,
            identity,
            bytes: bytes.collect(),
        }
    }
}

impl Source for Month {
    fn schema(&self) -> &DatasetSchema {
        &self.schema
    }

    fn identity(&self) -> &SourceIdentity {
        &self.identity
    }

    fn read(&self, _: &NodePath, region: &Region, out: &mut [u8]) -> Result<(), SourceError> {
        let [t, y, x] = region.ranges() else {
            let labels = region.ranges()[0].clone();
            for (label, out) in labels.zip(out.chunks_exact_mut(8)) {
                out.copy_from_slice(&(label as i64).to_ne_bytes());
            }
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

    fn read_text(&self, _: &NodePath, _: &Region) -> Result<Vec<String>, SourceError> {
        Ok(Vec::new())
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        Ok(())
    }
}

fn config(check: CheckLevel) -> Config {
    Config {
        check,
        chunking: "time:100,lat:50,lon:100".parse().unwrap(),
        ..Config::default()
    }
}

/// An archive for the month, and nothing written yet.
fn make(source: &Month, directory: &Path) -> ZarrSource {
    let config = config(CheckLevel::None);
    let template = TemplateBuilder::new(source, &config, TemplateOptions::default())
        .unwrap()
        .build()
        .unwrap();
    let store = FilesystemStore::open(directory, FsyncMode::Never).unwrap();
    let converter = Converter::new(config);
    converter.create_template(&template, &store).unwrap();
    ZarrSource::open(Arc::new(store), &NodePath::root()).unwrap()
}

/// Seconds of CPU time that all threads have had.
fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() % 2 {
        1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
    }
}

fn main() {
    // The tests build benches and run them; only `cargo bench` wants figures.
    let measured = std::env::args().any(|argument| argument == "--bench");
    let rounds = std::env::var("CHECK_ROUNDS").ok();
    let rounds: usize = rounds.and_then(|text| text.parse().ok()).unwrap_or(20);
    let rounds = if measured { rounds } else { 1 };
    let source = Month::new();
    let directory = tempfile::tempdir().unwrap();
    let archive = make(&source, directory.path());
    let write = |check| {
        let before = cpu();
        let converter = Converter::new(config(check));
        let options = MatchOptions::default();
        let report = converter.write_region(&source, &archive, &options).unwrap();
        assert_eq!(report.raw_bytes, source.bytes.len() as u64);
        cpu() - before
    };
    // The first one makes directories and fills caches.
    let _ = write(CheckLevel::Encoded);
    let mut times = LEVELS.map(|_| Vec::new());
    for round in 0..rounds {
        // Each in its turn the first of a round.
        for i in 0..LEVELS.len() {
            let level = (round + i) % LEVELS.len();
            times[level].push(write(LEVELS[level]));
        }
    }
    println!(
        "a region of {} MB, {rounds} rounds, CPU time",
        source.bytes.len() / 1_000_000
    );
    let [plain, ..] = &times;
    for (level, own) in LEVELS.iter().zip(&times) {
        let ratios: Vec<f64> = own.iter().zip(plain).map(|(a, b)| a / b).collect();
        let mean = own.iter().sum::<f64>() / own.len() as f64;
        let sum = own.iter().sum::<f64>() / plain.iter().sum::<f64>();
        let more = |ratio: f64| (ratio - 1.0) * 100.0;
        println!(
            "  --check {:8} {mean:.4} s each, against none: all {:+.1} %, median {:+.1} %",
            level.to_string(),
            more(sum),
            more(median(&ratios)),
        );
    }
}
