//! Which variables are packed.

use zarrio_chunking::Role;
use zarrio_model::config::Config;
use zarrio_model::{DataType, DatasetSchema, Source, VariableSchema};

use crate::RegionError;
use crate::chunks::dimension_roles;
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
            (obstacle, false) => Ok(obstacle.is_none() && self.is_measured(variable)),
        }
    }

    /// Whether a variable has measured values.
    pub(crate) fn is_measured(&self, variable: &VariableSchema) -> bool {
        is_measured(variable, &self.roles, self.config)
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
/// have theirs in other ways than the attribute `coordinates`, and many files in none. Sizes of
/// cells and coefficients of vertical coordinates are parts of the grid.
pub(crate) fn is_measured(variable: &VariableSchema, roles: &Roles<'_>, config: &Config) -> bool {
    let has = |name: &&str| variable.attributes.get(name).is_some();
    let role = Role::from_attributes(&variable.attributes);
    // What extends along times or places is a field, whatever its term in a formula.
    let is_spread = || {
        let dimensions = dimension_roles(roles.schema(), variable, &config.time.dim);
        let mut dimensions = dimensions.iter();
        dimensions.any(|role| matches!(role, Role::Time | Role::X | Role::Y))
    };
    variable.data_type.is_float()
        && !variable.dimensions.is_empty()
        && !matches!(role, Some(Role::X | Role::Y))
        && !FLAGS.iter().any(has)
        && !variable.is_packed()
        && !roles.is_cell_measure(&variable.path)
        && (!roles.is_coefficient(&variable.path) || is_spread())
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
    use zarrio_model::{NativeLayout, NodePath};

    use super::*;
    use crate::quantize::{ALL, information_level};

    fn variable(name: &str, dimensions: &[&str], attributes: &[(&str, &str)]) -> VariableSchema {
        let attributes = attributes.iter();
        VariableSchema {
            path: NodePath::parse(name),
            data_type: DataType::Float32,
            dimensions: dimensions.iter().map(|name| (*name).to_owned()).collect(),
            shape: vec![5; dimensions.len()],
            attributes: attributes
                .map(|(name, text)| ((*name).to_owned(), (*text).into()))
                .collect(),
            layout: NativeLayout::default(),
        }
    }

    /// The variables that are packed and rounded where nothing else is said.
    fn measured(variables: Vec<VariableSchema>) -> Vec<String> {
        let mut schema = DatasetSchema::default();
        schema.root.variables = variables;
        let mut config = Config::default();
        config.packing.enabled = true;
        config.quantization.keep_information = [(ALL.to_owned(), 0.99)].into_iter().collect();
        let wanted = Wanted::of(&schema, &config);
        let packed = schema.variables().filter(|v| wanted.packs(v).unwrap());
        let packed: Vec<String> = packed.map(|v| v.path.to_string()).collect();
        for variable in schema.variables() {
            let is_measured = wanted.is_measured(variable);
            let level = information_level(variable, &config, is_measured);
            let name = variable.path.to_string();
            let is_kept = wanted.roles.is_coordinate(&variable.path);
            assert!(
                is_kept || level.is_some() == packed.contains(&name),
                "{name}"
            );
        }
        packed
    }

    #[test]
    fn places_are_not_measured_whoever_names_them() {
        let of = |attribute| measured(vec![variable("mesh_node_x", &["node"], &[attribute])]);
        for place in [
            ("units", "degrees_north"),
            ("units", "degree_east"),
            ("standard_name", "longitude"),
            ("standard_name", "projection_x_coordinate"),
        ] {
            assert!(of(place).is_empty(), "{place:?}");
        }
        for field in [
            ("units", "Pa"),
            ("standard_name", "air_pressure"),
            ("units", "degree_C"),
        ] {
            assert_eq!(of(field), ["mesh_node_x"], "{field:?}");
        }
    }

    #[test]
    fn coefficients_of_vertical_coordinates_are_not_measured() {
        let sigma = [("formula_terms", "ap: ap b: b ps: ps orog: zs p0: p0")];
        let bounds = [("formula_terms", "ap: ap_bnds b: b_bnds ps: ps")];
        let half = [("formula_terms", "a: hyai b: hybi aps: aps")];
        let found = measured(vec![
            variable("lev", &["lev"], &[sigma[0], ("bounds", "lev_bnds")]),
            variable("lev_bnds", &["lev", "bnds"], &bounds),
            variable("ilev", &["ilev"], &half),
            variable("ap", &["lev"], &[("units", "Pa")]),
            variable("b", &["lev"], &[]),
            variable("ap_bnds", &["lev", "bnds"], &[]),
            variable("b_bnds", &["lev", "bnds"], &[]),
            // Of another dimension than the levels, as the tools of some models write them.
            variable("hyai", &["nhyi"], &[]),
            variable("hybi", &["nhyi"], &[]),
            variable("p0", &[], &[]),
            variable("ps", &["time", "lat", "lon"], &[]),
            // By a term of no convention, and on a mesh whose dimension nothing tells of.
            variable("aps", &["time", "i"], &[]),
            variable("zs", &["kx"], &[]),
            variable("t", &["time", "lev", "lat", "lon"], &[]),
            variable("profile", &["lev"], &[]),
        ]);
        assert_eq!(found, ["ps", "aps", "zs", "t", "profile"]);
    }

    #[test]
    fn sizes_of_cells_are_not_measured() {
        let sizes = [("cell_measures", "area: areacello volume: volcello")];
        let found = measured(vec![
            variable("thetao", &["time", "lev", "j", "i"], &sizes),
            variable("areacello", &["j", "i"], &[]),
            variable("volcello", &["time", "lev", "j", "i"], &[]),
            variable(
                "deptho",
                &["j", "i"],
                &[("cell_measures", "area: elsewhere")],
            ),
        ]);
        assert_eq!(found, ["thetao", "deptho"]);
    }
}
