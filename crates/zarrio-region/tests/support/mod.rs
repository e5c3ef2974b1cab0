#![allow(
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests"
)]
//! A source in memory whose every value follows from its position.

use std::path::PathBuf;

use zarrio_model::{
    AttributeValue, DataType, DatasetSchema, Dimension, GroupSchema, NativeLayout, NodePath,
    Region, Source, SourceError, SourceErrorKind, SourceIdentity, VariableSchema,
};

/// Values count the elements of each variable: element `i` is `i` in the variable's type,
/// text `i` is `t<i>`.
#[derive(Debug)]
pub struct Counting {
    pub schema: DatasetSchema,
    pub identity: SourceIdentity,
    /// Reading this variable fails.
    pub broken: Option<NodePath>,
    /// It may be asked for parts.
    pub is_near: bool,
}

impl Counting {
    pub fn new(variables: Vec<VariableSchema>) -> Self {
        let mut root = GroupSchema::default();
        root.attributes.set("title", "counting");
        for variable in variables {
            for (name, &length) in variable.dimensions.iter().zip(&variable.shape) {
                if !root.dimensions.iter().any(|d| d.name == *name) {
                    let name = name.clone();
                    root.dimensions.push(Dimension {
                        name,
                        length,
                        unlimited: false,
                    });
                }
            }
            root.variables.push(variable);
        }
        let schema = DatasetSchema {
            format: "counting".into(),
            root,
            notes: vec![],
        };
        let identity = SourceIdentity {
            path: PathBuf::from("counting.nc"),
            size: 1234,
            modified: Some(std::time::UNIX_EPOCH),
            version: None,
        };
        Self {
            schema,
            identity,
            broken: None,
            is_near: false,
        }
    }

    pub fn value(&self, variable: &NodePath, index: u64) -> Vec<u8> {
        match self.schema.variable(variable).unwrap().data_type {
            DataType::Int16 => (index as i16).to_ne_bytes().to_vec(),
            DataType::Float32 => (index as f32).to_ne_bytes().to_vec(),
            DataType::Float64 => (index as f64).to_ne_bytes().to_vec(),
            DataType::UInt8 => vec![index as u8],
            other => panic!("no counting in {other}"),
        }
    }

    fn indices(&self, variable: &NodePath, region: &Region) -> Vec<u64> {
        let shape = &self.schema.variable(variable).unwrap().shape;
        assert!(region.fits(shape), "{region} in {shape:?}");
        let mut indices = vec![0];
        for (range, &length) in region.ranges().iter().zip(shape) {
            indices = indices
                .iter()
                .flat_map(|i| range.clone().map(move |p| i * length + p))
                .collect();
        }
        indices
    }

    fn check(&self, variable: &NodePath) -> Result<(), SourceError> {
        if self.broken.as_ref() == Some(variable) {
            let error = SourceError::new(SourceErrorKind::Invalid, "counting.nc", "it is broken");
            return Err(error.variable(variable));
        }
        Ok(())
    }
}

impl Source for Counting {
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
        self.check(variable)?;
        let bytes: Vec<u8> = self
            .indices(variable, region)
            .iter()
            .flat_map(|i| self.value(variable, *i))
            .collect();
        out.copy_from_slice(&bytes);
        Ok(())
    }

    fn prefers_whole(&self, _variable: &NodePath) -> bool {
        !self.is_near
    }

    fn read_text(&self, variable: &NodePath, region: &Region) -> Result<Vec<String>, SourceError> {
        self.check(variable)?;
        Ok(self
            .indices(variable, region)
            .iter()
            .map(|i| format!("t{i}"))
            .collect())
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        Ok(())
    }
}

/// A variable over dimensions `d0`, `d1`, … whose names carry their lengths.
pub fn variable(
    path: &str,
    data_type: DataType,
    shape: &[u64],
    chunks: Option<&[u64]>,
) -> VariableSchema {
    let mut variable = VariableSchema {
        path: NodePath::parse(path),
        data_type,
        dimensions: shape
            .iter()
            .enumerate()
            .map(|(i, n)| format!("d{i}_{n}"))
            .collect(),
        shape: shape.to_vec(),
        attributes: Default::default(),
        layout: NativeLayout {
            chunks: chunks.map(<[u64]>::to_vec),
            ..NativeLayout::default()
        },
    };
    variable
        .attributes
        .set("long_name", format!("variable {path}"));
    variable
        .attributes
        .set("valid_min", AttributeValue::Float32(vec![0.1]));
    variable
}
