//! Tests on the files that `tests/fixtures/make.py` makes.

mod damage;
mod schema;
mod values;

use std::path::{Path, PathBuf};

use zarrio_model::{DataType, NodePath, Region, Source, SourceError};

use super::Hdf5Source;
use crate::data::Input;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

fn open(name: &str) -> Hdf5Source {
    Hdf5Source::open(&Input::Local(fixture(name))).unwrap()
}

fn names(source: &Hdf5Source) -> Vec<String> {
    source
        .schema()
        .variables()
        .map(|variable| variable.path.as_str().to_owned())
        .collect()
}

/// The numbers of a region as 64-bit floats, which hold all that the fixtures contain.
fn numbers(source: &Hdf5Source, name: &str, region: &Region) -> Result<Vec<f64>, SourceError> {
    let path = NodePath::parse(name);
    let data_type = source.schema().variable(&path).unwrap().data_type;
    let size = data_type.size().unwrap();
    // Bytes that are not written are found.
    let mut out = vec![0xa5; region.num_elements() as usize * size];
    source.read(&path, region, &mut out)?;
    macro_rules! floats {
        ($type:ty) => {
            out.as_chunks()
                .0
                .iter()
                .map(|&bytes| <$type>::from_ne_bytes(bytes) as f64)
                .collect()
        };
    }
    Ok(match data_type {
        DataType::Int8 => floats!(i8),
        DataType::UInt8 => floats!(u8),
        DataType::Int16 => floats!(i16),
        DataType::UInt16 => floats!(u16),
        DataType::Int32 => floats!(i32),
        DataType::UInt32 => floats!(u32),
        DataType::Int64 => floats!(i64),
        DataType::UInt64 => floats!(u64),
        DataType::Float32 => floats!(f32),
        DataType::Float64 => floats!(f64),
        DataType::String => unreachable!("text has no size"),
    })
}

fn all(source: &Hdf5Source, name: &str) -> Vec<f64> {
    let shape = source
        .schema()
        .variable(&NodePath::parse(name))
        .unwrap()
        .shape
        .clone();
    numbers(source, name, &Region::full(&shape)).unwrap_or_else(|error| panic!("{error}"))
}

fn texts(source: &Hdf5Source, name: &str) -> Vec<String> {
    let path = NodePath::parse(name);
    let shape = source.schema().variable(&path).unwrap().shape.clone();
    source.read_text(&path, &Region::full(&shape)).unwrap()
}

fn ramp(count: usize) -> Vec<f64> {
    (0..count).map(|i| i as f64).collect()
}
