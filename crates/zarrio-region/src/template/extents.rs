//! What the files of a template say about the data that will be packed.

use std::collections::HashMap;

use rayon::ThreadPool;
use zarrio_codec::information::BitInformation;
use zarrio_codec::packing::{Extent, RangeOrigin, range_of_attributes};
use zarrio_model::config::{Config, RangeExceededAction};
use zarrio_model::{NodePath, Source, VariableSchema};

use super::dimension::TimeDimension;
use super::source::TemplateSource;
use crate::RegionError;
use crate::convert::{CancelToken, Converter};
use crate::limits::Limits;
use crate::packing::{Wanted, action, information, manual_range, scan};
use crate::pipeline::pool;
use crate::quantize::information_level;

/// Gathers the extents of variables along time whose range nobody gives.
#[derive(Debug)]
pub(super) struct Extents {
    limits: Limits,
    /// The threads that read files, since they were first asked for.
    pool: Option<ThreadPool>,
    /// Whether anything is packed.
    asks: bool,
    widen: bool,
    pub(super) found: HashMap<NodePath, Extent>,
    /// What the bits of variables tell, where that decides how many are kept.
    pub(super) information: HashMap<NodePath, BitInformation>,
}

impl Extents {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            limits: Limits::new(config),
            pool: None,
            asks: config.packing.asks() || !config.quantization.keep_information.is_empty(),
            widen: action(config) == RangeExceededAction::Widen,
            found: HashMap::new(),
            information: HashMap::new(),
        }
    }

    /// The threads that read files.
    ///
    /// # Errors
    /// When they cannot be started.
    pub(super) fn pool(&mut self) -> Result<&ThreadPool, RegionError> {
        started(&mut self.pool, self.limits)
    }

    /// Adds the data of a file to what is known. Where it says itself how far they reach,
    /// they are not read.
    pub(super) fn add(
        &mut self,
        first: &dyn Source,
        file: &dyn Source,
        config: &Config,
        kept: &[&VariableSchema],
        time: &TimeDimension,
    ) -> Result<(), RegionError> {
        if !self.asks {
            return Ok(());
        }
        let (limits, pool) = (self.limits, started(&mut self.pool, self.limits)?);
        let wanted = Wanted::new(first, config)?;
        for variable in kept.iter().filter(|variable| time.has(&variable.path)) {
            let Some(variable) = first.schema().variable(&variable.path) else {
                continue;
            };
            let Some(theirs) = file.schema().variable(&variable.path) else {
                continue;
            };
            if !wanted.packs(variable)? {
                if information_level(variable, config, wanted.is_measured(variable)).is_some() {
                    let cancel = CancelToken::default();
                    let part = information(file, theirs, limits, pool, &cancel)?;
                    let known = self.information.remove(&variable.path);
                    let sum = match (known, part) {
                        (Some(known), Some(part)) => Some(known.and(&part)),
                        (known, part) => known.or(part),
                    };
                    self.information
                        .extend(sum.map(|sum| (variable.path.clone(), sum)));
                }
                continue;
            }
            let told = range_of_attributes(theirs);
            let given = manual_range(config, variable).is_some()
                || told.is_some_and(|(_, origin)| origin == RangeOrigin::Valid);
            if given && !self.widen {
                continue;
            }
            let extent = match told {
                Some((range, RangeOrigin::Actual)) if !self.widen => Extent {
                    count: 1,
                    min: range.min,
                    max: range.max,
                    ..Extent::default()
                },
                _ => scan(file, theirs, limits, pool, &CancelToken::default())?,
            };
            let known = self.found.entry(variable.path.clone()).or_default();
            *known = known.and(extent);
        }
        Ok(())
    }
}

fn started(threads: &mut Option<ThreadPool>, limits: Limits) -> Result<&ThreadPool, RegionError> {
    Ok(match threads {
        Some(threads) => threads,
        none => none.insert(pool(limits.jobs)?),
    })
}

impl TemplateSource<'_> {
    /// What the bits of a variable tell: of the data of all files.
    pub(super) fn information(
        &self,
        converter: &Converter<'_>,
        variable: &VariableSchema,
    ) -> Result<Option<BitInformation>, RegionError> {
        match self.time.has(&variable.path) {
            true => Ok(self.information.get(&variable.path).copied()),
            false => converter.information(self.first, variable),
        }
    }

    /// The extent of a variable that is to be packed: what all files have of it.
    pub(super) fn extent(
        &self,
        converter: &Converter<'_>,
        variable: &VariableSchema,
    ) -> Result<Extent, RegionError> {
        if !self.time.has(&variable.path) {
            return converter.extent(self.first, variable);
        }
        let found = self.extents.get(&variable.path).copied();
        found
            .filter(|_| self.files.len() > 1)
            .ok_or_else(|| RegionError::Settings {
                message: format!(
                    "variable {path:?} is to be packed, and one file does not tell the range of all the data that the archive will hold",
                    path = variable.path.as_str()
                ),
                hint: format!(
                    "give the range with --packing-manual-ranges '{{\"{path}\": {{\"min\": A, \"max\": B}}}}', or several files that have all of it, or leave it unpacked with --packing-exclude {path}",
                    path = variable.path
                ),
            })
    }
}
