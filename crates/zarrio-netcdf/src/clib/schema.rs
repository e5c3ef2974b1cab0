//! What a file contains, as the library tells it.

use std::collections::HashMap;
use std::ffi::c_int;

use netcdf_sys as nc;
use zarrio_model::{
    DataType, DatasetSchema, Dimension, GroupSchema, NativeLayout, NodePath, SourceError,
    UnsupportedVariable, VariableSchema,
};

use super::ffi::{File, GroupId, VariableId};
use super::types::{self, Declared};
use super::{Slot, Values, errors};
use crate::axes::Axes;
use crate::chars;

/// Groups deeper than this are no dataset but an attack on the stack.
const MAX_DEPTH: usize = 64;

/// Walks the groups of a file.
pub(super) struct Reader<'a> {
    pub(super) file: &'a File,
    pub(super) errors: errors::Context<'a>,
    pub(super) axes: Axes<c_int>,
    /// The group of each dimension.
    pub(super) declared_in: HashMap<c_int, NodePath>,
    pub(super) slots: HashMap<NodePath, Slot>,
    pub(super) notes: Vec<String>,
}

impl Reader<'_> {
    pub(super) fn dataset(&mut self) -> Result<DatasetSchema, SourceError> {
        let format = match self.errors.check(self.file.format())? {
            nc::NC_FORMAT_CLASSIC => "NetCDF classic (CDF-1)",
            nc::NC_FORMAT_64BIT_OFFSET => "NetCDF classic (CDF-2)",
            nc::NC_FORMAT_64BIT_DATA => "NetCDF classic (CDF-5)",
            _ => "NetCDF-4",
        };
        self.uses(self.file.root(), &NodePath::root(), 0)?;
        let root = self.group(self.file.root(), NodePath::root())?;
        Ok(DatasetSchema {
            format: format.to_owned(),
            root,
            notes: std::mem::take(&mut self.notes),
        })
    }

    /// Finds out what the dimensions of a group and of those within it are used for.
    fn uses(&mut self, id: GroupId, path: &NodePath, depth: usize) -> Result<(), SourceError> {
        if depth > MAX_DEPTH {
            return Err(self.errors.invalid(format!(
                "group {:?} lies more than {MAX_DEPTH} levels deep",
                path.as_str()
            )));
        }
        for dimension in self.errors.check(self.file.dimensions(id))? {
            self.declared_in.insert(dimension, path.clone());
        }
        for variable in self.errors.check(self.file.variables(id))? {
            let variable = self.errors.check(self.file.declaration(variable))?;
            let name = path.join(&self.errors.name(variable.name)?);
            let is_char = variable.type_id == nc::NC_CHAR;
            self.axes.add(name, is_char, &variable.dimensions);
        }
        for (child, path) in self.children(id, path)? {
            self.uses(child, &path, depth + 1)?;
        }
        Ok(())
    }

    /// The groups in a group.
    fn children(
        &self,
        id: GroupId,
        path: &NodePath,
    ) -> Result<Vec<(GroupId, NodePath)>, SourceError> {
        // A classic file has no groups, and says so with an error.
        let children = self.file.groups(id).unwrap_or_default();
        let named = |child| {
            let name = self.errors.check(self.file.group_name(child))?;
            Ok((child, path.join(&self.errors.name(name)?)))
        };
        children.into_iter().map(named).collect()
    }

    fn group(&mut self, id: GroupId, path: NodePath) -> Result<GroupSchema, SourceError> {
        let mut group = GroupSchema {
            path,
            ..GroupSchema::default()
        };
        group.dimensions = self.dimensions(id)?;
        let (attributes, left_out) =
            self.errors
                .check(types::attributes(self.file, id, id.global()))?;
        group.attributes = attributes;
        self.note_attributes(&group.path, left_out);
        for variable in self.errors.check(self.file.variables(id))? {
            self.variable(id, variable, &mut group)?;
        }
        for (child, path) in self.children(id, &group.path)? {
            group.groups.push(self.group(child, path)?);
        }
        Ok(group)
    }

    fn dimensions(&self, group: GroupId) -> Result<Vec<Dimension>, SourceError> {
        let unlimited = self.errors.check(self.file.unlimited(group))?;
        let mut dimensions = Vec::new();
        for id in self.errors.check(self.file.dimensions(group))? {
            let (name, length) = self.errors.check(self.file.dimension(group, id))?;
            let name = self.errors.name(name)?;
            dimensions.push(Dimension {
                name,
                length,
                unlimited: unlimited.contains(&id),
            });
        }
        Ok(dimensions)
    }

    fn variable(
        &mut self,
        group_id: GroupId,
        id: VariableId,
        group: &mut GroupSchema,
    ) -> Result<(), SourceError> {
        let declaration = self.errors.check(self.file.declaration(id))?;
        let path = group.path.join(&self.errors.name(declaration.name)?);
        let mut variable = VariableSchema {
            path: path.clone(),
            data_type: DataType::UInt8,
            dimensions: Vec::new(),
            shape: Vec::new(),
            attributes: zarrio_model::Attributes::new(),
            layout: NativeLayout::default(),
        };
        let declared = types::resolve(self.file, group_id, declaration.type_id);
        let values = match self.errors.check(declared)? {
            Declared::Number(data_type) => Values::Numbers(data_type),
            Declared::Char => Values::Bytes,
            Declared::String => Values::Strings,
            Declared::Enum {
                base,
                name,
                members,
            } => {
                variable.layout.declared_type = Some(format!("enum {name}"));
                variable.attributes = members;
                Values::Numbers(base)
            }
            Declared::Unsupported { declared, reason } => {
                group.unsupported.push(UnsupportedVariable {
                    path,
                    declared_type: declared,
                    reason: reason.to_owned(),
                });
                return Ok(());
            }
        };
        let last = declaration.dimensions.last().copied();
        for dimension in declaration.dimensions {
            let (name, length) = self
                .errors
                .check(self.file.dimension(group_id, dimension))?;
            variable.dimensions.push(self.errors.name(name)?);
            variable.shape.push(length);
        }
        self.variable_attributes(group_id, id, &mut variable)?;
        self.layout(id, &mut variable)?;
        let slot = self.slot(id, values, last, &mut variable)?;
        self.slots.insert(path, slot);
        group.variables.push(variable);
        Ok(())
    }

    /// Adds the attributes of the file; what it says itself of an enumeration holds.
    fn variable_attributes(
        &mut self,
        group: GroupId,
        id: VariableId,
        variable: &mut VariableSchema,
    ) -> Result<(), SourceError> {
        let (attributes, left_out) = self.errors.check(types::attributes(self.file, group, id))?;
        self.note_attributes(&variable.path, left_out);
        let members = std::mem::replace(&mut variable.attributes, attributes);
        for (name, value) in members.iter() {
            if variable.attributes.get(name).is_none() {
                variable.attributes.set(name, value.clone());
            }
        }
        Ok(())
    }

    fn layout(&self, id: VariableId, variable: &mut VariableSchema) -> Result<(), SourceError> {
        let layout = &mut variable.layout;
        let chunks = self.file.chunks(id, variable.shape.len());
        layout.chunks = self.errors.check(chunks)?;
        if layout.chunks.is_none() {
            return Ok(());
        }
        // Filters are told for people to read: what the library does not tell is left out.
        let filters = self.file.filters(id).unwrap_or_default();
        layout.codecs = filters
            .iter()
            .map(|(id, values)| filter_name(*id, values))
            .collect();
        Ok(())
    }

    /// Decides how a variable is delivered and how its values are fetched.
    fn slot(
        &mut self,
        id: VariableId,
        values: Values,
        last: Option<c_int>,
        variable: &mut VariableSchema,
    ) -> Result<Slot, SourceError> {
        let mut slot = Slot {
            id,
            values,
            shape: variable.shape.clone(),
        };
        match values {
            Values::Numbers(data_type) => variable.data_type = data_type,
            Values::Strings => variable.data_type = DataType::String,
            Values::Bytes | Values::Rows(_) => {
                let (file, errors, path) = (self.file, self.errors, variable.path.clone());
                let last_is_length = last.is_some_and(|id| {
                    let name = variable.dimensions.last();
                    let place = self.declared_in.get(&id).zip(name);
                    place.is_some_and(|(group, name)| {
                        self.axes.is_text_length(&path, id, group, name)
                    })
                });
                let presented = chars::present(variable, last_is_length, |region, out| {
                    super::fetch(file, &slot, region, out).map_err(|s| errors.at(s, &path))
                })?;
                match presented {
                    Ok(rows) => slot.values = Values::Rows(rows),
                    Err(note) => self.notes.push(note),
                }
            }
        }
        Ok(slot)
    }

    fn note_attributes(&mut self, owner: &NodePath, left_out: Vec<(String, String)>) {
        for (name, declared) in left_out {
            let owner = owner.as_str();
            self.notes.push(format!(
                "attribute {name:?} of {owner:?} is left out: its type is {declared}"
            ));
        }
    }
}

/// A filter for people: `deflate 4`.
fn filter_name(id: u32, parameters: &[u32]) -> String {
    let name = match id {
        1 => "deflate",
        2 => return "shuffle".to_owned(),
        3 => return "fletcher32".to_owned(),
        4 => return "szip".to_owned(),
        5 => return "nbit".to_owned(),
        6 => return "scaleoffset".to_owned(),
        307 => "bzip2",
        32000 => return "lzf".to_owned(),
        32001 => return "blosc".to_owned(),
        32004 => return "lz4".to_owned(),
        32008 => return "bitshuffle".to_owned(),
        32013 => return "zfp".to_owned(),
        32015 => "zstd",
        other => return format!("filter {other}"),
    };
    match parameters.first() {
        Some(level) => format!("{name} {level}"),
        None => name.to_owned(),
    }
}
