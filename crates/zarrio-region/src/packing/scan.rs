//! Reads data for what they are like, and writes nothing.

use rayon::ThreadPool;
use zarrio_codec::packing::Extent;
use zarrio_model::config::RangeExceededAction;
use zarrio_model::{Region, Source, VariableSchema};

use crate::RegionError;
use crate::convert::CancelToken;
use crate::limits::Limits;
use crate::observer::{PackReport, RoundReport};
use crate::recode::{Numbers, Packed, Recode};
use crate::scatter::each_part;
use crate::transfer::Transfer;

/// The extent of all data of a variable, read once in parts that fit the memory.
pub(crate) fn scan(
    source: &dyn Source,
    variable: &VariableSchema,
    limits: Limits,
    pool: &ThreadPool,
    cancel: &CancelToken,
) -> Result<Extent, RegionError> {
    let ones = || vec![1; variable.shape.len()];
    let chunks = variable.layout.unit().map_or_else(ones, <[u64]>::to_vec);
    let chunks: Vec<u64> = chunks.into_iter().map(|length| length.max(1)).collect();
    let whole = Region::full(&variable.shape);
    let limits = limits.for_variables(std::iter::once((variable, chunks.as_slice())));
    let blocks = limits.blocks(variable, &whole, &chunks, 0)?;
    let numbers = Numbers::new(variable);
    let width = variable.data_type.size().unwrap_or(1);
    let (mut extent, mut buffer) = (Extent::default(), Vec::new());
    for region in blocks.regions() {
        cancel.check()?;
        buffer.resize(region.num_elements() as usize * width, 0);
        extent = extent.and(pool.install(|| {
            source.read(&variable.path, &region, &mut buffer)?;
            Ok::<_, RegionError>(numbers.extent(&buffer))
        })?);
    }
    Ok(extent)
}

/// Reads what transfers will pack and sees whether it can be kept, where that must be known
/// before anything is written.
pub(crate) fn look(
    source: &dyn Source,
    transfers: &[Transfer],
    pool: &ThreadPool,
    cancel: &CancelToken,
) -> Result<(), RegionError> {
    for transfer in transfers {
        if let Some(packed) = transfer.recode.as_deref().and_then(Recode::packed)
            && packed.must_look()
        {
            transfer.look(packed, source, pool, cancel)?;
        }
    }
    Ok(())
}

impl Packed {
    /// Whether it must be known beforehand that all values can be kept.
    fn must_look(&self) -> bool {
        self.packing().missing().is_none()
            || self.has_reserved()
            || matches!(
                self.action(),
                RangeExceededAction::Error | RangeExceededAction::Widen
            )
    }
}

impl Transfer {
    /// Reads everything that is packed and sees whether it can be kept.
    pub(crate) fn look(
        &self,
        packed: &Packed,
        source: &dyn Source,
        pool: &ThreadPool,
        cancel: &CancelToken,
    ) -> Result<(), RegionError> {
        packed.reset();
        let mut part = Vec::new();
        let width = packed.source_type().size().unwrap_or(1);
        for region in self.blocks.regions() {
            if !self.has(&region) {
                continue;
            }
            cancel.check()?;
            let placement = self.placement.within(&region);
            each_part::<RegionError>(&placement, |from, _| {
                part.resize(from.num_elements() as usize * width, 0);
                pool.install(|| {
                    source.read(&self.variable, from, &mut part)?;
                    packed.look(&part);
                    Ok(())
                })
            })?;
        }
        packed.check(self.variable.as_str(), &packed.statistics())?;
        packed.reset();
        Ok(())
    }

    /// What rounding to fewer bits did to the values, where they are rounded.
    pub(crate) fn rounded(&self) -> Option<RoundReport> {
        match self.recode.as_deref()? {
            Recode::Rounded(rounded) => Some(rounded.report()),
            _ => None,
        }
    }

    /// What packing did to the values, where they are packed.
    pub(crate) fn packed(&self) -> Option<PackReport> {
        let packed = self.recode.as_ref()?.packed()?;
        Some(PackReport {
            packing: *packed.packing(),
            statistics: packed.statistics(),
        })
    }
}
