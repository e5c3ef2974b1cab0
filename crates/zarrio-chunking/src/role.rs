//! What a dimension is, which decides how readers cut it.

use serde::Serialize;
use zarrio_model::Attributes;
use zarrio_model::time::TimeUnits;

/// The part that a dimension has in what is read.
///
/// The order is that in which the planner looks at dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Time: a series goes along it, a map has one place on it.
    Time,
    /// Members of an ensemble, read one by one.
    Member,
    /// Depth, height or level.
    Vertical,
    /// Latitude, or the rows of a grid.
    Y,
    /// Longitude, the columns of a grid, or places without rows such as stations and cells.
    X,
    /// Anything else, read whole: bounds, bands, frequencies, directions.
    Other,
}

/// Names of dimensions, in lower case. Those of time are the ones of the Python zarrio with
/// the usual ones beside them.
const NAMES: [(Role, &[&str]); 5] = [
    (
        Role::Time,
        &[
            "time",
            "t",
            "time_counter",
            "forecast_time",
            "datetime",
            "valid_time",
            "date",
            "ocean_time",
            "xtime",
            "step",
            "lead_time",
            "reference_time",
        ],
    ),
    (
        Role::Member,
        &[
            "member",
            "ensemble",
            "realization",
            "number",
            "ens",
            "member_id",
        ],
    ),
    (
        Role::Vertical,
        &[
            "depth",
            "z",
            "lev",
            "level",
            "levels",
            "plev",
            "height",
            "altitude",
            "s_rho",
            "s_w",
            "sigma",
            "depthu",
            "depthv",
            "depthw",
            "deptht",
            "bottom_top",
            "pressure",
            "pressure_level",
            "isobaricinhpa",
            "zlev",
            "layer",
        ],
    ),
    (
        Role::Y,
        &[
            "lat",
            "latitude",
            "y",
            "yc",
            "j",
            "nlat",
            "rlat",
            "eta",
            "eta_rho",
            "eta_u",
            "eta_v",
            "eta_psi",
            "south_north",
            "yh",
            "yq",
            "northing",
            "row",
            "ny",
            "num_lines",
            "scanline",
        ],
    ),
    (
        Role::X,
        &[
            "lon",
            "longitude",
            "x",
            "xc",
            "i",
            "nlon",
            "rlon",
            "xi",
            "xi_rho",
            "xi_u",
            "xi_v",
            "xi_psi",
            "west_east",
            "xh",
            "xq",
            "easting",
            "col",
            "column",
            "nx",
            "pixel",
            "site",
            "station",
            "stations",
            "point",
            "node",
            "cell",
            "cells",
            "ncells",
            "ncol",
            "face",
            "nmesh2_node",
            "nmesh2_face",
            "profile",
            "trajectory",
        ],
    ),
];

const NORTH: [&str; 6] = [
    "degrees_north",
    "degree_north",
    "degree_n",
    "degrees_n",
    "degreen",
    "degreesn",
];
const EAST: [&str; 6] = [
    "degrees_east",
    "degree_east",
    "degree_e",
    "degrees_e",
    "degreee",
    "degreese",
];
/// Units of pressure make a coordinate vertical (CF 4.3).
const PRESSURE: [&str; 7] = ["pa", "hpa", "kpa", "mbar", "millibar", "bar", "decibar"];

impl Role {
    /// The role that a name tells, whatever its case.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        let lower = name.to_ascii_lowercase();
        let has = |(_, names): &&(Self, &[&str])| names.contains(&lower.as_str());
        NAMES
            .iter()
            .find(has)
            .map_or(Self::Other, |(role, _)| *role)
    }

    /// The role that the attributes of a coordinate tell (CF 4): `axis` before
    /// `standard_name` before `units` and `positive`.
    #[must_use]
    pub fn from_attributes(attributes: &Attributes) -> Option<Self> {
        let text = |name| attributes.text(name).map(str::trim);
        match text("axis").map(str::to_ascii_uppercase).as_deref() {
            Some("T") => return Some(Self::Time),
            Some("Z") => return Some(Self::Vertical),
            Some("Y") => return Some(Self::Y),
            Some("X") => return Some(Self::X),
            _ => {}
        }
        match text("standard_name") {
            Some("time" | "forecast_reference_time" | "forecast_period") => {
                return Some(Self::Time);
            }
            Some("realization") => return Some(Self::Member),
            Some("latitude" | "grid_latitude" | "projection_y_coordinate") => return Some(Self::Y),
            Some("longitude" | "grid_longitude" | "projection_x_coordinate") => {
                return Some(Self::X);
            }
            Some(
                "depth" | "height" | "altitude" | "air_pressure" | "model_level_number"
                | "sea_water_pressure",
            ) => return Some(Self::Vertical),
            Some(name) if name.ends_with("sigma_coordinate") || name.ends_with("s_coordinate") => {
                return Some(Self::Vertical);
            }
            _ => {}
        }
        let units = text("units").unwrap_or_default();
        let lower = units.to_ascii_lowercase();
        if TimeUnits::is_time(units) {
            Some(Self::Time)
        } else if NORTH.contains(&lower.as_str()) {
            Some(Self::Y)
        } else if EAST.contains(&lower.as_str()) {
            Some(Self::X)
        } else if text("positive").is_some() || PRESSURE.contains(&lower.as_str()) {
            Some(Self::Vertical)
        } else {
            None
        }
    }

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Member => "member",
            Self::Vertical => "vertical",
            Self::Y => "y",
            Self::X => "x",
            Self::Other => "other",
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// A variable that may be a coordinate.
#[derive(Debug, Clone, Copy)]
pub struct Labelled<'a> {
    /// The name.
    pub name: &'a str,
    /// The names of its dimensions.
    pub dimensions: &'a [String],
    /// Its attributes.
    pub attributes: &'a Attributes,
}

