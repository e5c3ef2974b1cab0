#![allow(
    unreachable_pub,
    missing_docs,
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests"
)]
//! A source in memory with the values that it was given.

use std::collections::HashMap;
use std::path::PathBuf;

use zarrio_model::{
    AttributeValue, DataType, DatasetSchema, Dimension, GroupSchema, NativeLayout, NodePath,
    Region, Source, SourceError, SourceIdentity, StoredPart, UnsupportedVariable, VariableSchema,
};

/// The values of a variable.
#[derive(Debug, Clone)]
pub enum Data {
    I8(Vec<i8>),
    I16(Vec<i16>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    U8(Vec<u8>),
    U64(Vec<u64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    Text(Vec<&'static str>),
    /// Reading it fails the test.
    Unread(DataType),
}

impl Data {
    fn data_type(&self) -> DataType {
        match self {
            Self::I8(_) => DataType::Int8,
            Self::I16(_) => DataType::Int16,
            Self::I32(_) => DataType::Int32,
            Self::I64(_) => DataType::Int64,
            Self::U8(_) => DataType::UInt8,
            Self::U64(_) => DataType::UInt64,
            Self::F32(_) => DataType::Float32,
            Self::F64(_) => DataType::Float64,
            Self::Text(_) => DataType::String,
            Self::Unread(data_type) => *data_type,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Text(v) => v.len(),
            Self::Unread(_) => 0,
            other => other.bytes().len() / other.data_type().size().unwrap(),
        }
    }

    pub fn width(&self) -> usize {
        self.data_type().size().unwrap()
    }

    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::I8(v) => bytemuck::cast_slice(v).to_vec(),
            Self::I16(v) => bytemuck::cast_slice(v).to_vec(),
            Self::I32(v) => bytemuck::cast_slice(v).to_vec(),
            Self::I64(v) => bytemuck::cast_slice(v).to_vec(),
            Self::U8(v) => v.clone(),
            Self::U64(v) => bytemuck::cast_slice(v).to_vec(),
            Self::F32(v) => bytemuck::cast_slice(v).to_vec(),
            Self::F64(v) => bytemuck::cast_slice(v).to_vec(),
            Self::Text(_) | Self::Unread(_) => panic!("{self:?} was read"),
        }
    }
}

/// A dataset under construction and in use.
#[derive(Debug)]
pub struct Given {
    schema: DatasetSchema,
    identity: SourceIdentity,
    data: HashMap<NodePath, Data>,
    unwritten: Vec<NodePath>,
}

impl Given {
    pub fn new(name: &str) -> Self {
        Self {
            schema: DatasetSchema::default(),
            identity: SourceIdentity {
                path: PathBuf::from(name),
                size: 1,
                modified: None,
                version: None,
            },
            data: HashMap::new(),
            unwritten: Vec::new(),
        }
    }

    /// Adds a variable, with its attributes.
    pub fn with(
        mut self,
        name: &str,
        dimensions: &[(&str, u64)],
        data: Data,
        attributes: &[(&str, AttributeValue)],
    ) -> Self {
        let path = NodePath::parse(name);
        let shape: Vec<u64> = dimensions.iter().map(|d| d.1).collect();
        if !matches!(data, Data::Unread(_)) {
            assert_eq!(data.len() as u64, shape.iter().product::<u64>(), "{name}");
        }
        let group = self.group(&path.parent());
        for (name, length) in dimensions {
            if !group.dimensions.iter().any(|d| d.name == *name) {
                group.dimensions.push(Dimension {
                    name: (*name).to_owned(),
                    length: *length,
                    unlimited: false,
                });
            }
        }
        group.variables.push(VariableSchema {
            path: path.clone(),
            data_type: data.data_type(),
            dimensions: dimensions.iter().map(|d| d.0.to_owned()).collect(),
            shape,
            attributes: attributes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            layout: NativeLayout::default(),
        });
        self.data.insert(path, data);
        self
    }

