//! Tables and figures for people. Pure text: nothing here prints.

mod description;
pub(crate) mod figures;
mod plan;
mod table;
mod text;
mod tree;

pub(crate) use description::description;
pub(crate) use plan::plan;