/// The role of a dimension among the variables of its dataset: by the attributes of its
/// coordinate variable, else by those of latitudes, longitudes and times that extend along
/// it, else by its name.
///
/// ```
/// use zarrio_chunking::{Labelled, Role, roles};
/// use zarrio_model::Attributes;
///
/// let rows_and_columns = ["line".to_string(), "sample".to_string()];
/// let attributes = |units: &str| {
///     Attributes::from_iter([("units".to_string(), units.into())])
/// };
/// let (north, east) = (attributes("degrees_north"), attributes("degrees_east"));
/// let variables = [("latitude", &north), ("longitude", &east)].map(|(name, attributes)| {
///     Labelled { name, dimensions: &rows_and_columns, attributes }
/// });
/// assert_eq!(roles(&["line", "sample", "band"], &variables), [Role::Y, Role::X, Role::Other]);
/// ```
#[must_use]
pub fn roles(dimensions: &[&str], variables: &[Labelled<'_>]) -> Vec<Role> {
    let told: Vec<(&Labelled<'_>, Role)> = variables
        .iter()
        .filter_map(|variable| Some((variable, Role::from_attributes(variable.attributes)?)))
        .collect();
    let role = |name: &&str| {
        own_coordinate(name, &told)
            .or_else(|| auxiliary(name, &told))
            .unwrap_or_else(|| Role::from_name(name))
    };
    dimensions.iter().map(role).collect()
}

fn own_coordinate(dimension: &str, told: &[(&Labelled<'_>, Role)]) -> Option<Role> {
    told.iter()
        .find(|(variable, _)| {
            variable.name == dimension && matches!(variable.dimensions, [only] if only == dimension)
        })
        .map(|(_, role)| *role)
}

/// The role that a dimension has for latitudes, longitudes and times of other names.
fn auxiliary(dimension: &str, told: &[(&Labelled<'_>, Role)]) -> Option<Role> {
    let of = |wanted: Role| {
        move |(variable, role): &&(&Labelled<'_>, Role)| {
            *role == wanted && variable.dimensions.iter().any(|name| name == dimension)
        }
    };
    // A time beside places labels the places.
    let placed = told
        .iter()
        .filter(of(Role::Y))
        .find(|(v, _)| v.dimensions.len() <= 2);
    let Some((latitude, _)) = placed else {
        let mut along = told
            .iter()
            .filter(of(Role::X))
            .chain(told.iter().filter(of(Role::Time)));
        let one = along.find(|(variable, _)| variable.dimensions.len() == 1);
        return one.map(|(_, role)| *role);
    };
    let [first, ..] = latitude.dimensions else {
        return None;
    };
    let with_longitude = told
        .iter()
        .any(|(v, role)| *role == Role::X && v.dimensions == latitude.dimensions);
    match (latitude.dimensions.len(), with_longitude) {
        // Places in a row, such as stations.
        (1, true) => Some(Role::X),
        (1, false) => Some(Role::Y),
        _ if own_coordinate(dimension, told).is_some() => None,
        (_, true) if first == dimension => Some(Role::Y),
        (_, true) => Some(Role::X),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(pairs: &[(&str, &str)]) -> Attributes {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect()
    }

    #[test]
    fn attributes_go_before_names() {
        let check = |pairs: &[(&str, &str)], role| {
            assert_eq!(Role::from_attributes(&attributes(pairs)), role, "{pairs:?}");
        };
        check(&[("axis", "T")], Some(Role::Time));
        check(
            &[("axis", "Z"), ("units", "degrees_north")],
            Some(Role::Vertical),
        );
        check(&[("units", "hours since 2000-01-01")], Some(Role::Time));
        check(&[("units", "degree_N")], Some(Role::Y));
        check(&[("units", "hPa")], Some(Role::Vertical));
        check(
            &[("positive", "down"), ("units", "m")],
            Some(Role::Vertical),
        );
        check(&[("standard_name", "ocean_s_coordinate_g1")], None);
        check(
            &[("standard_name", "atmosphere_sigma_coordinate")],
            Some(Role::Vertical),
        );
        check(&[("units", "K")], None);

        let own = ["step".to_owned()];
        let level = attributes(&[("axis", "Z")]);
        let variable = Labelled {
            name: "step",
            dimensions: &own,
            attributes: &level,
        };
        assert_eq!(
            roles(&["step", "TIME", "nv"], &[variable]),
            [Role::Vertical, Role::Time, Role::Other]
        );
    }

    #[test]
    fn places_in_a_row_are_x() {
        let obs = ["obs".to_owned()];
        let (north, east, time) = (
            attributes(&[("units", "degrees_north")]),
            attributes(&[("units", "degrees_east")]),
            attributes(&[("units", "days since 1950-01-01")]),
        );
        let variable = |name, attributes| Labelled {
            name,
            dimensions: &obs,
            attributes,
        };
        let all = [
            variable("a", &time),
            variable("b", &north),
            variable("c", &east),
        ];
        assert_eq!(roles(&["obs"], &all), [Role::X]);
        assert_eq!(roles(&["obs"], &all[..1]), [Role::Time]);
        assert_eq!(roles(&["obs"], &all[..2]), [Role::Y]);
    }
}
