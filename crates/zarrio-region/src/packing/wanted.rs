//! Which variables are packed.

use zarrio_chunking::Role;
use zarrio_model::config::Config;
use zarrio_model::{DataType, DatasetSchema, Source, VariableSchema};

use crate::RegionError;
use crate::matching::{Meaning, Roles};

/// Attributes by which numbers are flags (CF 3.5).
const FLAGS: [&str; 3] = ["flag_values", "flag_masks", "flag_meanings"];

/// Decides which variables of a dataset are packed.
pub(crate) struct Wanted<'a> {
    roles: Roles<'a>,
    config: &'a Config,
}

impl<'a> Wanted<'a> {
    /// The wishes of a configuration for a source.
    ///
    /// # Errors
    /// When a wish names what is not there.
    pub(crate) fn new(source: &'a dyn Source, config: &'a Config) -> Result<Self, RegionError> {
        let excluded = config.packing.exclude.iter().map(String::as_str);
        let ranges = config.packing.manual_ranges.iter().map(|(name, _)| name);
        let names = excluded.chain(ranges).filter(|_| config.packing.enabled);
        let steps = config.packing.precision.iter().map(|(name, _)| name);
        check_variables(source, "packing", names.chain(steps))?;
        Ok(Self::of(source.schema(), config))
    }

    /// The wishes of a configuration for a dataset, whatever names they have.
    pub(crate) fn of(schema: &'a DatasetSchema, config: &'a Config) -> Self {
        Self {
            roles: Roles::new(schema),
            config,
        }
    }

    /// Whether a variable is packed.
    ///
    /// # Errors
    /// When it was named and cannot be packed.
    pub(crate) fn packs(&self, variable: &'a VariableSchema) -> Result<bool, RegionError> {
        let packing = &self.config.packing;
        let path = &variable.path;
        let stepped = packing.precision.of(path).is_some();
        let excluded = packing.exclude.iter().any(|name| path.is_named(name));
        if excluded || !(packing.enabled || stepped) {
            return Ok(false);
        }
        let named = stepped || packing.manual_ranges.of(path).is_some();
        match (self.obstacle(variable), named) {
            (None, true) => Ok(true),
            (Some(obstacle), true) => Err(RegionError::Settings {
                message: format!(
                    "variable {:?} is named to be packed and cannot be: {obstacle}",
                    variable.path.as_str()
                ),
                hint: "take it away from --packing-manual-ranges and --precision".into(),
            }),
            (obstacle, false) => Ok(obstacle.is_none() && is_measured(variable)),
        }
    }

    /// Why a variable is never packed.
    fn obstacle(&self, variable: &'a VariableSchema) -> Option<&'static str> {
        if self.roles.is_coordinate(&variable.path) {
            return Some("coordinates are kept as they are");
        }
        if !matches!(self.roles.meaning(variable), Meaning::Quantity(_)) {
            return Some("times are kept as they are");
        }
        match variable.data_type {
            DataType::String => Some("it is text"),
            DataType::Int64 | DataType::UInt64 => {
                Some("integers of 64 bits are not exact in binary64")
            }
            _ => None,
        }
    }
}

/// Whether a variable has measured values, which have a precision of their own: floating-point
/// numbers that are not packed already, and no flags. A single number is a parameter, and
/// latitudes and longitudes are coordinates whoever names them: meshes, geometries and swaths
/// have theirs in other ways than the attribute `coordinates`, and many files in none.
pub(crate) fn is_measured(variable: &VariableSchema) -> bool {
    let has = |name: &&str| variable.attributes.get(name).is_some();
    let role = Role::from_attributes(&variable.attributes);
    variable.data_type.is_float()
        && !variable.dimensions.is_empty()
        && !matches!(role, Some(Role::X | Role::Y))
        && !FLAGS.iter().any(has)
        && !variable.is_packed()
}

/// Names of settings must be those of variables; `source` may be the archive that is written to.
///
/// # Errors
/// With the names that there are.
pub(crate) fn check_variables<'n>(
    source: &dyn Source,
    setting: &str,
    names: impl Iterator<Item = &'n str>,
) -> Result<(), RegionError> {
    let schema = source.schema();
    for name in names {
        if !schema.variables().any(|v| v.path.is_named(name)) {
            let known: Vec<&str> = schema.variables().map(|v| v.path.as_str()).collect();
            return Err(RegionError::Settings {
                message: format!(
                    "{setting}: there is no variable {name:?} in {}",
                    source.file().path.display()
                ),
                hint: format!("the variables are {}", known.join(", ")),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use zarrio_model::{Attributes, NativeLayout, NodePath};

    use super::*;

    #[test]
    fn places_are_not_measured_whoever_names_them() {
        let variable = |attributes: &[(&str, &str)]| VariableSchema {
            path: NodePath::parse("mesh_node_x"),
            data_type: DataType::Float32,
            dimensions: vec!["node".into()],
            shape: vec![5],
            attributes: attributes
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).into()))
                .collect::<Attributes>(),
            layout: NativeLayout::default(),
        };
        for place in [
            ("units", "degrees_north"),
            ("units", "degree_east"),
            ("standard_name", "longitude"),
            ("standard_name", "projection_x_coordinate"),
        ] {
            assert!(!is_measured(&variable(&[place])), "{place:?}");
        }
        for field in [
            ("units", "Pa"),
            ("standard_name", "air_pressure"),
            ("units", "degree_C"),
        ] {
            assert!(is_measured(&variable(&[field])), "{field:?}");
        }
    }
}
