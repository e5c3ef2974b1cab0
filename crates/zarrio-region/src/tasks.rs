//! Work on many files cut into tasks, for engines that run them in any order and number.
//!
//! A plan says which files belong together. Nothing depends on it being right: whoever runs a
//! task writes its files as they are by then, each into the place that its labels tell.

mod group;
mod ids;
mod manifest;
mod pace;
mod planner;

pub use group::TaskSize;
pub use ids::{format_ids, parse_ids};
pub use manifest::{PlannedFile, Task, TaskPlan};
pub use pace::Pace;
pub use planner::{Spotted, TaskPlanner};
