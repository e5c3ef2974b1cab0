//! What the status of an archive costs: reading its records and the names of its chunks.
//!
//! The archive has as many empty chunks as `STATUS_CHUNKS` says, 10,000 by default, and a record
//! for each hundred of them. A million takes some minutes to make:
//!
//! ```sh
//! STATUS_CHUNKS=1000000 cargo bench --bench status
//! ```
#![allow(missing_docs, clippy::unwrap_used, reason = "benches")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use zarrio::model::config::{Config, TimeConfig};
use zarrio::model::{
    Attributes, DataType, DatasetSchema, Dimension, NativeLayout, NodePath, Region, Source,
    SourceError, SourceIdentity, VariableSchema,
};
use zarrio::region::{
    Converter, Extent, Ledger, Moment, Record, RecordKind, SourceRecord, Status, TemplateBuilder,
    TemplateOptions, VariableRecord, ZarrSource,
};
use zarrio::store::{FilesystemStore, FsyncMode};

/// Chunks along the two dimensions that do not grow.
const ACROSS: u64 = 10;

/// A file with one step of a field.
#[derive(Debug)]
struct Step(DatasetSchema, SourceIdentity);

impl Step {
    fn new() -> Self {
        let mut schema = DatasetSchema::default();
        let lengths = [("time", 1), ("y", ACROSS), ("x", ACROSS)];
        schema.root.dimensions = lengths
            .iter()
            .map(|(name, length)| Dimension {
                name: (*name).to_owned(),
                length: *length,
                unlimited: false,
            })
            .collect();
        let mut attributes = Attributes::default();
        attributes.set("units", "seconds since 2000-01-01");
        let variable = |name: &str, data_type, dimensions: usize, attributes| VariableSchema {
            path: NodePath::parse(name),
            data_type,
            dimensions: lengths[..dimensions]
                .iter()
                .map(|d| d.0.to_owned())
                .collect(),
            shape: lengths[..dimensions].iter().map(|d| d.1).collect(),
            attributes,
            layout: NativeLayout::default(),
        };
        schema.root.variables = vec![
            variable("time", DataType::Int64, 1, attributes),
            variable("t", DataType::Float32, 3, Attributes::default()),
        ];
        let identity = SourceIdentity {
            path: "step.nc".into(),
            size: 1,
            modified: None,
            version: None,
        };
        Self(schema, identity)
    }
}

impl Source for Step {
    fn schema(&self) -> &DatasetSchema {
        &self.0
    }
    fn identity(&self) -> &SourceIdentity {
        &self.1
    }
    fn read(&self, _: &NodePath, _: &Region, out: &mut [u8]) -> Result<(), SourceError> {
        out.fill(0);
        Ok(())
    }
    fn read_text(&self, _: &NodePath, _: &Region) -> Result<Vec<String>, SourceError> {
        Ok(Vec::new())
    }
    fn check_unchanged(&self) -> Result<(), SourceError> {
        Ok(())
    }
}

fn open(directory: &Path) -> ZarrSource {
    let store = FilesystemStore::open(directory, FsyncMode::Never).unwrap();
    ZarrSource::open(Arc::new(store), &NodePath::root()).unwrap()
}

/// What a writer records of one step.
fn record(step: u64) -> Record {
    let order = 1_600_000_000_000_000_000 + step;
    let axes = [("time", step, step + 1), ("y", 0, ACROSS), ("x", 0, ACROSS)];
    let axes = axes.map(|(name, start, end)| (name.to_owned(), vec![[start, end]]));
    Record {
        form: 1,
        id: format!("{step:032x}"),
        kind: RecordKind::Region,
        order,
        began: Moment::from_nanoseconds(order),
        finished: Moment::from_nanoseconds(order),
        source: Some(SourceRecord {
            name: format!("step-{step}.nc"),
            path: format!("/data/archive/of/files/step-{step}.nc"),
            size: 1 << 20,
            modified: Some("1600000000.000000000".into()),
            version: None,
        }),
        selection: "0123456789abcdef".into(),
        reason: None,
        durable: false,
        check: "sampled".into(),
        version: "0.1.0".into(),
        writer: "node1:4711".into(),
        parts: 1,
        announced: None,
        extents: vec![Extent(axes.into())],
        variables: vec![VariableRecord {
            path: "t".into(),
            extent: 0,
            values: ACROSS * ACROSS,
            missing: 0,
            min: None,
            max: None,
            sum: "0123456789abcdef0123456789abcdef".parse().ok(),
            axis: Some("time".into()),
            all_missing: Vec::new(),
            chunks: ACROSS * ACROSS,
            raw_bytes: 4 * ACROSS * ACROSS,
            stored_bytes: 50 * ACROSS * ACROSS,
        }],
    }
}

/// An archive of so many steps, each of them one record and a hundred chunks.
fn make(directory: &Path, steps: u64) {
    let last = steps - 1;
    let end = format!(
        "2000-01-01T{:02}:{:02}:{:02}",
        last / 3600,
        last / 60 % 60,
        last % 60
    );
    let config = Config {
        chunking: "time:1,y:1,x:1".parse().unwrap(),
        time: TimeConfig {
            global_start: Some("2000-01-01T00:00:00".parse().unwrap()),
            global_end: Some(end.parse().unwrap()),
            freq: Some("1s".parse().unwrap()),
            ..Config::default().time
        },
        ..Config::default()
    };
    let source = Step::new();
    let options = TemplateOptions {
        max_objects: u64::MAX,
        ..TemplateOptions::default()
    };
    let template = TemplateBuilder::new(&source, &config, options)
        .unwrap()
        .build()
        .unwrap();
    let store = FilesystemStore::open(directory, FsyncMode::Never).unwrap();
    Converter::new(config)
        .create_template(&template, &store)
        .unwrap();
    let archive = open(directory);
    let ledger = Ledger::of(&archive, &NodePath::root()).unwrap().unwrap();
    for step in 0..steps {
        ledger.put(&record(step)).unwrap();
        for y in 0..ACROSS {
            let place = directory.join(format!("t/c/{step}/{y}"));
            std::fs::create_dir_all(&place).unwrap();
            for x in 0..ACROSS {
                std::fs::File::create(place.join(x.to_string())).unwrap();
            }
        }
    }
}

fn status(c: &mut Criterion) {
    let chunks = std::env::var("STATUS_CHUNKS")
        .ok()
        .and_then(|text| text.parse().ok());
    let chunks: u64 = chunks.unwrap_or(10_000);
    let directory = tempfile::tempdir().unwrap();
    make(
        directory.path(),
        (chunks / (ACROSS * ACROSS)).clamp(1, 86_400),
    );
    let mut group = c.benchmark_group("status");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(5));
    group.bench_function(format!("{chunks} chunks"), |b| {
        b.iter(|| {
            let status = Status::of(&open(directory.path()), Some("time")).unwrap();
            assert!(status.complete);
        });
    });
    group.finish();
}

criterion_group!(benches, status);
criterion_main!(benches);
