//! Tables and figures for people. Pure text: nothing here prints.

mod analysis;
mod date;
mod description;
mod drift;
pub(crate) mod figures;
mod finding;
mod log;
mod number;
mod packed;
mod picture;
mod place;
mod plan;
mod predictions;
mod region;
mod repair;
mod status;
mod table;
mod template;
mod text;
mod tree;
mod trials;
mod verification;

pub(crate) use analysis::analysis;
pub(crate) use description::description;
pub(crate) use drift::drift;
pub(crate) use log::{gap, log};
pub(crate) use packed::packed;
pub(crate) use place::{Extent, Place};
pub(crate) use plan::plan;
pub(crate) use predictions::{Prediction, predict, predictions};
pub(crate) use region::region;
pub(crate) use repair::repair;
pub(crate) use status::status;
pub(crate) use template::{template, time_axis};
pub(crate) use trials::trials;
pub(crate) use verification::{digests, verification};
