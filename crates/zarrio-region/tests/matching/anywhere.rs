//! Any part of any axis, in any order.

use proptest::prelude::*;

use super::*;

proptest! {
    /// Whatever part of an axis a file has, in whatever order, every element lands on its
    /// own label.
    #[test]
    fn every_label_lands_on_itself(
        axis in prop::collection::btree_set(-5000i32..5000, 1..60),
        picks in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 1..60),
        reverse in any::<bool>(),
        kind in 0..5,
    ) {
        let mut axis: Vec<i32> = axis.into_iter().collect();
        if reverse {
            axis.reverse();
        }
        let mut part: Vec<i32> = Vec::new();
        for (index, front) in &picks {
            let label = axis[index.index(axis.len())];
            if !part.contains(&label) {
                part.insert(if *front { 0 } else { part.len() }, label);
            }
        }
        let eighth = |v: &i32| f64::from(*v) / 8.0;
        let hours = |labels: &[i32]| Data::I64(labels.iter().map(|v| (*v).into()).collect());
        let days = |labels: &[i32], from: i32| {
            Data::F64(labels.iter().map(|v| f64::from(v + from * 24) / 24.0).collect())
        };
        let (file, archive) = match kind {
            0 => (timed("file.nc", hours(&part), HOURS), timed("archive", hours(&axis), HOURS)),
            1 => (
                timed("file.nc", days(&part, 18262), "days since 1970-01-01"),
                timed("archive", hours(&axis), HOURS),
            ),
            2 => (
                timed("file.nc", days(&part, 18262), "days since 1970-01-01"),
                timed("archive", days(&axis, 43829), "days since 1900-01-01"),
            ),
            3 => (
                timed("file.nc", Data::F32(part.iter().map(|v| eighth(v) as f32).collect()), "m"),
                timed("archive", Data::F64(axis.iter().map(eighth).collect()), "m"),
            ),
            _ => (timed("file.nc", hours(&part), "1"), timed("archive", Data::I32(axis.clone()), "")),
        };
        let options = MatchOptions {
            time_dimension: Some("time".into()),
            ..MatchOptions::default()
        };
        let found = runs(&matched(&file, &archive, &options), "t2m", 0);
        let mut placed = 0;
        for run in found {
            for i in 0..run.length {
                let source = run.source + if run.reversed { run.length - 1 - i } else { i };
                prop_assert_eq!(part[source as usize], axis[(run.archive + i) as usize]);
                placed += 1;
            }
        }
        prop_assert_eq!(placed, part.len());
    }
}