    /// The root, or a group in it.
    fn group(&mut self, path: &NodePath) -> &mut GroupSchema {
        if path.is_root() {
            return &mut self.schema.root;
        }
        let groups = &mut self.schema.root.groups;
        if !groups.iter().any(|group| group.path == *path) {
            groups.push(GroupSchema {
                path: path.clone(),
                ..GroupSchema::default()
            });
        }
        groups.iter_mut().find(|group| group.path == *path).unwrap()
    }

    /// Adds a coordinate variable of its own dimension.
    pub fn axis(self, name: &str, data: Data, units: &str) -> Self {
        let length = data.len() as u64;
        let units = AttributeValue::from(units);
        let units = [("units", units)];
        let units = if units[0].1.as_text() == Some("") {
            &[][..]
        } else {
            &units[..]
        };
        self.with(name, &[(name, length)], data, units)
    }

    /// Adds a variable of the type that nothing may read.
    pub fn field(self, name: &str, dimensions: &[(&str, u64)]) -> Self {
        let units = AttributeValue::from("K");
        let data = Data::Unread(DataType::Float32);
        self.with(name, dimensions, data, &[("units", units)])
    }

    /// Sets an attribute of a variable.
    pub fn attribute(
        mut self,
        variable: &str,
        name: &str,
        value: impl Into<AttributeValue>,
    ) -> Self {
        let mut variables = self.schema.root.variables.iter_mut();
        let found = variables.find(|v| v.name() == variable).unwrap();
        found.attributes.set(name, value);
        self
    }

    /// Makes a dimension unlimited.
    pub fn unlimited(mut self, name: &str) -> Self {
        let mut dimensions = self.schema.root.dimensions.iter_mut();
        dimensions.find(|d| d.name == name).unwrap().unlimited = true;
        self
    }

    /// Says that no chunk of a variable is stored.
    pub fn unwritten(mut self, name: &str) -> Self {
        self.unwritten.push(NodePath::parse(name));
        self
    }

    /// Adds a variable of a type that cannot be carried.
    pub fn unsupported(mut self, name: &str) -> Self {
        self.schema.root.unsupported.push(UnsupportedVariable {
            path: NodePath::parse(name),
            declared_type: "bool".into(),
            reason: "this type cannot be carried".into(),
        });
        self
    }

    fn indices(&self, variable: &NodePath, region: &Region) -> Vec<usize> {
        let shape = &self.schema.variable(variable).unwrap().shape;
        assert!(region.fits(shape), "{region} in {shape:?}");
        let mut indices = vec![0];
        for (range, &length) in region.ranges().iter().zip(shape) {
            let each = |i: &usize| {
                let start = i * length as usize;
                range.clone().map(move |p| start + p as usize)
            };
            indices = indices.iter().flat_map(each).collect();
        }
        indices
    }
}

impl Source for Given {
    fn schema(&self) -> &DatasetSchema {
        &self.schema
    }

    fn identity(&self) -> &SourceIdentity {
        &self.identity
    }

    fn read(
        &self,
        variable: &NodePath,
        region: &Region,
        out: &mut [u8],
    ) -> Result<(), SourceError> {
        let data = &self.data[variable];
        let (bytes, size) = (data.bytes(), data.data_type().size().unwrap());
        let indices = self.indices(variable, region);
        assert_eq!(out.len(), indices.len() * size);
        for (out, i) in out.chunks_exact_mut(size).zip(indices) {
            out.copy_from_slice(&bytes[i * size..(i + 1) * size]);
        }
        Ok(())
    }

    fn read_text(&self, variable: &NodePath, region: &Region) -> Result<Vec<String>, SourceError> {
        let Data::Text(texts) = &self.data[variable] else {
            panic!("{variable} is no text");
        };
        let indices = self.indices(variable, region);
        Ok(indices.into_iter().map(|i| texts[i].to_owned()).collect())
    }

    fn stored_parts(
        &self,
        variable: &NodePath,
        _region: &Region,
    ) -> Result<Option<Vec<StoredPart>>, SourceError> {
        let shape = &self.schema.variable(variable).unwrap().shape;
        Ok(Some(vec![StoredPart {
            region: Region::full(shape),
            stored: !self.unwritten.contains(variable),
        }]))
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        Ok(())
    }
}
