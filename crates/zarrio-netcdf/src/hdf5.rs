//! NetCDF-4, which is HDF5, without a C library.
//!
//! The formats of HDF5's metadata are parsed by `hdf5-reader` as far as it goes; object
//! headers, links, attributes and types are taken apart here, so that one attribute of an
//! unknown type does not make a file unreadable. What NetCDF makes of it follows netCDF-C.
//! Data are read by positioned reads and decoded on the current rayon pool, without a lock.

mod array;
mod attribute;
mod datatype;
mod describe;
mod dimensions;
mod fault;
mod file;
mod filters;
mod header;
mod heap;
mod index;
mod links;
mod read;
mod scatter;
#[cfg(test)]
mod tests;
mod value;
mod variable;
mod walk;

use std::collections::HashMap;

use zarrio_model::{
    DatasetSchema, Dimension, GroupSchema, NodePath, Region, Source, SourceError, SourceErrorKind,
    SourceIdentity,
};

use crate::axes::Axes;
use crate::data::Input;
use crate::identity::Identity;
use datatype::Class;
use fault::{Fault, Outcome};
use file::HdfFile;
use variable::Variable;
use walk::Contents;

/// A NetCDF-4 or HDF5 file.
#[derive(Debug)]
pub(crate) struct Hdf5Source {
    file: HdfFile,
    schema: DatasetSchema,
    variables: HashMap<NodePath, Variable>,
    identity: Identity,
}

impl Hdf5Source {
    /// Reads the metadata of a file.
    ///
    /// # Errors
    /// When the file cannot be opened, breaks the format, or uses what is not known here.
    pub(crate) fn open(input: &Input) -> Result<Self, SourceError> {
        let (data, identity) = input.open()?;
        let path = input.path();
        let file = HdfFile::new(data, identity.public.size).map_err(|fault| fault.at(path))?;
        let (schema, variables) = build(&file).map_err(|fault| fault.at(path))?;
        Ok(Self {
            file,
            schema,
            variables,
            identity,
        })
    }

    /// The variable, if it is text or not as asked and the region lies within it.
    fn find(
        &self,
        path: &NodePath,
        region: &Region,
        output: Option<usize>,
    ) -> Result<&Variable, SourceError> {
        let request = |message: &str| {
            let file = &self.identity.public.path;
            Err(SourceError::new(SourceErrorKind::Request, file, message).variable(path))
        };
        let (Some(variable), Some(schema)) = (self.variables.get(path), self.schema.variable(path))
        else {
            return request("there is no such variable");
        };
        let output = match (output, schema.data_type.size()) {
            (Some(length), Some(size)) => Some((size, length)),
            (None, None) => None,
            (Some(_), None) => return request("it is text, and was asked for numbers"),
            (None, Some(_)) => return request("it is numbers, and was asked for text"),
        };
        self.identity
            .check_request(path, &schema.shape, region, output)?;
        Ok(variable)
    }

    fn error(&self, fault: Fault, variable: &NodePath) -> SourceError {
        fault.at(&self.identity.public.path).variable(variable)
    }
}

impl Source for Hdf5Source {
    fn schema(&self) -> &DatasetSchema {
        &self.schema
    }

    fn identity(&self) -> &SourceIdentity {
        &self.identity.public
    }

    fn read(
        &self,
        variable: &NodePath,
        region: &Region,
        out: &mut [u8],
    ) -> Result<(), SourceError> {
        let found = self.find(variable, region, Some(out.len()))?;
        found
            .numbers(&self.file, region, out)
            .map_err(|fault| self.error(fault, variable))
    }

    fn prefers_whole(&self, _variable: &NodePath) -> bool {
        self.file.is_remote()
    }

    fn read_text(&self, variable: &NodePath, region: &Region) -> Result<Vec<String>, SourceError> {
        let found = self.find(variable, region, None)?;
        found
            .texts(&self.file, region)
            .map_err(|fault| self.error(fault, variable))
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        self.identity.check_unchanged()
    }
}

/// The schema of a file, and what reading its variables takes.
fn build(file: &HdfFile) -> Outcome<(DatasetSchema, HashMap<NodePath, Variable>)> {
    let mut contents = walk::contents(file)?;
    let assigned = dimensions::assign(&mut contents);
    let Contents {
        groups,
        mut dimensions,
        variables: raw,
        mut notes,
        ..
    } = contents;

    let mut schemas: Vec<GroupSchema> = groups
        .iter()
        .map(|group| GroupSchema {
            path: group.path.clone(),
            attributes: group.attributes.clone(),
            unsupported: group.unsupported.clone(),
            ..GroupSchema::default()
        })
        .collect();
    let mut axes = Axes::new();
    for (raw, indices) in raw.iter().zip(&assigned) {
        if let Some(group) = groups.get(raw.group) {
            let is_char = raw.datatype.class == Class::Char;
            axes.add(group.path.join(&raw.name), is_char, indices);
        }
    }
    let mut variables = HashMap::new();
    let mut sizes = describe::ChunkSizes::new();
    let readable = raw
        .into_iter()
        .zip(assigned)
        .filter(|(raw, _)| !raw.is_unsupported);
    for (raw, indices) in readable {
        let of_indices = || indices.iter().filter_map(|&index| dimensions.get(index));
        let Some(group) = schemas.get_mut(raw.group) else {
            continue;
        };
        let path = group.path.join(&raw.name);
        let last_is_length = indices.last().is_some_and(|&index| {
            let declared = dimensions.get(index);
            let place = declared.and_then(|dim| Some((dim, groups.get(dim.group)?)));
            place.is_some_and(|(dim, group)| {
                axes.is_text_length(&path, index, &group.path, &dim.name)
            })
        });
        let dims = variable::Dimensions {
            names: of_indices().map(|dim| dim.name.clone()).collect(),
            lengths: of_indices().map(|dim| dim.length).collect(),
            last_is_text_length: last_is_length,
        };
        let (variable, mut schema) = Variable::new(file, raw, path.clone(), dims, &mut notes)
            .map_err(|fault| fault.within(&format!("variable {:?}", path.as_str())))?;
        if let Ok(array) = variable.array()
            && let Some(bytes) = sizes.of(file, array)
        {
            schema.layout.stored_bytes = Some(bytes);
        }
        group.variables.push(schema);
        variables.insert(path, variable);
    }
    dimensions.sort_by_key(|dim| dim.number);
    for dim in dimensions {
        if let Some(group) = schemas.get_mut(dim.group) {
            let (name, length, unlimited) = (dim.name, dim.length, dim.unlimited);
            group.dimensions.push(Dimension {
                name,
                length,
                unlimited,
            });
        }
    }
    // From the last to the first, so that every group is complete when its parent takes it.
    while let Some(mut schema) = schemas.pop() {
        schema.groups.reverse();
        match groups.get(schemas.len()).and_then(|group| group.parent) {
            Some(parent) => {
                if let Some(parent) = schemas.get_mut(parent) {
                    parent.groups.push(schema);
                }
            }
            None => {
                return Ok((
                    DatasetSchema {
                        format: "NetCDF-4".to_owned(),
                        root: schema,
                        notes,
                    },
                    variables,
                ));
            }
        }
    }
    Err(Fault::invalid("it has no root group"))
}
