//! Which files belong together. Pure arithmetic.

use std::ops::Range;

/// How large tasks are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskSize {
    /// One file, or those that share chunks.
    Least,
    /// So many files, whatever they share.
    Files(u64),
    /// So many bytes at least, uncompressed.
    Bytes(u64),
    /// No more tasks than so many, about equal in bytes.
    Tasks(u64),
}

/// A task grows beyond its size to so many times of it, where that keeps files that share a chunk
/// together.
const TIMES: u64 = 4;
/// Tiles of more kinds than this are not told apart.
const TILES: usize = 4096;

/// Where a file lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    /// Chunks along all dimensions but the one along which files follow each other.
    pub(super) tile: Vec<Range<u64>>,
    /// Positions along that one; none for a file that has nothing there.
    pub(super) span: Option<Range<u64>>,
    /// Bytes that are written, uncompressed.
    pub(super) bytes: u64,
}

/// A file in the order in which tasks are filled.
struct Placed {
    index: usize,
    /// Of a class of tiles: no two classes share a chunk.
    class: usize,
    /// The chunks that it meets along the dimension.
    chunks: Option<Range<u64>>,
}

/// Puts files into tasks, by their numbers. Unless a task is to have so many files, those that
/// begin in one chunk, of `length` positions, are never parted; a task ends where no chunk reaches
/// beyond it, where there is such a place before it is a few times as large as asked for.
pub(super) fn group(spots: &[Spot], length: u64, size: TaskSize) -> Vec<Vec<usize>> {
    let length = length.max(1);
    let classes = classes(spots);
    let mut placed: Vec<Placed> = spots
        .iter()
        .enumerate()
        .map(|(index, spot)| Placed {
            index,
            class: classes[index],
            chunks: spot
                .span
                .as_ref()
                .filter(|span| !span.is_empty())
                .map(|span| span.start / length..span.end.div_ceil(length)),
        })
        .collect();
    placed.sort_by_key(|file| {
        let span = spots[file.index].span.as_ref();
        (
            file.class,
            span.map(|span| (span.start, span.end)),
            file.index,
        )
    });
    if let TaskSize::Files(files) = size {
        let files = usize::try_from(files.max(1)).unwrap_or(usize::MAX);
        let task = |task: &[Placed]| task.iter().map(|file| file.index).collect();
        return placed.chunks(files).map(task).collect();
    }
    let total: u64 = spots.iter().map(|s| s.bytes).fold(0, u64::saturating_add);
    let (wanted, by_files) = match size {
        TaskSize::Least | TaskSize::Files(_) => (1, true),
        TaskSize::Bytes(bytes) => (bytes.max(1), false),
        // Files without bytes count all the same.
        TaskSize::Tasks(tasks) if total == 0 => {
            ((spots.len() as u64).div_ceil(tasks.max(1)).max(1), true)
        }
        TaskSize::Tasks(tasks) => (total.div_ceil(tasks.max(1)), false),
    };
    let most = match size {
        TaskSize::Tasks(tasks) => tasks.max(1),
        _ => u64::MAX,
    };
    let mut tasks: Vec<Vec<usize>> = Vec::new();
    let mut task: Vec<usize> = Vec::new();
    let (mut weight, mut reach, mut last): (u64, u64, Option<&Placed>) = (0, 0, None);
    for file in &placed {
        let joint = last.map_or(Joint::Clean, |last| joint(last, file, reach));
        let large = weight >= wanted.saturating_mul(TIMES);
        let ends = match joint {
            Joint::Clean => weight >= wanted,
            Joint::Shared => large,
            Joint::Together => false,
        };
        if ends && !task.is_empty() && (tasks.len() as u64) + 1 < most {
            tasks.push(std::mem::take(&mut task));
            weight = 0;
        }
        if last.is_none_or(|last| last.class != file.class) {
            reach = 0;
        }
        reach = reach.max(file.chunks.as_ref().map_or(0, |chunks| chunks.end));
        task.push(file.index);
        weight = weight.saturating_add(match by_files {
            true => 1,
            false => spots[file.index].bytes,
        });
        last = Some(file);
    }
    if !task.is_empty() {
        tasks.push(task);
    }
    tasks
}

/// How a file stands to those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    /// No chunk is shared.
    Clean,
    /// One of those before reaches into its first chunk.
    Shared,
    /// It begins in the chunk in which the one before begins.
    Together,
}

fn joint(last: &Placed, file: &Placed, reach: u64) -> Joint {
    let (Some(before), Some(chunks)) = (&last.chunks, &file.chunks) else {
        return Joint::Clean;
    };
    if last.class != file.class {
        Joint::Clean
    } else if before.start == chunks.start {
        Joint::Together
    } else if reach > chunks.start {
        Joint::Shared
    } else {
        Joint::Clean
    }
}

/// A number for each file, equal for those whose tiles have a chunk in common, directly or by
/// others.
fn classes(spots: &[Spot]) -> Vec<usize> {
    let mut tiles: Vec<&Vec<Range<u64>>> = spots.iter().map(|spot| &spot.tile).collect();
    tiles.sort_by_key(|tile| bounds(tile));
    tiles.dedup();
    if tiles.len() > TILES {
        return vec![0; spots.len()];
    }
    let mut classes: Vec<usize> = (0..tiles.len()).collect();
    for (i, one) in tiles.iter().enumerate() {
        for (j, other) in tiles.iter().enumerate().skip(i + 1) {
            if meets(one, other) {
                let (from, to) = (classes[j], classes[i]);
                let (from, to) = (from.max(to), from.min(to));
                classes
                    .iter_mut()
                    .filter(|c| **c == from)
                    .for_each(|c| *c = to);
            }
        }
    }
    let class = |spot: &Spot| {
        let found = tiles.binary_search_by_key(&bounds(&spot.tile), |tile| bounds(tile));
        found.map_or(0, |i| classes[i])
    };
    spots.iter().map(class).collect()
}

