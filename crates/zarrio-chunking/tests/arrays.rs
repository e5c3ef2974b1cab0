//! Plans for the arrays of a dataset.
#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use zarrio_chunking::{Array, FileSteps, Method, Planning, Role, plan};
use zarrio_model::ByteSize;
use zarrio_model::config::{AccessPattern, ChunkLength};

fn names(n: usize) -> Vec<String> {
    ["time", "depth", "lat", "lon", "member"]
        .iter()
        .take(n)
        .map(ToString::to_string)
        .collect()
}

fn planning(target: u64) -> Planning {
    Planning {
        method: Method::Source,
        target: ByteSize(target),
        storage: None,
        files: FileSteps::Unknown,
    }
}

#[test]
fn arrays_share_chunk_lengths_and_coordinates_stay_long() {
    let (three, one) = (names(3), names(1));
    let big = Array {
        dimensions: &three,
        shape: &[8760, 100, 200],
        element_size: 4,
        source_chunks: Some(&[1, 100, 200]),
        roles: &[],
        coordinate: false,
    };
    let series = Array {
        dimensions: &one,
        shape: &[8760],
        element_size: 4,
        source_chunks: Some(&[512]),
        roles: &[],
        coordinate: false,
    };
    let time = Array {
        coordinate: true,
        element_size: 8,
        ..series
    };
    let plan = plan(&[time, series, big], &[], &planning(1 << 20)).unwrap();
    assert_eq!(plan.shapes, [vec![8760], vec![8], vec![8, 100, 200]]);
}

#[test]
fn classic_lengths_are_those_of_the_dataset() {
    let names = ["time", "lat", "lon", "nv"].map(ToString::to_string);
    let array = |dimensions, shape, element_size| Array {
        dimensions,
        shape,
        roles: &[],
        element_size,
        source_chunks: None,
        coordinate: false,
    };
    let arrays = [
        array(&names[..3], &[8760, 1800, 3600], 4),
        array(&names[1..3], &[1800, 3600], 8),
        array(&names[2..], &[3600, 2], 8),
    ];
    let planning = Planning {
        method: Method::Classic(AccessPattern::Balanced),
        ..planning(50 << 20)
    };
    // As the Python tool has it, bounds count as space, and the cube root of 262144 is just
    // below 64.
    let found = plan(&arrays, &[], &planning).unwrap();
    assert_eq!(found.shapes, [vec![50, 63, 63], vec![63, 63], vec![63, 2]]);
    let wish = [("lat", ChunkLength::Full)];
    let found = plan(&arrays, &wish, &planning).unwrap();
    assert_eq!(found.shapes[1], [1800, 63]);
}

#[test]
fn optimal_plans_share_the_record_dimension() {
    let names = ["time", "depth", "lat", "lon"].map(ToString::to_string);
    let flat = [names[0].clone(), names[2].clone(), names[3].clone()];
    let roles = [Role::Time, Role::Vertical, Role::Y, Role::X];
    let array = |dimensions, shape, roles, element_size| Array {
        dimensions,
        shape,
        roles,
        element_size,
        source_chunks: None,
        coordinate: false,
    };
    let three = [Role::Time, Role::Y, Role::X];
    let arrays = [
        array(&flat[..], &[8760, 300, 400], &three[..], 8),
        array(&names[..], &[8760, 30, 300, 400], &roles[..], 2),
        array(&names[..], &[8760, 30, 300, 400], &roles[..], 4),
        array(&names[..1], &[8760], &roles[..1], 8),
    ];
    let planning = Planning {
        method: Method::Optimal(AccessPattern::Temporal.into()),
        ..planning(50 << 20)
    };
    let found = plan(&arrays, &[], &planning).unwrap();
    let steps: Vec<u64> = found.shapes.iter().map(|shape| shape[0]).collect();
    assert!(steps.iter().all(|n| *n == steps[0]), "{steps:?}");
    assert_eq!(found.shapes[1], found.shapes[2]);
    let members: Vec<&[usize]> = found.plans.iter().map(|p| p.arrays.as_slice()).collect();
    assert_eq!(members, [&[2, 1][..], &[0], &[3]]);
}

#[test]
fn shapes_that_no_archive_has_are_planned_too() {
    let two = names(2);
    let huge = Array {
        dimensions: &two,
        shape: &[u64::MAX, u64::MAX],
        element_size: 1,
        source_chunks: Some(&[1 << 63, 1]),
        roles: &[],
        coordinate: false,
    };
    let unnamed = Array {
        shape: &[10, 5, 6],
        source_chunks: None,
        ..huge
    };
    for (array, target) in [(huge, u64::MAX), (huge, 1), (unnamed, 8)] {
        let shape = &plan(&[array], &[], &planning(target)).unwrap().shapes[0];
        assert_eq!(shape.len(), array.shape.len());
        assert!(shape.iter().all(|chunk| *chunk > 0), "{shape:?}");
    }
}

#[test]
fn an_unknown_dimension_lists_the_known_ones() {
    let dims = names(2);
    let array = Array {
        dimensions: &dims,
        shape: &[1, 1],
        element_size: 1,
        source_chunks: None,
        roles: &[],
        coordinate: false,
    };
    let error = plan(&[array], &[("tme", ChunkLength::Full)], &planning(1)).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("the dimensions are time, depth")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn chunks_fit_their_dimensions_and_the_target(
        dims in prop::collection::vec((0u64..5000, prop::option::of(1u64..6000)), 0..5),
        chunked: bool,
        element_size in prop::sample::select(vec![1u64, 2, 4, 8]),
        target in 1u64..1 << 24,
    ) {
        let dimensions = names(dims.len());
        let shape: Vec<u64> = dims.iter().map(|d| d.0).collect();
        let source: Vec<u64> = shape.iter().map(|n| n / 3 + 1).collect();
        let array = Array {
            dimensions: &dimensions,
            shape: &shape,
            element_size,
            source_chunks: chunked.then_some(source.as_slice()),
            roles: &[],
        coordinate: false,
        };
        let wishes: Vec<(&str, ChunkLength)> = dims.iter().zip(&dimensions)
            .filter_map(|(d, name)| Some((name.as_str(), ChunkLength::of(d.1?)?)))
            .collect();
        let first = plan(&[array], &wishes, &planning(target)).unwrap();
        prop_assert_eq!(&first, &plan(&[array], &wishes, &planning(target)).unwrap());
        let chunk = &first.shapes[0];
        for ((c, n), d) in chunk.iter().zip(&shape).zip(&dims) {
            prop_assert!(*c >= 1 && *c <= (*n).max(1));
            if let Some(wish) = d.1 {
                prop_assert_eq!(*c, wish.min(*n).max(1));
            }
        }
        let free_left = chunk.iter().zip(&dims).any(|(c, d)| d.1.is_none() && *c > 1);
        prop_assert!(chunk.iter().product::<u64>() * element_size <= target * 2 || !free_left);
    }
}
