//! Turns a [`Source`](zarrio_model::Source) into a Zarr archive in a
//! [`Store`](zarrio_store::Store): the plan, the block pipeline and the order of writes that
//! makes an archive appear whole.
//!
//! [`Converter`] is the way in. Every operation is planned first, without a write, and then
//! carried out; it reports through an [`Observer`] and never prints.
//!
//! This crate sees sources through a trait and never names NetCDF. Here an archive is made
//! from one that a program has computed:
//!
//! ```
//! use std::sync::Arc;
//!
//! use zarrio_model::config::Config;
//! use zarrio_model::{
//!     DataType, DatasetSchema, NativeLayout, NodePath, Region, Source, SourceError,
//!     SourceIdentity, VariableSchema,
//! };
//! use zarrio_region::{Converter, ZarrSource};
//! use zarrio_store::MemoryStore;
//!
//! #[derive(Debug)]
//! struct Squares(DatasetSchema, SourceIdentity);
//!
//! impl Source for Squares {
//!     fn schema(&self) -> &DatasetSchema {
//!         &self.0
//!     }
//!     fn identity(&self) -> &SourceIdentity {
//!         &self.1
//!     }
//!     fn read(&self, _: &NodePath, region: &Region, out: &mut [u8]) -> Result<(), SourceError> {
//!         for (bytes, i) in out.chunks_exact_mut(4).zip(region.ranges()[0].clone()) {
//!             bytes.copy_from_slice(&((i * i) as f32).to_ne_bytes());
//!         }
//!         Ok(())
//!     }
//!     fn read_text(&self, _: &NodePath, _: &Region) -> Result<Vec<String>, SourceError> {
//!         Ok(Vec::new())
//!     }
//!     fn check_unchanged(&self) -> Result<(), SourceError> {
//!         Ok(())
//!     }
//! }
//!
//! let mut schema = DatasetSchema::default();
//! schema.root.variables.push(VariableSchema {
//!     path: NodePath::parse("square"),
//!     data_type: DataType::Float32,
//!     dimensions: vec!["x".into()],
//!     shape: vec![1000],
//!     attributes: Default::default(),
//!     layout: NativeLayout::default(),
//! });
//! let identity = SourceIdentity { path: "squares".into(), size: 0, modified: None, version: None };
//!
//! let store = Arc::new(MemoryStore::new());
//! let config = Config { chunking: "x:100".parse()?, ..Config::default() };
//! let report = Converter::new(config).convert(&Squares(schema, identity), store.as_ref())?;
//! assert_eq!(report.variables[0].chunks, 10);
//!
//! let archive = ZarrSource::open(store, &NodePath::root())?;
//! let mut value = [0; 4];
//! archive.read(&NodePath::parse("square"), &Region::new(vec![30..31]), &mut value)?;
//! assert_eq!(f32::from_ne_bytes(value), 900.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod analysis;
mod ancestors;
mod append;
mod axis;
mod block;
mod check;
mod chunks;
mod clean;
mod content;
mod convert;
mod dates;
mod describe;
mod digest;
mod error;
mod exact;
mod exclusion;
mod execute;
mod expire;
mod extend;
mod gap;
mod gather;
mod growth;
mod hierarchy;
mod json;
mod ledger;
mod limits;
mod log;
mod matching;
mod memory;
mod observer;
mod origin;
mod output;
mod ownership;
mod packing;
mod pauses;
mod pipeline;
mod placement;
mod plan;
mod quantize;
mod recode;
mod recording;
mod repair;
mod scatter;
mod scratch;
mod selection;
mod slabs;
mod status;
mod tasks;
mod template;
mod time_range;
mod transfer;
mod verify;
mod write;
mod zarr_source;

pub use analysis::{
    AnalysedDimension, Analysis, Analyzer, CodecTrial, FileTime, Gap, LayoutTrial, Measured,
    Overlap, PackedBits, PackingOutlook, PatternChunks, Price, TimeAnalysis, Trial, measure,
    outlook, seconds,
};
pub use append::{AppendRules, Grown, first_time};
pub use axis::dimension_coordinate;
pub use block::{BlockPlan, BlockRequest};
pub use chunks::PlannedChunks;
pub use clean::{Cleaned, clean};
pub use content::{Content, Number, RowSum};
pub use convert::{CancelToken, Converter};
pub use describe::{
    Description, DimensionDescription, GroupDescription, TimeRange, VariableDescription, describe,
};
pub use error::RegionError;
pub use expire::{ExpireReport, ExpireRules, ExpiredGroup, Refusal};
pub use extend::ExtendRules;
pub use gap::{GapReport, GapRequest, GapVariable};
pub use growth::OnOverlap;
pub use ledger::{
    DoneWork, Extent, Intent, Ledger, Moment, Record, RecordKind, Records, SourceRecord,
    VariableRecord,
};
pub use limits::{operations, share};
pub use log::{Force, Log, LogEntry, Span};
pub use matching::{
    Disagreement, EncodingMatch, MatchError, MatchOptions, Matched, MatchedVariable, NamedRange,
    NamedRegion, OnDuplicate, OnUnmatched, ParseRegionError, Party, SkippedLabels, TimeCodings,
    Unmatched, match_source,
};
pub use observer::{
    ConvertReport, Event, Observer, PackReport, RoundReport, Silent, VariableReport,
};
pub use packing::PackingPlan;
pub use placement::{Placement, Run};
pub use plan::{ConvertPlan, GroupPlan, VariablePlan};
pub use recode::Excess;
pub use recording::{Standing, WriteRules};
pub use repair::{Left, Mendable, MendableDocument, RepairPlan, RepairReport};
pub use scratch::ScratchPlan;
pub use status::{
    ChunkCounts, DeclaredGap, FileOverlap, Place, SourceStatus, State, Status, Stretch,
    VariableStatus, Writer,
};
pub use tasks::{
    Pace, PlannedFile, Spotted, Task, TaskPlan, TaskPlanner, TaskSize, format_ids, parse_ids,
};
pub use template::{
    Cut, Drift, DriftInspector, DriftReport, LostLabels, MAX_OBJECTS, PlannedDimension,
    SharedChunks, TemplateBuilder, TemplateOptions, TemplatePlan, TemplateSource, TimeAxisPlan,
};
pub use time_range::time_range;
pub use verify::{
    Changed, Comparison, Difference, Finding, Label, Sources, TimeAxis, Value, VariableDigest,
    Verification, VerifiedFile, VerifiedVariable, Verifier, VerifyOptions,
};
pub use write::{WritePlan, WriteReport, WriteVariable};
pub use zarr_source::{ZarrInput, ZarrSource};

// The words of the interface, under the names of the crate `zarrio`: this crate is enough.
pub use zarrio_chunking as chunking;
pub use zarrio_codec as codec;
pub use zarrio_model as model;
pub use zarrio_store as store;
