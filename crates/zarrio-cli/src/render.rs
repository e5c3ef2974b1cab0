//! Tables and figures for people. Pure text: nothing here prints.

mod description;
pub(crate) mod figures;
mod plan;
mod table;
mod template;
mod text;
mod tree;

pub(crate) use description::description;
pub(crate) use plan::plan;
pub(crate) use template::{template, time_axis};
