//! The values that hold where nobody says otherwise.

use super::{
    AccessPattern, ByVariable, CheckLevel, ChunkStrategy, Chunking, CompressionConfig, Config,
    ExtraAttributes, Jobs, ManualRanges, MemoryLimit, MissingDataConfig, PackingBits,
    PackingConfig, PackingRepresentation, QuantizationConfig, RangeExceededAction, ReaderChoice,
    RemoteConfig, RollingArchiveConfig, Shards, TimeConfig, VariableSelection, ZarrFormat,
};
use crate::{ByteSize, NodePath};

impl Default for Config {
    fn default() -> Self {
        Self {
            zarr_format: ZarrFormat::V3,
            group: NodePath::root(),
            overwrite: false,
            skip_unsupported: false,
            fsync: false,
            check: CheckLevel::Sampled,
            jobs: Jobs::Auto,
            memory: MemoryLimit::default(),
            scratch: String::new(),
            reader: ReaderChoice::Auto,
            intelligent_chunking: None,
            access_pattern: AccessPattern::Balanced.into(),
            chunk_strategy: ChunkStrategy::Optimal,
            storage: None,
            target_chunk_size: ByteSize(50 << 20),
            chunking: Chunking::new(),
            shards: Shards::None,
            compression: CompressionConfig::default(),
            packing: PackingConfig {
                enabled: false,
                bits: PackingBits::Bits16,
                representation: PackingRepresentation::Cf,
                manual_ranges: ManualRanges::default(),
                auto_buffer_factor: 0.01,
                check_range_exceeded: true,
                range_exceeded_action: RangeExceededAction::Error,
                exclude: Vec::new(),
                precision: ByVariable::default(),
            },
            quantization: QuantizationConfig::default(),
            time: TimeConfig {
                dim: "time".to_owned(),
                append_dim: "time".to_owned(),
                global_start: None,
                global_end: None,
                freq: None,
            },
            variables: VariableSelection::default(),
            missing_data: MissingDataConfig {
                retries_on_missing: 0,
                missing_check_vars: None,
            },
            rolling_archive: RollingArchiveConfig {
                enabled: false,
                retention_window: None,
                time_reference_attr: "cycle_time".to_owned(),
                auto_cleanup: true,
                min_groups_to_keep: 1,
            },
            remote: RemoteConfig::default(),
            attrs: ExtraAttributes::default(),
        }
    }
}
