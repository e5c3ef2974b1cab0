//! How long a plan takes.
#![allow(missing_docs, reason = "benches")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use zarrio_chunking::{ChunkRequest, Dimension, FileSteps, Role};

fn request(dimensions: &[(&str, u64, Role)]) -> ChunkRequest {
    let one = |(name, length, role): &(&str, u64, Role)| Dimension {
        source_chunk: Some(length.div_ceil(4)),
        ..Dimension::new(*name, *length, *role)
    };
    ChunkRequest {
        files: FileSteps::Each(24),
        ..ChunkRequest::new(dimensions.iter().map(one).collect(), 4)
    }
}

fn planner(c: &mut Criterion) {
    let five = [
        ("time", 350_640, Role::Time),
        ("member", 50, Role::Member),
        ("level", 137, Role::Vertical),
        ("latitude", 721, Role::Y),
        ("longitude", 1440, Role::X),
    ];
    let three = [five[0], five[3], five[4]];
    c.bench_function("3 dimensions", |b| {
        let request = request(&three);
        b.iter(|| black_box(&request).optimal());
    });
    c.bench_function("5 dimensions", |b| {
        let request = request(&five);
        b.iter(|| black_box(&request).optimal());
    });
}

criterion_group!(benches, planner);
criterion_main!(benches);
