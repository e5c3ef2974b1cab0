//! Sources that show parts of one world, in which every value follows from where it lies.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use zarrio_model::{
    AttributeValue, DataType, DatasetSchema, Dimension, GroupSchema, NativeLayout, NodePath,
    Region, Source, SourceError, SourceIdentity, VariableSchema,
};

/// The dimensions of the world and their lengths.
pub const WORLD: [(&str, u64); 3] = [("time", 23), ("lat", 6), ("lon", 5)];

/// The variables with their types and dimensions: coordinates first.
const VARIABLES: [(&str, DataType, &[usize]); 7] = [
    ("time", DataType::Int64, &[0]),
    ("lat", DataType::Float64, &[1]),
    ("lon", DataType::Float32, &[2]),
    ("temperature", DataType::Float32, &[0, 1, 2]),
    ("count", DataType::Int16, &[2, 0]),
    ("remark", DataType::String, &[0, 1]),
    ("mask", DataType::UInt8, &[1, 2]),
];

/// Those that grow, which differ from one edition to another.
pub const GROWING: [&str; 3] = ["temperature", "count", "remark"];

/// What a source shows: some positions of the world along each dimension, in any order, of
/// one edition of its values.
#[derive(Debug, Clone)]
pub struct Part {
    schema: DatasetSchema,
    identity: SourceIdentity,
    positions: [Vec<u64>; 3],
    edition: u64,
    /// A position in the world of `count` with a value that is not its own.
    outlier: Option<([u64; 2], i64)>,
    /// How often `temperature` was read.
    reads: Arc<AtomicUsize>,
}

impl Part {
    /// Everything.
    pub fn whole(edition: u64) -> Self {
        Self::new(WORLD.map(|(_, length)| (0..length).collect()), edition)
    }

    pub fn new(positions: [Vec<u64>; 3], edition: u64) -> Self {
        let mut root = GroupSchema::default();
        for ((name, _), positions) in WORLD.iter().zip(&positions) {
            root.dimensions.push(Dimension {
                name: (*name).to_owned(),
                length: positions.len() as u64,
                unlimited: false,
            });
        }
        for (name, data_type, dimensions) in VARIABLES {
            let shape: Vec<u64> = dimensions
                .iter()
                .map(|d| positions[*d].len() as u64)
                .collect();
            let mut variable = VariableSchema {
                path: NodePath::parse(name),
                data_type,
                dimensions: dimensions.iter().map(|d| WORLD[*d].0.to_owned()).collect(),
                layout: NativeLayout {
                    // Chunks of a source decide how blocks are cut.
                    chunks: Some(shape.iter().map(|n| (*n).clamp(1, 4)).collect()),
                    ..NativeLayout::default()
                },
                shape,
                attributes: Default::default(),
            };
            match name {
                "time" => variable
                    .attributes
                    .set("units", "hours since 2001-02-27 12:00"),
                "lat" => variable.attributes.set("units", "degrees_north"),
                "count" => variable
                    .attributes
                    .set("_FillValue", AttributeValue::Int16(vec![-1])),
                _ => {}
            }
            root.variables.push(variable);
        }
        let identity = SourceIdentity {
            path: PathBuf::from(format!("part-{edition}.nc")),
            size: 1,
            modified: None,
            version: None,
        };
        Self {
            schema: DatasetSchema {
                format: "part".into(),
                root,
                notes: vec![],
            },
            identity,
            positions,
            edition,
            outlier: None,
            reads: Arc::default(),
        }
    }

    /// The same with another type of `count`, and a value at one of its positions.
    pub fn with_outlier(mut self, data_type: DataType, position: [u64; 2], value: i64) -> Self {
        for variable in &mut self.schema.root.variables {
            if variable.path.as_str() == "count" {
                variable.data_type = data_type;
                variable.attributes = Default::default();
            }
        }
        self.outlier = Some((position, value));
        self
    }

