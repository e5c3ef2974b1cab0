//! Which variables are packed, and for which range.
//!
//! A range is what somebody gave, or what the attributes say, or what the data need: then
//! they are read once before.

mod information;
mod scan;
mod wanted;

use serde::Serialize;
use zarrio_codec::information::BitInformation;
use zarrio_codec::packing::{
    Extent, FixedScale, Packing, PackingError, ROUNDING, RangeOrigin, range_of_attributes,
    range_of_data,
};
use zarrio_model::config::{
    Config, PackingBits, PackingRange, PackingRepresentation, RangeExceededAction,
};
use zarrio_model::{DataType, VariableSchema};

use crate::RegionError;
use crate::error::counted;
use crate::observer::VariableReport;

pub(crate) use information::information;
pub(crate) use scan::{look, scan};
pub(crate) use wanted::{Wanted, check_variables, is_measured};

/// How a variable will be packed.
#[derive(Debug, Clone, Serialize)]
pub struct PackingPlan {
    /// The integers, scale and offset.
    #[serde(flatten)]
    pub packing: Packing,
    /// The filter that tells readers of it, where attributes do not.
    #[serde(skip)]
    pub(crate) fixed_scale: Option<FixedScale>,
    /// Where its range is from.
    pub range_from: RangeOrigin,
    /// Whether 32 bits were taken because the data exceed the range that was given.
    pub widened: bool,
    /// What is done with values beyond the range.
    pub on_exceeded: RangeExceededAction,
    /// The end of the range that the data gave it and that netCDF gives to what was never
    /// written.
    #[serde(skip)]
    unwritten: Option<f64>,
}

/// What is known of the data that will be packed.
pub(crate) struct Data<'a> {
    /// The extent of a variable's data, which may take reading all of them.
    pub(crate) extent: &'a dyn Fn(&VariableSchema) -> Result<Extent, RegionError>,
    /// What the bits of a variable's data tell, which takes reading all of them.
    pub(crate) information:
        &'a dyn Fn(&VariableSchema) -> Result<Option<BitInformation>, RegionError>,
    /// Whether a variable's `actual_range` speaks of all data that there will be.
    pub(crate) whole: &'a dyn Fn(&VariableSchema) -> bool,
}

impl PackingPlan {
    /// The packing of a variable; its data are asked for where they have to be known.
    pub(crate) fn new(
        variable: &VariableSchema,
        config: &Config,
        data: &Data<'_>,
    ) -> Result<Self, RegionError> {
        let settings = &config.packing;
        let manual = manual_range(config, variable).map(|range| (range, RangeOrigin::Manual));
        let action = action(config);
        let mut bits = settings.bits;
        let (mut widened, mut unwritten) = (false, None);
        let told = range_of_attributes(variable)
            .filter(|(_, origin)| *origin != RangeOrigin::Actual || (data.whole)(variable));
        let given = manual.or(told);
        let (range, range_from) = match given {
            Some((range, origin)) if action == RangeExceededAction::Widen => {
                let extent = (data.extent)(variable)?;
                let union = PackingRange {
                    min: range.min.min(extent.min),
                    max: range.max.max(extent.max),
                };
                widened = union != range;
                unwritten = unwritten_end(variable, &extent).filter(|_| widened);
                if widened {
                    bits = PackingBits::Bits32;
                }
                (union, origin)
            }
            Some(given) => given,
            None => {
                let extent = (data.extent)(variable)?;
                unwritten = unwritten_end(variable, &extent);
                // Where no value is, any range holds all.
                let nothing = PackingRange { min: 0.0, max: 0.0 };
                let range = range_of_data(&extent, settings.auto_buffer_factor);
                let range = range.unwrap_or(nothing);
                if !range.is_valid() {
                    return Err(too_wide(variable, &extent, settings.auto_buffer_factor));
                }
                (range, RangeOrigin::Data)
            }
        };
        let packing = match precision(config, variable) {
            Some(step) => Packing::for_precision(range, step),
            None => Packing::for_range(range, bits),
        };
        let packing = packing.and_then(|packing| match settings.representation {
            PackingRepresentation::Cf => Ok((packing, None)),
            PackingRepresentation::FixedScaleOffset => {
                let fixed = FixedScale::new(&packing, decoded_type(variable))?;
                Ok((fixed.packing(true)?, Some(fixed)))
            }
        });
        let (packing, fixed_scale) = packing.map_err(|error| unfit(variable, &error))?;
        Ok(Self {
            packing,
            fixed_scale,
            range_from,
            widened,
            on_exceeded: action,
            unwritten,
        })
    }

    /// What is to be known of it.
    pub(crate) fn notes(&self, variable: &VariableSchema) -> impl Iterator<Item = String> {
        let PackingRange { min, max } = self.packing.range();
        let path = &variable.path;
        let widened = self.widened.then(|| {
            format!(
                "variable {:?} has values outside of the range that was given, so it is packed into {} bits, from {min} to {max}",
                path.as_str(),
                self.packing.bits()
            )
        });
        let unwritten = self.unwritten.map(|end| {
            format!(
                "variable {:?} has values of {end:e}, which netCDF gives to what was never written, and no _FillValue that says that they are missing: its range reaches to them, and its other values are rounded to steps of {:e}; give it a _FillValue in the source, or leave it as it is with --packing-exclude {path}",
                path.as_str(),
                self.packing.scale()
            )
        });
        widened.into_iter().chain(unwritten)
    }
}

