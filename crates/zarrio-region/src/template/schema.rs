//! The schema of an archive from that of a file: the same, with another time axis.

use std::collections::{HashMap, HashSet};

use zarrio_model::{
    AttributeValue, DataType, DatasetSchema, GroupSchema, NativeLayout, NodePath, VariableSchema,
};

use super::dimension::TimeDimension;

/// Attributes of a time coordinate that speak of labels or of an encoding that the archive's
/// coordinate does not have.
const OF_LABELS: [&str; 6] = [
    "_FillValue",
    "missing_value",
    "actual_range",
    "valid_range",
    "valid_min",
    "valid_max",
];

/// What changes.
#[derive(Debug)]
pub(crate) struct Changes<'a> {
    /// The dimension that gets another length.
    pub(crate) time: &'a TimeDimension,
    /// The length.
    pub(crate) length: u64,
    /// The units of the labels, where they are not those of the file.
    pub(crate) units: Option<&'a str>,
    /// Missing values that variables get.
    pub(crate) fill: &'a HashMap<NodePath, AttributeValue>,
    /// Dates that cannot be missing.
    pub(crate) dates: &'a HashSet<NodePath>,
    /// Attributes that do not hold for the whole archive, by group or variable.
    pub(crate) left_out: &'a HashSet<(NodePath, String)>,
}

impl Changes<'_> {
    /// The schema with the changes.
    pub(crate) fn apply(&self, schema: &DatasetSchema) -> DatasetSchema {
        let mut schema = schema.clone();
        let mut open = vec![&mut schema.root];
        while let Some(group) = open.pop() {
            self.change_group(group);
            open.extend(group.groups.iter_mut());
        }
        schema
    }

    fn change_group(&self, group: &mut GroupSchema) {
        for (path, name) in self.left_out {
            if *path == group.path {
                group.attributes.remove(name);
            }
        }
        if group.path == self.time.group {
            for dimension in &mut group.dimensions {
                if dimension.name == self.time.name {
                    dimension.length = self.length;
                }
            }
        }
        for variable in &mut group.variables {
            for (path, name) in self.left_out {
                if *path == variable.path {
                    variable.attributes.remove(name);
                }
            }
            if self.time.has(&variable.path) {
                self.lengthen(variable);
            }
        }
    }

    fn lengthen(&self, variable: &mut VariableSchema) {
        for (name, length) in variable.dimensions.iter().zip(&mut variable.shape) {
            if *name == self.time.name {
                *length = self.length;
            }
        }
        let lengths = variable.shape.iter();
        let chunks = variable
            .layout
            .chunks
            .take()
            .filter(|c| c.len() == lengths.len());
        variable.layout = NativeLayout {
            // A file's chunks are as long as its own axis at most, which may be longer.
            chunks: chunks.map(|c| {
                c.iter()
                    .zip(lengths)
                    .map(|(c, n)| *c.min(n).max(&1))
                    .collect()
            }),
            ..NativeLayout::default()
        };
        if variable.path == self.time.coordinate {
            self.recode_labels(variable);
        } else if Some(&variable.path) == self.time.bounds.as_ref() {
            self.recode_bounds(variable);
        }
        if self.dates.contains(&variable.path) {
            variable.attributes.remove("_FillValue");
            variable.attributes.remove("missing_value");
        } else if let Some(value) = self.fill.get(&variable.path) {
            variable.attributes.set("_FillValue", value.clone());
        }
    }

    fn recode_labels(&self, variable: &mut VariableSchema) {
        variable.data_type = DataType::Int64;
        variable.layout = NativeLayout::default();
        for name in OF_LABELS {
            variable.attributes.remove(name);
        }
        if let Some(units) = self.units {
            variable.attributes.set("units", units);
        }
    }

    /// Bounds are in the units of their labels, and mean nothing until they are written.
    fn recode_bounds(&self, variable: &mut VariableSchema) {
        if variable.data_type.is_integer() {
            variable.data_type = DataType::Int64;
            if variable.attributes.get("_FillValue").is_none() {
                let never = AttributeValue::Int64(vec![i64::MIN]);
                variable.attributes.set("_FillValue", never);
            }
        } else if variable.data_type == DataType::Float32 && self.units.is_some() {
            variable.data_type = DataType::Float64;
        }
        if let Some(units) = self.units
            && variable.attributes.get("units").is_some()
        {
            variable.attributes.set("units", units);
        }
    }
}
