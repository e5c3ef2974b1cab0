//! How the elements of a variable become the objects of a Zarr array.
//!
//! An [`EncodingPlan`] settles, in one place, a variable's type, fill value, chunk shape,
//! codecs and attributes; [`EncodingPlan::documents`] gives its Zarr metadata in format 2
//! or 3, and a [`ChunkEncoder`] turns whole chunks into bytes. Nothing here reads or writes
//! a file: stores and sources are other crates' business.
//!
//! ```
//! use zarrio_codec::{ChunkEncoder, Compression, EncodingPlan};
//! use zarrio_model::config::ZarrFormat;
//! use zarrio_model::{Attributes, DataType, NativeLayout, NodePath, VariableSchema};
//!
//! let variable = VariableSchema {
//!     path: NodePath::parse("t2m"),
//!     data_type: DataType::Int16,
//!     dimensions: vec!["time".into()],
//!     shape: vec![5],
//!     attributes: Attributes::new(),
//!     layout: NativeLayout::default(),
//! };
//! let compression: Compression = "blosc:zstd:1".parse()?;
//! let plan = EncodingPlan::new(&variable, vec![3], compression, ZarrFormat::V3)?;
//! let encoder = ChunkEncoder::new(&plan)?;
//! let chunk: Vec<u8> = [1i16, 2, 3].iter().flat_map(|v| v.to_ne_bytes()).collect();
//! let object = encoder.encode(&chunk)?;
//! assert_eq!(encoder.decode(&object)?, chunk);
//! # Ok::<(), zarrio_codec::CodecError>(())
//! ```

mod attributes;
mod compression;
mod documents;
mod encoder;
mod error;
mod fill;
mod plan;

pub use attributes::attribute_to_json;
pub use compression::{BloscCompressor, Compression, Shuffle};
pub use documents::{Document, group_documents};
pub use encoder::ChunkEncoder;
pub use error::CodecError;
pub use plan::EncodingPlan;