/// The end of a variable's values that is what netCDF gives to elements that were never written,
/// where nothing says that it means missing. Nobody masks it, and so it is a value here.
fn unwritten_end(variable: &VariableSchema, extent: &Extent) -> Option<f64> {
    if variable.is_packed() {
        return None;
    }
    let default = match variable.data_type {
        DataType::Int16 => -32767.0,
        DataType::UInt16 => 65535.0,
        DataType::Int32 => -2_147_483_647.0,
        DataType::UInt32 => 4_294_967_295.0,
        DataType::Float32 | DataType::Float64 => 9.969_209_968_386_869e36,
        _ => return None,
    };
    [extent.min, extent.max]
        .into_iter()
        .find(|end| *end == default)
}

/// The type in which readers get a variable's values: its own where that has them.
fn decoded_type(variable: &VariableSchema) -> DataType {
    match variable.data_type {
        DataType::Float32 if !variable.is_packed() => DataType::Float32,
        _ => DataType::Float64,
    }
}

/// The range that settings give a variable, by its path or its name.
pub(crate) fn manual_range(config: &Config, variable: &VariableSchema) -> Option<PackingRange> {
    config.packing.manual_ranges.of(&variable.path)
}

/// The steps in which settings want a variable, by its path or its name.
pub(crate) fn precision(config: &Config, variable: &VariableSchema) -> Option<f64> {
    config.packing.precision.of(&variable.path).copied()
}

/// What is done with floating-point numbers that go into an archive's packed integers;
/// `None` where they must not be rounded: an array has to say that its values are, or the
/// settings that they may be.
pub(crate) fn rounding(archive: &VariableSchema, config: &Config) -> Option<RangeExceededAction> {
    let said = archive.attributes.get(ROUNDING).is_some();
    (said || config.packing.enabled).then(|| action(config))
}

/// What is done with values beyond a range.
pub(crate) fn action(config: &Config) -> RangeExceededAction {
    match config.packing.check_range_exceeded {
        true => config.packing.range_exceeded_action,
        false => RangeExceededAction::Ignore,
    }
}

fn too_wide(variable: &VariableSchema, extent: &Extent, buffer: f64) -> RegionError {
    let path = &variable.path;
    let Extent { min, max, .. } = extent;
    RegionError::Settings {
        message: format!(
            "variable {:?} cannot be packed: its range from {min} to {max}, widened by {buffer:?} of itself, has no finite ends",
            path.as_str()
        ),
        hint: format!(
            "give a smaller --packing-auto-buffer-factor, or leave it as it is with --packing-exclude {path}"
        ),
    }
}

fn unfit(variable: &VariableSchema, error: &PackingError) -> RegionError {
    let path = &variable.path;
    RegionError::Settings {
        message: format!("variable {:?} cannot be packed: {error}", path.as_str()),
        hint: format!(
            "leave it as it is with --packing-exclude {path}, or give a range that it can be packed for with --packing-manual-ranges{}",
            match error {
                PackingError::Narrow { .. } =>
                    ", or fewer bits with --packing-bits, or take --packing-representation cf",
                _ => "",
            }
        ),
    }
}

/// What is to be known of values that packing could not keep.
pub(crate) fn notes(reports: &[VariableReport], config: &Config) -> Vec<String> {
    let warns = action(config) == RangeExceededAction::Warn;
    let mut notes = Vec::new();
    for report in reports {
        let Some(packed) = &report.packed else {
            continue;
        };
        let (variable, statistics) = (report.variable.as_str(), &packed.statistics);
        let PackingRange { min, max } = packed.packing.range();
        if warns && statistics.clamped > 0 {
            notes.push(format!(
                "variable {variable:?}: {} beyond the range from {min} to {max} became its nearest end, the farthest by {}",
                counted(statistics.clamped),
                statistics.worst_excess(&packed.packing)
            ));
        }
        if statistics.extent.infinite > 0 {
            notes.push(format!(
                "variable {variable:?}: {} infinite and became missing",
                match statistics.extent.infinite {
                    1 => "1 value was".to_owned(),
                    n => format!("{n} values were"),
                }
            ));
        }
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use zarrio_model::{Attributes, NativeLayout, NodePath};

    #[test]
    fn values_that_were_never_written_are_named() {
        let mut variable = VariableSchema {
            path: NodePath::parse("t"),
            data_type: DataType::Float32,
            dimensions: vec!["x".into()],
            shape: vec![2],
            attributes: Attributes::new(),
            layout: NativeLayout::default(),
        };
        let notes = |variable: &VariableSchema, max: f64| {
            let extent = Extent {
                count: 2,
                min: 270.0,
                max,
                ..Extent::default()
            };
            let data = Data {
                extent: &|_| Ok(extent),
                information: &|_| Ok(None),
                whole: &|_| true,
            };
            let plan = PackingPlan::new(variable, &Config::default(), &data).unwrap();
            plan.notes(variable).collect::<Vec<String>>()
        };
        let default = f64::from(9.969_21e36_f32);
        assert_eq!(notes(&variable, 300.0), Vec::<String>::new());
        let found = notes(&variable, default);
        assert!(
            matches!(&found[..], [note] if note.contains("variable \"t\"")),
            "{found:?}"
        );
        variable.attributes.set("scale_factor", "no number");
        assert_eq!(notes(&variable, default), Vec::<String>::new());
    }
}
