//! What attributes say about the roles of variables.

use std::collections::{HashMap, HashSet};

use zarrio_model::time::{TimeCoding, TimeError, TimeUnits};
use zarrio_model::{DatasetSchema, NodePath, VariableSchema, cf};

/// A dataset with the roles of its variables.
#[derive(Debug)]
pub(crate) struct Roles<'a> {
    schema: &'a DatasetSchema,
    /// What bounds variables bound.
    parents: HashMap<&'a NodePath, &'a VariableSchema>,
    /// Variables that others name as their coordinates, and those of their own dimension.
    coordinates: HashSet<&'a NodePath>,
    /// Variables whose attributes describe projections.
    projections: HashSet<&'a NodePath>,
    /// Variables that others name as the sizes of their cells.
    cell_measures: HashSet<&'a NodePath>,
    /// Variables of the formulas of vertical coordinates, but for those that are fields there.
    coefficients: HashSet<&'a NodePath>,
}

/// What the numbers of a variable stand for.
#[derive(Debug)]
pub(crate) enum Meaning<'a> {
    /// Times.
    Time(TimeCoding),
    /// Times in units that cannot be computed with, such as months.
    UnreadableTime {
        units: &'a str,
        calendar: Option<&'a str>,
        error: TimeError,
    },
    /// A quantity in these units, if any.
    Quantity(Option<&'a str>),
}

impl Meaning<'_> {
    /// Whether both are times in the same units that cannot be computed with.
    pub(super) fn is_as_unreadable_as(&self, other: &Self) -> bool {
        let unreadable = |meaning: &Self| match *meaning {
            Meaning::UnreadableTime {
                units, calendar, ..
            } => Some((units, calendar)),
            _ => None,
        };
        unreadable(self).is_some_and(|own| unreadable(other) == Some(own))
    }
}

impl<'a> Roles<'a> {
    pub(crate) fn new(schema: &'a DatasetSchema) -> Self {
        let mut roles = Self {
            schema,
            parents: HashMap::new(),
            coordinates: HashSet::new(),
            projections: HashSet::new(),
            cell_measures: HashSet::new(),
            coefficients: HashSet::new(),
        };
        for group in schema.groups() {
            let mut name_all = |naming: &str, texts: &'a str, by: Option<&'a VariableSchema>| {
                // `grid_mapping` may be `crs: x y`: only the first is then a projection.
                let listed = texts.contains(':');
                for word in texts.split_whitespace() {
                    let name = word.trim_end_matches(':');
                    if let Some(found) = schema.in_scope(&group.path, name, |_| true) {
                        roles.coordinates.insert(&found.path);
                        match (by, naming) {
                            (Some(by), "bounds" | "climatology") => {
                                roles.parents.insert(&found.path, by);
                            }
                            (_, "grid_mapping") if !listed || name != word => {
                                roles.projections.insert(&found.path);
                            }
                            _ => {}
                        }
                    }
                }
            };
            if let Some(texts) = group.attributes.text("coordinates") {
                name_all("coordinates", texts, None);
            }
            for variable in &group.variables {
                for naming in cf::NAMING {
                    if let Some(texts) = variable.attributes.text(naming) {
                        name_all(naming, texts, Some(variable));
                    }
                }
            }
        }
        for variable in schema.variables() {
            if variable.is_dimension_coordinate() {
                roles.coordinates.insert(&variable.path);
            }
            let measures = terms(schema, variable, cf::CELL_MEASURES);
            roles.cell_measures.extend(measures.map(|(_, path)| path));
            let terms = terms(schema, variable, cf::FORMULA_TERMS);
            let others = terms.filter(|(term, _)| !cf::FIELD_TERMS.contains(term));
            roles.coefficients.extend(others.map(|(_, path)| path));
        }
        roles
    }

    /// The coordinate variable of a dimension of a variable. A dimension of the same name and
    /// another length is another one.
    pub(super) fn coordinate_of(
        &self,
        variable: &VariableSchema,
        dimension: &str,
        length: u64,
    ) -> Option<&'a VariableSchema> {
        let group = variable.path.parent();
        self.schema.in_scope(&group, dimension, |found| {
            found.is_dimension_coordinate() && found.shape == [length]
        })
    }

    /// Whether the dimension of a variable is unlimited, in the nearest group that has it.
    pub(super) fn is_unlimited(&self, variable: &VariableSchema, dimension: &str) -> bool {
        let declared = self.schema.declared(&variable.path, dimension);
        declared.is_some_and(|(_, dimension)| dimension.unlimited)
    }

    /// Whether a variable says where others lie.
    pub(crate) fn is_coordinate(&self, path: &NodePath) -> bool {
        self.coordinates.contains(path)
    }

    /// Whether a variable has the sizes of cells.
    pub(crate) fn is_cell_measure(&self, path: &NodePath) -> bool {
        self.cell_measures.contains(path)
    }

    /// Whether the formula of a vertical coordinate takes a variable as a coefficient.
    pub(crate) fn is_coefficient(&self, path: &NodePath) -> bool {
        self.coefficients.contains(path)
    }

    /// The dataset that has the variables.
    pub(crate) fn schema(&self) -> &'a DatasetSchema {
        self.schema
    }

    /// Whether the attributes of a variable describe a projection.
    pub(super) fn is_projection(&self, path: &NodePath) -> bool {
        self.projections.contains(path)
    }

    /// What the numbers of a variable stand for. Bounds without units have those of what
    /// they bound (CF 7.1).
    pub(crate) fn meaning(&self, variable: &'a VariableSchema) -> Meaning<'a> {
        let parent = self.parents.get(&variable.path).copied();
        let text = |name| {
            let own = variable.attributes.text(name);
            own.or_else(|| parent.and_then(|parent| parent.attributes.text(name)))
        };
        match text("units") {
            Some(units) if TimeUnits::is_time(units) => {
                let calendar = text("calendar");
                match TimeCoding::parse(units, calendar) {
                    Ok(coding) => Meaning::Time(coding),
                    Err(error) => Meaning::UnreadableTime {
                        units,
                        calendar,
                        error,
                    },
                }
            }
            units => Meaning::Quantity(units),
        }
    }
}

/// The variables that an attribute such as `a: a b: b` names, each with its term.
fn terms<'a>(
    schema: &'a DatasetSchema,
    variable: &'a VariableSchema,
    attribute: &str,
) -> impl Iterator<Item = (&'a str, &'a NodePath)> {
    let text = variable.attributes.text(attribute).unwrap_or_default();
    let mut term = "";
    text.split_whitespace().filter_map(move |word| {
        if let Some(next) = word.strip_suffix(':') {
            term = next;
            return None;
        }
        let found = schema.in_scope(&variable.path.parent(), word, |_| true)?;
        Some((term, &found.path))
    })
}
