//! Packing and unpacking beside a plain copy of the same numbers.

#![expect(clippy::unwrap_used, reason = "a bench that cannot begin should stop")]
#![expect(clippy::print_stdout, reason = "it prints what it measures")]

use std::hint::black_box;
use std::num::NonZero;
use std::time::Instant;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use zarrio_codec::packing::{ByteOrder, Extent, Packing};
use zarrio_model::DataType;
use zarrio_model::config::{PackingBits, PackingRange};

/// Of the smaller type four times as many bytes as a last cache of 32 MiB holds: a copy within a
/// cache is none of memory, and how much of one there is depends on who else uses the machine.
const ELEMENTS: usize = 32 << 20;
/// Enough to see that everything runs, where nothing is measured.
const FEW: usize = 1 << 10;

/// Every integer that values are packed into.
const BITS: [PackingBits; 3] = [PackingBits::Bits8, PackingBits::Bits16, PackingBits::Bits32];

fn is_measured() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

fn elements() -> usize {
    if is_measured() { ELEMENTS } else { FEW }
}

/// A smooth field with noise and gaps, in kelvin.
fn field() -> Vec<f64> {
    let mut noise = 1u64;
    (0..elements())
        .map(|i| {
            noise = noise
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let small = (noise >> 40) as f64 / (1u64 << 24) as f64;
            match i % 1000 {
                0..5 => f64::NAN,
                _ => 280.0 + 30.0 * (i as f64 / 5000.0).sin() + small,
            }
        })
        .collect()
}

/// The field in both types.
fn sources() -> [(DataType, Vec<u8>); 2] {
    let field = field();
    let single = field.iter().flat_map(|v| (*v as f32).to_ne_bytes());
    let double = field.iter().flat_map(|v| v.to_ne_bytes());
    [
        (DataType::Float32, single.collect()),
        (DataType::Float64, double.collect()),
    ]
}

fn packing(criterion: &mut Criterion) {
    let sources = sources();
    let range = PackingRange {
        min: 240.0,
        max: 320.0,
    };
    for (data_type, source) in &sources {
        let data_type = *data_type;
        let mut group = criterion.benchmark_group(format!("pack {data_type}"));
        group
            .throughput(Throughput::Bytes(source.len() as u64))
            .sample_size(20);
        let mut copy = vec![0u8; source.len()];
        group.bench_function("copy", |b| {
            b.iter(|| black_box(&mut copy).copy_from_slice(source));
        });
        group.bench_function("scan", |b| {
            b.iter(|| Extent::of(data_type, ByteOrder::Native, black_box(source), &[1e20]));
        });
        for bits in BITS {
            let packing = Packing::for_range(range, bits).unwrap();
            let mut out = vec![0u8; elements() * bits.bits() as usize / 8];
            for order in [ByteOrder::Native, ByteOrder::Big] {
                // Swapped bytes are other numbers, but as many of them.
                let id = BenchmarkId::new(format!("{order:?}"), bits);
                if order == ByteOrder::Big {
                    let width = data_type.size().unwrap();
                    let mut swapped = source.clone();
                    swapped.chunks_exact_mut(width).for_each(<[u8]>::reverse);
                    group.bench_function(id, |b| {
                        b.iter(|| {
                            packing.pack(data_type, order, black_box(&swapped), &[1e20], &mut out)
                        });
                    });
                    continue;
                }
                group.bench_function(id, |b| {
                    b.iter(|| packing.pack(data_type, order, black_box(source), &[1e20], &mut out));
                });
            }
            if data_type == DataType::Float64 {
                let mut values = vec![0.0; elements()];
                group.bench_function(BenchmarkId::new("unpack", bits), |b| {
                    b.iter(|| packing.unpack(black_box(&out), &mut values));
                });
            }
        }
        group.finish();
    }
}

/// The same on all cores at once, as a conversion packs: they share the memory, and a copy by
/// all of them is not as many times as fast.
fn together(criterion: &mut Criterion) {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let range = PackingRange {
        min: 240.0,
        max: 320.0,
    };
    let single = field().into_iter().flat_map(|v| (v as f32).to_ne_bytes());
    let source: Vec<u8> = single.collect();
    let part = source.len() / threads / 4 * 4;
    let mut group = criterion.benchmark_group(format!("pack float32 on {threads} cores"));
    group
        .throughput(Throughput::Bytes(source.len() as u64))
        .sample_size(20);
    let mut copy = vec![0u8; source.len()];
    group.bench_function("copy", |b| {
        b.iter(|| {
            std::thread::scope(|scope| {
                for (from, to) in source.chunks(part).zip(copy.chunks_mut(part)) {
                    scope.spawn(|| black_box(to).copy_from_slice(from));
                }
            });
        });
    });
    for bits in BITS {
        let packing = Packing::for_range(range, bits).unwrap();
        let size = bits.bits() as usize / 8;
        let mut out = vec![0u8; source.len() / 4 * size];
        group.bench_function(BenchmarkId::new("Native", bits), |b| {
            b.iter(|| {
                std::thread::scope(|scope| {
                    let parts = source.chunks(part).zip(out.chunks_mut(part / 4 * size));
                    for (from, codes) in parts {
                        let (packing, native) = (&packing, ByteOrder::Native);
                        scope.spawn(move || {
                            packing.pack(DataType::Float32, native, from, &[1e20], codes)
                        });
                    }
                });
            });
        });
    }
    group.finish();
}

/// Rounds in which a copy and a packing take turns.
const ROUNDS: usize = 101;

/// How fast packing is beside a copy a moment before: the speed of a machine that others use
/// too moves more between one bench and the next than what is measured.
fn in_turn(_: &mut Criterion) {
    let sources = sources();
    let range = PackingRange {
        min: 240.0,
        max: 320.0,
    };
    let seconds = |work: &mut dyn FnMut()| {
        let begun = Instant::now();
        work();
        begun.elapsed().as_secs_f64()
    };
    for (data_type, source) in &sources {
        let data_type = *data_type;
        let mut copy = vec![0u8; source.len()];
        for bits in BITS {
            let packing = Packing::for_range(range, bits).unwrap();
            let mut out = vec![0u8; elements() * bits.bits() as usize / 8];
            let rounds = if is_measured() { ROUNDS } else { 1 };
            let mut ratios: Vec<f64> = (0..rounds)
                .map(|_| {
                    let copied = seconds(&mut || black_box(&mut copy).copy_from_slice(source));
                    let packed = seconds(&mut || {
                        let source = black_box(source);
                        packing.pack(data_type, ByteOrder::Native, source, &[1e20], &mut out);
                    });
                    copied / packed
                })
                .collect();
            if !is_measured() {
                continue;
            }
            ratios.sort_by(f64::total_cmp);
            let percent = |part: usize| 100.0 * ratios[rounds * part / 100];
            println!(
                "pack {data_type} to {bits} bits: {:.0} % of a copy in the same round, median of {rounds} (a tenth below {:.0} %, a tenth above {:.0} %)",
                percent(50),
                percent(10),
                percent(90),
            );
        }
    }
}

criterion_group!(benches, packing, together, in_turn);
criterion_main!(benches);
