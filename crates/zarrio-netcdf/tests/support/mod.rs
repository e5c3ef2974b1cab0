//! What the tests of this crate share.

#![allow(dead_code, unreachable_pub, missing_docs, clippy::allow_attributes)]

use std::path::{Path, PathBuf};

use proptest::test_runner::{Config, FileFailurePersistence};
use zarrio_model::{DataType, Region, Source, SourceError, VariableSchema};
use zarrio_netcdf::{NetcdfSource, OpenOptions, Reader};

/// A property test of so many cases, which keeps what failed beside its source.
pub fn cases(cases: u32) -> Config {
    let persistence = FileFailurePersistence::WithSource("proptest-regressions");
    Config {
        cases,
        failure_persistence: Some(Box::new(persistence)),
        ..Config::default()
    }
}

/// A committed file.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// Real files made by other people, which are too many to be committed; `None` with a line
/// that says so where they are absent.
pub fn corpus() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if path.join("index.csv").exists() {
        return path.canonicalize().ok();
    }
    println!("SKIPPED: there is no corpus at {}", path.display());
    None
}

/// The names of the corpus files, and whether each is corrupt by name or by intent.
pub fn corpus_files(corpus: &Path) -> Vec<(String, bool)> {
    let index = std::fs::read_to_string(corpus.join("index.csv")).unwrap();
    let mut files: Vec<_> = index
        .lines()
        .skip(1)
        .filter_map(|line| {
            // The first columns, file, series and corrupt, contain no quoted commas.
            let mut columns = line.split(',');
            let (file, _, corrupt) = (columns.next()?, columns.next()?, columns.next()?);
            Some((file.to_owned(), corrupt == "yes"))
        })
        .collect();
    files.sort();
    files
}

pub fn open(path: &Path, reader: Reader) -> Result<NetcdfSource, SourceError> {
    NetcdfSource::open(path, &OpenOptions { reader })
}

/// Values of a region: native bytes, or texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    Bytes(Vec<u8>),
    Texts(Vec<String>),
}

pub fn read(
    source: &dyn Source,
    variable: &VariableSchema,
    region: &Region,
) -> Result<Values, SourceError> {
    match variable.data_type.size() {
        None => source.read_text(&variable.path, region).map(Values::Texts),
        Some(size) => {
            // Bytes that are not written are found.
            let mut out = vec![0xa5; region.num_elements() as usize * size];
            source.read(&variable.path, region, &mut out)?;
            Ok(Values::Bytes(out))
        }
    }
}

pub fn read_all(source: &dyn Source, variable: &VariableSchema) -> Result<Values, SourceError> {
    read(source, variable, &Region::full(&variable.shape))
}

/// The part of the values of a whole variable that a region names.
pub fn slice(whole: &Values, variable: &VariableSchema, region: &Region) -> Values {
    let mut indices = vec![0_usize];
    for (range, &length) in region.ranges().iter().zip(&variable.shape) {
        indices = indices
            .iter()
            .flat_map(|&index| {
                range
                    .clone()
                    .map(move |at| index * length as usize + at as usize)
            })
            .collect();
    }
    match whole {
        Values::Texts(texts) => {
            Values::Texts(indices.iter().map(|&index| texts[index].clone()).collect())
        }
        Values::Bytes(bytes) => {
            let size = variable.data_type.size().unwrap();
            let element = |&index: &usize| bytes[index * size..][..size].to_vec();
            Values::Bytes(indices.iter().flat_map(element).collect())
        }
    }
}

/// `numbers` as the native bytes of a type.
pub fn native(data_type: DataType, numbers: impl Iterator<Item = u64>) -> Values {
    let bytes = numbers.flat_map(|n| match data_type {
        DataType::Int8 | DataType::UInt8 => vec![n as u8],
        DataType::Int16 | DataType::UInt16 => (n as u16).to_ne_bytes().to_vec(),
        DataType::Int32 | DataType::UInt32 => (n as u32).to_ne_bytes().to_vec(),
        DataType::Int64 | DataType::UInt64 => n.to_ne_bytes().to_vec(),
        DataType::Float32 => (n as f32).to_ne_bytes().to_vec(),
        DataType::Float64 => (n as f64).to_ne_bytes().to_vec(),
        DataType::String => unreachable!("text has no bytes"),
    });
    Values::Bytes(bytes.collect())
}
