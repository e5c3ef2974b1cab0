//! How elements are changed on their way from a source to an archive.
//!
//! By default nothing is lost ([`exact`]). Floating-point numbers that go into packed
//! integers are rounded to the archive's steps ([`packed`]): whoever packs them has asked
//! for that, and how far a value may move is known beforehand.

mod encoding;
mod exact;
mod meant;
mod packed;
mod rounded;

use zarrio_codec::packing::Packing;
use zarrio_model::config::RangeExceededAction;
use zarrio_model::time::TimeCoding;
use zarrio_model::{DataType, VariableSchema};

use crate::RegionError;

use exact::Exact;
pub(crate) use meant::Meant;
pub(crate) use packed::Packed;
use rounded::Rounded;

pub use packed::Excess;
pub(crate) use packed::Numbers;

/// The numbers of a variable that mean missing, beside NaN.
pub(crate) fn missing_numbers(variable: &VariableSchema) -> Vec<f64> {
    let encoding = encoding::Encoding::new(variable, None);
    encoding.missing().map(encoding::Number::to_f64).collect()
}

/// How elements are changed on their way.
#[derive(Debug)]
pub(crate) enum Recode {
    /// Without loss.
    Exact(Box<Exact>),
    /// Rounded to the steps of a packing.
    Packed(Box<Packed>),
    /// Rounded to fewer bits.
    Rounded(Box<Rounded>),
}

impl Recode {
    /// The change from a source's variable to an archive's; `None` when bytes stay as they
    /// are. Times are changed from one epoch to another.
    ///
    /// `lossy` says what is to happen to floating-point numbers beyond the range of packed
    /// integers, and is `None` where they must not be rounded either, as coordinates.
    ///
    /// # Errors
    /// Why nothing can be carried over.
    pub(crate) fn new(
        source: &VariableSchema,
        archive: &VariableSchema,
        source_time: Option<&TimeCoding>,
        archive_time: Option<&TimeCoding>,
        lossy: Option<RangeExceededAction>,
    ) -> Result<Option<Self>, String> {
        let times = source_time.is_some() || archive_time.is_some();
        if let Some(action) = lossy.filter(|_| !times)
            && let Some(packed) = Packed::into_archive(source, archive, action)
        {
            return Ok(Some(Self::Packed(Box::new(packed))));
        }
        let exact = Exact::new(source, archive, source_time, archive_time)?;
        Ok(exact.map(|exact| Self::Exact(Box::new(exact))))
    }

    /// The packing of a source's variable, whatever it is encoded like there.
    pub(crate) fn pack(
        source: &VariableSchema,
        packing: Packing,
        action: RangeExceededAction,
    ) -> Self {
        Self::Packed(Box::new(Packed::new(source, packing, action)))
    }

    /// The rounding of a variable to fewer bits of the significand.
    pub(crate) fn round(source: &VariableSchema, bits: u32) -> Self {
        Self::Rounded(Box::new(Rounded::new(source, bits)))
    }

    /// Whether there may be values that would be lost without anybody having asked for it.
    pub(crate) fn may_lose(&self) -> bool {
        match self {
            Self::Exact(exact) => exact.may_lose(),
            // Packing looks at its data itself.
            Self::Packed(_) | Self::Rounded(_) => false,
        }
    }

    /// The type that the source delivers.
    pub(crate) fn source_type(&self) -> DataType {
        match self {
            Self::Exact(exact) => exact.source_type(),
            Self::Packed(packed) => packed.source_type(),
            Self::Rounded(rounded) => rounded.data_type(),
        }
    }

    /// The packing, where there is one.
    pub(crate) fn packed(&self) -> Option<&Packed> {
        match self {
            Self::Packed(packed) => Some(packed),
            _ => None,
        }
    }

    /// Changes elements of a variable, in native byte order; `position` tells where in the
    /// source an element lies. `out` has room for as many of the archive.
    ///
    /// # Errors
    /// When the archive's encoding cannot hold a value.
    pub(crate) fn apply(
        &self,
        variable: &str,
        bytes: &[u8],
        out: &mut [u8],
        position: impl Fn(usize) -> Vec<u64>,
    ) -> Result<(), RegionError> {
        match self {
            Self::Exact(exact) => {
                let changed = exact.apply(bytes).map_err(|lost| RegionError::Lossy {
                    variable: variable.to_owned(),
                    index: position(lost.element),
                    labels: Vec::new(),
                    reason: lost.reason,
                })?;
                out.copy_from_slice(&changed);
                Ok(())
            }
            Self::Packed(packed) => packed.apply(variable, bytes, out),
            Self::Rounded(rounded) => {
                rounded.apply(bytes, out);
                Ok(())
            }
        }
    }
}
