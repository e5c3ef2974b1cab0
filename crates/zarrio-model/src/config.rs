//! The configuration: defaults, file, environment and flags, resolved into one value.
//!
//! Nothing here reads a file or the environment: the caller hands in texts and pairs, and
//! gets either a whole [`Config`] with the origin of every value, or every problem at once.
//!
//! ```
//! use zarrio_model::config::{Layers, PartialConfig};
//!
//! let resolved = Layers::new()
//!     .file("zarrio.toml", "jobs = 4\n[chunking]\ntime = 100\n")
//!     .environment([("ZARRIO_MEMORY", "512MiB")])
//!     .flags(PartialConfig { chunking: "time:24".parse().ok(), ..PartialConfig::default() })
//!     .resolve()?;
//! assert_eq!(resolved.config.chunking.to_string(), "time:24");
//! assert_eq!(resolved.provenance("jobs").to_string(), "zarrio.toml:1");
//! # Ok::<(), zarrio_model::config::ConfigError>(())
//! ```

mod access;
mod attributes;
mod chunking;
mod defaults;
mod environment;
mod json;
mod keyword;
mod layers;
mod lines;
mod named;
mod names;
mod origin;
mod problem;
mod ranges;
mod read;
mod remote;
mod sections;
mod setting;
mod shards;
mod suggest;
mod table;
mod times;
#[cfg(feature = "files")]
mod toml;
mod tree;
mod values;
mod visit;
mod window;
mod write;
#[cfg(feature = "files")]
mod yaml;

pub use access::{AccessMix, ParseAccessError};
pub use attributes::{ExtraAttributes, ParseAttributesError};
pub use chunking::{ChunkLength, Chunking, ParseChunkingError};
pub use environment::{EnvironmentVariable, environment_variables};
pub use keyword::{
    AccessPattern, CheckLevel, Checksum, ChunkStrategy, PackingRepresentation, RangeExceededAction,
    ReaderChoice, Shuffle, Storage, UnknownWord,
};
pub use layers::{Layers, Resolved};
pub use named::{ByVariable, ParseByVariableError};
pub use names::{ParseNamesError, VariableChoice, parse_names};
pub use origin::{Layer, Origin};
pub use problem::{ConfigError, Problem, Warning};
pub use ranges::{ManualRanges, PackingRange, ParseRangesError};
pub use remote::{RemoteConfig, StorageOptions};
pub use sections::{
    CompressionConfig, MissingDataConfig, PackingConfig, QuantizationConfig, RollingArchiveConfig,
    TimeConfig, VariableSelection,
};
pub use shards::Shards;
pub use table::PartialConfig;
pub use values::{Jobs, MemoryLimit, PackingBits, ParseValueError, ZarrFormat};
pub use window::{ParseWindowError, RetentionWindow};
pub use write::ShownSetting;

use crate::{ByteSize, NodePath};

/// Everything that can be set, resolved: a field is an option only where nothing is a
/// choice of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The version of the Zarr format to write.
    pub zarr_format: ZarrFormat,
    /// The group of the archive to write into.
    pub group: NodePath,
    /// Whether an archive that exists is replaced.
    pub overwrite: bool,
    /// Whether variables of types that cannot be carried are left out with a warning.
    pub skip_unsupported: bool,
    /// Whether data are on disk before they are recorded.
    pub fsync: bool,
    /// How what was written is checked.
    pub check: CheckLevel,
    /// How many blocks are worked on at once.
    pub jobs: Jobs,
    /// How much memory data may take.
    pub memory: MemoryLimit,
    /// The directory for copies of variables that would be decoded several times; empty where
    /// none are made.
    pub scratch: String,
    /// Which NetCDF reader opens sources.
    pub reader: ReaderChoice,
    /// Whether chunk lengths are planned for an access pattern; left open, they are where
    /// none is given.
    pub intelligent_chunking: Option<bool>,
    /// What chunks are planned for.
    pub access_pattern: AccessMix,
    /// How chunk lengths are planned.
    pub chunk_strategy: ChunkStrategy,
    /// Where the archive is kept, which says how large chunks should be.
    pub storage: Option<Storage>,
    /// The size that planned chunks should have before compression.
    pub target_chunk_size: ByteSize,
    /// Chunk lengths given by hand.
    pub chunking: Chunking,
    /// Which chunks are kept together in one object.
    pub shards: Shards,
    /// How arrays are compressed.
    pub compression: CompressionConfig,
    /// How floating-point variables are stored as integers.
    pub packing: PackingConfig,
    /// How floating-point variables are rounded to fewer bits.
    pub quantization: QuantizationConfig,
    /// The axis along which an archive grows.
    pub time: TimeConfig,
    /// Which variables are converted.
    pub variables: VariableSelection,
    /// What is done to find out whether all data arrived.
    pub missing_data: MissingDataConfig,
    /// How groups expire.
    pub rolling_archive: RollingArchiveConfig,
    /// How object stores are talked to.
    pub remote: RemoteConfig,
    /// Global attributes that are added to those of the source.
    pub attrs: ExtraAttributes,
}