    pub fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }

    /// The same file with another name and time.
    pub fn touched(mut self, seconds: u64) -> Self {
        self.identity.path.set_extension("again.nc");
        let since = std::time::Duration::from_secs(seconds);
        self.identity.modified = Some(std::time::SystemTime::UNIX_EPOCH + since);
        self
    }

    pub fn positions(&self) -> &[Vec<u64>; 3] {
        &self.positions
    }

    /// The positions in the world of a region of a variable, in C order.
    fn cells(&self, variable: &NodePath, region: &Region) -> Vec<Vec<u64>> {
        let shape = &self.schema.variable(variable).unwrap().shape;
        assert!(region.fits(shape), "{region} in {shape:?}");
        let mut cells = vec![vec![]];
        for (range, d) in region.ranges().iter().zip(dimensions(variable)) {
            let positions = &self.positions[*d][range.start as usize..range.end as usize];
            cells = cells
                .iter()
                .flat_map(|cell: &Vec<u64>| {
                    positions.iter().map(move |p| [&cell[..], &[*p]].concat())
                })
                .collect();
        }
        cells
    }

    fn number(&self, variable: &NodePath, cell: &[u64]) -> i64 {
        match self.outlier {
            Some((at, value)) if variable.as_str() == "count" && cell == at => value,
            _ => number(variable, cell, self.edition),
        }
    }
}

/// The dimensions of a variable, as indices of [`WORLD`].
pub fn dimensions(variable: &NodePath) -> &'static [usize] {
    let found = VARIABLES.iter().find(|v| v.0 == variable.as_str());
    found.unwrap().2
}

/// The value at a position of the world in an edition; all that do not grow have one edition.
fn number(variable: &NodePath, cell: &[u64], edition: u64) -> i64 {
    let steps = cell.iter().zip(dimensions(variable));
    let index = steps.fold(0, |index, (p, d)| index * WORLD[*d].1 + p) as i64;
    match variable.as_str() {
        "time" => 6 * index,
        "lat" => 10 * index - 20,
        name if GROWING.contains(&name) => index + 1000 * edition as i64,
        _ => index,
    }
}

fn text(variable: &NodePath, cell: &[u64], edition: u64) -> String {
    let number = number(variable, cell, edition);
    // Of many lengths, and more than one byte to a character.
    format!("№{number}{}", "é".repeat(number as usize % 7))
}

fn bytes(data_type: DataType, number: i64) -> Vec<u8> {
    match data_type {
        DataType::UInt8 => vec![u8::try_from(number).unwrap()],
        DataType::Int16 => i16::try_from(number).unwrap().to_ne_bytes().to_vec(),
        DataType::Int32 => i32::try_from(number).unwrap().to_ne_bytes().to_vec(),
        DataType::Int64 => number.to_ne_bytes().to_vec(),
        DataType::Float32 => (number as f32).to_ne_bytes().to_vec(),
        DataType::Float64 => (number as f64).to_ne_bytes().to_vec(),
        other => panic!("no numbers in {other}"),
    }
}

/// What an archive should hold at a position of the world, as bytes or text.
pub fn element(variable: &NodePath, data_type: DataType, cell: &[u64], edition: u64) -> Vec<u8> {
    match data_type {
        DataType::String => text(variable, cell, edition).into_bytes(),
        _ => bytes(data_type, number(variable, cell, edition)),
    }
}

impl Source for Part {
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
        if variable.as_str() == "temperature" {
            self.reads.fetch_add(1, Ordering::Relaxed);
        }
        let data_type = self.schema.variable(variable).unwrap().data_type;
        let cells = self.cells(variable, region).into_iter();
        let all: Vec<u8> = cells
            .flat_map(|cell| bytes(data_type, self.number(variable, &cell)))
            .collect();
        out.copy_from_slice(&all);
        Ok(())
    }

    fn read_text(&self, variable: &NodePath, region: &Region) -> Result<Vec<String>, SourceError> {
        let cells = self.cells(variable, region).into_iter();
        Ok(cells
            .map(|cell| text(variable, &cell, self.edition))
            .collect())
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        Ok(())
    }
}
