//! Tables and figures for people. Pure text: nothing here prints.

mod date;
mod description;
pub(crate) mod figures;
mod place;
mod plan;
mod region;
mod table;
mod template;
mod text;
mod tree;

pub(crate) use description::description;
pub(crate) use place::{Extent, Place};
pub(crate) use plan::plan;
pub(crate) use region::region;
pub(crate) use template::{template, time_axis};
