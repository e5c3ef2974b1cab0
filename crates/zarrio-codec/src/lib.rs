//! How the elements of a variable become the objects of a Zarr array.
//!
//! An [`EncodingPlan`] settles, in one place, a variable's type, fill value, chunk shape,
//! codecs and attributes; [`EncodingPlan::documents`] gives its Zarr metadata in format 2
//! or 3, and a [`StoredArray`] turns whole chunks into objects. Nothing here reads or writes
//! a file: stores and sources are other crates' business.
//!
//! The first [`StoredArray`] of a process registers an encoder for Blosc with Zstandard with the
//! codec library `zarrs`, for all who use that in the process: its frames are those that every
//! reader of Blosc reads, and it is faster.
//!
//! ```
//! use zarrio_codec::{StoredArray, Compression, EncodingPlan};
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
//! let array = StoredArray::new(&plan)?;
//! let chunk: Vec<u8> = [1i16, 2, 3].iter().flat_map(|v| v.to_ne_bytes()).collect();
//! let object = array.encode(&chunk)?;
//! assert_eq!(array.decode(&object)?, chunk);
//! # Ok::<(), zarrio_codec::CodecError>(())
//! ```

mod attributes;
mod blosc;
mod compression;
mod documents;

mod error;
mod fill;
mod frame;
pub mod information;
pub mod packing;
mod plan;
mod prefetch;
pub mod rounding;
mod shard;
mod stored_array;
mod vlen;

pub use attributes::{attribute_meaning, attribute_to_json, masking_attributes};
pub use compression::{BloscCompressor, Compression, Shuffle};
pub use documents::{Document, group_documents, stored_type};
pub use error::CodecError;
pub use plan::EncodingPlan;
pub use prefetch::prefetch;
pub use stored_array::{Changed, StoredArray};

// The words of the interface, under the names of the crate `zarrio`: this crate is enough.
pub use zarrio_model as model;
