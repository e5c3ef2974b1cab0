//! The tables of the configuration.

use super::{
    ByVariable, Checksum, ManualRanges, PackingBits, PackingRepresentation, RangeExceededAction,
    RetentionWindow, Shuffle, VariableChoice,
};
use crate::time::{Frequency, TimeBound};

/// How arrays are compressed.
#[derive(Debug, Clone, PartialEq)]
pub struct CompressionConfig {
    /// The codec in one text, such as `blosc:zstd:3`; `None` leaves the choice to the other
    /// fields. Its syntax is that of `zarrio-codec`.
    pub method: Option<String>,
    /// The compressor inside Blosc, where no method is given; `None` when nothing was chosen.
    pub cname: Option<String>,
    /// The compression level, 0 to 9, where no method is given.
    pub clevel: Option<u32>,
    /// The shuffle inside Blosc, where no method is given.
    pub shuffle: Option<Shuffle>,
    /// The codec of variables that have one of their own, in one text.
    pub variables: ByVariable<String>,
    /// What is added to every chunk.
    pub checksum: Checksum,
}

impl Default for CompressionConfig {
    fn default() -> Self {
        Self {
            method: None,
            cname: None,
            clevel: None,
            shuffle: None,
            variables: ByVariable::default(),
            checksum: Checksum::None,
        }
    }
}

impl CompressionConfig {
    /// The codec in one text: the method, or Blosc with the parts that were chosen; `None`
    /// when nothing was.
    ///
    /// Parts that were not chosen are those of the Python tool: `zstd`, level 1, byte shuffle.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        if self.method.is_some() {
            return self.method.clone();
        }
        let chosen = self.cname.is_some() || self.clevel.is_some() || self.shuffle.is_some();
        chosen.then(|| {
            let cname = self.cname.as_deref().unwrap_or("zstd");
            let (clevel, shuffle) = (
                self.clevel.unwrap_or(1),
                self.shuffle.unwrap_or(Shuffle::Byte),
            );
            format!("blosc:{cname}:{clevel}:{shuffle}")
        })
    }
}

/// How floating-point variables are stored as integers.
#[derive(Debug, Clone, PartialEq)]
pub struct PackingConfig {
    /// Whether variables are packed.
    pub enabled: bool,
    /// Bits of the integers.
    pub bits: PackingBits,
    /// How packed values are told to readers.
    pub representation: PackingRepresentation,
    /// Ranges by variable, which go before those in attributes and data.
    pub manual_ranges: ManualRanges,
    /// By what part a range found in data is widened at either end.
    pub auto_buffer_factor: f64,
    /// Whether values are compared with the range before they are stored.
    pub check_range_exceeded: bool,
    /// What happens when one lies outside.
    pub range_exceeded_action: RangeExceededAction,
    /// Variables that are not packed.
    pub exclude: Vec<String>,
    /// The steps in which variables are to be kept. One that is named here is packed even
    /// where packing is not enabled.
    pub precision: ByVariable<f64>,
}

/// How floating-point variables are rounded to fewer bits.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QuantizationConfig {
    /// Bits of the significand that are kept, by variable.
    pub keep_bits: ByVariable<u32>,
    /// Decimal digits that are kept at least, by variable.
    pub significant_digits: ByVariable<u32>,
    /// The part of the bitwise real information that is kept, by variable; `*` for all others.
    pub keep_information: ByVariable<f64>,
}

impl PackingConfig {
    /// Whether anything may have to be packed.
    #[must_use]
    pub fn asks(&self) -> bool {
        self.enabled || !self.precision.is_empty()
    }
}

/// The axis along which an archive grows.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeConfig {
    /// The time dimension; found by CF attributes where there is none of this name.
    pub dim: String,
    /// The dimension along which `append` appends.
    pub append_dim: String,
    /// The first label of a template; the source's own when `None`.
    pub global_start: Option<TimeBound>,
    /// The last label of a template, a date without time including its whole day.
    pub global_end: Option<TimeBound>,
    /// The step of a template; the source's own when `None`.
    pub freq: Option<Frequency>,
}

/// Which variables are converted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VariableSelection {
    /// Only these; all when `None`. Coordinates that they need come with them.
    pub include: Option<Vec<String>>,
    /// Not these, even when they are included.
    pub exclude: Vec<String>,
}

/// What is done to find out whether all data arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingDataConfig {
    /// How often a write is repeated when its data are found missing.
    pub retries_on_missing: u32,
    /// Which variables are read back and compared; `None` when nobody asked for it.
    pub missing_check_vars: Option<VariableChoice>,
}

/// An archive of one group for each cycle that forgets the oldest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollingArchiveConfig {
    /// Whether groups expire.
    pub enabled: bool,
    /// How old a group may become.
    pub retention_window: Option<RetentionWindow>,
    /// The group attribute that holds its time, where its name holds none.
    pub time_reference_attr: String,
    /// Whether every write is followed by an expiry.
    pub auto_cleanup: bool,
    /// How many of the newest groups are kept however old they are.
    pub min_groups_to_keep: u32,
}
