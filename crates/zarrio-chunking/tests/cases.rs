//! Plans for archives as people have them.
#![allow(clippy::unwrap_used, reason = "tests")]

use zarrio_chunking::{ChunkPlan, ChunkRequest, Dimension, FileSteps, Role};
use zarrio_model::ByteSize;
use zarrio_model::config::{AccessPattern, Storage};

fn dimensions(list: &[(&str, u64, Role)]) -> Vec<Dimension> {
    let one = |(name, length, role): &(&str, u64, Role)| Dimension::new(*name, *length, *role);
    list.iter().map(one).collect()
}

fn era5() -> Vec<Dimension> {
    dimensions(&[
        ("time", 350_640, Role::Time),
        ("latitude", 721, Role::Y),
        ("longitude", 1440, Role::X),
    ])
}

fn plans(dimensions: &[Dimension], element_size: u64, files: &FileSteps) -> Vec<[ChunkPlan; 2]> {
    let one = |pattern: &AccessPattern| {
        let request = ChunkRequest {
            pattern: (*pattern).into(),
            files: files.clone(),
            ..ChunkRequest::new(dimensions.to_vec(), element_size)
        };
        [request.classic(*pattern), request.optimal()]
    };
    AccessPattern::ALL.iter().map(one).collect()
}

/// The table of the documentation: `cargo test -p zarrio-chunking --test cases -- --nocapture`.
#[test]
fn optimal_reads_less_than_classic() {
    let cases = [
        ("ERA5, 40 years", era5(), 4, FileSteps::Each(24)),
        (
            "ROMS, 10 years",
            dimensions(&[
                ("ocean_time", 29_220, Role::Time),
                ("s_rho", 40, Role::Vertical),
                ("eta_rho", 600, Role::Y),
                ("xi_rho", 400, Role::X),
            ]),
            4,
            FileSteps::Each(8),
        ),
        (
            "wave spectra",
            dimensions(&[
                ("time", 87_660, Role::Time),
                ("site", 500, Role::X),
                ("frequency", 30, Role::Other),
                ("direction", 36, Role::Other),
            ]),
            4,
            FileSteps::Each(744),
        ),
        (
            "swath",
            dimensions(&[
                ("line", 3200, Role::Y),
                ("pixel", 2600, Role::X),
                ("band", 16, Role::Other),
            ]),
            2,
            FileSteps::Unknown,
        ),
    ];
    for (name, dimensions, element_size, files) in cases {
        for [classic, optimal] in plans(&dimensions, element_size, &files) {
            println!("{name}\n  {classic}  {optimal}");
            assert!(
                optimal.cost.total <= classic.cost.total,
                "{classic}{optimal}"
            );
        }
    }
}

#[test]
fn a_balanced_archive_costs_a_series_as_much_as_a_map() {
    let plan = ChunkRequest::new(era5(), 4).optimal();
    let (series, map) = (plan.cost.series.bytes, plan.cost.map.bytes);
    assert!((0.5..2.0).contains(&(series / map)), "{plan}");
    assert!((25 << 20..100 << 20).contains(&plan.chunk_bytes), "{plan}");
}

#[test]
fn patterns_pull_their_way() {
    let request = |pattern: &str| ChunkRequest {
        pattern: pattern.parse().unwrap(),
        ..ChunkRequest::new(era5(), 4)
    };
    let steps = |pattern| request(pattern).optimal().chunks[0];
    let all = [
        steps("spatial"),
        steps("temporal=0.05,spatial=0.95"),
        steps("balanced"),
        steps("temporal=0.95,spatial=0.05"),
        steps("temporal"),
    ];
    assert!(all.is_sorted(), "{all:?}");
    assert!(all[4] > 20 * all[0], "{all:?}");
}

#[test]
fn files_and_source_are_respected_where_that_costs_little() {
    let request = ChunkRequest {
        files: FileSteps::Each(24),
        ..ChunkRequest::new(era5(), 4)
    };
    let plan = request.optimal();
    assert_eq!(plan.chunks[0] % 24, 0, "{plan}");
    assert!(plan.write_amplification > 10.0, "{plan}");
    assert!(
        plan.to_string().contains("shared by several files"),
        "{plan}"
    );

    let mut dimensions = era5();
    dimensions[0].source_chunk = Some(1);
    dimensions[1].source_chunk = Some(721);
    dimensions[2].source_chunk = Some(120);
    let plan = ChunkRequest::new(dimensions, 4).optimal();
    assert!(plan.chunks[2].is_multiple_of(120), "{plan}");
}

#[test]
fn shards_hold_whole_files_where_they_can() {
    let request = ChunkRequest {
        files: FileSteps::Each(240),
        storage: Some(Storage::Cloud),
        pattern: AccessPattern::Spatial.into(),
        max_objects: 10_000,
        ..ChunkRequest::new(era5(), 4)
    };
    let mut request = request.with_target("8MiB".parse().unwrap());
    request.dimensions[0].fixed = Some(24);
    let plan = request.optimal();
    let shards = plan.shards.as_ref().unwrap();
    assert_eq!(shards.shape[0] % 240, 0, "{plan}");
    assert_eq!(shards.shared, 0, "{plan}");
    assert!(shards.count < plan.num_chunks / 10, "{plan}");
    assert!(plan.to_string().contains("shards of time:240"), "{plan}");
}

#[test]
fn mixed_sizes_keep_every_array_within_the_bounds() {
    let request = ChunkRequest {
        element_sizes: vec![8, 2],
        ..ChunkRequest::new(era5(), 8)
    };
    let plan = request.optimal();
    assert!(plan.chunk_bytes <= request.bounds.most, "{plan}");
    assert!(plan.chunk_bytes / 4 >= request.bounds.least, "{plan}");
}

#[test]
fn a_few_bytes_above_the_largest_size_are_too_many() {
    let square = dimensions(&[("y", 400_000, Role::Y), ("x", 400_000, Role::Y)]);
    let plan = ChunkRequest::new(square, 4)
        .with_target(ByteSize(87_749_957))
        .optimal();
    assert!(plan.chunk_bytes <= 175_499_914, "{plan}");
}

#[test]
fn a_plan_explains_itself() {
    let mut dimensions = dimensions(&[
        ("time", 744, Role::Time),
        ("y", 100, Role::Y),
        ("x", 200, Role::X),
    ]);
    for (dimension, chunk) in dimensions.iter_mut().zip([1, 100, 200]) {
        dimension.source_chunk = Some(chunk);
    }
    let plan = ChunkRequest::new(dimensions, 4).classic(AccessPattern::Temporal);
    assert_eq!(
        plan.to_string(),
        "\
time:74,y:100,x:200 (classic, balanced): 11 chunks of 5.65 MiB
                          wanted         source's chunks           these chunks
  series at a point     2.91 KiB  56.8 MiB in 744 chunks  62.1 MiB in 11 chunks
  map at an instant     78.1 KiB     78.1 KiB in 1 chunk    5.65 MiB in 1 chunk
  region over a period  58.6 KiB   6.34 MiB in 83 chunks   11.9 MiB in 2 chunks
  weighted cost                                 15.4 GiB                293 MiB
  a writer needs 11.3 MiB for each thread
"
    );
}