fn bounds(tile: &[Range<u64>]) -> Vec<(u64, u64)> {
    tile.iter().map(|range| (range.start, range.end)).collect()
}

fn meets(one: &[Range<u64>], other: &[Range<u64>]) -> bool {
    one.iter()
        .zip(other)
        .all(|(a, b)| a.start < b.end && b.start < a.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spot(span: Range<u64>) -> Spot {
        Spot {
            tile: Vec::new(),
            bytes: span.end - span.start,
            span: Some(span),
        }
    }

    /// Files one after the other, of these lengths.
    fn row(lengths: &[u64]) -> Vec<Spot> {
        let ends = lengths.iter().scan(0, |end, length| {
            let start = *end;
            *end += length;
            Some(start..*end)
        });
        ends.map(spot).collect()
    }

    fn sizes(spots: &[Spot], length: u64, size: TaskSize) -> Vec<usize> {
        group(spots, length, size).iter().map(Vec::len).collect()
    }

    #[test]
    fn files_of_one_chunk_are_one_task() {
        let days = row(&[24; 10]);
        assert_eq!(sizes(&days, 24, TaskSize::Least), [1; 10]);
        assert_eq!(sizes(&days, 48, TaskSize::Least), [2; 5]);
        assert_eq!(sizes(&days, 240, TaskSize::Least), [10]);
        assert_eq!(sizes(&days, 24, TaskSize::Tasks(3)), [4, 4, 2]);
        assert_eq!(sizes(&days, 24, TaskSize::Bytes(48)), [2; 5]);
    }

    #[test]
    fn a_number_of_files_is_that_number() {
        let days = row(&[24; 10]);
        for length in [24, 48, 240] {
            assert_eq!(sizes(&days, length, TaskSize::Files(1)), [1; 10]);
            assert_eq!(sizes(&days, length, TaskSize::Files(3)), [3, 3, 3, 1]);
        }
    }

    #[test]
    fn a_task_goes_on_to_a_clean_end() {
        // Chunks of 36 hours end with every third day.
        assert_eq!(sizes(&row(&[24; 9]), 36, TaskSize::Least), [3, 3, 3]);
        // There is no clean end.
        assert_eq!(sizes(&row(&[743; 9]), 400, TaskSize::Least), [4, 4, 1]);
        assert_eq!(sizes(&row(&[743; 9]), 400, TaskSize::Bytes(1486)), [8, 1]);
        // One chunk has all of them.
        assert_eq!(sizes(&row(&[744; 60]), 100_000, TaskSize::Least), [60]);
    }

    #[test]
    fn tiles_apart_are_apart() {
        let tile = |tile: Range<u64>, span: Range<u64>| Spot {
            tile: vec![tile],
            ..spot(span)
        };
        let spots = [
            tile(0..2, 0..10),
            tile(2..4, 0..10),
            tile(0..2, 10..20),
            tile(2..4, 10..20),
        ];
        assert_eq!(group(&spots, 20, TaskSize::Least), [vec![0, 2], vec![1, 3]]);
        // One chunk is shared by both halves.
        let spots = [tile(0..3, 0..10), tile(2..4, 0..10), tile(0..3, 10..20)];
        assert_eq!(group(&spots, 10, TaskSize::Least), [vec![0, 1], vec![2]]);
    }

    #[test]
    fn a_file_that_lies_nowhere_has_a_task() {
        let mut spots = row(&[5, 5]);
        spots.push(Spot {
            span: None,
            ..spot(0..0)
        });
        assert_eq!(group(&spots, 5, TaskSize::Least), [[2], [0], [1]]);
        assert_eq!(group(&[], 5, TaskSize::Tasks(3)), Vec::<Vec<usize>>::new());
    }

    proptest! {
        #[test]
        fn every_file_once_and_no_chunk_parted_without_need(
            spans in prop::collection::vec((0u64..400, 1u64..60), 0..40),
            length in 1u64..50,
            size in prop_oneof![
                Just(TaskSize::Least),
                (1u64..200).prop_map(TaskSize::Bytes),
                (1u64..9).prop_map(TaskSize::Tasks),
            ],
        ) {
            let spots: Vec<Spot> = spans.iter().map(|(start, n)| spot(*start..start + n)).collect();
            let tasks = group(&spots, length, size);
            let mut all: Vec<usize> = tasks.iter().flatten().copied().collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..spots.len()).collect::<Vec<_>>());
            if let TaskSize::Tasks(most) = size {
                prop_assert!(tasks.len() as u64 <= most);
            }
            let chunks = |i: usize| {
                let span = spots[i].span.clone().unwrap();
                span.start / length..span.end.div_ceil(length)
            };
            for (i, task) in tasks.iter().enumerate() {
                for later in &tasks[i + 1..] {
                    let share = |a: usize, b: usize| meets(&[chunks(a)], &[chunks(b)]);
                    let shared = task.iter().any(|a| later.iter().any(|b| share(*a, *b)));
                    let begin = |a: usize, b: usize| chunks(a).start == chunks(b).start;
                    prop_assert!(!task.iter().any(|a| later.iter().any(|b| begin(*a, *b))));
                    if size == TaskSize::Least {
                        prop_assert!(!shared || task.len() as u64 >= TIMES);
                    }
                }
            }
        }
    }
}
