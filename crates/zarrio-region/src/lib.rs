//! Turns a [`Source`](zarrio_model::Source) into a Zarr archive in a
//! [`Store`](zarrio_store::Store): the plan, the block pipeline and the order of writes that
//! makes an archive appear whole.
//!
//! [`Converter`] is the way in. Every operation is planned first, without a write, and then
//! carried out; it reports through an [`Observer`] and never prints.
//!
//! This crate sees sources through a trait and never names NetCDF.

mod ancestors;
mod block;
mod convert;
mod describe;
mod error;
mod execute;
mod gather;
mod hierarchy;
mod limits;
mod matching;
mod observer;
mod origin;
mod output;
mod pipeline;
mod placement;
mod plan;
mod recode;
mod selection;
mod template;
mod time_range;
mod transfer;
mod write;
mod zarr_source;

pub use block::{BlockPlan, BlockRequest};
pub use convert::{CancelToken, Converter};
pub use describe::{
    Description, DimensionDescription, GroupDescription, TimeRange, VariableDescription, describe,
};
pub use error::RegionError;
pub use matching::{
    Disagreement, EncodingMatch, MatchError, MatchOptions, Matched, MatchedVariable, NamedRange,
    NamedRegion, OnDuplicate, OnUnmatched, ParseRegionError, Party, SkippedLabels, TimeCodings,
    Unmatched, match_source,
};
pub use observer::{ConvertReport, Event, Observer, Silent, VariableReport};
pub use placement::{Placement, Run};
pub use plan::{ConvertPlan, GroupPlan, VariablePlan};
pub use template::{
    Cut, MAX_OBJECTS, SharedChunks, TemplateBuilder, TemplateOptions, TemplatePlan, TemplateSource,
    TimeAxisPlan,
};
pub use time_range::time_range;
pub use write::{WritePlan, WriteReport, WriteVariable};
pub use zarr_source::ZarrSource;
