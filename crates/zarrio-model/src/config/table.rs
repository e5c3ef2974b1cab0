//! The one table of keys: their names, types, places and descriptions.
//!
//! Files, environment, flags, `config show` and the documentation are all made from it, so
//! that a key is added in one line.

use super::setting::{Fault, Setting};
use super::tree::{Node, Value};
use super::{
    AccessMix, ByVariable, CheckLevel, Checksum, ChunkStrategy, Chunking, Config, ExtraAttributes,
    Jobs, ManualRanges, MemoryLimit, PackingBits, PackingRepresentation, RangeExceededAction,
    ReaderChoice, RetentionWindow, Shards, Shuffle, Storage, StorageOptions, VariableChoice,
    ZarrFormat,
};
use crate::time::{Frequency, TimeBound};
use crate::{ByteSize, NodePath};

/// A key of the configuration.
pub(crate) struct Key {
    /// Its name with dots.
    pub(crate) path: &'static str,
    /// What it does, in one sentence.
    pub(crate) doc: &'static str,
    /// The flag that sets it, where there is one.
    pub(crate) flag: Option<&'static str>,
    /// Reads a value into a layer.
    pub(crate) read: fn(&Node, &mut PartialConfig) -> Result<(), Vec<Fault>>,
    /// What a layer has.
    pub(crate) get: fn(&PartialConfig) -> Option<Value>,
    /// What holds in the end; `None` when it was left open.
    pub(crate) resolved: fn(&Config) -> Option<Value>,
    /// What is wrong with a layer's value although its type is right.
    pub(crate) check: fn(&PartialConfig) -> Result<(), String>,
}

/// Writes what a field of [`Config`] holds, which is an option where a key has no default.
trait Resolved {
    fn resolved(&self) -> Option<Value>;
}

impl<T: Setting> Resolved for Option<T> {
    fn resolved(&self) -> Option<Value> {
        self.as_ref().map(Setting::write)
    }
}

/// One impl for each type that is itself a setting: a blanket one would overlap with options.
macro_rules! resolved {
    ($($type:ty),+) => { $(
        impl Resolved for $type {
            fn resolved(&self) -> Option<Value> {
                Some(self.write())
            }
        }
    )+ };
}

resolved!(
    bool,
    u32,
    f64,
    String,
    Vec<String>,
    NodePath,
    ByteSize,
    ZarrFormat,
    Jobs,
    MemoryLimit,
    PackingBits,
    PackingRepresentation,
    ReaderChoice,
    RangeExceededAction,
    AccessMix,
    CheckLevel,
    ChunkStrategy,
    Chunking,
    Shards,
    ManualRanges,
    ExtraAttributes,
    Checksum,
    StorageOptions,
    ByVariable<f64>,
    ByVariable<u32>,
    ByVariable<String>
);

fn no_check<T>(_: &T) -> Result<(), String> {
    Ok(())
}

