//! The words that every zarrio crate speaks: what a dataset looks like, where a region
//! lies, what a source can do, how CF time counts, and the whole configuration.
//!
//! This crate does no I/O, knows no Zarr library and no NetCDF library, reads no clock
//! and no environment. Readers implement [`Source`]; the pipeline consumes it.
//!
//! ```
//! use zarrio_model::{DataType, Region};
//!
//! let region = Region::full(&[24, 180, 360]);
//! assert_eq!(region.num_elements(), 24 * 180 * 360);
//! assert_eq!(DataType::Float32.size(), Some(4));
//! ```

mod attributes;
mod bytes;
pub mod cf;
pub mod config;
mod data_type;
mod path;
mod region;
mod schema;
mod source;
pub mod time;
mod units;

pub use attributes::{AttributeValue, Attributes};
pub use bytes::{ByteSize, ParseByteSizeError};
pub use data_type::{DataType, Scalar};
pub use path::{NodePath, check_name};
pub use region::Region;
pub use schema::{
    DatasetSchema, Dimension, GroupSchema, NativeLayout, UnsupportedVariable, VariableSchema,
};
pub use source::{Source, SourceError, SourceErrorKind, SourceIdentity, StoredPart};
pub use units::same_units;
