//! The truth about an archive, element by element.

use std::collections::BTreeMap;

use zarrio_region::State;

/// Steps along time, and positions along latitude.
pub const SHAPE: [u64; 2] = [12, 3];
/// Lengths of chunks along both.
pub const CHUNKS: [u64; 2] = [5, 2];
/// The variables that grow; the second one is turned.
pub const GROWING: [&str; 2] = ["t", "n"];

/// A file: its number, and what it has of both dimensions.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    pub number: u64,
    pub steps: Vec<u64>,
    pub lats: Vec<u64>,
}

impl File {
    /// Whether it has nothing but missing values at a step.
    pub fn is_void(&self, step: u64) -> bool {
        (self.number + step).is_multiple_of(3)
    }

    pub fn cells(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.steps
            .iter()
            .flat_map(|step| self.lats.iter().map(move |lat| (*step, *lat)))
    }
}

/// What is known of an element.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell {
    /// From a file of this number; whether that has only missing values at the step.
    Data(u64, bool),
    /// Of one file or another.
    Torn,
    /// Begun by one that died, over nothing.
    Begun,
    Gap,
}

/// The elements of both variables, which have the same history.
#[derive(Debug, Clone, Default)]
pub struct Model(BTreeMap<(u64, u64), Cell>);

/// What a status should say of one step of a variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub state: State,
    pub covered: Option<f64>,
    pub lost: bool,
    pub unfinished: bool,
}

impl Model {
    pub fn write(&mut self, file: &File) {
        for cell in file.cells() {
            self.0
                .insert(cell, Cell::Data(file.number, file.is_void(cell.0)));
        }
    }

    /// A writer of a file died before it recorded it.
    pub fn kill(&mut self, file: &File) {
        for cell in file.cells() {
            let after = match self.0.get(&cell) {
                Some(Cell::Data(number, void)) if *number == file.number => {
                    Cell::Data(*number, *void)
                }
                Some(Cell::Data(..) | Cell::Torn) => Cell::Torn,
                Some(Cell::Begun | Cell::Gap) | None => Cell::Begun,
            };
            self.0.insert(cell, after);
        }
    }

    /// Declares a gap at some steps, if nothing is recorded there.
    pub fn declare(&mut self, steps: std::ops::Range<u64>) -> bool {
        let cells = || {
            steps
                .clone()
                .flat_map(|step| (0..SHAPE[1]).map(move |lat| (step, lat)))
        };
        let recorded = |cell| matches!(self.0.get(&cell), Some(Cell::Data(..) | Cell::Torn));
        if cells().any(recorded) {
            return false;
        }
        self.0.extend(cells().map(|cell| (cell, Cell::Gap)));
        true
    }

    /// A step, given which chunks there are.
    pub fn step(&self, step: u64, has: impl Fn(u64, u64) -> bool) -> Step {
        let (mut there, mut gap, mut void, mut lost, mut unfinished) = (0, 0, 0, 0, false);
        for lat in 0..SHAPE[1] {
            match self.0.get(&(step, lat)) {
                Some(Cell::Data(..)) if !has(step / CHUNKS[0], lat / CHUNKS[1]) => lost += 1,
                Some(Cell::Data(_, is_void)) => {
                    there += 1;
                    void += u64::from(*is_void);
                }
                Some(Cell::Gap) => gap += 1,
                Some(Cell::Torn | Cell::Begun) => unfinished = true,
                None => {}
            }
        }
        let covered = there + gap;
        let absent = covered < SHAPE[1];
        let state = match () {
            () if absent => State::Absent,
            () if gap > 0 => State::Gap,
            () if void == there => State::AllMissing,
            () => State::Written,
        };
        Step {
            state,
            covered: (absent && covered > 0).then(|| covered as f64 / SHAPE[1] as f64),
            lost: lost > 0,
            unfinished,
        }
    }

    /// Whether a record tells of an element of a chunk, and whether anybody does.
    pub fn tells_of(&self, chunk: (u64, u64)) -> (bool, bool) {
        let within = self
            .0
            .iter()
            .filter(|((step, lat), _)| (step / CHUNKS[0], lat / CHUNKS[1]) == chunk);
        let cells: Vec<_> = within.map(|(_, cell)| *cell).collect();
        let recorded = cells
            .iter()
            .any(|c| matches!(c, Cell::Data(..) | Cell::Torn));
        (recorded, recorded || cells.contains(&Cell::Begun))
    }
}