macro_rules! settings {
    ($(
        $(#[doc = $doc:literal])+
        $field:ident: $type:ty = $path:literal => $($target:ident).+
            $(, flag $flag:literal)? $(, check $check:path)?;
    )+) => {
        /// What one layer of the configuration says; `None` is nothing.
        ///
        /// The names of the fields are those of the keys with dots as underscores.
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct PartialConfig {
            $( $(#[doc = $doc])+ pub $field: Option<$type>, )+
        }

        impl PartialConfig {
            /// This layer with a higher one over it: what the higher one says wins, except
            /// that tables (`chunking`, `attrs`, `packing.manual_ranges`) are merged entry
            /// by entry. Associative.
            #[must_use]
            pub fn overlay(self, higher: Self) -> Self {
                Self {
                    $( $field: match (self.$field, higher.$field) {
                        (Some(low), Some(high)) => Some(low.merge(high)),
                        (low, high) => high.or(low),
                    }, )+
                }
            }

            /// The defaults with this layer over them.
            pub(crate) fn apply(self, config: &mut Config) {
                $( if let Some(value) = self.$field {
                    config.$($target).+ = value.into();
                } )+
            }
        }

        /// Every key, in the order in which files list them.
        pub(crate) static KEYS: &[Key] = &[ $( Key {
            path: $path,
            doc: concat!($($doc),+),
            flag: settings!(@flag $($flag)?),
            read: |node, partial| {
                partial.$field = Some(<$type as Setting>::read(node)?);
                Ok(())
            },
            get: |partial| partial.$field.as_ref().map(Setting::write),
            resolved: |config| config.$($target).+.resolved(),
            check: |partial| {
                partial.$field.as_ref().map_or(Ok(()), settings!(@check $($check)?))
            },
        } ),+ ];
    };
    (@flag) => { None };
    (@flag $flag:literal) => { Some($flag) };
    (@check) => { no_check };
    (@check $check:path) => { $check };
}

settings! {
    /// Version of the Zarr format to write: 3 or 2.
    zarr_format: ZarrFormat = "zarr_format" => zarr_format, flag "--zarr-format";
    /// Group of the archive to write into; empty for the root.
    group: NodePath = "group" => group, flag "--group", check check_group;
    /// Replace an archive that exists.
    overwrite: bool = "overwrite" => overwrite, flag "--overwrite";
    /// Leave out variables of types that cannot be carried, with a warning.
    skip_unsupported: bool = "skip_unsupported" => skip_unsupported, flag "--skip-unsupported";
    /// Wait until data are on disk before they are recorded.
    fsync: bool = "fsync" => fsync, flag "--fsync";
    /// How to check what was written: none, sampled, encoded or read-back.
    check: CheckLevel = "check" => check, flag "--check";
    /// How many blocks to work on at once; 0 or \"auto\" for one on each core.
    jobs: Jobs = "jobs" => jobs, flag "--jobs";
    /// Memory for data; \"auto\" for 1 GiB or a quarter of the machine, whichever is less.
    memory: MemoryLimit = "memory" => memory, flag "--memory";
    /// Directory for copies of variables whose chunks lie across those of the archive; empty
    /// for none.
    scratch: String = "scratch" => scratch, flag "--scratch";
    /// NetCDF reader: auto, rust or c.
    reader: ReaderChoice = "reader" => reader, flag "--reader";
    /// Plan chunk lengths for an access pattern; by default where none is given.
    intelligent_chunking: bool = "intelligent_chunking" => intelligent_chunking, flag "--intelligent-chunking";
    /// Access pattern to plan for: temporal, spatial or balanced, or several with shares.
    access_pattern: AccessMix = "access_pattern" => access_pattern, flag "--access-pattern";
    /// How chunk lengths are planned: classic or optimal.
    chunk_strategy: ChunkStrategy = "chunk_strategy" => chunk_strategy, flag "--chunk-strategy";
    /// Where the archive is kept: local, server or cloud; decides how large chunks should be.
    storage: Storage = "storage" => storage, flag "--storage";
    /// Size that planned chunks should have before compression.
    target_chunk_size: ByteSize = "target_chunk_size" => target_chunk_size, flag "--target-chunk-size", check check_size;
    /// Chunk length by dimension: a number, \"full\" (or -1) or \"auto\"; or \"source\".
    chunking: Chunking = "chunking" => chunking, flag "--chunking";
    /// Chunks kept together in one object: \"none\", \"auto\" for what is proposed, or lengths by dimension.
    shards: Shards = "shards" => shards, flag "--shards";
    /// Codec in one text, such as \"blosc:zstd:3\".
    compression_method: String = "compression.method" => compression.method, flag "--compression", check check_not_empty;
    /// Compressor inside Blosc, where no method is given.
    compression_cname: String = "compression.cname" => compression.cname, check check_not_empty;
    /// Compression level from 0 to 9, where no method is given.
    compression_clevel: u32 = "compression.clevel" => compression.clevel, check check_level;
    /// Shuffle inside Blosc, where no method is given: shuffle, bitshuffle or noshuffle.
    compression_shuffle: Shuffle = "compression.shuffle" => compression.shuffle;
    /// Codec of single variables, in one text each.
    compression_variables: ByVariable<String> = "compression.variables" => compression.variables;
    /// What is added to every chunk so that damage is found: none or crc32c.
    compression_checksum: Checksum = "compression.checksum" => compression.checksum, flag "--checksum";
    /// Store floating-point variables as integers with scale and offset.
    packing_enabled: bool = "packing.enabled" => packing.enabled, flag "--packing";
    /// Bits of packed integers: 8, 16 or 32.
    packing_bits: PackingBits = "packing.bits" => packing.bits, flag "--packing-bits";
    /// How packed values are told to readers: cf or fixedscaleoffset.
    packing_representation: PackingRepresentation = "packing.representation" => packing.representation, flag "--packing-representation";
    /// Smallest and largest value by variable.
    packing_manual_ranges: ManualRanges = "packing.manual_ranges" => packing.manual_ranges, flag "--packing-manual-ranges", check ManualRanges::check;
    /// Part by which a range found in data is widened at either end.
    packing_auto_buffer_factor: f64 = "packing.auto_buffer_factor" => packing.auto_buffer_factor, flag "--packing-auto-buffer-factor", check check_factor;
    /// Compare values with their range before they are stored.
    packing_check_range_exceeded: bool = "packing.check_range_exceeded" => packing.check_range_exceeded, flag "--packing-check-range-exceeded";
    /// What to do with values outside the range: error, warn, widen or ignore.
    packing_range_exceeded_action: RangeExceededAction = "packing.range_exceeded_action" => packing.range_exceeded_action, flag "--packing-range-exceeded-action";
    /// Variables that are not packed.
    packing_exclude: Vec<String> = "packing.exclude" => packing.exclude, flag "--packing-exclude", check check_no_doubles;
    /// Steps in which variables are kept, packed into as few bits as they need.
    packing_precision: ByVariable<f64> = "packing.precision" => packing.precision, flag "--precision", check check_precision;
    /// Bits of the significand to keep, by variable.
    quantization_keep_bits: ByVariable<u32> = "quantization.keep_bits" => quantization.keep_bits, flag "--keep-bits", check check_bits;
    /// Significant decimal digits to keep, by variable.
    quantization_significant_digits: ByVariable<u32> = "quantization.significant_digits" => quantization.significant_digits, flag "--significant-digits", check check_digits;
    /// Part of the information to keep, by variable; \"*\" for all others.
    quantization_keep_information: ByVariable<f64> = "quantization.keep_information" => quantization.keep_information, flag "--keep-information", check check_information;
    /// Time dimension.
    time_dim: String = "time.dim" => time.dim, flag "--time-dim", check check_not_empty;
    /// Dimension along which files are appended.
    time_append_dim: String = "time.append_dim" => time.append_dim, flag "--append-dim", check check_not_empty;
    /// First label of a template.
    time_global_start: TimeBound = "time.global_start" => time.global_start, flag "--global-start";
    /// Last label of a template; a date includes its whole day.
    time_global_end: TimeBound = "time.global_end" => time.global_end, flag "--global-end";
    /// Step between the labels of a template.
    time_freq: Frequency = "time.freq" => time.freq, flag "--freq";
    /// Convert only these variables.
    variables_include: Vec<String> = "variables.include" => variables.include, flag "--variables", check check_names;
    /// Leave out these variables.
    variables_exclude: Vec<String> = "variables.exclude" => variables.exclude, flag "--drop-variables", check check_no_doubles;
    /// How often to repeat a write whose data are found missing.
    missing_data_retries_on_missing: u32 = "missing_data.retries_on_missing" => missing_data.retries_on_missing, flag "--retries-on-missing";
    /// Variables to read back and compare after a write: \"all\" or a list.
    missing_data_missing_check_vars: VariableChoice = "missing_data.missing_check_vars" => missing_data.missing_check_vars, flag "--missing-check-vars", check check_choice;
    /// Remove groups that are older than the retention window.
    rolling_archive_enabled: bool = "rolling_archive.enabled" => rolling_archive.enabled, flag "--rolling-archive-hours";
    /// How old a group may become, at least one hour.
    rolling_archive_retention_window: RetentionWindow = "rolling_archive.retention_window" => rolling_archive.retention_window, flag "--rolling-archive-hours";
    /// Group attribute that holds the time of a group, where its name holds none.
    rolling_archive_time_reference_attr: String = "rolling_archive.time_reference_attr" => rolling_archive.time_reference_attr, check check_not_empty;
    /// Remove old groups after every write.
    rolling_archive_auto_cleanup: bool = "rolling_archive.auto_cleanup" => rolling_archive.auto_cleanup;
    /// How many of the newest groups to keep however old they are.
    rolling_archive_min_groups_to_keep: u32 = "rolling_archive.min_groups_to_keep" => rolling_archive.min_groups_to_keep;
    /// Options of an object store: endpoint, region and what else its provider has.
    remote_options: StorageOptions = "remote.options" => remote.options, flag "--storage-option";
    /// How often to repeat a request that failed for a reason that may pass.
    remote_retries: u32 = "remote.retries" => remote.retries;
    /// Seconds that one request may take.
    remote_timeout: f64 = "remote.timeout" => remote.timeout, check check_seconds;
    /// Seconds that a pause between two tries may last at most.
    remote_max_backoff: f64 = "remote.max_backoff" => remote.max_backoff, check check_seconds;
    /// How many requests to have under way at once.
    remote_max_concurrent_requests: u32 = "remote.max_concurrent_requests" => remote.max_concurrent_requests, check check_some;
    /// Directory for copies of files at URLs; empty to read them in place.
    remote_cache_dir: String = "remote.cache_dir" => remote.cache_dir, flag "--cache-dir";
    /// Global attributes to add to those of the source.
    attrs: ExtraAttributes = "attrs" => attrs, flag "--attrs";
}

/// The key of this name.
pub(crate) fn key(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

impl Key {
    /// The environment variable that sets this key: `ZARRIO_PACKING_BITS`.
    pub(crate) fn variable(&self) -> String {
        format!(
            "ZARRIO_{}",
            self.path.to_ascii_uppercase().replace('.', "_")
        )
    }
}

fn check_precision(steps: &ByVariable<f64>) -> Result<(), String> {
    match steps
        .iter()
        .find(|(_, step)| !(**step > 0.0 && step.is_normal()))
    {
        None => Ok(()),
        Some((name, step)) => Err(format!("{name:?} cannot be kept in steps of {step}")),
    }
}

fn check_bits(bits: &ByVariable<u32>) -> Result<(), String> {
    match bits.iter().find(|(_, bits)| !(1..=52).contains(*bits)) {
        None => Ok(()),
        Some((name, bits)) => Err(format!(
            "{name:?} cannot keep {bits} bits; a significand has 1 to 52, or 23 in single precision"
        )),
    }
}

fn check_information(levels: &ByVariable<f64>) -> Result<(), String> {
    match levels
        .iter()
        .find(|(_, level)| !(**level > 0.0 && **level <= 1.0))
    {
        None => Ok(()),
        Some((name, level)) => Err(format!(
            "{name:?} cannot keep {level} of its information; it is a part of one, such as 0.99"
        )),
    }
}

fn check_digits(digits: &ByVariable<u32>) -> Result<(), String> {
    match digits
        .iter()
        .find(|(_, digits)| !(1..=15).contains(*digits))
    {
        None => Ok(()),
        Some((name, digits)) => Err(format!(
            "{name:?} cannot keep {digits} digits; it is a number from 1 to 15"
        )),
    }
}

fn check_group(group: &NodePath) -> Result<(), String> {
    let names = group.as_str().split('/').filter(|name| !name.is_empty());
    for name in names {
        crate::check_name(name)
            .map_err(|reason| format!("{name:?} cannot be the name of a group: {reason}"))?;
    }
    Ok(())
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the table passes every type alike"
)]
fn check_level(level: &u32) -> Result<(), String> {
    if *level <= 9 {
        Ok(())
    } else {
        Err(format!("a compression level is from 0 to 9, not {level}"))
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the table passes every type alike"
)]
fn check_factor(factor: &f64) -> Result<(), String> {
    if factor.is_finite() && *factor >= 0.0 {
        Ok(())
    } else {
        Err(format!("a part of a range is 0 or more, not {factor}"))
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the table passes every type alike"
)]
fn check_seconds(seconds: &f64) -> Result<(), String> {
    if (0.001..=86_400.0).contains(seconds) {
        Ok(())
    } else {
        Err(format!("it is from 0.001 to 86400 seconds, not {seconds}"))
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the table passes every type alike"
)]
fn check_some(number: &u32) -> Result<(), String> {
    match number {
        0 => Err("it is at least 1".to_owned()),
        _ => Ok(()),
    }
}

#[expect(clippy::ptr_arg, reason = "the table passes every type alike")]
fn check_no_doubles(names: &Vec<String>) -> Result<(), String> {
    super::names::check_names(names).map_err(|error| error.to_string())
}

fn check_names(names: &Vec<String>) -> Result<(), String> {
    match names.as_slice() {
        [] => Err("it names no variable".to_owned()),
        _ => check_no_doubles(names),
    }
}

fn check_choice(choice: &VariableChoice) -> Result<(), String> {
    match choice {
        VariableChoice::All => Ok(()),
        VariableChoice::Names(names) => check_names(names),
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the table passes every type alike"
)]
fn check_size(size: &ByteSize) -> Result<(), String> {
    match size.0 {
        0 => Err("it is at least 1 byte".to_owned()),
        _ => Ok(()),
    }
}

#[expect(clippy::ptr_arg, reason = "the table passes every type alike")]
fn check_not_empty(name: &String) -> Result<(), String> {
    if name.trim().is_empty() {
        Err("it is empty".to_owned())
    } else {
        Ok(())
    }
}
