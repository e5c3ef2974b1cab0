//! From looks at files to tasks.

use std::ops::Range;

use zarrio_model::{Source, VariableSchema};

use super::group::{Spot, TaskSize, group};
use super::manifest::{PlannedFile, Task};
use super::pace::Pace;
use crate::RegionError;
use crate::axis::record_axis;
use crate::ledger::SourceRecord;
use crate::limits::memory_of_thread;
use crate::matching::{Locator, MatchOptions};
use crate::zarr_source::ZarrSource;

/// Looks at files for a plan, on many threads at once.
#[derive(Debug)]
pub struct TaskPlanner<'a> {
    archive: &'a ZarrSource,
    locator: Locator<'a>,
    dimension: Option<String>,
    /// The longest chunks, or shards, of what the archive holds, by dimension.
    grid: Vec<(String, u64)>,
}

/// What a look at a file has found.
#[derive(Debug)]
pub struct Spotted {
    size: u64,
    modified: Option<String>,
    version: Option<String>,
    memory: u64,
    objects: u64,
    spot: Spot,
}

impl<'a> TaskPlanner<'a> {
    /// Reads what is to be known of the archive.
    #[must_use]
    pub fn new(archive: &'a ZarrSource, options: &'a MatchOptions) -> Self {
        let wanted = options.time_dimension.as_deref();
        let mut planner = Self {
            archive,
            locator: Locator::new(archive, options),
            dimension: None,
            grid: Vec::new(),
        };
        let data = archive.schema().variables().filter(|v| v.shape.len() > 1);
        for variable in data {
            let Some(axis) = record_axis(archive, variable, wanted) else {
                continue;
            };
            let name = &variable.dimensions[axis];
            if planner.dimension.get_or_insert_with(|| name.clone()) != name {
                continue;
            }
            for (name, length) in variable.dimensions.iter().zip(unit(variable)) {
                match planner.grid.iter_mut().find(|(known, _)| known == name) {
                    Some((_, longest)) => *longest = (*longest).max(*length),
                    None => planner.grid.push((name.clone(), *length)),
                }
            }
        }
        planner
    }

    /// The dimension along which files follow each other.
    #[must_use]
    pub fn dimension(&self) -> Option<&str> {
        self.dimension.as_deref()
    }

    /// Looks at a file: reads its metadata and its labels along the dimensions of which it has
    /// a part.
    ///
    /// # Errors
    /// When the file does not match the archive, as far as that is seen, or cannot be read.
    pub fn look(&self, source: &dyn Source) -> Result<Spotted, RegionError> {
        let parts = self.locator.locate(source)?;
        let record = SourceRecord::new(source.identity());
        let mut spotted = Spotted {
            size: record.size,
            modified: record.modified,
            version: record.version,
            memory: 0,
            objects: 0,
            spot: Spot {
                tile: self.grid.iter().map(|_| 0..0).collect(),
                span: None,
                bytes: 0,
            },
        };
        let mut tile: Vec<Option<Range<u64>>> = vec![None; self.grid.len()];
        for part in &parts {
            let Some(to) = self.archive.schema().variable(&part.from.path) else {
                continue;
            };
            // Labels are there already, and so is what does not grow, as a rule.
            let grows = self.dimension.as_ref();
            if grows.is_some_and(|name| !to.dimensions.contains(name))
                || to.is_dimension_coordinate()
            {
                continue;
            }
            let element = to.data_type.size().unwrap_or(1) as u64;
            let lengths = part.ranges.iter().map(|range| range.end - range.start);
            let bytes = lengths.fold(element, u64::saturating_mul);
            let unit = unit(to);
            let cells = part.ranges.iter().zip(unit).map(|(range, length)| {
                let cells = cells(range, *length);
                cells.end - cells.start
            });
            let spot = &mut spotted.spot;
            spot.bytes = spot.bytes.saturating_add(bytes);
            let objects = cells.fold(1, u64::saturating_mul);
            spotted.objects = spotted.objects.saturating_add(objects);
            spotted.memory = spotted.memory.max(memory_of_thread(part.from, unit));
            for (name, range) in to.dimensions.iter().zip(&part.ranges) {
                let Some(i) = self.grid.iter().position(|(known, _)| known == name) else {
                    continue;
                };
                let known = tile[i].get_or_insert_with(|| range.clone());
                *known = known.start.min(range.start)..known.end.max(range.end);
            }
        }
        for (i, (name, length)) in self.grid.iter().enumerate() {
            let Some(range) = tile[i].take() else {
                continue;
            };
            match self.dimension.as_ref() == Some(name) {
                true => spotted.spot.span = Some(range),
                false => spotted.spot.tile[i] = cells(&range, *length),
            }
        }
        Ok(spotted)
    }

    /// Puts files, named by their paths in the plan, into tasks.
    #[must_use]
    pub fn tasks(&self, files: Vec<(String, Spotted)>, size: TaskSize, pace: Pace) -> Vec<Task> {
        let along = |(name, _): &&(String, u64)| self.dimension.as_ref() == Some(name);
        let length = self
            .grid
            .iter()
            .find(along)
            .map_or(1, |(_, length)| *length);
        let spots: Vec<Spot> = files.iter().map(|(_, found)| found.spot.clone()).collect();
        let groups = group(&spots, length, size);
        let mut files: Vec<Option<(String, Spotted)>> = files.into_iter().map(Some).collect();
        let task = |numbers: Vec<usize>| {
            let mut task = Task {
                bytes: 0,
                memory: 0,
                seconds: 0,
                objects: 0,
                files: Vec::with_capacity(numbers.len()),
            };
            for (path, found) in numbers.into_iter().filter_map(|i| files[i].take()) {
                task.bytes = task.bytes.saturating_add(found.spot.bytes);
                task.memory = task.memory.max(found.memory);
                task.objects = task.objects.saturating_add(found.objects);
                task.files.push(PlannedFile {
                    path,
                    size: found.size,
                    modified: found.modified,
                    version: found.version,
                    span: found.spot.span.map(|span| [span.start, span.end]),
                });
            }
            task.seconds = pace.seconds(task.bytes);
            task
        };
        groups.into_iter().map(task).collect()
    }
}

/// The shape of the objects of a variable.
fn unit(variable: &VariableSchema) -> &[u64] {
    variable.layout.unit().unwrap_or(&variable.shape)
}

/// The chunks that a range of positions meets.
fn cells(range: &Range<u64>, length: u64) -> Range<u64> {
    let length = length.max(1);
    range.start / length..range.end.div_ceil(length).max(range.start / length)
}
